import { createHash } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInConnectors } from '#nodes/index.ts';
import {
  CatalogAnswer,
  ConnectionList,
  ConnectionSummary,
  ErrorAnswer,
  EventAnswer,
  FindingList,
  FlowAnswer,
  FlowList,
  FlowSummary,
  HookList,
  RunList,
  TemplateList,
  VersionList,
} from '#runtime/protocol.ts';
import { type Client, clientOf } from '../support/client.ts';
import { type Engine, openEngine, started } from '../support/run-rows.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let engine: Engine;
let tenant: number;
let kam: Client;
let admin: Client;
const nobody = () => clientOf(web.url, '', '');
const at = (path: string, of = tenant) => `/api/tenants/${of}${path}`;

beforeAll(async () => {
  web = await startWeb();
  engine = openEngine(web.database.url, web.watches.committed);
  tenant = await web.tenant('Northwind');
  kam = await web.person('kam', [tenant]);
  admin = await web.person('admin', [tenant]);
});
afterAll(async () => {
  await engine.end();
  await web.stop();
});

async function newFlow(document = webhookFlow()): Promise<FlowSummary> {
  const answer = await kam.ask('POST', at('/flows'), { document });
  expect(answer.status).toBe(201);
  return FlowSummary.parse(answer.body);
}
const publish = (flow: string, revision: number, by = kam) =>
  by.ask('POST', at(`/flows/${flow}/publish`), { revision, note: 'first', on: true });

async function woo(title = 'Shop', url = 'https://shop.example'): Promise<string> {
  const made = await kam.ask('POST', at('/connections'), {
    connector: 'woocommerce',
    title,
    settings: { url },
    secrets: { consumerKey: 'ck_0123456789', consumerSecret: 'cs_0123456789' },
  });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  return ConnectionSummary.parse(made.body).id;
}

function changeFlow(connection: string) {
  const flow = webhookFlow('Orders');
  const [, note] = flow.nodes;
  return {
    ...flow,
    nodes: [
      { ...note, id: 'order', type: 'orders.changed', config: {}, connection },
      { ...note, id: 'every', type: 'core.schedule', config: { cron: '0 6 * * *' } },
      note,
    ],
    wires: [{ from: 'order.order', to: 'note.value' }],
  };
}

test('a flow is drawn, saved, published, switched off and on, and read back as it was saved', async () => {
  const flow = await newFlow();
  const document = { ...webhookFlow('Renamed'), summary: 'says hello' };
  const saved = await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: 1, document });
  expect(FlowSummary.parse(saved.body)).toMatchObject({
    name: 'Renamed',
    revision: 2,
    state: 'draft',
    liveVersion: null,
  });
  const live = await publish(flow.id, 2);
  expect(FlowSummary.parse(live.body)).toMatchObject({ state: 'live', liveVersion: 1 });
  const read = FlowAnswer.parse((await kam.ask('GET', at(`/flows/${flow.id}`))).body);
  expect(read.draft).toEqual(read.live);
  expect(read.draft.summary).toBe('says hello');
  expect(read.problems.filter((problem) => problem.severity === 'error')).toEqual([]);
  const off = await kam.ask('PUT', at(`/flows/${flow.id}/state`), { on: false });
  expect(off.body.state).toBe('off');
  expect((await kam.ask('PUT', at(`/flows/${flow.id}/state`), { on: true })).body.state).toBe('live');
  const list = FlowList.parse((await kam.ask('GET', at('/flows'))).body);
  expect(list.flows.map((each) => each.id)).toContain(flow.id);
});

test('a stale draft and a stale publish are refused, and change nothing', async () => {
  const flow = await newFlow();
  const save = (name: string) =>
    kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: 1, document: webhookFlow(name) });
  const answers = await Promise.all([save('One'), save('Two'), save('Three')]);
  expect(answers.map((answer) => answer.status).sort()).toEqual([200, 409, 409]);
  const refused = answers.find((answer) => answer.status === 409);
  expect(refused?.body.error).toMatchObject({ code: 'STALE', field: 'basedOn' });
  const stale = await publish(flow.id, 1);
  expect([stale.status, stale.body.error.field]).toEqual([409, 'revision']);
  expect((await kam.ask('GET', at(`/flows/${flow.id}`))).body.flow).toMatchObject({ revision: 2, liveVersion: null });
});

