import { expect, test } from 'vitest';
import type { Capability } from '#runtime/capability.ts';
import { type HttpRequest, type HttpResponse, isWrite, offerOf, type Session } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  customersCreate,
  customersFind,
  customersList,
  ordersList,
  ordersSetStatus,
  pricesSet,
  productsFind,
  stockSet,
} from '../../commerce/capabilities.ts';
import type { Order, Page } from '../../commerce/model.ts';
import { medusa } from './connector.ts';
import { medusaFault } from './fault.ts';
import customerFixture from './fixtures/customer.json' with { type: 'json' };
import inventoryFixture from './fixtures/inventory.json' with { type: 'json' };
import orderFixture from './fixtures/order.json' with { type: 'json' };
import placedFixture from './fixtures/order-placed.json' with { type: 'json' };
import paymentsFixture from './fixtures/payments.json' with { type: 'json' };
import listPricesFixture from './fixtures/price-list-prices.json' with { type: 'json' };
import preferencesFixture from './fixtures/price-preferences.json' with { type: 'json' };
import productFixture from './fixtures/product.json' with { type: 'json' };
import taxFixture from './fixtures/tax-regions.json' with { type: 'json' };

type Answers = Readonly<Record<string, (request: HttpRequest) => Json>>;

interface Desk {
  readonly session: Session;
  readonly writes: HttpRequest[];
  readonly seen: HttpRequest[];
  use<I, O>(capability: Capability<I, O>, input: unknown): Promise<O>;
}

const SHOP: Answers = {
  'GET admin/tax-regions': () => taxFixture as Json,
  'GET admin/price-preferences': () => preferencesFixture as Json,
};

/** Medusa as it was recorded: it answers what it is told to, whatever filter it is asked with. */
function deskOf(answers: Answers): Desk {
  const seen: HttpRequest[] = [];
  const session: Session = {
    connection: 'shop',
    settings: medusa.settings.parse({ url: 'https://shop.example.se' }),
    async http(request): Promise<HttpResponse> {
      seen.push(request);
      const answer = { ...SHOP, ...answers }[`${request.method} ${request.path}`];
      if (!answer) throw new Error(`nobody answers ${request.method} ${request.path}`);
      return { status: 200, headers: {}, body: answer(request) };
    },
    signal: new AbortController().signal,
    now: Date.parse('2026-11-26T12:00:00Z'),
    note: () => undefined,
  };
  return {
    session,
    seen,
    get writes() {
      return seen.filter(({ method }) => method !== 'GET');
    },
    use: (capability, input) => {
      const offer = offerOf(medusa, capability.name);
      if (!offer) throw new Error(`${capability.name} is not offered`);
      return offer.run(session, capability.input.parse(input), { reference: 'r'.repeat(24) });
    },
  };
}

const clocked = (order: object, updated_at: string): object => ({ ...order, updated_at });

/** Every page of a list from a time on. */
async function pagesOf(desk: Desk, changedSince: string): Promise<Page<Order>[]> {
  const pages: Page<Order>[] = [];
  let cursor: string | undefined;
  do {
    const page = await desk.use(ordersList, { changedSince, cursor });
    pages.push(page);
    cursor = page.cursor;
  } while (cursor !== undefined);
  return pages;
}

test('an order whose payment alone was captured is among the changed ones, once and with a name of its own', async () => {
  const { order } = placedFixture;
  const captured = structuredClone(order);
  for (const one of captured.payment_collections) one.updated_at = '2026-11-26T11:00:00.000Z';
  const payment = structuredClone(paymentsFixture.payments[0]);
  if (!payment) throw new Error('no payment was recorded');
  payment.payment_collection.updated_at = '2026-11-26T11:00:00.000Z';
  payment.payment_collection.order.id = order.id;
  const desk = deskOf({
    'GET admin/orders': ({ query = {} }) => ({ orders: query['id[]'] ? [captured] : [] }),
    'GET admin/payments': () => ({ payments: [payment] }),
  });
  const pages = await pagesOf(desk, '2026-11-26T10:59:00Z');
  const items = pages.flatMap((page) => page.items);
  expect(new Set(items.map((item) => item.source.id))).toEqual(new Set([order.id]));
  expect(items[0]?.changedAt).toBe('2026-11-26T11:00:00.000Z');
  const names = new Set(pages.flatMap((page) => Object.values(page.stamps ?? {})));
  expect(names.size).toBe(1);
  expect([...names][0]).not.toContain(`/${order.payment_collections[0]?.updated_at}/`);
  // payments of late are gone through too: a capture of a part moves the collection's clock alone
  expect(
    desk.seen.filter(({ path }) => path === 'admin/payments').map(({ query }) => Object.keys(query ?? {})[0]),
  ).toEqual(['updated_at[$gte]', 'created_at[$gte]']);
});

