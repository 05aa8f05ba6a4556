import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type AuditLine, AuditPage } from '#runtime/audit.ts';
import { actingAs } from '#server/adapters/acting.ts';
import { audit, createAuditLog, verifyAudit } from '#server/adapters/pg-audit.ts';
import { withTenant } from '#server/adapters/pg-pool.ts';
import { createPeople } from '#server/auth/people.ts';
import { type Client, clientOf } from '../support/client.ts';
import { runCommand } from '../support/command-line.ts';
import { until } from '../support/until.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
beforeAll(async () => {
  web = await startWeb();
});
afterAll(() => web.stop());

const linesOf = async (reader: Client, at: string): Promise<AuditLine[]> => {
  const answer = await reader.ask('GET', at);
  expect(answer.status).toBe(200);
  return AuditPage.parse(answer.body).lines;
};

test('whoever changes something stands in the log with the address, what it was and what it became', async () => {
  const tenant = await web.tenant('Northwind');
  const kam = await web.person('kam', [tenant]);
  const at = `/api/tenants/${tenant}`;
  const made = await kam.ask('POST', `${at}/flows`, { document: webhookFlow('Orders') });
  const flow = `${at}/flows/${made.body.id}`;
  for (const basedOn of [1, 2])
    await kam.ask('PUT', `${flow}/draft`, { basedOn, document: webhookFlow('Orders to the ERP') });
  await kam.ask('POST', `${flow}/publish`, { revision: 3, note: 'First' });
  await kam.ask('PUT', `${flow}/state`, { on: false });
  await kam.ask('PUT', `${flow}/state`, { on: false });
  await kam.ask('POST', `${flow}/rollback`, { version: 1 });
  const lines = await linesOf(kam, `${at}/audit`);
  expect(lines.map(({ action }) => action)).toEqual([
    'flow.rollback',
    'flow.off',
    'flow.publish',
    // the second save within minutes tells nothing new
    'flow.edit',
    'flow.create',
    'member.add',
  ]);
  expect(lines[2]).toMatchObject({
    actor: kam.email,
    role: 'kam',
    subject: made.body.id,
    title: 'Orders to the ERP',
    note: 'First',
  });
  expect(lines[2]?.ip).toMatch(/127\.0\.0\.1/);
  expect(JSON.parse(lines[2]?.before ?? '')).toEqual({ version: null, state: 'draft' });
  expect(JSON.parse(lines[2]?.after ?? '')).toEqual({ version: 1, state: 'live', revision: 3 });
});

test('what was refused or undone leaves no line', async () => {
  const tenant = await web.tenant('Undone');
  const kam = await web.person('kam', [tenant]);
  const { id } = await web.flows.create(tenant, webhookFlow());
  const before = (await linesOf(kam, `/api/tenants/${tenant}/audit`)).length;
  const answer = await kam.ask('POST', `/api/tenants/${tenant}/flows/${id}/publish`, { revision: 7 });
  expect(answer.status).toBe(409);
  const undone = withTenant(web.pools.app, tenant, async (client) => {
    await audit(client, { action: 'flow.delete', on: { id, title: 'Call' } });
    throw new Error('in the end not');
  });
  await expect(undone).rejects.toThrow('in the end not');
  expect(await linesOf(kam, `/api/tenants/${tenant}/audit`)).toHaveLength(before);
});

