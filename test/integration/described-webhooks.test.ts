import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { rest } from '#nodes/connectors/rest/connector.ts';
import { connectorWith, type WebhookContract } from '#runtime/connector.ts';
import type { Hook } from '#server/adapters/pg-hooks.ts';
import { createCallLimits, usualRates } from '#server/call-limits.ts';
import type { Arrival } from '#server/intake.ts';
import { hookRoutes } from '#server/routes/hooks.ts';

const SECRET = 'en hemlighet';
let server: Server;
let url: string;
let webhook: WebhookContract | undefined;
let stored: Arrival[] = [];

const hook = { tenant: 1, connection: 'c', signature: 'vendor', on: true, responds: false } as Hook;

beforeAll(async () => {
  const app = express();
  app.use(
    '/hooks',
    hookRoutes({
      hooks: { find: () => hook, read: async () => hook },
      intake: {
        accept: async (_hook, arrival) => {
          stored.push(arrival);
          return { run: 'r', state: 'stored', answer: null };
        },
        full: false,
      },
      vendorOf: async () => ({ webhook, secrets: [SECRET] }),
      secretsOf: async () => [],
      calls: createCallLimits(usualRates),
      ready: () => true,
      log: pino({ level: 'silent' }),
    }),
  );
  server = createServer(app).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/token`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  stored = [];
});

function described(settings: object): void {
  const parsed = rest.settings.parse({
    baseUrl: 'https://shop.example/api',
    records: { product: { id: '{{ record.id }}', name: '{{ record.name }}', changedAt: '{{ record.saved }}' } },
    requests: { 'products.get': { path: 'products/{{ id }}' } },
    ...settings,
  });
  webhook = connectorWith(rest, parsed).webhook;
}

async function deliver(body: string, header: string, signature: string): Promise<number> {
  const response = await fetch(url, { method: 'POST', headers: { [header]: signature }, body });
  await response.arrayBuffer();
  return response.status;
}

test('a delivery in XML, signed as the settings say, is kept as JSON of its record; broken, bombed or forged ones are not stored', async () => {
  described({
    format: 'xml',
    webhook: {
      header: 'X-Sign',
      algorithm: 'sha512',
      encoding: 'base64',
      prefix: 'v1=',
      events: [{ entity: 'product', id: "{{ body.product['@id'] }}" }],
    },
  });
  const sign = (body: string) => createHmac('sha512', SECRET).update(body).digest('base64');
  const body = '<product id="7"><name>Mugg &amp; fat</name></product>';
  expect(await deliver(body, 'x-sign', `v1=${sign(body)}`)).toBe(202);
  expect(stored).toMatchObject([
    { entity: 'product', record: '7', topic: 'product', body: { product: { '@id': '7', name: 'Mugg & fat' } } },
  ]);
  expect(JSON.parse(stored[0]?.raw.toString() ?? '')).toEqual(stored[0]?.body);
  const bomb = '<!DOCTYPE p [<!ENTITY a "aaaa">]><product id="8">&a;</product>';
  for (const [text, signature, status] of [
    [body, sign(body), 401],
    [body, `v2=${sign(body)}`, 401],
    [`${body} `, `v1=${sign(body)}`, 401],
    [body, `v1=${createHmac('sha256', SECRET).update(body).digest('base64')}`, 401],
    [bomb, `v1=${sign(bomb)}`, 400],
    ['<product', `v1=${sign('<product')}`, 400],
    ['<product/>', `v1=${sign('<product/>')}`, 400],
  ] as const)
    expect(await deliver(text, 'x-sign', signature), text).toBe(status);
  expect(stored).toHaveLength(1);
});

test('what is told twice in one state has one name, and another state another, whatever else the delivery says', async () => {
  described({
    webhook: {
      header: 'X-Hmac',
      topic: '{{ body.event }}',
      events: [{ entity: 'product', topics: ['product.saved'], id: '{{ body.data.id }}', record: '{{ body.data }}' }],
    },
  });
  const send = async (event: string, data: object, at: number): Promise<number> => {
    const body = JSON.stringify({ event, at, data });
    return deliver(body, 'x-hmac', createHmac('sha256', SECRET).update(body).digest('hex'));
  };
  const saved = '2026-11-23T10:00:00Z';
  const product = { id: 7, name: 'Mugg', saved };
  expect(await send('product.saved', product, 1)).toBe(202);
  expect(await send('product.saved', { ...product, views: 12 }, 2)).toBe(202);
  expect(await send('product.saved', { ...product, name: 'Fat' }, 3)).toBe(202);
  expect(await send('product.seen', product, 4)).toBe(200);
  const [first, again, other] = stored.map((arrival) => arrival.key);
  expect(stored).toHaveLength(3);
  expect(again).toBe(first);
  expect(other).not.toBe(first);
  // without a time of change, a state that comes back is told from the one before by its delivery
  for (const time of [5, 6]) expect(await send('product.saved', { id: 8, name: 'Mugg' }, time)).toBe(202);
  expect(stored[3]?.key).not.toBe(stored[4]?.key);
});
