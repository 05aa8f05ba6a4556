import { createHmac } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { ApiTokenCreated } from '#runtime/protocol.ts';
import { createCallLimits, usualRates } from '#server/call-limits.ts';
import { migrate } from '#server/db/migrate.ts';
import { LIMITS } from '#server/limits.ts';
import { type Client, clientOf } from '../support/client.ts';
import { createTestDatabase } from '../support/database.ts';
import { publishFlow, startEngine } from '../support/engine.ts';
import { startWeb, type TestWeb, webhookFlow } from '../support/web.ts';

const RATES = { caller: 20, tenant: 50, hook: 10 };
let web: TestWeb;
beforeAll(async () => {
  web = await startWeb({ rates: RATES });
});
afterAll(() => web.stop());

const flowsOf = (tenant: number) => `/api/tenants/${tenant}/flows`;

async function call(client: Pick<Client, 'ask'>, path: string, times: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let at = 0; at < times; at++) statuses.push((await client.ask('GET', path)).status);
  return statuses;
}
const taken = (statuses: readonly number[]) => statuses.filter((status) => status === 200).length;

test('one person or token that calls too often is told when to come again, and nobody else is', async () => {
  const tenant = await web.tenant('Busy');
  const [one, other] = [await web.person('kam', [tenant]), await web.person('kam', [tenant])];
  const { secret } = ApiTokenCreated.parse(
    (await one.ask('POST', `/api/tenants/${tenant}/tokens`, { name: 'x', scopes: ['flow.read'] })).body,
  );
  expect(taken(await call(one, flowsOf(tenant), RATES.caller + 5))).toBe(RATES.caller - 1);
  const refused = await one.ask('GET', flowsOf(tenant));
  expect([refused.status, refused.body.error.code]).toEqual([429, 'TOO_MANY_REQUESTS']);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
  const system = {
    ask: (method: string, path: string) =>
      clientOf(web.url, '', '').ask(method, path, undefined, { authorization: `Bearer ${secret}` }),
  };
  // a token counts apart from its maker
  expect(taken(await call(system, flowsOf(tenant), 5))).toBe(5);
  expect((await other.ask('GET', '/api/catalog')).status).toBe(200);
});

test('all of a customer’s people together are held to the customer’s limit, and other customers are not', async () => {
  const [busy, calm] = [await web.tenant('Crowd'), await web.tenant('Calm')];
  let answered = 0;
  for (let at = 0; at < 4; at++) answered += taken(await call(await web.person('kam', [busy]), flowsOf(busy), 15));
  expect(answered).toBe(RATES.tenant);
  const neighbour = await web.person('kam', [busy, calm]);
  const refused = await neighbour.ask('GET', flowsOf(busy));
  expect([refused.status, refused.body.error.message]).toEqual([429, expect.stringMatching(/customer/)]);
  expect((await neighbour.ask('GET', flowsOf(calm))).status).toBe(200);
});

test('a webhook takes so many deliveries and says when to come again; what it answered 202 is stored, the rest is not', async () => {
  const database = await createTestDatabase();
  await migrate(database.url);
  const document = webhookFlow();
  const published = await publishFlow(database.url, FlowDocument.parse(document), 'call');
  const at = await startEngine(database.url, { calls: createCallLimits(RATES) });
  try {
    const post = (body: string, token = published.token) =>
      fetch(`${at.hooks}/${token}`, {
        method: 'POST',
        body,
        headers: { 'x-weft-signature': createHmac('sha256', 'test-secret').update(body).digest('hex') },
      });
    const statuses: number[] = [];
    let wait = 0;
    for (let id = 1; id <= RATES.hook + 6; id++) {
      const answer = await post(JSON.stringify({ id }));
      statuses.push(answer.status);
      if (answer.status === 429) wait = Number(answer.headers.get('retry-after'));
    }
    expect(statuses.filter((status) => status === 202)).toHaveLength(RATES.hook);
    expect(statuses.filter((status) => status === 429)).toHaveLength(6);
    expect(wait).toBeGreaterThan(0);
    const { rows } = await at.engine.pools.engine.query('select id from run');
    expect(rows).toHaveLength(RATES.hook);
  } finally {
    await at.stop();
    await database.drop();
  }
});

const nested = (levels: number) => `{"document":${'['.repeat(levels)}${']'.repeat(levels)}}`;
const wide = (values: number) => `{"document":[${'0,'.repeat(values)}0]}`;
const node = (id: number) => ({
  id: `n${id}`,
  type: 'core.log',
  version: 1,
  config: {},
  onError: 'stop',
  at: { x: 0, y: 0 },
});

test('a body that is too long, too deep or of too many values is refused, and the server goes on', async () => {
  const tenant = await web.tenant('Large');
  const kam = await web.person('kam', [tenant]);
  const post = (body: string) => kam.ask('POST', flowsOf(tenant), body);
  const { api, flow } = LIMITS;
  const long = await post(`{"document":"${'x'.repeat(api.bodyBytes)}"}`);
  expect([long.status, long.body.error.code]).toEqual([413, 'TOO_LARGE']);
  const deep = await post(nested(api.depth));
  expect([deep.status, deep.body.error.message]).toEqual([400, expect.stringMatching(/deeper than 64/)]);
  const many = await post(wide(api.values));
  expect([many.status, many.body.error.message]).toEqual([400, expect.stringMatching(/more than 100000 values/)]);
  const nodes = Array.from({ length: flow.nodes + 1 }, (_, id) => node(id));
  const big = await post(JSON.stringify({ document: { ...webhookFlow(), nodes } }));
  expect([big.status, big.body.error.field]).toEqual([400, 'document.nodes']);
  // within the limits it is read: what is wrong then is its shape
  expect((await post(nested(api.depth - 1))).body.error.field).toMatch(/^document/);
  expect((await kam.ask('GET', flowsOf(tenant))).status).toBe(200);
});

test('the usual limits are far above what a page or a busy shop needs', () => {
  expect(usualRates.hook / 60).toBeGreaterThanOrEqual(1000);
  expect(usualRates.caller / 60).toBeGreaterThanOrEqual(20);
});
