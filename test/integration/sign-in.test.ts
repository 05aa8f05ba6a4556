import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { type FlowError, HoldError, RetryableError, TerminalError } from '../../runtime/error.ts';
import { type ConnectionSystem, createConnectionSystem } from '../../server/adapters/connection-system.ts';
import { masterKeyOf } from '../../server/adapters/master-key.ts';
import { createTenantDatabase, type TenantDatabase } from '../support/tenant-database.ts';
import { DESK_PASSWORD, deskConnector, startTestVendor, type TestVendor } from '../support/test-vendor.ts';

let database: TenantDatabase;
let vendor: TestVendor;
let system: ConnectionSystem;
let tenant: number;
const call = () => ({ signal: new AbortController().signal, note: () => {} });

beforeAll(async () => {
  database = await createTenantDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  vendor = await startTestVendor();
  tenant = await database.addTenant();
  system = createConnectionSystem({
    pools: database.pools,
    master: masterKeyOf(Buffer.alloc(32, 5)),
    connectors: [deskConnector],
    clock: { now: () => Date.now() },
  });
});
afterEach(async () => {
  await system.close();
  await vendor.close();
});

const addConnection = async (password = DESK_PASSWORD) => {
  const { id } = await system.admin.create(tenant, {
    connector: 'test-desk',
    title: 'Desk',
    settings: { url: vendor.url, user: 'åsa' },
    secrets: { password },
    grants: [vendor.host],
  });
  return id;
};
const sessionOf = async (id: string) => (await system.door.open(tenant, id, call())).session;
const ask = async (id: string, method: 'GET' | 'POST' = 'GET') =>
  (await sessionOf(id)).http({ method, path: 'orders', ...(method === 'POST' ? { body: { id: 1 } } : {}) });
const askMany = (id: string) => Promise.all(Array.from({ length: 30 }, () => ask(id, 'POST')));
const failureOf = (work: Promise<unknown>): Promise<FlowError> =>
  work.then(
    () => {
      throw new Error('it went well');
    },
    (error: FlowError) => error,
  );
const signIns = () => vendor.seen.filter(({ url }) => url === '/desk/login');
const stateOf = async () => (await system.admin.list(tenant))[0];

test('the password is traded for a token once, and the token never reaches the database', async () => {
  const id = await addConnection();
  expect((await askMany(id)).every(({ status }) => status === 200)).toBe(true);
  await ask(id);
  expect(signIns()).toEqual([
    expect.objectContaining({ method: 'POST', body: JSON.stringify({ user: 'åsa', password: DESK_PASSWORD }) }),
  ]);
  expect(signIns()[0]?.headers.authorization).toBeUndefined();
  expect(vendor.seen.at(-1)?.headers.authorization).toBe(`Bearer ${vendor.desk.token}`);
  const { rows } = await database.pools.engine.query('select count(*)::int as kept from connection_token');
  expect(rows).toEqual([{ kept: 0 }]);
  expect(await system.admin.test(tenant, id, call().signal)).toEqual({ label: 'Test desk', orders: null });
});

test.each(['with 401', 'with 200'] as const)(
  'a session that is over, told %s, is renewed once between all who find it so',
  async (refuses) => {
    vendor.desk.refuses = refuses;
    const id = await addConnection();
    await ask(id);
    vendor.desk.token = 'another';
    const answers = await askMany(id);
    expect(answers.map(({ body }) => body)).toEqual(answers.map(() => ({ ok: true })));
    expect(signIns()).toHaveLength(2);
    expect(await stateOf()).toMatchObject({ state: 'ready' });
  },
);

test('a session that is refused as soon as it was renewed waits for a person', async () => {
  const id = await addConnection();
  vendor.answer = ({ url }) => (url === '/desk/orders' ? { status: 401, body: {} } : undefined);
  const failure = await failureOf(ask(id));
  expect(failure).toBeInstanceOf(HoldError);
  expect(failure).toMatchObject({ code: 'SIGN_IN_NEEDED', details: { connection: id } });
  expect(signIns()).toHaveLength(2);
  expect(await stateOf()).toMatchObject({ state: 'sign-in-needed', reason: 'Test desk: the key is not good' });
});

test('a wrong password is sent once, however many wait, until somebody gives another', async () => {
  const id = await addConnection('wrong-password');
  const sessions = await Promise.all(Array.from({ length: 30 }, () => sessionOf(id)));
  for (const round of [1, 2]) {
    const failures = await Promise.all(
      sessions.map((session) => failureOf(session.http({ method: 'GET', path: 'orders' }))),
    );
    for (const failure of failures) {
      expect(failure, `round ${round}`).toBeInstanceOf(HoldError);
      expect(failure).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in', details: { connection: id } });
    }
  }
  expect(await failureOf(ask(id))).toMatchObject({ code: 'SIGN_IN_NEEDED' });
  expect(vendor.seen.map(({ url }) => url)).toEqual(['/desk/login']);
  expect(await stateOf()).toMatchObject({ state: 'sign-in-needed', reason: 'Test desk: the key is not good' });
  await system.admin.setSecrets(tenant, id, { password: DESK_PASSWORD });
  expect((await ask(id)).status).toBe(200);
  expect(await stateOf()).toMatchObject({ state: 'ready' });
});

test('a sign-in that fails on the way is tried again, since nothing was asked for yet', async () => {
  const id = await addConnection();
  const answers: ReturnType<TestVendor['answer']>[] = [
    'reset',
    { status: 500 },
    { status: 429, headers: { 'retry-after': '0' } },
    { status: 200, body: { ok: true } },
  ];
  for (const answer of answers) {
    vendor.answer = () => answer;
    const failure = await failureOf(ask(id, 'POST'));
    expect(failure).toBeInstanceOf(RetryableError);
    expect(failure).toMatchObject({ beforeWork: true });
  }
  vendor.answer = () => undefined;
  expect((await ask(id, 'POST')).status).toBe(200);
  expect(await stateOf()).toMatchObject({ state: 'ready' });
});

test('a fault within an answer of 200 is a fault, and no reason to sign in anew', async () => {
  const id = await addConnection();
  vendor.answer = ({ url }) => (url === '/desk/orders' ? { status: 200, body: { errors: ['no stock'] } } : undefined);
  const failure = await failureOf(ask(id, 'POST'));
  expect(failure).toBeInstanceOf(TerminalError);
  expect(failure).toMatchObject({ code: 'TARGET_REFUSED', message: 'no stock' });
  expect(signIns()).toHaveLength(1);
});

test('password and token are taken out of whatever is told, also where the system echoes the request', async () => {
  const id = await addConnection();
  await ask(id);
  const [asked] = signIns();
  const told = system.known.redactorOf(tenant)(JSON.stringify({ echo: asked?.body, token: vendor.desk.token }));
  expect(told).toContain('åsa');
  for (const secret of [DESK_PASSWORD, 'ss-canary', vendor.desk.token]) expect(told).not.toContain(secret);
});
