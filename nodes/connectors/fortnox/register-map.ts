import type { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import { decimalOf, rescale, scaledOf } from '../../commerce/decimal.ts';
import { organisationNumberKey } from '../../commerce/identity.ts';
import type { Address, Customer, Price, PriceList, Product, StockLevel } from '../../commerce/model.ts';
import { bridgeTax } from '../../commerce/money.ts';
import { compact, cut, filled, fitting } from '../answer.ts';
import { nameOn } from './map.ts';
import type { Books } from './settings.ts';
import type { FortnoxArticle, FortnoxCustomer, FortnoxPrice, FortnoxPriceList, FortnoxStockItem } from './shape.ts';

/** Countries of the EU's VAT area besides Sweden. */
const EU = new Set('AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SI SK'.split(' '));

/** Fortnox's VAT type by where the buyer is; none where the country is not known, so that Fortnox's own default holds. */
function vatType(customer: Customer): string | undefined {
  const country = customer.billing?.country ?? customer.shipping?.country;
  if (country === undefined) return undefined;
  if (country === 'SE') return 'SEVAT';
  if (!EU.has(country)) return 'EXPORT';
  return customer.vatNumber === undefined ? 'EUVAT' : 'EUREVERSEDVAT';
}

/** Swedish numbers as Fortnox prints them, 556677-8899; others as they came. */
function organisationNumberText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const key = organisationNumberKey(value);
  return /^\d{10}$/.test(key) ? `${key.slice(0, 6)}-${key.slice(6)}` : value;
}

function addressOf(fields: {
  street?: unknown;
  street2?: unknown;
  zip?: unknown;
  city?: unknown;
  country?: unknown;
  phone?: unknown;
  name?: unknown;
}): Address | undefined {
  const country = filled(fields.country)?.toUpperCase();
  const address = {
    company: filled(fields.name),
    street: filled(fields.street),
    street2: filled(fields.street2),
    postalCode: filled(fields.zip),
    city: filled(fields.city),
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
    phone: filled(fields.phone),
  };
  return address.street === undefined && address.city === undefined && address.postalCode === undefined
    ? undefined
    : address;
}

export function customerFromFortnox(from: FortnoxCustomer, books: Books): Customer {
  const currency = filled(from.Currency);
  return {
    source: { connection: books.connection, id: from.CustomerNumber },
    number: from.CustomerNumber,
    kind: from.Type === 'PRIVATE' ? 'private' : 'company',
    name: filled(from.Name) ?? from.CustomerNumber,
    email: filled(from.Email),
    phone: filled(from.Phone1),
    mobile: filled(from.Phone2),
    organisationNumber: filled(from.OrganisationNumber),
    vatNumber: filled(from.VATNumber),
    billing: addressOf({
      street: from.Address1,
      street2: from.Address2,
      zip: from.ZipCode,
      city: from.City,
      country: from.CountryCode,
      phone: from.Phone1,
    }),
    shipping: addressOf({
      name: from.DeliveryName,
      street: from.DeliveryAddress1,
      street2: from.DeliveryAddress2,
      zip: from.DeliveryZipCode,
      city: from.DeliveryCity,
      country: from.DeliveryCountryCode,
    }),
    currency: currency !== undefined && /^[A-Z]{3}$/.test(currency) ? currency : undefined,
    priceList: filled(from.PriceList),
    active: from.Active !== false,
    note: filled(from.Comments),
    extra: compact({ costCentre: filled(from.CostCenter), reference: filled(from.ExternalReference) }),
  };
}

export function customerToFortnox(
  customer: Customer,
  own: { readonly number?: string | undefined; readonly costCentre?: string | undefined; readonly reference?: string },
): JsonObject {
  const { billing, shipping } = customer;
  return compact({
    CustomerNumber: own.number,
    Name: customer.name,
    Type: customer.kind === 'company' ? 'COMPANY' : 'PRIVATE',
    Email: customer.email,
    OrganisationNumber: organisationNumberText(customer.organisationNumber),
    VATNumber: customer.vatNumber,
    Address1: billing?.street,
    Address2: billing?.street2,
    ZipCode: fitting(billing?.postalCode, 10, 'customer.billing.postalCode'),
    City: billing?.city,
    CountryCode: billing?.country,
    Phone1: customer.phone ?? billing?.phone,
    Phone2: customer.mobile,
    DeliveryName: shipping === undefined ? undefined : (nameOn(shipping) ?? customer.name),
    DeliveryAddress1: shipping?.street,
    DeliveryAddress2: shipping?.street2,
    DeliveryZipCode: fitting(shipping?.postalCode, 10, 'customer.shipping.postalCode'),
    DeliveryCity: shipping?.city,
    DeliveryCountryCode: shipping?.country,
    VATType: vatType(customer),
    Currency: customer.currency,
    PriceList: customer.priceList,
    CostCenter: fitting(own.costCentre, 6, 'costCentre'),
    YourReference: yourReference(customer),
    ExternalReference: own.reference,
    Active: customer.active,
  });
}

