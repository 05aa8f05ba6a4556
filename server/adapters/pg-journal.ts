import type { QueryResultRow } from 'pg';
import type { Failure } from '#runtime/error.ts';
import { createLane, type Lane } from './lane.ts';
import { commitStatement, type RunCommit, type Statement, settleShort } from './pg-commit.ts';
import { flushSafely, type LaneClient } from './pg-lane.ts';
import type { Column, Rows } from './pg-rows.ts';

/** The intent of a write, or (with `intent` null) just the log so far. */
export interface StepCommit extends RunCommit {
  /** JSON of a WriteIntent. */
  readonly intent: string | null;
  readonly reference: string | null;
}

/** `known`: the target's id, when the reference is linked already. */
export interface StepCommitted {
  readonly known: string | null;
}

export interface EndCommit extends RunCommit {
  readonly status: 'succeeded' | 'ignored' | 'failed' | 'cancelled';
  readonly failure: string | null;
  readonly answerStatus: number | null;
  readonly answer: Buffer | null;
}

export interface ParkCommit extends RunCommit {
  /** Milliseconds until it is due again; null: until a person acts. */
  readonly afterMs: number | null;
  readonly hold: 'sign-in' | 'quota' | 'review' | null;
  readonly failure: Failure | null;
}

/** Long enough for a database to be started again; the lease keeps the run ours, or the fence tells. */
const GIVE_UP_MS = 60_000;

/** Not `=`, which would let the planner read the whole index of claimed runs instead of the one row it is about. */
const OURS = 'due.run_id = i.id and due.claim is not distinct from i.claim and due.seq = i.seq';
const PASSED = `from i where ${OURS}`;

function stepStatement(items: readonly StepCommit[], leaseMs: number): Statement {
  const columns: Column[] = [
    { name: 'intent', type: 'text', values: items.map((item) => item.intent) },
    { name: 'reference', type: 'text', values: items.map((item) => item.reference) },
  ];
  const begin = (rows: Rows, more: number): string => `
with i as ${rows.kept} (${rows.sql}),
g as (update due set intent = i.intent, intent_at = case when i.intent is not null then now() end, seq = i.next, lease_until = now() + $${more}::int4 * interval '1 ms'
  ${PASSED} returning due.run_id)`;
  return commitStatement(
    items,
    columns,
    [leaseMs],
    begin,
    `
select null::uuid as run, count(*)::text as known from g
union all select i.id, x.target_id from i join xref x on x.reference = i.reference and x.tenant_id = i.tenant`,
  );
}

const COUNT = '\nselect count(*)::int as count from g';

function endStatement(items: readonly EndCommit[]): Statement {
  const columns: Column[] = [
    { name: 'status', type: 'text', values: items.map((item) => item.status) },
    { name: 'failure', type: 'text', values: items.map((item) => item.failure) },
    { name: 'answer_status', type: 'int4', values: items.map((item) => item.answerStatus) },
    { name: 'answer', type: 'bytea', values: items.map((item) => item.answer) },
  ];
  const begin = (rows: Rows): string => `
with i as ${rows.kept} (${rows.sql}),
g as (delete from due using i where ${OURS} returning due.run_id, due.attempt),
r as (update run set status = i.status, ended_at = now(), failure = i.failure, answer_status = i.answer_status, answer = i.answer, attempt = g.attempt
  from i join g on g.run_id = i.id where run.id = i.id and run.tenant_id = i.tenant)`;
  return commitStatement(items, columns, [], begin, COUNT);
}

function parkStatement(items: readonly ParkCommit[]): Statement {
  const columns: Column[] = [
    { name: 'after', type: 'int4', values: items.map((item) => item.afterMs) },
    { name: 'hold', type: 'text', values: items.map((item) => item.hold) },
    { name: 'failure', type: 'text', values: items.map((item) => item.failure && JSON.stringify(item.failure)) },
  ];
  const begin = (rows: Rows): string => `
with i as ${rows.kept} (${rows.sql}),
g as (update due set claim = null, lease_until = null, intent = null, intent_at = null, seq = i.next, suspect = false, alone = false, deaths = 0,
    due_at = case when i.after is null then 'infinity' else now() + i.after * interval '1 ms' end, hold = i.hold, failure = i.failure
  ${PASSED} returning due.run_id)`;
  return commitStatement(items, columns, [], begin, COUNT);
}

function byRun<Item extends RunCommit>(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.run < b.run ? -1 : 1));
}

/** Answers in the order asked, whatever order the rows were locked in. */
async function inOrder<Item extends RunCommit, Result>(
  items: readonly Item[],
  flush: (sorted: readonly Item[], again: boolean) => Promise<readonly (Result | Error)[]>,
): Promise<readonly (Result | Error)[]> {
  const sorted = byRun(items);
  const results = await flushSafely<Item, Result>(sorted, GIVE_UP_MS, flush);
  const place = new Map(sorted.map((item, index) => [item, results[index] as Result | Error]));
  return items.map((item) => place.get(item) as Result | Error);
}

export function createStepLane(client: LaneClient, leaseMs: number): Lane<StepCommit, StepCommitted> {
  const flush = async (items: readonly StepCommit[], again: boolean): Promise<readonly (StepCommitted | Error)[]> => {
    const { rows } = await run<{ run: string | null; known: string }>(client, 'step', stepStatement(items, leaseMs));
    const known = new Map(rows.flatMap((row) => (row.run === null ? [] : [[row.run, row.known] as const])));
    const count = Number(rows.find((row) => row.run === null)?.known ?? 0);
    const passed = count === items.length ? null : await settleShort(client, items, again, 'step');
    return items.map((item, index) => {
      const result = passed?.[index];
      return result instanceof Error ? result : { known: known.get(item.run) ?? null };
    });
  };
  return createLane((items) => inOrder(items, flush));
}

function run<Row extends QueryResultRow>(client: LaneClient, kind: string, { text, key, values }: Statement) {
  return client.query<Row>({ name: `${kind}_${key}`, text, values: [...values] });
}

export function createEndLane(client: LaneClient): Lane<EndCommit, true> {
  const flush = async (items: readonly EndCommit[], again: boolean): Promise<readonly (true | Error)[]> => {
    const { rows } = await run<{ count: number }>(client, 'end', endStatement(items));
    return rows[0]?.count === items.length ? items.map(() => true as const) : settleShort(client, items, again, 'end');
  };
  return createLane((items) => inOrder(items, flush));
}

export function createParkLane(client: LaneClient): Lane<ParkCommit, true> {
  const flush = async (items: readonly ParkCommit[], again: boolean): Promise<readonly (true | Error)[]> => {
    const { rows } = await run<{ count: number }>(client, 'park', parkStatement(items));
    if (rows[0]?.count === items.length) return items.map(() => true as const);
    return settleShort(client, items, again, 'park');
  };
  return createLane((items) => inOrder(items, flush));
}
