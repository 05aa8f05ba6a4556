import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Router } from 'express';
import pg from 'pg';
import { type DataDir, lockDataDir } from './adapters/data-dir.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from './adapters/embedded-postgres.ts';
import { trimHeapAfterStart } from './adapters/heap-trim.ts';
import { readMasterKey } from './adapters/master-key.ts';
import { buildPage, DIST } from './adapters/page-build.ts';
import type { Database } from './adapters/pg-pool.ts';
import { requireServerVersion } from './adapters/pg-server-version.ts';
import { StartError } from './adapters/start-error.ts';
import { isOwnMachineName } from './auth/own-machine.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { migrate } from './db/migrate.ts';
import { seedDemo } from './demo.ts';
import { createLog, type ServerLog } from './log.ts';
import { createSmtpMailer, type Mailer } from './mail/mailer.ts';
import { ensureMonths, type Maintenance, startMaintenance } from './maintenance.ts';
import { createPracticeMailbox } from './practice/mailbox.ts';
import { createPracticeSystems, followPractice, type PracticeSystems } from './practice-systems.ts';
import { answerUnreadable } from './routes/unreadable.ts';
import { createWeft, type Weft, type WeftOptions } from './weft.ts';

/** Orders in flight are finished or given back within this. */
const STOP_MS = 20_000;
/** Then the rest is closed; what still hangs (a Redis that is gone, a half-open connection) must not keep the process. */
const LONGEST_STOP_MS = 24_000;

const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** What has been started so far, in the order it is to be stopped. */
interface Started {
  dataDir?: DataDir;
  server?: Server;
  postgres?: EmbeddedPostgres;
  practice?: PracticeSystems;
  weft?: Weft;
  maintenance?: Maintenance;
}

/** Until the rest stands, every caller is told to come back: never a wrong 2xx or 404. */
const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'content-type': 'application/json', 'retry-after': '1' });
  response.end(JSON.stringify({ error: { code: 'NOT_READY', message: 'Weft is starting; try again in a second' } }));
};

async function listen(config: Config, handler: { current: RequestListener }): Promise<Server> {
  const server = createServer(
    { keepAliveTimeout: 65_000, requestTimeout: 30_000, headersTimeout: 20_000, connectionsCheckingInterval: 5000 },
    (request, response) => handler.current(request, response),
  );
  answerUnreadable(server);
  server.listen(config.PORT, config.HOST);
  try {
    await once(server, 'listening');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EADDRINUSE')
      throw new StartError(`Port ${config.PORT} is taken. Stop what listens there, or set PORT.`);
    if (code === 'EACCES')
      throw new StartError(`Port ${config.PORT} may not be opened by this user. Set PORT to 1024 or more.`);
    throw error;
  }
  return server;
}

