import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import { rest } from '#nodes/connectors/rest/connector.ts';
import { HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import { openConnector } from '../support/connector-session.ts';
import {
  type ScriptedAnswer,
  type ScriptedRequest,
  type ScriptedVendor,
  startScriptedVendor,
} from '../support/scripted-vendor.ts';

let vendor: ScriptedVendor;
beforeAll(async () => {
  vendor = await startScriptedVendor();
});
afterAll(() => vendor.close());

const open = (settings: object) =>
  openConnector(rest, { connection: 'erp', settings: { baseUrl: `${vendor.origin}/api`, ...settings }, secrets: {} });

const call = { reference: 'abcdefghijklmnopqrstuvwx' };
const address = { street: 'Åsögatan 12 B', city: 'Malmö', country: 'SE' };
const buyer = {
  source: { connection: 'shop', id: '9' },
  kind: 'private',
  name: 'Åsa <Öberg> & Co',
  billing: address,
} as const;
const sek = (amount: number) => ({ amount, currency: 'SEK' });
const draft = {
  customerNumber: 'K1',
  order: {
    source: { connection: 'shop', id: '1042' },
    number: '1042',
    placedAt: '2026-11-23T09:15:00Z',
    currency: 'SEK',
    status: { order: 'open', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: buyer,
    billing: address,
    lines: [
      {
        id: '1',
        sku: 'MUGG',
        name: 'Mugg “blå”',
        quantity: '2',
        unitPrice: '50',
        discount: sek(0),
        taxRate: 2500,
        total: { net: sek(10_000), tax: sek(2500), gross: sek(12_500) },
      },
      {
        id: '2',
        sku: 'BOK',
        name: 'Bok',
        quantity: '1',
        unitPrice: '100',
        discount: sek(0),
        taxRate: 600,
        total: { net: sek(10_000), tax: sek(600), gross: sek(10_600) },
      },
    ],
    totals: { net: sek(20_000), tax: sek(3100), gross: sek(23_100) },
    pricesIncludeTax: false,
  },
};

const create = {
  path: 'orders',
  headers: { 'Idempotency-Key': '{{ reference }}' },
  body: {
    ref: '{{ reference }}',
    customer: '{{ customerNumber }}',
    note: '{{ order.note }}',
    total: '{{ order.totals.gross.amount | decimal(2) }}',
    rows: {
      $list: '{{ order.lines }}',
      $as: 'line',
      $item: { article: '{{ line.sku }}', count: '{{ line.quantity | number }}', order: '{{ order.number }}' },
    },
    vip: { $when: "{{ customerNumber | equals('K1') }}", $then: true },
  },
  id: '{{ body.order.id }}',
  number: '{{ body.order.no }}',
  total: '{{ body.order.sum }}',
};

describe('a new document', () => {
  test('is made of the record, rows and all, and its answer read', async () => {
    vendor.answer(() => ({ status: 201, body: { order: { id: 77, no: 'A77', sum: '231.00' } } }));
    const made = await open({ requests: { 'orders.create': create } }).use(can.ordersCreate, draft, call);
    expect(made).toEqual({ id: '77', number: 'A77', created: true, total: sek(23_100) });
    const [request] = vendor.seen as [ScriptedRequest];
    expect([request.method, request.url.pathname, request.headers['idempotency-key']]).toEqual([
      'POST',
      '/api/orders',
      call.reference,
    ]);
    expect(JSON.parse(request.body)).toEqual({
      ref: call.reference,
      customer: 'K1',
      total: '231.00',
      rows: [
        { article: 'MUGG', count: 2, order: '1042' },
        { article: 'BOK', count: 1, order: '1042' },
      ],
      vip: true,
    });
  });

  test('whose answer cannot be read, or tells another total, may have been made: it is never called refused', async () => {
    const session = open({ requests: { 'orders.create': create } });
    const bad: readonly ScriptedAnswer[] = [
      { body: { order: {} } },
      { body: null },
      { body: 'ok', headers: { 'content-type': 'text/html' } },
      { body: { order: { id: 77, sum: 'mycket' } } },
      { body: { order: { id: 77, sum: '230.99' } } },
    ];
    for (const answer of bad) {
      vendor.answer(() => answer);
      const error: unknown = await session.use(can.ordersCreate, draft, call).catch((cause: unknown) => cause);
      expect(error, JSON.stringify(answer)).toBeInstanceOf(RetryableError);
      expect(error).toMatchObject({ beforeWork: false });
    }
  });

  const lookup = {
    path: 'orders',
    query: { reference: '{{ reference }}' },
    list: '{{ body.orders }}',
    reference: '{{ item.ref }}',
    number: '{{ item.no }}',
    total: '{{ item.sum }}',
  };

  test('of class B is found by its reference and no other, and compared before it is believed', async () => {
    const session = open({ requests: { 'orders.create': { ...create, class: 'B', lookup } } });
    const find = (...orders: object[]) => {
      vendor.answer(() => ({ body: { orders } }));
      return session.lookUp(can.ordersCreate, draft, call);
    };
    expect(await find()).toBeNull();
    expect(await find({ id: 1, ref: 'abcdefghijklmnopqrstuvwy' }, { id: 2 })).toBeNull();
    const mine = { id: 77, no: 'A77', ref: call.reference, sum: 231 };
    expect(await find({ id: 1, ref: 'x' }, mine)).toEqual({
      id: '77',
      number: 'A77',
      created: true,
      total: sek(23_100),
    });
    expect(vendor.seen[0]?.url.search).toBe(`?reference=${call.reference}`);
    for (const orders of [[{ ...mine, sum: 230 }], [mine, { ...mine, id: 78 }]]) {
      const error: unknown = await find(...orders).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(HoldError);
      expect(error).toMatchObject({ code: 'TARGET_DIFFERS', hold: 'review' });
    }
  });

  test('that the system refuses with 200 is refused, in its own words', async () => {
    vendor.answer(() => ({ body: { ok: false, problems: ['artikeln finns inte'] } }));
    const session = open({ requests: { 'orders.create': { ...create, refused: '{{ body.problems | first }}' } } });
    const error: unknown = await session.use(can.ordersCreate, draft, call).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(TerminalError);
    expect(error).toMatchObject({ code: 'TARGET_REFUSED', message: 'artikeln finns inte' });
  });
});

describe('a change', () => {
  const setStatus = (more: object = {}) => ({
    'orders.set-status': {
      path: 'orders/{{ order.id }}/state',
      body: { state: '{{ status }}' },
      class: 'A',
      statuses: [{ action: 'delivered', native: 'SENT' }],
      ...more,
    },
  });
  const input = { order: { connection: 'erp', id: '7' }, action: 'delivered', revision: '1' };

  test('of status goes in the system’s own words; one it has no word for is said to be unsupported', async () => {
    vendor.answer(() => ({ status: 204 }));
    const session = open({ requests: setStatus() });
    expect(await session.use(can.ordersSetStatus, input, call)).toEqual({ id: '7' });
    expect(vendor.seen[0]).toMatchObject({ method: 'PUT', body: '{"state":"SENT"}' });
    await session.use(can.ordersSetStatus, { ...input, native: 'PICKED' }, call);
    expect(vendor.seen[1]?.body).toBe('{"state":"PICKED"}');
    await expect(session.use(can.ordersSetStatus, { ...input, action: 'refunded' }, call)).rejects.toMatchObject({
      code: 'UNSUPPORTED',
      field: 'action',
    });
    await session.use(can.ordersSetStatus, { ...input, tracking: { number: 'PN1' } }, call);
    expect(session.notes.join()).toContain('tracking');
  });

  test('of stock finds the product of its SKU first, and says when there is none or two', async () => {
    const requests = {
      'products.find': { path: 'products', query: { sku: '{{ sku }}' } },
      'stock.set': {
        path: 'products/{{ product.source.id }}/stock',
        body: { stock: '{{ level.onHand | number }}' },
        class: 'A',
      },
    };
    const records = { product: { id: '{{ record.id }}', sku: '{{ record.sku }}', name: '{{ record.sku }}' } };
    const level = { level: { source: { connection: 'x', id: 'A1' }, sku: 'A1', onHand: '12' }, revision: '1' };
    const session = open({ records, requests });
    const set = (...found: object[]) => {
      vendor.answer(({ method }) => ({ body: method === 'GET' ? found : {} }));
      return session.use(can.stockSet, level, call);
    };
    expect(await set({ id: 5, sku: 'A1' }, { id: 6, sku: 'A10' })).toEqual({ id: 'A1' });
    expect(vendor.seen[1]).toMatchObject({ method: 'PUT', body: '{"stock":12}' });
    expect(vendor.seen[1]?.url.pathname).toBe('/api/products/5/stock');
    await expect(set()).rejects.toMatchObject({ code: 'ARTICLE_MISSING' });
    await expect(set({ id: 5, sku: 'A1' }, { id: 6, sku: 'A1' })).rejects.toMatchObject({ code: 'MATCH_AMBIGUOUS' });
    expect(vendor.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
  });
});

describe('what goes wrong', () => {
  const get = { 'products.get': { path: 'products/{{ id }}' } };
  const records = { product: { id: '{{ record.id }}', name: '{{ record.name }}' } };
  const errors = {
    message: '{{ body.fel.text }}',
    code: '{{ body.fel.kod }}',
    meanings: [
      { code: 'SLOW', means: 'busy' },
      { code: 'LOGIN', means: 'sign-in' },
    ],
  };
  test.each([
    [
      { status: 400, body: { fel: { text: 'Namnet är för långt', kod: 'E7' } } },
      { code: 'TARGET_REFUSED', message: 'Namnet är för långt', details: { code: 'E7' } },
    ],
    [
      { status: 400, body: { fel: { text: 'Vänta', kod: 'SLOW' } }, headers: { 'retry-after': '4' } },
      { code: 'TARGET_BUSY', beforeWork: true, afterMs: 4000 },
    ],
    [
      { status: 403, body: { fel: { kod: 'LOGIN' } } },
      { code: 'SIGN_IN_NEEDED', hold: 'sign-in' },
    ],
    [{ status: 404, body: '<html>' }, { code: 'TARGET_NOT_FOUND' }],
    [
      { status: 500, body: { fel: { text: 'ORA-00600' } } },
      { code: 'TARGET_DOWN', beforeWork: false, message: 'ORA-00600' },
    ],
    [{ status: 302, headers: { location: '/login' } }, { code: 'TARGET_ANSWER_INVALID' }],
    [
      { status: 200, body: { id: 8, name: 'another' } },
      { code: 'TARGET_ANSWER_INVALID', field: 'requests.products.get.record' },
    ],
    [
      { status: 200, body: { id: 7 } },
      { code: 'TARGET_ANSWER_INVALID', field: 'records.product.name' },
    ],
  ] as const)('%j is understood', async (answer, meaning) => {
    vendor.answer(() => answer);
    await expect(open({ errors, records, requests: get }).use(can.productsGet, { id: '7' })).rejects.toMatchObject(
      meaning,
    );
  });
});

describe('XML', () => {
  const xml = {
    format: 'xml',
    xmlLists: ['row'],
    errors: { message: '{{ body.fault.text }}' },
    records: {
      order: {
        id: "{{ record['@id'] }}",
        placedAt: '{{ record.placed }}',
        customer: { name: '{{ record.buyer }}' },
        lines: {
          list: '{{ record.rows.row }}',
          sku: '{{ item.sku }}',
          quantity: '{{ item.count }}',
          gross: '{{ item.sum }}',
          taxRate: '25',
        },
      },
    },
    requests: {
      'orders.list': { path: 'orders', list: '{{ body.orders.order }}' },
      'orders.get': { path: 'orders/{{ id }}', record: '{{ body.order }}' },
      'orders.create': {
        path: 'orders',
        body: {
          order: {
            '@xmlns': 'urn:erp',
            '@ref': '{{ reference }}',
            buyer: '{{ order.customer.name }}',
            row: { $list: '{{ order.lines }}', $item: { '@sku': '{{ item.sku }}', '#text': '{{ item.name }}' } },
          },
        },
        id: "{{ body.created['@id'] }}",
        class: 'A',
      },
    },
  };
  const one = (id: number) =>
    `<o:order xmlns:o="urn:erp" id="${id}"><o:placed>2026-11-23T09:15:00Z</o:placed><o:buyer>Åsa &amp; Öberg</o:buyer><o:rows><o:row><o:sku>A</o:sku><o:count>1</o:count><o:sum>125.00</o:sum></o:row></o:rows></o:order>`;

  test('is read: one record, lists of many, one and none', async () => {
    const session = open(xml);
    vendor.answer(() => ({ body: one(7) }));
    expect(await session.use(can.ordersGet, { id: '7' })).toMatchObject({
      customer: { name: 'Åsa & Öberg' },
      lines: [{ sku: 'A', total: { gross: { amount: 12_500 }, tax: { amount: 2500 } } }],
    });
    expect(vendor.seen[0]?.headers['accept']).toContain('application/xml');
    for (const ids of [[1, 2], [1], []]) {
      vendor.answer(() => ({ body: `<orders>${ids.map(one).join('')}</orders>` }));
      const { items } = await session.use(can.ordersList, {});
      expect(items.map((order) => order.source.id)).toEqual(ids.map(String));
    }
  });

  test('is written, and markup in a value stays text', async () => {
    vendor.answer(() => ({ status: 201, body: '<created id="77"/>' }));
    expect(await open(xml).use(can.ordersCreate, draft, call)).toMatchObject({ id: '77', created: true });
    expect(vendor.seen[0]?.headers['content-type']).toContain('application/xml');
    expect(vendor.seen[0]?.body).toBe(
      `<?xml version="1.0" encoding="UTF-8"?><order xmlns="urn:erp" ref="${call.reference}"><buyer>Åsa &lt;Öberg&gt; &amp; Co</buyer><row sku="MUGG">Mugg “blå”</row><row sku="BOK">Bok</row></order>`,
    );
  });

  test('that is broken, of another root, a bomb or no XML at all is an answer we cannot read, and a fault is told in its words', async () => {
    const session = open(xml);
    const bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;&b;">]><orders>&c;</orders>';
    for (const body of ['<orders><order>', '<html><body/></html>', bomb, 'Strax tillbaka', '{"orders":[]}']) {
      vendor.answer(() => ({ body }));
      await expect(session.use(can.ordersList, {}), body).rejects.toMatchObject({ code: 'TARGET_ANSWER_INVALID' });
    }
    vendor.answer(() => ({ status: 422, body: '<fault><text>Kunden är spärrad</text></fault>' }));
    await expect(session.use(can.ordersList, {})).rejects.toMatchObject({
      code: 'TARGET_REFUSED',
      message: 'Kunden är spärrad',
    });
  });
});
