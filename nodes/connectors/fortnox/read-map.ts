import { decimalOf } from '../../commerce/decimal.ts';
import type { Address, Invoice, Order, OrderCharge, OrderLine } from '../../commerce/model.ts';
import {
  type Money,
  money,
  parseMoney,
  priceTimes,
  splitGross,
  splitNet,
  subtract,
  type Taxed,
  taxed,
} from '../../commerce/money.ts';
import type { OrderStatus } from '../../commerce/status.ts';
import { compact, filled } from '../answer.ts';
import { settle } from '../settled.ts';
import type { Books } from './settings.ts';
import type { FortnoxInvoice, FortnoxOrder } from './shape.ts';
import { startOfSwedishDay } from './zone.ts';

export function amount(value: string | number | null | undefined, currency: string, field: string): Money {
  return parseMoney(value ?? 0, currency, { rounding: 'half-up', field });
}

/** Fortnox writes “none” as "0" or ''. */
export function reference(value: string | null | undefined): string | undefined {
  const text = filled(value);
  return text === '0' ? undefined : text;
}

/** Fortnox has flags and no status; its orders know nothing of payment, which is the invoice's. */
function statusFromFortnox(order: FortnoxOrder): OrderStatus {
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
    name: filled(row.Description) ?? '',
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

/** Small amounts tell their rate badly: one that the rows have and that gives just this tax comes first. */
function rateOf(total: Taxed, rates: readonly number[]): number {
  const known = rates.find((rate) => splitGross(total.gross, rate).tax.amount === total.tax.amount);
  if (known !== undefined) return known;
  const rate = total.net.amount === 0 ? 0 : Math.round((total.tax.amount * 100) / total.net.amount) * 100;
  return Math.min(10_000, Math.max(0, rate));
}

/** `rates` are those of the rows, the likeliest first. */
function chargeFromFortnox(
  name: string,
  value: Money,
  tax: Money,
  withTax: boolean,
  rates: readonly number[],
): OrderCharge[] {
  if (value.amount === 0) return [];
  const total = withTax ? taxed(subtract(value, tax), tax) : taxed(value, tax);
  return [{ id: name.toLowerCase(), name, taxRate: rateOf(total, rates), total }];
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
  const totals = taxed(subtract(gross, tax), tax);
  const lines = from.OrderRows.map((row, index) => lineFromFortnox(row, index, from));
  // Fortnox taxes freight and fee at the highest rate of the rows
  const rates = lines.map((line) => line.taxRate).toSorted((a, b) => b - a);
  const freight = chargeFromFortnox(
    'Frakt',
    at(from.Freight, 'Freight'),
    at(from.FreightVAT, 'FreightVAT'),
    withTax,
    rates,
  );
  const fees = [
    ...chargeFromFortnox(
      'Expeditionsavgift',
      at(from.AdministrationFee, 'AdministrationFee'),
      at(from.AdministrationFeeVAT, 'AdministrationFeeVAT'),
      withTax,
      rates,
    ),
    ...chargeFromFortnox('Öresavrundning', roundOff, zero, withTax, [0]),
  ];
  settle([...lines, ...freight, ...fees], totals);
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
    lines,
    freight,
    fees,
    discounts: [],
    payments: [],
    shipments: [],
    totals,
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
