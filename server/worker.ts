import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { advance, type ClaimedRun, type EnginePorts } from '#runtime/advance.ts';
import { ClaimLost, type Failure } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { Json } from '#runtime/json.ts';
import type { Plan } from '#runtime/plan.ts';
import type { Connections, Journal, Links, References } from '#runtime/ports.ts';
import { emptyRun, evolve, type RunState } from '#runtime/state.ts';
import type { DatabaseClock } from './adapters/db-clock.ts';
import { within } from './adapters/deadline.ts';
import { parseJsonText } from './adapters/json-text.ts';
import type { Claims, DueRun } from './adapters/pg-claim.ts';
import type { Plans } from './adapters/pg-flows.ts';
import type { NewRun } from './adapters/pg-ingest.ts';
import { createRunJournal, type JournalDeps } from './adapters/run-journal.ts';

/** What a worker needs. */
export interface WorkerDeps extends JournalDeps {
  readonly claims: Claims;
  readonly plans: Plans;
  readonly clock: DatabaseClock;
  readonly references: References;
  readonly connections: Connections;
  readonly links: Links;
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
  /** Runs from memory what was just stored under a reserved claim. */
  adopt(run: NewRun, body: Json, plan: Plan): void;
  /** Runs are due: look soon. */
  wake(): void;
  /** Takes one suspect and sees it through; false when there is none. */
  runSuspect(): Promise<boolean>;
  readonly busy: number;
  /** Stops claiming; resolves when all runs are finished or given back, or the time is over. */
  stop(ms: number): Promise<void>;
}

const POISON_DEATHS = 3;

interface Held {
  readonly run: string;
  readonly claim: bigint;
}

function newClaim(): bigint {
  return randomBytes(8).readBigInt64BE();
}

const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export function createWorker(deps: WorkerDeps): Worker {
  const stopping = new AbortController();
  const held = new Set<Held>();
  let reserved = 0;
  let sweeping = false;
  let again = false;
  const idle: (() => void)[] = [];

  const free = (): number => deps.slots - held.size - reserved;

  const ended = (entry: Held): void => {
    held.delete(entry);
    if (held.size === 0) for (const done of idle.splice(0)) done();
    if (again && free() >= deps.slots / 2) wake();
  };

  const portsOf = (journal: Journal, run: { id: string; flow: string }): EnginePorts => ({
    clock: deps.clock,
    references: deps.references,
    connections: deps.connections,
    links: deps.links,
    journal,
    ...{ within, breathe },
    watched: () => deps.watched(run.id, run.flow),
    signal: stopping.signal,
  });

  /** Sees one claimed run through; whatever happens, the slot is free afterwards and the lease decides. */
  const see = async (entry: Held, flow: string, run: ClaimedRun, seq: number, dead: boolean): Promise<void> => {
    const journal = createRunJournal({ id: run.id, tenant: run.tenant, claim: entry.claim, seq }, deps);
    try {
      if (dead) await bury(run, journal, deps.clock.now());
      else await advance(run, portsOf(journal, { id: run.id, flow }));
    } catch (error) {
      if (error instanceof ClaimLost) deps.log.warn({ run: run.id }, 'claim lost');
      else deps.log.error({ run: run.id, err: error }, 'run left to its lease');
    } finally {
      ended(entry);
    }
  };

  const begin = async (row: DueRun, claim: bigint, log: readonly string[]): Promise<void> => {
    const entry: Held = { run: row.run_id, claim };
    held.add(entry);
    try {
      const plan =
        deps.plans.peek(row.flow_id, row.version) ?? (await deps.plans.load(row.tenant_id, row.flow_id, row.version));
      await see(entry, row.flow_id, claimedRun(row, plan, log), row.seq, row.deaths > POISON_DEATHS);
    } catch (error) {
      deps.log.error({ run: row.run_id, err: error }, 'run cannot be begun');
      ended(entry);
    }
  };

  const sweep = async (): Promise<void> => {
    if (sweeping) {
      again = true;
      return;
    }
    const slots = free();
    if (slots <= 0 || stopping.signal.aborted) {
      again = slots <= 0;
      return;
    }
    sweeping = true;
    again = false;
    try {
      const claim = newClaim();
      const rows = await deps.claims.due(slots, claim);
      const logs = await deps.claims.events(rows);
      for (const row of rows) void begin(row, claim, logs.get(row.run_id) ?? []);
      again = rows.length === slots;
    } catch (error) {
      deps.log.warn({ err: error }, 'looking for due runs failed');
    } finally {
      sweeping = false;
    }
  };

  const wake = (): void => void sweep();

  const expire = async (): Promise<void> => {
    try {
      await deps.claims.renew([...held]);
      const silent = await deps.claims.expire();
      if (silent > 0) deps.log.warn({ runs: silent }, 'runs of a silent worker become suspects');
      deps.suspects?.();
    } catch (error) {
      deps.log.warn({ err: error }, 'renewing leases failed');
    }
  };

  const timers = [setInterval(wake, deps.sweepMs), setInterval(() => void expire(), Math.max(500, deps.leaseMs / 4))];

  return {
    reserve: () => {
      if (free() <= 0 || stopping.signal.aborted) return null;
      reserved++;
      return newClaim();
    },
    giveBack: () => {
      reserved--;
    },
    adopt: (run, body, plan) => {
      reserved--;
      const entry: Held = { run: run.id, claim: run.claim as bigint };
      held.add(entry);
      void see(entry, run.flow, bornRun(run, body, plan, deps.clock.now()), 0, false);
    },
    wake,
    runSuspect: async () => {
      const claim = newClaim();
      const row = await deps.claims.suspect(claim);
      if (!row) return false;
      await begin(row, claim, (await deps.claims.events([row])).get(row.run_id) ?? []);
      return true;
    },
    get busy() {
      return held.size;
    },
    stop: async (ms) => {
      clearInterval(timers[0]);
      stopping.abort();
      if (held.size > 0) await orOver(ms, new Promise<void>((resolve) => idle.push(resolve)));
      for (const timer of timers) clearInterval(timer);
    },
  };
}

