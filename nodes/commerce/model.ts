import { z } from 'zod';
import { JsonObject } from '#runtime/json.ts';
import { Decimal } from './decimal.ts';
import { BasisPoints, Currency, Money, Taxed } from './money.ts';
import { OrderStatus } from './status.ts';

const Text = z.string().trim().min(1).max(500);
const LongText = z.string().max(20_000);
/** ISO 8601 instant with zone, `2026-11-23T09:15:00Z`. */
export const Instant = z.iso.datetime({ offset: true });
/** Calendar day, `2026-11-23`. */
export const Day = z.iso.date();
/** ISO 3166 alpha-2. */
const Country = z.string().regex(/^[A-Z]{2}$/, 'must be a two-letter country code such as SE');

/** Where a record was read: the connection, and its id there. */
export const Source = z
  .strictObject({ connection: z.string().min(1).max(80), id: z.string().min(1).max(200) })
  .meta({ id: 'Source' });
export type Source = z.infer<typeof Source>;

export const Address = z
  .strictObject({
    company: Text.optional(),
    firstName: Text.optional(),
    lastName: Text.optional(),
    street: Text.optional(),
    street2: Text.optional(),
    postalCode: Text.optional(),
    city: Text.optional(),
    region: Text.optional(),
    country: Country.optional(),
    phone: Text.optional(),
    email: Text.optional(),
  })
  .meta({ id: 'Address' });
export type Address = z.infer<typeof Address>;

export const Customer = z
  .strictObject({
    source: Source,
    /** The number people use; a guest of a shop has none. */
    number: Text.optional(),
    kind: z.enum(['company', 'private']),
    name: Text,
    firstName: Text.optional(),
    lastName: Text.optional(),
    email: Text.optional(),
    phone: Text.optional(),
    mobile: Text.optional(),
    organisationNumber: Text.optional(),
    vatNumber: Text.optional(),
    billing: Address.optional(),
    shipping: Address.optional(),
    currency: Currency.optional(),
    /** Code of the price list the customer buys by. */
    priceList: Text.optional(),
    /** Customer group, in the shop's own word. */
    group: Text.optional(),
    active: z.boolean().optional(),
    changedAt: Instant.optional(),
    note: LongText.optional(),
    extra: JsonObject.optional(),
  })
  .meta({ id: 'Customer' });
export type Customer = z.infer<typeof Customer>;

/** One row of goods. Amounts are after discount; `unitPrice` and `discount` hold tax when the order's prices do. */
export const OrderLine = z
  .strictObject({
    /** The row's id in the source system. */
    id: z.string().max(200),
    sku: Text.optional(),
    /** The article in the system the order goes to, once matched; the SKU is used where it is missing. */
    articleNumber: Text.optional(),
    /** The product's id in the source system. */
    productId: Text.optional(),
    kind: z.enum(['simple', 'variant', 'bundle', 'unknown']).default('unknown'),
    name: z.string().trim().max(1000),
    quantity: Decimal,
    unit: Text.optional(),
    /** Before discount, in major units, as many decimals as needed. */
    unitPrice: Decimal,
    /** For the whole row; zero or more on a sale. */
    discount: Money,
    taxRate: BasisPoints,
    total: Taxed,
    delivered: Decimal.optional(),
    costCentre: Text.optional(),
    extra: JsonObject.optional(),
  })
  .meta({ id: 'OrderLine' });
export type OrderLine = z.infer<typeof OrderLine>;

/** Freight or a fee: an amount with a name. */
export const OrderCharge = z
  .strictObject({
    id: z.string().max(200),
    name: z.string().max(500),
    method: Text.optional(),
    taxRate: BasisPoints,
    total: Taxed,
  })
  .meta({ id: 'OrderCharge' });
export type OrderCharge = z.infer<typeof OrderCharge>;

/** A code or reason for a discount. Its amount is in the rows already: it is for information, never to be drawn again. */
const OrderDiscount = z
  .strictObject({ code: Text, amount: Money, tax: Money.optional() })
  .meta({ id: 'OrderDiscount' });

export const Shipment = z
  .strictObject({
    source: Source,
    /** The order it is of, in the same system. */
    order: z.string().max(200),
    state: z.enum(['pending', 'sent', 'delivered', 'returned', 'cancelled']),
    carrier: Text.optional(),
    trackingNumber: Text.optional(),
    trackingUrl: z.string().max(2000).optional(),
    sentAt: Instant.optional(),
    deliveredAt: Instant.optional(),
    lines: z
      .array(z.strictObject({ sku: Text, quantity: Decimal }))
      .max(1000)
      .default([]),
    changedAt: Instant.optional(),
  })
  .meta({ id: 'Shipment' });
export type Shipment = z.infer<typeof Shipment>;

const Payment = z
  .strictObject({
    source: Source,
    order: z.string().max(200),
    /** The system's key for the way of paying: `swish`, `klarna_payments`. */
    method: Text,
    title: Text.optional(),
    amount: Money,
    state: z.enum(['pending', 'authorized', 'paid', 'refunded', 'failed']),
    transactionId: Text.optional(),
    paidAt: Instant.optional(),
  })
  .meta({ id: 'Payment' });