test('a flow with an error cannot be published, and the answer points at what to mend', async () => {
  const document = webhookFlow();
  const flow = await newFlow({ ...document, nodes: document.nodes.map((node) => ({ ...node, config: {} })) });
  const answer = await publish(flow.id, 1);
  expect([answer.status, answer.body.error.code, answer.body.error.field]).toEqual([
    422,
    'CONFIG_INVALID',
    'note.message',
  ]);
  const { rows } = await web.owner.query('select from flow_version where flow_id = $1', [flow.id]);
  expect(rows).toEqual([]);
});

test('publishing opens an address whose token is stored by its hash alone, keeps it, and closes it with its trigger', async () => {
  const flow = await newFlow();
  await publish(flow.id, 1);
  const [hook] = HookList.parse((await kam.ask('GET', at(`/flows/${flow.id}/hooks`))).body).hooks;
  const token = hook?.url.split('/').at(-1) ?? '';
  expect(Buffer.from(token, 'base64url')).toHaveLength(16);
  expect(hook).toMatchObject({ trigger: 'call', signature: 'hmac-sha256' });
  expect(hook).toMatchObject({ hasSecret: false, earlierUntil: null });
  const { rows } = await web.owner.query('select * from hook where flow_id = $1', [flow.id]);
  expect(rows[0].token_hash).toEqual(createHash('sha256').update(token).digest());
  expect(JSON.stringify(rows[0])).not.toContain(token);
  await publish(flow.id, 1);
  const [kept] = (await kam.ask('GET', at(`/flows/${flow.id}/hooks`))).body.hooks;
  expect(kept.url).toBe(hook?.url);
  const manual = webhookFlow();
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), {
    basedOn: 1,
    document: {
      ...manual,
      nodes: manual.nodes.map((node) => (node.id === 'call' ? { ...node, type: 'core.manual' } : node)),
    },
  });
  expect((await publish(flow.id, 2)).status).toBe(200);
  expect((await kam.ask('GET', at(`/flows/${flow.id}/hooks`))).body.hooks).toEqual([]);
});

test('an address that takes unsigned calls is opened by an administrator alone', async () => {
  const document = webhookFlow();
  const unsigned = {
    ...document,
    nodes: document.nodes.map((node) => (node.id === 'call' ? { ...node, config: { signature: 'none' } } : node)),
  };
  const flow = await newFlow(unsigned);
  const refused = await publish(flow.id, 1);
  expect([refused.status, refused.body.error]).toEqual([
    403,
    expect.objectContaining({ code: 'GRANT_NEEDED', field: 'call.config.signature' }),
  ]);
  expect((await publish(flow.id, 1, admin)).status).toBe(200);
  expect((await publish(flow.id, 1)).status).toBe(200);
  const told = (await admin.ask('GET', at('/audit?action=flow.publish&limit=1'))).body.lines[0];
  expect(JSON.parse(told.after)).toMatchObject({ 'takes unsigned calls': ['call'] });
});

