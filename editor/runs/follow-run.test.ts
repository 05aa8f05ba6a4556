import { describe, expect, test } from 'vitest';
import type { RunList, RunSummary } from '#runtime/protocol.ts';
import { mergeEvents, summaryAfter } from './follow-run.ts';
import { mergeRuns } from './merge-runs.ts';

const run = (change: Partial<RunSummary> = {}): RunSummary => ({
  id: '019ab000-0000-7000-8000-000000000001',
  flow: '019ab000-0000-7000-8000-00000000000f',
  flowName: 'Orders',
  version: 1,
  status: 'queued',
  entity: 'order',
  record: '1042',
  via: 'webhook',
  receivedAt: 1000,
  endedAt: null,
  attempt: 0,
  dueAt: null,
  hold: null,
  failure: null,
  ...change,
});

describe('a run that is followed', () => {
  test('moves on with its events', () => {
    const failure = { code: 'OUTCOME_UNKNOWN', message: 'unknown' } as const;
    const held = summaryAfter(run(), [
      { type: 'run.started', seq: 0, at: 1, attempt: 1 },
      { type: 'run.held', seq: 1, at: 2, step: 'create', hold: 'review', failure },
    ]);
    expect(held).toMatchObject({ status: 'held', hold: 'review', attempt: 1 });
    const done = summaryAfter(held, [
      { type: 'run.resumed', seq: 2, at: 3, by: 'anna', decision: 'retry' },
      { type: 'run.started', seq: 3, at: 4, attempt: 2 },
      { type: 'run.succeeded', seq: 4, at: 5 },
    ]);
    expect(done).toMatchObject({ status: 'succeeded', hold: null, failure: null, endedAt: 5 });
  });

  test('takes an event once, however often it is sent', () => {
    const document = {
      format: 1,
      name: 'x',
      summary: '',
      trace: 'all',
      params: {},
      nodes: [],
      wires: [],
      groups: [],
      notes: [],
    } as const;
    const answer = {
      run: run(),
      flow: { ...document, nodes: [], wires: [], groups: [], notes: [] },
      events: [],
      links: [],
    };
    const started = { type: 'run.started', seq: 0, at: 1, attempt: 1 } as const;
    const once = mergeEvents(answer, [started]);
    expect(mergeEvents(once, [started])).toBe(once);
    expect(once.events).toHaveLength(1);
  });
});

describe('a list of runs that is followed', () => {
  const pages = (runs: RunSummary[], more = false): { pages: RunList[]; pageParams: unknown[] } => ({
    pages: [{ runs, more }],
    pageParams: [undefined],
  });

  test('puts a new run first', () => {
    const next = run({ id: '019ab000-0000-7000-8000-000000000002', receivedAt: 2000 });
    expect(mergeRuns(pages([run()]), [next], {}).pages[0]?.runs.map((each) => each.id)).toEqual([next.id, run().id]);
  });

  test('changes a run in its place', () => {
    const done = run({ status: 'succeeded', endedAt: 1500 });
    expect(mergeRuns(pages([run()]), [done], {}).pages[0]?.runs).toEqual([done]);
  });

  test('lets a run go that no longer has the status asked for', () => {
    const failed = run({ status: 'failed' });
    expect(mergeRuns(pages([failed]), [run({ status: 'queued' })], { status: 'failed' }).pages[0]?.runs).toEqual([]);
  });

  test('does not take in what is older than the last page shown', () => {
    const old = run({ id: '019ab000-0000-7000-8000-000000000003', receivedAt: 10 });
    expect(mergeRuns(pages([run()], true), [old], {}).pages[0]?.runs).toHaveLength(1);
    expect(mergeRuns(pages([run()], false), [old], {}).pages[0]?.runs).toHaveLength(2);
  });
});
