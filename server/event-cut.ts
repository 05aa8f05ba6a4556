import type { RunEvent } from '#runtime/event.ts';
import type { Json } from '#runtime/json.ts';
import type { CutValue } from '#runtime/protocol.ts';

/** Characters of JSON a value may have on the live line, where every viewer gets every event. */
export const ON_THE_LINE = 4096;
/** The same in the answer about one run: documents as shops send them are whole, bulk lists are not. */
export const IN_AN_ANSWER = 65_536;

const PREVIEW = 4096;

function cut(value: Json, longest: number): Json {
  const text = JSON.stringify(value);
  if (text.length <= longest) return value;
  const marked: CutValue = { $cut: { size: text.length, preview: text.slice(0, PREVIEW) } };
  return marked;
}

function cutEach(values: Readonly<Record<string, Json>>, longest: number): Record<string, Json> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, cut(value, longest)]));
}

/** The event with every value of more characters shortened to its beginning. */
export function cutEvent(event: RunEvent, longest: number): RunEvent {
  switch (event.type) {
    case 'step.succeeded':
      return { ...event, output: cutEach(event.output, longest) };
    case 'step.noted':
      return event.data === undefined ? event : { ...event, data: cutEach(event.data, longest) };
    case 'step.wrote':
      return { ...event, answer: cut(event.answer, longest) };
    case 'run.answered':
      return { ...event, body: cut(event.body, longest) };
    default:
      return event;
  }
}
