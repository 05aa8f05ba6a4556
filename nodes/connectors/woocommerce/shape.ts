import { z } from 'zod';

/**
 * The fields we read of WooCommerce REST v3's answers; everything else passes by.
 * Source: woocommerce-rest-api-docs, wp-api-v3. Amounts are decimal text, `_gmt` dates have no zone.
 */

const Amount = z.union([z.string(), z.number()]);
const Whole = z.int();
const Text = z.string().nullish();
const GmtDate = z.string().nullish();

const Meta = z.looseObject({ id: z.unknown(), key: z.string(), value: z.unknown() });
const MetaData = z.array(Meta).default([]);

const Address = z.looseObject({
  first_name: Text,
  last_name: Text,
  company: Text,
  address_1: Text,
  address_2: Text,
  city: Text,
  state: Text,
  postcode: Text,
  country: Text,
  email: Text,
  phone: Text,
});
export type WooAddress = z.infer<typeof Address>;

const Taxes = z.array(z.looseObject({ id: z.union([z.int(), z.string()]), total: Amount.nullish() })).default([]);

const Charge = z.looseObject({
  id: Whole,
  total: Amount,
  total_tax: Amount,
  taxes: Taxes,
});

export const WooOrder = z.looseObject({
  id: Whole,
  number: z.union([z.string(), z.number()]).transform(String),
  status: z.string(),
  currency: z.string(),
  date_created_gmt: z.string(),
  date_modified_gmt: z.string(),
  date_paid_gmt: GmtDate,
  date_completed_gmt: GmtDate,
  total: Amount,
  total_tax: Amount,
  prices_include_tax: z.boolean(),
  customer_id: Whole,
  customer_note: Text,
  billing: Address,
  shipping: Address,
  payment_method: Text,
  payment_method_title: Text,
  transaction_id: Text,
  created_via: Text,
  meta_data: MetaData,
  line_items: z.array(
    Charge.extend({
      name: z.string(),
      product_id: Whole,
      variation_id: Whole.default(0),
      quantity: Amount,
      subtotal: Amount,
      subtotal_tax: Amount,
      sku: Text,
      meta_data: MetaData,
    }),
  ),
  tax_lines: z
    .array(z.looseObject({ rate_id: z.union([z.int(), z.string()]).nullish(), rate_percent: Amount.nullish() }))
    .default([]),
  shipping_lines: z.array(Charge.extend({ method_title: Text, method_id: Text })).default([]),
  fee_lines: z.array(Charge.extend({ name: Text })).default([]),
  coupon_lines: z
    .array(z.looseObject({ code: z.string(), discount: Amount, discount_tax: Amount.nullish() }))
    .default([]),
  refunds: z.array(z.looseObject({ total: Amount })).default([]),
});
export type WooOrder = z.infer<typeof WooOrder>;

export const WooCustomer = z.looseObject({
  id: Whole,
  email: Text,
  first_name: Text,
  last_name: Text,
  role: Text,
  date_modified_gmt: GmtDate,
  billing: Address,
  shipping: Address,
  meta_data: MetaData,
});
export type WooCustomer = z.infer<typeof WooCustomer>;

export const WooProduct = z.looseObject({
  id: Whole,
  name: Text,
  /** Variations answered by their own path have no type. */
  type: Text,
  status: Text,
  description: Text,
  sku: Text,
  regular_price: Text,
  sale_price: Text,
  date_on_sale_from_gmt: GmtDate,
  date_on_sale_to_gmt: GmtDate,
  tax_class: Text,
  manage_stock: z.union([z.boolean(), z.literal('parent')]).default(false),
  stock_quantity: z.number().nullish(),
  weight: Text,
  parent_id: Whole.nullish(),
  variations: z.array(z.unknown()).default([]),
  global_unique_id: Text,
  date_modified_gmt: GmtDate,
  meta_data: MetaData,
});
export type WooProduct = z.infer<typeof WooProduct>;

export const WooStatus = z.looseObject({ id: Whole, status: z.string() });

export const WooNote = z.looseObject({ id: Whole, note: z.string(), customer_note: z.boolean().default(false) });

/** WooCommerce's webhook object; the secret is never answered. Source: wp-api-v3/_webhooks.md. */
export const WooWebhook = z.looseObject({
  id: Whole,
  status: z.string(),
  topic: z.string(),
  delivery_url: z.string(),
});

export const WooError = z.looseObject({
  code: z.string(),
  message: z.string(),
  data: z
    .looseObject({ status: z.number().nullish(), params: z.record(z.string(), z.unknown()).nullish() })
    .nullish()
    .catch(undefined),
});

/** One entry of a batch answer: the record, or its error. */
const WooBatchEntry = z.looseObject({ id: Whole.nullish(), error: WooError.nullish() });
export const WooBatch = z.looseObject({ update: z.array(WooBatchEntry).default([]) });
