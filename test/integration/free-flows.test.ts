import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import { ConnectionSummary, DocumentChecked, FlowAnswer, FlowSummary, type Problem } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let kam: Client;
let admin: Client;
const at = (path: string) => `/api/tenants/${tenant}${path}`;

beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Garnboden', '200');
  kam = await web.person('kam', [tenant]);
  admin = await web.person('admin', [tenant]);
});
afterAll(async () => {
  await web.stop();
});

/** Drawn freely, with steps that package 200 has. */
function drawn(): FlowDocument {
  const [, log] = webhookFlow('Ours').nodes;
  const start = {
    id: 'start',
    type: 'core.manual',
    version: 1,
    config: {},
    onError: 'stop' as const,
    at: { x: 0, y: 0 },
  };
  return {
    ...webhookFlow('Ours'),
    nodes: [start, ...(log ? [log] : [])],
    wires: [{ from: 'start.body', to: 'note.value' }],
  };
}

const read = async (flow: FlowSummary): Promise<FlowAnswer> =>
  FlowAnswer.parse((await kam.ask('GET', at(`/flows/${flow.id}`))).body);
const locks = (problems: readonly Problem[]): Problem[] =>
  problems.filter(({ code, step }) => code === 'PACKAGE_NEEDED' && step === undefined);
const publish = async (flow: FlowSummary) => {
  const { revision } = (await read(flow)).flow;
  return kam.ask('POST', at(`/flows/${flow.id}/publish`), { revision, note: '', on: false });
};
const packageOf = async (flow: FlowSummary): Promise<string> => (await read(flow)).flow.package;

async function ready(): Promise<FlowSummary> {
  const secrets = { consumerKey: 'ck_0123', consumerSecret: 'cs_0123' };
  const made = async (connector: string, rest: object) =>
    ConnectionSummary.parse((await kam.ask('POST', at('/connections'), { connector, title: connector, ...rest })).body)
      .id;
  const shop = await made('woocommerce', { settings: { url: 'https://shop.example' }, secrets });
  const erp = await made('fortnox', { settings: {} });
  return FlowSummary.parse(
    (await kam.ask('POST', at('/templates/orders-to-erp-plain'), { answers: { shop, erp } })).body,
  );
}

test('below Premium a flow drawn freely is kept as a draft, and the check, the list and publishing say one thing of it', async () => {
  const made = await kam.ask('POST', at('/flows'), { document: drawn() });
  expect(made.status).toBe(201);
  const flow = FlowSummary.parse(made.body);
  expect(await packageOf(flow)).toBe('premium');
  const [lock] = locks((await read(flow)).problems);
  expect(lock?.message.en).toMatch(/drawn freely is part of Premium; this customer has package 200\./);
  expect(lock?.message.sv).toMatch(/fritt ritat flöde ingår i Premium; den här kunden har paket 200\./);
  const imported = DocumentChecked.parse((await kam.ask('POST', at('/flows/check'), { document: drawn() })).body);
  expect(locks(imported.problems)).toEqual([lock]);
  const refused = await publish(flow);
  expect([refused.status, refused.body.error.code, refused.body.error.message]).toEqual([
    422,
    'PACKAGE_NEEDED',
    lock?.message.en,
  ]);
  expect((await read(flow)).flow.liveVersion).toBeNull();
});

test('a ready flow is published by every package that has its steps, set and named as one likes, until it is drawn on', async () => {
  const flow = await ready();
  expect(await packageOf(flow)).toBe('100');
  const { draft, flow: now } = await read(flow);
  const renamed = {
    ...draft,
    name: 'Our orders',
    nodes: draft.nodes.map((node) => ({ ...node, title: `Our ${node.id}`, at: { x: 0, y: 0 } })),
  };
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: now.revision, document: renamed });
  expect(locks((await read(flow)).problems)).toEqual([]);
  expect((await publish(flow)).status).toBe(200);
  const log = {
    id: 'log',
    type: 'core.log',
    version: 1,
    config: { message: 'x' },
    onError: 'stop',
    at: { x: 0, y: 0 },
  };
  const more = {
    ...renamed,
    nodes: [...renamed.nodes, log],
    wires: [...renamed.wires, { from: 'order.order', to: 'log.value' }],
  };
  await kam.ask('PUT', at(`/flows/${flow.id}/draft`), { basedOn: now.revision + 1, document: more });
  expect((await publish(flow)).body.error.code).toBe('PACKAGE_NEEDED');
  expect((await read(flow)).flow.liveVersion).toBe(1);
});

test('what a customer had live before it got a smaller package stays live, and an older drawing does not come back', async () => {
  const change = (pack: string) =>
    admin.ask('PUT', `/api/tenants/${tenant}/package`, { package: pack, note: 'agreed' });
  const flow = FlowSummary.parse(
    (await kam.ask('POST', at('/flows'), { document: { ...drawn(), name: 'Live' } })).body,
  );
  expect((await change('premium')).status).toBe(200);
  expect(locks((await read(flow)).problems)).toEqual([]);
  const live = FlowSummary.parse((await publish(flow)).body);
  expect(live.liveVersion).toBe(1);
  expect((await change('200')).status).toBe(200);
  expect((await read(flow)).flow).toMatchObject({ liveVersion: 1, state: live.state });
  const back = await kam.ask('POST', at(`/flows/${flow.id}/rollback`), { version: 1, note: '' });
  expect([back.status, back.body.error.code]).toEqual([422, 'PACKAGE_NEEDED']);
});
