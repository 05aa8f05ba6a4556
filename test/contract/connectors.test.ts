import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Order } from '#nodes/commerce/model.ts';
import { formatMoney } from '#nodes/commerce/money.ts';
import { builtInConnectors } from '#nodes/index.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { type ConnectorSession, openConnector } from '../support/connector-session.ts';
import { type PracticeHost, startPracticeHost } from '../support/practice-host.ts';
import { createContractJudge, missingContracts, type Vendor } from '../support/vendor-contract.ts';

const missing = missingContracts();
if (missing !== null) console.warn(missing);

const connectorOf = (id: string) => {
  const found = builtInConnectors.find((one) => one.id === id);
  if (!found) throw new Error(`no connector ${id}`);
  return found;
};
const woocommerce = connectorOf('woocommerce');
const fortnox = connectorOf('fortnox');

let host: PracticeHost;
let shop: ConnectorSession;
let erp: ConnectorSession;
let counter = 0;
const newCall = () => ({ reference: `ref${String(++counter).padStart(21, 'a')}` });

beforeAll(async () => {
  host = await startPracticeHost();
});
afterAll(() => host.close());

beforeEach(() => {
  host.shop.reset();
  host.erp.reset();
  shop = openConnector(woocommerce, {
    connection: 'shop-se',
    settings: { url: `${host.origin}/practice/shop` },
    secrets: shopSecrets(),
  });
  erp = openConnector(fortnox, {
    connection: 'books',
    settings: { apiUrl: host.erpApi, authUrl: `${host.erpApi}/oauth-v1` },
    secrets: { clientId: host.keys.clientId, clientSecret: host.keys.clientSecret },
    accessToken: host.erp.issueTokens().accessToken,
  });
});

function shopSecrets(): { consumerKey: string; consumerSecret: string } {
  const { consumerKey, consumerSecret } = host.keys;
  return { consumerKey, consumerSecret };
}

/** Places an order in the shop and reads it as its webhook would bring it. */
function readPlaced(input?: Parameters<PracticeHost['shop']['placeOrder']>[0]): Promise<Order> {
  const order = host.shop.placeOrder(input);
  const body = JSON.parse(JSON.stringify(order)) as Json;
  return shop.use(can.ordersFromWebhook, { id: String(order.id), topic: 'order.created', body });
}

async function transfer(order: Order, call = newCall()): Promise<can.DocumentRef> {
  const customer = await erp.use(can.customersCreate, { customer: order.customer }, newCall());
  return erp.use(can.ordersCreate, { order, customerNumber: customer.number }, call);
}

/** Every call both connectors made so far, judged by the vendors' own descriptions. */
function judged(): string[] {
  if (missing !== null) return [];
  const judge = createContractJudge();
  const by = (vendor: Vendor, session: ConnectorSession) =>
    session.calls.flatMap((call) => {
      const { request, response } = call;
      return judge({
        vendor,
        ...call,
        ...(request === undefined ? {} : { request }),
        ...(response === undefined ? {} : { response }),
      });
    });
  return [...by('woocommerce', shop), ...by('fortnox', erp)];
}

