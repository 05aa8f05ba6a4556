import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, clientOf, cookieOf } from '../support/client.ts';
import { PASSWORD, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let nobody: Client;
beforeAll(async () => {
  web = await startWeb();
  nobody = clientOf(web.url, '', '');
});
afterAll(() => web.stop());

const signIn = (email: string, password: string) => nobody.ask('POST', '/api/session', { email, password });

test('a person signs in, sees the own tenants, signs out and is a stranger again', async () => {
  const tenant = await web.tenant('Northwind');
  await web.tenant('Somebody else');
  const person = await web.person('kam', [tenant]);
  const session = await person.ask('GET', '/api/session');
  expect(session.body.user.email).toBe(person.email);
  expect(session.body.tenants).toEqual([
    {
      id: tenant,
      name: 'Northwind',
      package: 'premium',
      timeZone: 'Europe/Stockholm',
      may: expect.arrayContaining(['flow.read']),
      visit: null,
    },
  ]);
  expect((await person.ask('DELETE', '/api/session')).status).toBe(204);
  expect((await person.ask('GET', '/api/session')).status).toBe(401);
  const optional = await person.ask('GET', '/api/session?optional=true');
  expect([optional.status, optional.body]).toEqual([200, null]);
});

test('an administrator sees every tenant', async () => {
  const admin = await web.person('admin');
  const { body } = await admin.ask('GET', '/api/session');
  const { rows } = await web.owner.query('select id from tenant');
  expect(body.tenants).toHaveLength(rows.length);
});

test('the cookie cannot be read by scripts, and signing in never keeps the id the browser came with', async () => {
  const person = await web.person('support');
  const again = await clientOf(web.url, '', person.cookie).ask('POST', '/api/session', {
    email: person.email,
    password: PASSWORD,
  });
  const header = again.headers.getSetCookie()[0] ?? '';
  expect(header).toMatch(/; HttpOnly/);
  expect(header).toMatch(/; SameSite=Lax/);
  expect(cookieOf(again)).not.toBe(person.cookie);
  expect((await person.ask('GET', '/api/session')).status).toBe(401);
});

test('a wrong password and an unknown email are told alike', async () => {
  const person = await web.person('support');
  const wrong = await signIn(person.email, 'not the password');
  const unknown = await signIn('unknown@example.com', 'not the password');
  expect(wrong.status).toBe(401);
  expect(unknown.body).toEqual(wrong.body);
});

test('the sixth wrong try within a quarter of an hour is refused, also with the right password, and right ones never count', async () => {
  const person = await web.person('support');
  for (let count = 0; count < 12; count++) expect((await signIn(person.email, PASSWORD)).status).toBe(200);
  for (let count = 0; count < 5; count++) expect((await signIn(person.email, 'wrong')).status).toBe(401);
  const refused = await signIn(person.email, PASSWORD);
  expect(refused.status).toBe(429);
  expect(refused.body.error.code).toBe('TOO_MANY_TRIES');
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(600);
  const { rows } = await web.owner.query<{ key: string }>('select key from sign_in_attempt');
  expect(rows.every((row) => !row.key.includes('@'))).toBe(true);
});

test('a session ends after a week however busy, and with its row', async () => {
  const person = await web.person('support');
  await web.owner.query(
    `update user_session set sess = jsonb_set(sess::jsonb, '{since}', to_jsonb((extract(epoch from now()) * 1000 - 7.01 * 86400000)::float8))::json`,
  );
  expect((await person.ask('GET', '/api/session')).status).toBe(401);
  const other = await web.person('support');
  await web.owner.query('delete from user_session');
  expect((await other.ask('GET', '/api/session')).status).toBe(401);
});

test('a right taken away is gone at the next request', async () => {
  const tenant = await web.tenant('Fleeting');
  const person = await web.person('kam', [tenant]);
  expect((await person.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(200);
  await web.owner.query('delete from membership where tenant_id = $1', [tenant]);
  expect((await person.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(404);
});

test('a page of another site cannot act for a person who is signed in here', async () => {
  const tenant = await web.tenant('Target');
  const person = await web.person('kam', [tenant]);
  const attempts: [string, string][] = [
    ['POST', '/flows'],
    ['POST', '/replay'],
    ['POST', '/connections'],
  ];
  for (const [method, path] of attempts) {
    const answer = await person.ask(method, `/api/tenants/${tenant}${path}`, {}, { origin: 'https://evil.example' });
    expect([answer.status, answer.body.error.code]).toEqual([403, 'FOREIGN_ORIGIN']);
  }
});

test('the first administrator is made once, with a password told once', async () => {
  const fresh = await startWeb();
  try {
    const made = await Promise.all([
      fresh.users.ensureAdmin({ email: 'Admin@Weft.Example' }),
      fresh.users.ensureAdmin({ email: 'admin@weft.example' }),
    ]);
    const [told, ...others] = made.filter((each) => each !== null);
    expect(others).toEqual([]);
    expect(told?.email).toBe('admin@weft.example');
    expect(await fresh.users.verify('admin@weft.example', told?.password ?? '')).not.toBeNull();
    expect(await fresh.users.ensureAdmin({ email: 'another@weft.example' })).toBeNull();
  } finally {
    await fresh.stop();
  }
});
