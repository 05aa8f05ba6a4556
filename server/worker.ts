import type { Logger } from 'pino';
import { advance } from '#runtime/advance.ts';
import type { EnginePorts } from '#runtime/claim.ts';
import { ClaimLost } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { Plan } from '#runtime/plan.ts';
import type { Connections, Journal, Links, References } from '#runtime/ports.ts';
import type { GuestHouse } from '#runtime/sandbox.ts';
import { type Birth, NotBorn } from './adapters/birth.ts';
import type { DatabaseClock } from './adapters/db-clock.ts';
import { within } from './adapters/deadline.ts';
import { failPoint } from './adapters/fail-point.ts';
import type { Claims, DueRun } from './adapters/pg-claim.ts';
import type { Plans } from './adapters/pg-flows.ts';
import type { NewRun } from './adapters/pg-ingest.ts';
import { isDisconnect } from './adapters/pg-lane.ts';
import { createRunJournal, type JournalDeps } from './adapters/run-journal.ts';
import { randomClaim } from './adapters/uuid.ts';
import { bornRun, bury, claimedRun, stateOf } from './claimed-run.ts';
import { createLeases, type Held } from './leases.ts';

/** What a worker needs. */
export interface WorkerDeps extends JournalDeps {
  readonly claims: Claims;
  readonly plans: Plans;
  readonly clock: DatabaseClock;
  readonly references: References;
  readonly connections: Connections;
  readonly guests: GuestHouse | undefined;
  readonly links: Links;
  /** When the database was last filled from a backup. */
  readonly restoredAt: number | undefined;
  watched(run: string, flow: string): boolean;
  readonly log: Logger;
  /** Runs at work at once. */
  readonly slots: number;
  readonly leaseMs: number;
  /** Milliseconds between two looks for due runs nobody rang for. */
  readonly sweepMs: number;
  /** Starts the process in which suspects run alone; null in that process itself. */
  readonly suspects: (() => void) | null;
}

export interface Worker {
  /** A claim for a run about to be stored, when a slot is free; use or give back. */
  reserve(): bigint | null;
  giveBack(): void;
  /** Runs from memory what is about to be stored, or has just been, under a reserved claim. */
  begin(run: NewRun, body: Json, plan: Plan, birth: Birth): void;
  /** Runs are due: look soon. */
  wake(): void;
  /** Tries a group of suspects, or one alone; false when there is none. Who lives on does not keep the next from being tried. */
  runSuspects(): Promise<boolean>;
  /** Suspects are due, or a worker is silent whose runs will soon be. */
  suspectsComing(): Promise<boolean>;
  readonly busy: number;
  /** Stops claiming; resolves when all runs are finished or given back, or the time is over. */
  stop(ms: number): Promise<void>;
}

const POISON_DEATHS = 3;
/** A group of suspects that has lived for so long is not waited for. */
const TRIED_MS = 2000;

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function portsOf(
  deps: WorkerDeps,
  signal: AbortSignal,
  journal: Journal,
  run: { readonly id: string; readonly flow: string },
): EnginePorts {
  return {
    clock: deps.clock,
    references: deps.references,
    connections: deps.connections,
    links: deps.links,
    journal,
    ...(deps.guests ? { guests: deps.guests } : {}),
    ...(deps.restoredAt === undefined ? {} : { restoredAt: deps.restoredAt }),
    ...{ within, breathe },
    watched: () => deps.watched(run.id, run.flow),
    signal,
  };
}

/** Nothing leaves for a run that is not stored yet, or is not ours. */
function afterBirth(connections: Connections, birth: Birth): Connections {
  const ready = (): Promise<unknown> | undefined => (birth.over ? undefined : birth.stored);
  return {
    open: (tenant, connection, call) => connections.open(tenant, connection, { ...call, ready }),
    send: (...write) => connections.send(...write),
    plain: (tenant, call) => {
      const http = connections.plain(tenant, call);
      return async (request) => {
        await ready();
        return http(request);
      };
    },
  };
}

/** Runs from memory what this process stores. */
function runBorn(
  deps: WorkerDeps,
  signal: AbortSignal,
  run: NewRun,
  claim: bigint,
  body: Json,
  plan: Plan,
  birth: Birth,
): Promise<void> {
  const journal = createRunJournal({ id: run.id, tenant: run.tenant, seq: 0, claim, birth }, deps);
  const ports = { ...portsOf(deps, signal, journal, run), connections: afterBirth(deps.connections, birth) };
  return advance(bornRun(run, body, plan, deps.clock.now()), ports);
}