test('no secret reaches the log: only that one was given', async () => {
  const tenant = await web.tenant('Secretive');
  const admin = await web.person('admin', [tenant]);
  const at = `/api/tenants/${tenant}`;
  const made = await admin.ask('POST', `${at}/connections`, {
    connector: 'woocommerce',
    title: 'Shop',
    settings: { url: 'https://shop.example' },
    secrets: { consumerKey: 'ck_canary_1', consumerSecret: 'cs_canary_1' },
  });
  expect(made.status).toBe(201);
  const connection = `${at}/connections/${made.body.id}`;
  await admin.ask('PUT', `${connection}/secrets`, { secrets: { consumerSecret: 'cs_canary_2' }, unproven: true });
  await admin.ask('PUT', connection, {
    title: 'Shop two',
    settings: { url: 'https://other.example' },
    secrets: { consumerKey: 'ck_canary_3', consumerSecret: 'cs_canary_3' },
    unproven: true,
  });
  await admin.ask('PUT', `${connection}/allowance`, { grants: ['10.0.0.1:8080'] });
  await admin.ask('PUT', `${connection}/state`, { on: false });
  await admin.ask('DELETE', connection);
  const lines = await linesOf(admin, `${at}/audit`);
  expect(lines.map(({ action }) => action)).toEqual([
    'connection.delete',
    'connection.off',
    'connection.allow',
    'connection.change',
    'connection.secrets',
    'connection.create',
    'member.add',
  ]);
  expect(JSON.parse(lines[3]?.before ?? '')).toEqual({ title: 'Shop', url: 'https://shop.example' });
  expect(JSON.parse(lines[3]?.after ?? '')).toEqual({
    title: 'Shop two',
    url: 'https://other.example',
    given: 'new secrets',
  });
  expect(JSON.stringify(lines)).not.toMatch(/canary/);
});

test('signing in and out and new accounts stand in the house’s log, which administrators alone read', async () => {
  const tenant = await web.tenant('Housed');
  const person = await web.person('customer-admin', [tenant]);
  const admin = await web.person('admin');
  await person.ask('DELETE', '/api/session');
  const lines = await linesOf(admin, `/api/audit?text=${person.email}`);
  expect(lines.map(({ action, actor }) => [action, actor])).toEqual([
    ['session.out', person.email],
    ['session.in', person.email],
    ['user.create', 'Weft'],
  ]);
  for (const role of ['customer', 'customer-admin', 'kam', 'partner', 'support'] as const) {
    const other = await web.person(role, [tenant]);
    expect([role, (await other.ask('GET', '/api/audit')).status]).toEqual([role, 403]);
    expect([role, (await other.ask('GET', '/api/audit.csv')).status]).toEqual([role, 403]);
  }
});

test('the log is read by tenant, and narrowed by who, what, when and text, a page at a time', async () => {
  const tenant = await web.tenant('Busy');
  const log = createAuditLog(web.pools.app);
  const by = (name: string) => ({ id: null, name, role: 'kam', ip: '192.0.2.7', guest: null });
  for (let at = 0; at < 5; at++)
    await log.add(
      tenant,
      { action: at % 2 ? 'flow.on' : 'connection.test', on: { id: `id-${at}`, title: `No ${at}` } },
      by(at < 3 ? 'anna@example.com' : 'bo@example.com'),
    );
  const reader = await web.person('customer-admin', [tenant]);
  const titles = async (query: string) =>
    (await linesOf(reader, `/api/tenants/${tenant}/audit?${query}`)).map(({ title }) => title);
  expect(await titles('who=ANNA')).toEqual(['No 2', 'No 1', 'No 0']);
  expect(await titles('action=flow')).toEqual(['No 3', 'No 1']);
  expect(await titles('action=connection.test&who=bo')).toEqual(['No 4']);
  expect(await titles('text=id-3')).toEqual(['No 3']);
  expect(await titles(`until=${Date.now() - 3_600_000}`)).toEqual([]);
  expect(await titles(`since=${Date.now() - 3_600_000}&text=no`)).toHaveLength(5);
  const first = await reader.ask('GET', `/api/tenants/${tenant}/audit?limit=2`);
  expect(first.body.more).toBe(true);
  expect(await titles(`limit=3&before=${first.body.lines[1].seq}`)).toEqual(['No 3', 'No 2', 'No 1']);
  const stranger = await web.person('kam', [await web.tenant('Elsewhere')]);
  expect((await stranger.ask('GET', `/api/tenants/${tenant}/audit`)).status).toBe(404);
});

