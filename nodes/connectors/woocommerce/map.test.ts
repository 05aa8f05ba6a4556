import { expect, test } from 'vitest';
import { Order } from '../../commerce/model.ts';
import type { ShopTraits } from './customer-map.ts';
import { wooFault } from './fault.ts';
import fixture from './fixtures/order.json' with { type: 'json' };
import { orderFromWoo } from './map.ts';
import { shopPrice } from './product-map.ts';
import { WooSettings } from './settings.ts';
import { WooOrder } from './shape.ts';

const traits: ShopTraits = {
  connection: 'shop-se',
  currency: 'SEK',
  pricesIncludeTax: true,
  taxClasses: new Map([['standard', 25]]),
  organisationNumberKeys: ['_billing_org_nr'],
  vatNumberKeys: [],
  customerNumberKeys: ['customer_number'],
};

function read(change: Record<string, unknown> = {}): Order {
  return Order.parse(orderFromWoo(WooOrder.parse({ ...fixture, ...change }), traits));
}

test('a shop order is read with its customer, rows, tax rates and tracking', () => {
  const order = read();
  expect(order).toMatchObject({
    source: { connection: 'shop-se', id: '727' },
    number: '1042',
    placedAt: '2026-11-23T09:15:00Z',
    changedAt: '2026-11-23T09:15:04Z',
    status: {
      order: 'processing',
      payment: 'paid',
      fulfilment: 'unfulfilled',
      invoice: 'unknown',
      native: 'processing',
    },
    pricesIncludeTax: true,
    note: 'Ring på dörren',
    customer: {
      source: { id: 'guest:inkop@smedjan.example' },
      kind: 'company',
      name: 'Smedjan i Linköping AB',
      organisationNumber: '556677-8899',
      email: 'Inkop@Smedjan.example',
    },
    payments: [{ method: 'swish', state: 'paid', transactionId: 'T-1', paidAt: '2026-11-23T09:15:03Z' }],
    shipments: [{ trackingNumber: 'PN1', carrier: 'PostNord', source: { id: 'abc' } }],
  });
  expect(order.customer.number).toBeUndefined();
  expect(order.shipping).toBeUndefined();
  expect(order.lines.map((line) => [line.kind, line.taxRate, line.unitPrice, line.discount.amount])).toEqual([
    ['simple', 2500, '133', 2500],
    ['variant', 2500, '99.99', 0],
    ['simple', 800, '84.97', 0],
  ]);
  expect(order.extra?.['meta']).toEqual({ _billing_org_nr: '556677-8899' });
});

test('rows that miss the shop’s total by its own rounding are put right on the largest row', () => {
  const order = read();
  const rows = [...order.lines, ...order.freight, ...order.fees];
  expect(rows.reduce((sum, row) => sum + row.total.gross.amount, 0)).toBe(60_797);
  expect(rows.reduce((sum, row) => sum + row.total.tax.amount, 0)).toBe(11_075);
  expect(order.totals).toMatchObject({ gross: { amount: 60_797 }, net: { amount: 49_722 } });
});

test('a total that no rounding explains is left to be seen, and never spread over the rows', () => {
  const order = read({ total: '700.00' });
  expect(order.totals.gross.amount).toBe(70_000);
  expect(order.lines[0]?.total.gross.amount).toBe(37_400);
});

test('each of the shop’s words lands on the four axes, also a plug-in’s own', () => {
  const status = (native: string, more: object = {}) => {
    const { order, payment, fulfilment } = read({ status: native, ...more }).status;
    return [order, payment, fulfilment];
  };
  expect(status('pending', { date_paid_gmt: null })).toEqual(['open', 'unpaid', 'unfulfilled']);
  expect(status('completed')).toEqual(['completed', 'paid', 'fulfilled']);
  expect(status('cancelled')).toEqual(['cancelled', 'paid', 'unfulfilled']);
  expect(status('failed')).toEqual(['failed', 'failed', 'unfulfilled']);
  expect(status('refunded')).toEqual(['completed', 'refunded', 'unknown']);
  expect(status('processing', { refunds: [{ id: 1, total: '-10.00' }] })).toEqual([
    'processing',
    'partly-refunded',
    'unfulfilled',
  ]);
  expect(status('wc-picking')).toEqual(['unknown', 'paid', 'unknown']);
  expect(status('constructor')[0]).toBe('unknown');
});

test('a buyer with an account is known by its id, a guest without e-mail by the order', () => {
  expect(read({ customer_id: 17 }).customer.source.id).toBe('17');
  expect(read({ billing: { ...fixture.billing, email: '' } }).customer.source.id).toBe('guest-order:727');
  const meta = [{ id: 9, key: 'customer_number', value: 1001 }];
  expect(read({ meta_data: meta }).customer.number).toBe('1001');
});

test('a price is bridged between with and without tax only where the rate is known', () => {
  expect(shopPrice('80', { priceIncludesTax: false, taxRate: 2500 }, traits)).toBe('100');
  expect(shopPrice('80', {}, traits)).toBe('80');
  expect(() => shopPrice('80', { priceIncludesTax: false }, traits)).toThrow(/tax rate is not known/);
});

test('errors keep WooCommerce’s words, and only what surely came before the work says so', () => {
  const error = { code: 'rest_invalid_param', message: 'Ogiltig', data: { status: 400, params: { status: 'x' } } };
  expect(wooFault(400, {}, error)).toMatchObject({ code: 'TARGET_REFUSED', message: 'Ogiltig', field: 'status' });
  expect(wooFault(429, { 'retry-after': '7' }, null)).toMatchObject({ beforeWork: true, afterMs: 7000 });
  expect(wooFault(503, { 'retry-after': '600' }, '<html>')).toMatchObject({ beforeWork: true });
  expect(wooFault(503, {}, '<html>')).toMatchObject({ beforeWork: false });
  expect(wooFault(500, {}, '<html>')).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
  expect(wooFault(401, {}, null)).toMatchObject({ code: 'SIGN_IN_NEEDED', hold: 'sign-in' });
  expect(wooFault(404, {}, null)).toMatchObject({ code: 'TARGET_NOT_FOUND' });
});

test('keys are sent over https, and in the clear on this machine only', () => {
  const accepts = (url: string) => WooSettings.safeParse({ url }).success;
  expect([accepts('https://shop.example'), accepts('http://127.0.0.1:4000/practice/shop')]).toEqual([true, true]);
  expect([accepts('http://shop.example'), accepts('ftp://shop.example'), accepts('https://shop.example/?a=1')]).toEqual(
    [false, false, false],
  );
});
