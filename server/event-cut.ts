import type { RunEvent } from '#runtime/event.ts';
import type { Json } from '#runtime/json.ts';
import type { CutValue } from '#runtime/protocol.ts';

const LONGEST = 4096;

function cut(value: Json): Json {
  const text = JSON.stringify(value);
  if (text.length <= LONGEST) return value;
  const marked: CutValue = { $cut: { size: text.length, preview: text.slice(0, LONGEST) } };
  return marked;
}

function cutEach(values: Readonly<Record<string, Json>>): Record<string, Json> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cut(value)]));
}

/** The event with every value over 4 KB shortened to its beginning. */
export function cutEvent(event: RunEvent): RunEvent {
  switch (event.type) {
    case 'step.succeeded':
      return { ...event, output: cutEach(event.output) };
    case 'step.noted':
      return event.data === undefined ? event : { ...event, data: cutEach(event.data) };
    case 'step.wrote':
      return { ...event, answer: cut(event.answer) };
    case 'run.answered':
      return { ...event, body: cut(event.body) };
    default:
      return event;
  }
}
