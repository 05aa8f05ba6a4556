import { createHash, createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Order, Page } from '#nodes/commerce/model.ts';
import { rest } from '#nodes/connectors/rest/connector.ts';
import { connectorWith } from '#runtime/connector.ts';
import { type ConnectorSession, openConnector } from '../support/connector-session.ts';
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

const records = {
  order: {
    id: '{{ record.id }}',
    placedAt: '{{ record.placed }}',
    changedAt: '{{ record.changed }}',
    status: '{{ record.state }}',
    statuses: [{ native: 'NEW', order: 'open', payment: 'paid' }],
    customer: { name: '{{ record.buyer }}' },
    lines: {
      list: '{{ record.rows }}',
      sku: '{{ item.sku }}',
      quantity: '{{ item.count }}',
      unitPrice: '{{ item.price }}',
      taxRate: '{{ item.vat }}',
    },
  },
  product: { id: '{{ record.id }}', sku: '{{ record.sku }}', name: '{{ record.name }}', price: '{{ record.price }}' },
};

const orderOf = (id: number, changed = '2026-11-23T10:00:00Z') => ({
  id,
  placed: '2026-11-23T09:15:00Z',
  changed,
  state: 'NEW',
  buyer: 'Åsa Öberg 🦞',
  rows: [{ sku: 'MUGG', count: 2, price: '33.35', vat: 25 }],
});

function open(settings: object, secrets: object = {}): ConnectorSession {
  return openConnector(rest, {
    connection: 'shop',
    settings: { baseUrl: `${vendor.origin}/api`, records, ...settings },
    secrets,
    now: () => Date.parse('2026-11-26T09:00:00Z'),
  });
}

async function everyOrder(session: ConnectorSession, query: object = {}): Promise<string[]> {
  const ids: string[] = [];
  let cursor: string | undefined;
  do {
    const page: Page<Order> = await session.use(can.ordersList, { ...query, ...(cursor ? { cursor } : {}) });
    ids.push(...page.items.map((order) => order.source.id));
    cursor = page.cursor;
  } while (cursor !== undefined);
  return ids;
}

const getOrder = { 'orders.get': { path: 'orders/{{ id }}' } };

