import { z } from 'zod';
import { advance } from '#runtime/advance.ts';
import type { Catalog } from '#runtime/catalog.ts';
import type { ClaimedRun, EnginePorts } from '#runtime/claim.ts';
import { type AnyConnector, type AnyOffer, defineConnector, type Session } from '#runtime/connector.ts';
import { ClaimLost, type Failure, TerminalError } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { CrossReference, TriggerPayload } from '#runtime/node.ts';
import type { Plan } from '#runtime/plan.ts';
import type { NewLink, WriteIntent } from '#runtime/ports.ts';
import { evolve, fold, type RunState } from '#runtime/state.ts';
import type { Lane } from '#server/adapters/lane.ts';
import type { RunCommit } from '#server/adapters/pg-commit.ts';
import type { EndCommit, ParkCommit, StepCommit, StepCommitted } from '#server/adapters/pg-journal.ts';
import { createRunJournal } from '#server/adapters/run-journal.ts';
import type { FakeErp } from './fake-erp.ts';

/** What happens at one place where a process may die: nothing, death, or only the loss of its lease. */
export type Blow = 'none' | 'kill' | 'lease';

/** A run as the database would keep it. */
export interface MemoryRun {
  readonly id: string;
  readonly plan: Plan;
  readonly trigger: string;
  readonly record: ClaimedRun['record'];
  readonly payload: TriggerPayload;
  readonly receivedAt: number;
  status: 'active' | EndCommit['status'];
  claim: bigint | null;
  seq: number;
  attempt: number;
  intent: string | null;
  dueAt: number;
  hold: string | null;
  failure: Failure | null;
  answer: { status: number; body: string } | null;
  /** One entry a commit: the lines as JSON text. */
  readonly log: string[];
}

export interface MemoryWorld {
  readonly clock: { now(): number; move(ms: number): void };
  readonly runs: readonly MemoryRun[];
  readonly links: ReadonlyMap<string, NewLink>;
  /** Places passed so far where a process may die. */
  readonly places: number;
  store(run: {
    plan: Plan;
    trigger: string;
    record: ClaimedRun['record'];
    body?: TriggerPayload['body'];
    id?: string;
  }): MemoryRun;
  /** Goes on, as worker, clock and (where given) as person, until every run has ended or is held. */
  drive(): Promise<void>;
  /** What a person does about a held run. */
  resume(run: MemoryRun, decision: 'retry' | 'sent' | 'resend', step?: string, target?: string): void;
  events(run: MemoryRun): RunEvent[];
  state(run: MemoryRun): RunState;
}

export interface WorldOptions {
  readonly erp: FakeErp;
  /** A real system instead of the fake one, for every connection, with references that fit its fields. */
  readonly system?: {
    readonly connector: AnyConnector;
    readonly session: Session;
    readonly references: EnginePorts['references'];
  };
  readonly catalog: Catalog;
  /** Asked at every place, counted from 0. */
  readonly blow?: (place: number) => Blow;
  /** Called for a held run; false leaves it held. */
  readonly person?: (world: MemoryWorld, run: MemoryRun) => boolean;
  readonly watched?: () => boolean;
  /** Called when a claim came to its own end, with the state the engine held. */
  readonly advanced?: (world: MemoryWorld, run: MemoryRun, state: RunState) => void;
  readonly redact?: (text: string) => string;
  readonly breathe?: () => Promise<void>;
}

const START = 1_764_000_000_000;
const MOST_CLAIMS = 500;
const never = <T>(): Promise<T> => new Promise<T>(() => undefined);

/** One life of a worker's hold on a run: dead, it does nothing any more, whatever code of it is still there. */
interface Life {
  readonly claim: bigint;
  dead: boolean;
  readonly died: Promise<void>;
  die(): void;
}

function newLife(claim: bigint): Life {
  const { promise, resolve } = Promise.withResolvers<void>();
  const life: Life = {
    claim,
    dead: false,
    died: promise,
    die: () => {
      life.dead = true;
      resolve();
    },
  };
  return life;
}

/** The fake ERP as a connector. */
export function erpConnector(erp: FakeErp): AnyConnector {
  return defineConnector({
    id: 'fake',
    title: 'Fake ERP',
    kind: 'erp',
    feature: 'core',
    settings: z.strictObject({}),
    secrets: z.strictObject({}),
    base: () => 'https://erp.example',
    hosts: () => ['erp.example'],
    authorize: () => undefined,
    fault: () => new TerminalError('TARGET_REFUSED', 'refused'),
    ping: async () => ({ label: 'fake' }),
    changes: [],
    offers: erp.offers,
  });
}