export const Order = z
  .strictObject({
    source: Source,
    /** The number people use; two shops may have the same. */
    number: Text,
    placedAt: Instant,
    /** Missing where the system does not tell when a record changed (Fortnox). */
    changedAt: Instant.optional(),
    currency: Currency,
    status: OrderStatus,
    customer: Customer,
    billing: Address,
    shipping: Address.optional(),
    lines: z.array(OrderLine).max(1000),
    freight: z.array(OrderCharge).max(100).default([]),
    fees: z.array(OrderCharge).max(100).default([]),
    discounts: z.array(OrderDiscount).max(100).default([]),
    payments: z.array(Payment).max(100).default([]),
    shipments: z.array(Shipment).max(200).default([]),
    /** All of it: rows, freight and fees, after discounts. */
    totals: Taxed,
    /** Whether unit prices and discounts hold tax. */
    pricesIncludeTax: z.boolean(),
    /** The buyer's own words. */
    note: LongText.optional(),
    ourReference: Text.optional(),
    yourReference: Text.optional(),
    /** The buyer's purchase order number. */
    buyerOrderNumber: Text.optional(),
    costCentre: Text.optional(),
    project: Text.optional(),
    deliveryDate: Day.optional(),
    /** Numbers of the invoices made from it. */
    invoiceNumbers: z.array(Text).max(100).default([]),
    /** Our reference, when the document carries one. */
    reference: Text.optional(),
    language: Text.optional(),
    extra: JsonObject.optional(),
  })
  .meta({ id: 'Order' });
export type Order = z.infer<typeof Order>;

export const Product = z
  .strictObject({
    source: Source,
    sku: Text.optional(),
    name: z.string().trim().min(1).max(1000),
    kind: z.enum(['simple', 'variant', 'variable', 'bundle', 'service', 'other']),
    /** The product a variant belongs to. */
    parentId: Text.optional(),
    active: z.boolean(),
    description: LongText.optional(),
    ean: Text.optional(),
    unit: Text.optional(),
    /** The ordinary sales price in major units. */
    price: Decimal.optional(),
    priceIncludesTax: z.boolean().optional(),
    currency: Currency.optional(),
    purchasePrice: Decimal.optional(),
    taxRate: BasisPoints.optional(),
    /** The system's own name of the tax class. */
    taxClass: Text.optional(),
    stockTracked: z.boolean().optional(),
    stock: Decimal.optional(),
    /** Kilograms. */
    weight: Decimal.optional(),
    manufacturer: Text.optional(),
    changedAt: Instant.optional(),
    extra: JsonObject.optional(),
  })
  .meta({ id: 'Product' });
export type Product = z.infer<typeof Product>;

export const StockLevel = z
  .strictObject({
    source: Source,
    sku: Text,
    /** What is on the shelf. */
    onHand: Decimal,
    /** What may be promised: on hand less reserved. */
    available: Decimal.optional(),
    warehouse: Text.optional(),
    changedAt: Instant.optional(),
  })
  .meta({ id: 'StockLevel' });
export type StockLevel = z.infer<typeof StockLevel>;

export const PriceList = z
  .strictObject({
    source: Source,
    code: Text,
    /** What lists are matched by between systems. */
    name: Text,
    currency: Currency.optional(),
    includesTax: z.boolean().optional(),
    changedAt: Instant.optional(),
  })
  .meta({ id: 'PriceList' });
export type PriceList = z.infer<typeof PriceList>;

export const Price = z
  .strictObject({
    source: Source,
    /** Code of the price list; missing for the product's own price. */
    priceList: Text.optional(),
    /** Name of the price list. */
    name: Text.optional(),
    sku: Text,
    /** The price holds from this quantity up. */
    fromQuantity: Decimal.default('0'),
    price: Decimal,
    /** A price for a while, beside the ordinary one. */
    offer: z.boolean().default(false),
    currency: Currency.optional(),
    includesTax: z.boolean().optional(),
    from: Day.optional(),
    until: Day.optional(),
    changedAt: Instant.optional(),
  })
  .meta({ id: 'Price' });
export type Price = z.infer<typeof Price>;

export const Invoice = z
  .strictObject({
    source: Source,
    number: Text,
    /** The order it was made from, in the same system. */
    order: z.string().max(200).optional(),
    customerNumber: Text.optional(),
    issuedOn: Day,
    dueOn: Day.optional(),
    currency: Currency,
    total: Money,
    balance: Money.optional(),
    state: z.enum(['draft', 'open', 'sent', 'paid', 'cancelled', 'credited']),
    credit: z.boolean().default(false),
    /** Our reference, when the document carries one. */
    reference: Text.optional(),
    ocr: Text.optional(),
    changedAt: Instant.optional(),
  })
  .meta({ id: 'Invoice' });
export type Invoice = z.infer<typeof Invoice>;

/** A record that stands in the other system but cannot be read as one of ours. */
export const Refused = z
  .strictObject({
    id: z.string().max(200),
    code: z.string(),
    message: z.string().max(4000),
    field: z.string().optional(),
  })
  .meta({ id: 'Refused' });
export type Refused = z.infer<typeof Refused>;

/** One page of a list; no cursor means that it was the last. One unreadable record never holds up the others: it is `refused`. */
export function pageOf<T extends z.ZodType>(item: T) {
  return z.strictObject({
    items: z.array(item),
    cursor: z.string().max(2000).optional(),
    refused: z.array(Refused).optional(),
    stamps: z.record(z.string(), z.string()).optional(),
  });
}
export interface Page<T> {
  readonly items: T[];
  readonly cursor?: string | undefined;
  readonly refused?: Refused[] | undefined;
  /** By id: the name of the record's state, the same as its webhook would carry, so that both bring one run. */
  readonly stamps?: Readonly<Record<string, string>> | undefined;
}