describe('signing in', () => {
  const asked = async (auth: object, secrets: object, more: object = {}): Promise<ScriptedRequest> => {
    vendor.answer(() => ({ body: orderOf(7) }));
    await open({ auth, requests: getOrder, ...more }, secrets).use(can.ordersGet, { id: '7' });
    return vendor.seen[0] as ScriptedRequest;
  };

  test('nothing, user and password, bearer token and key in a header are sent as they should be', async () => {
    expect((await asked({ kind: 'none' }, {})).headers['authorization']).toBeUndefined();
    const basic = (await asked({ kind: 'basic' }, { user: 'åsa', password: 'p:ö' })).headers['authorization'] ?? '';
    expect(Buffer.from(basic.replace('Basic ', ''), 'base64').toString()).toBe('åsa:p:ö');
    expect((await asked({ kind: 'bearer' }, { token: 't0ken' })).headers['authorization']).toBe('Bearer t0ken');
    const keyed = await asked({ kind: 'header', header: 'X-Api-Key', prefix: 'key ' }, { token: 't0ken' });
    expect(keyed.headers['x-api-key']).toBe('key t0ken');
  });

  test('a secret that is missing holds the run for a person, and nothing is sent', async () => {
    vendor.answer(() => ({ body: orderOf(7) }));
    for (const auth of [{ kind: 'basic' }, { kind: 'bearer' }, { kind: 'header', header: 'X-Key' }, { kind: 'hmac' }]) {
      const work = open({ auth, requests: getOrder }).use(can.ordersGet, { id: '7' });
      await expect(work).rejects.toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
    }
    expect(vendor.seen).toEqual([]);
  });

  test('credentials are not sent in the clear to another machine, unless that is allowed', () => {
    const at = (unencrypted: boolean) =>
      connectorWith(
        rest,
        rest.settings.parse({ baseUrl: 'http://erp.internal/api', auth: { kind: 'bearer' }, unencrypted }),
      );
    const url = new URL('http://erp.internal/api/orders');
    const sign = (unencrypted: boolean) => {
      const headers: Record<string, string> = {};
      at(unencrypted).authorize({ url, headers }, { secrets: { token: 't0ken' } });
      return headers;
    };
    expect(() => sign(false)).toThrow(expect.objectContaining({ code: 'HOST_NOT_ALLOWED', field: 'baseUrl' }));
    expect(sign(true)).toEqual({ authorization: 'Bearer t0ken' });
  });

  test('an HMAC is over what the settings say, with its time and key id, and a changed body would not fit', async () => {
    const auth = {
      kind: 'hmac',
      algorithm: 'sha512',
      encoding: 'base64',
      text: '{{ method }}\n{{ path }}\n{{ query }}\n{{ timestamp }}\n{{ digest }}',
      header: 'Authorization',
      value: 'HMAC {{ keyId }}:{{ signature }}',
      timestampHeader: 'X-Time',
      keyIdHeader: 'X-Key',
    };
    vendor.answer(() => ({ body: { id: 9 } }));
    const requests = {
      'orders.set-status': {
        method: 'PATCH',
        path: 'orders/{{ order.id }}',
        query: { notify: true },
        body: { state: '{{ action }}' },
        class: 'A',
      },
    };
    const secrets = { keyId: 'k1', signingKey: 'nyckel åäö' };
    const input = { order: { connection: 'shop', id: '7' }, action: 'delivered', revision: '1' };
    await open({ auth, requests }, secrets).use(can.ordersSetStatus, input);
    const [request] = vendor.seen as [ScriptedRequest];
    const digest = createHash('sha512').update('{"state":"delivered"}').digest('base64');
    const text = `PATCH\n/api/orders/7\nnotify=true\n1795683600\n${digest}`;
    expect(request.body).toBe('{"state":"delivered"}');
    expect(request.headers).toMatchObject({
      authorization: `HMAC k1:${createHmac('sha512', 'nyckel åäö').update(text).digest('base64')}`,
      'x-time': '1795683600',
      'x-key': 'k1',
    });
  });

  test.each(['header', 'body'])(
    'client credentials in the %s are traded for a token once, renewed once at 401',
    async (client) => {
      let tokens = 0;
      let spent = '';
      vendor.answer(({ url, headers, body }): ScriptedAnswer => {
        if (url.pathname === '/oauth/token') {
          const form = new URLSearchParams(body);
          const basic = Buffer.from((headers['authorization'] ?? '').replace('Basic ', ''), 'base64').toString();
          const given = client === 'header' ? basic : `${form.get('client_id')}:${form.get('client_secret')}`;
          const right = form.get('grant_type') === 'client_credentials' && form.get('scope') === 'orders';
          return given === 'c1:s3cret' && right
            ? { body: { access_token: `token-${++tokens}`, token_type: 'bearer' } }
            : { status: 401 };
        }
        return headers['authorization'] === `Bearer token-${tokens}` && headers['authorization'] !== spent
          ? { body: orderOf(7) }
          : { status: 401 };
      });
      const auth = { kind: 'client-credentials', tokenUrl: `${vendor.origin}/oauth/token`, scope: 'orders', client };
      const session = open({ auth, requests: getOrder }, { clientId: 'c1', clientSecret: 's3cret' });
      await Promise.all(Array.from({ length: 5 }, () => session.use(can.ordersGet, { id: '7' })));
      expect(tokens).toBe(1);
      spent = 'Bearer token-1';
      await session.use(can.ordersGet, { id: '7' });
      expect(tokens).toBe(2);
      const stranger = open({ auth, requests: getOrder }, { clientId: 'c1', clientSecret: 'wrong' });
      await expect(stranger.use(can.ordersGet, { id: '7' })).rejects.toMatchObject({ code: 'SIGN_IN_NEEDED' });
    },
  );
});

