import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { OrderDraft } from '../../commerce/capabilities.ts';
import { scaledOf } from '../../commerce/decimal.ts';
import type { Address, Order, OrderCharge, OrderLine } from '../../commerce/model.ts';
import {
  bridgeTax,
  formatMoney,
  type Money,
  money,
  numberOf,
  parseMoney,
  priceTimes,
  sameMoney,
  subtract,
  sum,
} from '../../commerce/money.ts';
import { compact, cut, filled, fitting } from '../answer.ts';
import { amount } from './read-map.ts';
import type { Books } from './settings.ts';
import type { FortnoxOrder } from './shape.ts';
import { swedishDay } from './zone.ts';

/** Letters of a row’s description that we send. */
const ROW_TEXT = 200;

/** The rates Swedish VAT has; rows with another need an account of their own under EasyVat. */
const SWEDISH_RATES = new Set([2500, 1200, 600, 0]);

const countryNames = new Intl.DisplayNames(['sv'], { type: 'region', fallback: 'none' });

/** Orders hold the country's Swedish name, customers its code. */
function countryName(code: string | undefined): string | undefined {
  return code === undefined ? undefined : (countryNames.of(code) ?? undefined);
}

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
    Description: cut(line.name, ROW_TEXT),
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
    Description: cut(charge.name, ROW_TEXT),
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
  const freight = sum(
    order.freight.map((one) => one.total.gross),
    order.currency,
  );
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total.gross);
  const total = sum(parts, order.currency);
  if (!sameMoney(total, order.totals.gross)) {
    const message = `the rows make ${formatMoney(total)}, the order says ${formatMoney(order.totals.gross)} ${order.currency}`;
    throw new TerminalError('MONEY_MISMATCH', message, { field: 'order.totals.gross' });
  }
  const { billing, customer } = order;
  const person = filled(`${billing.firstName ?? ''} ${billing.lastName ?? ''}`);
  const yourReference = order.yourReference ?? (customer.kind === 'company' ? person : undefined);
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
    // Told even when they are none: an order changed keeps what is left out, and a customer may have a fee by default.
    Freight: inField ? numberOf(freight) : 0,
    AdministrationFee: 0,
    OrderRows: [
      ...order.lines.map((line, index) => rowToFortnox(line, index, draft, books)),
      ...(inField ? [] : order.freight.map((one) => chargeRow(one, books.freightArticle, draft, books))),
      ...order.fees.map((one) => chargeRow(one, books.feeArticle, draft, books)),
    ],
    CostCenter: fitting(draft.costCentre ?? order.costCentre, 6, 'costCentre'),
    Project: draft.project ?? order.project,
    PriceList: draft.priceList,
    OurReference: fitting(order.ourReference, 50, 'order.ourReference'),
    YourReference: yourReference === undefined ? undefined : cut(yourReference, 50),
    YourOrderNumber: fitting(order.buyerOrderNumber ?? order.number, 75, 'order.buyerOrderNumber'),
    Remarks: order.note === undefined ? undefined : cut(order.note, 1024),
    ...(ourReference === undefined
      ? {}
      : {
          ExternalInvoiceReference1: ourReference,
          ExternalInvoiceReference2: cut(order.number, 80),
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
