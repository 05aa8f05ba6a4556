import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ConnectionSummary, HookSummary, RunList } from '#runtime/protocol.ts';
import { forgeriesFor } from '../hostile/forgeries.ts';
import type { Client } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PracticeClient, practiceOf } from '../support/practice-client.ts';
import { OWN_SIGNATURE, signature, signedCall } from '../support/signed-call.ts';
import { until } from '../support/until.ts';
import { webhookFlow } from '../support/web.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

const data = makeDataDir();
let database: TestDatabase;
let weft: WeftProcess;
let practice: PracticeClient;
let owner: pg.Pool;
let admin: Client;
let tenant: number;
beforeAll(async () => {
  database = await createTestDatabase();
  weft = await startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url, LOG_LEVEL: 'debug' } });
  practice = practiceOf(weft);
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  owner.on('connect', (client) => client.on('error', () => undefined));
  admin = await weft.admin();
  tenant = (await admin.ask('GET', '/api/session')).body.tenants[0].id;
}, 120_000);
afterAll(async () => {
  await weft?.stop();
  await owner?.end();
  await database.drop();
  await data.remove();
});

const at = (path: string) => `/api/tenants/${tenant}${path}`;

interface OwnHook {
  readonly flow: string;
  readonly hook: HookSummary;
  /** Path of its secret. */
  readonly path: string;
}

async function ownHook(name: string): Promise<OwnHook> {
  const { id, revision } = (await admin.ask('POST', at('/flows'), { document: webhookFlow(name) })).body;
  await admin.ask('POST', at(`/flows/${id}/publish`), { revision });
  const hook = (await hooksOf(id))[0] as HookSummary;
  return { flow: id, hook, path: at(`/flows/${id}/hooks/${hook.trigger}/secret`) };
}

const hooksOf = async (flow: string): Promise<HookSummary[]> =>
  (await admin.ask('GET', at(`/flows/${flow}/hooks`))).body.hooks;

let calls = 0;
const statusOf = async (url: string, secret: string): Promise<number> =>
  (await signedCall(url, secret, { call: ++calls })).status;

test('a secret is taken from the moment it is told, and a flow from the moment it is on, also while the process hears of no change', async () => {
  const { flow, hook, path } = await ownHook('Heard of late');
  expect(await statusOf(hook.url, 'a guess')).toBe(401);
  // what is remembered stays as it was until the process listens again
  const deafen = async (): Promise<void> => {
    const cut = `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name = 'weft listen'`;
    expect((await owner.query(cut)).rowCount).toBeGreaterThan(0);
  };
  await deafen();
  const { secret } = (await admin.ask('POST', path, {})).body;
  expect(await statusOf(hook.url, secret)).toBe(202);
  await admin.ask('PUT', at(`/flows/${flow}/state`), { on: false });
  await until(async () => (await statusOf(hook.url, secret)) === 410);
  await deafen();
  await admin.ask('PUT', at(`/flows/${flow}/state`), { on: true });
  expect(await statusOf(hook.url, secret)).toBe(202);
});

test('nobody is let in at an address whose secret nobody has asked for, nor with a guess at it', async () => {
  const { flow, hook, path } = await ownHook('No secret yet');
  expect(hook).toMatchObject({ signature: 'hmac-sha256', hasSecret: false, earlierUntil: null });
  const body = Buffer.from('{"id":1}');
  for (const secret of ['', 'undefined', 'null', 'x'.repeat(43)]) expect(await statusOf(hook.url, secret)).toBe(401);
  const made = await admin.ask('POST', path, {});
  expect(made.body.hook).toMatchObject({ hasSecret: true, earlierUntil: null });
  const { secret } = made.body;
  expect(secret).toMatch(/^[\w-]{43}$/);
  expect(await statusOf(hook.url, secret)).toBe(202);
  const forgeries = forgeriesFor({
    ...OWN_SIGNATURE,
    body,
    signature: signature(secret, body),
    headers: { 'content-type': 'application/json' },
  });
  for (const forgery of forgeries.slice(0, 22)) {
    const headers = { ...forgery.headers };
    const answer = await fetch(hook.url, { method: 'POST', headers, body: new Uint8Array(forgery.body) });
    expect([forgery.name, answer.status]).toEqual([forgery.name, 401]);
  }
  // told once: no answer and no row says it again
  expect(JSON.stringify(await hooksOf(flow))).not.toContain(secret);
  const { rows } = await owner.query('select h::text as row from hook h union all select a::text from audit_line a');
  expect(JSON.stringify(rows)).not.toContain(secret);
});

