import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { EmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import type { Faults } from '#server/practice/fault.ts';
import { type Dice, pick, seededDice } from '#server/practice/random.ts';
import { sandboxesOf } from '#test/support/sandbox-processes.ts';
import { freePort, type Process, until } from './process.ts';
import type { Stand, WorkerExtra } from './stand.ts';

export const faultNames = ['kill', 'web', 'pg', 'erp', 'redis', 'shop', 'stop', 'sandbox'] as const;
export type FaultName = (typeof faultNames)[number];

/** 30 % of the ERP's requests go wrong, most of them after the work was done. */
export const ERP_FAULTS = {
  tooMany: 0.05,
  unavailable: 0.05,
  errorAfterCommit: 0.06,
  timeoutAfterCommit: 0.01,
  resetAfterCommit: 0.07,
  lateCommit: 0.06,
} as const;
export const LATE_COMMIT_MS = 3000;
const SHOP_FAULTS = { tooMany: 0.03, unavailable: 0.03, errorAfterCommit: 0.02, resetAfterCommit: 0.02 } as const;

/** One in twenty webhooks never comes, one in three comes twice, all in another order. */
const WEBHOOK_FAULTS: Faults['webhooks'] = {
  copies: 2,
  copiesDeliveryId: 'mixed',
  lost: 0.05,
  delayMs: 0,
  shuffleMs: 1500,
};

/** What goes wrong in a practice system under these faults. */
export function faultsOf(names: ReadonlySet<FaultName>, system: 'erp' | 'shop', seed: number): Partial<Faults> {
  const base = { seed, lateCommitMs: LATE_COMMIT_MS };
  if (system === 'erp') return { ...base, operations: names.has('erp') ? { '*': ERP_FAULTS } : {} };
  const operations = { 'orders.create': {}, 'webhooks.*': {}, '*': names.has('shop') ? SHOP_FAULTS : {} };
  return { ...base, operations, webhooks: WEBHOOK_FAULTS };
}

/** A process that is started again when it ends, as a service manager would. */
export interface Kept {
  readonly name: string;
  readonly process: Process | undefined;
  /** SIGKILL now; the next is started after so many milliseconds. */
  kill(restMs: number): void;
  /** SIGTERM and a new one; resolves when it is ready. */
  restart(): Promise<{ readonly code: number | null; readonly ms: number }>;
  end(): Promise<void>;
  /** Ends that nobody asked for, of a process that had been ready. */
  readonly crashes: number;
  readonly ready: Promise<void>;
}

export function keep(name: string, start: () => Promise<Process>): Kept {
  let current: Process | undefined;
  let wanted = false;
  let ended = false;
  let crashes = 0;
  let restMs = 0;
  let ready = Promise.withResolvers<void>();

  const run = async (): Promise<void> => {
    while (!ended) {
      try {
        current = await start();
      } catch {
        // its database may be away just now
        await pause(300);
        continue;
      }
      wanted = false;
      ready.resolve();
      // ended while it was coming up
      if (ended) await current.stop('SIGTERM');
      await current.gone;
      current = undefined;
      ready = Promise.withResolvers<void>();
      if (!wanted && !ended) crashes++;
      await pause(restMs);
      restMs = 0;
    }
  };
  const running = run();
  return {
    name,
    get process() {
      return current;
    },
    kill: (ms) => {
      if (!current) return;
      wanted = true;
      restMs = ms;
      void current.stop('SIGKILL');
    },
    restart: async () => {
      await ready.promise;
      wanted = true;
      const result = (await current?.stop('SIGTERM')) ?? { code: null, ms: 0 };
      await until(`${name} is ready again`, 30_000, () => current !== undefined);
      return result;
    },
    end: async () => {
      ended = true;
      wanted = true;
      await current?.stop('SIGTERM');
      await running;
    },
    get crashes() {
      return crashes;
    },
    get ready() {
      return ready.promise;
    },
  };
}

/** A Redis of our own, so that nobody else's is emptied. */
export interface OwnRedis {
  readonly url: string;
  flush(): Promise<void>;
  restart(downMs: number): Promise<void>;
  stop(): Promise<void>;
}

const REDIS = ['/usr/bin/redis-server', '/usr/local/bin/redis-server', '/opt/homebrew/bin/redis-server'];

/** Starts one that keeps nothing; undefined where the machine has no Redis. */
export async function startRedis(): Promise<OwnRedis | undefined> {
  const program = REDIS.find((path) => existsSync(path));
  if (!program) return undefined;
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}/0`;
  let child: ChildProcess;
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  client.on('error', () => undefined);
  const start = async (): Promise<void> => {
    child = spawn(program, ['--port', String(port), '--save', '', '--appendonly', 'no'], { stdio: 'ignore' });
    await until('Redis answers', 10_000, async () => (await client.ping().catch(() => '')) === 'PONG');
  };
  await start();
  const kill = (): Promise<void> =>
    new Promise((resolve) => {
      child.once('exit', () => resolve());
      child.kill('SIGKILL');
    });
  return {
    url,
    flush: async () => void (await client.flushall().catch(() => undefined)),
    restart: async (downMs) => {
      await kill();
      await pause(downMs);
      await start();
    },
    stop: async () => {
      client.disconnect();
      await kill();
    },
  };
}

/** Counts of what was done to the stand. */
export interface StormCounts {
  kills: number;
  webKills: number;
  restarts: number;
  flushes: number;
  stops: number;
  /** Processes of customers' code. */
  sandboxKills: number;
}

export interface StormOptions {
  readonly seed: number;
  readonly faults: ReadonlySet<FaultName>;
  readonly workers: readonly Kept[];
  readonly web: Kept;
  readonly postgres: Pick<EmbeddedPostgres, 'restart'>;
  readonly redis: OwnRedis | undefined;
  /** Milliseconds between two blows, on average. */
  readonly everyMs: number;
}

type Blow = () => Promise<void>;

/** Long enough for calls to be under way in it, too short for its own watch. */
const STILL_MS = 400;

/** Signals those that are still there. */
function signalAll(pids: readonly number[], signal: NodeJS.Signals): number {
  let reached = 0;
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
      reached++;
    } catch {
      // it is gone
    }
  }
  return reached;
}

function blowsOf(options: StormOptions, dice: Dice, counts: StormCounts): Blow[] {
  const { faults, workers, web, postgres, redis } = options;
  const killWorker = async (): Promise<void> => {
    counts.kills++;
    pick(dice, workers).kill(dice() * 1500);
  };
  const killWeb = async (): Promise<void> => {
    counts.webKills++;
    web.kill(dice() * 500);
  };
  const freeze = async (): Promise<void> => {
    const { process: frozen } = pick(dice, workers);
    if (!frozen) return;
    counts.stops++;
    // longer than the lease, so that somebody else takes its runs; then it goes on as if nothing had been
    process.kill(frozen.pid, 'SIGSTOP');
    await pause(7000);
    try {
      process.kill(frozen.pid, 'SIGCONT');
    } catch {
      // it was killed meanwhile
    }
  };
  const killSandboxes = async (): Promise<void> => {
    const worker = pick(dice, workers).process;
    const pids = worker ? sandboxesOf(worker.pid) : [];
    signalAll(pids, 'SIGSTOP');
    await pause(STILL_MS);
    counts.sandboxKills += signalAll(pids, 'SIGKILL');
  };
  return [
    ...(faults.has('sandbox') ? [killSandboxes] : []),
    ...(faults.has('kill') ? [killWorker, killWorker, killWeb] : []),
    ...(faults.has('web') ? [killWeb] : []),
    ...(faults.has('pg')
      ? [
          async () => {
            counts.restarts++;
            await postgres.restart('immediate');
          },
        ]
      : []),
    ...(faults.has('redis') && redis
      ? [
          async () => {
            counts.flushes++;
            await redis.flush();
          },
          async () => {
            counts.flushes++;
            await redis.restart(dice() * 3000);
          },
        ]
      : []),
    ...(faults.has('stop') ? [freeze] : []),
  ];
}

/** Blows fall until `over`; the same seed gives the same blows in the same order. */
export function startStorm(options: StormOptions): { readonly counts: StormCounts; over(): Promise<void> } {
  const dice = seededDice(options.seed);
  const counts: StormCounts = { kills: 0, webKills: 0, restarts: 0, flushes: 0, stops: 0, sandboxKills: 0 };
  const blows = blowsOf(options, dice, counts);
  const stop = new AbortController();
  const run = async (): Promise<void> => {
    while (!stop.signal.aborted && blows.length > 0) {
      await pause(options.everyMs * (0.5 + dice()), undefined, { signal: stop.signal }).catch(() => undefined);
      if (!stop.signal.aborted) await pick(dice, blows)();
    }
  };
  const running = run();
  return {
    counts,
    over: async () => {
      stop.abort();
      await running;
    },
  };
}

/** Both workers and the web under care; resolves when all are ready. */
export async function keepAll(
  stand: Stand,
  workers: number,
  extra: WorkerExtra = {},
): Promise<{ web: Kept; workers: Kept[] }> {
  const web = keep('web', () => stand.startWeb());
  const kept = Array.from({ length: workers }, (_, index) => {
    const name = `worker-${index + 1}`;
    return keep(name, () => stand.startWorker(name, extra));
  });
  await Promise.all([web, ...kept].map((one) => one.ready));
  return { web, workers: kept };
}
