import { z } from 'zod';
import type { VendureSettings } from './settings.ts';

/**
 * What is asked for and what we read of it, side by side. Source: Vendure 3.7 Admin API schema. Amounts are whole numbers
 * (`Money`), times are ISO instants in UTC.
 */

const Id = z.union([z.string(), z.int()]).transform(String);
const Text = z.string().nullish();
const Amount = z.int();
const Time = z.string();

const ADDRESS = 'fullName company streetLine1 streetLine2 city province postalCode phoneNumber';
const Address = z.looseObject({
  fullName: Text,
  company: Text,
  streetLine1: Text,
  streetLine2: Text,
  city: Text,
  province: Text,
  postalCode: Text,
  phoneNumber: Text,
});

/** The shop's own fields of a customer that the settings name, as a part of a query. */
export function customFields(settings: VendureSettings): string {
  const names = [settings.customerNumberField, settings.organisationNumberField, settings.vatNumberField];
  const named = [...new Set(names.filter((name) => name !== ''))];
  return named.length === 0 ? '' : `customFields{${named.join(' ')}}`;
}
const CustomFields = z.record(z.string(), z.unknown()).nullish();

const PERSON = 'id firstName lastName emailAddress phoneNumber';
const Person = z.looseObject({
  id: Id,
  firstName: z.string(),
  lastName: z.string(),
  emailAddress: z.string(),
  phoneNumber: Text,
  customFields: CustomFields,
});
export type VendurePerson = z.infer<typeof Person>;

export const customerSelection = (settings: VendureSettings): string =>
  `${PERSON} ${customFields(settings)} createdAt updatedAt groups{name}
  addresses{id ${ADDRESS} country{code} defaultBillingAddress defaultShippingAddress updatedAt}`;

const CustomerAddress = Address.extend({
  id: Id,
  country: z.looseObject({ code: Text }).nullish(),
  defaultBillingAddress: z.boolean().nullish(),
  defaultShippingAddress: z.boolean().nullish(),
  updatedAt: Time,
});
export type VendureAddress = z.infer<typeof Address> & {
  readonly countryCode?: string | null | undefined;
  readonly country?: { readonly code?: string | null | undefined } | string | null | undefined;
};
export const VendureCustomer = Person.extend({
  createdAt: Time,
  updatedAt: Time,
  groups: z.array(z.looseObject({ name: z.string() })).default([]),
  addresses: z.array(CustomerAddress).nullish(),
});
export type VendureCustomer = z.infer<typeof VendureCustomer>;

/** When anything of an order last changed: its own `updatedAt` stands still when only its state moves. Notes are no change. */
export const ORDER_TIMES = `id updatedAt orderPlacedAt payments{updatedAt refunds{updatedAt}} fulfillments{updatedAt}
  history(options:{take:1,sort:{createdAt:DESC},filter:{type:{notEq:"ORDER_NOTE"}}}){items{id createdAt}}`;

export const orderSelection = (settings: VendureSettings): string => `code state updatedAt orderPlacedAt currencyCode
  couponCodes subTotal subTotalWithTax total totalWithTax ${ORDER_TIMES}
  customer{${PERSON} ${customFields(settings)}}
  billingAddress{${ADDRESS} countryCode} shippingAddress{${ADDRESS} countryCode}
  lines{id quantity orderPlacedQuantity unitPrice unitPriceWithTax linePrice linePriceWithTax proratedLinePrice
    proratedLinePriceWithTax taxRate productVariant{id sku name options{id}}}
  surcharges{id description sku price priceWithTax taxRate}
  shippingLines{id discountedPrice discountedPriceWithTax shippingMethod{code name}}
  discounts{adjustmentSource type description amount amountWithTax} taxSummary{taxRate}
  payments{id method amount state transactionId createdAt updatedAt refunds{id state total updatedAt}}
  fulfillments{id state nextStates method trackingCode createdAt updatedAt lines{orderLineId quantity}}`;

const OrderAddress = Address.extend({ countryCode: Text }).nullish();
const Surcharge = z.looseObject({
  id: Id,
  description: z.string(),
  sku: Text,
  price: Amount,
  priceWithTax: Amount,
  taxRate: z.number(),
});

