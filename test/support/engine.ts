import { randomBytes, randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import express from 'express';
import pg from 'pg';
import { pino } from 'pino';
import { builtInConnectors, builtInNodes } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { Http } from '#runtime/connector.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Connections } from '#runtime/ports.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { hashToken } from '#server/adapters/pg-hooks.ts';
import { createReferences } from '#server/adapters/references.ts';
import { type CallLimits, createCallLimits, usualRates } from '#server/call-limits.ts';
import { migrate } from '#server/db/migrate.ts';
import { createEngine, type Engine, type EngineOptions } from '#server/engine.ts';
import { hookRoutes } from '#server/routes/hooks.ts';

export const testCatalog = createCatalog(builtInNodes, builtInConnectors);

/** An HTTP door without a guard, for stand-ins on this machine. */
export const openHttp: Http = async ({ method, path, headers, body }) => {
  const response = await fetch(path, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: text === '' ? null : JSON.parse(text),
  };
};

/** Connections for flows that have none. */
export const plainConnections = (http: Http = openHttp): Connections => ({
  open: () => Promise.reject(new Error('no connection here')),
  send: () => Promise.reject(new Error('no connection here')),
  plain: () => http,
});

export async function prepareDatabase(url: string): Promise<void> {
  await migrate(url);
}

export interface TestEngine {
  readonly engine: Engine;
  /** Base of the hooks, `http://127.0.0.1:1234/hooks`. */
  readonly hooks: string;
  stop(): Promise<void>;
}

/** An engine with its webhook door on a port of its own. */
export async function startEngine(
  url: string,
  options: Partial<EngineOptions> & { connections?: Connections; calls?: CallLimits } = {},
): Promise<TestEngine> {
  const { connections = plainConnections(), calls = createCallLimits(usualRates), ...rest } = options;
  const log = pino({ level: process.env['TEST_LOG'] ?? 'silent' });
  const engine = await createEngine({
    database: { connectionString: url },
    role: 'all',
    catalog: testCatalog,
    references: createReferences(masterKeyOf(Buffer.alloc(32, 7))),
    redisUrl: undefined,
    slots: 64,
    leaseMs: 5000,
    sweepMs: 100,
    pollMs: 100,
    log,
    spawnSuspects: () => undefined,
    surroundings: async () => ({
      connections,
      redact: (_tenant, text) => text,
      ensureWebhook: async () => undefined,
      watched: () => false,
      committed: () => undefined,
      stored: () => undefined,
      stop: async () => undefined,
    }),
    ...rest,
  });
  const app = express();
  app.use(
    '/hooks',
    hookRoutes({
      hooks: engine.hooks,
      intake: engine.intake,
      vendorOf: () => Promise.reject(new Error('no vendor here')),
      secretsOf: async () => ['test-secret'],
      calls,
      ready: () => true,
      log,
    }),
  );
  const server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  return {
    engine,
    hooks: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks`,
    stop: async () => {
      await new Promise((resolve) => {
        server.close(resolve);
        server.closeAllConnections();
      });
      await engine.stop(5000);
    },
  };
}

export interface PublishedFlow {
  readonly tenant: number;
  readonly flow: string;
  readonly token: string;
}

/** Puts a flow live straight in the tables, with an unsigned hook on its webhook trigger. */
export async function publishFlow(
  url: string,
  document: FlowDocument,
  trigger: string,
  tenantId?: number,
): Promise<PublishedFlow> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    const tenant =
      tenantId ??
      (
        await client.query<{ id: number }>(
          `insert into tenant (name, package) values ('Test AB', 'premium') returning id`,
        )
      ).rows[0]?.id ??
      0;
    const flow = randomUUID();
    const token = randomBytes(16).toString('base64url');
    const text = JSON.stringify(document);
    await client.query(
      `insert into flow (tenant_id, id, name, state, draft, live_version) values ($1, $2, $3, 'live', $4, 1)`,
      [tenant, flow, document.name, text],
    );
    await client.query(
      `insert into flow_version (tenant_id, flow_id, version, document, author) values ($1, $2, 1, $3, 'test')`,
      [tenant, flow, text],
    );
    await client.query(
      `insert into hook (tenant_id, token_hash, flow_id, trigger, signature) values ($1, $2, $3, $4, 'none')`,
      [tenant, hashToken(token), flow, trigger],
    );
    return { tenant, flow, token };
  } finally {
    await client.end();
  }
}
