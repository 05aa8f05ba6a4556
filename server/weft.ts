import type { RequestListener, Server } from 'node:http';
import type { Logger } from 'pino';
import { builtInConnectors, builtInNodes, builtInTemplates, readyFlows } from '#nodes/index.ts';
import { type Catalog, createCatalog } from '#runtime/catalog.ts';
import { createCodeCheck } from './adapters/code-check.ts';
import { readKeptKey } from './adapters/kept-key.ts';
import { type MasterKey, masterKeyText } from './adapters/master-key.ts';
import { createAttendanceStore } from './adapters/pg-attendance.ts';
import { createAuditLog } from './adapters/pg-audit.ts';
import { createFindingStore } from './adapters/pg-findings.ts';
import { createFlowStore, type FlowStore } from './adapters/pg-flow-store.ts';
import type { Notifications } from './adapters/pg-notify.ts';
import { createPluginCatalog } from './adapters/pg-plugin-catalog.ts';
import type { PluginStore } from './adapters/pg-plugins.ts';
import type { Database } from './adapters/pg-pool.ts';
import { createProjects, remindOfRenewals } from './adapters/pg-projects.ts';
import { createRunStore, type RunStore } from './adapters/pg-run-store.ts';
import { createTableStore } from './adapters/pg-tables.ts';
import { createTenants } from './adapters/pg-tenants.ts';
import { createVisits } from './adapters/pg-visits.ts';
import { starterPlugins } from './adapters/plugin-folder.ts';
import { createPluginHouse } from './adapters/plugin-house.ts';
import { referencesBy } from './adapters/references.ts';
import { createRunLists } from './adapters/run-lists.ts';
import { createRunTails } from './adapters/run-tails.ts';
import { createWatches, type Watches } from './adapters/watches.ts';
import { createApp, type Practice } from './app.ts';
import { createAttendances } from './attendance.ts';
import { createApiTokens } from './auth/api-tokens.ts';
import { createMemberships } from './auth/memberships.ts';
import { createPeople, type PeopleOptions } from './auth/people.ts';
import { createSessions } from './auth/session.ts';
import type { Users } from './auth/users.ts';
import { type CallRates, createCallLimits, usualRates } from './call-limits.ts';
import { createEngine, type Engine, type EngineOptions } from './engine.ts';
import { createGuests, type Guests } from './guests.ts';
import { laneOf } from './intake.ts';
import { createLive, type Live, type LiveDeps } from './live.ts';
import type { Mailer } from './mail/mailer.ts';
import { createMetrics } from './metrics.ts';
import { hookRoutes } from './routes/hooks.ts';
import { createStoppedCodeMails } from './stopped-code.ts';
import { createWorld, type World } from './surroundings.ts';
import { createSuspectProcess, type SuspectProcess } from './suspect-process.ts';

export interface WeftOptions {
  readonly database: Database;
  readonly master: MasterKey;
  readonly role: 'all' | 'web' | 'worker';
  /** The address others reach Weft by, without a slash at its end. */
  readonly publicUrl: string;
  readonly redisUrl: string | undefined;
  readonly slots: number;
  /** Processes that customers' code may run in at once. */
  readonly sandboxProcesses: number;
  readonly leaseMs: number;
  readonly sweepMs: number;
  readonly pollMs: number;
  readonly reconcile?: EngineOptions['reconcile'];
  readonly trustProxy: boolean;
  readonly metricsToken: string | undefined;
  /** Calls a minute that are taken; the usual unless told. */
  readonly rates?: CallRates;
  /** Directory of the built page. */
  readonly dist: string;
  /** Carries the live line to the pages; none in a process without web. */
  readonly server?: Server | undefined;
  readonly practice?: Practice;
  /** Whether people with strong roles must sign in in two steps. */
  readonly secondStep?: boolean;
  /** The organisation's identity provider, where one is set. */
  readonly oidc?: PeopleOptions['oidc'];
  /** Null, or absent, where mails cannot be sent. */
  readonly mailer?: Mailer | null;
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
  readonly plugins: PluginStore;
  readonly runs: RunStore;
  readonly users: Users;
  readonly app: RequestListener;
  /** No more orders are taken; what is at work is finished or given back within `ms`. */
  stop(ms: number): Promise<void>;
}