test('an administrator’s grant lets the customer’s KAM open unsigned addresses, check shows it, and they close with it', async () => {
  const document = webhookFlow();
  const unsigned = {
    ...document,
    nodes: document.nodes.map((node) => (node.id === 'call' ? { ...node, config: { signature: 'none' } } : node)),
  };
  const flow = await newFlow(unsigned);
  const warning = async () =>
    FlowAnswer.parse((await kam.ask('GET', at(`/flows/${flow.id}`))).body).problems.find(
      ({ code }) => code === 'UNSIGNED_CALLS',
    );
  expect(await warning()).toMatchObject({ severity: 'warning', step: 'call', field: 'signature' });
  expect((await warning())?.message.en).toContain('Only an administrator may publish this');
  const grant = (allowed: boolean, by = admin) =>
    by.ask('PUT', `/api/tenants/${tenant}/unsigned-webhooks`, { allowed, note: 'a till that cannot sign' });
  expect((await grant(true, kam)).status).toBe(403);
  expect((await grant(true)).body.unsignedWebhooks).toBe(true);
  expect((await warning())?.message.en).toContain('an administrator has allowed');
  expect((await publish(flow.id, 1)).status).toBe(200);
  const hook = async () => HookList.parse((await kam.ask('GET', at(`/flows/${flow.id}/hooks`))).body).hooks[0];
  expect(await hook()).toMatchObject({ signature: 'none', hasSecret: null });
  const heard: string[] = [];
  const off = web.notifications.on('weft_flow', (id) => heard.push(id));
  expect((await grant(false)).body.unsignedWebhooks).toBe(false);
  // whoever keeps the address in memory forgets it; from now on it wants a signature, and has no secret yet
  await expect.poll(() => heard).toContain(flow.id);
  off();
  expect(await hook()).toMatchObject({ signature: 'hmac-sha256', hasSecret: false });
  expect((await publish(flow.id, 1)).body.error).toMatchObject({ code: 'GRANT_NEEDED' });
  const { lines } = (await kam.ask('GET', at('/audit?action=tenant.unsigned-webhooks'))).body;
  expect(lines.map(({ note, after }: { note: string; after: string }) => [note, JSON.parse(after).allowed])).toEqual([
    ['a till that cannot sign', false],
    ['a till that cannot sign', true],
  ]);
});

test('a trigger that looks for changes gets a vendor’s address and a clock, whose place is kept until the source changes', async () => {
  const [shop, other] = [await woo(), await woo('Other', 'https://other.example')];
  const flow = await newFlow(changeFlow(shop) as never);
  const heard: string[] = [];
  const off = web.notifications.on('weft_flow', (id) => heard.push(id));
  expect((await publish(flow.id, 1)).body).toMatchObject({ state: 'live' });
  const clocks = async () =>
    (
      await web.owner.query(
        'select trigger, watermark, due_at <= now() as due from trigger_clock where flow_id = $1 order by trigger',
        [flow.id],
      )
    ).rows;
  expect(await clocks()).toEqual([
    { trigger: 'every', watermark: null, due: true },
    { trigger: 'order', watermark: null, due: true },
  ]);
  const hooks = async () =>
    (await web.owner.query('select signature, connection_id, token_hash from hook where flow_id = $1', [flow.id])).rows;
  const [first] = await hooks();
  expect(first).toMatchObject({ signature: 'vendor', connection_id: shop });
  await web.owner.query("update trigger_clock set watermark = '123', due_at = 'infinity' where flow_id = $1", [
    flow.id,
  ]);
  await publish(flow.id, 1);
  expect(await clocks()).toEqual([
    { trigger: 'every', watermark: null, due: true },
    { trigger: 'order', watermark: '123', due: true },
  ]);
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: 1, document: changeFlow(other) });
  await publish(flow.id, 2);
  expect((await clocks())[1]).toMatchObject({ trigger: 'order', watermark: null });
  const [moved] = await hooks();
  expect(moved.connection_id).toBe(other);
  expect(moved.token_hash).not.toEqual(first.token_hash);
  await expect.poll(() => heard.filter((id) => id === flow.id).length).toBe(3);
  off();
});

test('an older version can be made live again, as a new version, and the draft stays', async () => {
  const flow = await newFlow(webhookFlow('First'));
  await publish(flow.id, 1);
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: 1, document: webhookFlow('Second') });
  await publish(flow.id, 2);
  const back = await kam.ask('POST', at(`/flows/${flow.id}/rollback`), { version: 1, note: 'the second was wrong' });
  expect([back.status, back.body.liveVersion]).toEqual([200, 3]);
  const { live, draft } = FlowAnswer.parse((await kam.ask('GET', at(`/flows/${flow.id}`))).body);
  expect([live?.name, draft.name]).toEqual(['First', 'Second']);
  const { versions } = VersionList.parse((await kam.ask('GET', at(`/flows/${flow.id}/versions`))).body);
  expect(versions.map(({ version, note, author }) => [version, note, author])).toEqual([
    [3, 'the second was wrong', kam.email],
    [2, 'first', kam.email],
    [1, 'first', kam.email],
  ]);
  expect((await kam.ask('POST', at(`/flows/${flow.id}/rollback`), { version: 9 })).status).toBe(404);
});