test('the export holds every line of the filter, and no spreadsheet computes any of it', async () => {
  const tenant = await web.tenant('Exported');
  await actingAs({ id: null, name: '=cmd()', role: null, ip: null, guest: null }, async () => {
    for (let at = 0; at < 230; at++) await web.flows.create(tenant, webhookFlow(`@sum, "${at}"`));
  });
  const reader = await web.person('kam', [tenant]);
  const answer = await reader.ask('GET', `/api/tenants/${tenant}/audit.csv?action=flow`);
  expect(answer.headers.get('content-type')).toMatch(/^text\/csv/);
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename="?audit.csv/);
  const rows = (answer.body as string).trimEnd().split('\r\n');
  expect(rows).toHaveLength(231);
  expect(rows[1]).toContain(`"'=cmd()"`);
  expect(rows[1]).toContain(`"'@sum, ""229"""`);
});

test('people who write at once make one chain, and none of the lines can be altered or taken away by the application', async () => {
  const tenant = await web.tenant('Chained');
  await Promise.all(Array.from({ length: 20 }, (_, at) => web.flows.create(tenant, webhookFlow(`Flow ${at}`))));
  const { rows } = await web.owner.query('select seq::int as seq from audit_line where tenant_id = $1 order by seq', [
    tenant,
  ]);
  expect(rows.map((row) => row.seq)).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
  const within = (sql: string) => withTenant(web.pools.app, tenant, (client) => client.query(sql));
  await expect(within("update audit_line set actor = 'x'")).rejects.toThrow(/permission denied/);
  await expect(within('delete from audit_line')).rejects.toThrow(/permission denied/);
  await expect(within('truncate audit_line')).rejects.toThrow(/permission denied/);
  await expect(web.pools.engine.query("update audit_line set actor = 'x'")).rejects.toThrow(/permission denied/);
  await expect(web.owner.query('delete from audit_line')).rejects.toThrow(/never altered/);
  // a line cannot be slipped in at another place, time or hash either
  await within(
    `insert into audit_line (tenant_id, seq, at, actor, action, kind, subject, title, previous, hash)
      values (${tenant}, 1, '2001-01-01', 'x', 'flow.on', 'flow', 'x', 'x', '', '')`,
  );
  const forged = await web.owner.query(
    "select seq::int as seq, at > now() - interval '1 minute' as fresh from audit_line where actor = 'x'",
  );
  expect(forged.rows).toEqual([{ seq: 21, fresh: true }]);
  expect((await verifyAudit(web.pools.engine)).broken).toEqual([]);
});

/** As somebody would who owns the database. */
async function tampering(sql: string): Promise<void> {
  await web.owner.query('alter table audit_line disable trigger user');
  await web.owner.query(sql);
  await web.owner.query('alter table audit_line enable trigger user');
}

test('verify names the first line that was altered, taken out or taken off the end', async () => {
  const tenant = await web.tenant('Tampered');
  for (let at = 0; at < 6; at++) await web.flows.create(tenant, webhookFlow(`Flow ${at}`));
  const env = { DATABASE_URL: web.database.url };
  const whole = await runCommand(['audit', 'verify'], env);
  expect([whole.code, whole.notes]).toEqual([0, []]);
  const folder = await mkdtemp(path.join(tmpdir(), 'weft-audit-'));
  try {
    const kept = path.join(folder, 'heads');
    await writeFile(kept, whole.out.join('\n'));
    await tampering(`delete from audit_line where tenant_id = ${tenant} and seq = 6`);
    expect((await runCommand(['audit', 'verify'], env)).code).toBe(0);
    const short = await runCommand(['audit', 'verify', '--against', kept], env);
    expect(short.code).toBe(1);
    expect(short.out[0]).toBe(`BROKEN  customer ${tenant}, line 6: it was there at the earlier pass and is missing`);
  } finally {
    await rm(folder, { recursive: true });
  }
  await tampering(`update audit_line set title = 'Flow X' where tenant_id = ${tenant} and seq = 4`);
  await tampering(`delete from audit_line where tenant_id = ${tenant} and seq = 5`);
  expect((await verifyAudit(web.pools.engine)).broken).toEqual([{ tenant, seq: 4, why: 'it has been altered' }]);
  await tampering(`delete from audit_line where tenant_id = ${tenant} and seq = 4`);
  const { broken } = await verifyAudit(web.pools.engine);
  expect(broken).toEqual([]);
  await web.flows.create(tenant, webhookFlow('Flow 7'));
  expect((await verifyAudit(web.pools.engine)).broken).toEqual([]);
});

