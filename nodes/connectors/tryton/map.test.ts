import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { JsonObject } from '#runtime/json.ts';
import { decimalOf, divideHalfUp, multiply, rescale, scaledOf } from '../../commerce/decimal.ts';
import { Order } from '../../commerce/model.ts';
import {
  formatMoney,
  type Money,
  money,
  perUnit,
  priceTimes,
  splitGross,
  splitNet,
  subtract,
  sumTaxed,
} from '../../commerce/money.ts';
import {
  type Known,
  linesToTryton,
  pricingOf,
  ROUNDING,
  ROW_ROUNDING,
  roundingLine,
  roundingOf,
  saleToTryton,
} from './map.ts';
import { orderFromTryton } from './read-map.ts';
import { type Desk, TrytonSettings } from './settings.ts';
import type { TrytonSale } from './shape.ts';

const desk: Desk = {
  ...TrytonSettings.parse({ url: 'https://erp.example', database: 'books', user: 'weft' }),
  connection: 'erp',
};
const source = { connection: 'shop', id: '1' };

interface Row {
  readonly gross: number;
  readonly quantity: string;
  readonly rate: number;
}

function orderOf(rows: readonly Row[], more: { freight?: number; withTax?: boolean } = {}): Order {
  const { freight, withTax = true } = more;
  const split = (amount: number, rate: number) =>
    withTax ? splitGross(money(amount, 'SEK'), rate) : splitNet(money(amount, 'SEK'), rate);
  const lines = rows.map(({ gross, quantity, rate }, at) => ({
    id: String(at),
    sku: `A${at}`,
    kind: 'simple' as const,
    name: `Vara ${at}`,
    quantity,
    unitPrice: perUnit(money(gross, 'SEK'), quantity),
    discount: money(0, 'SEK'),
    taxRate: rate,
    total: split(gross, rate),
  }));
  const charges = freight === undefined ? [] : [{ id: 'f', name: 'Frakt', taxRate: 2500, total: split(freight, 2500) }];
  return Order.parse({
    source,
    number: '1042',
    placedAt: '2026-11-26T23:30:00Z',
    currency: 'SEK',
    status: { order: 'processing', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: { source, kind: 'private', name: 'Åsa Öberg' },
    billing: {},
    lines,
    freight: charges,
    totals: sumTaxed(
      [...lines, ...charges].map((one) => one.total),
      'SEK',
    ),
    pricesIncludeTax: withTax,
  });
}

/** Taxes by their rate, so that a tax's id tells its rate. */
const known: Known = {
  party: 2,
  paymentTerm: null,
  currency: 1,
  company: 1,
  invoiceAddress: 3,
  shipmentAddress: 4,
  saleDate: {},
  products: { get: (sku: string) => ({ id: Number(sku.slice(1)) + 1, unit: 1 }) } as unknown as Known['products'],
  tax: (rate) => (rate === 0 ? null : rate),
};

interface SentLine {
  product?: number;
  quantity: number;
  unit_price: { decimal: string };
  description: string;
  taxes?: [[string, [number]]];
}

/** Python's ROUND_HALF_EVEN, by which Tryton's currencies round, of units at 10^-scale to minor units. */
function halfEven(units: bigint, scale: number): bigint {
  const by = 10n ** BigInt(scale - 2);
  const up = divideHalfUp(units, by);
  const tie = (units < 0n ? -units : units) % by === by / 2n && by > 1n;
  return tie && up % 2n !== 0n ? up - (up < 0n ? -1n : 1n) : up;
}

const SCALE = 20;

/** What Tryton 6.0 counts: rows rounded one by one, tax on their unrounded sum (sale.py, account/tax.py). */
function counted(lines: readonly SentLine[]): { net: Money; tax: Money } {
  let net = 0n;
  const taxes = new Map<number, bigint>();
  for (const line of lines) {
    const amount = rescale(multiply(scaledOf(line.unit_price.decimal), scaledOf(line.quantity)), SCALE - 4);
    net += halfEven(amount, SCALE - 4);
    const rate = line.taxes?.[0][1][0];
    if (rate !== undefined) taxes.set(rate, (taxes.get(rate) ?? 0n) + amount * BigInt(rate));
  }
  const tax = [...taxes.values()].reduce((all, one) => all + halfEven(one, SCALE), 0n);
  return { net: money(Number(net), 'SEK'), tax: money(Number(tax), 'SEK') };
}

/** The order as it is sent, with the rounding that its total asks for, and the sale that Tryton makes of it. */
function saleOf(order: Order): { lines: SentLine[]; sale: TrytonSale } {
  const lines = linesToTryton(order, known, desk) as unknown as SentLine[];
  const first = counted(lines);
  const missing = roundingOf(money(first.net.amount + first.tax.amount, 'SEK'), order);
  if (missing === null) throw new Error(`too far from ${formatMoney(order.totals.gross)}`);
  if (missing.amount !== 0) lines.push(roundingLine(formatMoney(missing), ROUNDING) as unknown as SentLine);
  const { net, tax } = counted(lines);
  const sale = {
    id: 1,
    number: '7',
    state: 'quotation',
    shipment_state: 'none',
    invoice_state: 'none',
    untaxed_amount: formatMoney(net),
    tax_amount: formatMoney(tax),
    total_amount: formatMoney(money(net.amount + tax.amount, 'SEK')),
    'currency.': { id: 1, code: 'SEK' },
    'party.': { id: 2, code: '2', 'addresses.': [], 'contact_mechanisms.': [], 'identifiers.': [] },
    'lines.': lines.map((line, at) => ({
      id: at,
      type: 'line',
      quantity: line.quantity,
      unit_price: line.unit_price.decimal,
      description: line.description,
      'product.': line.product === undefined ? null : { id: line.product, code: `A${line.product - 1}` },
      'taxes.': (line.taxes?.[0][1] ?? []).map((rate) => ({
        id: rate,
        type: 'percentage',
        rate: decimalOf(rate / 10_000),
      })),
      'moves.': [],
    })),
    'shipments.': [],
    'invoices.': [],
  } satisfies TrytonSale;
  return { lines, sale };
}

const AnyRow = fc.record({
  gross: fc.integer({ min: 0, max: 50_000_000 }),
  quantity: fc
    .oneof(
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 99_999 }).map((one) => one / 100),
    )
    .map(String),
  rate: fc.constantFrom(2500, 1200, 600, 0),
});