/** Waits for work, but no longer than this. */
async function orOver(ms: number, work: Promise<void>): Promise<void> {
  const over = Promise.withResolvers<void>();
  const timer = setTimeout(over.resolve, ms);
  await Promise.race([work, over.promise]);
  clearTimeout(timer);
}

function bornRun(run: NewRun, body: Json, plan: Plan, now: number): ClaimedRun {
  return {
    id: run.id,
    tenant: run.tenant,
    plan,
    trigger: run.trigger,
    record: { entity: run.entity, connection: run.connection, id: run.record },
    payload: { via: run.via, id: run.record, topic: run.topic, body },
    receivedAt: now,
    attempt: 1,
    state: emptyRun(),
  };
}

function claimedRun(row: DueRun, plan: Plan, log: readonly string[]): ClaimedRun {
  return {
    id: row.run_id,
    tenant: row.tenant_id,
    plan,
    trigger: row.trigger,
    record: { entity: row.entity, connection: row.connection_id, id: row.record },
    payload: { via: row.via, id: row.record, topic: row.topic, body: parseJsonText(row.body.toString()) },
    receivedAt: row.received_ms,
    attempt: row.attempt,
    state: stateOf(row, log),
  };
}

/** The fold of the log; an intent that no later line tells of is a write whose outcome nobody knows. */
function stateOf(row: DueRun, log: readonly string[]): RunState {
  const state = emptyRun();
  for (const lines of log) for (const event of JSON.parse(lines) as RunEvent[]) evolve(state, event);
  if (row.intent !== null) {
    const { step, reference, capability, at } = JSON.parse(row.intent) as {
      step: string;
      reference: string;
      capability: string;
      at: number;
    };
    evolve(state, { type: 'step.writing', seq: state.seq, at, step, reference, capability });
  }
  return state;
}

/** A run that has stopped its worker three times, each time alone, is set aside with its reason. */
async function bury(run: ClaimedRun, journal: Journal, at: number): Promise<void> {
  const failure: Failure = { code: 'POISON', message: 'the run stopped its worker three times' };
  const event: RunEvent = { type: 'run.failed', seq: run.state.seq + 1, at, failure };
  await journal.release({ state: 'failed', failure }, { events: [event], links: [] });
}
