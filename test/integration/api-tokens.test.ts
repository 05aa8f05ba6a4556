import { afterAll, beforeAll, expect, test } from 'vitest';
import { ApiTokenCreated, ApiTokenList, OwnToken } from '#runtime/protocol.ts';
import { makeToken } from '#server/auth/token-text.ts';
import { type Client, clientOf } from '../support/client.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let other: number;
let kam: Client;
beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Northwind');
  other = await web.tenant('Somebody else');
  kam = await web.person('kam', [tenant, other]);
});
afterAll(() => web.stop());

const at = (path: string, of = tenant) => `/api/tenants/${of}${path}`;

async function made(scopes: readonly string[], by = kam, wish: object = {}): Promise<ApiTokenCreated> {
  const answer = await by.ask('POST', at('/tokens'), { name: 'Warehouse', scopes, ...wish });
  expect([answer.status, answer.body]).toEqual([201, expect.anything()]);
  return ApiTokenCreated.parse(answer.body);
}

/** A customer's own system: a token and no cookie. */
const system = (secret: string) => {
  const plain = clientOf(web.url, '', '');
  return {
    ask: (method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) =>
      plain.ask(method, path, body, { authorization: `Bearer ${secret}`, ...headers }),
  };
};

const rowOf = async (id: string) =>
  (await web.owner.query('select *, row_to_json(t)::text as whole from api_token t where id = $1', [id])).rows[0];

test('a system reads and writes with a token alone, in its own customer and nowhere else', async () => {
  const { secret, token } = await made(['flow.read', 'flow.edit']);
  expect(token).toMatchObject({ name: 'Warehouse', madeBy: kam.email, lastUsedAt: null, revokedAt: null });
  expect(token.expiresAt - token.createdAt).toBe(90 * 24 * 3_600_000);
  const warehouse = system(secret);
  const created = await warehouse.ask('POST', at('/flows'), { document: webhookFlow() });
  expect([created.status, created.headers.getSetCookie()]).toEqual([201, []]);
  expect((await warehouse.ask('GET', at('/flows'))).body.flows).toHaveLength(1);
  expect((await warehouse.ask('GET', at('/flows', other))).status).toBe(404);
  const own = OwnToken.parse((await warehouse.ask('GET', '/api/token')).body);
  expect(own).toMatchObject({ tenant, name: 'Warehouse', scopes: ['flow.read', 'flow.edit'] });
  expect((await warehouse.ask('GET', '/api/catalog')).status).toBe(200);
  // a page of another site can send no such header, so where the call comes from says nothing
  const foreign = { origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
  expect((await warehouse.ask('POST', at('/flows'), { document: webhookFlow() }, foreign)).status).toBe(201);
});

test('what its scopes do not allow is refused by the name of the scope', async () => {
  const { secret } = await made(['run.read']);
  const refused = await system(secret).ask('GET', at('/flows'));
  expect([refused.status, refused.body.error]).toEqual([
    403,
    { code: 'SCOPE_NEEDED', message: 'this token does not have the scope flow.read', field: 'flow.read' },
  ]);
  expect(refused.headers.get('www-authenticate')).toBe(
    'Bearer realm="weft", error="insufficient_scope", scope="flow.read"',
  );
  const granted = await system(secret).ask('POST', at('/connections'), { connector: 'rest', title: 'x', settings: {} });
  expect(granted.body.error.field).toBe('connection.edit');
});

test('a token never allows more than its maker may do: not when it is made, and not when the maker loses the right', async () => {
  const beyond = await kam.ask('POST', at('/tokens'), { name: 'x', scopes: ['flow.read', 'connection.allow'] });
  expect([beyond.status, beyond.body.error]).toEqual([
    403,
    expect.objectContaining({ code: 'SCOPE_NOT_YOURS', field: 'scopes' }),
  ]);
  for (const scopes of [['token.manage'], ['no.such'], ['constructor']])
    expect((await kam.ask('POST', at('/tokens'), { name: 'x', scopes })).status).toBe(403);
  const maker = await web.person('kam', [tenant]);
  const { secret } = await made(['flow.read', 'flow.edit'], maker);
  const edit = () => system(secret).ask('POST', at('/flows'), { document: webhookFlow() });
  expect((await edit()).status).toBe(201);
  await web.owner.query("update app_user set role = 'customer' where email = $1", [maker.email]);
  expect([(await edit()).status, (await system(secret).ask('GET', at('/flows'))).status]).toEqual([403, 200]);
  await web.owner.query('delete from membership where user_id = (select id from app_user where email = $1)', [
    maker.email,
  ]);
  expect((await system(secret).ask('GET', at('/flows'))).status).toBe(401);
  await web.owner.query('delete from app_user where email = $1', [maker.email]);
  expect((await system(secret).ask('GET', at('/flows'))).status).toBe(401);
});

test('who may not manage tokens neither sees nor makes any, and no token makes another', async () => {
  for (const role of ['customer', 'support', 'partner'] as const) {
    const person = await web.person(role, [tenant]);
    expect((await person.ask('GET', at('/tokens'))).status).toBe(403);
    expect((await person.ask('POST', at('/tokens'), { name: 'x', scopes: ['flow.read'] })).status).toBe(403);
  }
  const { secret } = await made(['flow.read']);
  const refused = await system(secret).ask('POST', at('/tokens'), { name: 'x', scopes: ['flow.read'] });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'SCOPE_NEEDED']);
});

