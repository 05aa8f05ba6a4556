import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Customer, Order } from '#nodes/commerce/model.ts';
import { vendure } from '#nodes/connectors/vendure/connector.ts';
import { type ConnectorSession, openConnector } from '../../support/connector-session.ts';
import { type LiveVendure, startSystem } from './start.ts';

let live: LiveVendure;
let door: ConnectorSession;
let buyers = 0;

const open = (secrets: Readonly<Record<string, string>> = live.secrets): ConnectorSession =>
  openConnector(vendure, { connection: 'shop', secrets, settings: { url: live.api, listLimit: 30 } });

beforeAll(async () => {
  live = await startSystem(process.env['WEFT_LIVE_DIR'] ?? path.join(tmpdir(), 'weft-live'));
  door = open();
  await live.shop.makeProduct({
    source: { connection: 'x', id: 'BOK' },
    sku: 'BOK',
    name: 'Kokbok',
    kind: 'simple',
    active: true,
    price: '229',
    taxRate: 600,
  });
});
afterAll(() => live?.close());

function buyer(): Customer {
  const id = `k${++buyers}`;
  const billing = { firstName: 'Åsa', lastName: 'Öberg', street: 'Åsögatan 12', city: 'Malmö', country: 'SE' };
  return { source: { connection: 'x', id }, kind: 'private', name: 'Åsa Öberg', email: `${id}@example.se`, billing };
}

const place = async (quantity = 1, payment: 'card' | 'direct' = 'card'): Promise<string> =>
  (await live.shop.placeOrder({ lines: [{ sku: 'BOK', quantity }], buyer: buyer(), freight: '49' }, payment)).id;