export const VendureOrder = z.looseObject({
  id: Id,
  code: z.string(),
  state: z.string(),
  updatedAt: Time,
  orderPlacedAt: Time.nullish(),
  currencyCode: z.string(),
  couponCodes: z.array(z.string()).default([]),
  total: Amount,
  totalWithTax: Amount,
  customer: Person.nullish(),
  billingAddress: OrderAddress,
  shippingAddress: OrderAddress,
  lines: z.array(
    z.looseObject({
      id: Id,
      quantity: z.int(),
      orderPlacedQuantity: z.int(),
      unitPrice: Amount,
      unitPriceWithTax: Amount,
      linePrice: Amount,
      linePriceWithTax: Amount,
      proratedLinePrice: Amount,
      proratedLinePriceWithTax: Amount,
      taxRate: z.number(),
      productVariant: z.looseObject({ id: Id, sku: Text, name: z.string(), options: z.array(z.unknown()).default([]) }),
    }),
  ),
  surcharges: z.array(Surcharge).default([]),
  shippingLines: z
    .array(
      z.looseObject({
        id: Id,
        discountedPrice: Amount,
        discountedPriceWithTax: Amount,
        shippingMethod: z.looseObject({ code: Text, name: Text }).nullish(),
      }),
    )
    .default([]),
  discounts: z
    .array(
      z.looseObject({
        adjustmentSource: Text,
        type: z.string(),
        description: Text,
        amount: Amount,
        amountWithTax: Amount,
      }),
    )
    .default([]),
  taxSummary: z.array(z.looseObject({ taxRate: z.number() })).default([]),
  payments: z
    .array(
      z.looseObject({
        id: Id,
        method: z.string(),
        amount: Amount,
        state: z.string(),
        transactionId: Text,
        createdAt: Time,
        updatedAt: Time,
        refunds: z.array(z.looseObject({ id: Id, state: z.string(), total: Amount, updatedAt: Time })).default([]),
      }),
    )
    .nullish(),
  fulfillments: z
    .array(
      z.looseObject({
        id: Id,
        state: z.string(),
        nextStates: z.array(z.string()).default([]),
        method: Text,
        trackingCode: Text,
        createdAt: Time,
        updatedAt: Time,
        lines: z.array(z.looseObject({ orderLineId: Id, quantity: z.int() })).default([]),
      }),
    )
    .nullish(),
  history: z.looseObject({ items: z.array(z.looseObject({ id: Id, createdAt: Time })) }),
});
export type VendureOrder = z.infer<typeof VendureOrder>;

export const VARIANT_TIMES = 'id createdAt updatedAt product{updatedAt} stockLevels{updatedAt}';

export const VARIANT = `id sku name enabled createdAt updatedAt trackInventory taxRateApplied{value} taxCategory{name}
  currencyCode price priceWithTax prices{currencyCode price} options{id}
  product{id name slug description enabled updatedAt}
  stockLevels{stockLocation{id name} stockOnHand stockAllocated updatedAt}`;

export const VendureVariant = z.looseObject({
  id: Id,
  sku: Text,
  name: Text,
  enabled: z.boolean(),
  createdAt: Time,
  updatedAt: Time,
  trackInventory: z.string(),
  taxRateApplied: z.looseObject({ value: z.number() }),
  taxCategory: z.looseObject({ name: Text }).nullish(),
  currencyCode: z.string(),
  price: Amount,
  priceWithTax: Amount,
  prices: z.array(z.looseObject({ currencyCode: z.string(), price: Amount })).default([]),
  options: z.array(z.unknown()).default([]),
  product: z.looseObject({
    id: Id,
    name: z.string(),
    description: Text,
    enabled: z.boolean(),
    updatedAt: Time,
  }),
  stockLevels: z
    .array(
      z.looseObject({
        stockLocation: z.looseObject({ id: Id, name: z.string() }),
        stockOnHand: z.int(),
        stockAllocated: z.int(),
        updatedAt: Time,
      }),
    )
    .default([]),
});
export type VendureVariant = z.infer<typeof VendureVariant>;

/** What only has an id. */
export const Made = z.looseObject({ id: Id });

/** A list as every list query answers it; entries are read one by one. */
export const listOf = <T extends z.ZodType>(entry: T) =>
  z.looseObject({ totalItems: z.int().default(0), items: z.array(entry) });
