import { z } from 'zod';
import { orderStatuses } from './shop-model.ts';

/** What the shop accepts. As in WordPress, unknown fields are ignored. */

const money = z
  .union([z.string(), z.number()])
  .transform(String)
  .refine((text) => text === '' || /^-?\d+(\.\d+)?$/.test(text), { message: 'is not an amount' });
const text = z.string().max(10_000);
const meta = z.array(z.object({ id: z.int().optional(), key: z.string().max(255), value: z.unknown() })).max(200);

const address = {
  first_name: text,
  last_name: text,
  company: text,
  address_1: text,
  address_2: text,
  city: text,
  state: text,
  postcode: text,
  country: text,
  phone: text,
};
const ShippingInput = z.object(address).partial();
const BillingInput = z.object({ ...address, email: text }).partial();

const lineInput = z.object({
  id: z.int().optional(),
  product_id: z.int().optional(),
  variation_id: z.int().optional(),
  sku: text.optional(),
  name: text.optional(),
  quantity: z.int().min(0).max(1_000_000).optional(),
  tax_class: text.optional(),
  subtotal: money.optional(),
  total: money.optional(),
  meta_data: meta.optional(),
});
const shippingLineInput = z.object({
  id: z.int().optional(),
  method_id: text.optional(),
  method_title: text.optional(),
  instance_id: text.optional(),
  total: money.optional(),
  meta_data: meta.optional(),
});
const feeLineInput = z.object({
  id: z.int().optional(),
  name: text.optional(),
  tax_class: text.optional(),
  tax_status: z.enum(['taxable', 'none']).optional(),
  total: money.optional(),
  meta_data: meta.optional(),
});

const lines = <T extends z.ZodType>(line: T) => z.array(line).max(1000);

export const OrderInput = z
  .object({
    status: z.enum(orderStatuses),
    currency: z.string().regex(/^[A-Z]{3}$/, { message: 'is not a currency code' }),
    prices_include_tax: z.boolean(),
    customer_id: z.int().min(0),
    customer_note: text,
    created_via: text,
    billing: BillingInput,
    shipping: ShippingInput,
    payment_method: text,
    payment_method_title: text,
    transaction_id: text,
    set_paid: z.boolean(),
    meta_data: meta,
    line_items: lines(lineInput),
    shipping_lines: lines(shippingLineInput),
    fee_lines: lines(feeLineInput),
    coupon_lines: lines(z.object({ code: text, discount: money.optional() })),
  })
  .partial();
export type OrderInput = z.infer<typeof OrderInput>;

export const CustomerInput = z
  .object({
    email: text,
    first_name: text,
    last_name: text,
    username: text,
    password: text,
    billing: BillingInput,
    shipping: ShippingInput,
    meta_data: meta,
  })
  .partial();
export type CustomerInput = z.infer<typeof CustomerInput>;

export const ProductInput = z
  .object({
    name: text,
    type: z.enum(['simple', 'variable']),
    status: z.enum(['draft', 'pending', 'private', 'publish']),
    description: z.string().max(200_000),
    short_description: z.string().max(200_000),
    sku: z.string().max(100),
    regular_price: money,
    sale_price: money,
    tax_status: z.enum(['taxable', 'shipping', 'none']),
    tax_class: text,
    manage_stock: z.boolean(),
    stock_quantity: z.int().nullable(),
    stock_status: z.enum(['instock', 'outofstock', 'onbackorder']),
    weight: text,
    meta_data: meta,
    attributes: z
      .array(z.object({ id: z.int().default(0), name: text.default(''), option: text.default('') }))
      .max(100),
  })
  .partial();
export type ProductInput = z.infer<typeof ProductInput>;

export const NoteInput = z.object({
  note: text.min(1),
  customer_note: z.boolean().default(false),
  added_by_user: z.boolean().default(false),
});

export const RefundInput = z.object({ amount: money, reason: text.default(''), api_refund: z.boolean().default(true) });

export const WebhookInput = z
  .object({
    name: text,
    status: z.enum(['active', 'paused', 'disabled']),
    topic: z.string().regex(/^(order|product|customer)\.(created|updated|deleted)$/, { message: 'is not a topic' }),
    delivery_url: z.url({ protocol: /^https?$/ }),
    secret: text,
  })
  .partial();
export type WebhookInput = z.infer<typeof WebhookInput>;
