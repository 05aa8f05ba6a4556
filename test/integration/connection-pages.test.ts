import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ConnectionList, ConnectionSummary, ErrorAnswer, FlowSummary } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let vendor: Server;
let grant: string;
let tenant: number;
let kam: Client;
let admin: Client;
const at = (path: string) => `/api/tenants/${tenant}${path}`;
const heard: string[] = [];

beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Northwind');
  kam = await web.person('kam', [tenant]);
  admin = await web.person('admin', [tenant]);
  vendor = createServer((request, response) => {
    heard.push(`${request.method} ${request.url} ${request.headers.authorization ?? ''}`);
    const known = request.headers.authorization === 'Bearer right-token';
    response.writeHead(known ? 200 : 401, { 'content-type': 'application/json' });
    response.end(JSON.stringify(known ? { name: 'Northwind AB' } : { message: 'no' }));
  });
  await new Promise<void>((resolve) => vendor.listen(0, '127.0.0.1', resolve));
  grant = `127.0.0.1:${(vendor.address() as AddressInfo).port}`;
});
afterAll(async () => {
  vendor.close();
  await web.stop();
});

const trial = (token: string) => ({
  connector: 'rest',
  settings: {
    baseUrl: `http://${grant}`,
    auth: { kind: 'bearer' },
    unencrypted: true,
    account: { path: 'me', label: '{{ body.name }}' },
  },
  secrets: { token },
  grants: [grant],
});
const list = async (by: Client): Promise<readonly ConnectionSummary[]> =>
  ConnectionList.parse((await by.ask('GET', at('/connections'))).body).connections;

test('a connection is tried before it is one: the system says whose account it is, and nothing is kept', async () => {
  const answer = await admin.ask('POST', at('/connections/try'), trial('right-token'));
  expect([answer.status, answer.body]).toEqual([200, { ok: true, label: `Northwind AB (${grant})`, orders: null }]);
  expect(heard.at(-1)).toBe('GET /me Bearer right-token');
  expect(await list(admin)).toEqual([]);
  const wrong = await admin.ask('POST', at('/connections/try'), trial('wrong-token'));
  expect([wrong.status, ErrorAnswer.parse(wrong.body).error.code]).toEqual([409, 'SIGN_IN_NEEDED']);
  expect(JSON.stringify(wrong.body)).not.toContain('wrong-token');
});

test('a trial reaches nothing private that no administrator has granted, and is refused to who may not edit', async () => {
  const before = heard.length;
  const { grants, ...ungranted } = trial('right-token');
  const refused = await admin.ask('POST', at('/connections/try'), ungranted);
  expect(refused.status).toBeGreaterThanOrEqual(400);
  const kamGrants = await kam.ask('POST', at('/connections/try'), { ...ungranted, grants });
  expect([kamGrants.status, ErrorAnswer.parse(kamGrants.body).error.field]).toEqual([403, 'grants']);
  const support = await web.person('support', [tenant]);
  expect((await support.ask('POST', at('/connections/try'), ungranted)).status).toBe(403);
  const unknown = await kam.ask('POST', at('/connections/try'), { ...ungranted, settings: {} });
  expect([unknown.status, ErrorAnswer.parse(unknown.body).error.field]).toEqual([422, 'settings.baseUrl']);
  const oauth = await kam.ask('POST', at('/connections/try'), { connector: 'fortnox', settings: {} });
  expect([oauth.status, ErrorAnswer.parse(oauth.body).error.code]).toEqual([422, 'UNSUPPORTED']);
  expect(heard).toHaveLength(before);
});

test('a connection tells the names of its secrets and when it last answered, and who works through it', async () => {
  const made = ConnectionSummary.parse(
    (await admin.ask('POST', at('/connections'), { title: 'Books', ...trial('right-token') })).body,
  );
  expect(made).toMatchObject({ secrets: ['token'], grants: [grant], answeredAt: null, usedBy: [] });
  expect((await admin.ask('POST', at(`/connections/${made.id}/test`), {})).status).toBe(200);
  const [tested] = await list(admin);
  expect(tested?.answeredAt).toBeGreaterThan(Date.now() - 60_000);
  const [note] = webhookFlow('Uses it').nodes.slice(1);
  const document = {
    ...webhookFlow('Uses it'),
    nodes: [...webhookFlow().nodes, { ...note, id: 'call', connection: made.id }],
  };
  const flow = FlowSummary.parse((await kam.ask('POST', at('/flows'), { document })).body);
  await until(async () => (await list(admin))[0]?.usedBy.length === 1);
  expect((await list(admin))[0]?.usedBy).toEqual([{ id: flow.id, name: 'Uses it' }]);

  const kept = await kam.ask('DELETE', at(`/connections/${made.id}`));
  expect([kept.status, ErrorAnswer.parse(kept.body).error]).toEqual([
    409,
    { code: 'CONNECTION_IN_USE', message: 'flows work through it: Uses it', field: 'connection' },
  ]);
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: flow.revision, document: webhookFlow('Uses it') });
  expect((await kam.ask('DELETE', at(`/connections/${made.id}`))).status).toBe(204);
  expect(await list(admin)).toEqual([]);
});