test('a template becomes a flow with its answers, and a missing or wrong answer is named', async () => {
  const { templates } = TemplateList.parse((await kam.ask('GET', at('/templates'))).body);
  expect(templates.every((template) => template.allowed)).toBe(true);
  const make = (answers: object) =>
    kam.ask('POST', at('/templates/orders-to-erp-plain'), { name: 'Our orders', answers });
  const missing = await make({});
  expect([missing.status, missing.body.error.field]).toEqual([422, 'params.shop']);
  const wrong = await make({ shop: 'a', erp: 'b', mode: 'sometimes' });
  expect(wrong.body.error.field).toBe('params.mode');
  const shop = await woo();
  const made = await make({ shop, erp: shop });
  expect(FlowSummary.parse(made.body).name).toBe('Our orders');
  expect(made.status).toBe(201);
  const small = await web.tenant('Small', '100');
  const theirs = await web.person('kam', [small]);
  const refused = await theirs.ask('POST', at('/templates/orders-to-erp', small), { answers: {} });
  expect([refused.status, refused.body.error.code]).toEqual([403, 'PACKAGE_NEEDED']);
});

test('the catalog tells every node, connector and error', async () => {
  const { body } = await kam.ask('GET', '/api/catalog');
  const catalog = CatalogAnswer.parse(body);
  expect(catalog.nodes.map((node) => node.type)).toContain('core.webhook');
  expect(catalog.connectors.map((connector) => connector.id)).toEqual(builtInConnectors.map((each) => each.id));
  expect(catalog.connectors.find((each) => each.id === 'woocommerce')?.changes[0]).toEqual({
    entity: 'order',
    webhook: true,
    poll: { everyMs: 60_000, overlapMs: 300_000, brings: 'changed' },
  });
});

test('a connection’s secrets go in and never come out', async () => {
  const id = await woo('Secret shop');
  const list = await kam.ask('GET', at('/connections'));
  expect(ConnectionList.parse(list.body).connections.map((each) => each.id)).toContain(id);
  expect(JSON.stringify(list.body)).not.toContain('cs_0123456789');
  const granted = await kam.ask('POST', at('/connections'), {
    connector: 'woocommerce',
    title: 'x',
    settings: { url: 'https://x.example' },
    grants: ['127.0.0.1:80'],
  });
  expect([granted.status, granted.body.error.field]).toEqual([403, 'grants']);
});

test('runs are listed and read over HTTP as the protocol says', async () => {
  const flow = await newFlow();
  await publish(flow.id, 1);
  const { id, journal } = await engine.begin({ tenant, flow: flow.id, record: '77' });
  await journal.release({ state: 'succeeded' }, { events: [started(0)], links: [] });
  const list = RunList.parse((await kam.ask('GET', at(`/runs?flow=${flow.id}&status=succeeded&limit=10`))).body);
  expect(list.runs.map((run) => run.id)).toEqual([id]);
  const { event } = EventAnswer.parse((await kam.ask('GET', at(`/runs/${id}/events/0`))).body);
  expect(event.type).toBe('run.started');
  expect((await kam.ask('GET', at(`/runs/${id}/events/9`))).status).toBe(404);
  expect((await kam.ask('POST', at('/replay'), { runs: [id] })).body).toEqual({ replayed: 1, skipped: 0 });
});

/** A finding of the flow that needs a person. */
async function found(flow: string): Promise<string> {
  const { rows } = await web.owner.query<{ id: string }>(
    `insert into finding (tenant_id, flow_id, kind, fingerprint, entity, record, source_connection, target_connection, documents, detail, state)
      values ($1, $2, 'double-document', 'x', 'order', '1042', 'shop', 'erp', '{7,8}', '7, 8 carry the same reference', 'open') returning id`,
    [tenant, flow],
  );
  return rows[0]?.id ?? '';
}