test('orders are read on from the last page’s edge, each once, though the server ignores the time', async () => {
  const { order } = placedFixture;
  const many = Array.from({ length: 70 }, (_, at) => ({
    ...clocked(order, new Date(Date.parse('2026-11-26T08:00:00Z') + at * 1000).toISOString()),
    id: `order_${at}`,
  }));
  const desk = deskOf({
    'GET admin/orders': ({ query = {} }) => {
      const since = String(query['updated_at[$gte]'] ?? '');
      const from = many.filter((one) => (one as unknown as { updated_at: string }).updated_at >= since);
      // one that is older than asked, as of a server without the filter
      return {
        orders: [...(query['id[]'] ? [] : [clocked(order, '2020-01-01T00:00:00.000Z')]), ...from].slice(0, 50),
      } as Json;
    },
    'GET admin/payments': () => ({ payments: [] }),
  });
  const ids = (await pagesOf(desk, '2026-11-26T08:00:00Z')).flatMap((page) => page.items.map((item) => item.source.id));
  expect(ids).toEqual(many.map((one) => one.id));
});

test('an order that is sent already is neither packed nor sent again', async () => {
  const { order } = orderFixture;
  const desk = deskOf({
    [`GET admin/orders/${order.id}`]: () => ({ order }) as unknown as Json,
    [`POST admin/orders/${order.id}/fulfillments`]: () => ({}),
    [`POST admin/orders/${order.id}/fulfillments/${order.fulfillments[0]?.id}/mark-as-delivered`]: () => ({}),
  });
  await desk.use(ordersSetStatus, {
    order: { connection: 'shop', id: order.id },
    action: 'delivered',
    tracking: { number: 'PN 0123 ÅÄÖ' },
    revision: '1',
  });
  expect(desk.writes.map(({ path, body }) => [path.replace(/.*fulfillments/, ''), body])).toEqual([
    // of three and one, two pieces of the first are packed already
    ['', { items: order.items.map((item) => ({ id: item.id, quantity: 1 })) }],
    [`/${order.fulfillments[0]?.id}/mark-as-delivered`, {}],
  ]);
});

test('what Medusa has no word for is refused before anything is asked', async () => {
  const desk = deskOf({});
  for (const action of ['processing', 'on-hold', 'invoiced', 'refunded'] as const)
    await expect(
      desk.use(ordersSetStatus, { order: { connection: 'shop', id: 'order_1' }, action, revision: '1' }),
    ).rejects.toMatchObject({ code: 'UNSUPPORTED', field: 'action' });
  expect(desk.seen).toEqual([]);
});

test('a customer whose address is refused was made all the same: the outcome is unknown, never refused', async () => {
  const refused = new TerminalError('TARGET_REFUSED', 'no such country');
  const { addresses: _addresses, ...bare } = customerFixture.customer;
  const desk = deskOf({
    'POST admin/customers': () => ({ customer: { ...bare, addresses: [] } }) as Json,
    [`POST admin/customers/${bare.id}/addresses`]: () => {
      throw refused;
    },
  });
  const made = desk.use(customersCreate, {
    customer: {
      source: { connection: 'erp', id: '1' },
      kind: 'private',
      name: 'Åsa',
      email: 'asa@example.se',
      billing: { street: 'Åsögatan 12 B' },
    },
  });
  await expect(made).rejects.toBeInstanceOf(RetryableError);
  await expect(made).rejects.toMatchObject({ code: 'TARGET_REFUSED', beforeWork: false });
});

test('customers are found by e-mail whatever its case, an account before a guest, and nobody whom the search gave besides', async () => {
  const { customer } = customerFixture;
  const guest = { ...customer, id: 'cus_guest1', email: customer.email.toUpperCase() };
  const account = { ...customer, id: 'cus_account1', has_account: true };
  const other = { ...customer, id: 'cus_other1', email: 'nagon.annan@example.se' };
  const find = (customers: Json[]) =>
    deskOf({ 'GET admin/customers': () => ({ customers }) }).use(customersFind, {
      by: 'email',
      value: ` ${customer.email.toLowerCase()} `,
    });
  const ids = async (customers: object[]) => (await find(customers as Json[])).map((one) => one.source.id);
  expect(await ids([guest, other])).toEqual(['cus_guest1']);
  expect(await ids([guest, account, other])).toEqual(['cus_account1']);
  expect(await ids([other])).toEqual([]);
});

test('a customer is told as changed when its address alone was', async () => {
  const { customer } = customerFixture;
  const changedSince = '2026-11-26T12:00:00Z';
  const moved = customer.addresses.map((address) => ({ ...address, updated_at: '2026-11-26T12:30:00.000Z' }));
  const list = async (entry: object) =>
    (
      await deskOf({ 'GET admin/customers': () => ({ customers: [entry] }) as Json }).use(customersList, {
        changedSince,
      })
    ).items.length;
  expect(await list(customer)).toBe(0);
  expect(await list({ ...customer, addresses: moved })).toBe(1);
});