describe('pages', () => {
  const ALL = Array.from({ length: 47 }, (_, index) =>
    orderOf(index + 1, `2026-11-23T10:00:${String(index % 60).padStart(2, '0')}Z`),
  );
  const IDS = ALL.map((order) => String(order.id));
  const paged = (paging: object, request: object) =>
    open({ paging: { size: 10, ...paging }, requests: { 'orders.list': request } });
  const asked = (request: ScriptedRequest, name: string) => Number(request.url.searchParams.get(name) ?? 0);

  test('all in one answer', async () => {
    vendor.answer(() => ({ body: { data: ALL } }));
    expect(await everyOrder(paged({ style: 'none' }, { path: 'orders', list: '{{ body.data }}' }))).toEqual(IDS);
    expect(vendor.seen).toHaveLength(1);
  });

  test('by number: to an empty page, whatever size the system really has, or to the total it tells', async () => {
    vendor.answer((request) => ({
      headers: { 'x-total': '47' },
      body: ALL.slice(asked(request, 'p') * 7, asked(request, 'p') * 7 + 7),
    }));
    const request = { path: 'orders', query: { p: '{{ page.number }}', n: '{{ page.size }}' } };
    expect(await everyOrder(paged({ style: 'page', first: 0 }, request))).toEqual(IDS);
    expect(vendor.seen).toHaveLength(8);
    vendor.answer((one) => ({
      headers: { 'x-total': '47' },
      body: ALL.slice(asked(one, 'p') * 7, asked(one, 'p') * 7 + 7),
    }));
    expect(await everyOrder(paged({ style: 'page', first: 0, total: '{{ headers.x-total }}' }, request))).toEqual(IDS);
    expect(vendor.seen).toHaveLength(7);
  });

  test('by offset, with a word for more', async () => {
    vendor.answer((request) => {
      const from = asked(request, 'skip');
      return { body: { rows: ALL.slice(from, from + 10), hasMore: from + 10 < ALL.length } };
    });
    const request = { path: 'orders', query: { skip: '{{ page.offset }}' }, list: '{{ body.rows }}' };
    expect(await everyOrder(paged({ style: 'offset', more: '{{ body.hasMore }}' }, request))).toEqual(IDS);
    expect(vendor.seen).toHaveLength(5);
  });

  test('by cursor', async () => {
    vendor.answer((request) => {
      const from = asked(request, 'after');
      return { body: { rows: ALL.slice(from, from + 10), next: from + 10 < ALL.length ? String(from + 10) : null } };
    });
    const request = { path: 'orders', query: { after: '{{ page.cursor }}' }, list: '{{ body.rows }}' };
    expect(await everyOrder(paged({ style: 'cursor', next: '{{ body.next }}' }, request))).toEqual(IDS);
    expect(vendor.seen[0]?.url.search).toBe('');
  });

  test('by Link header, relative and whole, or by an address in the answer', async () => {
    vendor.answer((request) => {
      const from = asked(request, 'after');
      const next = from + 10;
      const address = from === 0 ? `?after=${next}` : `${vendor.origin}/api/orders?after=${next}`;
      const link = `<${vendor.origin}/api/orders>; rel="first"${next < ALL.length ? `, <${address}>; title="a, b"; rel="last next"` : ''}`;
      return {
        headers: { link },
        body: { rows: ALL.slice(from, next), links: next < ALL.length ? { next: address } : {} },
      };
    });
    const request = { path: 'orders', list: '{{ body.rows }}' };
    expect(await everyOrder(paged({ style: 'link' }, request))).toEqual(IDS);
    expect(await everyOrder(paged({ style: 'link', next: '{{ body.links.next }}' }, request))).toEqual(IDS);
  });

  test('by change: none is missed though each page moves records behind it, and one moment may fill a page', async () => {
    const still = { ...ALL[0], changed: '2026-11-23T10:00:30Z' };
    const shelf = [
      ...ALL.slice(0, 20),
      ...Array.from({ length: 25 }, (_, index) => ({ ...still, id: 100 + index })),
      ...ALL.slice(35),
    ];
    const wanted = shelf.map((order) => String(order.id));
    let moved = 0;
    vendor.answer((request) => {
      const since = request.url.searchParams.get('since') ?? '';
      const sorted = shelf
        .filter((order) => (order.changed ?? '') >= since.replace('.000', ''))
        .sort((a, b) => ((a.changed ?? '') < (b.changed ?? '') ? -1 : 1));
      const from = asked(request, 'skip');
      const page = structuredClone(sorted.slice(from, from + 10));
      // a record read already, and one at the place the next page starts, change while we read
      for (const order of [sorted[0], sorted[from + 12]])
        if (order && moved < 6) order.changed = `2026-11-23T11:00:${String(10 + moved++)}Z`;
      return { body: page };
    });
    const request = {
      path: 'orders',
      query: { since: '{{ changedSince }}', skip: '{{ page.offset }}' },
      earlierSeconds: 0,
    };
    const found = await everyOrder(paged({ style: 'changed' }, request), { changedSince: '2026-11-23T00:00:00Z' });
    expect(moved).toBe(6);
    expect(wanted.filter((id) => !found.includes(id))).toEqual([]);
  });

  test.each([
    [
      'the same page for every number',
      { style: 'page' },
      { query: { p: '{{ page.number }}' } },
      () => ({ body: ALL.slice(0, 3) }),
    ],
    [
      'a cursor that stays',
      { style: 'cursor', next: '{{ body.next }}' },
      { query: { c: '{{ page.cursor }}' }, list: '{{ body.rows }}' },
      () => ({ body: { rows: ALL.slice(0, 1), next: 'x' } }),
    ],
    [
      'cursors that go round in a circle of seven',
      { style: 'cursor', next: '{{ body.next }}' },
      { query: { c: '{{ page.cursor | default(0) }}' }, list: '{{ body.rows }}' },
      (request: ScriptedRequest) => ({ body: { rows: [orderOf(1)], next: String((asked(request, 'c') % 7) + 1) } }),
    ],
    [
      'a Link to itself',
      { style: 'link' },
      {},
      () => ({ headers: { link: `<${vendor.origin}/api/orders?x=1>; rel=next` }, body: ALL.slice(0, 1) }),
    ],
  ] as const)('%s is an error that names the setting, not an endless poll', async (_, paging, request, script) => {
    vendor.answer(script as (request: ScriptedRequest) => ScriptedAnswer);
    await expect(everyOrder(paged(paging, { path: 'orders', ...request }))).rejects.toMatchObject({
      code: 'TARGET_ANSWER_INVALID',
      field: 'requests.orders.list.paging',
    });
    expect(vendor.seen.length).toBeLessThan(25);
  });

  test('more pages than allowed are an error, since half a list would look like all of it', async () => {
    vendor.answer((request) => ({ body: [orderOf(asked(request, 'p'))] }));
    const session = paged({ style: 'page', most: 4 }, { path: 'orders', query: { p: '{{ page.number }}' } });
    await expect(everyOrder(session)).rejects.toMatchObject({
      code: 'TOO_LARGE',
      field: 'requests.orders.list.paging.most',
    });
    expect(vendor.seen).toHaveLength(4);
  });

  test('a Link to another host is never followed, and no credentials go there', async () => {
    const other = await startScriptedVendor();
    other.answer(() => ({ body: ALL }));
    vendor.answer(() => ({ headers: { link: `<${other.origin}/api/orders>; rel=next` }, body: ALL.slice(0, 1) }));
    await expect(everyOrder(paged({ style: 'link' }, { path: 'orders' }))).rejects.toMatchObject({
      code: 'HOST_NOT_ALLOWED',
      field: 'requests.orders.list.paging',
    });
    expect(other.seen).toEqual([]);
    await other.close();
  });
});