test('while a secret is rotated both are taken, and the one before no longer than was said', async () => {
  const { flow, hook, path } = await ownHook('Rotation');
  const first = (await admin.ask('POST', path, {})).body.secret;
  const rotated = await admin.ask('POST', path, { keepHours: 1 });
  const second = rotated.body.secret;
  const left = rotated.body.hook.earlierUntil - Date.now();
  expect(left).toBeGreaterThan(3_500_000);
  expect(left).toBeLessThan(3_700_000);
  expect(await until(async () => (await statusOf(hook.url, second)) === 202)).toBe(true);
  expect(await statusOf(hook.url, first)).toBe(202);
  expect(await statusOf(hook.url, `${first}x`)).toBe(401);

  // the hour is over
  await owner.query("update hook set earlier_until = now() - interval '1 second' where flow_id = $1", [flow]);
  await owner.query("select pg_notify('weft_flow', $1)", [flow]);
  await until(async () => (await statusOf(hook.url, first)) === 401);
  expect(await statusOf(hook.url, second)).toBe(202);
  expect((await hooksOf(flow))[0]).toMatchObject({ earlierUntil: null });

  const third = (await admin.ask('POST', path, { keepHours: 720 })).body.secret;
  await until(async () => (await statusOf(hook.url, third)) === 202);
  expect([await statusOf(hook.url, second), await statusOf(hook.url, first)]).toEqual([202, 401]);
  expect((await admin.ask('DELETE', `${path}/earlier`)).body).toMatchObject({ earlierUntil: null });
  await until(async () => (await statusOf(hook.url, second)) === 401);
  expect(await statusOf(hook.url, third)).toBe(202);

  // a secret the other system has given, and nothing kept of the one before
  const given = 'given-by-the-other-system';
  expect((await admin.ask('POST', path, { secret: given, keepHours: 0 })).body.hook.earlierUntil).toBeNull();
  await until(async () => (await statusOf(hook.url, third)) === 401);
  expect(await statusOf(hook.url, given)).toBe(202);
  for (const secret of ['short', 'with spaces in the middle', 'x'.repeat(201)])
    expect((await admin.ask('POST', path, { secret })).status).toBe(400);

  const { lines } = (await admin.ask('GET', at(`/audit?text=${flow}`))).body;
  expect(
    lines.map((line: { action: string }) => line.action).filter((action: string) => /secret/.test(action)),
  ).toEqual([
    'flow.webhook-secret',
    'flow.webhook-secret-end',
    'flow.webhook-secret',
    'flow.webhook-secret',
    'flow.webhook-secret',
  ]);
  for (const secret of [first, second, third, given]) expect(JSON.stringify(lines)).not.toContain(secret);
});

test('both secrets of a rotation are kept out of what a run writes down', async () => {
  const { hook, path } = await ownHook('Echo');
  const first = (await admin.ask('POST', path, {})).body.secret;
  const second = (await admin.ask('POST', path, {})).body.secret;
  await until(async () => (await statusOf(hook.url, second)) === 202);
  const answer = await signedCall(hook.url, first, { echo: `${first} and ${second}` });
  const { run } = (await answer.json()) as { run: string };
  const told = await until(async () => {
    const { body } = await admin.ask('GET', at(`/runs/${run}`));
    return body.run.status === 'succeeded' && JSON.stringify(body);
  });
  expect(told).not.toContain(first);
  expect(told).not.toContain(second);
  expect(weft.lines.join('\n')).not.toContain(first);
});

const shopOf = async (): Promise<ConnectionSummary> => {
  const { connections } = (await admin.ask('GET', at('/connections'))).body;
  return connections.find((each: ConnectionSummary) => each.connector === 'woocommerce');
};

test('a shop whose webhooks Weft sets up gets the new secret from Weft, and what it still signs with the old is taken', async () => {
  await until(async () => (await shopOf()).webhook?.hasSecret === true);
  const shop = await shopOf();
  expect(shop.webhook).toEqual({ hasSecret: true, placed: true, earlierUntil: null });
  const path = at(`/connections/${shop.id}/webhook-secret`);
  const looked = async () =>
    (
      await owner.query(
        'select polled_at from trigger_clock where flow_id in (select flow_id from hook where connection_id = $1)',
        [shop.id],
      )
    ).rows[0]?.polled_at as Date | null;
  const before = await until(looked);
  const kept = await admin.ask('POST', path, { keepHours: 24 });
  // Weft puts it in place by itself, so nobody need see it
  expect(kept.body).toMatchObject({ secret: null, connection: { webhook: { hasSecret: true, placed: true } } });
  expect(kept.body.connection.webhook.earlierUntil).toBeGreaterThan(Date.now());
  await until(async () => ((await looked())?.getTime() ?? 0) > before.getTime());
  const ended = await admin.ask('DELETE', `${path}/earlier`);
  expect(ended.body.webhook).toEqual({ hasSecret: true, placed: true, earlierUntil: null });

  // nothing but the new one is taken now: an order that comes by webhook was signed with it
  const [order = ''] = await practice.place(1);
  const run = await until(async () => {
    const { runs } = (await admin.ask('GET', at(`/runs?record=${order}`))).body as RunList;
    return runs.find((each) => each.via === 'webhook');
  });
  expect(run.record).toBe(order);
  const { lines } = (await admin.ask('GET', at('/audit?action=connection'))).body;
  const actions = lines.map((line: { action: string }) => line.action);
  expect(actions).toContain('connection.webhook-secret');
  expect(actions).toContain('connection.webhook-secret-end');
});

test('a system that signs no webhooks has no secret to rotate', async () => {
  const { connections } = (await admin.ask('GET', at('/connections'))).body;
  const erp = connections.find((each: ConnectionSummary) => each.connector === 'fortnox');
  expect(erp.webhook).toBeNull();
  const refused = await admin.ask('POST', at(`/connections/${erp.id}/webhook-secret`), {});
  expect([refused.status, refused.body.error.code]).toEqual([422, 'UNSUPPORTED']);
});
