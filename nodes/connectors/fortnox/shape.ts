import { z } from 'zod';

/**
 * The fields we read of Fortnox v3's answers; everything else passes by. Source: Fortnox's OpenAPI file. The live API leaves
 * out or nulls what is empty and writes some numbers as text, so both are read.
 */

const Text = z.union([z.string(), z.number()]).transform(String).nullish();
const Amount = z.union([z.number(), z.string().regex(/^-?\d+(\.\d+)?$/)]).nullish();
const Flag = z.union([z.boolean(), z.enum(['true', 'false']).transform((text) => text === 'true')]).nullish();
const Key = z.union([z.string().min(1), z.number()]).transform(String);

const FortnoxRow = z.looseObject({
  RowId: z.number().nullish(),
  ArticleNumber: Text,
  Description: Text,
  OrderedQuantity: Amount,
  DeliveredQuantity: Amount,
  Price: Amount,
  Discount: Amount,
  DiscountType: Text,
  Total: Amount,
  VAT: Amount,
  Unit: Text,
  CostCenter: Text,
});

export const FortnoxOrder = z.looseObject({
  DocumentNumber: Key,
  CustomerNumber: Key,
  CustomerName: Text,
  OrderDate: z.iso.date(),
  DeliveryDate: Text,
  OrderRows: z.array(FortnoxRow).default([]),
  VATIncluded: Flag,
  Currency: z.string(),
  Freight: Amount,
  FreightVAT: Amount,
  AdministrationFee: Amount,
  AdministrationFeeVAT: Amount,
  RoundOff: Amount,
  Total: z.union([z.number(), z.string()]),
  TotalVAT: Amount,
  Cancelled: Flag,
  Sent: Flag,
  NotCompleted: Flag,
  WarehouseReady: Flag,
  DeliveryState: Text,
  InvoiceReference: Text,
  ExternalInvoiceReference1: Text,
  ExternalInvoiceReference2: Text,
  OrganisationNumber: Text,
  Address1: Text,
  Address2: Text,
  ZipCode: Text,
  City: Text,
  Country: Text,
  Phone1: Text,
  DeliveryName: Text,
  DeliveryAddress1: Text,
  DeliveryAddress2: Text,
  DeliveryZipCode: Text,
  DeliveryCity: Text,
  DeliveryCountry: Text,
  EmailInformation: z.looseObject({ EmailAddressTo: Text }).nullish(),
  Remarks: Text,
  Comments: Text,
  OurReference: Text,
  YourReference: Text,
  YourOrderNumber: Text,
  CostCenter: Text,
  Project: Text,
  Language: Text,
});
export type FortnoxOrder = z.infer<typeof FortnoxOrder>;

export const FortnoxInvoice = z.looseObject({
  DocumentNumber: Key,
  CustomerNumber: Text,
  InvoiceDate: z.iso.date(),
  DueDate: Text,
  Currency: z.string(),
  Total: z.union([z.number(), z.string()]),
  Balance: Amount,
  Booked: Flag,
  Cancelled: Flag,
  Sent: Flag,
  Credit: Flag,
  CreditInvoiceReference: Text,
  OrderReference: Text,
  OCR: Text,
  ExternalInvoiceReference1: Text,
});
export type FortnoxInvoice = z.infer<typeof FortnoxInvoice>;

export const FortnoxCustomer = z.looseObject({
  CustomerNumber: Key,
  Name: z.string(),
  Type: Text,
  Email: Text,
  OrganisationNumber: Text,
  VATNumber: Text,
  Address1: Text,
  Address2: Text,
  ZipCode: Text,
  City: Text,
  CountryCode: Text,
  Phone1: Text,
  Phone2: Text,
  DeliveryName: Text,
  DeliveryAddress1: Text,
  DeliveryAddress2: Text,
  DeliveryZipCode: Text,
  DeliveryCity: Text,
  DeliveryCountryCode: Text,
  Currency: Text,
  PriceList: Text,
  CostCenter: Text,
  ExternalReference: Text,
  Active: Flag,
  Comments: Text,
});
export type FortnoxCustomer = z.infer<typeof FortnoxCustomer>;

export const FortnoxArticle = z.looseObject({
  ArticleNumber: Key,
  Description: z.string(),
  Active: Flag,
  Type: Text,
  EAN: Text,
  Unit: Text,
  VAT: Amount,
  SalesPrice: Amount,
  PurchasePrice: Amount,
  StockGoods: Flag,
  QuantityInStock: Amount,
  DisposableQuantity: Amount,
  Weight: Amount,
  Manufacturer: Text,
});
export type FortnoxArticle = z.infer<typeof FortnoxArticle>;

export const FortnoxStockItem = z.looseObject({
  ArticleNumber: Key,
  QuantityInStock: Amount,
  DisposableQuantity: Amount,
});

export const FortnoxPriceList = z.looseObject({ Code: Key, Description: z.string() });

export const FortnoxPrice = z.looseObject({
  ArticleNumber: Key,
  PriceList: Key,
  FromQuantity: Amount,
  Price: Amount,
});

/** Written with capitals in the OpenAPI file, in lower case in places by the live API. */
const Information = z.looseObject({
  Message: z.string().optional(),
  message: z.string().optional(),
  Code: z.union([z.number(), z.string()]).optional(),
  code: z.union([z.number(), z.string()]).optional(),
});
export const FortnoxError = z.union([
  z.looseObject({ ErrorInformation: Information }),
  z.looseObject({ message: z.string() }),
]);

export const FortnoxMeta = z.looseObject({
  MetaInformation: z
    .looseObject({ '@TotalPages': z.number().nullish(), '@CurrentPage': z.number().nullish() })
    .nullish(),
});

export const FortnoxCompany = z.looseObject({
  CompanyInformation: z.looseObject({ CompanyName: z.string(), OrganizationNumber: z.string().nullish() }),
});
