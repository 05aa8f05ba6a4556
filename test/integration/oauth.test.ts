import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FlowError, HoldError } from '../../runtime/error.ts';
import { type ConnectionSystem, createConnectionSystem } from '../../server/adapters/connection-system.ts';
import { masterKeyOf } from '../../server/adapters/master-key.ts';
import { createPools, type Pools } from '../../server/adapters/pg-pool.ts';
import { createTenantDatabase, type TenantDatabase } from '../support/tenant-database.ts';
import { oauthConnector, startTestVendor, type TestVendor } from '../support/test-vendor.ts';

let database: TenantDatabase;
let vendor: TestVendor;
let tenant: number;
let systems: ConnectionSystem[] = [];
let pools: Pools[] = [];
const key = Buffer.alloc(32, 5);
const call = () => ({ signal: new AbortController().signal, note: () => {} });
const redirectUri = 'http://127.0.0.1:4000/oauth/back';

beforeAll(async () => {
  database = await createTenantDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  vendor = await startTestVendor();
  tenant = await database.addTenant();
});
afterEach(async () => {
  await Promise.all(systems.map((system) => system.close()));
  await Promise.all(pools.map((each) => each.end()));
  systems = [];
  pools = [];
  await vendor.close();
});

/** Each stands for a process of its own, with its own database connections. */
const addSystem = () => {
  const own = createPools({ connectionString: database.url }, () => {});
  const system = createConnectionSystem({
    pools: own,
    master: masterKeyOf(key),
    connectors: [oauthConnector],
    clock: { now: () => Date.now() },
  });
  pools.push(own);
  systems.push(system);
  return system;
};
const addConnection = async (system: ConnectionSystem) => {
  const { id } = await system.admin.create(tenant, {
    connector: 'test-oauth',
    title: 'Books',
    settings: { url: vendor.url },
    secrets: { clientId: 'the client', clientSecret: 'client-secret-canary' },
    grants: [vendor.host],
  });
  return id;
};
const signIn = async (system: ConnectionSystem, id: string, user = 'u1') => {
  const { url } = await system.admin.beginSignIn(tenant, id, { user: 'u1', redirectUri });
  const state = new URL(url).searchParams.get('state') ?? '';
  return { url: new URL(url), state, finished: system.admin.finishSignIn({ state, code: 'good-code', user }) };
};
const addSignedIn = async (system: ConnectionSystem, expiresIn = 3600) => {
  vendor.expiresIn = expiresIn;
  const id = await addConnection(system);
  await (await signIn(system, id)).finished;
  vendor.expiresIn = 3600;
  vendor.seen.length = 0;
  return id;
};
const ask = async (system: ConnectionSystem, id: string, method: 'GET' | 'POST' = 'GET') =>
  (await system.door.open(tenant, id, call())).session.http({ method, path: 'orders' });
const failureOf = (work: Promise<unknown>): Promise<FlowError> =>
  work.then(
    () => {
      throw new Error('it went well');
    },
    (error: FlowError) => error,
  );
const stateOf = async (system: ConnectionSystem) => (await system.admin.list(tenant))[0];

test('a person signs in at the vendor and comes back with a connection that works', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  expect(await failureOf(system.door.open(tenant, id, call()))).toMatchObject({ code: 'SIGN_IN_NEEDED' });
  const { url, state, finished } = await signIn(system, id);
  expect(`${url.origin}${url.pathname}`).toBe(`${vendor.url}/oauth/auth`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    access_type: 'offline',
    account_type: 'service',
    response_type: 'code',
    client_id: 'the client',
    redirect_uri: redirectUri,
    scope: 'order customer',
    state,
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
  });
  expect(await finished).toEqual({ tenant, connection: id });
  const [asked] = vendor.seen;
  expect(Object.fromEntries(new URLSearchParams(asked?.body))).toEqual({
    grant_type: 'authorization_code',
    code: 'good-code',
    redirect_uri: redirectUri,
    code_verifier: expect.stringMatching(/^[\w-]{43}$/),
  });
  expect(asked?.headers.authorization).toBe(`Basic ${btoa('the%20client:client-secret-canary')}`);
  expect((await ask(system, id)).status).toBe(200);
  expect(await stateOf(system)).toMatchObject({ state: 'ready', reason: null });
  expect(await system.admin.test(tenant, id, call().signal)).toEqual({ label: 'Test company', orders: null });
});

