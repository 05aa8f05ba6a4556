import { decimalOf, decimalText, multiply, rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Invoice, Order, OrderCharge, OrderLine, Shipment } from '../../commerce/model.ts';
import { exponentOf, money, parseMoney, subtract, type Taxed, taxed } from '../../commerce/money.ts';
import type { OrderStatus } from '../../commerce/status.ts';
import { compact, filled } from '../answer.ts';
import { settle } from '../settled.ts';
import { grossOf, ROUNDING, ROW_ROUNDING } from './map.ts';
import { addressFromTryton, customerFromTryton } from './party.ts';
import { rateOf } from './product-map.ts';
import type { Desk } from './settings.ts';
import type { SaleLine, TrytonInvoice, TrytonSale, TrytonShipment } from './shape.ts';

const ORDER_STATES: Readonly<Record<TrytonSale['state'], OrderStatus['order']>> = {
  draft: 'draft',
  quotation: 'open',
  confirmed: 'open',
  processing: 'processing',
  done: 'completed',
  cancelled: 'cancelled',
};

const isOut = (invoice: { readonly state: string }): boolean => invoice.state === 'posted' || invoice.state === 'paid';

function statusFromTryton(sale: TrytonSale): OrderStatus {
  const invoices = sale['invoices.'].filter((one) => one.state !== 'cancelled');
  const out = invoices.filter(isOut);
  const owed = out.some((one) => Number(one.amount_to_pay ?? 0) !== Number(one.total_amount ?? 0));
  const sent = sale['shipments.'].some((one) => one.state === 'done');
  return {
    order: ORDER_STATES[sale.state],
    payment: sale.invoice_state === 'paid' ? 'paid' : owed ? 'partly-paid' : 'unpaid',
    fulfilment: sale.shipment_state === 'sent' ? 'fulfilled' : sent ? 'partly-fulfilled' : 'unfulfilled',
    invoice: out.length === 0 ? 'not-invoiced' : out.length === invoices.length ? 'invoiced' : 'partly-invoiced',
    native: sale.state,
  };
}

export const isRounding = (line: Pick<SaleLine, 'product.' | 'description'>): boolean =>
  line['product.'] == null && (line.description === ROUNDING || line.description === ROW_ROUNDING);

/** The row with tax to the minor unit: the unrounded net with its rate, the rounding that follows it included. */
function totalOf(line: SaleLine, rest: readonly SaleLine[], rate: number, currency: string): Taxed {
  const net = [line, ...rest].map((one) => multiply(scaledOf(one.unit_price ?? '0'), scaledOf(one.quantity ?? 0)));
  const scale = Math.max(...net.map((one) => one.scale));
  const whole = { units: net.reduce((all, one) => all + rescale(one, scale), 0n), scale };
  const gross = grossOf(decimalText(whole), '1', rate, currency);
  const rounded = money(Number(rescale(whole, exponentOf(currency))), currency);
  return taxed(rounded, subtract(gross, rounded));
}

interface Rows {
  readonly lines: OrderLine[];
  readonly freight: OrderCharge[];
  readonly fees: OrderCharge[];
}

function rowsFromTryton(sale: TrytonSale, desk: Desk): Rows {
  const rows: Rows = { lines: [], freight: [], fees: [] };
  const currency = sale['currency.'].code;
  const all = sale['lines.'].filter((line) => line.type === 'line');
  all.forEach((line, at) => {
    if (isRounding(line)) return;
    const next = all.slice(at + 1);
    const end = next.findIndex((one) => !isRounding(one) || one.description === ROUNDING);
    const rest = next.slice(0, end < 0 ? next.length : end);
    const taxRate = rateOf(line['taxes.']) ?? 0;
    const total = totalOf(line, rest, taxRate, currency);
    const shared = { id: String(line.id), name: filled(line.description) ?? '', taxRate, total };
    const sku = filled(line['product.']?.code);
    if (sku !== undefined && sku === desk.freightProduct) rows.freight.push(shared);
    else if (sku === undefined || sku === desk.feeProduct) rows.fees.push(shared);
    else rows.lines.push({ ...shared, ...goodsOf(line, currency), sku, productId: String(line['product.']?.id) });
  });
  return rows;
}

function goodsOf(
  line: SaleLine,
  currency: string,
): Pick<OrderLine, 'kind' | 'quantity' | 'unit' | 'unitPrice' | 'discount' | 'delivered'> {
  const done = line['moves.'].filter((move) => move.state === 'done').reduce((all, move) => all + move.quantity, 0);
  return {
    kind: 'unknown',
    quantity: decimalOf(line.quantity ?? 0),
    unit: filled(line['unit.']?.symbol),
    unitPrice: line.unit_price ?? '0',
    discount: money(0, currency),
    delivered: decimalOf(done),
  };
}

