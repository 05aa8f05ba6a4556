import { existsSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type pg from 'pg';
import { randomOrder } from '#server/practice/shop-generator.ts';
import type { PracticeClient } from './practice-client.ts';
import { until } from './process.ts';
import type { Stand } from './stand.ts';
import { keep } from './storm.ts';
import { judge, type Verdict } from './verdict.ts';

/** What the run was doing when it was killed. */
export const attempts = ['first', 'retry', 'lookup'] as const;
type Attempt = (typeof attempts)[number];

/** A fail-point, the pass at which it kills, and what the run was doing then. */
export interface PointCase {
  readonly attempt: Attempt;
  /** `name`, or `name:3`. */
  readonly point: string;
}

const passes = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}:${index + 1}`);

/** The awaits from the claim to the end of a run of the demo flow; what it does not pass in an attempt is told by `unburnt`. */
const OF_A_RUN = [
  ...passes('vendor.before', 7),
  ...passes('vendor.after', 7),
  'reserve.before',
  'reserve.after',
  ...passes('intent.before', 4),
  ...passes('intent.after', 4),
  'end.before',
  'end.after',
];
const OF_A_CLAIM = ['claim.after', 'log.read'];

/** Every point in every attempt; the first attempt begins at the door. */
export const allCases: readonly PointCase[] = [
  ...['ingest.before', 'ingest.after', 'poll.claimed', 'poll.listed', 'poll.stored', ...OF_A_RUN].map(
    (point): PointCase => ({ attempt: 'first', point }),
  ),
  ...[...OF_A_CLAIM, ...OF_A_RUN, 'park.before', 'park.after'].map((point): PointCase => ({ attempt: 'retry', point })),
  ...[
    ...OF_A_CLAIM,
    ...passes('vendor.before', 5),
    ...passes('vendor.after', 5),
    ...passes('intent.before', 3),
    ...passes('intent.after', 3),
    'end.before',
    'end.after',
    'park.before',
    'park.after',
  ].map((point): PointCase => ({ attempt: 'lookup', point })),
];

export interface PointStand {
  readonly stand: Stand;
  readonly practice: PracticeClient;
  readonly database: pg.Client;
  readonly directory: string;
  readonly say: (line: string) => void;
}

export interface PointResult extends Verdict {
  /** Cases in which a process died at the point, and those in which no run passed it. */
  readonly killed: number;
  readonly unburnt: readonly string[];
}

const SETTINGS = { LEASE_SECONDS: '1', SWEEP_MS: '50', POLL_MS: '100', ROLE: 'all' };
const GATE = "update due set due_at = 'infinity' where hold is null and claim is null";
const DONE_IN_MS = 45_000;

/** How the runs of the later attempts are brought to where they are to be killed. */
const FAULTS = {
  first: {},
  // refused before any work: the step waits and is tried again
  retry: { 'customers.list': { unavailable: 1 } },
  // done, but the answer is lost: the next attempt looks
  lookup: { 'orders.create': { errorAfterCommit: 1 } },
} as const;

async function count(database: pg.Client, sql: string, values: readonly unknown[] = []): Promise<number> {
  return Number((await database.query<{ n: string }>(sql, [...values])).rows[0]?.n ?? 0);
}

const POLL_NOW = 'update trigger_clock set due_at = now()';

/** The orders of one attempt, each waiting at its gate. Answers their runs' record ids in order. */
async function gated({ practice, database }: PointStand, attempt: Attempt, orders: number): Promise<number[]> {
  await practice.setFaults('erp', { seed: 1, operations: FAULTS[attempt] });
  const placed: number[] = [];
  for (let index = 0; index < orders; index++) placed.push((await practice.place(orderFor(attempt, index))).id);
  // failed once and waiting for the next attempt
  const waiting = `select count(*) as n from due where claim is null and due_at > now() + interval '1 s'`;
  await until(`${orders} runs wait`, 60_000, async () => (await count(database, waiting)) >= orders);
  await database.query(GATE);
  await practice.setFaults('erp', { seed: 1 });
  return placed;
}

/** A new guest each, so that the customer is made too. */
function orderFor(attempt: Attempt, index: number): ReturnType<typeof randomOrder> {
  for (let seed = attempts.indexOf(attempt) * 1_000_000 + index * 1000; ; seed++) {
    const order = randomOrder(seed);
    if (order.customer_id !== 0 || !order.billing) continue;
    return { ...order, billing: { ...order.billing, email: `${attempt}-${index}@example.se` } };
  }
}

/** Hours pass, so that neither settle time nor retry has to be sat out; nothing is under way when they do. */
async function passHours(database: pg.Client, hours: number): Promise<void> {
  await database.query(
    `create or replace function weft_now() returns timestamptz language sql volatile as $$ select clock_timestamp() + interval '${hours} hours' $$`,
  );
}

async function letGo(database: pg.Client, record: number): Promise<void> {
  await database.query(
    `update due set due_at = now() from run where run.id = due.run_id and run.record = $1 and hold is null and claim is null`,
    [String(record)],
  );
}

/** Kills at each point in turn, one order a case; the same process manager starts what died. */
export async function runPoints(at: PointStand, cases: readonly PointCase[]): Promise<PointResult> {
  const { stand, practice, database, directory, say } = at;
  const fuse = path.join(directory, 'fuse');
  const weft = keep('weft', () => stand.startWeb({ ...SETTINGS, WEFT_FAIL_POINT: `@${fuse}` }));
  const placed: number[] = [];
  const unburnt: string[] = [];
  let hours = 0;
  try {
    await weft.ready;
    await until('the shop has its webhooks', 30_000, async () => (await practice.webhooks()).length >= 2);
    for (const attempt of attempts) {
      const own = cases.filter((each) => each.attempt === attempt);
      if (own.length === 0) continue;
      const waiting = attempt === 'first' ? [] : await gated(at, attempt, own.length);
      if (waiting.length > 0) {
        hours += 2;
        await passHours(database, hours);
        await weft.restart();
      }
      for (const [index, { point }] of own.entries()) {
        const from = performance.now();
        await practice.reviveWebhooks();
        await weft.ready;
        writeFileSync(fuse, point);
        const record = waiting[index];
        if (record === undefined) placed.push((await practice.place(orderFor('first', index))).id);
        else {
          placed.push(record);
          await letGo(database, record);
        }
        if (point.startsWith('poll') || point.startsWith('ingest')) await database.query(POLL_NOW);
        await finished(at, placed.at(-1) ?? 0, async (ms) => {
          // dead: whoever goes on finds the settle time over
          if (!existsSync(fuse) && hours % 2 === 0) await passHours(database, ++hours);
          if (ms < 2500) return;
          await practice.reviveWebhooks();
          await database.query(POLL_NOW);
          await letGo(database, placed.at(-1) ?? 0);
        });
        hours += hours % 2;
        if (existsSync(fuse)) unburnt.push(`${attempt} ${point}`);
        rmSync(fuse, { force: true });
        say(`${attempt} ${point} ${Math.round(performance.now() - from)} ms`);
      }
    }
    const verdict = await judge(placed, practice, database);
    return { ...verdict, killed: cases.length - unburnt.length, unburnt };
  } finally {
    await weft.end();
  }
}

/** The order has come to its end: a run of it succeeded and none is open. `help` is told how long it has taken. */
async function finished({ database }: PointStand, record: number, help: (ms: number) => Promise<void>): Promise<void> {
  const open = `select count(*) as n from due d join run r on r.id = d.run_id where r.record = $1 and d.hold is null`;
  const ended = `select count(*) as n from run where record = $1 and status = 'succeeded'`;
  const from = performance.now();
  await until(`order ${record} ends`, DONE_IN_MS, async () => {
    await help(performance.now() - from);
    return (
      (await count(database, ended, [String(record)])) > 0 && (await count(database, open, [String(record)])) === 0
    );
  });
}