interface Core {
  readonly engine: Engine;
  readonly world: World;
  readonly watches: Watches;
  readonly notifications: Notifications;
  readonly guests: Guests;
  readonly suspects: SuspectProcess;
}

async function openCore(options: WeftOptions, catalog: Catalog): Promise<Core> {
  const { database, master, log, publicUrl, plainGrants = [] } = options;
  const masterKey = masterKeyText(master);
  const { leaseMs, logLevel, sandboxProcesses } = options;
  const suspects = createSuspectProcess(
    { database, masterKey, masterKeyFile: master.file, publicUrl, plainGrants, leaseMs, logLevel, sandboxProcesses },
    log,
  );
  let made: Pick<Core, 'world' | 'watches' | 'notifications' | 'guests'> | undefined;
  const engine = await createEngine({
    database,
    role: options.role,
    catalog,
    references: referencesBy(await readKeptKey(database, master, 'references')),
    redisUrl: options.redisUrl,
    slots: options.slots,
    leaseMs,
    sweepMs: options.sweepMs,
    pollMs: options.pollMs,
    reconcile: options.reconcile,
    log,
    spawnSuspects: suspects.start,
    surroundings: async (ground) => {
      const world = await createWorld(ground, { master, publicUrl, plainGrants });
      const watches = createWatches(ground.notifications, (error) => log.warn({ err: error }, 'viewers were not told'));
      const switchedOff = createStoppedCodeMails({
        pool: ground.pools.app,
        mailer: options.mailer ?? null,
        publicUrl,
        log,
      });
      const guests = createGuests({ pool: ground.pools.app, processes: sandboxProcesses, log, switchedOff });
      made = { world, watches, notifications: ground.notifications, guests };
      return {
        connections: world.door,
        guests,
        redact: (tenant, text) => world.known.redactorOf(tenant)(text),
        ensureWebhook: world.ensureWebhook,
        watched: watches.watched,
        committed: watches.committed,
        stored: watches.changed,
        stop: async () => {
          watches.stop();
          await guests.stop();
          await world.stop();
        },
      };
    },
  });
  if (!made) throw new Error('the engine was made without its surroundings');
  return { engine, ...made, suspects };
}

/** The live line, where the process has a server to carry it. */
function openLive(
  options: WeftOptions,
  { engine, watches, notifications }: Core,
  { runs, users, sessions, visits }: Pick<LiveDeps, 'users' | 'sessions' | 'visits'> & { readonly runs: RunStore },
): Live | null {
  const { server, log, publicUrl } = options;
  if (!server) return null;
  const onError = (error: unknown): void => log.warn({ err: error }, 'a live line fell behind');
  const tails = createRunTails({ watches, log: runs.log, onError });
  const lists = createRunLists({ watches, summaries: runs.summaries, onError });
  const store = createAttendanceStore(engine.pools.app);
  const attendances = createAttendances({ store, notifications, onError });
  const { summaries } = runs;
  return createLive({ server, sessions, users, visits, attendances, tails, lists, summaries, publicUrl, log });
}

function housePlugins({ engine, guests, world }: Core, catalog: Catalog): ReturnType<typeof createPluginHouse> {
  const { app: pool } = engine.pools;
  return createPluginHouse({ pool, catalog, guests, connections: world.door, starters: starterPlugins });
}

