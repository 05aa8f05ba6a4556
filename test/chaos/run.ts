import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { randomOrder } from '#server/practice/shop-generator.ts';
import { type PointCase, type PointResult, runPoints } from './points.ts';
import { createPracticeClient, type PracticeClient } from './practice-client.ts';
import { freePort, stopProcesses, until } from './process.ts';
import { startStand } from './stand.ts';
import {
  type FaultName,
  faultsOf,
  type Kept,
  keepAll,
  LATE_COMMIT_MS,
  type StormCounts,
  startRedis,
  startStorm,
} from './storm.ts';
import { judge, type Verdict } from './verdict.ts';

export interface ChaosOptions {
  readonly orders: number;
  readonly faults: ReadonlySet<FaultName>;
  readonly seed: number;
  /** Orders placed a second. */
  readonly perSecond: number;
  /** Milliseconds between two blows, on average. */
  readonly everyMs: number;
  /** Milliseconds everything may take to settle after the storm. */
  readonly settleMs: number;
  /** The negative control: after a write of unknown outcome nobody looks, so that duplicates must be found. */
  readonly withoutLookup: boolean;
  /** Leaves logs and database where they are. */
  readonly keep: boolean;
  readonly say: (line: string) => void;
}

export interface ChaosResult extends Omit<Verdict, 'findings'>, StormCounts {
  readonly seed: number;
  readonly faults: readonly FaultName[];
  /** Processes that ended by themselves. */
  readonly crashed: number;
  /** Milliseconds the slowest asked-for end of a process took, and how many ended badly. */
  readonly slowestStopMs: number;
  readonly badStops: number;
  readonly webhooks: { readonly delivered: number; readonly failed: number; readonly lost: number };
  readonly foundByPoll: number;
  readonly lookedUp: number;
  /** Steps of customers' code that ended well, and calls that were under way when their process was killed. */
  readonly ownCodeSteps: number;
  readonly ownCodeKilled: number;
  readonly stormSeconds: number;
  readonly settleSeconds: number;
}

/** Orders arrive evenly, as many at once as the pace asks for; each is placed for sure. */
async function placeOrders(options: ChaosOptions, practice: PracticeClient): Promise<number[]> {
  const placed: number[] = [];
  const from = performance.now();
  const pending = new Set<Promise<void>>();
  for (let index = 0; index < options.orders; index++) {
    const due = from + (index * 1000) / options.perSecond;
    if (due > performance.now()) await pause(due - performance.now());
    const placing = practice.place(randomOrder(options.seed * 100_000 + index)).then((order) => {
      placed.push(order.id);
      pending.delete(placing);
    });
    pending.add(placing);
  }
  await Promise.all(pending);
  return placed;
}

