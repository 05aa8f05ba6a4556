import { z } from 'zod';

/** Decimal major units as a JSON number; very large ones come as text. */
const Amount = z.union([z.number(), z.string()]);
const Sum = Amount.nullish().transform((value) => value ?? 0);
const Text = z.string().nullish();
const Stamp = z.string();
/** Metadata is free: any object, or none. */
const Metadata = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((value) => value ?? {});

const Clocked = z.looseObject({ id: z.string(), updated_at: Stamp });

export const MedusaAddress = z.looseObject({
  company: Text,
  first_name: Text,
  last_name: Text,
  address_1: Text,
  address_2: Text,
  postal_code: Text,
  city: Text,
  province: Text,
  country_code: Text,
  phone: Text,
  metadata: Metadata,
});
export type MedusaAddress = z.infer<typeof MedusaAddress>;

const TaxLine = z.looseObject({ rate: Amount });
const Adjustment = z.looseObject({ code: Text, amount: Amount });

/** What goods and shipping methods have in common: their totals are exact, and rounded by nobody. */
const Charge = z.looseObject({
  id: z.string(),
  is_tax_inclusive: z.boolean(),
  total: Sum,
  tax_total: Sum,
  original_total: Sum,
  original_tax_total: Sum,
  tax_lines: z.array(TaxLine).default([]),
  adjustments: z.array(Adjustment).default([]),
});
export type MedusaCharge = z.infer<typeof Charge>;

const Item = Charge.extend({
  title: Text,
  product_title: Text,
  variant_title: Text,
  variant_id: Text,
  variant_sku: Text,
  requires_shipping: z.boolean().default(true),
  unit_price: Amount,
  quantity: Amount,
  metadata: Metadata,
  detail: z.looseObject({
    fulfilled_quantity: Sum,
    shipped_quantity: Sum,
    delivered_quantity: Sum,
    return_received_quantity: Sum,
    return_dismissed_quantity: Sum,
  }),
});
export type MedusaItem = z.infer<typeof Item>;

const Payment = Clocked.extend({
  amount: Amount,
  provider_id: z.string(),
  captured_at: Text,
  canceled_at: Text,
  captures: z.array(z.looseObject({ amount: Amount })).default([]),
  refunds: z.array(z.looseObject({ amount: Amount })).default([]),
});
export type MedusaPayment = z.infer<typeof Payment>;

const PaymentCollection = Clocked.extend({
  status: z.string(),
  amount: Amount,
  authorized_amount: Sum,
  captured_amount: Sum,
  refunded_amount: Sum,
  payments: z.array(Payment).default([]),
});

const Fulfillment = Clocked.extend({
  packed_at: Text,
  shipped_at: Text,
  delivered_at: Text,
  canceled_at: Text,
  requires_shipping: z.boolean().default(true),
  metadata: Metadata,
  labels: z.array(z.looseObject({ id: z.string(), tracking_number: Text, tracking_url: Text })).default([]),
  items: z.array(z.looseObject({ sku: Text, quantity: Amount, line_item_id: Text })).default([]),
});
export type MedusaFulfillment = z.infer<typeof Fulfillment>;

export const MedusaCustomer = Clocked.extend({
  email: Text,
  first_name: Text,
  last_name: Text,
  company_name: Text,
  phone: Text,
  has_account: z.boolean().default(false),
  metadata: Metadata,
  groups: z.array(z.looseObject({ id: z.string(), name: Text })).default([]),
  addresses: z
    .array(
      MedusaAddress.extend({
        id: z.string(),
        updated_at: Stamp,
        is_default_billing: z.boolean().default(false),
        is_default_shipping: z.boolean().default(false),
      }),
    )
    .default([]),
});
export type MedusaCustomer = z.infer<typeof MedusaCustomer>;

export const MedusaOrder = Clocked.extend({
  display_id: z.int(),
  custom_display_id: Text,
  status: z.string(),
  fulfillment_status: z.string(),
  email: Text,
  currency_code: z.string(),
  locale: Text,
  customer_id: Text,
  created_at: Stamp,
  metadata: Metadata,
  total: Amount,
  tax_total: Amount,
  credit_line_total: Sum,
  items: z.array(Item),
  shipping_methods: z.array(Charge.extend({ name: Text, shipping_option_id: Text, amount: Amount })),
  billing_address: MedusaAddress.nullish(),
  shipping_address: MedusaAddress.nullish(),
  customer: z.looseObject({ company_name: Text, first_name: Text, last_name: Text, metadata: Metadata }).nullish(),
  payment_collections: z.array(PaymentCollection).default([]),
  fulfillments: z.array(Fulfillment).default([]),
});
export type MedusaOrder = z.infer<typeof MedusaOrder>;