test('a sign-in finishes once, for the one who began it, with a state of our own making', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  expect(await failureOf((await signIn(system, id, 'u2')).finished)).toMatchObject({ field: 'state' });
  const { state, finished } = await signIn(system, id);
  await finished;
  for (const forged of [state, '', `${tenant}.${'a'.repeat(43)}`, `999999999.${state.split('.')[1]}`]) {
    const back = { state: forged, code: 'good-code', user: 'u1' };
    expect(await failureOf(system.admin.finishSignIn(back)), forged).toMatchObject({ field: 'state' });
  }
  await database.pools.engine.query('delete from connection_sign_in');
  const late = await system.admin.beginSignIn(tenant, id, { user: 'u1', redirectUri });
  await database.pools.engine.query(`update connection_sign_in set expires_at = now()`);
  const lateState = new URL(late.url).searchParams.get('state') ?? '';
  const back = { state: lateState, code: 'good-code', user: 'u1' };
  expect(await failureOf(system.admin.finishSignIn(back))).toMatchObject({ code: 'TARGET_REFUSED' });
});

test('thirty calls in three processes with a token that runs out renew it once', async () => {
  const all = [addSystem(), addSystem(), addSystem()] as const;
  const id = await addSignedIn(all[0], 30);
  const answers = await Promise.all(Array.from({ length: 30 }, (_, place) => ask(all[place % 3] ?? all[0], id)));
  expect(answers.every(({ status }) => status === 200)).toBe(true);
  expect(vendor.refreshes).toBe(1);
  await ask(all[1], id);
  expect(vendor.refreshes).toBe(1);
});

test('the new refresh token is committed before the access token is used', async () => {
  const system = addSystem();
  const id = await addSignedIn(system, 30);
  const versions: number[] = [];
  const read = () => {
    const sql = 'select version from connection_token where connection_id = $1';
    return database.pools.engine.query<{ version: number }>(sql, [id]);
  };
  vendor.onRefresh = async () => {
    versions.push((await read()).rows[0]?.version ?? 0);
  };
  const asked = ask(system, id);
  vendor.answer = (seen) => {
    if (seen.url.startsWith('/books')) void read().then(({ rows }) => versions.push(rows[0]?.version ?? 0));
    return undefined;
  };
  await asked;
  await expect.poll(() => versions).toEqual([1, 2]);
});

test('a token the vendor refuses is renewed once and the call is sent again, a write too', async () => {
  const system = addSystem();
  const id = await addSignedIn(system);
  await ask(system, id);
  vendor.tokens.access = 'revoked-elsewhere';
  vendor.seen.length = 0;
  expect((await ask(system, id, 'POST')).status).toBe(200);
  expect(vendor.seen.map(({ url }) => url)).toEqual(['/books/orders', '/oauth/token', '/books/orders']);
  vendor.answer = (seen) => (seen.url.startsWith('/books') ? { status: 401 } : undefined);
  vendor.seen.length = 0;
  expect(await failureOf(ask(system, id, 'POST'))).toBeInstanceOf(HoldError);
  expect(vendor.seen).toHaveLength(3);
  expect(await stateOf(system)).toMatchObject({ state: 'sign-in-needed' });
});

test('a spent refresh token asks for a person, in every process, until the person has signed in', async () => {
  const [one, two] = [addSystem(), addSystem()];
  const id = await addSignedIn(one, 30);
  vendor.tokens.refresh = 'spent-elsewhere';
  const failures = await Promise.all([failureOf(ask(one, id)), failureOf(ask(two, id)), failureOf(ask(two, id))]);
  for (const failure of failures) expect(failure).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
  expect(vendor.seen.filter(({ url }) => url === '/oauth/token')).toHaveLength(1);
  expect(await stateOf(one)).toMatchObject({
    state: 'sign-in-needed',
    reason: 'the vendor no longer accepts the sign-in: invalid_grant',
  });
  await (await signIn(two, id)).finished;
  expect((await ask(two, id)).status).toBe(200);
  one.heard(`${tenant} ${id}`);
  expect((await ask(one, id)).status).toBe(200);
});

test('a vendor whose sign-in is down is tried again later, and nothing of the call was sent', async () => {
  const system = addSystem();
  const id = await addSignedIn(system, 30);
  vendor.answer = (seen) =>
    seen.url === '/oauth/token' ? { status: 503, headers: { 'retry-after': '7' } } : undefined;
  expect(await failureOf(ask(system, id, 'POST'))).toMatchObject({
    code: 'TARGET_DOWN',
    beforeWork: true,
    afterMs: 7000,
  });
  vendor.answer = (seen) => (seen.url === '/oauth/token' ? 'reset' : undefined);
  expect(await failureOf(ask(system, id, 'POST'))).toMatchObject({ code: 'TARGET_DOWN', beforeWork: true });
  vendor.answer = () => undefined;
  expect((await ask(system, id)).status).toBe(200);
});

test('tokens that the database did not take are kept and stored at the next try, not asked for again', async () => {
  const system = addSystem();
  const id = await addSignedIn(system, 30);
  vendor.onRefresh = async () => {
    // The commit finds its connection gone, as when PostgreSQL restarts at the wrong moment.
    const owner = new pg.Client(database.url);
    await owner.connect();
    const { rowCount } = await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction' and application_name = 'weft app'`,
    );
    expect(rowCount).toBe(1);
    await owner.end();
  };
  expect(await failureOf(ask(system, id, 'POST'))).toMatchObject({ code: 'INTERNAL', beforeWork: true });
  vendor.onRefresh = async () => {};
  expect((await ask(system, id)).status).toBe(200);
  expect(vendor.refreshes).toBe(1);
});

