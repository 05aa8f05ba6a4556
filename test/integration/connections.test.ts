import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { offerOf, type Session } from '../../runtime/connector.ts';
import { type FlowError, HoldError, TerminalError } from '../../runtime/error.ts';
import { type ConnectionSystem, createConnectionSystem } from '../../server/adapters/connection-system.ts';
import { masterKeyOf } from '../../server/adapters/master-key.ts';
import { requireMasterKey } from '../../server/adapters/vault.ts';
import { createTenantDatabase, type TenantDatabase } from '../support/tenant-database.ts';
import { keyConnector, setStock, startTestVendor, type TestVendor } from '../support/test-vendor.ts';

let database: TenantDatabase;
let vendor: TestVendor;
let systems: ConnectionSystem[] = [];
let tenant: number;
const master = masterKeyOf(Buffer.alloc(32, 5));
const call = () => ({ signal: new AbortController().signal, note: () => {} });

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
  systems = [];
  await vendor.close();
});

/** Each stands for a process of its own. */
const addSystem = () => {
  const system = createConnectionSystem({
    pools: database.pools,
    master,
    connectors: [keyConnector, { ...keyConnector, id: 'test-few', concurrency: 2 }],
    clock: { now: () => 1_700_000_000_000 },
  });
  systems.push(system);
  return system;
};
const addConnection = async (
  system: ConnectionSystem,
  rate?: { requests: number; perMs: number },
  connector = 'test-keys',
) => {
  const { id } = await system.admin.create(tenant, {
    connector,
    title: 'Shop',
    settings: { url: vendor.url },
    secrets: { key: 'canary-key-1' },
    grants: [vendor.host],
    ...(rate ? { rate } : {}),
  });
  return id;
};
const openAt = async (system: ConnectionSystem, id: string, forTenant = tenant): Promise<Session> =>
  (await system.door.open(forTenant, id, call())).session;
const failureOf = (work: Promise<unknown>): Promise<FlowError> =>
  work.then(
    () => {
      throw new Error('it went well');
    },
    (error: FlowError) => error,
  );

test('a request goes to the connection’s base with its credentials, query and JSON body', async () => {
  const system = addSystem();
  const session = await openAt(system, await addConnection(system));
  const answer = await session.http({
    method: 'POST',
    path: '/orders',
    query: { page: 2, status: 'any', include: [1, 2], left: undefined },
    headers: { 'X-Trace': 'abc' },
    body: { id: 1 },
  });
  expect(answer).toMatchObject({ status: 200, body: { ok: true } });
  expect(session).toMatchObject({ settings: { url: vendor.url }, now: 1_700_000_000_000 });
  const [seen] = vendor.seen;
  expect(seen).toMatchObject({
    method: 'POST',
    url: '/api/v1/orders?page=2&status=any&include=1&include=2',
    body: '{"id":1}',
  });
  expect(seen?.headers).toMatchObject({
    authorization: `Basic ${btoa('user:canary-key-1')}`,
    'content-type': 'application/json',
    'x-trace': 'abc',
  });
});

test('credentials never leave the connection’s own hosts and base', async () => {
  const system = addSystem();
  const session = await openAt(system, await addConnection(system));
  const other = await startTestVendor();
  for (const path of [
    `${other.url}/api/v1/orders`,
    '../../oauth/token',
    'orders/%2e%2e/%2e%2e/%2e%2e/x',
    'http://example.com/',
  ]) {
    const error = await failureOf(session.http({ method: 'GET', path }));
    expect(error, path).toMatchObject({ code: 'HOST_NOT_ALLOWED' });
  }
  await session.http({ method: 'GET', path: `//${other.host}/x` });
  await session.http({ method: 'GET', path: `${vendor.url}/elsewhere` });
  expect(vendor.seen.map(({ url }) => url)).toEqual([`/api/v1/${other.host}/x`, '/elsewhere']);
  expect(other.seen).toEqual([]);
  await other.close();
});