test('a flow of another customer keeps nobody from removing a connection, and is not told', async () => {
  const made = ConnectionSummary.parse(
    (await admin.ask('POST', at('/connections'), { title: 'Books', ...trial('right-token') })).body,
  );
  const other = await web.tenant('Southwind');
  const [note] = webhookFlow().nodes.slice(1);
  const document = {
    ...webhookFlow('Of another'),
    nodes: [...webhookFlow().nodes, { ...note, id: 'call', connection: made.id }],
  };
  const neighbour = await web.person('kam', [other]);
  expect((await neighbour.ask('POST', `/api/tenants/${other}/flows`, { document })).status).toBe(201);
  expect((await list(admin))[0]?.usedBy).toEqual([]);
  expect((await admin.ask('DELETE', at(`/connections/${made.id}`))).status).toBe(204);
});

test('new credentials are tried before the old are dropped, and those that do not work are saved only when somebody asks for it', async () => {
  const { grants, settings, secrets, connector } = trial('right-token');
  const body = { connector, title: 'Rotated', settings, secrets, grants };
  const made = ConnectionSummary.parse((await admin.ask('POST', at('/connections'), body)).body);
  const one = at(`/connections/${made.id}`);
  const works = async () => (await admin.ask('POST', `${one}/test`, {})).status;
  for (const [path, given] of [
    [`${one}/secrets`, { secrets: { token: 'wrong-token' } }],
    [one, { beside: { token: 'wrong-token' }, title: 'Renamed' }],
    [one, { secrets: { token: 'wrong-token' }, settings }],
  ] as const) {
    const refused = await kam.ask('PUT', path, given);
    expect([refused.status, refused.body.error.code]).toEqual([409, 'SIGN_IN_NEEDED']);
    expect(JSON.stringify(refused.body)).not.toContain('wrong-token');
    expect(await works()).toBe(200);
  }
  // nothing of a change that was refused is kept
  expect((await list(kam)).find(({ id }) => id === made.id)).toMatchObject({ title: 'Rotated', state: 'ready' });
  expect(heard.some((line) => line.endsWith('Bearer wrong-token'))).toBe(true);

  expect((await kam.ask('PUT', `${one}/secrets`, { secrets: { token: 'wrong-token' }, unproven: true })).status).toBe(
    200,
  );
  expect(await works()).toBe(409);
  const mended = await kam.ask('PUT', one, { beside: { token: 'right-token' } });
  expect([mended.status, mended.body.state]).toEqual([200, 'ready']);
  expect(await works()).toBe(200);
  // what says nothing of credentials asks nobody
  const before = heard.length;
  expect((await kam.ask('PUT', one, { title: 'Renamed' })).body.title).toBe('Renamed');
  expect(heard.length).toBe(before);
  expect((await admin.ask('DELETE', one)).status).toBe(204);
});

test('a system that says nothing, or half of something, is told as silence when patience ends', async () => {
  const silent = createServer((request, response) => {
    if (request.url === '/half') response.writeHead(200, { 'content-length': '100' }).write('{"name":');
  });
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const { connector, settings, secrets } = trial('right-token');
  for (const path of ['none', 'half']) {
    const draft = { ...settings, baseUrl: `http://${host}`, account: { path, label: '{{ body.name }}' } };
    const asked = web.connections.admin.attempt(
      tenant,
      { connector, settings: draft, secrets, grants: [host] },
      AbortSignal.timeout(300),
    );
    await expect(asked).rejects.toMatchObject({ code: 'TIMEOUT' });
  }
  silent.closeAllConnections();
  silent.close();
});

test('who comes back from a vendor’s sign-in lands on the connection’s page, which is told how it went', async () => {
  let answer = { status: 400, body: { error: 'invalid_grant' } as object };
  const books = createServer((_request, response) => {
    response.writeHead(answer.status, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer.body));
  });
  await new Promise<void>((resolve) => books.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${(books.address() as AddressInfo).port}`;
  const made = await admin.ask('POST', at('/connections'), {
    connector: 'fortnox',
    title: 'Books',
    settings: { apiUrl: `http://${host}`, authUrl: `http://${host}/oauth-v1`, freightArticle: '' },
    secrets: { clientId: 'the-client', clientSecret: 'the-client-secret' },
    grants: [host],
  });
  const { id } = ConnectionSummary.parse(made.body);
  const page = `/a/${tenant}/connections/${id}?signIn=`;
  const back = async (query: string, by = admin) => {
    const begun = await by.ask('GET', at(`/connections/${id}/sign-in`));
    const state = new URL(begun.headers.get('location') ?? '').searchParams.get('state') ?? '';
    return { state, to: await returned(`state=${encodeURIComponent(state)}&${query}`) };
  };
  const returned = async (query: string, by = admin) => {
    const answered = await by.ask('GET', `/api/connections/sign-in?${query}`);
    return [answered.status, answered.headers.get('location')];
  };
  expect((await back('error=access_denied')).to).toEqual([303, `${page}denied`]);
  expect((await back('code=one')).to).toEqual([303, `${page}refused`]);
  answer = { status: 503, body: {} };
  const { state, to } = await back('code=two');
  expect(to).toEqual([303, `${page}unanswered`]);
  // used, somebody else's, and another customer's: none says whether there is such a connection
  const unknown = [303, `/a/${tenant}/connections?signIn=unknown`];
  expect(await returned(`state=${encodeURIComponent(state)}&code=two`)).toEqual(unknown);
  const { state: begun } = await back('error=access_denied');
  expect(await returned(`state=${encodeURIComponent(begun)}&code=three`, kam)).toEqual(unknown);
  expect(await returned('state=nonsense&code=four')).toEqual([303, '/']);
  books.close();
});