export async function createWeft(options: WeftOptions): Promise<Weft> {
  const { master, log, publicUrl } = options;
  const catalog = createCatalog(builtInNodes, builtInConnectors);
  const core = await openCore(options, catalog);
  const { engine, world, watches, suspects } = core;
  const { pools, clock } = engine;
  let taking = true;
  const ring = (): void => {
    engine.worker?.wake();
    engine.doorbell.ring();
  };
  const flows = createFlowStore({
    pool: pools.app,
    catalog,
    plugins: createPluginCatalog(catalog),
    ready: readyFlows,
    codeProblems: createCodeCheck(core.guests),
    vault: world.vault,
    clock,
    hookUrl: world.hookUrl,
  });
  const runs = createRunStore({ pool: pools.app, laneOf, ring, committed: watches.committed });
  const people = createPeople({
    pools,
    secondStepKey: await readKeptKey(options.database, master, 'second-step'),
    secondStep: options.secondStep ?? false,
    oidc: options.oidc ?? null,
    mailer: options.mailer ?? null,
    publicUrl,
    log,
  });
  const { users } = people;
  const sessions = createSessions({
    pool: pools.app,
    secrets: [(await readKeptKey(options.database, master, 'session')).export().toString('base64')],
    publicUrl,
    onError: (error) => log.warn({ err: error }, 'a session could not be kept'),
  });
  const visits = createVisits(pools.app);
  const live = openLive(options, core, { runs, users, sessions, visits });
  const deaf = core.notifications.on('weft_account', (user) => live?.changed(user));
  const { vendorOf, hookSecrets } = world;
  const calls = createCallLimits(options.rates ?? usualRates);
  const { hooks, intake } = engine;
  const house = housePlugins(core, catalog);
  const app = createApp({
    catalog,
    templates: builtInTemplates,
    flows,
    runs,
    ...house,
    tables: createTableStore(pools.app, core.guests.tables.forget),
    findings: createFindingStore(pools.app),
    audit: createAuditLog(pools.app),
    visits,
    tenants: createTenants(pools),
    memberships: createMemberships(pools.app),
    projects: createProjects(pools.app),
    connections: world.admin,
    people,
    tokens: createApiTokens(pools, users),
    calls,
    session: sessions.middleware,
    ended: (sid) => live?.ended(sid),
    usable: (tenant, connection) => resumeSignedIn(engine, runs, tenant, connection),
    hooks: hookRoutes({ hooks, intake, vendorOf, secretsOf: hookSecrets, calls, ready: () => taking, log }),
    ...(options.practice ? { practice: options.practice } : {}),
    ready: async () => taking && (await pools.engine.query('select 1')).rowCount === 1,
    metrics: createMetrics(engine),
    ...(options.metricsToken === undefined ? {} : { metricsToken: options.metricsToken }),
    publicUrl,
    trustProxy: options.trustProxy,
    dist: options.dist,
    log,
  });
  const renewals = setInterval(() => void remind(engine), REMIND_EVERY_MS);
  void remind(engine);
  const signedIn = setInterval(() => void resumeAll(engine, runs), RESUME_EVERY_MS);
  return {
    engine,
    world,
    flows,
    plugins: house.plugins,
    runs,
    users,
    app,
    stop: async (ms) => {
      taking = false;
      clearInterval(signedIn);
      clearInterval(renewals);
      deaf();
      await live?.close();
      sessions.stop();
      await people.stop();
      await Promise.all([suspects.stop(), engine.stop(ms)]);
    },
  };
}

const RESUME_EVERY_MS = 10_000;
const REMIND_EVERY_MS = 3_600_000;

async function remind({ pools, log }: Engine): Promise<void> {
  try {
    const told = await remindOfRenewals(pools);
    if (told > 0) log.info({ told }, 'renewals of contracts are due');
  } catch (error) {
    log.warn({ err: error }, 'looking for renewals that are due failed');
  }
}

/** Runs that waited for a sign-in go on by themselves, and so do polls. */
async function resumeSignedIn(engine: Engine, runs: RunStore, tenant: number, connection: string): Promise<void> {
  await runs.release(tenant, connection);
  await engine.pools.engine.query('update trigger_clock set due_at = now() where tenant_id = $1 and failures > 0', [
    tenant,
  ]);
}

const signedInAgain = `
select distinct d.tenant_id, c.id from due d
join connection c on c.tenant_id = d.tenant_id and c.id::text = d.failure::jsonb -> 'details' ->> 'connection'
where d.hold = 'sign-in' and c.state = 'ready' limit 100`;

/** The same for sign-ins whose own process died before it could tell. */
async function resumeAll(engine: Engine, runs: RunStore): Promise<void> {
  try {
    const { rows } = await engine.pools.engine.query<{ tenant_id: number; id: string }>(signedInAgain);
    for (const { tenant_id, id } of rows) await runs.release(tenant_id, id);
  } catch (error) {
    engine.log.warn({ err: error }, 'looking for connections that were signed in failed');
  }
}
