import { erpError } from './erp-error.ts';

/** How one field is checked, from Fortnox's OpenAPI file. */
interface Field {
  kind: 'text' | 'number' | 'whole' | 'boolean' | 'date' | 'rows' | 'object';
  max?: number;
  min?: number;
  options?: readonly string[];
  /** The fields of each row, or of the object. */
  of?: Fields;
  /** Worked out by Fortnox; what a client sends is not taken. */
  computed?: true;
}
export type Fields = Readonly<Record<string, Field>>;

const text = (max?: number, min?: number): Field => ({
  kind: 'text',
  ...(max === undefined ? {} : { max }),
  ...(min === undefined ? {} : { min }),
});
const choice = (...options: string[]): Field => ({ kind: 'text', options });
const number: Field = { kind: 'number' };
const whole: Field = { kind: 'whole' };
const between = (min: number, max: number): Field => ({ kind: 'whole', min, max });
const flag: Field = { kind: 'boolean' };
const date: Field = { kind: 'date' };
const computed = (field: Field): Field => ({ ...field, computed: true });
const rows = (of: Fields): Field => ({ kind: 'rows', of });
const object = (of: Fields): Field => ({ kind: 'object', of });
const account = between(1000, 99999);

/** Spreads one kind of field over names. */
function each(field: Field, names: string): Fields {
  return Object.fromEntries(names.split(' ').map((name) => [name, field]));
}

const houseWork =
  `CONSTRUCTION ELECTRICITY GLASSMETALWORK GROUNDDRAINAGEWORK MASONRY PAINTINGWALLPAPERING MOVINGSERVICES
 ITSERVICES CLEANING TEXTILECLOTHING SNOWPLOWING GARDENING BABYSITTING OTHERCARE OTHERCOSTS`.split(/\s+/);

const email = object(
  each(text(), 'EmailAddressBCC EmailAddressCC EmailAddressFrom EmailAddressTo EmailBody EmailSubject'),
);

export const orderRowFields: Fields = {
  AccountNumber: whole,
  ArticleNumber: text(50),
  ContributionPercent: computed(text()),
  ContributionValue: computed(text()),
  CostCenter: text(6),
  DeliveredQuantity: text(),
  Description: text(255),
  Discount: number,
  DiscountType: choice('AMOUNT', 'PERCENT'),
  HouseWork: flag,
  HouseWorkHoursToReport: whole,
  HouseWorkType: choice(...houseWork),
  OrderedQuantity: text(),
  Price: number,
  Project: text(),
  ReservedQuantity: computed(text()),
  RowId: whole,
  StockPointCode: text(),
  StockPointId: text(),
  Total: computed(number),
  Unit: text(),
  VAT: number,
  VATCode: text(),
};

/** Lengths of order addresses are those of the invoice, which an order becomes. */
export const orderFields: Fields = {
  ...each(computed(text()), '@url @urlTaxReductionList InvoiceReference OfferReference OrganisationNumber'),
  ...each(
    computed(number),
    'AdministrationFeeVAT BasisTaxReduction ContributionPercent ContributionValue FreightVAT Gross Net RoundOff Total TotalToPay TotalVAT',
  ),
  ...each(text(1024), 'Address1 Address2 City Comments CustomerName DeliveryAddress1 DeliveryAddress2 DeliveryCity'),
  ...each(text(1024), 'DeliveryName DeliveryZipCode Phone1 Phone2 Remarks ZipCode'),
  ...each(text(), 'Country CustomerNumber DeliveryCountry DocumentNumber Language OrderType PriceList PrintTemplate'),
  ...each(text(), 'Project StockPointCode StockPointId TermsOfDelivery TermsOfPayment WayOfDelivery'),
  ...each(number, 'AdministrationFee CurrencyRate CurrencyUnit Freight TaxReduction'),
  ...each(flag, 'CopyRemarks HouseWork NotCompleted VATIncluded WarehouseReady'),
  ...each(computed(flag), 'Cancelled Sent'),
  ...each(date, 'DeliveryDate OrderDate OutboundDate'),
  CostCenter: text(6),
  Currency: text(3, 3),
  DeliveryState: choice('registration', 'reservation', 'delivery'),
  EmailInformation: email,
  ExternalInvoiceReference1: text(80),
  ExternalInvoiceReference2: text(80),
  Labels: rows({ Id: whole }),
  OrderRows: rows(orderRowFields),
  OurReference: text(50),
  TaxReductionType: choice('none', 'rot', 'rut', 'green'),
  TimeBasisReference: whole,
  YourOrderNumber: text(75),
  YourReference: text(50),
};

const delivery = choice('PRINT', 'EMAIL', 'PRINTSERVICE');

export const customerFields: Fields = {
  '@url': computed(text()),
  ...each(flag, 'Active ShowPriceVATIncluded'),
  ...each(
    text(1024),
    'Address2 City Comments DeliveryAddress1 DeliveryAddress2 DeliveryCity DeliveryCountry DeliveryFax',
  ),
  ...each(text(1024), 'DeliveryName DeliveryPhone1 DeliveryPhone2 Email EmailInvoice EmailInvoiceBCC EmailInvoiceCC'),
  ...each(text(1024), 'EmailOffer EmailOfferBCC EmailOfferCC EmailOrder EmailOrderBCC EmailOrderCC ExternalReference'),
  ...each(text(1024), 'CustomerNumber Fax InvoiceRemark Phone1 Phone2'),
  ...each(text(1024, 1), 'Address1 Name'),
  ...each(text(128), 'VisitingAddress VisitingCity VisitingCountry WWW'),
  ...each(text(10), 'DeliveryZipCode VisitingZipCode ZipCode'),
  ...each(text(2, 2), 'CountryCode DeliveryCountryCode VisitingCountryCode'),
  ...each(text(13, 13), 'GLN GLNDelivery'),
  ...each(text(50), 'OurReference YourReference'),
  ...each(text(), 'Country InvoiceAdministrationFee InvoiceFreight PriceList Project TermsOfDelivery TermsOfPayment'),
  ...each(text(), 'VATNumber WayOfDelivery'),
  CostCenter: text(6),
  Currency: text(3, 3),
  DefaultDeliveryTypes: object({ Invoice: delivery, Offer: delivery, Order: delivery }),
  DefaultTemplates: object(each(text(), 'CashInvoice Invoice Offer Order')),
  InvoiceDiscount: number,
  OrganisationNumber: text(30),
  SalesAccount: text(4, 4),
  Type: choice('PRIVATE', 'COMPANY'),
  VATType: choice('SEVAT', 'SEREVERSEDVAT', 'EUREVERSEDVAT', 'EUVAT', 'EXPORT'),
};

