import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type PracticeHost, practiceKeys, startPracticeHost } from '#test/support/practice-host.ts';
import { fortnoxRate } from './erp.ts';

let host: PracticeHost;
let now: number;
let bearer: string;
beforeEach(async () => {
  now = Date.parse('2026-11-23T10:00:00Z');
  host = await startPracticeHost({ erp: { clock: () => now } });
  bearer = host.erp.issueTokens().accessToken;
});
afterEach(() => host.close());

interface Answer {
  status: number;
  body: {
    Order: Record<string, unknown> & { DocumentNumber: string; OrderRows: Record<string, unknown>[] };
    Orders: Record<string, unknown>[];
    Customers: Record<string, unknown>[];
    Article: Record<string, unknown>;
    MetaInformation: Record<string, number>;
    ErrorInformation: { Error: number; Message: string; Code: number };
  };
}

async function call(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  const answer = await fetch(`${host.erpApi}/3${path}`, {
    method,
    headers: { authorization: `Bearer ${bearer}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  });
  return { status: answer.status, body: (await answer.json()) as Answer['body'] };
}

const order = (more: object = {}) => ({
  Order: { CustomerNumber: '1', OrderRows: [{ ArticleNumber: 'MUGG-BLA', OrderedQuantity: '1' }], ...more },
});

async function token(body: Record<string, string>, secret = practiceKeys.clientSecret) {
  const basic = Buffer.from(`${practiceKeys.clientId}:${secret}`).toString('base64');
  const answer = await fetch(`${host.erpApi}/oauth-v1/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}` },
    body: new URLSearchParams(body),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, string> };
}

test('an order adds up with VAT included and without it', async () => {
  const rows = [
    { ArticleNumber: 'MUGG-BLA', OrderedQuantity: '2', Price: 149 },
    { ArticleNumber: 'KAFFE-500', OrderedQuantity: '1', Price: 89, Discount: 10, DiscountType: 'PERCENT' },
  ];
  const included = (await call('POST', '/orders', order({ VATIncluded: true, Freight: 49, OrderRows: rows }))).body
    .Order;
  expect([included['Net'], included['TotalVAT'], included['Total']]).toEqual([349.12, 77.98, 427.1]);
  const excluded = (await call('POST', '/orders', order({ VATIncluded: false, Freight: 49, OrderRows: rows }))).body
    .Order;
  expect([excluded['Net'], excluded['TotalVAT'], excluded['Total']]).toEqual([427.1, 96.36, 523.46]);
});

test('a row without a price takes it from the price list, by quantity', async () => {
  const step = { PriceList: 'A', ArticleNumber: 'MUGG-BLA', FromQuantity: 10, Price: 100 };
  await call('POST', '/prices', { Price: step });
  const priceOf = async (OrderedQuantity: string) => {
    const OrderRows = [{ ArticleNumber: 'MUGG-BLA', OrderedQuantity }];
    return (await call('POST', '/orders', order({ OrderRows }))).body.Order.OrderRows[0]?.['Price'];
  };
  expect([await priceOf('9'), await priceOf('10')]).toEqual([119.2, 100]);
});

test('what Fortnox would refuse is refused by the name of the field, and nothing is kept', async () => {
  const cases: [object, RegExp][] = [
    [{ Colour: 'red' }, /Order\.Colour/],
    [{ CustomerNumber: '404' }, /kunden \(404\)/],
    [{ OrderRows: [{ ArticleNumber: 'FINNS-EJ' }] }, /artikeln \(FINNS-EJ\)/],
    [{ OurReference: 'x'.repeat(51) }, /OurReference: max 50/],
    [{ OrderRows: [{ Price: '12' }] }, /OrderRows\[0\]\.Price/],
    [{ OrderRows: [{ VAT: 19 }] }, /VAT: 19/],
    [{ Currency: 'XXX' }, /Currency: XXX/],
    [{ CostCenter: 'NIX' }, /CostCenter: NIX/],
    [{ DeliveryDate: '23/11' }, /DeliveryDate/],
  ];
  for (const [more, message] of cases) {
    const { status, body } = await call('POST', '/orders', order(more));
    expect([status, body.ErrorInformation.Message]).toEqual([400, expect.stringMatching(message)]);
  }
  expect((await call('GET', '/orders?colour=red')).body.ErrorInformation.Code).toBe(2000588);
  expect((await call('GET', '/orders?limit=501')).status).toBe(400);
  expect(host.erp.ledger().counts.orders).toBe(0);
});

test('an order is found by its external reference, and twice when it was made twice', async () => {
  await call('POST', '/orders', order({ ExternalInvoiceReference1: 'weft-a' }));
  await call('POST', '/orders', order({ ExternalInvoiceReference1: 'weft-b' }));
  await call('POST', '/orders', order({ ExternalInvoiceReference1: 'weft-a' }));
  const { body } = await call('GET', '/orders?externalinvoicereference1=weft-a');
  expect(body.Orders.map((one) => one['DocumentNumber'])).toEqual(['20001', '20003']);
  expect(host.erp.ledger().orders.map((one) => one.reference)).toEqual(['weft-a', 'weft-b', 'weft-a']);
});

test('customers are found by e-mail whatever the case and by organisation number with or without dash', async () => {
  const found = async (query: string) => (await call('GET', `/customers?${query}`)).body.Customers.length;
  expect(await found('email=ASA.lindstrom@example.se')).toBe(1);
  expect(await found('organisationnumber=5566778899')).toBe(1);
  expect(await found('organisationnumber=556677-8899&email=nobody@example.se')).toBe(0);
});

test('stock is reserved by an order, taken by its invoice, and given back by cancelling', async () => {
  const stock = async () => {
    const { Article } = (await call('GET', '/articles/MUGG-BLA')).body;
    return [Article['QuantityInStock'], Article['ReservedQuantity'], Article['DisposableQuantity']];
  };
  const rows = { OrderRows: [{ ArticleNumber: 'MUGG-BLA', OrderedQuantity: '5' }] };
  const first = (await call('POST', '/orders', order(rows))).body.Order.DocumentNumber;
  const second = (await call('POST', '/orders', order(rows))).body.Order.DocumentNumber;
  expect(await stock()).toEqual([120, 10, 110]);
  await call('PUT', `/orders/${second}/cancel`);
  await call('PUT', `/orders/${first}/createinvoice`);
  expect(await stock()).toEqual([115, 0, 115]);
  expect((await call('PUT', `/orders/${first}/createinvoice`)).status).toBe(400);
  expect((await call('PUT', `/orders/${second}`, order())).status).toBe(400);
});

test('a refresh token is good for one use and an access token for an hour', async () => {
  const first = host.erp.issueTokens();
  bearer = first.accessToken;
  now += 3_600_001;
  expect((await call('GET', '/companyinformation')).status).toBe(401);
  const grant = { grant_type: 'refresh_token', refresh_token: first.refreshToken };
  expect((await token(grant, 'wrong')).status).toBe(401);
  const fresh = await token(grant);
  bearer = fresh.body['access_token'] ?? '';
  expect((await call('GET', '/companyinformation')).status).toBe(200);
  expect(await token(grant)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } });
  now += 46 * 24 * 3_600_000;
  const old = { grant_type: 'refresh_token', refresh_token: fresh.body['refresh_token'] ?? '' };
  expect((await token(old)).body['error']).toBe('invalid_grant');
});

test('a person approves, the code comes back with the state, and it is good once within ten minutes', async () => {
  const redirect_uri = 'http://127.0.0.1:9/back';
  const client_id = practiceKeys.clientId;
  const ask = { client_id, redirect_uri, scope: 'order customer', state: 'a"b', response_type: 'code' };
  const page = await fetch(`${host.erpApi}/oauth-v1/auth?${new URLSearchParams(ask)}`);
  expect(await page.text()).toContain('value="a&quot;b"');
  const approve = async () => {
    const body = new URLSearchParams({ ...ask, answer: 'yes' });
    const answer = await fetch(`${host.erpApi}/oauth-v1/auth`, { method: 'POST', body, redirect: 'manual' });
    const target = new URL(answer.headers.get('location') ?? '');
    expect(target.searchParams.get('state')).toBe('a"b');
    return { grant_type: 'authorization_code', code: target.searchParams.get('code') ?? '', redirect_uri };
  };
  const grant = await approve();
  expect((await token({ ...grant, redirect_uri: 'http://elsewhere.example/' })).status).toBe(400);
  const second = await approve();
  expect((await token(second)).body['scope']).toBe('order customer');
  expect((await token(second)).status).toBe(400);
  const late = await approve();
  now += 10 * 60_000 + 1;
  expect((await token(late)).status).toBe(400);
});

test('beyond 25 requests in five seconds the answer is 429, and stats tell it', async () => {
  await host.close();
  host = await startPracticeHost({ erp: { clock: () => now, rate: fortnoxRate } });
  bearer = host.erp.issueTokens().accessToken;
  const statuses: number[] = [];
  for (let count = 0; count < 27; count += 1) statuses.push((await call('GET', '/companyinformation')).status);
  expect(statuses.filter((status) => status === 429)).toHaveLength(2);
  now += 5000;
  expect((await call('GET', '/companyinformation')).status).toBe(200);
  expect(host.erp.stats()).toMatchObject({ requests: 28, refused: 2, mostInWindow: 27 });
});

const faulty = (chances: object, more: object = {}) =>
  host.erp.setFaults({ operations: { 'orders.create': chances }, ...more });
const kept = () => host.erp.ledger().counts.orders;

test('faults before the work keep nothing, faults after it keep the order', async () => {
  faulty({ tooMany: 1 });
  expect((await call('POST', '/orders', order())).status).toBe(429);
  faulty({ unavailable: 1 });
  expect((await call('POST', '/orders', order())).status).toBe(503);
  expect(kept()).toBe(0);
  faulty({ errorAfterCommit: 1 });
  expect((await call('POST', '/orders', order())).status).toBe(500);
  expect(kept()).toBe(1);
  faulty({ resetAfterCommit: 1 });
  await expect(call('POST', '/orders', order())).rejects.toThrow('fetch failed');
  expect(kept()).toBe(2);
  faulty({ timeoutAfterCommit: 1 });
  await expect(call('POST', '/orders', order(), AbortSignal.timeout(100))).rejects.toThrow(/timeout/);
  expect(kept()).toBe(3);
});

test('a late commit answers 504 and keeps the order afterwards', async () => {
  faulty({ lateCommit: 1 }, { lateCommitMs: 50 });
  expect((await call('POST', '/orders', order())).status).toBe(504);
  expect(kept()).toBe(0);
  await vi.waitFor(() => expect(kept()).toBe(1));
});

test('with a lookup lag a new order is in no list for that long, though it can be read by its number', async () => {
  host.erp.setFaults({ lookupLagMs: 2000 });
  await call('POST', '/orders', order({ ExternalInvoiceReference1: 'weft-lag' }));
  const listed = async () => (await call('GET', '/orders?externalinvoicereference1=weft-lag')).body.Orders.length;
  expect(await listed()).toBe(0);
  expect((await call('GET', '/orders/20001')).status).toBe(200);
  now += 2000;
  expect(await listed()).toBe(1);
});

test('the page delivers, invoices and cancels, and tells why it cannot', async () => {
  const number = (await call('POST', '/orders', order())).body.Order.DocumentNumber;
  const deed = async (name: string) => {
    const url = `${host.erpApi}/page/orders/${number}/${name}`;
    return (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' })).status;
  };
  expect([await deed('deliver'), await deed('invoice'), await deed('cancel')]).toEqual([204, 204, 400]);
  const { Order } = (await call('GET', `/orders/${number}`)).body;
  expect([Order['DeliveryState'], Order['InvoiceReference']]).toEqual(['delivery', '30001']);
  expect((await (await fetch(`${host.erpApi}/page/books`)).json()) as object).toMatchObject({ totals: { orders: 1 } });
});