test('findings are listed, a person lets one be once, and a pass is begun for flows that read changes', async () => {
  const flow = await newFlow(changeFlow(await woo()) as never);
  await publish(flow.id, 1);
  const finding = await found(flow.id);
  const list = async () => FindingList.parse((await kam.ask('GET', at(`/findings?flow=${flow.id}`))).body);
  expect(await list()).toMatchObject({
    findings: [{ id: finding, kind: 'double-document', state: 'open', documents: ['7', '8'], flowName: 'Orders' }],
    passes: [{ flow: flow.id, trigger: 'order', running: false, endedAt: null }],
  });
  const { open } = await list();
  expect((await kam.ask('PUT', at(`/findings/${finding}`), { state: 'dismissed' })).status).toBe(204);
  expect((await kam.ask('PUT', at(`/findings/${finding}`), { state: 'dismissed' })).status).toBe(404);
  expect(await list()).toMatchObject({
    findings: [{ state: 'dismissed', settledBy: expect.any(String) }],
    open: open - 1,
  });
  expect((await kam.ask('POST', at('/reconcile'), { flow: flow.id, hours: 2 })).body).toEqual({ started: 1 });
  const due = 'select due_at <= now() as due, hours from reconciliation where flow_id = $1';
  expect((await web.owner.query(due, [flow.id])).rows).toEqual([{ due: true, hours: 2 }]);
  const hooked = await newFlow();
  await publish(hooked.id, 1);
  expect((await kam.ask('POST', at('/reconcile'), { flow: hooked.id })).body).toEqual({ started: 0 });
  expect((await kam.ask('POST', at('/reconcile'), { hours: 0 })).status).toBe(400);
});

