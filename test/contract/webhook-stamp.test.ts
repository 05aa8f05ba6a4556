import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ordersList } from '#nodes/commerce/capabilities.ts';
import { woocommerce } from '#nodes/connectors/woocommerce/connector.ts';
import type { Json } from '#runtime/json.ts';
import { openConnector } from '#test/support/connector-session.ts';
import { type PracticeHost, startPracticeHost } from '#test/support/practice-host.ts';

let host: PracticeHost;
const heard: { headers: Record<string, string>; body: Json }[] = [];
const ear = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const text = Buffer.concat(chunks).toString();
    if (request.headers['x-wc-webhook-topic'])
      heard.push({ headers: request.headers as Record<string, string>, body: JSON.parse(text) });
    response.end();
  });
});

beforeAll(async () => {
  host = await startPracticeHost();
  await new Promise<void>((resolve) => ear.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  ear.close();
  ear.closeAllConnections();
  await host?.close();
});

test('a state of an order has one name, by webhook and by poll, and another state has another', async () => {
  const { consumerKey, consumerSecret } = host.keys;
  const shop = openConnector(woocommerce, {
    connection: 'shop',
    settings: { url: `${host.origin}/practice/shop` },
    secrets: { consumerKey, consumerSecret },
  });
  const url = `http://127.0.0.1:${(ear.address() as AddressInfo).port}/`;
  await woocommerce.webhook?.ensure?.(shop.session, { url, secret: 'a-webhook-secret', topics: ['order.created'] });
  const orders = [host.shop.placeOrder(), host.shop.placeOrder()];
  await host.shop.idle();
  const told = heard
    .map(({ headers, body }) => woocommerce.webhook?.read(headers, body))
    .filter((record) => record?.entity === 'order');
  const { stamps = {} } = await shop.use(ordersList, {});
  expect(told.map((record) => record?.id).sort()).toEqual(orders.map((order) => String(order.id)).sort());
  for (const record of told) expect(record?.stamp).toBe(stamps[record?.id ?? '']);
  expect(new Set(Object.values(stamps)).size).toBe(Object.keys(stamps).length);
});