const size = between(0, 999_999_999);

export const articleFields: Fields = {
  ...each(computed(text()), '@url SupplierName'),
  ...each(flag, 'Active Bulky Expired Housework StockGoods WebshopArticle'),
  ...each(account, 'ConstructionAccount EUAccount EUVATAccount ExportAccount PurchaseAccount SalesAccount'),
  ...each(whole, 'StockAccount StockChangeAccount'),
  ...each(size, 'Depth Height Weight Width'),
  ...each(number, 'DirectCost FreightCost OtherCost PurchasePrice QuantityInStock StockWarning VAT'),
  ...each(computed(number), 'DisposableQuantity ReservedQuantity SalesPrice StockValue'),
  ...each(text(), 'CostCalculationMethod DefaultStockLocation DefaultStockPoint SupplierNumber Unit'),
  ArticleNumber: text(50),
  Description: text(200, 1),
  EAN: text(30),
  HouseworkType: text(),
  Manufacturer: text(50),
  ManufacturerArticleNumber: text(50),
  Note: text(10000),
  StockPlace: text(100),
  Type: choice('STOCK', 'SERVICE'),
};

export const priceListFields: Fields = {
  '@url': computed(text()),
  Code: text(100, 1),
  Comments: text(),
  Description: text(50, 1),
  PreSelected: flag,
};

export const priceFields: Fields = {
  '@url': computed(text()),
  ArticleNumber: text(),
  Date: computed(text()),
  FromQuantity: number,
  Percent: number,
  Price: number,
  PriceList: text(),
};

export const costCenterFields: Fields = {
  '@url': computed(text()),
  Active: flag,
  Code: text(6, 1),
  Description: text(undefined, 1),
  Note: text(),
};

export type Document = Record<string, unknown>;

/**
 * Reads `{ [wrap]: {…} }`: what the client set, checked, without computed fields and nulls.
 * Throws a VendorError that names the field.
 */
export function readDocument(body: unknown, wrap: string, fields: Fields): Document {
  const given = (body as Record<string, unknown> | null | undefined)?.[wrap];
  if (typeof body !== 'object' || typeof given !== 'object' || given === null || Array.isArray(given))
    throw erpError('body', wrap);
  const stray = Object.keys(body as object).find((key) => key !== wrap);
  if (stray !== undefined) throw erpError('field', stray);
  return readFields(given as Document, fields, wrap);
}

function readFields(given: Document, fields: Fields, place: string): Document {
  const read: Document = {};
  for (const name of Object.keys(given)) {
    const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
    const value = given[name];
    if (field === undefined) throw erpError('field', `${place}.${name}`);
    if (field.computed === true || value === null || value === undefined) continue;
    read[name] = readValue(value, field, `${place}.${name}`);
  }
  return read;
}

const dateForm = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

function readValue(value: unknown, field: Field, place: string): unknown {
  switch (field.kind) {
    case 'text':
      return readText(value, field, place);
    case 'date':
      if (typeof value !== 'string' || !dateForm.test(value)) throw erpError('parameter', place);
      return value;
    case 'boolean':
      if (typeof value !== 'boolean') throw erpError('boolean', place);
      return value;
    case 'number':
    case 'whole':
      return readNumber(value, field, place);
    case 'object':
      if (typeof value !== 'object' || Array.isArray(value)) throw erpError('body', place);
      return readFields(value as Document, field.of ?? {}, place);
    case 'rows':
      if (!Array.isArray(value) || value.length > 1000) throw erpError('body', place);
      return value.map((row: unknown, at) => {
        if (typeof row !== 'object' || row === null) throw erpError('body', `${place}[${at}]`);
        return readFields(row as Document, field.of ?? {}, `${place}[${at}]`);
      });
  }
}

/** Control characters other than tab and line ends. */
function hasControls(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 && code !== 9 && code !== 10 && code !== 13) return true;
  }
  return false;
}

function readText(value: unknown, field: Field, place: string): string {
  if (typeof value !== 'string') throw erpError('text', place);
  if (field.options !== undefined && !field.options.includes(value)) throw erpError('parameter', `${place}: ${value}`);
  if (value.length > (field.max ?? 10_000)) throw erpError('parameter', `${place}: max ${field.max ?? 10_000}`);
  if (value.length < (field.min ?? 0)) throw erpError('parameter', `${place}: min ${field.min}`);
  if (hasControls(value)) throw erpError('characters', place);
  return value;
}

function readNumber(value: unknown, field: Field, place: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw erpError('numeric', place);
  if (field.kind === 'whole' && !Number.isInteger(value)) throw erpError('numeric', place);
  if (value > (field.max ?? Number.MAX_VALUE) || value < (field.min ?? -Number.MAX_VALUE))
    throw erpError('parameter', place);
  return value;
}