test('a SKU is found among all that the server gave, and no other', async () => {
  const { product } = productFixture;
  const variants = product.variants.map((one) => ({ id: one.id, sku: one.sku, product_id: product.id }));
  const desk = deskOf({
    'GET admin/product-variants': () => ({ variants }) as Json,
    'GET admin/products': () => ({ products: [product] }) as unknown as Json,
  });
  const sku = variants[1]?.sku ?? '';
  expect((await desk.use(productsFind, { sku })).map((one) => [one.sku, one.taxRate])).toEqual([[sku, 1200]]);
  expect(await desk.use(productsFind, { sku: 'FINNS-INTE' })).toEqual([]);
});

test('what may be promised is set with what is reserved on top, what is on the shelf as it is', async () => {
  const [item] = inventoryFixture.inventory_items;
  if (!item) throw new Error('no item was recorded');
  const stocked = async (level: object, figure: 'available' | 'onHand'): Promise<unknown> => {
    const desk = deskOf({
      'GET admin/inventory-items': () => inventoryFixture as Json,
      'GET admin/stock-locations': () =>
        ({ stock_locations: [{ id: item.location_levels[0]?.location_id, name: 'Lager' }] }) as Json,
      'POST admin/inventory-items/location-levels/batch': () => ({}),
    });
    const source = { connection: 'erp', id: '1' };
    await desk.use(stockSet, { level: { source, sku: item.sku, onHand: '12', ...level }, figure, revision: '1' });
    return JSON.stringify(desk.writes[0]?.body).match(/"stocked_quantity":(\d+)/)?.[1];
  };
  expect(item.location_levels[0]?.reserved_quantity).toBe(1);
  expect(await stocked({ available: '10' }, 'available')).toBe('11');
  expect(await stocked({}, 'available')).toBe('12');
  expect(await stocked({ available: '10' }, 'onHand')).toBe('12');
});

test('prices of a list are changed where they stand and added where they do not, by quantity', async () => {
  const { product } = productFixture;
  const variant = product.variants.find((one) => one.id === listPricesFixture.prices[0]?.price_set.variant.id);
  const desk = deskOf({
    'GET admin/product-variants': () =>
      ({ variants: [{ id: variant?.id, sku: variant?.sku, product_id: product.id }] }) as Json,
    'GET admin/products': () => ({ products: [product] }) as unknown as Json,
    'GET admin/price-lists/plist_1/prices': () => listPricesFixture as Json,
    'POST admin/price-lists/plist_1/prices/batch': () => ({}),
  });
  const offer = offerOf(medusa, pricesSet.name);
  if (!offer || !isWrite(offer) || !offer.batch) throw new Error('prices are not set in batches');
  const price = (fromQuantity: string, amount: string) => ({
    input: pricesSet.input.parse({
      price: {
        source: { connection: 'erp', id: '1' },
        priceList: 'plist_1',
        sku: variant?.sku,
        fromQuantity,
        price: amount,
        includesTax: true,
      },
      revision: '1',
    }),
    call: { reference: 'r'.repeat(24) },
  });
  await offer.batch.run(desk.session, [price('1', '112'), price('10', '56'), price('100', '28')]);
  expect(desk.writes).toHaveLength(1);
  expect(desk.writes[0]?.body).toMatchObject({
    update: [{ amount: 100 }, { amount: 50 }],
    create: [{ amount: 25, min_quantity: 100, variant_id: variant?.id }],
  });
});

test('Medusa’s refusals are told in its words; what may have been done is never called refused', () => {
  const fault = (status: number, body: Json, headers = {}) => medusaFault({ status, headers, body });
  expect(fault(400, { type: 'invalid_data', message: 'Variants do not have a price' })).toMatchObject({
    code: 'TARGET_REFUSED',
    message: 'Variants do not have a price',
    details: { status: 400, type: 'invalid_data' },
  });
  expect(fault(404, { type: 'not_found', message: 'Order id not found' })).toBeInstanceOf(TerminalError);
  expect(fault(401, { message: 'Unauthorized' })).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
  expect(
    fault(500, { code: 'unknown_error', type: 'unknown_error', message: 'An unknown error occurred.' }),
  ).toMatchObject({
    code: 'TARGET_DOWN',
    beforeWork: false,
  });
  expect(fault(502, '<html>')).toMatchObject({ code: 'TARGET_DOWN', message: 'Medusa answered 502' });
});

test('the secret key never travels in the clear, except on this machine', () => {
  const sign = (url: string): Record<string, string> => {
    const headers: Record<string, string> = {};
    medusa.authorize({ url: new URL(url), headers }, { secrets: { secretKey: 'sk_1' } });
    return headers;
  };
  expect(sign('https://shop.example.se/admin/orders')).toEqual({ authorization: `Basic ${btoa('sk_1:')}` });
  expect(sign('http://127.0.0.1:9000/admin/orders')).toEqual({ authorization: `Basic ${btoa('sk_1:')}` });
  expect(() => sign('http://shop.example.se/admin/orders')).toThrow(
    expect.objectContaining({ code: 'HOST_NOT_ALLOWED' }),
  );
  expect(medusa.settings.safeParse({ url: 'http://shop.example.se' }).success).toBe(false);
});