test('a redirect is told as what it is and takes no credentials along', async () => {
  const system = addSystem();
  const session = await openAt(system, await addConnection(system));
  vendor.answer = () => ({ status: 301, headers: { location: 'https://shop.example/api?key=1' } });
  const error = await failureOf(session.http({ method: 'POST', path: 'orders', body: {} }));
  expect(error).toBeInstanceOf(TerminalError);
  expect(error.message).toContain('sends us on to https://shop.example: use that address');
  vendor.answer = () => ({ status: 303, headers: { location: '/done' } });
  expect(await failureOf(session.http({ method: 'POST', path: 'orders', body: {} }))).toMatchObject({
    code: 'TARGET_ANSWER_INVALID',
    beforeWork: false,
  });
  expect(vendor.seen).toHaveLength(2);
});

test('a private address without a grant is refused, though the connection names it', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  await system.admin.allow(tenant, id, { grants: [] });
  expect(await failureOf((await openAt(system, id)).http({ method: 'GET', path: 'x' }))).toMatchObject({
    code: 'HOST_NOT_ALLOWED',
  });
  expect(await failureOf(system.door.plain(tenant, call())({ method: 'GET', path: vendor.url }))).toMatchObject({
    code: 'HOST_NOT_ALLOWED',
  });
  expect(await failureOf(system.door.plain(tenant, call())({ method: 'GET', path: '/relative' }))).toMatchObject({
    code: 'CONFIG_INVALID',
    field: 'path',
  });
  expect(vendor.seen).toEqual([]);
});

test('an answer of 400 or more is what the connector makes of it, and a refused key asks for a person', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const session = await openAt(system, id);
  vendor.answer = () => ({ status: 422 });
  expect(await failureOf(session.http({ method: 'GET', path: 'x' }))).toMatchObject({ code: 'TARGET_REFUSED' });
  vendor.answer = () => ({ status: 401 });
  expect(await failureOf(session.http({ method: 'GET', path: 'x' }))).toBeInstanceOf(HoldError);
  expect(await system.admin.list(tenant)).toMatchObject([
    { state: 'sign-in-needed', reason: 'Test keys: the key is not good' },
  ]);
  expect(await failureOf(addSystem().door.open(tenant, id, call()))).toMatchObject({
    code: 'SIGN_IN_NEEDED',
    hold: 'sign-in',
  });
  expect(await failureOf(system.admin.test(tenant, id, call().signal))).toMatchObject({ code: 'SIGN_IN_NEEDED' });
  vendor.answer = () => undefined;
  expect(await system.admin.test(tenant, id, call().signal)).toEqual({ label: 'Test account', orders: null });
  expect(await system.admin.list(tenant)).toMatchObject([{ state: 'ready', reason: null }]);
  await openAt(system, id);
});

test('a vendor’s “wait” with a time holds back every process', async () => {
  const system = addSystem();
  const id = await addConnection(system, { requests: 100, perMs: 1000 });
  vendor.answer = () => ({ status: 429, headers: { 'retry-after': '30' } });
  expect(await failureOf((await openAt(system, id)).http({ method: 'GET', path: 'x' }))).toMatchObject({
    code: 'TARGET_BUSY',
  });
  vendor.answer = () => undefined;
  const error = await failureOf((await openAt(addSystem(), id)).http({ method: 'GET', path: 'x' }));
  expect(error).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
  expect(vendor.seen).toHaveLength(1);
});

test('a system that takes two requests at once gets two, of all steps together, and every step gets through', async () => {
  const system = addSystem();
  const id = await addConnection(system, undefined, 'test-few');
  let underWay = 0;
  let most = 0;
  vendor.answer = async () => {
    most = Math.max(most, ++underWay);
    await pause(5);
    underWay -= 1;
    return undefined;
  };
  const step = async (name: number) => {
    const session = await openAt(system, id);
    for (const request of [1, 2, 3]) await session.http({ method: 'GET', path: `${name}/${request}` });
  };
  await Promise.all(Array.from({ length: 10 }, (_, name) => step(name)));
  expect(most).toBe(2);
  expect(vendor.seen).toHaveLength(30);
});

test('a system that breaks off every call is left alone for a while, and nothing is sent meanwhile', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const session = await openAt(system, id);
  vendor.answer = () => 'reset';
  for (let count = 0; count < 8; count++) {
    expect(await failureOf(session.http({ method: 'POST', path: 'x' }))).toMatchObject({ beforeWork: false });
  }
  expect(await failureOf(session.http({ method: 'POST', path: 'x' }))).toMatchObject({
    code: 'TARGET_DOWN',
    beforeWork: true,
  });
  expect(vendor.seen).toHaveLength(8);
});