test('whatever the amounts, quantities and rates, Tryton’s total is the shop’s to the öre, and every part is read back whole', () => {
  fc.assert(
    fc.property(
      fc.array(AnyRow, { minLength: 1, maxLength: 20 }),
      fc.option(fc.integer({ min: 0, max: 20_000 }), { nil: undefined }),
      fc.boolean(),
      (rows, freight, withTax) => {
        const order = orderOf(rows, { withTax, ...(freight === undefined ? {} : { freight }) });
        const { lines, sale } = saleOf(order);
        for (const line of lines) expect(line.unit_price.decimal).toMatch(/^-?\d+(\.\d{1,4})?$/);
        const read = Order.parse(orderFromTryton(sale, desk));
        expect(read.totals.gross).toEqual(order.totals.gross);
        expect(read.lines.map((line) => [line.sku, line.quantity, line.taxRate, line.total.gross])).toEqual(
          order.lines.map((line) => [line.sku, line.quantity, line.taxRate, line.total.gross]),
        );
        expect(read.fees.map((fee) => fee.total.gross)).toEqual(order.freight.map((one) => one.total.gross));
        const parts = [...read.lines, ...read.fees].map((part) => part.total);
        expect(sumTaxed(parts, 'SEK')).toEqual(read.totals);
      },
    ),
    { numRuns: 300 },
  );
});

const priced = (gross: number, quantity: string, rate: number) =>
  pricingOf({ quantity, taxRate: rate, total: splitGross(money(gross, 'SEK'), rate) }, 4);

test('a unit price is the plainest that comes to the row’s total', () => {
  expect(priced(25_000, '2', 2500)).toEqual({ unitPrice: '100' });
  expect(priced(10_000, '3', 2500)).toEqual({ unitPrice: '26.6667' });
  expect(priced(10_002, '1', 2500)).toEqual({ unitPrice: '80.016' });
});

test('what four decimals cannot say of a large quantity follows as a line of its own', () => {
  const order = orderOf([{ gross: 1500, quantity: '1000', rate: 1200 }]);
  const [line, rest] = linesToTryton(order, known, desk) as unknown as SentLine[];
  expect(line?.unit_price.decimal).toBe('0.0134');
  expect(rest).toMatchObject({ quantity: 1, description: ROW_ROUNDING, unit_price: { decimal: '-0.0071' } });
  expect(rest?.taxes).toEqual(line?.taxes);
});

test('an article Tryton lacks, a rate without a tax and rows that do not make the total are refused before anything is sent', () => {
  const order = orderOf([{ gross: 1000, quantity: '1', rate: 2500 }]);
  expect(() => linesToTryton(order, { ...known, products: new Map() }, desk)).toThrow(
    expect.objectContaining({ code: 'ARTICLE_MISSING', field: 'order.lines[0].sku' }),
  );
  const off = { ...order, totals: { ...order.totals, gross: subtract(order.totals.gross, money(1, 'SEK')) } };
  expect(() => saleToTryton({ order: off, customerNumber: '2' }, known)).toThrow(
    expect.objectContaining({ code: 'MONEY_MISMATCH' }),
  );
  expect(roundingOf(priceTimes('9.97', '1', 'SEK'), order)).toBeNull();
  const sale: JsonObject = saleToTryton({ order, customerNumber: '2' }, known);
  expect(sale).toMatchObject({ party: 2, description: 'Webborder 1042', invoice_address: 3, shipment_address: 4 });
});
