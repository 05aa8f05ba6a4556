import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { OrderDraft } from '../../commerce/capabilities.ts';
import { type Decimal, decimalText, divideHalfUp, multiply, rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Order, OrderCharge, OrderLine } from '../../commerce/model.ts';
import { exponentOf, formatMoney, type Money, money, sameMoney, subtract, sum } from '../../commerce/money.ts';
import { compact, filled } from '../answer.ts';
import type { Desk } from './settings.ts';
import { decimalValue } from './value.ts';

/** What a unit price of so many decimals cannot say of a row: a line without a product after it, read as part of it. */
export const ROW_ROUNDING = 'Avrundning';
/** What rows and taxes, each rounded, miss of the buyer's total: a line without a product or tax, read as part of the rows. */
export const ROUNDING = 'Öresavrundning';

/** What a quantity at a net unit price is with tax, to the minor unit: Tryton taxes the unrounded amount. */
export function grossOf(unitPrice: Decimal, quantity: Decimal, rate: number, currency: string): Money {
  const net = multiply(scaledOf(unitPrice), scaledOf(quantity));
  const gross = { units: net.units * BigInt(10_000 + rate), scale: net.scale + 4 };
  return money(Number(rescale(gross, exponentOf(currency))), currency);
}

interface Pricing {
  readonly unitPrice: Decimal;
  /** Net, beside quantity x unit price. */
  readonly rest?: Decimal;
}

/** An amount over quantity and tax, at so many decimals. */
function netUnit(amount: Money, quantity: Decimal, rate: number, decimals: number): Decimal {
  const { units, scale } = scaledOf(quantity);
  if (units <= 0n) {
    throw new TerminalError('UNSUPPORTED', 'a row without a quantity cannot have an amount', { field: 'quantity' });
  }
  const top = BigInt(amount.amount) * 10_000n * 10n ** BigInt(scale + decimals);
  const by = units * BigInt(10_000 + rate) * 10n ** BigInt(exponentOf(amount.currency));
  return decimalText({ units: divideHalfUp(top, by), scale: decimals });
}

/**
 * The net unit price whose quantity comes to the row's gross total: the order's own where it does, the row's net amount where
 * that does, else the nearest, and the rest of a large quantity apart.
 */
export function pricingOf(line: Pick<OrderLine, 'quantity' | 'taxRate' | 'total'>, decimals: number): Pricing {
  const { quantity, taxRate, total } = line;
  const currency = total.gross.currency;
  const comes = (price: Decimal): boolean => sameMoney(grossOf(price, quantity, taxRate, currency), total.gross);
  const candidates = [
    netUnit(total.net, quantity, 0, exponentOf(currency)),
    netUnit(total.net, quantity, 0, decimals),
    netUnit(total.gross, quantity, taxRate, decimals),
  ];
  const fitting = candidates.find(comes);
  if (fitting !== undefined) return { unitPrice: fitting };
  const unitPrice = candidates[2] ?? '0';
  const whole = netUnit(total.gross, '1', taxRate, decimals);
  const got = multiply(scaledOf(unitPrice), scaledOf(quantity));
  return {
    unitPrice,
    rest: decimalText({ units: rescale(scaledOf(whole), decimals) - rescale(got, decimals), scale: decimals }),
  };
}

/** What Tryton knows of the things that an order names. */
export interface Known {
  readonly party: number;
  readonly paymentTerm: number | null;
  readonly currency: number;
  readonly company: number;
  readonly invoiceAddress: number;
  readonly shipmentAddress: number;
  readonly saleDate: JsonObject;
  /** By SKU: id and unit. */
  readonly products: ReadonlyMap<string, { readonly id: number; readonly unit: number }>;
  /** The tax of a row: the product's own where its rate is the row's. */
  tax(rate: number, sku: string | undefined, field: string): number | null;
}

const taxesOf = (tax: number | null): JsonObject => (tax === null ? {} : { taxes: [['add', [tax]]] });