describe('an order from WooCommerce to Fortnox', () => {
  test('arrives with its rows, freight, customer and exactly its total', async () => {
    const order = await readPlaced({
      set_paid: true,
      customer_id: 14,
      line_items: [
        { sku: 'MUGG-BLA', quantity: 3 },
        { sku: 'KAFFE-500' },
        { sku: 'BOK-BRODBAK' },
        { sku: 'FORKLADE-GRON' },
      ],
      shipping_lines: [{ method_title: 'Postnord', total: '39.20' }],
      fee_lines: [{ name: 'Presentinslagning', total: '16.00' }],
      coupon_lines: [{ code: 'HÖST' }],
      meta_data: [{ key: '_billing_org_nr', value: '556677-8899' }],
    });
    expect(order.customer.organisationNumber).toBe('556677-8899');
    expect(order.status).toMatchObject({ order: 'processing', payment: 'paid', fulfilment: 'unfulfilled' });
    const made = await transfer(order);
    const entry = host.erp.ledger().orders.find((one) => one.number === made.number);
    expect(entry?.total.toFixed(2)).toBe(formatMoney(order.totals.gross));
    expect(entry?.rows.map((row) => [row.articleNumber, row.quantity, row.vat])).toEqual([
      ['MUGG-BLA', 3, 25],
      ['KAFFE-500', 1, 12],
      ['BOK-BRODBAK', 1, 6],
      ['FORKLADE-GRON', 1, 25],
      ['', 1, 25],
    ]);
    expect(judged()).toEqual([]);
  });

  test('two hundred random orders all keep their totals to the öre', async () => {
    for (let at = 0; at < 200; at++) {
      const order = await readPlaced();
      const made = await transfer(order);
      expect(made.total).toEqual(order.totals.gross);
    }
    expect(judged()).toEqual([]);
  });

  test('found again with another total or number of rows is told apart and left alone', async () => {
    const order = await readPlaced({ line_items: [{ sku: 'MUGG-BLA', quantity: 2 }] });
    const call = newCall();
    await transfer(order, call);
    const other = await readPlaced({ line_items: [{ sku: 'MUGG-BLA' }] });
    const lookup = erp.lookUp(can.ordersCreate, { order: other, customerNumber: '4' }, call);
    await expect(lookup).rejects.toMatchObject({ code: 'TARGET_DIFFERS', hold: 'review' });
  });

  test('with an unknown article or too long a number is refused by the field’s name and makes nothing', async () => {
    const order = await readPlaced({ line_items: [{ sku: 'MUGG-BLA' }] });
    const changed = (change: Partial<Order['lines'][number]>): Order => ({
      ...order,
      lines: order.lines.map((line) => ({ ...line, ...change })),
    });
    const create = (draft: Order) => erp.use(can.ordersCreate, { order: draft, customerNumber: '1' }, newCall());
    await expect(create(changed({ sku: 'FINNS-INTE' }))).rejects.toMatchObject({ code: 'ARTICLE_MISSING' });
    await expect(create(changed({ sku: 'X'.repeat(51) }))).rejects.toMatchObject({
      code: 'VALUE_TOO_LONG',
      field: 'order.lines[0].sku',
    });
    const short = { ...order, totals: { ...order.totals, gross: { amount: 1, currency: 'SEK' } } };
    await expect(create(short)).rejects.toMatchObject({ code: 'MONEY_MISMATCH', field: 'order.totals.gross' });
    expect(host.erp.ledger().orders).toHaveLength(0);
  });
});

describe('polling', () => {
  test('reads every order of the shop once, over pages, while orders of the same second change underneath', async () => {
    let now = Date.parse('2026-11-23T10:00:00Z');
    const still = await startPracticeHost({ shop: { clock: () => now } });
    const quiet = openConnector(woocommerce, {
      connection: 'shop-se',
      settings: { url: `${still.origin}/practice/shop` },
      secrets: shopSecrets(),
    });
    const placed = Array.from({ length: 250 }, (_, at) => {
      if (at === 220) now += 1000;
      return still.shop.placeOrder().id;
    });
    now += 60_000;
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await quiet.use(can.ordersList, {
        changedSince: '2026-11-23T10:00:00Z',
        ...(cursor ? { cursor } : {}),
      });
      seen.push(...page.items.map((order) => order.source.id));
      if (cursor === undefined) {
        for (const id of placed.slice(0, 15)) await quiet.use(can.ordersSetStatus, statusOf(id, 'on-hold'));
      }
      cursor = page.cursor;
    } while (cursor);
    await still.close();
    expect(new Set(seen)).toEqual(new Set(placed.map(String)));
    // Only what changed after it was read comes twice.
    expect(seen).toHaveLength(250 + 15);
  });
});