/** Totals are summed over the relations that were asked for, so an order without its shipping methods has another total. */
export const ORDER_FIELDS = [
  'id,display_id,custom_display_id,status,email,currency_code,locale,customer_id,created_at,updated_at,metadata',
  'total,tax_total,credit_line_total,*credit_lines',
  '*items,*items.detail,*items.tax_lines,*items.adjustments',
  '*shipping_methods,*shipping_methods.tax_lines,*shipping_methods.adjustments',
  '*billing_address,*shipping_address,*customer',
  '*payment_collections,*payment_collections.payments',
  '*payment_collections.payments.captures,*payment_collections.payments.refunds',
  '*fulfillments,*fulfillments.labels,*fulfillments.items',
].join(',');

export const CUSTOMER_FIELDS =
  'id,email,first_name,last_name,company_name,phone,has_account,metadata,updated_at,*addresses,groups.id,groups.name';

const Price = Clocked.extend({
  amount: Amount,
  currency_code: z.string(),
  min_quantity: Amount.nullish(),
  max_quantity: Amount.nullish(),
  rules: z.record(z.string(), z.unknown()).default({}),
});
export type MedusaPrice = z.infer<typeof Price>;

const Level = Clocked.extend({
  location_id: z.string(),
  stocked_quantity: Amount,
  reserved_quantity: Amount,
  stock_locations: z.array(z.looseObject({ name: Text })).default([]),
});
export type MedusaLevel = z.infer<typeof Level>;

const ProductHead = Clocked.extend({
  title: z.string(),
  description: Text,
  status: z.string(),
  type_id: Text,
  type: z.looseObject({ value: z.string() }).nullish(),
  metadata: Metadata,
});

const Variant = Clocked.extend({
  title: Text,
  sku: Text,
  ean: Text,
  manage_inventory: z.boolean(),
  prices: z.array(Price).default([]),
  inventory_items: z
    .array(z.looseObject({ inventory: z.looseObject({ location_levels: z.array(Level).default([]) }).nullish() }))
    .default([]),
});
export type MedusaVariant = z.infer<typeof Variant>;

export const MedusaProduct = ProductHead.extend({ variants: z.array(Variant).default([]) });
export type MedusaProduct = z.infer<typeof MedusaProduct>;

export const PRODUCT_FIELDS = [
  'id,title,description,status,type_id,type.value,metadata,updated_at',
  'variants.id,variants.title,variants.sku,variants.ean,variants.manage_inventory,variants.updated_at,*variants.prices',
  '*variants.inventory_items.inventory.location_levels',
].join(',');

export const MedusaInventory = z.looseObject({
  id: z.string(),
  sku: Text,
  location_levels: z.array(Level).default([]),
  variants: z.array(z.looseObject({ id: z.string(), sku: Text }).nullable()).default([]),
});
export type MedusaInventory = z.infer<typeof MedusaInventory>;

export const INVENTORY_FIELDS = 'id,sku,*location_levels,location_levels.stock_locations.name,variants.id,variants.sku';

export const MedusaPriceList = Clocked.extend({
  title: z.string(),
  starts_at: Text,
  ends_at: Text,
});
export type MedusaPriceList = z.infer<typeof MedusaPriceList>;

export const MedusaListPrice = Price.omit({ rules: true }).extend({
  price_set: z.looseObject({ variant: z.looseObject({ id: z.string(), sku: Text }).nullish() }).nullish(),
});
export type MedusaListPrice = z.infer<typeof MedusaListPrice>;

export const LIST_PRICE_FIELDS =
  'id,amount,currency_code,min_quantity,max_quantity,updated_at,price_set.variant.id,price_set.variant.sku';

export const MedusaTaxRegion = z.looseObject({
  country_code: z.string(),
  province_code: Text,
  tax_rates: z.array(
    z.looseObject({
      rate: Amount.nullish(),
      is_default: z.boolean(),
      rules: z.array(z.looseObject({ reference: z.string(), reference_id: z.string() })).default([]),
    }),
  ),
});
export type MedusaTaxRegion = z.infer<typeof MedusaTaxRegion>;