/** A database client that is made anew when its server was restarted. */
async function connect(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function numberOf(database: pg.Client, sql: string): Promise<number> {
  return Number((await database.query<{ n: string }>(sql)).rows[0]?.n ?? 0);
}

const POLLED = `select count(*) as n from run where via = 'poll' and not exists (
  select from run w where w.record = run.record and w.via = 'webhook' and w.id < run.id)`;
const LOOKED_UP = `select count(*) as n from run_event where convert_from(body, 'UTF8') like '%surely shows%'`;
const OWN_CODE = `select count(distinct run_id) as n from run_event
  where convert_from(body, 'UTF8') ~ '"step.succeeded"[^{}]*"step":"own"'`;
const UNFINISHED = `select count(*) as n from due where hold is null`;
const POLL_NOW = 'update trigger_clock set due_at = now()';

/** Calls of customers' code that were under way when somebody killed their process, as the worker's log tells it. */
function killedCalls(logFile: string): number {
  return readFileSync(logFile, 'utf8')
    .split('\n')
    .filter((line) => line.includes('"why":"outside"'))
    .reduce((sum, line) => sum + (JSON.parse(line) as { calls: number }).calls, 0);
}

/** A poll that began after now has ended, so that nothing the shop knows is unknown to us. */
async function pollOnce(database: pg.Client, ms: number): Promise<void> {
  await database.query(POLL_NOW);
  const { rows } = await database.query<{ at: string }>('select now()::text as at');
  const done = `select count(*) as n from trigger_clock where due_at <= '${rows[0]?.at}'::timestamptz or failures > 0
    or due_at > '${rows[0]?.at}'::timestamptz + interval '100 s' and due_at < now() + interval '121 s'`;
  await until('the shop has been polled', ms, async () => (await numberOf(database, done)) === 0);
}

/** Hours pass for all that waits: the retries' and the settle times. Writes under way have long landed by then. */
async function passTime(database: pg.Client, workers: readonly Kept[], hours: number, stops: Stops): Promise<void> {
  await database.query(
    `create or replace function weft_now() returns timestamptz language sql volatile as $$ select clock_timestamp() + interval '${hours} hours' $$`,
  );
  for (const worker of workers) stops.add(await worker.restart());
  await database.query('update due set due_at = now() where hold is null and claim is null and due_at > now()');
}

/** How asked-for ends went. */
interface Stops {
  slowest: number;
  bad: number;
  add(end: { readonly code: number | null; readonly ms: number }): void;
}

function countStops(): Stops {
  return {
    slowest: 0,
    bad: 0,
    add(end) {
      this.slowest = Math.max(this.slowest, end.ms);
      if (end.code !== 0) this.bad++;
    },
  };
}

/** The storm is over: all that was accepted comes to its end, or is found where it stays. */
async function settle(
  options: ChaosOptions,
  database: pg.Client,
  workers: readonly Kept[],
  stops: Stops,
): Promise<void> {
  const deadline = performance.now() + options.settleMs;
  await pause(LATE_COMMIT_MS);
  await pollOnce(database, 30_000).catch((error: unknown) => options.say(String(error)));
  for (let hours = 12; performance.now() < deadline; hours += 12) {
    let before = -1;
    // as long as runs come to their end by themselves nothing needs to be hurried
    await until('runs stand still', Math.max(1000, deadline - performance.now()), async () => {
      const left = await numberOf(database, UNFINISHED);
      const busy = await numberOf(
        database,
        'select count(*) as n from due where claim is not null or due_at <= now() and hold is null',
      );
      if (left !== before) options.say(`${left} unfinished, ${busy} of them due`);
      before = left;
      return busy === 0;
    }).catch((error: unknown) => options.say(String(error)));
    if (before === 0) return;
    await passTime(database, workers, hours, stops);
  }
}

/** What is to be undone, whatever happens; the last first. */
type Undo = (() => Promise<unknown>)[];

async function storm(options: ChaosOptions, directory: string, undo: Undo): Promise<ChaosResult> {
  const { seed, faults, say } = options;
  const postgres = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'postgres'),
    port: await freePort(),
    settings: { max_connections: '200' },
    onProgress: say,
  });
  undo.push(() => postgres.stop('fast'));
  const redis = faults.has('redis') ? await startRedis() : undefined;
  if (redis) undo.push(redis.stop);
  if (faults.has('redis') && !redis) say('there is no redis-server on this machine: its faults are left out');
  const stand = await startStand({
    directory,
    databaseUrl: postgres.url,
    ...(redis ? { redisUrl: redis.url } : {}),
    ownCode: faults.has('sandbox'),
  });
  const practice = createPracticeClient(stand.practice);
  const imports = options.withoutLookup ? ['./test/chaos/without-lookup.ts'] : [];
  undo.push(stand.stop);
  const { web, workers } = await keepAll(stand, 2, { imports });
  undo.push(() => Promise.all([web, ...workers].map((one) => one.end())));
  await until('the shop has its webhooks', 30_000, async () => (await practice.webhooks()).length >= 2);
  for (const system of ['shop', 'erp'] as const) await practice.setFaults(system, faultsOf(faults, system, seed));
  say(`storm with seed ${seed}`);
  const from = performance.now();
  const blows = startStorm({ seed, faults, workers, web, postgres, redis, everyMs: options.everyMs });
  const reviving = setInterval(() => void practice.reviveWebhooks().catch(() => undefined), 500);
  const placed = await placeOrders(options, practice);
  clearInterval(reviving);
  await blows.over();
  const stormSeconds = Math.round((performance.now() - from) / 1000);
  for (const system of ['shop', 'erp'] as const) await practice.setFaults(system, { seed });
  await Promise.all([web, ...workers].map((one) => one.ready));
  say(`storm over after ${stormSeconds} s: ${JSON.stringify(blows.counts)}`);
  const database = await connect(postgres.url);
  const stops = countStops();
  const settling = performance.now();
  await settle(options, database, workers, stops);
  const { findings, ...verdict } = await judge(placed, practice, database);
  for (const finding of findings.slice(0, 50)) say(finding);
  const { waiting: _waiting, ...webhooks } = await practice.deliveries();
  const result: ChaosResult = {
    seed,
    ...verdict,
    faults: [...faults],
    ...blows.counts,
    crashed: [web, ...workers].reduce((sum, one) => sum + one.crashes, 0),
    slowestStopMs: stops.slowest,
    badStops: stops.bad,
    webhooks,
    foundByPoll: await numberOf(database, POLLED),
    lookedUp: await numberOf(database, LOOKED_UP),
    ownCodeSteps: await numberOf(database, OWN_CODE),
    ownCodeKilled: workers.reduce((sum, { name }) => sum + killedCalls(path.join(directory, `${name}.log`)), 0),
    stormSeconds,
    settleSeconds: Math.round((performance.now() - settling) / 1000),
  };
  await database.end();
  return result;
}

