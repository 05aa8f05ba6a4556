import { afterAll, beforeAll, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import { graphql } from '#nodes/connectors/graphql/connector.ts';
import { connectorWith } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
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

const settings = {
  amounts: 'minor',
  currency: 'EUR',
  auth: { kind: 'bearer' },
  records: {
    order: {
      id: '{{ record.id }}',
      number: '{{ record.code }}',
      placedAt: '{{ record.placedAt }}',
      changedAt: '{{ record.updatedAt }}',
      currency: '{{ record.currency }}',
      customer: { name: '{{ record.buyer }}' },
      pricesIncludeTax: 'true',
      lines: {
        list: '{{ record.lines }}',
        sku: '{{ item.sku }}',
        quantity: '{{ item.count }}',
        unitPrice: '{{ item.price }}',
        net: '{{ item.net }}',
        gross: '{{ item.gross }}',
      },
    },
    product: { id: '{{ record.id }}', sku: '{{ record.sku }}', name: '{{ record.name }}' },
  },
  paging: {
    style: 'cursor',
    size: 2,
    next: '{{ body.orders.pageInfo.endCursor }}',
    more: '{{ body.orders.pageInfo.hasNextPage }}',
  },
  requests: {
    'orders.list': {
      query:
        'query Orders($since: DateTime, $first: Int!, $after: String) { orders(since: $since, first: $first, after: $after) { nodes { id } pageInfo { endCursor hasNextPage } } }',
      variables: { since: '{{ changedSince }}', first: '{{ page.size }}', after: '{{ page.cursor }}' },
      list: '{{ body.orders.nodes }}',
    },
    'orders.get': {
      query: 'query Order($id: ID!) { order(id: $id) { id code } }',
      variables: { id: '{{ id }}' },
      record: '{{ body.order }}',
    },
    'products.create': {
      query:
        'mutation Add($input: ProductInput!) { addProduct(input: $input) { product { id } userErrors { message } } }',
      variables: { input: { name: '{{ product.name }}', sku: '{{ product.sku }}', externalId: '{{ reference }}' } },
      id: '{{ body.addProduct.product.id }}',
      refused: "{{ body.addProduct.userErrors | pick('message') | first }}",
      class: 'B',
      lookup: {
        query: 'query Find($ref: String!) { products(externalId: $ref) { id externalId } }',
        variables: { ref: '{{ reference }}' },
        list: '{{ body.products }}',
        reference: '{{ item.externalId }}',
      },
    },
  },
  account: { query: '{ shop { name } }', label: '{{ body.shop.name }}' },
};

const open = (more: object = {}) =>
  openConnector(graphql, {
    connection: 'shop',
    settings: { endpoint: `${vendor.origin}/api/graphql?v=2`, ...settings, ...more },
    secrets: { token: 't0ken' },
  });

const orderOf = (id: number) => ({
  id: `gid-${id}`,
  code: `A${id}`,
  placedAt: '2026-11-23T09:15:00Z',
  updatedAt: '2026-11-23T10:00:00Z',
  currency: 'SEK',
  buyer: 'Åsa Öberg',
  lines: [{ sku: 'MUGG', count: 2, price: 12_500, net: 20_000, gross: 25_000 }],
});
const sent = (request: ScriptedRequest | undefined) =>
  JSON.parse(request?.body ?? '{}') as { query: string; variables: Record<string, unknown> };
const call = { reference: 'abcdefghijklmnopqrstuvwx' };
const product = {
  source: { connection: 'erp', id: 'P1' },
  sku: 'P1',
  name: 'Mugg "blå" } #',
  kind: 'simple',
  active: true,
};

test('a query is sent with values in its variables alone, and its data read as a record', async () => {
  vendor.answer(() => ({ body: { data: { order: orderOf(7) } } }));
  const id = 'gid-7';
  expect(await open().use(can.ordersGet, { id })).toMatchObject({
    source: { connection: 'shop', id },
    number: 'A7',
    currency: 'SEK',
    lines: [
      { quantity: '2', unitPrice: '125', taxRate: 2500, total: { net: { amount: 20_000 }, tax: { amount: 5000 } } },
    ],
    totals: { gross: { amount: 25_000, currency: 'SEK' } },
  });
  const [request] = vendor.seen as [ScriptedRequest];
  expect([request.method, request.url.pathname, request.url.search]).toEqual(['POST', '/api/graphql', '?v=2']);
  expect(request.headers['authorization']).toBe('Bearer t0ken');
  expect(sent(request)).toEqual({ query: settings.requests['orders.get'].query, variables: { id } });
});

test('pages are read by cursor to the end that the system tells', async () => {
  vendor.answer((request) => {
    const from = Number(sent(request).variables['after'] ?? 0);
    const nodes = [1, 2, 3, 4, 5].slice(from, from + 2).map(orderOf);
    return {
      body: { data: { orders: { nodes, pageInfo: { endCursor: String(from + 2), hasNextPage: from + 2 < 5 } } } },
    };
  });
  const session = open();
  const first = await session.use(can.ordersList, { changedSince: '2026-11-01T00:00:00Z' });
  const second = await session.use(can.ordersList, { changedSince: '2026-11-01T00:00:00Z', cursor: first.cursor });
  const third = await session.use(can.ordersList, { changedSince: '2026-11-01T00:00:00Z', cursor: second.cursor });
  expect([first, second, third].flatMap((page) => page.items.map((order) => order.number))).toEqual([
    'A1',
    'A2',
    'A3',
    'A4',
    'A5',
  ]);
  expect(third.cursor).toBeUndefined();
  expect(vendor.seen.map((request) => sent(request).variables)).toEqual([
    { since: '2026-10-31T23:59:59.000Z', first: 2 },
    { since: '2026-10-31T23:59:59.000Z', first: 2, after: '2' },
    { since: '2026-10-31T23:59:59.000Z', first: 2, after: '4' },
  ]);
});

const told = (code: string | undefined, message = 'nej'): ScriptedAnswer => ({
  body: { data: null, errors: [{ message, ...(code === undefined ? {} : { extensions: { code } }) }] },
});

test.each([
  ['UNAUTHENTICATED', { code: 'SIGN_IN_NEEDED', hold: 'sign-in' }],
  ['FORBIDDEN', { code: 'TARGET_REFUSED', message: 'nej' }],
  ['GRAPHQL_VALIDATION_FAILED', { code: 'TARGET_REFUSED' }],
  ['BAD_USER_INPUT', { code: 'TARGET_REFUSED' }],
  ['NOT_FOUND', { code: 'TARGET_NOT_FOUND' }],
  ['THROTTLED', { code: 'TARGET_BUSY', beforeWork: true }],
  ['INTERNAL_SERVER_ERROR', { code: 'TARGET_DOWN', beforeWork: false }],
  [undefined, { code: 'TARGET_DOWN', beforeWork: false }],
  ['STOCK_LOW', { code: 'TARGET_REFUSED' }],
])('errors of code %s with 200 are understood', async (code, meaning) => {
  vendor.answer(() => told(code));
  const session = open({ errors: { meanings: [{ code: 'STOCK_LOW', means: 'refused' }] } });
  await expect(session.use(can.ordersGet, { id: 'gid-7' })).rejects.toMatchObject(meaning);
});

test('errors beside data are errors, no data is no answer, null is no record, and a refusal with 400 is told in its words', async () => {
  const cases: readonly (readonly [ScriptedAnswer, object])[] = [
    [
      { body: { data: { order: orderOf(7) }, errors: [{ message: 'half' }] } },
      { code: 'TARGET_DOWN', message: 'half' },
    ],
    [{ body: {} }, { code: 'TARGET_ANSWER_INVALID', field: 'requests.orders.get' }],
    [{ body: '<html>', headers: { 'content-type': 'text/html' } }, { code: 'TARGET_ANSWER_INVALID' }],
    [{ body: { data: { order: null } } }, { code: 'TARGET_NOT_FOUND' }],
    [{ body: { data: { order: orderOf(8) } } }, { code: 'TARGET_ANSWER_INVALID', field: 'requests.orders.get.record' }],
    [
      { status: 400, body: { errors: [{ message: 'Cannot query field "kod"' }] } },
      { code: 'TARGET_REFUSED', message: 'Cannot query field "kod"' },
    ],
  ];
  for (const [answer, meaning] of cases) {
    vendor.answer(() => answer);
    await expect(open().use(can.ordersGet, { id: 'gid-7' }), JSON.stringify(answer)).rejects.toMatchObject(meaning);
  }
});

test('a mutation makes a document once: refused in its own words, found by its reference when the answer was lost', async () => {
  const session = open();
  vendor.answer(() => ({ body: { data: { addProduct: { product: { id: 'p7' }, userErrors: [] } } } }));
  expect(await session.use(can.productsCreate, { product }, call)).toEqual({ id: 'p7', number: 'p7', created: true });
  expect(sent(vendor.seen[0]).variables).toEqual({
    input: { name: 'Mugg "blå" } #', sku: 'P1', externalId: call.reference },
  });
  vendor.answer(() => ({
    body: { data: { addProduct: { product: null, userErrors: [{ message: 'SKU finns redan' }] } } },
  }));
  const refused: unknown = await session.use(can.productsCreate, { product }, call).catch((cause: unknown) => cause);
  expect(refused).toBeInstanceOf(TerminalError);
  expect(refused).toMatchObject({ code: 'TARGET_REFUSED', message: 'SKU finns redan' });
  vendor.answer(() => ({ body: { data: { addProduct: null } } }));
  const unread: unknown = await session.use(can.productsCreate, { product }, call).catch((cause: unknown) => cause);
  expect(unread).toBeInstanceOf(RetryableError);
  expect(unread).toMatchObject({ beforeWork: false });
  vendor.answer(() => ({
    body: {
      data: {
        products: [
          { id: 'p6', externalId: 'other' },
          { id: 'p7', externalId: call.reference },
        ],
      },
    },
  }));
  expect(await session.lookUp(can.productsCreate, { product }, call)).toEqual({
    id: 'p7',
    number: 'p7',
    created: true,
  });
});

test('the account is told by its name', async () => {
  vendor.answer(() => ({ body: { data: { shop: { name: 'Garnboden' } } } }));
  const { connector, session } = {
    connector: connectorWith(graphql, graphql.settings.parse({ endpoint: `${vendor.origin}/g`, ...settings })),
    session: open().session,
  };
  expect((await connector.ping(session)).label).toMatch(/^Garnboden \(127\.0\.0\.1:\d+\)$/);
});

test.each([
  [{ 'orders.get': { query: 'order { id }' } }, 'requests.orders.get.query'],
  [{ 'orders.get': { query: 'query { order { id }' } }, 'requests.orders.get.query'],
  [
    { 'orders.get': { query: '{ order { id } }', variables: { id: '{{ order.id }}' } } },
    'requests.orders.get.variables',
  ],
])('%j is refused when the settings are saved', (requests, field) => {
  const parsed = graphql.settings.parse({
    endpoint: 'https://shop.example/graphql',
    records: settings.records,
    requests,
  });
  expect(() => connectorWith(graphql, parsed)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', field }));
});
