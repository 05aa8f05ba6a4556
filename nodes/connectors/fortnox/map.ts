import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { OrderDraft } from '../../commerce/capabilities.ts';
import { decimalOf, scaledOf } from '../../commerce/decimal.ts';
import type { Address, Invoice, Order, OrderCharge, OrderLine } from '../../commerce/model.ts';
import {
  bridgeTax,
  formatMoney,
  type Money,
  money,
  numberOf,
  parseMoney,
  priceTimes,
  sameMoney,
  splitGross,
  splitNet,
  subtract,
  sum,
  type Taxed,
  taxed,
} from '../../commerce/money.ts';
import type { OrderStatus } from '../../commerce/status.ts';
import { compact, filled, fitting } from '../answer.ts';
import type { Books } from './settings.ts';
import type { FortnoxInvoice, FortnoxOrder } from './shape.ts';
import { startOfSwedishDay, swedishDay } from './zone.ts';

/** The rates Swedish VAT has; rows with another need an account of their own under EasyVat. */
const SWEDISH_RATES = new Set([2500, 1200, 600, 0]);

const countryNames = new Intl.DisplayNames(['sv'], { type: 'region', fallback: 'none' });

/** Orders hold the country's Swedish name, customers its code. */
function countryName(code: string | undefined): string | undefined {
  return code === undefined ? undefined : (countryNames.of(code) ?? undefined);
}

function amount(value: string | number | null | undefined, currency: string, field: string): Money {
  return parseMoney(value ?? 0, currency, { rounding: 'half-up', field });
}

/** Fortnox writes “none” as "0" or ''. */
export function reference(value: string | null | undefined): string | undefined {
  const text = filled(value);
  return text === '0' ? undefined : text;
}

// From us to Fortnox

interface RowPrice {
  readonly price: number;
  readonly discount?: number;
}

/**
 * A unit price of the currency's own decimals and an amount off, such that quantity x price - discount is the row's total to
 * the minor unit: 100.00 over 3 is 33.34 each less 0.02. Works out in whole minor units, so nothing hangs on how Fortnox rounds.
 */
function rowPrice(line: OrderLine, pricesIncludeTax: boolean, currency: string): RowPrice {
  const gross = line.total.gross;
  const whole = parseMoney(line.unitPrice, currency, { rounding: 'half-up' });
  const listed = pricesIncludeTax
    ? whole
    : parseMoney(bridgeTax(line.unitPrice, line.taxRate, 'gross', currency), currency);
  const priced = (unit: Money): Money => priceTimes(formatMoney(unit), line.quantity, currency);
  const unit = priced(listed).amount >= gross.amount ? listed : money(unitOver(gross, line.quantity), currency);
  const discount = subtract(priced(unit), gross);
  return { price: numberOf(unit), ...(discount.amount === 0 ? {} : { discount: numberOf(discount) }) };
}

/** The least whole unit price whose row is at least the total. */
function unitOver(total: Money, quantity: string): number {
  const { units, scale } = scaledOf(quantity);
  if (units <= 0n)
    throw new TerminalError('UNSUPPORTED', 'a row without a quantity cannot have an amount', { field: 'quantity' });
  const top = BigInt(total.amount) * 10n ** BigInt(scale);
  const floor = top / units;
  return Number(top > floor * units ? floor + 1n : floor);
}

const percentOf = (basisPoints: number): number => basisPoints / 100;

function rowToFortnox(line: OrderLine, index: number, draft: OrderDraft, books: Books): JsonObject {
  const field = `order.lines[${index}]`;
  const { order } = draft;
  const article = line.articleNumber ?? line.sku;
  if (article === undefined) {
    throw new TerminalError('ARTICLE_MISSING', `“${line.name}” has no article number`, { field: `${field}.sku` });
  }
  if (scaledOf(line.quantity).scale > 2) {
    throw new TerminalError('UNSUPPORTED', 'Fortnox keeps two decimals of a quantity', { field: `${field}.quantity` });
  }
  const { price, discount } = rowPrice(line, order.pricesIncludeTax, order.currency);
  return compact({
    ArticleNumber: fitting(article, 50, `${field}.sku`),
    Description: line.name.slice(0, 200),
    OrderedQuantity: line.quantity,
    Price: price,
    ...(discount === undefined ? {} : { Discount: discount, DiscountType: 'AMOUNT' }),
    ...vatOf(line.taxRate, books),
    CostCenter: line.costCentre ?? draft.costCentre ?? order.costCentre,
    Project: draft.project ?? order.project,
  });
}