/** Kills at every await of the durable path, in every attempt. */
async function points(options: PointOptions, directory: string, undo: Undo): Promise<PointResult> {
  const postgres = await startEmbeddedPostgres({
    dataDir: path.join(directory, 'postgres'),
    port: await freePort(),
    onProgress: options.say,
  });
  undo.push(() => postgres.stop('fast'));
  const stand = await startStand({ directory, databaseUrl: postgres.url });
  undo.push(stand.stop);
  const database = await connect(postgres.url);
  undo.push(() => database.end());
  const practice = createPracticeClient(stand.practice);
  const result = await runPoints({ stand, practice, database, directory, say: options.say }, options.cases);
  for (const finding of result.findings) options.say(finding);
  return result;
}

interface PointOptions extends Pick<ChaosOptions, 'keep' | 'say'> {
  readonly cases: readonly PointCase[];
}

/** A temporary directory for a while; all that was begun is ended again. */
async function inDirectory<T>(
  { keep, say }: Pick<ChaosOptions, 'keep' | 'say'>,
  work: (directory: string, undo: Undo) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-chaos-'));
  // as root, PostgreSQL runs as another user, who must pass through
  chmodSync(directory, 0o711);
  if (keep) say(`logs in ${directory}`);
  const undo: Undo = [];
  const end = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => say(String(error)));
    await stopProcesses();
    if (!keep) rmSync(directory, { recursive: true, force: true });
  };
  const interrupted = (): void => void end().then(() => process.exit(130));
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await work(directory, undo);
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
    await end();
  }
}

/** Kills at fail-points, one order each; see `allCases`. */
export function runAllPoints(options: PointOptions): Promise<PointResult> {
  return inDirectory(options, (directory, undo) => points(options, directory, undo));
}

/** Drives orders through Weft while the world breaks, and compares what came of them. */
export function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  return inDirectory(options, (directory, undo) => storm(options, directory, undo));
}

/** Whether anything happened that must never happen. */
export function isBad(result: ChaosResult): boolean {
  return result.lost + result.duplicated + result.wrong + result.stuck + result.crashed + result.badStops > 0;
}
