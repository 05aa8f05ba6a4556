import { erpError } from './erp-error.ts';
import type { Document } from './erp-fields.ts';
import type { ErpArticle, ErpCustomer, ErpInvoice, ErpOrder, ErpRow } from './erp-model.ts';
import { currencies, termsOfDelivery, termsOfPayment, wayOfDelivery } from './erp-seed.ts';
import type { ErpState } from './erp-state.ts';
import { siteDates } from './site-clock.ts';

/** Making orders and invoices and working out what they come to. */

const round2 = (amount: number) => Math.round((amount + Number.EPSILON * Math.sign(amount)) * 100) / 100;

const standardVat = new Set([0, 6, 12, 25]);
const taxFree = new Set(['EXPORT', 'EUREVERSEDVAT', 'SEREVERSEDVAT']);

/** An order from checked fields; with `before`, those fields laid over it. Throws a VendorError. */
export function composeOrder(state: ErpState, given: Document, before: ErpOrder | undefined, now: number): ErpOrder {
  const number = given['CustomerNumber'] ?? before?.CustomerNumber;
  if (typeof number !== 'string') throw erpError('parameter', 'Order.CustomerNumber');
  const customer = state.customers.get(number)?.document;
  if (customer === undefined || !customer.Active) throw erpError('customerMissing', number);
  checkRegisterCodes(state, given);
  const code = String(given['Currency'] ?? before?.Currency ?? customer.Currency);
  const currency = currencies.find((one) => one.Code === code);
  if (currency === undefined) throw erpError('parameter', `Order.Currency: ${code}`);
  const { DocumentNumber: _number, ...free } = given;
  const { local } = siteDates(now);
  const order: ErpOrder = {
    ...(before === undefined ? addressOf(customer) : {}),
    AdministrationFee: 0,
    AdministrationFeeVAT: 0,
    BasisTaxReduction: 0,
    Cancelled: false,
    ContributionPercent: 0,
    ContributionValue: 0,
    CopyRemarks: false,
    CurrencyRate: currency.SellRate,
    CurrencyUnit: currency.Unit,
    DeliveryState: 'registration',
    Freight: 0,
    FreightVAT: 0,
    HouseWork: false,
    InvoiceReference: '0',
    Language: 'SV',
    NotCompleted: false,
    OfferReference: '0',
    OrderDate: local.slice(0, 10),
    OrderType: 'Order',
    RoundOff: 0,
    Sent: false,
    TaxReduction: 0,
    VATIncluded: customer.ShowPriceVATIncluded,
    WarehouseReady: false,
    ...before,
    ...free,
    CustomerNumber: number,
    Currency: code,
    DocumentNumber: before?.DocumentNumber ?? state.nextOrderNumber(),
    CustomerName: String(free['CustomerName'] ?? before?.CustomerName ?? customer.Name),
    PriceList: String(free['PriceList'] ?? before?.['PriceList'] ?? customer.PriceList),
    OrderRows: [],
    Gross: 0,
    Net: 0,
    TotalVAT: 0,
    Total: 0,
    TotalToPay: 0,
  };
  const rows = given['OrderRows'] as Document[] | undefined;
  order.OrderRows =
    rows === undefined
      ? (before?.OrderRows ?? [])
      : rows.map((row, at) => composeRow(state, order, customer, row, at, before));
  addUp(order);
  return order;
}

/** Codes that must stand in a register. */
export function checkRegisterCodes(state: ErpState, given: Document): void {
  const center = given['CostCenter'];
  if (typeof center === 'string' && center !== '' && state.costCenters.get(center) === undefined)
    throw erpError('parameter', `CostCenter: ${center}`);
  const list = given['PriceList'];
  if (typeof list === 'string' && list !== '' && state.priceLists.get(list) === undefined)
    throw erpError('parameter', `PriceList: ${list}`);
  const registers = { TermsOfDelivery: termsOfDelivery, TermsOfPayment: termsOfPayment, WayOfDelivery: wayOfDelivery };
  for (const [name, register] of Object.entries(registers)) {
    const code = given[name];
    if (typeof code === 'string' && code !== '' && !register.some((one) => one.Code === code))
      throw erpError('parameter', `${name}: ${code}`);
  }
}

const copied =
  'Address1 Address2 City Country Phone1 Phone2 ZipCode OrganisationNumber TermsOfPayment CostCenter'.split(' ');
const delivered = 'DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry DeliveryName DeliveryZipCode'.split(
  ' ',
);

function addressOf(customer: ErpCustomer): Document {
  const address: Document = {};
  for (const name of [...copied, ...delivered]) if (customer[name] !== undefined) address[name] = customer[name];
  return address;
}

function quantityOf(value: unknown, place: string): number {
  const quantity = Number(value);
  if (value === '' || !Number.isFinite(quantity)) throw erpError('numeric', place);
  return quantity;
}

function articleOf(state: ErpState, number: unknown): ErpArticle | undefined {
  if (typeof number !== 'string' || number === '') return undefined;
  const article = state.articles.get(number)?.document;
  if (article === undefined || !article.Active) throw erpError('articleMissing', number);
  return article;
}

/** The price of the largest quantity step reached; 0 when the list has none. */
export function listPrice(state: ErpState, list: string, article: string, quantity: number): number {
  let best = { FromQuantity: -1, Price: 0 };
  for (const price of state.pricesOf(list, article))
    if (price.FromQuantity <= quantity && price.FromQuantity > best.FromQuantity) best = price;
  return best.Price;
}

