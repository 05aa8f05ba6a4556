import { randomBytes } from 'node:crypto';
import path from 'node:path';
import { pino } from 'pino';
import { builtInConnectors } from '#nodes/index.ts';
import { createConnectionSystem } from '#server/adapters/connection-system.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { createPools } from '#server/adapters/pg-pool.ts';
import { migrate } from '#server/db/migrate.ts';
import { seedDemo } from '#server/demo.ts';
import { createWeft } from '#server/weft.ts';
import { putOwnCodeIn } from '#test/support/plugin-step.ts';
import { freePort, type Process, startProcess } from './process.ts';

/** What the practice systems' process says of itself. */
export interface Practice {
  readonly shop: string;
  readonly erp: string;
  readonly controlKey: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly tokens: {
    readonly accessToken: string;
    readonly refreshToken: string;
    readonly scope: string;
    readonly expiresAt: number;
  };
}

export interface StandOptions {
  /** Logs and data directories. */
  readonly directory: string;
  readonly databaseUrl: string;
  readonly redisUrl?: string;
  /** Requests per 5 seconds the practice ERP takes; no limit unless told. */
  readonly erpRate?: number;
  readonly leaseSeconds?: number;
  /** Puts a step of a customer's own code into the flow. */
  readonly ownCode?: boolean;
}

/** A shop and an ERP in a process of their own, a database with the demo flow live, and the means to start processes of Weft. */
export interface Stand {
  readonly practice: Practice;
  readonly webUrl: string;
  /** The tenant whose flow is live. */
  readonly tenant: number;
  /** Signs the shop's webhooks. */
  readonly webhookSecret: string;
  startWeb(env?: Readonly<Record<string, string>>): Promise<Process>;
  startWorker(name: string, extra?: WorkerExtra): Promise<Process>;
  /** Signs in to the ERP again, as a person does. */
  signIn(): Promise<void>;
  stop(): Promise<void>;
}

export interface WorkerExtra {
  readonly env?: Readonly<Record<string, string>>;
  readonly imports?: readonly string[];
}

const NO_LIMIT = 1_000_000;

async function startPractice(options: StandOptions): Promise<{ process: Process; practice: Practice }> {
  const rate = options.erpRate === undefined ? 'off' : `${options.erpRate}/5000`;
  const started = await startProcess({
    script: 'server/practice/main.ts',
    args: ['--rate', rate],
    logFile: path.join(options.directory, 'practice.log'),
    isReady: (line) => line.startsWith('{'),
  });
  return { process: started, practice: JSON.parse(started.ready) as Practice };
}

/** Migrates the database and puts the demo's order flow live against the stand-ins. */
async function seed(
  options: StandOptions,
  practice: Practice,
  master: Buffer,
  webUrl: string,
  webhookSecret: string,
): Promise<number> {
  const database = { connectionString: options.databaseUrl };
  await migrate(database);
  const weft = await createWeft({
    database,
    master: masterKeyOf(master),
    role: 'web',
    publicUrl: webUrl,
    redisUrl: undefined,
    slots: 1,
    sandboxProcesses: 2,
    leaseMs: 15_000,
    sweepMs: 60_000,
    pollMs: 60_000,
    trustProxy: false,
    metricsToken: undefined,
    dist: options.directory,
    log: pino({ level: 'silent' }),
    logLevel: 'silent',
  });
  try {
    const { origin, host } = new URL(practice.shop);
    const { shop: _url, erp: _erp, tokens, ...keys } = practice;
    const [first] = await seedDemo({
      pool: weft.engine.pools.app,
      world: weft.world,
      flows: weft.flows,
      keys,
      practiceUrl: `${origin}/practice`,
      practiceHost: host,
      rate: options.erpRate ?? NO_LIMIT,
      issueTokens: () => tokens,
    });
    if (options.ownCode && first !== undefined) await putOwnCodeIn(weft, first);
    const { rows } = await weft.engine.pools.engine.query<{ tenant_id: number; id: string }>(
      `select c.tenant_id, c.id from connection c join flow f on f.tenant_id = c.tenant_id where c.connector = 'woocommerce' and f.state = 'live'`,
    );
    const [shop] = rows;
    if (!shop) throw new Error('the demo has no live flow');
    await weft.world.admin.setSecrets(shop.tenant_id, shop.id, { webhookSecret });
    return shop.tenant_id;
  } finally {
    await weft.stop(1000);
  }
}

/** Follows the sign-in's address, approves, and comes back with the code. */
async function signIn(databaseUrl: string, master: Buffer, tenant: number): Promise<void> {
  const pools = createPools({ connectionString: databaseUrl }, () => undefined, 2);
  const clock = { now: () => Date.now() };
  const system = createConnectionSystem({ pools, master: masterKeyOf(master), connectors: builtInConnectors, clock });
  try {
    const erp = (await system.admin.list(tenant)).find((connection) => connection.connector === 'fortnox');
    if (!erp) throw new Error('there is no ERP to sign in to');
    const user = 'a person';
    const { url } = await system.admin.beginSignIn(tenant, erp.id, { user, redirectUri: 'http://127.0.0.1/back' });
    const asked = new URL(url);
    const body = new URLSearchParams([...asked.searchParams, ['answer', 'yes']]);
    const answer = await fetch(`${asked.origin}${asked.pathname}`, { method: 'POST', body, redirect: 'manual' });
    const back = new URL(answer.headers.get('location') ?? '').searchParams;
    await system.admin.finishSignIn({ state: back.get('state') ?? '', code: back.get('code') ?? '', user });
  } finally {
    await system.close();
    await pools.end();
  }
}

export async function startStand(options: StandOptions): Promise<Stand> {
  const { process: practiceProcess, practice } = await startPractice(options);
  const master = randomBytes(32);
  const port = await freePort();
  const webUrl = `http://127.0.0.1:${port}`;
  const webhookSecret = randomBytes(24).toString('hex');
  const tenant = await seed(options, practice, master, webUrl, webhookSecret);
  const environment = (name: string): Record<string, string> => ({
    DATABASE_URL: options.databaseUrl,
    DATA_DIR: path.join(options.directory, name),
    MASTER_KEY: master.toString('base64'),
    PUBLIC_URL: webUrl,
    PRACTICE: 'off',
    LOG_LEVEL: process.env['CHAOS_LOG'] ?? 'warn',
    LEASE_SECONDS: String(options.leaseSeconds ?? 5),
    ...(options.redisUrl === undefined ? {} : { REDIS_URL: options.redisUrl }),
  });
  return {
    practice,
    webUrl,
    tenant,
    webhookSecret,
    startWeb: (env = {}) =>
      startProcess({
        script: 'server/main.ts',
        env: { ...environment('web'), ROLE: 'web', PORT: String(port), ...env },
        logFile: path.join(options.directory, 'web.log'),
        isReady: (line) => line.startsWith('Weft is running'),
      }),
    startWorker: (name, { env = {}, imports = [] } = {}) =>
      startProcess({
        script: 'server/main.ts',
        env: { ...environment(name), ROLE: 'worker', ...env },
        imports,
        logFile: path.join(options.directory, `${name}.log`),
        isReady: (line) => line.startsWith('Weft works'),
      }),
    signIn: () => signIn(options.databaseUrl, master, tenant),
    stop: async () => {
      await practiceProcess.stop('SIGTERM');
    },
  };
}