/** Goes on with a run that was read from the table of due ones. */
async function proceed(
  deps: WorkerDeps,
  signal: AbortSignal,
  row: DueRun,
  claim: bigint,
  log: readonly string[],
): Promise<void> {
  const { run_id: id, tenant_id: tenant, flow_id: flow, version, seq } = row;
  const journal = createRunJournal({ id, tenant, seq, claim }, deps);
  // before anything that may kill once more
  if (row.deaths > POISON_DEATHS) return bury(stateOf(row, log), journal, deps.clock.now());
  failPoint(`record.${row.record}`);
  const plan = deps.plans.peek(flow, version) ?? (await deps.plans.load(tenant, flow, version));
  await advance(claimedRun(row, plan, log), portsOf(deps, signal, journal, { id, flow }));
}

export function createWorker(deps: WorkerDeps): Worker {
  const stopping = new AbortController();
  const held = new Set<Held>();
  let reserved = 0;
  let sweeping: Promise<void> | null = null;
  let again = false;
  const idle: (() => void)[] = [];

  const free = (): number => deps.slots - held.size - reserved;

  const quiet = (): void => {
    if (held.size + reserved === 0) for (const done of idle.splice(0)) done();
  };

  const ended = (entry: Held): void => {
    held.delete(entry);
    quiet();
    if (again && free() >= deps.slots / 2) wake();
  };

  const failed = (entry: Held, error: unknown): void => {
    if (error instanceof NotBorn) return;
    if (error instanceof ClaimLost) deps.log.warn({ run: entry.run }, 'claim lost');
    else if (isDisconnect(error)) {
      // the database went away under it, which says nothing against the run
      deps.log.warn({ run: entry.run, err: error }, 'run given back');
      leases.abandon(entry);
    } else deps.log.error({ run: entry.run, err: error }, 'run left to its lease');
  };

  /** Sees one claimed run through; whatever happens, the slot is free afterwards. */
  const see = async (entry: Held, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failed(entry, error);
    } finally {
      ended(entry);
    }
  };

  const begin = async (rows: readonly DueRun[], claim: bigint): Promise<void> => {
    const entries = rows.map((row): Held => ({ run: row.run_id, claim }));
    for (const entry of entries) held.add(entry);
    try {
      const logs = await deps.claims.events(rows);
      failPoint('log.read');
      await Promise.all(
        rows.map((row, index) =>
          see(entries[index] as Held, () => proceed(deps, stopping.signal, row, claim, logs.get(row.run_id) ?? [])),
        ),
      );
    } catch (error) {
      for (const entry of entries) {
        failed(entry, error);
        ended(entry);
      }
    }
  };

  const sweep = async (slots: number): Promise<void> => {
    again = false;
    try {
      const claim = randomClaim();
      const rows = await deps.claims.due(slots, claim);
      if (rows.length > 0) failPoint('claim.after');
      if (rows.length > 0) void begin(rows, claim);
      again ||= rows.length >= leastOfMore(slots);
    } catch (error) {
      deps.log.warn({ err: error }, 'looking for due runs failed');
    }
  };

  const wake = (): void => {
    const slots = free();
    if (sweeping || slots <= 0) again = true;
    else if (!stopping.signal.aborted) {
      sweeping = sweep(slots).finally(() => {
        sweeping = null;
        // somebody rang meanwhile
        if (again && free() >= deps.slots / 2) wake();
      });
    }
  };

  const sweeper = setInterval(wake, deps.sweepMs);
  const leases = createLeases({ ...deps, held });

  return {
    reserve: () => {
      if (free() <= 0 || stopping.signal.aborted) return null;
      reserved++;
      return randomClaim();
    },
    giveBack: () => {
      reserved--;
      quiet();
    },
    begin: (run, body, plan, birth) => {
      reserved--;
      const entry: Held = { run: run.id, claim: run.claim as bigint };
      held.add(entry);
      void see(entry, () => runBorn(deps, stopping.signal, run, entry.claim, body, plan, birth));
    },
    wake,
    runSuspects: async () => {
      const claim = randomClaim();
      const rows = await deps.claims.suspects(claim);
      if (rows.length === 0) return false;
      failPoint('suspect.after');
      const working = begin(rows, claim);
      if (rows.some((row) => row.deaths > 0)) await working;
      else {
        await orOver(TRIED_MS, working);
        await deps.claims.clear([...held]);
      }
      return true;
    },
    suspectsComing: deps.claims.suspectsComing,
    get busy() {
      return held.size;
    },
    stop: async (ms) => {
      clearInterval(sweeper);
      stopping.abort();
      await sweeping;
      if (held.size + reserved > 0) await orOver(ms, new Promise<void>((resolve) => idle.push(resolve)));
      await leases.stop();
    },
  };
}

/** With more due than there are slots, n tenants give at least slots / n + n - 1 runs, which is never less than this. */
function leastOfMore(slots: number): number {
  return Math.min(slots, Math.floor(2 * Math.sqrt(slots)) - 1);
}

/** Waits for work, but no longer than this. */
async function orOver(ms: number, work: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  await Promise.race([work, over.promise]);
  clearTimeout(timer);
}