/** The address this machine reaches Weft by. */
function originOf(config: Config, server: Server | undefined): string {
  const port = server ? (server.address() as AddressInfo).port : config.PORT;
  const host = config.HOST === '0.0.0.0' || config.HOST === '::' ? '127.0.0.1' : config.HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function openDatabase(config: Config, started: Started): Promise<Database> {
  if (config.DATABASE_URL === undefined) {
    if (config.ROLE !== 'all')
      throw new StartError(`ROLE=${config.ROLE} needs DATABASE_URL: processes apart share one database.`);
    const postgres = await startEmbeddedPostgres({ dataDir: config.DATA_DIR, onProgress: say });
    started.postgres = postgres;
    return postgres.connectOptions;
  }
  const client = new pg.Client(config.DATABASE_URL);
  try {
    await client.connect();
    await requireServerVersion(client, say);
  } catch (error) {
    if (error instanceof StartError) throw error;
    throw new StartError(`DATABASE_URL: ${error instanceof Error ? error.message : 'cannot be reached'}`);
  } finally {
    await client.end().catch(() => undefined);
  }
  return { connectionString: config.DATABASE_URL };
}

async function start(config: Config, { log, redactBy }: ServerLog, started: Started, dev: boolean): Promise<void> {
  const dataDir = lockDataDir(config.DATA_DIR);
  started.dataDir = dataDir;
  const web = config.ROLE !== 'worker';
  const handler = { current: starting };
  if (web) started.server = await listen(config, handler);
  const origin = originOf(config, started.server);
  const publicUrl = (config.PUBLIC_URL ?? origin).replace(/\/+$/, '');
  dataDir.announce(origin);
  // orders do not wait for the page
  const building = web ? buildPage(say, dev) : Promise.resolve();
  building.catch(() => undefined);
  const database = await openDatabase(config, started);
  const owner: Database =
    config.MIGRATE_DATABASE_URL === undefined ? database : { connectionString: config.MIGRATE_DATABASE_URL };
  const applied = await migrate(owner);
  // after a long stop the month of the first order may be missing
  await ensureMonths(owner);
  if (applied.length > 0) say(`Database brought up to date (${applied.length} steps)`);
  const master = readMasterKey({ setting: config.MASTER_KEY, dataDir: config.DATA_DIR });
  if (web && config.PRACTICE) started.practice = await createPracticeSystems(config.DATA_DIR, config.PRACTICE_RATE);
  const post = openPost(config, started.practice !== undefined, publicUrl);
  const weft = await createWeft({
    database,
    master,
    role: config.ROLE,
    publicUrl,
    redisUrl: config.REDIS_URL,
    slots: config.WORKER_SLOTS,
    sandboxProcesses: config.SANDBOX_PROCESSES,
    leaseMs: config.LEASE_SECONDS * 1000,
    sweepMs: config.SWEEP_MS,
    pollMs: config.POLL_MS,
    reconcile: { everyMs: config.RECONCILE_MINUTES * 60_000, windowMs: config.RECONCILE_HOURS * 3_600_000 },
    trustProxy: config.TRUST_PROXY,
    metricsToken: config.METRICS_TOKEN,
    rates: { caller: config.API_RATE, tenant: config.API_TENANT_RATE, hook: config.HOOK_RATE },
    dist: DIST,
    server: started.server,
    secondStep: isReachedFromOutside(config, publicUrl),
    oidc: oidcOf(config),
    mailer: post.mailer,
    ...(started.practice
      ? {
          practice: {
            router: started.practice.router,
            mailbox: post.mailbox,
            addresses: {
              shop: `${origin}/practice/shop/`,
              erp: `${origin}/practice/erp/`,
              mail: post.mailbox && `${origin}/practice/mail/`,
            },
          },
        }
      : {}),
    log,
    logLevel: config.LOG_LEVEL,
  });
  started.weft = weft;
  redactBy(weft.world.known.redactAll);
  if (config.ROLE !== 'web')
    started.maintenance = startMaintenance({
      database: owner,
      traceDays: config.TRACE_DAYS,
      log,
    });
  const admin = await weft.users.ensureAdmin({
    email: config.ADMIN_EMAIL,
    ...(config.ADMIN_PASSWORD === undefined ? {} : { password: config.ADMIN_PASSWORD }),
  });
  handler.current = weft.app;
  if (started.practice) await readyPractice(config, weft, started.practice, origin);
  await building;
  tellAddresses(config, publicUrl, origin, admin, started.practice);
  trimHeapAfterStart();
}

/** Whether others than this machine's own people may come to the sign-in page. */
function isReachedFromOutside({ NODE_ENV, HOST }: Config, publicUrl: string): boolean {
  return NODE_ENV === 'production' || !isOwnMachineName(HOST) || !isOwnMachineName(new URL(publicUrl).hostname);
}

function oidcOf({ OIDC_ISSUER, OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_BUTTON }: Config): WeftOptions['oidc'] {
  if (OIDC_ISSUER === undefined || OIDC_CLIENT_ID === undefined || OIDC_CLIENT_SECRET === undefined) return null;
  return {
    issuer: OIDC_ISSUER,
    clientId: OIDC_CLIENT_ID,
    clientSecret: OIDC_CLIENT_SECRET,
    button: OIDC_BUTTON ?? null,
  };
}

/** Mails go to the mail server that is set, else into the practice mailbox, else nowhere. */
function openPost(
  config: Config,
  practice: boolean,
  publicUrl: string,
): { mailer: Mailer | null; mailbox: Router | null } {
  const { SMTP_URL, MAIL_FROM, DATA_DIR } = config;
  if (SMTP_URL !== undefined && MAIL_FROM !== undefined)
    return { mailer: createSmtpMailer(SMTP_URL, MAIL_FROM), mailbox: null };
  if (!practice) return { mailer: null, mailbox: null };
  const mailbox = createPracticeMailbox(path.join(DATA_DIR, 'practice'), new URL(publicUrl).host);
  return { mailer: mailbox, mailbox: mailbox.router };
}

/** Demo customers on an empty database, connections that follow a changed port. */
async function readyPractice(config: Config, weft: Weft, practice: PracticeSystems, origin: string): Promise<void> {
  const { engine, world, flows } = weft;
  const made = await seedDemo({
    pool: engine.pools.app,
    world,
    flows,
    keys: practice.keys,
    practiceUrl: `${origin}/practice`,
    practiceHost: new URL(origin).host,
    rate: config.PRACTICE_RATE,
    issueTokens: practice.erp.issueTokens,
  });
  await followPractice(config.DATA_DIR, origin, engine.pools.engine);
  // the demo is the first administrator's own, so that the tour asks for no reasons
  for (const tenant of made) await weft.users.joinFirstAdmin(tenant);
  if (made.length > 0)
    say('Two demo customers made: Exempelbutiken AB (Premium, its order flow is live) and Garnboden i Borås AB (100)');
}

function tellAddresses(
  config: Config,
  publicUrl: string,
  origin: string,
  admin: { email: string; password: string } | null,
  practice: PracticeSystems | undefined,
): void {
  if (config.ROLE === 'worker') {
    say('Weft works (no web in this process)');
    return;
  }
  say(`Weft is running at ${publicUrl}`);
  say(
    admin
      ? `  Sign in        ${admin.email}  password ${admin.password}  (shown this once)`
      : `  Sign in        ${config.ADMIN_EMAIL}  (password as at the first start; another: npm run weft -- user password ${config.ADMIN_EMAIL})`,
  );
  if (!practice) return;
  const { keys } = practice;
  say(`  Practice shop  ${origin}/practice/shop/  consumer key ${keys.consumerKey}  secret ${keys.consumerSecret}`);
  say(`  Practice ERP   ${origin}/practice/erp/  client id ${keys.clientId}  secret ${keys.clientSecret}`);
}

async function stop(started: Started): Promise<void> {
  const { server, weft, practice, postgres, dataDir, maintenance } = started;
  await maintenance?.stop();
  // callers are told 503 meanwhile; the practice systems behind this server still answer the runs that are being finished
  await weft?.stop(STOP_MS);
  if (server) {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  }
  await practice?.close();
  await postgres?.stop('fast');
  dataDir?.release();
}

function fail(error: unknown): void {
  const known = error instanceof StartError || error instanceof ConfigError;
  process.stderr.write(
    `${known ? error.message : error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}

async function main(): Promise<void> {
  const started: Started = {};
  let stopping: Promise<void> | undefined;
  const leave = (code: number): Promise<void> => {
    stopping ??= Promise.race([stop(started), pause(LONGEST_STOP_MS, undefined, { ref: false })])
      .catch(fail)
      .then(() => process.exit(code));
    return stopping;
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => void leave(0));
  try {
    const config = readConfig(process.env);
    const log = createLog(config.LOG_LEVEL);
    await start(config, log, started, process.argv.includes('--dev'));
  } catch (error) {
    fail(error);
    await leave(1);
  }
}

await main();
