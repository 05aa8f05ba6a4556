import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, Router } from 'express';
import pg from 'pg';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { builtInConnectors, builtInNodes, builtInTemplates, readyFlows } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import { createCodeCheck } from '#server/adapters/code-check.ts';
import { type ConnectionSystem, createConnectionSystem } from '#server/adapters/connection-system.ts';
import { deriveKey, masterKeyOf } from '#server/adapters/master-key.ts';
import { createAttendanceStore } from '#server/adapters/pg-attendance.ts';
import { createAuditLog } from '#server/adapters/pg-audit.ts';
import { createFindingStore } from '#server/adapters/pg-findings.ts';
import { createFlowStore, type FlowStore } from '#server/adapters/pg-flow-store.ts';
import { createNotifications, type Notifications } from '#server/adapters/pg-notify.ts';
import { createPluginCatalog } from '#server/adapters/pg-plugin-catalog.ts';

import { createPools, type Pools } from '#server/adapters/pg-pool.ts';
import { createProjects } from '#server/adapters/pg-projects.ts';
import { createRunStore, type RunStore } from '#server/adapters/pg-run-store.ts';
import { createTableStore } from '#server/adapters/pg-tables.ts';
import { createTenants } from '#server/adapters/pg-tenants.ts';
import { createVisits } from '#server/adapters/pg-visits.ts';
import { starterPlugins } from '#server/adapters/plugin-folder.ts';
import { createPluginHouse } from '#server/adapters/plugin-house.ts';
import { createRunLists } from '#server/adapters/run-lists.ts';
import { createRunTails } from '#server/adapters/run-tails.ts';
import { createWatches, type Watches } from '#server/adapters/watches.ts';
import { createApp } from '#server/app.ts';
import { createAttendances } from '#server/attendance.ts';
import { createApiTokens } from '#server/auth/api-tokens.ts';
import { createMemberships } from '#server/auth/memberships.ts';
import { createPeople, type PeopleOptions } from '#server/auth/people.ts';
import type { Role } from '#server/auth/permission.ts';
import { createSessions } from '#server/auth/session.ts';
import type { Users } from '#server/auth/users.ts';
import { type CallRates, createCallLimits, usualRates } from '#server/call-limits.ts';
import { migrate } from '#server/db/migrate.ts';
import { createGuests } from '#server/guests.ts';
import { laneOf } from '#server/intake.ts';
import { createLive } from '#server/live.ts';
import { type Mail, type Mailer, MailFailed } from '#server/mail/mailer.ts';
import { type Client, clientOf, cookieOf } from './client.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';

export const PASSWORD = 'a long enough password';
export const catalog = createCatalog(builtInNodes, builtInConnectors);

/** The web half of Weft over a database of its own, listening on a free port. */
export interface TestWeb {
  readonly url: string;
  readonly app: Express;
  readonly database: TestDatabase;
  /** As the owner of the database: sees and does everything. */
  readonly owner: pg.Pool;
  readonly pools: Pools;
  readonly flows: FlowStore;
  readonly runs: RunStore;
  readonly users: Users;
  readonly watches: Watches;
  readonly notifications: Notifications;
  readonly connections: ConnectionSystem;
  readonly rings: () => number;
  readonly post: MemoryPost;
  tenant(name: string, pack?: string): Promise<number>;
  /** Signs in a new person and answers a client with that session. */
  person(role: Role, tenants?: readonly number[]): Promise<Client>;
  stop(): Promise<void>;
}

/** A mailbox in memory; `refuse` makes it answer as a mail server that is down. */
export interface MemoryPost extends Mailer {
  readonly mails: Mail[];
  refuse: boolean;
  /** How many it has refused. */
  refused: number;
}

function memoryPost(): MemoryPost {
  const post: MemoryPost = {
    mails: [],
    refuse: false,
    refused: 0,
    send: async (mail) => {
      if (post.refuse) post.refused++;
      if (post.refuse) throw new MailFailed(new Error('550 no such mailbox'));
      post.mails.push(mail);
    },
    close: () => undefined,
  };
  return post;
}

export interface WebOptions {
  /** Calls a minute that are taken; the usual unless told. */
  readonly rates?: CallRates;
  /** False: no mail can be sent. */
  readonly mail?: boolean;
  readonly oidc?: PeopleOptions['oidc'];
  /** True: people with strong roles must sign in in two steps. */
  readonly secondStep?: boolean;
}

