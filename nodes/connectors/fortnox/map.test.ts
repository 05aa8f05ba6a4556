import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '#runtime/json.ts';
import { Order } from '../../commerce/model.ts';
import {
  formatMoney,
  type Money,
  money,
  parseMoney,
  perUnit,
  priceTimes,
  splitGross,
  sum,
  sumTaxed,
} from '../../commerce/money.ts';
import { fortnoxFault } from './fault.ts';
import fixture from './fixtures/order.json' with { type: 'json' };
import { differenceOf, orderToFortnox } from './map.ts';
import { orderFromFortnox } from './read-map.ts';
import { customerToFortnox } from './register-map.ts';
import { type Books, FortnoxSettings } from './settings.ts';
import { FortnoxOrder } from './shape.ts';

const books: Books = { ...FortnoxSettings.parse({}), connection: 'books' };
const source = { connection: 'shop-se', id: '1' };

interface Row {
  readonly gross: number;
  readonly quantity: string;
  readonly rate: number;
  /** Unit price before discount, in minor units. */
  readonly listed?: number;
}

/** An order whose rows have these gross amounts, as a shop would have it. */
function orderOf(rows: readonly Row[], more: Partial<Order> & { freightRate?: number } = {}): Order {
  const { freightRate, ...rest } = more;
  const lines = rows.map((row, index) => {
    const unitPrice =
      row.listed === undefined ? perUnit(money(row.gross, 'SEK'), row.quantity) : formatMoney(money(row.listed, 'SEK'));
    const full = priceTimes(unitPrice, row.quantity, 'SEK');
    return {
      id: String(index),
      sku: `A${index}`,
      kind: 'simple' as const,
      name: `Vara ${index}`,
      quantity: row.quantity,
      unitPrice,
      discount: money(full.amount - row.gross, 'SEK'),
      taxRate: row.rate,
      total: splitGross(money(row.gross, 'SEK'), row.rate),
    };
  });
  const freight =
    freightRate === undefined
      ? []
      : [{ id: 'f', name: 'Frakt', taxRate: freightRate, total: splitGross(money(4900, 'SEK'), freightRate) }];
  return Order.parse({
    source,
    number: '1042',
    placedAt: '2026-11-23T23:30:00Z',
    currency: 'SEK',
    status: { order: 'processing', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: { source, kind: 'private', name: 'Åsa Lindström' },
    billing: { firstName: 'Åsa', lastName: 'Lindström', country: 'SE' },
    lines,
    freight,
    totals: sumTaxed(
      [...lines, ...freight].map((line) => line.total),
      'SEK',
    ),
    pricesIncludeTax: true,
    ...rest,
  });
}

interface SentRow {
  Price: number;
  OrderedQuantity: string;
  Discount?: number;
  VAT: number;
  ArticleNumber?: string;
  AccountNumber?: number;
}
interface Sent {
  OrderRows: SentRow[];
  Freight?: number;
}
const sentOf = (order: Order, more: Partial<Books> = {}): Sent & JsonObject =>
  orderToFortnox({ order, customerNumber: '1' }, { ...books, ...more }, 'r'.repeat(24)) as unknown as Sent & JsonObject;

/** What Fortnox counts: price x quantity less the discount, to the öre, and the freight. */
function counted(sent: Sent): Money {
  const rows = sent.OrderRows.map((row) => {
    const full = priceTimes(String(row.Price), row.OrderedQuantity, 'SEK');
    return money(full.amount - parseMoney(row.Discount ?? 0, 'SEK').amount, 'SEK');
  });
  return sum([...rows, parseMoney(sent.Freight ?? 0, 'SEK')], 'SEK');
}

const AnyRow = fc.record({
  gross: fc.integer({ min: 0, max: 50_000_000 }),
  quantity: fc.oneof(
    fc.integer({ min: 1, max: 2000 }).map(String),
    fc.integer({ min: 1, max: 99_999 }).map((hundredths) => formatMoney(money(hundredths, 'SEK'))),
  ),
  rate: fc.constantFrom(2500, 1200, 600, 0),
  listed: fc.option(fc.integer({ min: 0, max: 1_000_000 }), { nil: undefined }),
});

test('whatever the prices, quantities and discounts, Fortnox counts the shop’s total to the öre', () => {
  fc.assert(
    fc.property(
      fc.array(AnyRow, { minLength: 1, maxLength: 20 }),
      fc.option(fc.constantFrom(2500, 1200, 600, 0), { nil: undefined }),
      fc.boolean(),
      (rows, freightRate, pricesIncludeTax) => {
        const order = orderOf(rows as Row[], {
          pricesIncludeTax,
          ...(freightRate === undefined ? {} : { freightRate }),
        });
        const sent = sentOf(order);
        expect(counted(sent)).toEqual(order.totals.gross);
        for (const row of sent.OrderRows) {
          expect(row.Discount ?? 0).toBeGreaterThanOrEqual(0);
          expect(String(row.Price)).toMatch(/^\d+(\.\d{1,2})?$/);
        }
      },
    ),
    { numRuns: 300 },
  );
});

test('a hundred kronor over three pieces is a price of two decimals less an öre or two', () => {
  const sent = sentOf(orderOf([{ gross: 10_000, quantity: '3', rate: 2500 }]));
  expect(sent.OrderRows[0]).toMatchObject({ Price: 33.34, Discount: 0.02, DiscountType: 'AMOUNT', VAT: 25 });
});

test('a discount keeps the ordinary price and takes its amount off the row', () => {
  const sent = sentOf(orderOf([{ gross: 22_350, quantity: '2', rate: 2500, listed: 14_900 }]));
  expect(sent.OrderRows[0]).toMatchObject({ Price: 149, Discount: 74.5 });
});

test('freight goes in the freight field only where Fortnox taxes it as the shop did', () => {
  const rows = [
    { gross: 8900, quantity: '1', rate: 1200 },
    { gross: 12_500, quantity: '1', rate: 2500 },
  ];
  expect(sentOf(orderOf(rows, { freightRate: 2500 }))).toMatchObject({ Freight: 49, VATIncluded: true });
  const apart = sentOf(orderOf(rows, { freightRate: 600 }));
  expect(apart.Freight).toBe(0);
  expect(apart.OrderRows[2]).toMatchObject({ Price: 49, VAT: 6, Description: 'Frakt' });
  const article = sentOf(orderOf(rows, { freightRate: 2500 }), { freightArticle: 'FRAKT' });
  expect(article.OrderRows[2]).toMatchObject({ ArticleNumber: 'FRAKT', Price: 49, VAT: 25 });
});

test('a rate Sweden does not have carries the account EasyVat asks for', () => {
  const order = orderOf([{ gross: 11_900, quantity: '1', rate: 1900 }]);
  expect(sentOf(order, { customVatAccount: 3106 }).OrderRows[0]).toMatchObject({ VAT: 19, AccountNumber: 3106 });
  expect(sentOf(order).OrderRows[0]?.AccountNumber).toBeUndefined();
});

test('the head carries both numbers, the Swedish day and the cost centre', () => {
  const order = orderOf([{ gross: 100, quantity: '1', rate: 2500 }]);
  const sent = orderToFortnox({ order, customerNumber: '7', costCentre: 'NO' }, books, 'r'.repeat(24));
  expect(sent).toMatchObject({
    CustomerNumber: '7',
    OrderDate: '2026-11-24',
    Country: 'Sverige',
    CostCenter: 'NO',
    YourOrderNumber: '1042',
    ExternalInvoiceReference1: 'r'.repeat(24),
    ExternalInvoiceReference2: '1042',
  });
  expect(() => orderToFortnox({ order, customerNumber: '7', costCentre: 'FÖRLÅNGT' }, books)).toThrow(
    expect.objectContaining({ code: 'VALUE_TOO_LONG', field: 'costCentre' }),
  );
});

test('a Fortnox order is read with numbers as text, nulls and rounding to whole kronor', () => {
  const order = Order.parse(orderFromFortnox(FortnoxOrder.parse(fixture.Order), books));
  expect(order).toMatchObject({
    number: '55',
    placedAt: '2026-06-30T22:00:00.000Z',
    status: { order: 'open', payment: 'unknown', fulfilment: 'unfulfilled', invoice: 'not-invoiced' },
    customer: { number: '2', kind: 'company', email: 'faktura@smedjan.example' },
    billing: { country: 'SE' },
    reference: 'abcdefghijklmnopqrstuvwx',
    totals: { gross: { amount: 59_700 }, tax: { amount: 11_940 } },
    invoiceNumbers: [],
  });
  const parts = [...order.lines, ...order.freight, ...order.fees];
  expect(parts.reduce((all, part) => all + part.total.gross.amount, 0)).toBe(59_700);
  expect(order.changedAt).toBeUndefined();
});

test('Fortnox’s flags become the four axes', () => {
  const status = (change: object) =>
    orderFromFortnox(FortnoxOrder.parse({ ...fixture.Order, ...change }), books).status;
  expect(status({ Cancelled: true }).order).toBe('cancelled');
  expect(status({ InvoiceReference: '900' })).toMatchObject({ order: 'completed', invoice: 'invoiced' });
  expect(status({ DeliveryState: 'delivery' }).fulfilment).toBe('partly-fulfilled');
  expect(status({ DeliveryState: 'delivery', OrderRows: [] }).fulfilment).toBe('fulfilled');
  expect(status({ NotCompleted: true }).order).toBe('draft');
});

test('rounding to whole kronor is no difference, another total is', () => {
  const order = orderOf([{ gross: 59_701, quantity: '1', rate: 2500 }]);
  const made = FortnoxOrder.parse({ ...fixture.Order, OrderRows: [{}] });
  expect(differenceOf(made, { order, customerNumber: '2' }, books)).toBeNull();
  const wrong = FortnoxOrder.parse({ ...fixture.Order, OrderRows: [{}], Total: 598 });
  expect(differenceOf(wrong, { order, customerNumber: '2' }, books)).toMatch(/598\.01 SEK.*597\.01 SEK/);
});

test('a customer’s VAT type follows from where it is and whether it has a VAT number', () => {
  const type = (country: string | undefined, vatNumber?: string) =>
    customerToFortnox({ source, kind: 'company', name: 'A', vatNumber, billing: { country } }, {})['VATType'];
  expect([type('SE'), type('DE', 'DE1'), type('DE'), type('NO'), type(undefined)]).toEqual([
    'SEVAT',
    'EUREVERSEDVAT',
    'EUVAT',
    'EXPORT',
    undefined,
  ]);
});

test('errors are read in both spellings, with their code and the field in brackets', () => {
  const fault = (status: number, body: JsonObject | null, method: 'GET' | 'POST' = 'POST') =>
    fortnoxFault({ status, headers: {}, body }, { method, path: '3/orders' });
  const lower = {
    ErrorInformation: { error: 1, message: 'Värdet måste vara numeriskt (Order.Freight)', code: 2000108 },
  };
  expect(fault(400, lower)).toMatchObject({
    code: 'TARGET_REFUSED',
    field: 'Order.Freight',
    details: { code: 2000108 },
  });
  const upper = { ErrorInformation: { Error: 1, Message: 'Kunde inte hitta artikeln (X)', Code: 2001302 } };
  expect(fault(400, upper)).toMatchObject({ code: 'ARTICLE_MISSING' });
  expect(fault(401, { message: 'unauthorized' })).toMatchObject({ code: 'SIGN_IN_NEEDED', message: 'unauthorized' });
  expect(fault(400, { ErrorInformation: { message: 'Ogiltig inloggning', code: 2000310 } })).toMatchObject({
    hold: 'sign-in',
  });
  expect(fault(400, { ErrorInformation: { message: 'Konto saknas', code: 2004167 } })).toMatchObject({
    field: 'customVatAccount',
  });
  expect(fault(404, null, 'GET')).toMatchObject({ code: 'TARGET_NOT_FOUND' });
  expect(fault(502, null)).toMatchObject({ code: 'TARGET_DOWN', beforeWork: false });
});