function composeRow(
  state: ErpState,
  order: ErpOrder,
  customer: ErpCustomer,
  given: Document,
  at: number,
  before: ErpOrder | undefined,
): ErpRow {
  const old = before?.OrderRows.find((row) => row.RowId === given['RowId']);
  const row: Document = { ...old, ...given };
  const article = articleOf(state, row['ArticleNumber']);
  const place = `Order.OrderRows[${at}]`;
  const ordered = quantityOf(row['OrderedQuantity'] ?? '1', `${place}.OrderedQuantity`);
  const wanted =
    given['DeliveredQuantity'] ?? (given['OrderedQuantity'] === undefined ? old?.DeliveredQuantity : undefined);
  const delivered = wanted === undefined ? ordered : quantityOf(wanted, `${place}.DeliveredQuantity`);
  const vat = Number(row['VAT'] ?? (taxFree.has(customer.VATType) ? 0 : (article?.VAT ?? 25)));
  if (!standardVat.has(vat) && row['AccountNumber'] === undefined) throw erpError('account', `${place}.VAT: ${vat}`);
  const price = Number(
    row['Price'] ??
      (article === undefined ? 0 : listPrice(state, String(order['PriceList']), article.ArticleNumber, ordered)),
  );
  const discount = Number(row['Discount'] ?? 0);
  const full = ordered * price;
  const total = row['DiscountType'] === 'PERCENT' ? full * (1 - discount / 100) : full - discount;
  return {
    AccountNumber: article?.SalesAccount ?? 3001,
    ContributionPercent: '0',
    ContributionValue: '0',
    CostCenter: '',
    Description: article?.Description ?? '',
    Discount: 0,
    DiscountType: 'AMOUNT',
    HouseWork: false,
    Project: '',
    Unit: article?.Unit ?? '',
    ...row,
    RowId: old?.RowId ?? at + 1,
    OrderedQuantity: ordered.toFixed(2),
    DeliveredQuantity: delivered.toFixed(2),
    Price: price,
    VAT: vat,
    Total: round2(total),
  };
}

/** Freight and fee carry the highest rate of the rows, as an accountant would book them. */
function addUp(order: ErpOrder): void {
  const sums = new Map<number, number>();
  const add = (rate: number, amount: number) => sums.set(rate, (sums.get(rate) ?? 0) + amount);
  let top = order.OrderRows.length === 0 ? 25 : 0;
  let gross = 0;
  for (const row of order.OrderRows) {
    add(row.VAT, row.Total);
    if (row.VAT > top) top = row.VAT;
    const full = Number(row.OrderedQuantity) * row.Price;
    gross += order.VATIncluded ? (full * 100) / (100 + row.VAT) : full;
  }
  const vatOf = (amount: number, rate: number) => round2((amount * rate) / (order.VATIncluded ? 100 + rate : 100));
  add(top, order.Freight + order.AdministrationFee);
  let vat = 0;
  let sum = 0;
  for (const [rate, amount] of sums) {
    vat += vatOf(amount, rate);
    sum += amount;
  }
  order['FreightVAT'] = vatOf(order.Freight, top);
  order['AdministrationFeeVAT'] = vatOf(order.AdministrationFee, top);
  order['Gross'] = round2(gross);
  order.TotalVAT = round2(vat);
  order.Net = round2(order.VATIncluded ? sum - vat : sum);
  order.Total = round2(order.Net + order.TotalVAT);
  order['TotalToPay'] = order.Total;
}

const invoiceFields =
  `Address1 Address2 AdministrationFee AdministrationFeeVAT City Comments CostCenter Country Currency
 CurrencyRate CustomerName CustomerNumber DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry DeliveryDate
 DeliveryName DeliveryZipCode ExternalInvoiceReference1 ExternalInvoiceReference2 Freight FreightVAT Gross HouseWork
 Language Net OrganisationNumber OurReference Phone1 Phone2 PriceList Project Remarks RoundOff TermsOfDelivery
 TermsOfPayment Total TotalToPay TotalVAT VATIncluded WarehouseReady WayOfDelivery YourOrderNumber YourReference ZipCode`.split(
    /\s+/,
  );

/** The invoice an order becomes. */
export function composeInvoice(state: ErpState, order: ErpOrder, now: number): ErpInvoice {
  const copied: Document = {};
  for (const name of invoiceFields) if (order[name] !== undefined) copied[name] = order[name];
  const days = Number(order['TermsOfPayment'] ?? 30) || 30;
  return {
    ...copied,
    AccountingMethod: 'ACCRUAL',
    Balance: order.Total,
    Booked: false,
    Cancelled: false,
    Credit: 'false',
    CreditInvoiceReference: '0',
    CurrencyUnit: 1,
    CustomerName: order.CustomerName,
    CustomerNumber: order.CustomerNumber,
    DocumentNumber: state.nextInvoiceNumber(),
    DueDate: siteDates(now + days * 86_400_000).local.slice(0, 10),
    InvoiceDate: siteDates(now).local.slice(0, 10),
    InvoiceRows: order.OrderRows.map(invoiceRow),
    InvoiceType: 'INVOICE',
    NotCompleted: false,
    OrderReference: order.DocumentNumber,
    Sent: false,
    Total: order.Total,
  };
}

function invoiceRow(row: ErpRow): Document {
  const { OrderedQuantity: _ordered, ReservedQuantity: _reserved, StockPointId: _point, ...kept } = row;
  return kept;
}
