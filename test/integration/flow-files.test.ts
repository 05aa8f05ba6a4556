import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import {
  ConnectionSummary,
  DocumentChecked,
  ErrorAnswer,
  FlowAnswer,
  FlowFile,
  FlowList,
  FlowSummary,
  TemplateList,
} from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { type Engine, openEngine } from '../support/run-rows.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let engine: Engine;
let tenant: number;
let kam: Client;
const at = (path: string, of = tenant) => `/api/tenants/${of}${path}`;

beforeAll(async () => {
  web = await startWeb();
  engine = openEngine(web.database.url, web.watches.committed);
  tenant = await web.tenant('Northwind');
  kam = await web.person('kam', [tenant]);
});
afterAll(async () => {
  await engine.end();
  await web.stop();
});

async function connection(connector: string, title: string, of = tenant, by = kam): Promise<string> {
  const secrets = { consumerKey: 'ck_canary_0123', consumerSecret: 'cs_canary_0123' };
  const shop = { settings: { url: 'https://shop.example' }, secrets };
  const body = { connector, title, ...(connector === 'woocommerce' ? shop : { settings: {} }) };
  return ConnectionSummary.parse((await by.ask('POST', at('/connections', of), body)).body).id;
}
const make = async (document: FlowDocument): Promise<FlowSummary> =>
  FlowSummary.parse((await kam.ask('POST', at('/flows'), { document })).body);

test('a flow made of a template leaves as a file without a way to any account, and arrives at another customer by its own connections', async () => {
  const shop = await connection('woocommerce', 'My shop');
  const erp = await connection('fortnox', 'My books');
  const { templates } = TemplateList.parse((await kam.ask('GET', at('/templates'))).body);
  const template = templates.find(
    (each) => each.allowed && Object.values(each.flow.params).filter((p) => p.kind === 'connection').length === 2,
  );
  const answers = Object.fromEntries(
    Object.entries(template?.flow.params ?? {}).flatMap(([name, param]) => {
      if (param.kind === 'connection') return [[name, param.needs?.includes('orders.create') ? erp : shop]];
      return param.kind === 'choice' ? [[name, param.options?.at(-1)?.value ?? '']] : [];
    }),
  );
  const made = await kam.ask('POST', at(`/templates/${template?.id}`), { answers });
  expect([made.status, made.body]).toEqual([201, expect.anything()]);
  const flow = FlowSummary.parse(made.body);
  const answer = await kam.ask('GET', at(`/flows/${flow.id}/export`));
  const file = FlowFile.parse(answer.body);
  const text = JSON.stringify(file);
  for (const hidden of [shop, erp, 'canary', 'shop.example']) expect(text).not.toContain(hidden);
  expect(file.connections.map((each) => each.connector).sort()).toEqual(['fortnox', 'woocommerce']);

  const other = await web.tenant('Southwind');
  const person = await web.person('kam', [other]);
  const own = {
    woocommerce: await connection('woocommerce', 'Shop', other, person),
    fortnox: await connection('fortnox', 'Books', other, person),
  };
  const places = new Map(file.connections.map(({ name, connector }) => [name, own[connector as keyof typeof own]]));
  const mapped = {
    ...file.flow,
    nodes: file.flow.nodes.map((node) => ({
      ...node,
      ...(node.connection && { connection: places.get(node.connection) }),
    })),
  };
  const unmapped = DocumentChecked.parse(
    (await person.ask('POST', at('/flows/check', other), { document: file.flow })).body,
  );
  expect(unmapped.problems.map((each) => each.code)).toContain('CONNECTION_MISSING');
  const checked = DocumentChecked.parse(
    (await person.ask('POST', at('/flows/check', other), { document: mapped })).body,
  );
  expect(checked.problems.filter((each) => each.severity === 'error')).toEqual([]);
  const stored = await person.ask('POST', at('/flows', other), { document: checked.flow });
  expect(stored.status).toBe(201);
  const { id, revision } = FlowSummary.parse(stored.body);
  const published = await person.ask('POST', at(`/flows/${id}/publish`, other), { revision, note: '', on: false });
  expect([published.status, published.body]).toEqual([200, expect.anything()]);
});

test('all that is wrong with a document is told at once, and nothing is stored', async () => {
  const before = FlowList.parse((await kam.ask('GET', at('/flows'))).body).flows.length;
  const wrong = { ...webhookFlow(), name: '', surprise: 1, wires: [{ from: 'nowhere', to: 'note.value' }] };
  const { flow, problems } = DocumentChecked.parse(
    (await kam.ask('POST', at('/flows/check'), { document: wrong })).body,
  );
  expect(flow).toBeNull();
  expect(problems.map((each) => each.field ?? '').sort()).toEqual(['', 'name', 'wires[0].from']);
  const none = DocumentChecked.parse((await kam.ask('POST', at('/flows/check'), { document: { hello: 1 } })).body);
  expect(none.problems[0]?.field).toBe('format');
  const newer = DocumentChecked.parse(
    (await kam.ask('POST', at('/flows/check'), { document: { ...webhookFlow(), format: 99 } })).body,
  );
  expect(newer.problems.some((each) => each.field === 'format')).toBe(true);
  expect(FlowList.parse((await kam.ask('GET', at('/flows'))).body).flows).toHaveLength(before);
});

test('a flow is duplicated with its answers, under a name of its own', async () => {
  const flow = await make(webhookFlow('Original'));
  const copy = FlowSummary.parse(
    (await kam.ask('POST', at(`/flows/${flow.id}/duplicate`), { name: 'Copy of it' })).body,
  );
  expect(copy).toMatchObject({
    name: 'Copy of it',
    state: 'draft',
    liveVersion: null,
    owner: null,
    package: flow.package,
  });
  const [one, other] = await Promise.all(
    [flow.id, copy.id].map(async (id) => FlowAnswer.parse((await kam.ask('GET', at(`/flows/${id}`))).body).draft),
  );
  expect(other).toEqual({ ...one, name: 'Copy of it' });
});

test('a flow that has never run is removed; one that is on or has run is kept, with a reason', async () => {
  const flow = await make(webhookFlow('Short-lived'));
  expect((await kam.ask('DELETE', at(`/flows/${flow.id}`))).status).toBe(204);
  expect((await kam.ask('GET', at(`/flows/${flow.id}`))).status).toBe(404);
  const lived = await make(webhookFlow('Lived'));
  const live = await kam.ask('POST', at(`/flows/${lived.id}/publish`), { revision: 1, note: '', on: true });
  expect(FlowSummary.parse(live.body)).toMatchObject({ owner: kam.email, liveVersion: 1 });
  const refused = async () => ErrorAnswer.parse((await kam.ask('DELETE', at(`/flows/${lived.id}`))).body).error.code;
  expect(await refused()).toBe('FLOW_LIVE');
  await engine.begin({ tenant, flow: lived.id });
  await kam.ask('PUT', at(`/flows/${lived.id}/state`), { on: false });
  expect(await refused()).toBe('FLOW_HAS_RUNS');
});

test('who may not edit flows neither checks, copies, exports nor removes them', async () => {
  const flow = await make(webhookFlow('Guarded'));
  const support = await web.person('support', [tenant]);
  for (const [method, path, body] of [
    ['POST', '/flows/check', { document: {} }],
    ['POST', `/flows/${flow.id}/duplicate`, { name: 'x' }],
    ['GET', `/flows/${flow.id}/export`, undefined],
    ['DELETE', `/flows/${flow.id}`, undefined],
  ] as const)
    expect([path, (await support.ask(method, at(path), body)).status]).toEqual([path, 403]);
});