test('concurrent writes to one connection leave together, each with its own answer', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const offer = offerOf(keyConnector, setStock.name);
  if (!offer) throw new Error('no offer');
  const send = async (sku: string, count: number) => {
    const { session } = await system.door.open(tenant, id, call());
    return system.door.send(offer, session, { sku, count }, { reference: 'r' });
  };
  const all = await Promise.allSettled(
    Array.from({ length: 23 }, (_, place) => send(`sku-${place}`, place === 3 ? -1 : 1)),
  );
  expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(22);
  expect(all[3]).toMatchObject({ status: 'rejected', reason: { message: 'sku-3 is refused' } });
  expect(all[22]).toMatchObject({ status: 'fulfilled', value: { sku: 'sku-22' } });
  expect(vendor.seen.map(({ url }) => url)).toEqual(Array.from({ length: 3 }, () => '/api/v1/stock/batch'));
  vendor.seen.length = 0;
  await send('alone', 1);
  expect(vendor.seen).toMatchObject([{ method: 'PUT', url: '/api/v1/stock/alone' }]);
});

test('a step that is cancelled leaves its batch, which goes on for the others', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const offer = offerOf(keyConnector, setStock.name);
  if (!offer) throw new Error('no offer');
  const stop = new AbortController();
  const stopped = await system.door.open(tenant, id, { signal: stop.signal, note: () => {} });
  const other = await system.door.open(tenant, id, call());
  vendor.answer = () => {
    stop.abort(new Error('cancelled'));
    return undefined;
  };
  const [first, second] = await Promise.allSettled([
    system.door.send(offer, stopped.session, { sku: 'a', count: 1 }, { reference: 'r' }),
    system.door.send(offer, other.session, { sku: 'b', count: 1 }, { reference: 'r' }),
  ]);
  expect(first).toMatchObject({ status: 'rejected', reason: { message: 'cancelled' } });
  expect(second).toMatchObject({ status: 'fulfilled', value: { sku: 'b' } });
});

test('secrets go in and never come out: not in lists, not in the database’s bytes, and they are known to the redactor', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const listed = await system.admin.list(tenant);
  expect(JSON.stringify(listed)).not.toContain('canary');
  const { rows } = await database.pools.engine.query('select c.*, encode(secrets, $1) as bytes from connection c', [
    'escape',
  ]);
  expect(JSON.stringify(rows)).not.toContain('canary');
  await (await openAt(system, id)).http({ method: 'GET', path: 'x' });
  const redact = system.known.redactorOf(tenant);
  expect(redact('key canary-key-1')).toBe('key •••');
  expect(redact(`header ${btoa('user:canary-key-1')}`)).not.toContain(btoa('user:canary-key-1'));
});

test('a row of secrets moved to another tenant or put back from an older version does not open', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const engine = database.pools.engine;
  const { rows } = await engine.query<{ secrets: Buffer }>('select secrets from connection where id = $1', [id]);
  await system.admin.setSecrets(tenant, id, { key: 'canary-key-2' });
  await engine.query('update connection set secrets = $2, version = version + 1 where id = $1', [id, rows[0]?.secrets]);
  const session = await openAt(addSystem(), id);
  await expect(session.http({ method: 'GET', path: 'x' })).rejects.toMatchObject({ code: 'SIGN_IN_NEEDED' });
  const other = await database.addTenant();
  // without a data key of that number the database would not even take the row
  await system.vault.keysOf(other);
  await engine.query(
    `insert into connection (tenant_id, id, connector, title, settings, secrets, secrets_version, grants)
      select $2, id, connector, title, settings, $3, 1, grants from connection where id = $1`,
    [id, other, rows[0]?.secrets],
  );
  await expect((await openAt(addSystem(), id, other)).http({ method: 'GET', path: 'x' })).rejects.toMatchObject({
    code: 'SIGN_IN_NEEDED',
  });
  expect(vendor.seen).toEqual([]);
});

test('a database whose secrets hang on another master key is refused at the start', async () => {
  await addSystem().vault.keysOf(tenant);
  await requireMasterKey(database.pools.engine, master);
  await expect(requireMasterKey(database.pools.engine, masterKeyOf(Buffer.alloc(32, 6)))).rejects.toThrow(
    /were sealed with master key [0-9a-f]{8}, but Weft was given [0-9a-f]{8}/,
  );
});