interface Row {
  readonly sku?: string | undefined;
  readonly name: string;
  readonly quantity: Decimal;
  readonly taxRate: number;
  readonly total: OrderLine['total'];
  readonly field: string;
}

function rowToTryton(row: Row, known: Known, desk: Desk): JsonObject[] {
  const { sku, field } = row;
  const product = sku === undefined ? undefined : known.products.get(sku);
  if (sku !== undefined && product === undefined) {
    throw new TerminalError('ARTICLE_MISSING', `Tryton has no product ${sku}`, { field: `${field}.sku` });
  }
  const { unitPrice, rest } = pricingOf(row, desk.priceDecimals);
  const taxes = taxesOf(known.tax(row.taxRate, sku, `${field}.taxRate`));
  const line = compact({
    type: 'line',
    product: product?.id,
    unit: product?.unit,
    quantity: Number(row.quantity),
    unit_price: decimalValue(unitPrice),
    description: row.name,
    ...taxes,
  });
  return rest === undefined || Number(rest) === 0 ? [line] : [line, { ...roundingLine(rest, ROW_ROUNDING), ...taxes }];
}

export function roundingLine(amount: Decimal, description: string): JsonObject {
  return { type: 'line', quantity: 1, unit_price: decimalValue(amount), description };
}

export function linesToTryton(order: Order, known: Known, desk: Desk): JsonObject[] {
  const charge = (one: OrderCharge, code: string, field: string): Row => ({
    sku: code === '' ? undefined : code,
    name: one.name,
    quantity: '1',
    taxRate: one.taxRate,
    total: one.total,
    field,
  });
  const rows: Row[] = [
    ...order.lines.map((line, at) => ({ ...line, sku: articleOf(line, at), field: `order.lines[${at}]` })),
    ...order.freight.map((one, at) => charge(one, desk.freightProduct, `order.freight[${at}]`)),
    ...order.fees.map((one, at) => charge(one, desk.feeProduct, `order.fees[${at}]`)),
  ];
  return rows.flatMap((row) => rowToTryton(row, known, desk));
}

export function articleOf(line: OrderLine, at: number): string {
  const article = line.articleNumber ?? line.sku;
  if (article !== undefined) return article;
  throw new TerminalError('ARTICLE_MISSING', `“${line.name}” has no article number`, {
    field: `order.lines[${at}].sku`,
  });
}

/** The order's own number and the buyer's, for people to read. */
function describe(order: Order): string {
  const buyers = filled(order.buyerOrderNumber) ?? filled(order.yourReference);
  return `Webborder ${order.number}${buyers === undefined ? '' : `, ${buyers}`}`;
}

/** Throws MONEY_MISMATCH before anything is sent when rows, freight and fees do not make the order's total. */
export function saleToTryton(draft: OrderDraft, known: Known): JsonObject {
  const { order } = draft;
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total.gross);
  const total = sum(parts, order.currency);
  if (!sameMoney(total, order.totals.gross)) {
    const message = `the rows make ${formatMoney(total)}, the order says ${formatMoney(order.totals.gross)} ${order.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'order.totals.gross' });
  }
  return compact({
    company: known.company,
    party: known.party,
    currency: known.currency,
    payment_term: known.paymentTerm ?? undefined,
    price_list: draft.priceList === undefined ? undefined : Number(draft.priceList),
    invoice_address: known.invoiceAddress,
    shipment_address: known.shipmentAddress,
    sale_date: known.saleDate,
    description: describe(order),
    comment: order.note,
  });
}

/** What of the total is missing in Tryton; null when more is than rounding can make. */
export function roundingOf(total: Money, order: Order): Money | null {
  const missing = subtract(order.totals.gross, total);
  const parts = order.lines.length + order.freight.length + order.fees.length;
  return Math.abs(missing.amount) <= parts + 1 ? missing : null;
}