test('sign-ins that fail stand in the house’s log, known or not, without what was typed, and no attack fills it', async () => {
  await web.owner.query('delete from sign_in_attempt');
  const admin = await web.person('admin');
  const known = await web.person('support');
  const nobody = clientOf(web.url, '', '');
  const tried = (email: string, password = 'a canary of a password') =>
    nobody.ask('POST', '/api/session', { email, password });
  const house = async (text: string) =>
    (await linesOf(admin, `/api/audit?text=${encodeURIComponent(text)}&limit=200`)).map(({ action, actor, after }) => [
      action,
      actor,
      after,
    ]);
  for (let turn = 0; turn < 8; turn++) await tried(known.email);
  await tried('stranger@example.com');
  // somebody types the password where the address goes
  await tried('my canary password');
  expect(await house(known.email)).toEqual([
    ['session.locked', known.email, '{"why":"too-many-tries","account":"known"}'],
    ['session.refused', known.email, '{"why":"password","account":"known"}'],
    ['session.in', known.email, null],
    ['user.create', 'Weft', expect.any(String)],
  ]);
  expect(await house('stranger@example.com')).toEqual([
    ['session.refused', 'stranger@example.com', '{"why":"password","account":"unknown"}'],
  ]);
  expect(await house('canary')).toEqual([]);

  // a thousand addresses of a thousand attackers: 240 lines an hour, and one that says so
  const people = createPeople({
    pools: web.pools,
    secondStepKey: createSecretKey(Buffer.alloc(32)),
    mailer: null,
    publicUrl: web.url,
    log: pino({ level: 'silent' }),
  });
  const crowd = Array.from({ length: 300 }, (_, at) => ({
    email: `crowd-${at}@example.com`,
    ip: `203.0.${at % 100}.${at}`,
  }));
  await Promise.all(crowd.map((one) => people.refusals.tell({ ...one, why: 'password' })));
  await people.stop();
  const { rows } = await web.owner.query<{ action: string; n: number }>(
    `select action, count(*)::int as n from audit_line where tenant_id = 0 and action in ('session.refused', 'session.locked', 'session.flood') group by 1`,
  );
  const counts = Object.fromEntries(rows.map(({ action, n }) => [action, n]));
  expect(counts['session.flood']).toBe(1);
  expect((counts['session.refused'] ?? 0) + (counts['session.locked'] ?? 0)).toBe(240);
  const { broken } = await verifyAudit(web.pools.engine);
  expect(broken.filter((link) => link.tenant === 0)).toEqual([]);
});

test('who asks for a way to a new password stands in the log, and an address nobody has does not', async () => {
  await web.owner.query('delete from sign_in_attempt');
  const admin = await web.person('admin');
  const person = await web.person('support');
  const nobody = clientOf(web.url, '', '');
  for (const email of [person.email, 'nobody-has-this@example.com'])
    expect((await nobody.ask('POST', '/api/password/forgotten', { email, language: 'en' })).status).toBe(202);
  const asked = () => linesOf(admin, `/api/audit?text=${person.email}&action=user.reset-asked`);
  await until(async () => (await asked()).length > 0);
  const lines = await asked();
  expect(lines.map(({ actor, title, ip }) => [actor, title, ip])).toEqual([[person.email, person.email, '127.0.0.1']]);
  expect(await linesOf(admin, '/api/audit?text=nobody-has-this')).toEqual([]);
});