function yourReference(customer: Customer): string | undefined {
  if (customer.kind !== 'company') return undefined;
  const name = filled(`${customer.firstName ?? ''} ${customer.lastName ?? ''}`);
  return name === undefined ? undefined : cut(name, 50);
}

export function articleFromFortnox(from: FortnoxArticle, books: Books): Product {
  return {
    source: { connection: books.connection, id: from.ArticleNumber },
    sku: from.ArticleNumber,
    name: filled(from.Description) ?? from.ArticleNumber,
    kind: from.Type === 'SERVICE' ? 'service' : 'simple',
    active: from.Active !== false,
    ean: filled(from.EAN),
    unit: filled(from.Unit),
    // Lists hold prices without VAT.
    price: from.SalesPrice == null ? undefined : decimalOf(from.SalesPrice, 'Article.SalesPrice'),
    priceIncludesTax: false,
    currency: books.currency,
    purchasePrice: from.PurchasePrice == null ? undefined : decimalOf(from.PurchasePrice, 'Article.PurchasePrice'),
    taxRate: from.VAT == null ? undefined : Math.min(10_000, Math.round(Number(from.VAT) * 100)),
    stockTracked: from.StockGoods === true,
    stock: from.QuantityInStock == null ? undefined : decimalOf(from.QuantityInStock, 'Article.QuantityInStock'),
    weight: from.Weight == null ? undefined : decimalOf(String(Number(from.Weight) / 1000), 'Article.Weight'),
    manufacturer: filled(from.Manufacturer),
  };
}

/** The name as an article has it: Fortnox keeps 200 letters of a description. */
export function articleName(product: Product): string {
  return cut(product.name, 200).trim();
}

/** The article's own fields; its price is in a price list and its balance is `stock.set`'s. */
export function articleToFortnox(product: Product, number: string | undefined): JsonObject {
  const weight = product.weight === undefined ? undefined : Number(rescale(scaledOf(product.weight), 3));
  return compact({
    ArticleNumber: fitting(number, 50, 'product.sku'),
    Description: articleName(product),
    Active: product.active,
    EAN: fitting(product.ean, 30, 'product.ean'),
    Unit: product.unit,
    Type: product.kind === 'service' ? 'SERVICE' : 'STOCK',
    StockGoods: product.kind === 'service' ? undefined : product.stockTracked,
    VAT: product.taxRate === undefined ? undefined : product.taxRate / 100,
    PurchasePrice: product.purchasePrice === undefined ? undefined : Number(product.purchasePrice),
    Weight: weight,
    Manufacturer: product.manufacturer === undefined ? undefined : cut(product.manufacturer, 50),
  });
}

/** A price without VAT, as Fortnox's lists hold them; what includes VAT needs the rate to take it off. */
export function listPrice(
  price: string,
  about: { readonly includesTax?: boolean | undefined; readonly taxRate?: number | undefined },
  books: Books,
): number {
  if (about.includesTax !== true) return Number(price);
  if (about.taxRate === undefined) {
    const message = 'the price includes VAT and the rate is not known';
    throw new TerminalError('UNSUPPORTED', message, { field: 'taxRate' });
  }
  return Number(bridgeTax(price, about.taxRate, 'net', books.currency));
}

export function stockFromFortnox(from: z.infer<typeof FortnoxStockItem>, books: Books): StockLevel[] {
  if (from.QuantityInStock == null) return [];
  const available = from.DisposableQuantity ?? from.QuantityInStock;
  return [
    {
      source: { connection: books.connection, id: from.ArticleNumber },
      sku: from.ArticleNumber,
      onHand: decimalOf(from.QuantityInStock, 'Article.QuantityInStock'),
      available: decimalOf(available, 'Article.DisposableQuantity'),
    },
  ];
}

export function priceListFromFortnox(from: z.infer<typeof FortnoxPriceList>, books: Books): PriceList {
  return {
    source: { connection: books.connection, id: from.Code },
    code: from.Code,
    name: filled(from.Description) ?? from.Code,
    currency: books.currency,
    includesTax: false,
  };
}

export function priceFromFortnox(from: z.infer<typeof FortnoxPrice>, name: string | undefined, books: Books): Price {
  const fromQuantity = decimalOf(from.FromQuantity ?? 0, 'Price.FromQuantity');
  return {
    source: {
      connection: books.connection,
      id: `${from.PriceList}/${from.ArticleNumber}/${fromQuantity}`.slice(0, 200),
    },
    priceList: from.PriceList,
    name,
    sku: from.ArticleNumber,
    fromQuantity,
    price: decimalOf(from.Price ?? 0, 'Price.Price'),
    offer: false,
    currency: books.currency,
    includesTax: false,
  };
}