async function poll(since: number): Promise<{ orders: Map<string, Order>; stamps: Map<string, string> }> {
  const orders = new Map<string, Order>();
  const stamps = new Map<string, string>();
  let cursor: string | undefined;
  do {
    const page = await door.use(can.ordersList, { changedSince: new Date(since).toISOString(), cursor });
    for (const order of page.items) orders.set(order.source.id, order);
    for (const [id, stamp] of Object.entries(page.stamps ?? {})) stamps.set(id, stamp);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return { orders, stamps };
}

async function ownStamp(id: string): Promise<string> {
  const { order } = await live.shop.admin('query($id:ID!){order(id:$id){updatedAt}}', { id });
  return order.updatedAt;
}

/** The shop's clock counts seconds: the next one has begun. */
async function nextSecond(): Promise<number> {
  const after = Math.floor(Date.now() / 1000) + 1;
  await expect.poll(() => Math.floor(Date.now() / 1000), { interval: 20 }).toBeGreaterThanOrEqual(after);
  return after * 1000;
}

test('settled, packed, sent, delivered, paid back: each is found by the next poll, though the order’s own stamp stands still', async () => {
  const id = await place();
  const stamp = await ownStamp(id);
  const names = new Set<string>();
  for (let step = 0; step < 6; step++) {
    const since = await nextSecond();
    await live.shop.moveOrder(id);
    const { orders, stamps } = await poll(since);
    expect([step, [...orders.keys()]]).toEqual([step, [id]]);
    names.add(stamps.get(id) ?? '');
    expect(await ownStamp(id)).toBe(stamp);
  }
  expect(names.size).toBe(6);
  const { status } = await door.use(can.ordersGet, { id });
  expect(status).toMatchObject({ order: 'completed', payment: 'partly-refunded', fulfilment: 'delivered' });
});

test('open orders in which nothing changed are not brought again, and in the overlap they keep their names', async () => {
  const began = Date.now() - 1000;
  const ids = [await place(), await place()];
  const first = await poll(began);
  const second = await poll(began);
  for (const id of ids) expect(second.stamps.get(id)).toBe(first.stamps.get(id));
  expect([...(await poll((await nextSecond()) + 1000)).orders.keys()]).toEqual([]);
});

test('a note is no change of the order, so that ours does not start the flow that wrote it', async () => {
  const id = await place();
  const since = await nextSecond();
  const input = { order: { connection: 'shop', id }, text: 'Order 4711 i Tryton', revision: '1' };
  await door.use(can.ordersAddNote, input);
  expect([...(await poll(since)).orders.keys()]).toEqual([]);
});

test('an order is read truly when half of it is sent, when half is cancelled and when it is all cancelled and paid back', async () => {
  const { admin } = live.shop;
  const id = await place(4, 'direct');
  const { order } = await admin('query($id:ID!){order(id:$id){lines{id} payments{id amount}}}', { id });
  const [line] = order.lines;
  const fails = '...on ErrorResult{errorCode message}';
  const fulfilled = await admin(
    `mutation($input:FulfillOrderInput!){done:addFulfillmentToOrder(input:$input){...on Fulfillment{id} ${fails}}}`,
    {
      input: {
        lines: [{ orderLineId: line.id, quantity: 1 }],
        handler: { code: 'manual-fulfillment', arguments: [{ name: 'method', value: 'PostNord' }] },
      },
    },
  );
  const move = `mutation($id:ID!){done:transitionFulfillmentToState(id:$id,state:"Shipped"){__typename ${fails}}}`;
  await admin(move, { id: fulfilled.done.id });
  const half = await door.use(can.ordersGet, { id });
  expect([half.status.fulfilment, half.lines[0]?.delivered, half.lines[0]?.quantity]).toEqual([
    'partly-fulfilled',
    '1',
    '4',
  ]);

  const cancel = `mutation($input:CancelOrderInput!){done:cancelOrder(input:$input){__typename ${fails}}}`;
  await admin(cancel, { input: { orderId: id, lines: [{ orderLineId: line.id, quantity: 3 }] } });
  const rest = await door.use(can.ordersGet, { id });
  expect([rest.status.fulfilment, rest.lines[0]?.quantity, rest.totals.gross.amount]).toEqual([
    'fulfilled',
    '1',
    22_900 + 4900,
  ]);

  await admin(cancel, { input: { orderId: id, cancelShipping: true } });
  const [payment] = order.payments;
  const refunded = await admin(
    `mutation($input:RefundOrderInput!){done:refundOrder(input:$input){...on Refund{id} ${fails}}}`,
    { input: { paymentId: payment.id, amount: payment.amount, lines: [], shipping: 0, adjustment: 0 } },
  );
  expect((await door.use(can.ordersGet, { id })).status.payment).toBe('paid');
  await admin(`mutation($id:ID!){done:settleRefund(input:{id:$id,transactionId:"r"}){__typename ${fails}}}`, {
    id: refunded.done.id,
  });
  const gone = await door.use(can.ordersGet, { id });
  expect(gone.status).toMatchObject({ order: 'cancelled', payment: 'refunded', fulfilment: 'returned' });
  expect(gone.totals.gross.amount).toBe(0);
});

test('an API key does what user name and password do, and a wrong one is told', async () => {
  const { admin } = live.shop;
  const { roles } = await admin('{roles{items{id code}}}');
  const role = roles.items.find((one: { code: string }) => one.code === '__super_admin_role__');
  const { createApiKey } = await admin('mutation($input:CreateApiKeyInput!){createApiKey(input:$input){apiKey}}', {
    input: { roleIds: [role.id], translations: [{ languageCode: 'en', name: 'flows' }] },
  });
  const session = open({ apiKey: createApiKey.apiKey });
  const id = await place();
  await expect(session.use(can.ordersGet, { id })).resolves.toMatchObject({ source: { id } });
  expect((await vendure.ping(session.session)).orders).toBeGreaterThan(0);
  const [lookup, secret] = createApiKey.apiKey.split(':');
  const wrong = open({ apiKey: `${lookup}:${secret.split('').toReversed().join('')}` });
  await expect(wrong.use(can.ordersGet, { id })).rejects.toMatchObject({ code: 'SIGN_IN_NEEDED' });
});

// last, since the shop ends all sessions of the user
test('a session that the shop has ended is signed in again, though the shop says so with 200', async () => {
  const session = open();
  const id = await place();
  await session.use(can.ordersGet, { id });
  const spent = [...session.secrets].find((value) => !Object.values(live.secrets).includes(value)) ?? '';
  await fetch(live.api, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${spent}` },
    body: JSON.stringify({ query: 'mutation{logout{success}}' }),
  });
  await expect(session.use(can.ordersGet, { id })).resolves.toMatchObject({ source: { id } });
  expect(session.renewals()).toBe(1);
});
