import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type PracticeHost, practiceKeys, shopSignIn, startPracticeHost } from '#test/support/practice-host.ts';
import { randomOrder } from './shop-generator.ts';
import type { ShopOrder } from './shop-model.ts';

let host: PracticeHost;
let now: number;
beforeEach(async () => {
  now = Date.parse('2026-11-23T10:00:00Z');
  host = await startPracticeHost({ shop: { clock: () => now } });
});
afterEach(() => host.close());

async function call<T = ShopOrder>(method: string, path: string, body?: unknown): Promise<T> {
  const headers = { authorization: shopSignIn(), 'content-type': 'application/json' };
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await fetch(`${host.shopApi}${path}`, { method, headers, ...sent });
  return (await answer.json()) as T;
}

test('the keys are taken by Basic auth and in the query, and nothing goes without them', async () => {
  const status = async (query: string, headers = {}) =>
    (await fetch(`${host.shopApi}/orders${query}`, { headers })).status;
  expect(await status('')).toBe(401);
  expect(await status('?consumer_key=ck_practice&consumer_secret=wrong')).toBe(401);
  expect(await status('?consumer_key=ck_practice&consumer_secret=cs_practice')).toBe(200);
  expect(await status('', { authorization: shopSignIn() })).toBe(200);
});

test('an order adds up: lines, freight, three VAT rates and a coupon, to the öre', async () => {
  const order = await call('POST', '/orders', {
    set_paid: true,
    line_items: [
      { product_id: 101, quantity: 3 },
      { sku: 'KAFFE-500', quantity: 2 },
      { product_id: 108, quantity: 1 },
    ],
    shipping_lines: [{ total: '39.20' }],
    coupon_lines: [{ code: 'TIO', discount: '50.00' }],
  });
  const ore = (amount: string) => Math.round(Number(amount) * 100);
  const sum = (amounts: string[]) => amounts.reduce((total, amount) => total + ore(amount), 0);
  const net = sum(order.line_items.map((line) => line.total));
  const tax = sum(order.line_items.map((line) => line.total_tax));
  expect(ore(order.discount_total)).toBe(5000);
  expect(net + tax + 3920 + 980).toBe(ore(order.total));
  expect(sum(order.tax_lines.map((line) => line.tax_total))).toBe(tax);
  expect(order.tax_lines.map((line) => line.rate_percent)).toEqual([25, 12, 6]);
  expect(order.status).toBe('processing');
  expect(order.number).toBe('1042');
});

test('goods to Norway carry no Swedish VAT', async () => {
  const order = await call('POST', '/orders', { customer_id: 16, line_items: [{ product_id: 101 }] });
  expect([order.total, order.total_tax, order.tax_lines.length]).toEqual(['119.20', '0.00', 0]);
});

test('dates come in Swedish time and in GMT, and modified_after leaves out what changed in that second', async () => {
  const order = await call('POST', '/orders', { line_items: [{ product_id: 101 }] });
  expect([order.date_created, order.date_created_gmt]).toEqual(['2026-11-23T11:00:00', '2026-11-23T10:00:00']);
  now += 5000;
  await call('PUT', `/orders/${order.id}`, { status: 'completed' });
  const since = (at: string) => call<ShopOrder[]>('GET', `/orders?dates_are_gmt=true&modified_after=${at}`);
  expect(await since('2026-11-23T10:00:04')).toHaveLength(1);
  expect(await since('2026-11-23T10:00:05')).toHaveLength(0);
});

test('lists come in pages that add up to all orders', async () => {
  for (let count = 0; count < 23; count += 1) host.shop.placeOrder();
  const seen: number[] = [];
  let next: string | undefined = `${host.shopApi}/orders?per_page=10&order=asc&orderby=id`;
  while (next !== undefined) {
    const answer: Response = await fetch(next, { headers: { authorization: shopSignIn() } });
    expect([answer.headers.get('x-wp-total'), answer.headers.get('x-wp-totalpages')]).toEqual(['23', '3']);
    seen.push(...((await answer.json()) as ShopOrder[]).map((order) => order.id));
    next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
  }
  expect(seen).toEqual(host.shop.orders().map((order) => order.id));
});

test('a wrong field is refused by name and nothing is kept', async () => {
  const refused = await call<{ code: string; message: string }>('POST', '/orders', { status: 'shipped' });
  expect(refused.message).toContain('status');
  const goods = await call<{ code: string }>('POST', '/orders', { line_items: [{ product_id: 9 }] });
  expect(goods.code).toBe('woocommerce_rest_invalid_product_id');
  expect(host.shop.ledger().counts['orders']).toBe(0);
});

test('the same seed always makes the same order', () => {
  expect(randomOrder(42)).toEqual(randomOrder(42));
  expect(randomOrder(42)).not.toEqual(randomOrder(43));
});

interface Delivery {
  headers: IncomingMessage['headers'];
  body: string;
}

