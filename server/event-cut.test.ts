import { expect, test } from 'vitest';
import { RunEvent } from '#runtime/event.ts';
import { CutValue } from '#runtime/protocol.ts';
import { cutEvent, IN_AN_ANSWER, ON_THE_LINE } from './event-cut.ts';

const head = { seq: 0, at: 1, step: 'a' };

test('small values pass as they are, large ones show their size and beginning, and the event stays one', () => {
  const event: RunEvent = {
    type: 'step.succeeded',
    ...head,
    ms: 1,
    output: { small: { n: 1 }, large: Array.from({ length: 3000 }, (_, n) => n) },
  };
  const cut = RunEvent.parse(cutEvent(event, ON_THE_LINE));
  const output = cut.type === 'step.succeeded' ? cut.output : {};
  expect(output['small']).toEqual({ n: 1 });
  expect(CutValue.parse(output['large']).$cut).toMatchObject({ size: 13_891 });
  expect(CutValue.parse(output['large']).$cut.preview).toHaveLength(4096);
});

test('every kind of event that carries a value is cut', () => {
  const large = 'x'.repeat(5000);
  const events: RunEvent[] = [
    { type: 'step.noted', ...head, message: 'm', data: { large } },
    { type: 'step.wrote', ...head, reference: 'r', answer: large },
    { type: 'run.answered', ...head, status: 200, body: large },
  ];
  for (const event of events) expect(JSON.stringify(cutEvent(event, ON_THE_LINE)).length).toBeLessThan(4500);
  const plain: RunEvent = { type: 'step.noted', ...head, message: 'm' };
  expect(cutEvent(plain, ON_THE_LINE)).toBe(plain);
});

test('in the answer about a run a longer value is whole than on the line', () => {
  const event = (length: number): RunEvent => ({
    type: 'step.wrote',
    ...head,
    reference: 'r',
    answer: 'x'.repeat(length),
  });
  expect(cutEvent(event(60_000), IN_AN_ANSWER)).toEqual(event(60_000));
  expect(JSON.stringify(cutEvent(event(70_000), IN_AN_ANSWER)).length).toBeLessThan(4500);
});