test('a worker killed between the vendor’s answer and our commit leaves a connection that asks for a person', async () => {
  const system = addSystem();
  const id = await addSignedIn(system, 30);
  const run = async (failPoint?: string) => {
    const child = spawn(
      process.execPath,
      [
        fileURLToPath(new URL('../support/oauth-child.ts', import.meta.url)),
        database.url,
        String(tenant),
        id,
        key.toString('base64'),
      ],
      {
        env: { ...process.env, ...(failPoint ? { WEFT_FAIL_POINT: failPoint } : {}) },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString();
    });
    const [, signal] = await once(child, 'close');
    return { out: out.trim(), signal };
  };
  expect(await run('oauth.refreshed')).toEqual({ out: '', signal: 'SIGKILL' });
  expect(vendor.refreshes).toBe(1);
  expect(await failureOf(ask(system, id))).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
  expect(await stateOf(system)).toMatchObject({ state: 'sign-in-needed' });
  await (await signIn(system, id)).finished;
  expect(await run()).toEqual({ out: '200', signal: null });
});

test('tokens are in the database sealed only, and known to the redactor', async () => {
  const system = addSystem();
  const id = await addSignedIn(system, 30);
  await ask(system, id);
  const { access, refresh } = vendor.tokens;
  const { rows } = await database.pools.engine.query(
    `select encode(sealed, 'escape') as text from connection_token where connection_id = $1`,
    [id],
  );
  expect(rows[0]?.text).not.toContain(access);
  expect(rows[0]?.text).not.toContain(refresh);
  expect(system.known.redactorOf(tenant)(`${access} client-secret-canary`)).toBe('••• •••');
});

test('signing in again keeps the tokens before until the new ones have opened something', async () => {
  const system = addSystem();
  const id = await addSignedIn(system);
  const good = vendor.tokens.access;
  // the new pair is good for nothing: somebody signed in to an account without the rights
  vendor.answer = ({ url, headers }) =>
    url.startsWith('/books') && headers.authorization !== `Bearer ${good}` ? { status: 401, body: {} } : undefined;
  expect(await failureOf((await signIn(system, id)).finished)).toMatchObject({ code: 'SIGN_IN_NEEDED' });
  vendor.tokens.access = good;
  expect((await ask(system, id)).status).toBe(200);
  expect(await stateOf(system)).toMatchObject({ state: 'ready', reason: null });
  expect(
    vendor.seen.some(({ url, headers }) => url.startsWith('/books') && headers.authorization !== `Bearer ${good}`),
  ).toBe(true);

  // a system that does not answer proves nothing: tokens that work are not given up for it
  vendor.answer = ({ url }) => (url.startsWith('/books') ? { status: 503, body: {} } : undefined);
  expect(await failureOf((await signIn(system, id)).finished)).toMatchObject({ code: 'TARGET_DOWN' });
  vendor.tokens.access = good;
  vendor.answer = () => undefined;
  expect((await ask(system, id)).status).toBe(200);

  // where those before are dead there is nothing to lose, and a person need not sign in once more
  await system.admin.markSignInNeeded(tenant, id, 'the tokens ran out');
  vendor.answer = ({ url }) => (url.startsWith('/books') ? { status: 503, body: {} } : undefined);
  await (await signIn(system, id)).finished;
  vendor.answer = () => undefined;
  expect((await ask(system, id)).status).toBe(200);
});

test('another secret of the client is tried by renewing the tokens with it, and is stored with them or not at all', async () => {
  const system = addSystem();
  const id = await addSignedIn(system);
  const takes = (secret: string) => {
    vendor.answer = ({ url, headers }) =>
      url.startsWith('/oauth/token') && headers.authorization !== `Basic ${btoa(`the%20client:${secret}`)}`
        ? { status: 401, body: { error: 'invalid_client' } }
        : undefined;
  };
  takes('client-secret-canary-2');
  const change = (clientSecret: string) =>
    system.admin.changeProven(tenant, id, { beside: { clientSecret } }, call().signal);
  expect(await failureOf(change('client-secret-canary-3'))).toMatchObject({ code: 'SIGN_IN_NEEDED' });
  expect(await stateOf(system)).toMatchObject({ state: 'ready', reason: null });
  expect((await ask(system, id)).status).toBe(200);
  expect(vendor.refreshes).toBe(0);
  expect(await change('client-secret-canary-2')).toMatchObject({ state: 'ready' });
  expect(vendor.refreshes).toBe(1);
  expect((await ask(system, id)).status).toBe(200);
  const secrets = await (await system.door.find(tenant, id)).secrets();
  expect(secrets['clientSecret']).toBe('client-secret-canary-2');
});
