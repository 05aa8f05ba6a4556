import type { Logger } from 'pino';
import type { Catalog } from '#runtime/catalog.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { Connections, Outcome, References } from '#runtime/ports.ts';
import type { GuestHouse } from '#runtime/sandbox.ts';
import { type Answers, createAnswers } from './adapters/answers.ts';
import { createDoorbell, type Doorbell } from './adapters/bull-doorbell.ts';
import { createDatabaseClock, type DatabaseClock } from './adapters/db-clock.ts';
import { createClaims } from './adapters/pg-claim.ts';
import { createFindingStore } from './adapters/pg-findings.ts';
import { createPlans, type Plans } from './adapters/pg-flows.ts';
import { createHooks, type Hooks } from './adapters/pg-hooks.ts';
import { createIngest } from './adapters/pg-ingest.ts';
import { createEndLane, createParkLane, createStepLane } from './adapters/pg-journal.ts';
import { createJudgement } from './adapters/pg-judgement.ts';
import { createLaneClient, type LaneClient } from './adapters/pg-lane.ts';
import { createLinks, fileOrphan } from './adapters/pg-links.ts';
import { createMissedBook } from './adapters/pg-missed.ts';
import { createNotifications, type Notifications } from './adapters/pg-notify.ts';
import { createPools, type Database, engineConfig, type Pools } from './adapters/pg-pool.ts';
import { createPassStore } from './adapters/pg-reconciliation.ts';
import { readRestoration } from './adapters/pg-restoration.ts';
import { createSupersede } from './adapters/pg-supersede.ts';
import { createReserve } from './adapters/pg-writing.ts';
import { createIntake, type Intake } from './intake.ts';
import { createPoller, type Poller, type PollerDeps } from './poller.ts';
import { createReconciler, type Reconciler } from './reconcile/reconciler.ts';
import { createWorker, type Worker } from './worker.ts';

/** What the engine is given once its pools and clock stand. */
export interface Surroundings {
  readonly connections: Connections;
  /** Where customers' code runs. */
  readonly guests?: GuestHouse;
  redact(tenant: number, text: string): string;
  ensureWebhook: PollerDeps['ensureWebhook'];
  watched(run: string, flow: string): boolean;
  /** Called after a commit, for live viewers. */
  committed(run: string, events: readonly RunEvent[], outcome: Outcome | null): void;
  /** A run was stored, for those who follow the list. */
  stored(run: string): void;
  stop(): Promise<void>;
}

/** What stands before the surroundings are made. */
export interface Ground {
  readonly database: Database;
  readonly pools: Pools;
  readonly clock: DatabaseClock;
  readonly notifications: Notifications;
  readonly plans: Plans;
  readonly catalog: Catalog;
  readonly log: Logger;
}

export interface EngineOptions {
  readonly database: Database;
  /** `suspect`: only runs that a worker died of, one at a time. */
  readonly role: 'all' | 'web' | 'worker' | 'suspect';
  readonly catalog: Catalog;
  readonly references: References;
  readonly redisUrl: string | undefined;
  readonly slots: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly pollMs: number;
  /** How often, and how far back, in milliseconds; without it nothing is reconciled. */
  readonly reconcile?: { readonly everyMs: number; readonly windowMs: number } | undefined;
  readonly log: Logger;
  /** Starts the process for suspects. */
  readonly spawnSuspects: () => void;
  surroundings(ground: Ground): Promise<Surroundings>;
}

export interface Engine extends Ground {
  readonly hooks: Hooks;
  readonly intake: Intake;
  readonly answers: Answers;
  readonly doorbell: Doorbell;
  readonly worker: Worker | null;
  readonly surroundings: Surroundings;
  /** SQL statements of the lanes so far, by lane. */
  statements(): Readonly<Record<string, number>>;
  /** Stops taking, finishes or gives back what is at work (at most `ms`), closes all. */
  stop(ms: number): Promise<void>;
}

interface Lanes {
  readonly ingest: LaneClient;
  readonly step: LaneClient;
  readonly end: LaneClient;
  readonly park: LaneClient;
  readonly claim: LaneClient;
}

function laneClients(database: Database): Lanes {
  return {
    ingest: createLaneClient(engineConfig(database, 'ingest')),
    step: createLaneClient(engineConfig(database, 'step')),
    end: createLaneClient(engineConfig(database, 'end')),
    park: createLaneClient(engineConfig(database, 'park')),
    // a claim lost in a crash is only made again
    claim: createLaneClient(engineConfig(database, 'claim', true)),
  };
}