export async function startWeb(options: WebOptions = {}): Promise<TestWeb> {
  const database = await createTestDatabase();
  await migrate(database.url);
  const owner = new pg.Pool({ connectionString: database.url, max: 2 });
  const at = { connectionString: database.url };
  const pools = createPools(at, () => undefined);
  // a connection that is still closing when its database is dropped has nothing to tell
  for (const pool of [owner, pools.app, pools.engine])
    pool.on('connect', (client) => client.on('error', () => undefined));
  const notifications = await createNotifications(at, pools.engine);
  const watches = createWatches(notifications, () => undefined);
  const clock = { now: () => Date.now() };
  const master = masterKeyOf(new Uint8Array(32).fill(7));
  const connections = createConnectionSystem({ pools, master, connectors: catalog.connectors, clock });
  let rings = 0;
  const handler: { current: Express } = { current: express() };
  const server: Server = createServer((request, response) => handler.current(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const guests = createGuests({ pool: pools.app, processes: 2, log: pino({ level: 'silent' }) });
  const flows = createFlowStore({
    pool: pools.app,
    catalog,
    plugins: createPluginCatalog(catalog),
    ready: readyFlows,
    codeProblems: createCodeCheck(guests),
    vault: connections.vault,
    clock,
    hookUrl: (token) => `${url}/hooks/${token}`,
  });
  const runs = createRunStore({
    pool: pools.app,
    laneOf,
    ring: () => {
      rings++;
    },
    committed: watches.committed,
  });
  const calls = createCallLimits(options.rates ?? usualRates);
  const log = pino({ level: 'silent' });
  const post = memoryPost();
  const people = createPeople({
    pools,
    secondStepKey: deriveKey(master, 'second-step'),
    secondStep: options.secondStep ?? false,
    oidc: options.oidc ?? null,
    mailer: options.mail === false ? null : post,
    publicUrl: url,
    retryMs: [50, 100, 500, 3000],
    log,
  });
  const { users } = people;
  const sessions = createSessions({
    pool: pools.app,
    secrets: ['s'.repeat(32)],
    publicUrl: url,
    onError: () => undefined,
  });
  const onError = (): void => undefined;
  const tails = createRunTails({ watches, log: runs.log, onError });
  const lists = createRunLists({ watches, summaries: runs.summaries, onError });
  const visits = createVisits(pools.app);
  const live = createLive({
    server,
    sessions,
    users,
    visits,
    attendances: createAttendances({ store: createAttendanceStore(pools.app), notifications, onError }),
    tails,
    lists,
    summaries: runs.summaries,
    publicUrl: url,
    log,
  });
  notifications.on('weft_account', live.changed);
  const hooks = Router();
  hooks.post('/:token', express.raw({ type: () => true }), (request, response) => {
    response.json({ raw: Buffer.isBuffer(request.body), session: 'session' in request });
  });
  handler.current = createApp({
    catalog,
    templates: builtInTemplates,
    flows,
    runs,
    ...createPluginHouse({ pool: pools.app, catalog, guests, connections: connections.door, starters: starterPlugins }),
    tables: createTableStore(pools.app, guests.tables.forget),
    findings: createFindingStore(pools.app),
    audit: createAuditLog(pools.app),
    visits,
    tenants: createTenants(pools),
    memberships: createMemberships(pools.app),
    projects: createProjects(pools.app),
    connections: connections.admin,
    people,
    tokens: createApiTokens(pools, users),
    calls,
    session: sessions.middleware,
    ended: live.ended,
    usable: async (tenant, connection) => {
      await runs.release(tenant, connection);
    },
    hooks,
    ready: async () => true,
    metrics: new Registry(),
    publicUrl: url,
    trustProxy: false,
    dist: new URL('./no-page', import.meta.url).pathname,
    log,
  });
  let made = 0;
  return {
    url,
    app: handler.current,
    database,
    owner,
    pools,
    flows,
    runs,
    users,
    watches,
    notifications,
    connections,
    rings: () => rings,
    post,
    tenant: async (name, pack = 'premium') => {
      const { rows } = await owner.query<{ id: number }>(
        'insert into tenant (name, package) values ($1, $2) returning id',
        [name, pack],
      );
      return rows[0]?.id as number;
    },
    person: async (role, tenants = []) => {
      const email = `${role}-${++made}@example.com`;
      await users.create({ email, name: role, password: PASSWORD, role, tenants: [...tenants] });
      const answer = await clientOf(url, email, '').ask('POST', '/api/session', { email, password: PASSWORD });
      return clientOf(url, email, cookieOf(answer));
    },
    stop: async () => {
      await live.close();
      await guests.stop();
      tails.stop();
      lists.stop();
      watches.stop();
      sessions.stop();
      await people.stop();
      server.closeAllConnections();
      server.close();
      await connections.close();
      await notifications.stop();
      await pools.end();
      await owner.end();
      await database.drop();
    },
  };
}

/** A webhook that logs what it gets: the smallest flow that can be live. */
export function webhookFlow(name = 'Call'): FlowDocument {
  return {
    format: 1,
    name,
    summary: '',
    trace: 'all',
    params: {},
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } },
      { id: 'note', type: 'core.log', version: 1, config: { message: 'hello' }, onError: 'stop', at: { x: 1, y: 0 } },
    ],
    wires: [{ from: 'call.body', to: 'note.value' }],
    groups: [],
    notes: [],
  };
}
