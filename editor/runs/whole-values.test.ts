import { expect, test } from 'vitest';
import type { RunEvent } from '#runtime/event.ts';
import { timelineOf } from './timeline.ts';
import { eventOf } from './whole-values.ts';

const cut = (size: number) => ({ $cut: { size, preview: '{' } });

test('a shortened value is found in the event that carries it, also where a later step hands it on', () => {
  const order = cut(9000);
  const log: RunEvent[] = [
    { type: 'run.started', seq: 0, at: 1, attempt: 1 },
    { type: 'step.noted', seq: 1, at: 1, step: 'start', message: 'asked', data: { answer: cut(5000) } },
    { type: 'step.succeeded', seq: 2, at: 1, step: 'start', ms: 1, output: { order } },
    { type: 'step.succeeded', seq: 3, at: 1, step: 'known', ms: 1, output: {}, same: { new: 'start#order' } },
  ];
  const last = timelineOf(log).at(-1);
  const shown = last?.kind === 'step' ? last.output?.['new'] : undefined;
  expect(shown).toEqual(order);
  expect(eventOf(log, shown)?.seq).toBe(2);
});
