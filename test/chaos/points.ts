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
const attempts = ['first', 'park', 'retry', 'lookup'] as const;
type Attempt = (typeof attempts)[number];

/** A fail-point, the pass at which it kills, and what the run was doing then. */
export interface PointCase {
  readonly attempt: Attempt;
  /** `name`, or `name:3`. */
  readonly point: string;
}

const passes = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}:${index + 1}`);

/** The awaits of a run from its first step to its end, in which it makes so many calls and writes. */
const ofRun = (calls: number, writes: number): string[] => [
  ...passes('vendor.before', calls),
  ...passes('vendor.after', calls),
  ...passes('intent.before', writes),
  ...passes('intent.after', writes),
  'end.before',
  'end.after',
];

const casesOf = (attempt: Attempt, points: readonly string[]): PointCase[] =>
  points.map((point) => ({ attempt, point }));

/**
 * Every point in every attempt. An order of one row makes six calls: article, customers, new customer, order, status, note;
 * the retry begins with the customers; the look-up finds the order in two calls.
 */
export const allCases: readonly PointCase[] = [
  ...casesOf('first', ['ingest.before', 'ingest.after', 'poll.claimed', 'poll.listed', 'poll.stored']),
  ...casesOf('first', ['reserve.before', 'reserve.after', ...ofRun(6, 4)]),
  ...casesOf('park', ['park.before', 'park.after']),
  ...casesOf('retry', ['claim.after', 'log.read', 'reserve.before', 'reserve.after', ...ofRun(5, 4)]),
  ...casesOf('lookup', ['claim.after', 'log.read', ...ofRun(4, 2)]),
];

/** Each kind of point, and those around the writes, for every change. */
export const someCases: readonly PointCase[] = [
  ...casesOf('first', ['ingest.before', 'ingest.after', 'poll.listed', 'poll.stored', 'reserve.after']),
  ...casesOf('first', ['intent.before:2', 'intent.after:2', 'vendor.after:3', 'vendor.before:4', 'vendor.after:4']),
  ...casesOf('first', ['vendor.after:6', 'end.before', 'end.after']),
  ...casesOf('park', ['park.before', 'park.after']),
  ...casesOf('retry', ['claim.after', 'log.read', 'vendor.after:2', 'vendor.after:3']),
  ...casesOf('lookup', ['claim.after', 'vendor.after:1', 'vendor.after:2', 'intent.after:1']),
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
const POLL_NOW = 'update trigger_clock set due_at = now()';
const DONE_IN_MS = 60_000;
/** An order may end before the poll that is to die has begun; a point that nobody has passed by then is one nobody passes. */
const BURNT_IN_MS = 20_000;

/** How the runs of the later attempts are brought to where they are to be killed. */
const FAULTS = {
  first: {},
  park: { 'customers.list': { unavailable: 1 } },
  // refused before any work: the step waits and is tried again
  retry: { 'customers.list': { unavailable: 1 } },
  // done, but the answer is lost: the next attempt looks
  lookup: { 'orders.create': { errorAfterCommit: 1 } },
} as const;

async function count(database: pg.Client, sql: string, values: readonly unknown[] = []): Promise<number> {
  return Number((await database.query<{ n: string }>(sql, [...values])).rows[0]?.n ?? 0);
}

/** An order of one row by a new guest, so that the customer is made too. */
function orderFor(attempt: Attempt, index: number): ReturnType<typeof randomOrder> {
  for (let seed = attempts.indexOf(attempt) * 1_000_000 + index * 1000; ; seed++) {
    const order = randomOrder(seed);
    if (order.customer_id !== 0 || !order.billing) continue;
    const line_items = order.line_items?.slice(0, 1) ?? [];
    return { ...order, line_items, billing: { ...order.billing, email: `${attempt}-${index}@example.se` } };
  }
}

/** The orders of one attempt, each failed once and waiting at its gate. */
async function gated({ practice, database }: PointStand, attempt: Attempt, orders: number): Promise<number[]> {
  if (orders === 0) return [];
  await practice.setFaults('erp', { seed: 1, operations: FAULTS[attempt] });
  const placed: number[] = [];
  for (let index = 0; index < orders; index++) placed.push((await practice.place(orderFor(attempt, index))).id);
  const waiting = `select count(*) as n from due where claim is null and due_at > now() + interval '1 s'`;
  await until(`${orders} runs wait`, 60_000, async () => (await count(database, waiting)) >= orders);
  await database.query(GATE);
  await practice.setFaults('erp', { seed: 1 });
  return placed;
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
  const pass = async (): Promise<void> => {
    hours += 2;
    await passHours(database, hours);
  };
  try {
    await weft.ready;
    await until('the shop has its webhooks', 30_000, async () => (await practice.webhooks()).length >= 2);
    for (const attempt of attempts) {
      const own = cases.filter((each) => each.attempt === attempt);
      const waiting = attempt === 'retry' || attempt === 'lookup' ? await gated(at, attempt, own.length) : [];
      if (waiting.length > 0) {
        await pass();
        await weft.restart();
      }
      for (const [index, { point }] of own.entries()) {
        const from = performance.now();
        await practice.reviveWebhooks();
        await weft.ready;
        writeFileSync(fuse, point);
        placed.push(await killedAt(at, { attempt, point }, index, waiting[index], () => existsSync(fuse), pass));
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

/** One case, to the order's end; answers the order. */
async function killedAt(
  at: PointStand,
  { attempt, point }: PointCase,
  index: number,
  waiting: number | undefined,
  lives: () => boolean,
  pass: () => Promise<void>,
): Promise<number> {
  const { practice, database } = at;
  if (attempt === 'park') await practice.setFaults('erp', { seed: 1, operations: FAULTS.park });
  const order = waiting ?? (await practice.place(orderFor(attempt, index))).id;
  if (waiting !== undefined) await letGo(database, order);
  else if (/^(poll|ingest)/.test(point)) await database.query(POLL_NOW);
  let dead = false;
  const burnt = (ms: number): boolean => !lives() || ms > BURNT_IN_MS;
  await finished(at, order, burnt, async (ms) => {
    if (!dead && !lives()) {
      dead = true;
      // whoever goes on finds the settle time over
      await pass();
      await practice.setFaults('erp', { seed: 1 });
    }
    if (ms < 2500) return;
    // a delivery that its receiver died of is not sent again: the poll finds the order
    await practice.reviveWebhooks();
    await database.query(POLL_NOW);
    await letGo(database, order);
  });
  return order;
}

/**
 * The order has come to its end, and `burnt` agrees: a run of it succeeded and none is open. Both are told how many
 * milliseconds it has taken.
 */
async function finished(
  { database }: PointStand,
  record: number,
  burnt: (ms: number) => boolean,
  help: (ms: number) => Promise<void>,
): Promise<void> {
  const open = `select count(*) as n from due d join run r on r.id = d.run_id where r.record = $1 and d.hold is null`;
  const ended = `select count(*) as n from run where record = $1 and status = 'succeeded'`;
  const from = performance.now();
  await until(`order ${record} ends`, DONE_IN_MS, async () => {
    const ms = performance.now() - from;
    await help(ms);
    return (
      burnt(ms) &&
      (await count(database, ended, [String(record)])) > 0 &&
      (await count(database, open, [String(record)])) === 0
    );
  });
}