test('bad input is refused with the field at fault, changes nothing, and never fails inside', async () => {
  const flow = await newFlow();
  const draft = at(`/flows/${flow.id}/draft`);
  const deep = `{"basedOn":1,"document":${'['.repeat(100)}${']'.repeat(100)}}`;
  const document = webhookFlow();
  const run = '00000000-0000-7000-8000-000000000000';
  const cases: [string, string, unknown, number, string | undefined][] = [
    ['PUT', draft, {}, 400, 'basedOn'],
    ['PUT', draft, { basedOn: 1, document: {} }, 400, 'document.format'],
    ['PUT', draft, { basedOn: 1, document, extra: 1 }, 400, 'extra'],
    ['PUT', draft, { basedOn: 'one', document }, 400, 'basedOn'],
    ['PUT', draft, { basedOn: 1, document: { ...document, name: '' } }, 400, 'document.name'],
    [
      'PUT',
      draft,
      { basedOn: 1, document: { ...document, wires: [{ from: 'x', to: 'y.z' }] } },
      400,
      'document.wires[0].from',
    ],
    ['PUT', draft, { basedOn: 1, document: { ...document, name: 'zero\u0000byte' } }, 400, undefined],
    ['PUT', draft, deep, 400, 'body'],
    ['PUT', draft, '{"basedOn":1,"__proto__":{"x":1}}', 400, 'body'],
    ['PUT', draft, '{"basedOn":', 400, 'body'],
    ['PUT', draft, JSON.stringify({ basedOn: 1, document, x: 'x'.repeat(2_100_000) }), 413, 'body'],
    ['POST', at(`/flows/${flow.id}/publish`), { revision: 1.5 }, 400, 'revision'],
    ['PUT', at(`/flows/${flow.id}/state`), { on: 'yes' }, 400, 'on'],
    ['PUT', at(`/flows/${flow.id}/state`), { on: true }, 409, undefined],
    ['GET', at('/runs?limit=0'), undefined, 400, 'limit'],
    ['GET', at('/runs?limit=1000'), undefined, 400, 'limit'],
    ['GET', at('/runs?status=lost'), undefined, 400, 'status'],
    ['GET', at('/runs?flow=x'), undefined, 400, 'flow'],
    ['GET', at('/runs?before=x'), undefined, 400, 'before'],
    ['GET', at('/runs?since=1e400'), undefined, 400, 'since'],
    ['GET', at('/runs?record=%00'), undefined, 400, undefined],
    ['GET', at('/runs?what=1'), undefined, 400, 'what'],
    ['GET', at('/runs?limit=5&limit=6'), undefined, 400, 'limit'],
    ['GET', at('/runs/%E0%A4%A'), undefined, 400, 'path'],
    ['GET', at('/runs/x'), undefined, 404, 'run'],
    ['POST', at(`/runs/${run}/decide`), { decision: 'explode' }, 400, 'decision'],
    ['POST', at(`/runs/${run}/decide`), { decision: 'sent' }, 400, 'target'],
    ['POST', at(`/runs/${run}/decide`), { decision: 'retry' }, 404, undefined],
    ['POST', at('/replay'), { runs: [] }, 400, 'runs'],
    ['POST', at('/replay'), { runs: ['x'] }, 400, 'runs[0]'],
    ['POST', at('/connections'), { connector: 'nothing', title: 'x', settings: {} }, 422, 'connector'],
    ['POST', at('/connections'), { connector: 'woocommerce', title: 'x', settings: {} }, 422, 'settings.url'],
    ['POST', at(`/connections/${run}/test`), {}, 404, undefined],
    ['POST', at('/templates/none'), { answers: {} }, 404, 'template'],
    ['POST', '/api/session', { email: 'x' }, 400, 'password'],
    ['POST', '/api/session', { email: `${'x'.repeat(300)}@example.com`, password: 'x' }, 400, 'email'],
    ['GET', '/api/tenants/x/flows', undefined, 404, 'tenant'],
    ['GET', '/api/tenants/99999999999999/flows', undefined, 404, 'tenant'],
    ['GET', '/api/nothing', undefined, 404, undefined],
    ['PATCH', at('/flows'), {}, 404, undefined],
  ];
  for (const [method, path, body, status, field] of cases) {
    const answer = await kam.ask(method, path, body);
    const about = `${method} ${path} ${JSON.stringify(body)?.slice(0, 80)}`;
    expect([about, answer.status, ErrorAnswer.parse(answer.body).error.field]).toEqual([about, status, field]);
  }
  expect((await kam.ask('GET', at(`/flows/${flow.id}`))).body.flow).toMatchObject({ revision: 1, name: 'Call' });
  const form = await kam.ask('POST', at('/flows'), 'name=x', { 'content-type': 'application/x-www-form-urlencoded' });
  expect([form.status, form.body.error.field]).toEqual([400, 'content-type']);
});