async function groundOf(options: EngineOptions): Promise<Ground> {
  const { database, catalog, log } = options;
  const pools = createPools(database, (error) => log.warn({ err: error }, 'an idle database connection broke'));
  const clock = await createDatabaseClock(
    async () => {
      const { rows } = await pools.engine.query<{ ms: number }>(
        'select extract(epoch from weft_now())::float8 * 1000 as ms',
      );
      return rows[0]?.ms ?? 0;
    },
    (error) => log.warn({ err: error }, 'the database clock could not be read'),
  );
  const notifications = await createNotifications(database, pools.engine);
  notifications.onGap(() => log.info('listening to the database again'));
  return { database, pools, clock, notifications, plans: createPlans(pools.engine, catalog), catalog, log };
}

function openReconciler(
  { reconcile, references, pollMs }: EngineOptions,
  { pools, plans, clock, log }: Ground,
  { connections }: Surroundings,
  intake: Intake,
): Reconciler | null {
  if (!reconcile) return null;
  return createReconciler({
    passes: createPassStore(pools),
    findings: createFindingStore(pools.app),
    judgement: createJudgement(pools.app),
    missed: createMissedBook(pools.app),
    plans,
    connections,
    intake,
    references,
    clock,
    log,
    lookMs: pollMs,
    ...reconcile,
  });
}

/** The durable path of one process: lanes, worker, intake and poller over one database. */
export async function createEngine(options: EngineOptions): Promise<Engine> {
  const ground = await groundOf(options);
  const { pools, clock, notifications, plans, log, catalog } = ground;
  const surroundings = await options.surroundings(ground);
  const restoredAt = await readRestoration(pools.engine);
  const clients = laneClients(options.database);
  const answers = createAnswers(pools.engine, notifications);
  const doorbell = createDoorbell({ database: options.database, redisUrl: options.redisUrl, log });
  const works = options.role !== 'web';
  const worker = works
    ? createWorker({
        claims: createClaims(clients.claim, options.leaseMs),
        lanes: {
          step: createStepLane(clients.step, options.leaseMs),
          end: createEndLane(clients.end),
          park: createParkLane(clients.park),
        },
        reserve: createReserve(clients.claim),
        plans,
        clock,
        references: options.references,
        connections: surroundings.connections,
        guests: surroundings.guests,
        links: createLinks(pools.engine),
        restoredAt,
        watched: surroundings.watched,
        redact: surroundings.redact,
        committed: (run, events, outcome, answer) => {
          surroundings.committed(run, events, outcome);
          if (outcome && (answer || outcome.state !== 'waiting')) answers.deliver(run, answer);
        },
        suspect: (suspicion) => {
          log.warn({ run: suspicion.run, reference: suspicion.reference }, 'a second document may exist');
          fileOrphan(pools.engine, suspicion).catch((error: unknown) =>
            log.error({ err: error, suspicion }, 'a suspicion could not be filed'),
          );
        },
        log,
        slots: options.role === 'suspect' ? 0 : options.slots,
        leaseMs: options.leaseMs,
        sweepMs: options.sweepMs,
        suspects: options.role === 'suspect' ? null : options.spawnSuspects,
      })
    : null;
  const intake = createIntake({
    ingest: createIngest(clients.ingest, options.leaseMs),
    clock,
    doorbell,
    answers,
    worker,
    stored: surroundings.stored,
    supersede: createSupersede(pools.engine),
    runOf: async (dedup) =>
      (await pools.engine.query<{ id: string }>('select id from run where dedup = $1', [dedup])).rows[0]?.id,
  });
  const alone = options.role === 'suspect';
  if (worker && !alone) doorbell.answer(() => worker.wake());
  const poller: Poller | null =
    works && !alone
      ? createPoller({
          pool: pools.engine,
          plans,
          catalog,
          connections: surroundings.connections,
          intake,
          clock,
          ensureWebhook: surroundings.ensureWebhook,
          onConnectionChange: (listener) => notifications.on('weft_connection', listener),
          log,
          everyMs: options.pollMs,
        })
      : null;
  const reconciler = works && !alone ? openReconciler(options, ground, surroundings, intake) : null;
  return {
    ...ground,
    hooks: createHooks(pools.engine, plans, notifications),
    intake,
    answers,
    doorbell,
    worker,
    surroundings,
    statements: () =>
      Object.fromEntries(Object.entries(clients).map(([name, client]) => [name, (client as LaneClient).statements])),
    stop: async (ms) => {
      await Promise.all([poller?.stop(), reconciler?.stop(), worker?.stop(ms)]);
      await Promise.all([surroundings.stop(), doorbell.close(), notifications.stop()]);
      clock.stop();
      await Promise.all(Object.values(clients).map((client: LaneClient) => client.end()));
      await pools.end();
    },
  };
}
