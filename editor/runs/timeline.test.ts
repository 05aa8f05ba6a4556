import { describe, expect, test } from 'vitest';
import type { RunEvent } from '#runtime/event.ts';
import { loopPlace, stepName, stepTotals, timelineOf } from './timeline.ts';

const failure = { code: 'TARGET_DOWN', message: 'no answer' } as const;

const log: RunEvent[] = [
  { type: 'run.started', seq: 0, at: 1000, attempt: 1 },
  { type: 'step.started', seq: 1, at: 1000, step: 'order', attempt: 1 },
  { type: 'step.succeeded', seq: 2, at: 1004, step: 'order', ms: 4, output: { order: { number: '1042' } } },
  { type: 'step.started', seq: 3, at: 1004, step: 'create', attempt: 1 },
  { type: 'step.noted', seq: 4, at: 1005, step: 'create', message: 'asks Fortnox' },
  { type: 'step.writing', seq: 5, at: 1006, step: 'create', reference: 'abc', capability: 'orders.create' },
];

describe('the timeline', () => {
  test('tells one attempt of a step as one line with its notes and reference', () => {
    const entries = timelineOf(log);
    expect(entries).toHaveLength(3);
    expect(entries[1]).toMatchObject({
      path: 'order',
      phase: 'succeeded',
      ms: 4,
      output: { order: { number: '1042' } },
    });
    expect(entries[2]).toMatchObject({
      path: 'create',
      phase: 'writing',
      reference: 'abc',
      notes: [{ message: 'asks Fortnox' }],
    });
  });

  test('shows a retry as a line of its own, in order', () => {
    const entries = timelineOf([
      ...log,
      { type: 'step.failed', seq: 6, at: 1906, step: 'create', attempt: 1, failure, retryAt: 3000 },
      { type: 'step.started', seq: 7, at: 3000, step: 'create', attempt: 2 },
      { type: 'step.succeeded', seq: 8, at: 3050, step: 'create', ms: 50, output: { id: '10077' } },
      { type: 'run.succeeded', seq: 9, at: 3050 },
    ]);
    expect(
      entries.map((entry) =>
        entry.kind === 'step' ? `${entry.path} ${entry.phase} ${entry.attempt}` : entry.event.type,
      ),
    ).toEqual(['run.started', 'order succeeded 1', 'create retrying 1', 'create succeeded 2', 'run.succeeded']);
    const total = stepTotals(entries).get('create');
    expect(total).toMatchObject({ phase: 'succeeded', ms: 952, turns: 1, failed: 0 });
  });

  test('a value that equals an earlier one is shown though the log does not repeat it', () => {
    const entries = timelineOf([
      ...log,
      { type: 'step.succeeded', seq: 6, at: 1010, step: 'create', ms: 4, output: {}, same: { order: 'order#order' } },
    ]);
    expect(entries[2]).toMatchObject({ output: { order: { number: '1042' } } });
  });

  test('a hold marks the step it stands at', () => {
    const entries = timelineOf([
      ...log,
      {
        type: 'run.held',
        seq: 6,
        at: 1010,
        step: 'create',
        hold: 'review',
        failure: { code: 'OUTCOME_UNKNOWN', message: 'unknown' },
      },
    ]);
    expect(entries[2]).toMatchObject({ phase: 'held' });
    expect(entries[3]).toMatchObject({ kind: 'run' });
  });

  test('nothing is left running when the run has ended', () => {
    const entries = timelineOf([...log, { type: 'run.cancelled', seq: 6, at: 1010, by: 'anna@example.com' }]);
    expect(entries[2]).toMatchObject({ phase: 'cancelled' });
  });

  test('turns of a loop are gathered under their step', () => {
    const entries = timelineOf([
      { type: 'step.succeeded', seq: 0, at: 1, step: 'each[0].write', ms: 2, output: {} },
      { type: 'step.failed', seq: 1, at: 2, step: 'each[1].write', attempt: 1, failure },
    ]);
    expect(stepTotals(entries).get('write')).toMatchObject({ phase: 'failed', turns: 2, failed: 1 });
    expect(stepName('each[1].write')).toBe('write');
    expect(loopPlace('each[1].write')).toBe('2');
    expect(loopPlace('write')).toBeUndefined();
  });
});
