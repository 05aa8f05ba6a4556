import type { Express, RequestHandler, Router } from 'express';
import type { Logger } from 'pino';
import type { Registry } from 'prom-client';
import { builtInConnectors, builtInNodes, builtInTemplates } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import { deriveKey, type MasterKey } from './adapters/master-key.ts';
import { createFlowStore, type FlowStore } from './adapters/pg-flow-store.ts';
import type { Database } from './adapters/pg-pool.ts';
import { createRunStore, type RunStore } from './adapters/pg-run-store.ts';
import { createReferences } from './adapters/references.ts';
import { createApp } from './app.ts';
import { createSessions } from './auth/session.ts';
import { createSignInLimit } from './auth/sign-in-limit.ts';
import { createUsers, type Users } from './auth/users.ts';
import { createEngine, type Engine } from './engine.ts';
import { laneOf } from './intake.ts';
import { createMetrics } from './metrics.ts';
import { hookRoutes } from './routes/hooks.ts';
import { createWorld, type World } from './surroundings.ts';
import { createSuspectProcess } from './suspect-process.ts';

export interface WeftOptions {
  readonly database: Database;
  readonly master: MasterKey;
  readonly role: 'all' | 'web' | 'worker';
  /** The address others reach Weft by, without a slash at its end. */
  readonly publicUrl: string;
  readonly redisUrl: string | undefined;
  readonly slots: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly pollMs: number;
  readonly trustProxy: boolean;
  readonly metricsToken: string | undefined;
  /** Directory of the built page. */
  readonly dist: string;
  readonly practice?: { readonly router: Router; readonly addresses: { readonly shop: string; readonly erp: string } };
  /** `host:port` that steps without a connection may reach on private networks; only benches and tests have any. */
  readonly plainGrants?: readonly string[];
  readonly log: Logger;
  readonly logLevel: string;
}

/** One process of Weft over a migrated database: engine, world, stores and, unless it only works, the web. */
export interface Weft {
  readonly engine: Engine;
  readonly world: World;
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly users: Users;
  readonly app: Express;
  /** No more orders are taken; what is at work is finished or given back within `ms`. */
  stop(ms: number): Promise<void>;
}

export async function createWeft(options: WeftOptions): Promise<Weft> {
  const { database, master, log, publicUrl } = options;
  const catalog = createCatalog(builtInNodes, builtInConnectors);
  const suspects = createSuspectProcess(
    {
      database,
      masterKey: master.key.export().toString('base64'),
      publicUrl,
      plainGrants: options.plainGrants ?? [],
      leaseMs: options.leaseMs,
      logLevel: options.logLevel,
    },
    log,
  );
  let world: World | undefined;
  const engine = await createEngine({
    database,
    role: options.role,
    catalog,
    references: createReferences(master),
    redisUrl: options.redisUrl,
    slots: options.slots,
    leaseMs: options.leaseMs,
    sweepMs: options.sweepMs,
    pollMs: options.pollMs,
    log,
    spawnSuspects: suspects.start,
    surroundings: async (ground) => {
      const made = await createWorld(ground, { master, publicUrl, plainGrants: options.plainGrants ?? [] });
      world = made;
      return {
        connections: made.door,
        redact: (tenant, text) => made.known.redactorOf(tenant)(text),
        ensureWebhook: made.ensureWebhook,
        watched: () => false,
        committed: () => undefined,
        stop: made.stop,
      };
    },
  });
  const ready = { taking: true };
  const { pools, clock } = engine;
  const here = world as unknown as World;
  const ring = (): void => {
    engine.worker?.wake();
    engine.doorbell.ring();
  };
  const flows = createFlowStore({ pool: pools.app, catalog, vault: here.vault, clock, hookUrl: here.hookUrl });
  const runs = createRunStore({ pool: pools.app, laneOf, ring, committed: () => undefined });
  const users = createUsers(pools.app);
  const sessions = createSessions({
    pool: pools.app,
    secrets: [deriveKey(master, 'session').export().toString('base64')],
    publicUrl,
    onError: (error) => log.warn({ err: error }, 'a session could not be kept'),
  });
  const metrics: Registry = createMetrics(engine);
  const app = createApp({
    catalog,
    templates: builtInTemplates,
    flows,
    runs,
    connections: here.admin,
    users,
    limit: createSignInLimit(pools.app),
    session: sessions.middleware as RequestHandler,
    ended: () => undefined,
    usable: (tenant, connection) => resumeSignedIn(engine, runs, tenant, connection),
    hooks: hookRoutes({
      hooks: engine.hooks,
      intake: engine.intake,
      catalog,
      vendorOf: here.vendorOf,
      unseal: here.unsealHook,
      ready: () => ready.taking,
      log,
    }),
    ...(options.practice ? { practice: options.practice } : {}),
    ready: async () => ready.taking && (await pools.engine.query('select 1')).rowCount === 1,
    metrics,
    ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    publicUrl,
    trustProxy: options.trustProxy,
    dist: options.dist,
    log,
  });
  return {
    engine,
    world: here,
    flows,
    runs,
    users,
    app,
    stop: async (ms) => {
      ready.taking = false;
      sessions.stop();
      await suspects.stop();
      await engine.stop(ms);
    },
  };
}

const waitingForSignIn = `
select run_id from due where tenant_id = $1 and hold = 'sign-in' and failure::jsonb -> 'details' ->> 'connection' = $2 order by run_id`;

/** Runs that waited for a sign-in go on by themselves, and so do polls. */
async function resumeSignedIn(engine: Engine, runs: RunStore, tenant: number, connection: string): Promise<void> {
  const { rows } = await engine.pools.engine.query<{ run_id: string }>(waitingForSignIn, [tenant, connection]);
  for (const { run_id } of rows) {
    await runs.decide(tenant, run_id, { decision: 'retry' }, 'sign-in').catch((error: unknown) => {
      engine.log.warn({ err: error, run: run_id }, 'a run that waited for the sign-in could not be resumed');
    });
  }
  await engine.pools.engine.query('update trigger_clock set due_at = now() where tenant_id = $1 and failures > 0', [
    tenant,
  ]);
}