function vatOf(rate: number, books: Books): JsonObject {
  const account = SWEDISH_RATES.has(rate) ? undefined : books.customVatAccount;
  return compact({ VAT: percentOf(rate), AccountNumber: account });
}

function chargeRow(charge: OrderCharge, article: string, draft: OrderDraft, books: Books): JsonObject {
  return compact({
    ArticleNumber: article === '' ? undefined : article,
    Description: charge.name.slice(0, 200),
    OrderedQuantity: '1',
    Price: numberOf(charge.total.gross),
    ...vatOf(charge.taxRate, books),
    CostCenter: draft.costCentre ?? draft.order.costCentre,
    Project: draft.project ?? draft.order.project,
  });
}

/** Fortnox taxes its freight field at the highest rate of the rows: only freight with that rate goes there. */
function freightInField(order: Order, books: Books): boolean {
  if (books.freightArticle !== '' || order.freight.length === 0) return false;
  const highest = Math.max(0, ...order.lines.map((line) => line.taxRate), ...order.fees.map((fee) => fee.taxRate));
  const sums = sum(
    order.freight.map((one) => one.total.gross),
    order.currency,
  );
  return sums.amount >= 0 && order.freight.every((one) => one.taxRate === highest || one.total.gross.amount === 0);
}

function deliveryOf(to: Address | undefined, fallbackName: string): JsonObject {
  if (to === undefined) return {};
  return compact({
    DeliveryName: nameOn(to) ?? fallbackName,
    DeliveryAddress1: to.street,
    DeliveryAddress2: to.street2,
    DeliveryZipCode: to.postalCode,
    DeliveryCity: to.city,
    DeliveryCountry: countryName(to.country),
  });
}

export function nameOn(address: Address): string | undefined {
  return address.company ?? filled(`${address.firstName ?? ''} ${address.lastName ?? ''}`);
}

/**
 * The order with VAT in its prices, so that the sum is the buyer's to the minor unit. Throws MONEY_MISMATCH before anything is
 * sent when rows, freight and fees do not make the order's total.
 */