/** A receiver of webhooks on a free port. */
async function startReceiver(status: () => number) {
  const received: Delivery[] = [];
  const server: Server = createServer(async (req, res) => {
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    received.push({ headers: req.headers, body: Buffer.concat(chunks).toString('utf8') });
    res.statusCode = status();
    res.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { received, url, close };
}

test('a webhook is pinged, then sent signed with the raw body, as WooCommerce does', async () => {
  const receiver = await startReceiver(() => 200);
  const hook = { topic: 'order.created', delivery_url: receiver.url, secret: 'hemligt' };
  expect(await call('POST', '/webhooks', hook)).not.toHaveProperty('secret');
  await host.shop.idle();
  const order = host.shop.placeOrder();
  await host.shop.idle();
  receiver.close();
  expect(receiver.received[0]?.body).toMatch(/^webhook_id=\d+$/);
  const { headers, body } = receiver.received[1] as Delivery;
  const signature = createHmac('sha256', 'hemligt').update(body).digest('base64');
  expect(headers['x-wc-webhook-signature']).toBe(signature);
  expect(headers['x-wc-webhook-topic']).toBe('order.created');
  expect(headers['user-agent']).toMatch(/^WooCommerce\/\S+ Hookshot \(WordPress\//);
  expect(JSON.parse(body)).toEqual(order);
});

test('two orders in one second share a delivery id, in the next second they do not', async () => {
  const receiver = await startReceiver(() => 200);
  await call('POST', '/webhooks', { topic: 'order.created', delivery_url: receiver.url, secret: 's' });
  await host.shop.idle();
  host.shop.placeOrder();
  host.shop.placeOrder();
  now += 1000;
  host.shop.placeOrder();
  await host.shop.idle();
  receiver.close();
  const ids = receiver.received.slice(1).map(({ headers }) => headers['x-wc-webhook-delivery-id']);
  expect(new Set(ids).size).toBe(2);
});

test('a webhook that fails five times in a row is switched off, and a success before that starts the count anew', async () => {
  let status = 500;
  const receiver = await startReceiver(() => status);
  const { id } = await call('POST', '/webhooks', { topic: 'order.created', delivery_url: receiver.url, secret: 's' });
  await host.shop.idle();
  const place = async (answer: number, times: number) => {
    status = answer;
    for (let count = 0; count < times; count += 1) {
      host.shop.placeOrder();
      await host.shop.idle();
    }
    return (await call('GET', `/webhooks/${id}`)).status;
  };
  expect(await place(500, 4)).toBe('active');
  expect(await place(200, 1)).toBe('active');
  expect(await place(404, 5)).toBe('disabled');
  const count = receiver.received.length;
  await place(200, 1);
  receiver.close();
  expect(receiver.received).toHaveLength(count);
});

test('copies and losses of webhooks can be had', async () => {
  const receiver = await startReceiver(() => 200);
  await call('POST', '/webhooks', { topic: 'order.created', delivery_url: receiver.url, secret: 's' });
  await host.shop.idle();
  const faults = { copies: 4, copiesDeliveryId: 'mixed', lost: 0, delayMs: 0, shuffleMs: 5 } as const;
  host.shop.setFaults({ webhooks: faults });
  host.shop.placeOrder();
  await host.shop.idle();
  const copies = receiver.received.slice(1);
  expect(copies).toHaveLength(4);
  expect(new Set(copies.map(({ body }) => body)).size).toBe(1);
  expect(new Set(copies.map(({ headers }) => headers['x-wc-webhook-delivery-id'])).size).toBe(3);
  host.shop.setFaults({ webhooks: { ...faults, lost: 1 } });
  host.shop.placeOrder();
  await host.shop.idle();
  receiver.close();
  expect(receiver.received).toHaveLength(5);
  expect(host.shop.deliveries()).toEqual({ delivered: 4, failed: 0, lost: 4, waiting: 0 });
});

test('the page and its parts are served without inline script, and it can place orders', async () => {
  const page = `${host.origin}/practice/shop/`;
  const html = await (await fetch(page, { headers: { 'accept-language': 'en' } })).text();
  expect(html).toContain('<html lang="en">');
  expect(html).not.toMatch(/<script(?![^>]*src=)|style=|onclick=/);
  for (const part of ['page.js', 'kit.js', 'page.css']) expect((await fetch(page + part)).status).toBe(200);
  const placed = await fetch(`${page}page/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ random: 10 }),
  });
  expect(((await placed.json()) as { numbers: string[] }).numbers).toHaveLength(10);
  const form = await fetch(`${page}page/orders`, { method: 'POST', body: new URLSearchParams({ random: '1' }) });
  expect(form.status).toBe(415);
});

test('the control API asks for its key and a reset stocks the shop anew', async () => {
  host.shop.placeOrder();
  const url = `${host.origin}/practice/shop`;
  expect((await fetch(`${url}/ledger`)).status).toBe(401);
  const headers = { 'x-control-key': practiceKeys.controlKey };
  const ledger = (await (await fetch(`${url}/ledger`, { headers })).json()) as { orders: unknown[] };
  expect(ledger.orders).toHaveLength(1);
  expect((await fetch(`${url}/state`, { method: 'DELETE', headers })).status).toBe(204);
  expect(host.shop.ledger().counts).toEqual({ orders: 0, customers: 6, products: 10 });
});