const statusOf = (id: number, action: string, more: object = {}) => ({
  order: { connection: 'shop-se', id: String(id) },
  action,
  revision: '1',
  ...more,
});

describe('WooCommerce', () => {
  test('takes statuses alone and in batches, and tells each that failed', async () => {
    const first = host.shop.placeOrder({ line_items: [{ sku: 'MUGG-BLA' }] }).id;
    const second = host.shop.placeOrder({ line_items: [{ sku: 'MUGG-VIT' }] }).id;
    await shop.use(
      can.ordersSetStatus,
      statusOf(first, 'delivered', { tracking: { number: 'PN123', carrier: 'PostNord' } }),
    );
    await shop.use(can.ordersSetStatus, statusOf(first, 'delivered', { tracking: { number: 'PN123' } }));
    const read = await shop.use(can.ordersGet, { id: String(first) });
    expect(read.status).toMatchObject({ order: 'completed', fulfilment: 'fulfilled', native: 'completed' });
    expect(read.shipments).toMatchObject([{ trackingNumber: 'PN123', carrier: 'PostNord' }]);
    const answers = await shop.batch(can.ordersSetStatus, [
      { input: statusOf(second, 'on-hold'), call: newCall() },
      { input: statusOf(999, 'on-hold'), call: newCall() },
      { input: statusOf(first, 'invoiced'), call: newCall() },
    ]);
    expect(answers[0]).toEqual({ id: String(second) });
    expect(answers[1]).toMatchObject({ code: 'TARGET_NOT_FOUND' });
    expect(answers[2]).toMatchObject({ code: 'UNSUPPORTED', field: 'action' });
    expect(judged()).toEqual([]);
  });

  test('finds a note that was written though its answer was lost', async () => {
    const { id } = host.shop.placeOrder();
    const note = { order: { connection: 'shop-se', id: String(id) }, text: 'Order 42 i Fortnox', revision: '1' };
    expect(await shop.lookUp(can.ordersAddNote, note, newCall())).toBeNull();
    const made = await shop.use(can.ordersAddNote, note, newCall());
    expect(await shop.lookUp(can.ordersAddNote, note, newCall())).toEqual(made);
    expect(await shop.lookUp(can.ordersAddNote, { ...note, toCustomer: true }, newCall())).toBeNull();
  });

  test('lists products with their variations, and takes stock and prices by SKU', async () => {
    const products = await shop.use(can.productsList, {});
    expect(products.items.find((one) => one.sku === 'FORKLADE-GRON')).toMatchObject({
      kind: 'variant',
      parentId: '110',
    });
    expect(products.items.find((one) => one.sku === 'KAFFE-500')).toMatchObject({ price: '89', taxRate: 1200 });
    const level = (sku: string, onHand: string) => ({
      input: { level: { source: { connection: 'books', id: sku }, sku, onHand }, revision: '1' },
      call: newCall(),
    });
    const answers = await shop.batch(can.stockSet, [
      level('MUGG-BLA', '7.9'),
      level('FORKLADE-GRON', '3'),
      level('FINNS-INTE', '1'),
    ]);
    expect(answers[2]).toMatchObject({ code: 'ARTICLE_MISSING' });
    const levels = await shop.use(can.stockList, {});
    const onHand = Object.fromEntries(levels.items.map((one) => [one.sku, one.onHand]));
    expect(onHand).toMatchObject({ 'MUGG-BLA': '7', 'FORKLADE-GRON': '3', 'MUGG-VIT': '80' });
    const price = { source: { connection: 'books', id: 'x' }, sku: 'MUGG-VIT', price: '159', currency: 'SEK' };
    await shop.use(can.pricesSet, { price, revision: '1' });
    const prices = await shop.use(can.pricesList, {});
    expect(prices.items.find((one) => one.sku === 'MUGG-VIT')).toMatchObject({ price: '159', includesTax: true });
    const list = shop.use(can.pricesSet, { price: { ...price, priceList: 'B' }, revision: '2' });
    await expect(list).rejects.toMatchObject({ code: 'UNSUPPORTED', field: 'price.priceList' });
    expect(judged()).toEqual([]);
  });

  test('makes its webhooks once, mends a disabled one, and signs what it sends', async () => {
    const received: { headers: Record<string, string>; raw: string }[] = [];
    const sink = createServer((req, res) => {
      const parts: Buffer[] = [];
      req.on('data', (part: Buffer) => parts.push(part));
      req.on('end', () => {
        received.push({ headers: req.headers as Record<string, string>, raw: Buffer.concat(parts).toString() });
        res.end();
      });
    });
    await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(sink.address() as AddressInfo).port}/hook`;
    const target = { url, secret: 'hemlig', topics: ['order.created', 'order.updated'] };
    const { webhook } = woocommerce;
    expect(await webhook?.ensure?.(shop.session, target)).toEqual(['order.created: made', 'order.updated: made']);
    expect(await webhook?.ensure?.(shop.session, target)).toEqual(['order.created: found', 'order.updated: found']);
    const hooks = (await shop.session.http({ method: 'GET', path: 'webhooks' })).body as { id: number }[];
    await shop.session.http({ method: 'PUT', path: `webhooks/${hooks[0]?.id}`, body: { status: 'disabled' } });
    expect((await webhook?.ensure?.(shop.session, target))?.toSorted()).toContainEqual(
      expect.stringContaining('mended'),
    );
    const order = host.shop.placeOrder();
    await host.shop.idle();
    sink.close();
    const pings = received.filter((one) => one.headers['x-wc-webhook-topic'] === undefined);
    for (const ping of pings) expect(webhook?.read(ping.headers, ping.raw)).toBeNull();
    const delivery = received.find((one) => one.headers['x-wc-webhook-topic'] === 'order.created');
    const signature = createHmac('sha256', 'hemlig')
      .update(delivery?.raw ?? '')
      .digest('base64');
    expect(delivery?.headers[webhook?.signature.header ?? '']).toBe(signature);
    const read = webhook?.read(delivery?.headers ?? {}, JSON.parse(delivery?.raw ?? '') as Json);
    const stamp: unknown = expect.stringMatching(/^[0-9a-f]{2,16}-\d+$/);
    expect(read).toEqual({ entity: 'order', topic: 'order.created', id: String(order.id), stamp });
    expect(() => webhook?.read({ 'x-wc-webhook-topic': 'order.created' }, { id: 'x' })).toThrow(TerminalError);
    expect(judged()).toEqual([]);
  });
});

describe('Fortnox', () => {
  test('delivers, invoices and cancels an order, each as often as asked with one result', async () => {
    const order = await readPlaced({ line_items: [{ sku: 'MUGG-BLA' }] });
    const first = await transfer(order);
    const second = await erp.use(can.ordersCreate, { order, customerNumber: '1' }, newCall());
    const at = (ref: can.DocumentRef, action: string) => ({
      order: { connection: 'books', id: ref.id },
      action,
      revision: '1',
    });
    for (const action of ['delivered', 'delivered', 'invoiced', 'invoiced']) {
      await erp.use(can.ordersSetStatus, at(first, action), newCall());
    }
    const read = await erp.use(can.ordersGet, { id: first.id });
    expect(read.status).toMatchObject({ order: 'completed', fulfilment: 'fulfilled', invoice: 'invoiced' });
    const invoice = await erp.use(can.invoicesCreate, { order: { connection: 'books', id: first.id } }, newCall());
    expect(invoice).toMatchObject({ created: false, number: read.invoiceNumbers[0] });
    const told = await erp.use(can.invoicesGet, { id: invoice.id });
    expect(told).toMatchObject({ order: first.id, total: order.totals.gross });
    expect((await erp.use(can.invoicesList, {})).items).toHaveLength(1);
    const note = { order: { connection: 'books', id: second.id }, text: 'Ring kunden', revision: '1' };
    for (let time = 0; time < 2; time++) await erp.use(can.ordersAddNote, note, newCall());
    expect((await erp.use(can.ordersGet, { id: second.id })).extra?.['comments']).toBe(
      `Webborder ${order.number}\nRing kunden`,
    );
    const changed = { order, customerNumber: '1', id: second.id, revision: '2', costCentre: 'NO' };
    expect(await erp.use(can.ordersUpdate, changed, newCall())).toMatchObject({ created: false });
    for (let time = 0; time < 2; time++) await erp.use(can.ordersSetStatus, at(second, 'cancelled'), newCall());
    expect((await erp.use(can.ordersGet, { id: second.id })).status.order).toBe('cancelled');
    expect((await erp.use(can.ordersList, { status: 'cancelled' })).items).toHaveLength(1);
    const paid = erp.use(can.ordersSetStatus, at(second, 'paid'), newCall());
    await expect(paid).rejects.toMatchObject({ code: 'UNSUPPORTED', field: 'action' });
    expect(judged()).toEqual([]);
  });

  test('keeps articles, balances and price lists with quantity steps', async () => {
    const product = {
      source: { connection: 'shop-se', id: '5' },
      sku: 'NY/1 Å',
      name: 'Ny vara',
      kind: 'simple',
      active: true,
      price: '125',
      priceIncludesTax: true,
      taxRate: 2500,
      stockTracked: true,
    };
    expect(await erp.use(can.productsCreate, { product }, newCall())).toMatchObject({ created: true });
    expect(await erp.use(can.productsCreate, { product }, newCall())).toMatchObject({ created: false });
    const other = erp.use(can.productsCreate, { product: { ...product, name: 'En annan' } }, newCall());
    await expect(other).rejects.toMatchObject({ code: 'TARGET_DIFFERS' });
    expect((await erp.use(can.productsFind, { sku: 'NY/1 Å' }))[0]).toMatchObject({ price: '100', taxRate: 2500 });
    expect(await erp.use(can.productsFind, { sku: 'FINNS-INTE' })).toEqual([]);
    await erp.use(
      can.productsUpdate,
      { id: 'NY/1 Å', product: { ...product, name: 'Nyare' }, revision: '2' },
      newCall(),
    );
    expect((await erp.use(can.productsGet, { id: 'NY/1 Å' })).name).toBe('Nyare');
    expect((await erp.use(can.productsList, {})).items.length).toBeGreaterThan(10);
    const level = { source: { connection: 'shop-se', id: '5' }, sku: 'NY/1 Å', onHand: '12.5' };
    await erp.use(can.stockSet, { level, figure: 'onHand', revision: '1' }, newCall());
    expect(await erp.use(can.stockFind, { sku: 'NY/1 Å' })).toMatchObject([{ onHand: '12.5' }]);
    expect((await erp.use(can.stockList, {})).items.find((one) => one.sku === 'NY/1 Å')?.onHand).toBe('12.5');
    const lists = await erp.use(can.priceListsList, {});
    expect(lists.items.map((list) => [list.code, list.name])).toEqual([
      ['A', 'Standard'],
      ['B', 'Återförsäljare'],
    ]);
    const price = {
      source: { connection: 'shop-se', id: 'p' },
      sku: 'MUGG-BLA',
      priceList: 'B',
      fromQuantity: '10',
      price: '90',
    };
    await erp.use(can.pricesSet, { price, revision: '1' }, newCall());
    await erp.use(
      can.pricesSet,
      { price: { ...price, price: '125', includesTax: true, fromQuantity: '50' }, revision: '2' },
      newCall(),
    );
    const found = await erp.use(can.pricesList, { priceList: 'B' });
    const mug = found.items.filter((one) => one.sku === 'MUGG-BLA' && one.fromQuantity !== '0');
    expect(mug.map((one) => [one.fromQuantity, one.price, one.name])).toEqual([
      ['10', '90', 'Återförsäljare'],
      ['50', '100', 'Återförsäljare'],
    ]);
    expect(judged()).toEqual([]);
  });
});