test('a stranger gets nothing but the sign-in, and a member of another customer nothing of this one', async () => {
  const flow = await newFlow();
  await publish(flow.id, 1);
  const connection = await woo();
  const { id: run, journal } = await engine.begin({ tenant, flow: flow.id });
  await journal.release(
    { state: 'failed', failure: { code: 'INTERNAL', message: 'x' } },
    { events: [started(0)], links: [] },
  );
  const finding = await found(flow.id);
  const elsewhere = await web.tenant('Elsewhere');
  const stranger = await web.person('kam', [elsewhere]);
  const paths: [string, string, unknown?][] = [
    ['GET', '/flows'],
    ['POST', '/flows', { document: webhookFlow() }],
    ['GET', `/flows/${flow.id}`],
    ['PUT', `/flows/${flow.id}/draft`, { basedOn: 1, document: webhookFlow('Stolen') }],
    ['POST', `/flows/${flow.id}/publish`, { revision: 1 }],
    ['POST', `/flows/${flow.id}/rollback`, { version: 1 }],
    ['PUT', `/flows/${flow.id}/state`, { on: false }],
    ['GET', `/flows/${flow.id}/versions`],
    ['GET', `/flows/${flow.id}/versions/1`],
    ['GET', `/flows/${flow.id}/hooks`],
    ['GET', '/templates'],
    ['POST', '/templates/orders-to-erp', { answers: {} }],
    ['GET', '/runs'],
    ['GET', `/runs/${run}`],
    ['GET', `/runs/${run}/events/0`],
    ['POST', `/runs/${run}/decide`, { decision: 'cancel' }],
    ['POST', '/replay', { runs: [run] }],
    ['GET', '/findings'],
    ['PUT', `/findings/${finding}`, { state: 'dismissed' }],
    ['POST', '/reconcile', { flow: flow.id }],
    ['GET', '/connections'],
    ['POST', '/connections', { connector: 'woocommerce', title: 'x', settings: {} }],
    ['PUT', `/connections/${connection}`, { title: 'Stolen' }],
    ['PUT', `/connections/${connection}/secrets`, { secrets: {} }],
    ['PUT', `/connections/${connection}/state`, { on: false }],
    ['PUT', `/connections/${connection}/allowance`, { grants: [] }],
    ['DELETE', `/connections/${connection}`],
    ['POST', `/connections/${connection}/test`, {}],
    ['GET', `/connections/${connection}/sign-in`],
  ];
  for (const [method, path, body] of paths) {
    expect([path, (await nobody().ask(method, at(path), body)).status]).toEqual([path, 401]);
    // neither by the customer's address nor by the ids under the own one
    expect([path, (await stranger.ask(method, at(path), body)).status]).toEqual([path, 404]);
    if (!path.includes('/', 1) || path.startsWith('/templates')) continue;
    const own = await stranger.ask(method, at(path, elsewhere), body);
    expect([path, own.status === 404 || own.status === 403 || own.body?.skipped === 1]).toEqual([path, true]);
  }
  expect((await kam.ask('GET', at(`/flows/${flow.id}`))).body.flow).toMatchObject({ state: 'live', revision: 1 });
  expect((await kam.ask('GET', at('/connections'))).body.connections.map((each: { id: string }) => each.id)).toContain(
    connection,
  );
  for (const path of ['/api/catalog', '/api/practice', '/api/session', '/api/connections/sign-in'])
    expect([path, (await nobody().ask('GET', path)).status]).toEqual([path, 401]);
});

test('who may only look can change nothing', async () => {
  const customer = await web.person('customer', [tenant]);
  const flow = await newFlow();
  const finding = await found(flow.id);
  for (const [method, path, body] of [
    ['PUT', `/flows/${flow.id}/draft`, { basedOn: 1, document: webhookFlow() }],
    ['POST', `/flows/${flow.id}/publish`, { revision: 1 }],
    ['GET', `/flows/${flow.id}/hooks`, undefined],
    ['POST', '/replay', { runs: [flow.id] }],
    ['POST', '/reconcile', {}],
    ['PUT', `/findings/${finding}`, { state: 'dismissed' }],
    ['POST', '/connections', {}],
  ] as const)
    expect([path, (await customer.ask(method, at(path), body)).status]).toEqual([path, 403]);
  expect((await customer.ask('GET', at(`/flows/${flow.id}`))).status).toBe(200);
});

test('hooks come before bodies and sessions are read', async () => {
  const answer = await kam.ask('POST', '/hooks/x', '{"a":');
  expect(answer.body).toEqual({ raw: true, session: false });
});

test('every answer carries a policy without inline code or eval, and none names what it runs on', async () => {
  const { headers } = await kam.ask('GET', '/live');
  const policy = headers.get('content-security-policy') ?? '';
  expect(policy).not.toMatch(/unsafe|\*/);
  expect(policy).toContain(`connect-src 'self' ws://${new URL(web.url).host}`);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  expect(headers.get('x-powered-by')).toBeNull();
});

test('health is told to everybody, metrics to this machine alone', async () => {
  expect((await nobody().ask('GET', '/ready')).body).toEqual({ ready: true });
  expect((await nobody().ask('GET', '/metrics')).status).toBe(200);
  expect((await nobody().ask('GET', '/metrics', undefined, { 'x-forwarded-for': '8.8.8.8' })).status).toBe(403);
});

test('an address of the page without a built page says so, and a missing file is missing', async () => {
  const page = await nobody().ask('GET', '/a/1/flows');
  expect([page.status, page.body.error.code]).toEqual([503, 'PAGE_MISSING']);
  expect((await nobody().ask('GET', '/assets/nothing.js')).status).toBe(404);
});
