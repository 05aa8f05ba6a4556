import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { pino } from 'pino';
import type { FlowDocument } from '#runtime/flow.ts';
import { lockDataDir } from '#server/adapters/data-dir.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { hashToken } from '#server/adapters/pg-hooks.ts';
import { migrate } from '#server/db/migrate.ts';
import { seedDemo } from '#server/demo.ts';
import type { PracticeErp } from '#server/practice/erp.ts';
import { createWeft, type Weft, type WeftOptions } from '#server/weft.ts';
import { putOwnCodeIn } from '#test/support/plugin-step.ts';
import { benchFlows, neighbourFlows } from './flows.ts';
import { announce } from './line-out.ts';
import { practiceKeys } from './practice-keys.ts';
import { countStatements } from './statement-count.ts';

export interface ServeOptions {
  readonly port: number;
  /** Where the flows post to, without a slash at its end. */
  readonly sink: string;
  readonly role: WeftOptions['role'];
  /** Absent: a temporary directory that goes with the process. */
  readonly dataDir?: string | undefined;
  /** A database that runs already, instead of the embedded one. */
  readonly databaseUrl?: string | undefined;
  readonly log: string;
  /** Where practice systems of another process answer, and a pair of the ERP's tokens: the demo customers' flows are made live against them. */
  readonly practice?: { readonly url: string; readonly tokens: ReturnType<PracticeErp['issueTokens']> } | undefined;
  /** Puts a node of a plugin into the demo customer's live flow. */
  readonly ownCode: boolean;
}

interface House {
  readonly url: string;
  readonly postgres: EmbeddedPostgres | null;
  close(): Promise<void>;
}

async function openDatabase(options: ServeOptions): Promise<House> {
  if (options.databaseUrl !== undefined) {
    return { url: options.databaseUrl, postgres: null, close: async () => undefined };
  }
  const temporary = options.dataDir === undefined ? mkdtempSync(path.join(tmpdir(), 'weft-bench-')) : undefined;
  // as root, PostgreSQL runs as another user, who must pass through
  if (temporary !== undefined) chmodSync(temporary, 0o711);
  const dir = lockDataDir(temporary ?? options.dataDir ?? '');
  const postgres = await startEmbeddedPostgres({
    dataDir: dir.path,
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  return {
    url: postgres.url,
    postgres,
    close: async () => {
      await postgres.stop('fast');
      dir.release();
      if (temporary !== undefined) rmSync(temporary, { recursive: true, force: true });
    },
  };
}

/** Puts a customer's flows live under their short unsigned names; those that are there already stay. */
async function publish(url: string, name: string, flows: Readonly<Record<string, FlowDocument>>): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const [first = ''] = Object.keys(flows);
    const known = await client.query('select from hook where token_hash = $1', [hashToken(`bench/${first}`)]);
    if ((known.rowCount ?? 0) > 0) return;
    const tenant = await client.query<{ id: number }>(
      `insert into tenant (name, package) values ($1, 'premium') returning id`,
      [name],
    );
    for (const [hook, document] of Object.entries(flows)) {
      await publishFlow(client, tenant.rows[0]?.id ?? 0, hook, document);
    }
  } finally {
    await client.end();
  }
}

async function publishFlow(client: pg.Client, tenant: number, name: string, document: FlowDocument): Promise<void> {
  const flow = randomUUID();
  const text = JSON.stringify(document);
  await client.query(
    `insert into flow (tenant_id, id, name, state, draft, live_version) values ($1, $2, $3, 'live', $4, 1)`,
    [tenant, flow, document.name, text],
  );
  await client.query(
    `insert into flow_version (tenant_id, flow_id, version, document, author) values ($1, $2, 1, $3, 'bench')`,
    [tenant, flow, text],
  );
  await client.query(
    `insert into hook (tenant_id, token_hash, flow_id, trigger, signature) values ($1, $2, $3, 'call', 'none')`,
    [tenant, hashToken(`bench/${name}`), flow],
  );
}

/** Until the rest stands, every caller is told to come back. */
const starting: RequestListener = (_request, response) => {
  response.writeHead(503, { 'retry-after': '1' });
  response.end();
};

function listen(handler: { current: RequestListener }, port: number): Promise<Server> {
  const server = createServer({ keepAliveTimeout: 65_000, requestTimeout: 60_000, headersTimeout: 30_000 }, (...call) =>
    handler.current(...call),
  );
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
}

function composeWeft(url: string, port: number, options: ServeOptions): Promise<Weft> {
  return createWeft({
    database: { connectionString: url },
    // the bench keeps no secrets, and each of its processes must open what another sealed
    master: masterKeyOf(Buffer.alloc(32, 1)),
    role: options.role,
    publicUrl: `http://127.0.0.1:${port}`,
    redisUrl: undefined,
    slots: 64,
    sandboxProcesses: 2,
    leaseMs: 15_000,
    sweepMs: 500,
    pollMs: 1000,
    trustProxy: false,
    metricsToken: undefined,
    // what is measured is how fast it can be, the count included
    rates: { caller: 1e8, tenant: 1e8, hook: 1e8 },
    dist: path.join(import.meta.dirname, 'no-page'),
    plainGrants: [new URL(options.sink).host],
    log: pino({ level: options.log }, pino.destination(2)),
    logLevel: options.log,
  });
}

/** The demo customers, with practice systems that are not in this process. */
async function makeDemo(weft: Weft, { practice, ownCode }: ServeOptions): Promise<void> {
  if (!practice) return;
  const { engine, world, flows } = weft;
  const [first] = await seedDemo({
    pool: engine.pools.app,
    world,
    flows,
    keys: practiceKeys,
    practiceUrl: `${practice.url}/practice`,
    practiceHost: new URL(practice.url).host,
    rate: 1_000_000,
    issueTokens: () => practice.tokens,
  });
  if (ownCode && first !== undefined) await putOwnCodeIn(weft, first);
}

/** Weft as a user runs it, all in one process over the embedded database, with the bench's flows published. Prints one JSON line when ready. */
export async function serve(options: ServeOptions): Promise<void> {
  const counts = countStatements();
  const handler = { current: starting };
  const server = await listen(handler, options.port);
  const house = await openDatabase(options);
  try {
    await migrate(house.url);
    // the demo customers are made on an empty database only
    if (!options.practice) {
      await publish(house.url, 'Bench AB', benchFlows(options.sink));
      await publish(house.url, 'Neighbour AB', neighbourFlows);
    }
    const weft = await composeWeft(house.url, (server.address() as AddressInfo).port, options);
    await makeDemo(weft, options);
    handler.current = (request, response) => {
      if (request.url !== '/bench/counts') return void weft.app(request, response);
      response.end(JSON.stringify({ ...counts, lanes: weft.engine.statements(), rss: process.memoryUsage.rss() }));
    };
    const stop = async (): Promise<void> => {
      server.close();
      server.closeAllConnections();
      await weft.stop(10_000);
      await house.close();
      process.exit(0);
    };
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());
    announce(server, { dbPids: house.postgres?.pids() ?? [], databaseUrl: house.url });
  } catch (error) {
    await house.close();
    throw error;
  }
}