function lane<Item, Result>(push: (item: Item) => Result): Lane<Item, Result> {
  return { push: async (item) => push(item), size: 0, idle: async () => undefined };
}

/** Everything the engine needs, in memory, with the journal the server uses over lanes that keep the database's rules. */
export function createMemoryWorld(options: WorldOptions): MemoryWorld {
  const { erp } = options;
  const connector = options.system?.connector ?? erpConnector(erp);
  const runs: MemoryRun[] = [];
  const links = new Map<string, NewLink>();
  const writing = new Map<string, string>();
  const active = new Map<MemoryRun, Set<Promise<void>>>();
  let now = START;
  let places = 0;
  let claims = 0n;
  const clock = {
    now: () => now,
    move: (ms: number) => {
      now += ms;
    },
  };
  erp.clock = clock;

  const eventsOf = (run: MemoryRun): RunEvent[] => run.log.flatMap((lines) => JSON.parse(lines) as RunEvent[]);

  const rowOf = (item: RunCommit): MemoryRun => {
    const run = runs.find((row) => row.id === item.run);
    if (run?.status !== 'active' || run.claim !== item.claim || run.seq !== item.seq) throw new ClaimLost(item.run);
    return run;
  };

  const keep = (item: RunCommit): MemoryRun => {
    const run = rowOf(item);
    run.seq = item.next;
    if (item.events) run.log.push(item.events.toString());
    for (const link of item.links) if (!links.has(link.reference)) links.set(link.reference, link);
    return run;
  };

  /** As `pg-writing.ts`: linked already, ours, or held by a run that has ended. */
  const reserve = (id: string, reference: string): boolean => {
    const holder = runs.find((run) => run.id === writing.get(reference));
    if (links.has(reference)) return true;
    if (holder && holder.id !== id && holder.status === 'active') return false;
    writing.set(reference, id);
    return true;
  };

  const lanes = {
    step: lane<StepCommit, StepCommitted>((item) => {
      const known = item.reference === null ? undefined : links.get(item.reference);
      const run = keep(item);
      run.intent = item.intent;
      return { known: known?.target.id ?? null };
    }),
    end: lane<EndCommit, true>((item) => {
      const run = keep(item);
      run.status = item.status;
      run.failure = item.failure === null ? null : (JSON.parse(item.failure) as Failure);
      if (item.answer) run.answer = { status: item.answerStatus ?? 0, body: item.answer.toString() };
      run.claim = null;
      return true;
    }),
    park: lane<ParkCommit, true>((item) => {
      const run = keep(item);
      run.intent = null;
      run.claim = null;
      run.hold = item.hold;
      run.failure = item.failure;
      run.dueAt = item.afterMs === null ? Number.POSITIVE_INFINITY : now + item.afterMs;
      return true;
    }),
  };

  /** As the server's worker folds it. */
  const stateOf = (run: MemoryRun): RunState => {
    const state = fold(eventsOf(run));
    if (run.intent === null) return state;
    const { step, reference, capability, at } = JSON.parse(run.intent) as WriteIntent;
    return evolve(state, { type: 'step.writing', seq: state.seq, at, step, reference, capability });
  };

  /** One place where the process may die or lose its lease. */
  const place = async (life: Life, run: MemoryRun): Promise<void> => {
    if (life.dead) return never();
    const blow = options.blow?.(places++) ?? 'none';
    if (blow === 'none') return;
    if (blow === 'lease') {
      if (run.claim !== life.claim) return;
      run.claim = null;
      run.dueAt = now;
      return;
    }
    life.die();
    return never();
  };

  const portsOf = (life: Life, run: MemoryRun): EnginePorts => {
    const around = async <T>(work: () => Promise<T>): Promise<T> => {
      await place(life, run);
      const result = await work().then(
        (value) => () => value,
        (error: unknown) => () => {
          throw error;
        },
      );
      await place(life, run);
      return result();
    };
    const journal = createRunJournal(
      { id: run.id, tenant: 1, claim: run.claim as bigint, seq: run.seq },
      {
        lanes,
        reserve: async (_tenant, id, reference) => reserve(id, reference),
        redact: (_tenant, text) => options.redact?.(text) ?? text,
        committed: () => undefined,
        suspect: () => undefined,
      },
    );
    const session = (connection: string): Session =>
      options.system?.session ?? {
        connection,
        settings: {},
        http: async () => ({ status: 200, headers: {}, body: null }),
        signal: new AbortController().signal,
        now,
        note: () => undefined,
      };
    const guarded: AnyConnector = {
      ...connector,
      offers: connector.offers.map((offer) => {
        const { lookup } = offer as { lookup?: (...args: unknown[]) => Promise<unknown> };
        return lookup
          ? ({ ...offer, lookup: (...args: unknown[]) => around(() => lookup(...args)) } as AnyOffer)
          : offer;
      }),
    };
    return {
      clock,
      references: options.system?.references ?? {
        of: (parts) => parts.map((part) => `${part.length}:${part}`).join(''),
      },
      connections: {
        open: async (_tenant, connection) => ({ connector: guarded, session: session(connection) }),
        send: (offer, open, input, call) =>
          'class' in offer ? around(() => offer.run(open, input, call)) : Promise.reject(new Error('not a write')),
        plain: () => (request) => around(() => erp.http(request)),
      },
      links: {
        find: async (_tenant, record) =>
          [...links.values()]
            .filter(({ source, target }) =>
              [source, target].some(({ connection, id }) => id === record.id && connection === record.connection),
            )
            .map(({ source, target }): CrossReference => ({ source, target })),
      },
      journal: {
        reserve: (reference) => around(() => journal.reserve(reference)),
        intent: (write, commit) => around(() => journal.intent(write, commit)),
        trace: (commit) => around(() => journal.trace(commit)),
        release: (outcome, commit, answer) => around(() => journal.release(outcome, commit, answer)),
      },
      ...(options.breathe ? { breathe: options.breathe } : {}),
      within: (_ms, work) => work(new AbortController().signal),
      watched: () => options.watched?.() ?? false,
      signal: new AbortController().signal,
    };
  };

  /** The first of its record, due, and nobody's. */
  const claimable = (run: MemoryRun): boolean =>
    run.status === 'active' &&
    run.claim === null &&
    run.dueAt <= now &&
    !runs.some(
      (other) =>
        other !== run &&
        other.status === 'active' &&
        other.record.id === run.record.id &&
        (runs.indexOf(other) < runs.indexOf(run) || other.claim !== null),
    );

  const begin = (run: MemoryRun): void => {
    claims++;
    if (claims > MOST_CLAIMS) throw new Error(`run ${run.id} never ends: ${JSON.stringify(eventsOf(run).slice(-6))}`);
    run.claim = claims;
    run.attempt++;
    const life = newLife(claims);
    const { id, plan, trigger, record, payload, receivedAt, attempt } = run;
    const claim = run.claim;
    const claimed = { id, tenant: 1, plan, trigger, record, payload, receivedAt, attempt, state: stateOf(run) };
    const working = Promise.race([
      advance(claimed, portsOf(life, run)).then(
        () => options.advanced?.(world, run, claimed.state),
        (error: unknown) => {
          if (!(error instanceof ClaimLost)) throw error;
        },
      ),
      life.died,
    ]).finally(() => {
      active.get(run)?.delete(working);
      // the lease of a dead worker runs out
      if (run.claim === claim) {
        run.claim = null;
        run.dueAt = now;
      }
    });
    active.set(run, (active.get(run) ?? new Set()).add(working));
  };

  const world: MemoryWorld = {
    clock,
    runs,
    links,
    get places() {
      return places;
    },
    store: ({ plan, trigger, record, body = null, id = `run-${runs.length}` }) => {
      const run: MemoryRun = {
        id,
        plan,
        trigger,
        record,
        payload: { via: 'manual', id: record.id, topic: 'test', body },
        receivedAt: now,
        status: 'active',
        claim: null,
        seq: 0,
        attempt: 0,
        intent: null,
        dueAt: now,
        hold: null,
        failure: null,
        answer: null,
        log: [],
      };
      runs.push(run);
      return run;
    },
    drive: async () => {
      for (;;) {
        for (const run of runs) if (claimable(run)) begin(run);
        const working = [...active.values()].flatMap((set) => [...set]);
        if (working.length > 0) {
          await Promise.race(working);
          continue;
        }
        const held = runs.filter((run) => run.status === 'active' && run.hold !== null);
        if (held.some((run) => options.person?.(world, run))) continue;
        const due = runs.filter((run) => run.status === 'active' && run.hold === null).map((run) => run.dueAt);
        const next = Math.min(...due.filter((at) => at > now));
        if (!Number.isFinite(next)) return;
        now = next;
      }
    },
    resume: (run, decision, step, target) => {
      const seq = (eventsOf(run).at(-1)?.seq ?? -1) + 1;
      const event: RunEvent = {
        type: 'run.resumed',
        seq,
        at: now,
        by: 'anna',
        decision,
        ...(step === undefined ? {} : { step }),
        ...(target === undefined ? {} : { target }),
      };
      run.log.push(JSON.stringify([event]));
      run.seq++;
      run.hold = null;
      run.status = 'active';
      run.dueAt = now;
    },
    events: eventsOf,
    state: stateOf,
  };
  return world;
}
