import type { OrderDraft } from '#nodes/commerce/capabilities.ts';
import type { Order, OrderCharge, OrderLine } from '#nodes/commerce/model.ts';
import {
  type Money,
  money,
  parseMoney,
  priceTimes,
  splitGross,
  splitNet,
  subtract,
  sumTaxed,
  type Taxed,
} from '#nodes/commerce/money.ts';
import type { Stand } from './stand.ts';

const CURRENCY = 'SEK';

export interface Row {
  readonly rate: number;
  readonly quantity: string;
  /** A piece, with or without tax as the order's prices are. */
  readonly price: string;
  /** Off the whole row. */
  readonly discount?: string;
}

export interface Basket {
  readonly lines: readonly Row[];
  readonly withTax?: boolean;
  /** Taxed as the highest taxed row is. */
  readonly freight?: string;
  readonly fee?: { readonly rate: number; readonly amount: string };
}

const part = (value: Money, rate: number, withTax: boolean): Taxed =>
  withTax ? splitGross(value, rate) : splitNet(value, rate);

function charge(id: string, name: string, amount: string, rate: number, withTax: boolean): OrderCharge {
  return { id, name, taxRate: rate, total: part(parseMoney(amount, CURRENCY), rate, withTax) };
}

async function lineOf(stand: Stand, row: Row, index: number, withTax: boolean): Promise<OrderLine> {
  const product = await stand.goods(row.rate);
  const discount = row.discount === undefined ? money(0, CURRENCY) : parseMoney(row.discount, CURRENCY);
  return {
    id: String(index + 1),
    ...(product.sku === undefined ? {} : { sku: product.sku }),
    kind: 'simple',
    name: `Rad ${index + 1}: ${product.name}`,
    quantity: row.quantity,
    unitPrice: row.price,
    discount,
    taxRate: row.rate,
    total: part(subtract(priceTimes(row.price, row.quantity, CURRENCY), discount), row.rate, withTax),
  };
}

/** An order from elsewhere for goods and a customer that stand in the system. */
export async function draftOf(stand: Stand, basket: Basket): Promise<OrderDraft> {
  const { withTax = true } = basket;
  const buyer = stand.buyer();
  const customer = await stand.customer({ ...buyer });
  const lines = await Promise.all(basket.lines.map((row, index) => lineOf(stand, row, index, withTax)));
  const highest = Math.max(...basket.lines.map((row) => row.rate));
  const { freight: freightAmount, fee } = basket;
  const freight = freightAmount === undefined ? [] : [charge('f', 'PostNord Mypack', freightAmount, highest, withTax)];
  const fees = fee === undefined ? [] : [charge('a', 'Presentinslagning', fee.amount, fee.rate, withTax)];
  const id = stand.unique('o');
  const order: Order = {
    source: { connection: 'elsewhere', id },
    number: id,
    placedAt: new Date().toISOString(),
    currency: CURRENCY,
    status: { order: 'processing', payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: buyer,
    billing: buyer.billing ?? {},
    ...(buyer.shipping ? { shipping: buyer.shipping } : {}),
    lines,
    freight,
    fees,
    discounts: [],
    payments: [],
    shipments: [],
    totals: sumTaxed(
      [...lines, ...freight, ...fees].map((one) => one.total),
      CURRENCY,
    ),
    pricesIncludeTax: withTax,
    invoiceNumbers: [],
  };
  return { order, customerNumber: customer.number, customerId: customer.id };
}