test('a token is shown once: the database has its digest, lists have its first characters', async () => {
  const { secret, token } = await made(['flow.read']);
  const row = await rowOf(token.id);
  expect(row.whole).not.toContain(secret.slice(10));
  expect(secret.startsWith(row.hint)).toBe(true);
  const list = await kam.ask('GET', at('/tokens'));
  expect(JSON.stringify(list.body)).not.toContain(secret.slice(10));
  const { tokens, grantable } = ApiTokenList.parse(list.body);
  expect(tokens[0]).toEqual(token);
  expect(grantable).toEqual(expect.arrayContaining(['flow.read', 'run.decide']));
  expect(grantable).not.toContain('token.manage');
  // a copy of the row's digest is no token
  expect((await system(row.token_hash.toString('hex')).ask('GET', at('/flows'))).status).toBe(401);
});

test('a revoked, expired, unknown or mangled token is refused at once, whatever cookie comes along', async () => {
  const { secret, token } = await made(['flow.read']);
  const gone = await made(['flow.read'], kam, { days: 1 });
  expect((await kam.ask('DELETE', at(`/tokens/${token.id}`, other))).status).toBe(404);
  expect((await system(secret).ask('GET', at('/flows'))).status).toBe(200);
  expect((await kam.ask('DELETE', at(`/tokens/${token.id}`))).status).toBe(204);
  expect((await kam.ask('DELETE', at(`/tokens/${token.id}`))).status).toBe(404);
  await web.owner.query("update api_token set expires_at = now() - interval '1 second' where id = $1", [gone.token.id]);
  for (const text of [secret, gone.secret, makeToken(), `${secret}x`, '', 'weft_', "' or true --"]) {
    const refused = await system(text).ask('GET', at('/flows'), undefined, { cookie: kam.cookie });
    expect([text, refused.status, refused.body.error.code]).toEqual([text, 401, 'TOKEN_INVALID']);
    expect(refused.headers.get('www-authenticate')).toContain('invalid_token');
  }
});

test('how long a token is good for must be told within a year', async () => {
  for (const days of [0, 366, 1.5, '30'])
    expect((await kam.ask('POST', at('/tokens'), { name: 'x', scopes: ['flow.read'], days })).status).toBe(400);
  const { token } = await made(['flow.read'], kam, { days: 365 });
  expect(token.expiresAt - token.createdAt).toBe(365 * 24 * 3_600_000);
});

test('the last use is written down at most once a minute', async () => {
  const { secret, token } = await made(['flow.read']);
  const used = async () => (await rowOf(token.id)).last_used_at?.getTime() ?? null;
  expect(await used()).toBeNull();
  await system(secret).ask('GET', at('/flows'));
  const first = await used();
  expect(first).not.toBeNull();
  await system(secret).ask('GET', at('/flows'));
  expect(await used()).toBe(first);
  await web.owner.query("update api_token set last_used_at = now() - interval '61 seconds' where id = $1", [token.id]);
  await system(secret).ask('GET', at('/flows'));
  expect(await used()).toBeGreaterThan(first);
});

test('addresses for people take no token, and what is done by one names it', async () => {
  const { secret } = await made(['flow.read', 'flow.edit', 'flow.publish']);
  for (const [method, path] of [
    ['GET', '/api/session'],
    ['POST', '/api/session'],
    ['DELETE', '/api/session'],
    ['GET', '/api/practice'],
    ['GET', '/api/connections/sign-in?state=1.x'],
    ['GET', '/api/nothing'],
  ] as const) {
    const refused = await system(secret).ask(method, path);
    expect([path, refused.status, refused.body.error.code]).toEqual([path, 403, 'TOKEN_NOT_TAKEN']);
  }
  const flow = (await system(secret).ask('POST', at('/flows'), { document: webhookFlow() })).body.id;
  await system(secret).ask('POST', at(`/flows/${flow}/publish`), { revision: 1 });
  const { versions } = (await kam.ask('GET', at(`/flows/${flow}/versions`))).body;
  expect(versions[0].author).toBe(`${kam.email} (Warehouse)`);
});
