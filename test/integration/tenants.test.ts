import { afterAll, beforeAll, expect, test } from 'vitest';
import { AuditPage } from '#runtime/audit.ts';
import { TenantEntry, TenantList } from '#runtime/tenant.ts';
import { type Client, clientOf } from '../support/client.ts';
import { mailTo, tokenOf } from '../support/links.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let admin: Client;
beforeAll(async () => {
  web = await startWeb();
  admin = await web.person('admin');
});
afterAll(() => web.stop());

const wish = { name: 'Nordljus AB', orgNumber: '5560000001', package: '200' };

test('an administrator makes a customer, who is then in the list with what was told and with Sweden’s time', async () => {
  const made = await admin.ask('POST', '/api/tenants', wish);
  expect(made.status).toBe(201);
  const entry = TenantEntry.parse(made.body);
  expect(entry).toMatchObject({ ...wish, orgNumber: '556000-0001', timeZone: 'Europe/Stockholm', language: 'sv' });
  const { tenants } = TenantList.parse((await admin.ask('GET', '/api/tenants')).body);
  expect(tenants.find(({ id }) => id === entry.id)).toEqual(entry);
  const log = AuditPage.parse((await admin.ask('GET', `/api/tenants/${entry.id}/audit?action=tenant`)).body).lines;
  expect(log.map(({ action, actor }) => [action, actor])).toEqual([['tenant.create', admin.email]]);
  const { body } = await admin.ask('GET', '/api/session');
  expect(body.tenants.map(({ id }: { id: number }) => id)).toContain(entry.id);
});

test('a number that is no organisation’s, a time zone that is nowhere and a package that is not sold are refused by name', async () => {
  const wrong: [object, string][] = [
    [{ orgNumber: '556000-0002' }, 'orgNumber'],
    [{ orgNumber: '12345' }, 'orgNumber'],
    [{ timeZone: 'Mars/Olympus' }, 'timeZone'],
    [{ package: '300' }, 'package'],
    [{ name: ' ' }, 'name'],
    [{ language: 'de' }, 'language'],
  ];
  for (const [change, field] of wrong) {
    const answer = await admin.ask('POST', '/api/tenants', { ...wish, ...change });
    expect([answer.status, answer.body.error.field]).toEqual([400, field]);
  }
});

test('a package is changed with a note, which stands in the customer’s log beside what it was', async () => {
  const tenant = await web.tenant('Growing', '100');
  const at = `/api/tenants/${tenant}/package`;
  expect((await admin.ask('PUT', at, { package: '400', note: ' ' })).status).toBe(400);
  const changed = await admin.ask('PUT', at, { package: '400', note: 'Agreed by phone on 3 December' });
  expect(changed.body.package).toBe('400');
  expect((await admin.ask('PUT', at, { package: '400', note: 'again' })).status).toBe(409);
  expect((await admin.ask('PUT', '/api/tenants/99999/package', { package: '400', note: 'x' })).status).toBe(404);
  const owner = await web.person('customer-admin', [tenant]);
  const { lines } = AuditPage.parse((await owner.ask('GET', `/api/tenants/${tenant}/audit?action=tenant`)).body);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatchObject({
    action: 'tenant.package',
    before: '{"package":"100"}',
    after: '{"package":"400"}',
    note: 'Agreed by phone on 3 December',
  });
});

test('an administrator assigns KAMs and support to a customer and takes them away, and nobody else that way', async () => {
  const tenant = await web.tenant('Looked after');
  const kam = await web.person('kam');
  const at = `/api/tenants/${tenant}/staff`;
  const assigned = await admin.ask('POST', at, { email: kam.email });
  expect([assigned.status, assigned.body.email]).toEqual([201, kam.email]);
  expect((await kam.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(200);
  const { tenants } = TenantList.parse((await admin.ask('GET', '/api/tenants')).body);
  expect(tenants.find(({ id }) => id === tenant)?.staff.map(({ email }) => email)).toEqual([kam.email]);
  // an administrator would step round the question of why
  const second = await web.person('admin');
  const customer = await web.person('customer', [tenant]);
  for (const { email } of [second, admin, customer])
    expect((await admin.ask('POST', at, { email })).body.error.code).toBe('NOT_STAFF');
  const owner = (await customer.ask('GET', '/api/session')).body.user.id;
  expect((await admin.ask('DELETE', `${at}/${owner}`)).status).toBe(404);
  expect((await admin.ask('POST', at, { email: 'nobody@example.com' })).body.error.code).toBe('USER_MISSING');
  expect((await admin.ask('DELETE', `${at}/${assigned.body.id}`)).status).toBe(204);
  expect((await kam.ask('GET', `/api/tenants/${tenant}/flows`)).status).toBe(404);
});

test('an administrator makes accounts for Weft’s own, who choose their password by a mailed link that lasts a week', async () => {
  const wish = { email: 'ny.admin@weft.example', name: 'Ny Admin', role: 'admin', language: 'sv' };
  const made = await admin.ask('POST', '/api/staff', wish);
  expect([made.status, made.body]).toEqual([201, { mailFailure: null, link: null }]);
  const mail = await mailTo(web, wish.email);
  expect(mail.subject).toBe('Ditt konto i Weft');
  const token = tokenOf(mail);
  await web.owner.query("update password_reset set expires_at = expires_at - interval '6 days'");
  const nobody = clientOf(web.url, '', '');
  const signIn = (password: string) => nobody.ask('POST', '/api/session', { email: wish.email, password });
  expect((await signIn('')).status).toBe(400);
  expect((await nobody.ask('POST', '/api/password', { token, password: 'chosen by the new one' })).status).toBe(204);
  const session = await signIn('chosen by the new one');
  expect([session.status, session.body.user.role]).toEqual([200, 'admin']);
  const twice = await admin.ask('POST', '/api/staff', wish);
  expect([twice.status, twice.body.error.code]).toEqual([409, 'ACCOUNT_KNOWN']);
  // customers and guests are let in by who looks after them
  for (const role of ['customer', 'customer-admin', 'partner'])
    expect((await admin.ask('POST', '/api/staff', { ...wish, email: 'x@weft.example', role })).status).toBe(400);
  for (const role of ['customer-admin', 'kam', 'support'] as const) {
    const other = await web.person(role);
    expect([role, (await other.ask('POST', '/api/staff', { ...wish, email: 'y@weft.example' })).status]).toEqual([
      role,
      403,
    ]);
  }
  const { lines } = AuditPage.parse((await admin.ask('GET', `/api/audit?text=${wish.email}&action=user.create`)).body);
  expect(lines.map(({ actor, after }) => [actor, after])).toEqual([[admin.email, '{"role":"admin","tenants":[]}']]);
});
