import { io } from 'socket.io-client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditPage } from '#runtime/audit.ts';
import { createMemberships } from '#server/auth/memberships.ts';
import type { Client } from '../support/client.ts';
import { runCommand } from '../support/command-line.ts';
import { PASSWORD, startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let flow: string;
beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Visited');
  ({ id: flow } = await web.flows.create(tenant, webhookFlow('Theirs')));
});
afterAll(() => web.stop());

const at = (path: string, of = tenant) => `/api/tenants/${of}${path}`;
const edit = (by: Client, of = tenant) => by.ask('POST', at('/flows', of), { document: webhookFlow() });
const told = async (reader: Client) =>
  AuditPage.parse((await reader.ask('GET', at('/audit?action=visit'))).body).lines.map(
    ({ action, actor, note }) => [action, actor, note] as const,
  );

test('an administrator looks into a tenant of others without changing anything, and its log tells', async () => {
  const admin = await web.person('admin');
  const answers = await Promise.all(
    ['/flows', `/flows/${flow}`, '/runs', '/connections', '/audit', '/templates'].map((path) =>
      admin.ask('GET', at(path)),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200]);
  expect((await edit(admin)).status).toBe(403);
  expect((await admin.ask('PUT', at(`/flows/${flow}/state`), { on: false })).status).toBe(403);
  const owner = await web.person('customer-admin', [tenant]);
  // six requests at once are one visit
  expect(await told(owner)).toEqual([['visit.look', admin.email, null]]);
  const { body } = await admin.ask('GET', '/api/session');
  expect(body.tenants.find((each: { id: number }) => each.id === tenant)).toMatchObject({
    visit: { until: null },
    may: expect.not.arrayContaining(['flow.edit']),
  });
});

test('with a reason the administrator may change things there for half an hour, in this session and this tenant alone', async () => {
  const other = await web.tenant('Not asked about');
  const admin = await web.person('admin');
  expect((await admin.ask('PUT', at('/visit'), { reason: ' x ' })).status).toBe(400);
  const begun = await admin.ask('PUT', at('/visit'), { reason: 'Order 1042 stands still' });
  expect(begun.status).toBe(200);
  const minutes = (begun.body.until - Date.now()) / 60_000;
  expect(minutes).toBeGreaterThan(28);
  expect(minutes).toBeLessThanOrEqual(30);
  expect((await edit(admin)).status).toBe(201);
  expect((await edit(admin, other)).status).toBe(403);
  const { body } = await admin.ask('GET', '/api/session');
  expect(body.tenants.find((each: { id: number }) => each.id === tenant).visit).toEqual({ until: begun.body.until });
  const owner = await web.person('customer-admin', [tenant]);
  expect((await told(owner)).slice(0, 2)).toEqual([
    ['visit.confirm', admin.email, 'Order 1042 stands still'],
    ['visit.look', admin.email, null],
  ]);
  // half an hour later
  await web.owner.query(
    `update user_session set sess = jsonb_set(sess::jsonb, '{confirmed}', jsonb_build_object('${tenant}', (extract(epoch from now()) * 1000 - 1)::int8))::json where sess ->> 'confirmed' is not null`,
  );
  expect((await edit(admin)).status).toBe(403);
});

test('it ends when the administrator says so, and nobody else has anything to confirm', async () => {
  const admin = await web.person('admin');
  await admin.ask('PUT', at('/visit'), { reason: 'A short look' });
  expect((await admin.ask('DELETE', at('/visit'))).status).toBe(204);
  expect((await edit(admin)).status).toBe(403);
  for (const role of ['customer', 'customer-admin', 'kam', 'partner', 'support', 'admin'] as const) {
    const member = await web.person(role, [tenant]);
    expect([role, (await member.ask('PUT', at('/visit'), { reason: 'I would like to' })).status]).toEqual([role, 403]);
  }
});

test('a tenant that is not there is not there for an administrator either, and gets no log', async () => {
  const admin = await web.person('admin');
  expect((await admin.ask('GET', at('/flows', 99_999))).status).toBe(404);
  expect((await admin.ask('PUT', at('/visit', 99_999), { reason: 'Nobody home' })).status).toBe(404);
  const { rows } = await web.owner.query('select from audit_line where tenant_id = 99999');
  expect(rows).toEqual([]);
});

test('following runs over the live line is a visit, too', async () => {
  const quiet = await web.tenant('Quiet');
  const admin = await web.person('admin');
  const socket = io(web.url, { transports: ['websocket'], extraHeaders: { cookie: admin.cookie } });
  try {
    expect(await socket.timeout(10_000).emitWithAck('watch', { what: 'runs', tenant: quiet })).toEqual({ ok: true });
    const missing = await socket.timeout(10_000).emitWithAck('watch', { what: 'runs', tenant: 99_999 });
    expect(missing.error.code).toBe('TENANT_MISSING');
  } finally {
    socket.close();
  }
  const { rows } = await web.owner.query('select action, actor from audit_line where tenant_id = $1', [quiet]);
  expect(rows).toEqual([{ action: 'visit.look', actor: admin.email }]);
});

test('a token of an administrator who is a guest there can only read, however it was made', async () => {
  const admin = await web.person('admin');
  await admin.ask('PUT', at('/visit'), { reason: 'Making a token' });
  const made = await admin.ask('POST', at('/tokens'), { name: 'Mine', scopes: ['flow.read', 'flow.edit'], days: 30 });
  expect(made.status).toBe(201);
  const headers = { authorization: `Bearer ${made.body.secret}` };
  const call = (method: string, body?: unknown) =>
    fetch(`${web.url}${at('/flows')}`, {
      method,
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  expect((await call('GET')).status).toBe(200);
  expect((await call('POST', { document: webhookFlow() })).status).toBe(403);
});

test('a guest’s own account is looked after like anybody’s', async () => {
  const guest = await web.person('partner', [tenant]);
  const changed = await guest.ask('PUT', '/api/account/password', { current: PASSWORD, password: 'another long one' });
  expect(changed.status).toBeLessThan(300);
});

test('a KAM sees the customers they are assigned, from the moment to the moment, and each log tells', async () => {
  const mine = await web.tenant('Assigned');
  const kam = await web.person('kam');
  expect((await kam.ask('GET', at('/flows', mine))).status).toBe(404);
  const env = { DATABASE_URL: web.database.url };
  const assigned = await runCommand(['user', 'assign', kam.email.toUpperCase(), '--tenant', String(mine)], env);
  expect(assigned).toMatchObject({ code: 0, out: [`${kam.email} (kam) belongs to customer ${mine}`] });
  expect((await kam.ask('GET', at('/flows', mine))).status).toBe(200);
  expect((await createMemberships(web.pools.app).list(mine)).map(({ email }) => email)).toEqual([kam.email]);
  expect((await runCommand(['user', 'unassign', kam.email, '--tenant', String(mine)], env)).code).toBe(0);
  expect((await kam.ask('GET', at('/flows', mine))).status).toBe(404);
  const unknown = await runCommand(['user', 'assign', 'nobody@example.com', '--tenant', String(mine)], env);
  expect([unknown.code, unknown.notes[0]]).toEqual([1, expect.stringMatching(/nobody has an account/)]);
  const { rows } = await web.owner.query('select action, actor from audit_line where tenant_id = $1 order by seq', [
    mine,
  ]);
  expect(rows).toEqual([
    { action: 'member.add', actor: expect.stringMatching(/^cli /) },
    { action: 'member.remove', actor: expect.stringMatching(/^cli /) },
  ]);
});