describe('records', () => {
  test('an order is put together from rows, with tax worked out and the words of the system given their meaning', async () => {
    vendor.answer(() => ({ body: orderOf(7) }));
    const order = await open({ requests: getOrder }).use(can.ordersGet, { id: '7' });
    expect(order).toMatchObject({
      source: { connection: 'shop', id: '7' },
      number: '7',
      placedAt: '2026-11-23T09:15:00.000Z',
      currency: 'SEK',
      status: { order: 'open', payment: 'paid', fulfilment: 'unknown', invoice: 'unknown', native: 'NEW' },
      customer: { name: 'Åsa Öberg 🦞', kind: 'private' },
      lines: [{ sku: 'MUGG', quantity: '2', unitPrice: '33.35', taxRate: 2500 }],
      totals: { net: { amount: 6670 }, tax: { amount: 1668 }, gross: { amount: 8338 } },
    });
  });

  test('times without a zone are of the connection’s zone, amounts may be minor units, and counts since 1970 are times', async () => {
    const settings = { timeZone: 'Europe/Stockholm', amounts: 'minor', requests: getOrder };
    const read = async (order: object) => {
      vendor.answer(() => ({ body: { ...orderOf(7), ...order } }));
      return open(settings).use(can.ordersGet, { id: '7' });
    };
    const summer = await read({
      placed: '2026-07-01 12:00',
      changed: 1_780_000_000,
      rows: [{ sku: 'A', count: 1, price: 12500, vat: 12 }],
    });
    expect(summer).toMatchObject({
      placedAt: '2026-07-01T10:00:00.000Z',
      changedAt: '2026-05-28T20:26:40.000Z',
      totals: { net: { amount: 12_500 }, gross: { amount: 14_000 } },
      lines: [{ unitPrice: '125' }],
    });
    expect((await read({ placed: '2026-10-25T02:30:00', rows: [] })).placedAt).toBe('2026-10-25T00:30:00.000Z');
    expect((await read({ placed: '2026-12-01', rows: [] })).placedAt).toBe('2026-11-30T23:00:00.000Z');
  });

  test('one record that cannot be read never holds up the others of its page, and says which setting found nothing', async () => {
    vendor.answer(() => ({
      body: [orderOf(1), { ...orderOf(2), placed: 'i förrgår' }, { ...orderOf(3), rows: 'none' }, orderOf(4)],
    }));
    const page = await open({ requests: { 'orders.list': { path: 'orders' } } }).use(can.ordersList, {});
    expect(page.items.map((order) => order.source.id)).toEqual(['1', '4']);
    expect(page.refused).toMatchObject([
      { id: '2', field: 'records.order.placedAt' },
      { id: '3', field: 'records.order.lines.list' },
    ]);
  });

  test('a system that cannot be asked by change is, and a search is checked again here', async () => {
    const old = orderOf(1, '2020-01-01T00:00:00Z');
    vendor.answer(({ url }) =>
      url.pathname.endsWith('orders')
        ? { body: [old, orderOf(2)] }
        : {
            body: [
              { id: 1, sku: 'A1', name: 'A', price: 10 },
              { id: 2, sku: 'A10', name: 'B', price: 10 },
            ],
          },
    );
    const session = open({
      requests: { 'orders.list': { path: 'orders' }, 'products.find': { path: 'products', query: { q: '{{ sku }}' } } },
    });
    expect(await everyOrder(session, { changedSince: '2026-11-01T00:00:00Z' })).toEqual(['2']);
    const found = await session.use(can.productsFind, { sku: 'A1' });
    expect(found.map((product) => product.source.id)).toEqual(['1']);
  });

  test('an id cannot lead to another path', async () => {
    vendor.answer(() => ({ status: 404 }));
    const session = open({ requests: getOrder });
    for (const id of ['..', '.', 'a/b', '../secrets', '1?x=1', '%2e%2e', '#'])
      await expect(session.use(can.ordersGet, { id })).rejects.toMatchObject({
        code: expect.stringMatching(/TARGET_NOT_FOUND|INPUT_INVALID/),
      });
    expect(vendor.seen.every(({ url }) => /^\/api\/orders\/[^/]+$/.test(url.pathname) && url.search === '')).toBe(true);
  });
});