test('secrets are merged, replaced and taken away field by field', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  await system.admin.setSecrets(tenant, id, { extra: 'canary-extra' });
  expect(await (await system.door.find(tenant, id)).secrets()).toEqual({ key: 'canary-key-1', extra: 'canary-extra' });
  await system.admin.setSecrets(tenant, id, { key: 'canary-key-2', extra: null });
  expect(await (await system.door.find(tenant, id)).secrets()).toEqual({ key: 'canary-key-2' });
  const error = await failureOf(system.admin.setSecrets(tenant, id, { key: null }));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', field: 'secrets.key' });
});

test('settings that lead elsewhere ask for the secrets again', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const error = await failureOf(system.admin.change(tenant, id, { settings: { url: 'https://thief.example' } }));
  expect(error).toMatchObject({ code: 'CONFIG_INVALID', field: 'secrets' });
  const settings = { url: 'https://new.example' };
  await system.admin.change(tenant, id, { settings, secrets: { key: 'canary-key-3' }, title: 'New shop' });
  expect(await system.admin.list(tenant)).toMatchObject([{ title: 'New shop', settings }]);
});

test('a form with a mistake is refused by the field, and nothing is made', async () => {
  const system = addSystem();
  const good = { connector: 'test-keys', title: 'Shop', settings: { url: vendor.url }, secrets: { key: 'k' } };
  const wrong = [
    [{ ...good, connector: 'none' }, 'connector'],
    [{ ...good, title: ' ' }, 'title'],
    [{ ...good, settings: { url: 'no address' } }, 'settings.url'],
    [{ ...good, settings: { url: vendor.url, more: 1 } }, 'settings.more'],
    [{ ...good, secrets: { key: '' } }, 'secrets.key'],
    [{ ...good, grants: ['host'] }, 'grants'],
    [{ ...good, id: '1' }, 'id'],
    [{ ...good, rate: { requests: 0, perMs: 5 } }, 'rate'],
  ] as const;
  for (const [draft, field] of wrong) {
    expect(await failureOf(system.admin.create(tenant, draft)), field).toMatchObject({ code: 'CONFIG_INVALID', field });
  }
  expect(await system.admin.list(tenant)).toEqual([]);
});

test('another tenant’s, a removed, a switched-off and an unknown connection do not open', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  const other = await database.addTenant();
  for (const [whose, which] of [
    [other, id],
    [tenant, randomUUID()],
    [tenant, 'erp'],
  ] as const) {
    expect(await failureOf(system.door.open(whose, which, call()))).toMatchObject({ code: 'CONNECTION_MISSING' });
  }
  await system.admin.setEnabled(tenant, id, false);
  expect(await failureOf(system.door.open(tenant, id, call()))).toMatchObject({ code: 'CONNECTION_MISSING' });
  await system.admin.remove(tenant, id);
  expect(await failureOf(system.door.open(tenant, id, call()))).toMatchObject({ code: 'CONNECTION_MISSING' });
  expect(await failureOf(system.admin.remove(tenant, id))).toMatchObject({ code: 'CONNECTION_MISSING' });
});

test('a change made by another process is seen as soon as it is heard of', async () => {
  const [one, two] = [addSystem(), addSystem()];
  const id = await addConnection(one);
  await openAt(two, id);
  await one.admin.setEnabled(tenant, id, false);
  await openAt(two, id);
  two.heard(`${tenant} ${id}`);
  expect(await failureOf(two.door.open(tenant, id, call()))).toMatchObject({ code: 'CONNECTION_MISSING' });
});

test('opening a connection again and again asks the database once', async () => {
  const system = addSystem();
  const id = await addConnection(system);
  await openAt(system, id);
  let acquired = 0;
  const count = () => {
    acquired += 1;
  };
  database.pools.app.on('acquire', count);
  for (let turn = 0; turn < 100; turn++) await (await openAt(system, id)).http({ method: 'GET', path: 'x' });
  database.pools.app.off('acquire', count);
  // The secrets' key and perhaps one look for changes.
  expect(acquired).toBeLessThanOrEqual(3);
});