export function orderFromTryton(sale: TrytonSale, desk: Desk): Order {
  const currency = sale['currency.'].code;
  const amount = (text: string, field: string) => parseMoney(text, currency, { rounding: 'half-up', field });
  const totals = taxed(amount(sale.untaxed_amount, 'untaxed_amount'), amount(sale.tax_amount, 'tax_amount'));
  const { lines, freight, fees } = rowsFromTryton(sale, desk);
  settle([...lines, ...freight, ...fees], totals);
  const customer = customerFromTryton(sale['party.'], desk);
  const { phone } = customer;
  const [billing, shipping] = [sale['invoice_address.'], sale['shipment_address.']];
  return {
    source: { connection: desk.connection, id: String(sale.id) },
    number: filled(sale.number) ?? String(sale.id),
    placedAt: placedAt(sale),
    changedAt: sale.write_date ?? sale.create_date ?? undefined,
    currency,
    status: statusFromTryton(sale),
    customer,
    billing: billing == null ? {} : addressFromTryton(billing, phone),
    ...(shipping == null ? {} : { shipping: addressFromTryton(shipping) }),
    lines,
    freight,
    fees,
    discounts: [],
    payments: [],
    shipments: sale['shipments.'].flatMap((one) => shipmentsFromTryton(one, String(sale.id), desk)),
    totals,
    pricesIncludeTax: false,
    note: sale.comment ?? undefined,
    invoiceNumbers: sale['invoices.'].filter(isOut).flatMap((one) => filled(one.number) ?? []),
    reference: filled(sale.reference),
    extra: compact({ description: filled(sale.description) }),
  };
}

/** A sale has a day; the moment it was entered is told where it is of that day. */
function placedAt({ sale_date, create_date }: TrytonSale): string {
  if (sale_date == null) return create_date ?? '1970-01-01T00:00:00Z';
  return create_date?.startsWith(sale_date) ? create_date : `${sale_date}T00:00:00Z`;
}

const SHIPMENT_STATES: Readonly<Record<string, Shipment['state']>> = { done: 'sent', cancelled: 'cancelled' };

/** One for each package with a number to follow it by, the goods with the first; a shipment without packages is one too. */
export function shipmentsFromTryton(from: TrytonShipment, order: string, desk: Desk): Shipment[] {
  const packages = from['packages.'].filter((one) => filled(one.shipping_reference) !== undefined);
  const moves = from['outgoing_moves.'].filter((move) => move.state !== 'cancelled');
  const shared = {
    order,
    state: SHIPMENT_STATES[from.state] ?? 'pending',
    carrier: filled(from['carrier.']?.['party.'].name),
    sentAt: from.state === 'done' && from.effective_date != null ? `${from.effective_date}T00:00:00Z` : undefined,
    lines: moves.flatMap((move) => {
      const sku = filled(move['product.'].code);
      return sku === undefined ? [] : [{ sku, quantity: decimalOf(move.quantity) }];
    }),
    changedAt: from.write_date ?? from.create_date ?? undefined,
  };
  const source = (id: string) => ({ connection: desk.connection, id });
  if (packages.length === 0) return [{ source: source(String(from.id)), ...shared }];
  return packages.map((one, at) => ({
    source: source(at === 0 ? String(from.id) : `${from.id}-${one.id}`),
    ...shared,
    ...(at === 0 ? {} : { lines: [] }),
    trackingNumber: filled(one.shipping_reference),
    trackingUrl: filled(one.shipping_tracking_url),
  }));
}

const INVOICE_STATES: Readonly<Record<string, Invoice['state']>> = {
  posted: 'open',
  paid: 'paid',
  cancelled: 'cancelled',
};

export function invoiceFromTryton(from: TrytonInvoice, desk: Desk): Invoice {
  const currency = from['currency.'].code;
  const amount = (text: string, field: string) => parseMoney(text, currency, { rounding: 'half-up', field });
  const total = amount(from.total_amount, 'total_amount');
  const [sale] = from['sales.'];
  const due = from['lines_to_pay.']
    .flatMap((line) => line.maturity_date ?? [])
    .toSorted()
    .at(-1);
  return {
    source: { connection: desk.connection, id: String(from.id) },
    number: from.number,
    order: sale === undefined ? undefined : String(sale.id),
    customerNumber: filled(from['party.'].code),
    issuedOn: from.invoice_date ?? (from.create_date ?? '1970-01-01').slice(0, 10),
    dueOn: due,
    currency,
    total,
    balance: from.amount_to_pay == null ? undefined : amount(from.amount_to_pay, 'amount_to_pay'),
    state: INVOICE_STATES[from.state] ?? 'draft',
    credit: total.amount < 0,
    reference: filled(sale?.reference),
    changedAt: from.write_date ?? from.create_date ?? undefined,
  };
}