test('the example of the page about connectors is true: it signs in, lists, creates and finds again', async () => {
  const page = readFileSync(new URL('../../nodes/connectors/README.md', import.meta.url), 'utf8');
  const example =
    /```json\n(\{[\s\S]*?\n\})\n```/.exec(page)?.[1]?.replaceAll('https://erp.example.com', vendor.origin) ?? '';
  const row = { article: 'MUGG', text: 'Mugg', count: 2, price: 100, vat: 25 };
  const buyer = { id: 5, name: 'Åsa', email: 'asa@example.se', street: 'Ågatan 1', city: 'Malmö' };
  const dates = { created: '2026-11-23 10:15', updated: '2026-11-23 10:20' };
  const stored = {
    id: 7,
    orderNo: 'N7',
    ...dates,
    state: 'NEW',
    buyer,
    rows: [row],
    freight: '49.00',
    total: '299.00',
  };
  vendor.answer(({ method, url, headers, body }): ScriptedAnswer => {
    if (url.pathname === '/oauth/token') return { body: { access_token: 't0ken' } };
    if (headers['authorization'] !== 'Bearer t0ken') return { status: 401 };
    if (method === 'POST') return { body: { id: 9, orderNo: 'N9', total: '299.00', sent: JSON.parse(body) } };
    const wanted = url.searchParams.get('externalId');
    if (wanted !== null) return { body: { orders: [{ id: 9, orderNo: 'N9', total: 299, externalId: wanted }] } };
    return {
      body: {
        orders: url.searchParams.has('cursor') ? [] : [stored],
        next: url.searchParams.has('cursor') ? null : 'c2',
      },
    };
  });
  const session = openConnector(rest, {
    connection: 'erp',
    settings: JSON.parse(example),
    secrets: { clientId: 'c', clientSecret: 's', webhookSecret: 'w' },
  });
  const { items } = await session.use(can.ordersList, { changedSince: '2026-11-23T00:00:00Z' });
  const [order] = items;
  expect(order).toMatchObject({
    number: 'N7',
    placedAt: '2026-11-23T09:15:00.000Z',
    status: { order: 'processing', payment: 'paid', native: 'NEW' },
    customer: { source: { id: '5' }, name: 'Åsa' },
    freight: [{ total: { net: { amount: 3920 }, gross: { amount: 4900 } } }],
    totals: { net: { amount: 23_920 }, tax: { amount: 5980 }, gross: { amount: 29_900, currency: 'SEK' } },
  });
  const call = { reference: 'abcdefghijklmnopqrstuvwx' };
  const draft = { order, customerNumber: 'K1' };
  const made = { id: '9', number: 'N9', created: true, total: { amount: 29_900, currency: 'SEK' } };
  expect(await session.use(can.ordersCreate, draft, call)).toEqual(made);
  expect(JSON.parse(vendor.seen.at(-1)?.body ?? '')).toEqual({
    externalId: call.reference,
    customer: 'K1',
    rows: [{ article: 'MUGG', count: 2, amount: '250.00' }],
  });
  expect(await session.lookUp(can.ordersCreate, draft, call)).toEqual(made);
});