export function orderToFortnox(draft: OrderDraft, books: Books, ourReference?: string): JsonObject {
  const { order } = draft;
  const inField = freightInField(order, books);
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total.gross);
  const total = sum(parts, order.currency);
  if (!sameMoney(total, order.totals.gross)) {
    const message = `the rows make ${formatMoney(total)}, the order says ${formatMoney(order.totals.gross)} ${order.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'order.totals.gross' });
  }
  const { billing, customer } = order;
  const person = filled(`${billing.firstName ?? ''} ${billing.lastName ?? ''}`);
  return compact({
    CustomerNumber: draft.customerNumber,
    CustomerName: nameOn(billing) ?? customer.name,
    Address1: billing.street,
    Address2: billing.street2,
    ZipCode: billing.postalCode,
    City: billing.city,
    Country: countryName(billing.country),
    Phone1: billing.phone ?? customer.phone,
    ...deliveryOf(order.shipping, customer.name),
    OrderDate: swedishDay(order.placedAt),
    DeliveryDate: order.deliveryDate,
    Currency: order.currency,
    VATIncluded: true,
    ...(inField
      ? {
          Freight: numberOf(
            sum(
              order.freight.map((one) => one.total.gross),
              order.currency,
            ),
          ),
        }
      : {}),
    OrderRows: [
      ...order.lines.map((line, index) => rowToFortnox(line, index, draft, books)),
      ...(inField ? [] : order.freight.map((one) => chargeRow(one, books.freightArticle, draft, books))),
      ...order.fees.map((one) => chargeRow(one, books.feeArticle, draft, books)),
    ],
    CostCenter: fitting(draft.costCentre ?? order.costCentre, 6, 'costCentre'),
    Project: draft.project ?? order.project,
    PriceList: draft.priceList,
    OurReference: fitting(order.ourReference, 50, 'order.ourReference'),
    YourReference: (order.yourReference ?? (customer.kind === 'company' ? person : undefined))?.slice(0, 50),
    YourOrderNumber: fitting(order.buyerOrderNumber ?? order.number, 75, 'order.buyerOrderNumber'),
    Remarks: order.note?.slice(0, 1024),
    ...(ourReference === undefined
      ? {}
      : {
          ExternalInvoiceReference1: ourReference,
          ExternalInvoiceReference2: order.number.slice(0, 80),
          Comments: `Webborder ${order.number}`,
        }),
  });
}

/** What differs between the document in Fortnox and the order it should be of; null when nothing does. */
export function differenceOf(made: FortnoxOrder, draft: OrderDraft, books: Books): string | null {
  const { order } = draft;
  const total = subtract(
    amount(made.Total, made.Currency, 'Order.Total'),
    amount(made.RoundOff, made.Currency, 'Order.RoundOff'),
  );
  if (!sameMoney(total, order.totals.gross)) {
    const [there, here] = [total, order.totals.gross].map((one) => `${formatMoney(one)} ${one.currency}`);
    return `order ${made.DocumentNumber} in Fortnox is ${there}, order ${order.number} is ${here}`;
  }
  const rows = order.lines.length + order.fees.length + (freightInField(order, books) ? 0 : order.freight.length);
  if (made.OrderRows.length === rows) return null;
  return `order ${made.DocumentNumber} in Fortnox has ${made.OrderRows.length} rows, order ${order.number} has ${rows}`;
}

// From Fortnox to us

/** Fortnox has flags and no status; its orders know nothing of payment, which is the invoice's. */
export function statusFromFortnox(order: FortnoxOrder): OrderStatus {
  const invoiced = reference(order.InvoiceReference) !== undefined;
  const delivered = order.DeliveryState === 'delivery' || order.WarehouseReady === true;
  const short = order.OrderRows.some(
    (row) => Number(row.DeliveredQuantity ?? row.OrderedQuantity) < Number(row.OrderedQuantity),
  );
  const state = order.Cancelled ? 'cancelled' : invoiced ? 'completed' : order.NotCompleted ? 'draft' : 'open';
  return {
    order: state,
    payment: 'unknown',
    fulfilment: delivered ? (short ? 'partly-fulfilled' : 'fulfilled') : 'unfulfilled',
    invoice: invoiced ? 'invoiced' : 'not-invoiced',
    native: order.Cancelled
      ? 'cancelled'
      : invoiced
        ? 'invoiced'
        : delivered
          ? 'delivered'
          : (order.DeliveryState ?? 'open'),
  };
}

function taxedPart(value: Money, rate: number, withTax: boolean): Taxed {
  return withTax ? splitGross(value, rate) : splitNet(value, rate);
}

const basisPointsOf = (percent: string | number | null | undefined): number =>
  Math.min(10_000, Math.max(0, Math.round(Number(percent ?? 0) * 100)));

function lineFromFortnox(row: FortnoxOrder['OrderRows'][number], index: number, order: FortnoxOrder): OrderLine {
  const field = `Order.OrderRows[${index}]`;
  const rate = basisPointsOf(row.VAT);
  const quantity = decimalOf(row.OrderedQuantity ?? 0, `${field}.OrderedQuantity`);
  const unitPrice = decimalOf(row.Price ?? 0, `${field}.Price`);
  const total = amount(row.Total, order.Currency, `${field}.Total`);
  return {
    id: String(row.RowId ?? index + 1),
    sku: filled(row.ArticleNumber),
    kind: 'unknown',
    name: (filled(row.Description) ?? '').slice(0, 1000),
    quantity,
    unit: filled(row.Unit),
    unitPrice,
    discount: subtract(priceTimes(unitPrice, quantity, order.Currency), total),
    taxRate: rate,
    total: taxedPart(total, rate, order.VATIncluded === true),
    delivered:
      row.DeliveredQuantity == null ? undefined : decimalOf(row.DeliveredQuantity, `${field}.DeliveredQuantity`),
    costCentre: filled(row.CostCenter),
  };
}

function chargeFromFortnox(name: string, value: Money, tax: Money, withTax: boolean): OrderCharge[] {
  if (value.amount === 0) return [];
  const total = withTax ? taxed(subtract(value, tax), tax) : taxed(value, tax);
  const rate = total.net.amount === 0 ? 0 : Math.round((total.tax.amount * 100) / total.net.amount) * 100;
  return [{ id: name.toLowerCase(), name, taxRate: Math.min(10_000, Math.max(0, rate)), total }];
}

/** Fortnox gives the country's name; only Sweden's is known without a register. */
function countryCode(name: string | null | undefined): string | undefined {
  const text = filled(name);
  if (text === undefined || /^sverige$/i.test(text)) return text === undefined ? undefined : 'SE';
  return /^[A-Z]{2}$/.test(text) ? text : undefined;
}

export function orderFromFortnox(from: FortnoxOrder, books: Books): Order {
  const { Currency: currency } = from;
  const withTax = from.VATIncluded === true;
  const at = (value: string | number | null | undefined, field: string): Money =>
    amount(value, currency, `Order.${field}`);
  const gross = at(from.Total, 'Total');
  const tax = at(from.TotalVAT, 'TotalVAT');
  const roundOff = at(from.RoundOff, 'RoundOff');
  const billing: Address = {
    street: filled(from.Address1),
    street2: filled(from.Address2),
    postalCode: filled(from.ZipCode),
    city: filled(from.City),
    country: countryCode(from.Country),
    phone: filled(from.Phone1),
  };
  const hasDelivery = filled(from.DeliveryAddress1) !== undefined || filled(from.DeliveryCity) !== undefined;
  const organisationNumber = filled(from.OrganisationNumber);
  const zero = money(0, currency);
  const invoice = reference(from.InvoiceReference);
  return {
    source: { connection: books.connection, id: from.DocumentNumber },
    number: from.DocumentNumber,
    placedAt: startOfSwedishDay(from.OrderDate),
    currency,
    status: statusFromFortnox(from),
    customer: {
      source: { connection: books.connection, id: from.CustomerNumber },
      number: from.CustomerNumber,
      kind: organisationNumber === undefined ? 'private' : 'company',
      name: filled(from.CustomerName) ?? from.CustomerNumber,
      email: filled(from.EmailInformation?.EmailAddressTo),
      organisationNumber,
      billing,
    },
    billing,
    shipping: hasDelivery
      ? {
          company: filled(from.DeliveryName),
          street: filled(from.DeliveryAddress1),
          street2: filled(from.DeliveryAddress2),
          postalCode: filled(from.DeliveryZipCode),
          city: filled(from.DeliveryCity),
          country: countryCode(from.DeliveryCountry),
        }
      : undefined,
    lines: from.OrderRows.map((row, index) => lineFromFortnox(row, index, from)),
    freight: chargeFromFortnox('Frakt', at(from.Freight, 'Freight'), at(from.FreightVAT, 'FreightVAT'), withTax),
    fees: [
      ...chargeFromFortnox(
        'Expeditionsavgift',
        at(from.AdministrationFee, 'AdministrationFee'),
        at(from.AdministrationFeeVAT, 'AdministrationFeeVAT'),
        withTax,
      ),
      ...chargeFromFortnox('Öresavrundning', roundOff, zero, withTax),
    ],
    discounts: [],
    payments: [],
    shipments: [],
    totals: taxed(subtract(gross, tax), tax),
    pricesIncludeTax: withTax,
    note: filled(from.Remarks),
    ourReference: filled(from.OurReference),
    yourReference: filled(from.YourReference),
    buyerOrderNumber: filled(from.YourOrderNumber),
    costCentre: filled(from.CostCenter),
    project: filled(from.Project),
    deliveryDate: dayOf(from.DeliveryDate),
    invoiceNumbers: invoice === undefined ? [] : [invoice],
    reference: filled(from.ExternalInvoiceReference1),
    language: filled(from.Language),
    extra: compact({ comments: filled(from.Comments), sourceNumber: filled(from.ExternalInvoiceReference2) }),
  };
}

function dayOf(text: string | null | undefined): string | undefined {
  const day = filled(text)?.slice(0, 10);
  return day !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(day) ? day : undefined;
}

function invoiceState(from: FortnoxInvoice, balance: Money): Invoice['state'] {
  if (from.Cancelled) return 'cancelled';
  if (from.Credit !== true && reference(from.CreditInvoiceReference) !== undefined) return 'credited';
  if (from.Booked && balance.amount === 0) return 'paid';
  return from.Sent ? 'sent' : from.Booked ? 'open' : 'draft';
}

export function invoiceFromFortnox(from: FortnoxInvoice, books: Books): Invoice {
  const balance = amount(from.Balance, from.Currency, 'Invoice.Balance');
  return {
    source: { connection: books.connection, id: from.DocumentNumber },
    number: from.DocumentNumber,
    order: reference(from.OrderReference),
    customerNumber: filled(from.CustomerNumber),
    issuedOn: from.InvoiceDate,
    dueOn: dayOf(from.DueDate),
    currency: from.Currency,
    total: amount(from.Total, from.Currency, 'Invoice.Total'),
    balance,
    state: invoiceState(from, balance),
    credit: from.Credit === true,
    reference: filled(from.ExternalInvoiceReference1),
    ocr: filled(from.OCR),
  };
}
