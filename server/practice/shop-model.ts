/** The documents of the practice shop, in the shapes WooCommerce REST v3 answers with. */

export const orderStatuses = [
  'pending',
  'processing',
  'on-hold',
  'completed',
  'cancelled',
  'refunded',
  'failed',
  'trash',
  'checkout-draft',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export interface Meta {
  id: number;
  key: string;
  value: unknown;
}

/** WooCommerce gives every date twice: in the site's time zone and in GMT, both without a zone. */
export interface Dated {
  date_created: string;
  date_created_gmt: string;
  date_modified: string;
  date_modified_gmt: string;
}

export interface Shipping {
  first_name: string;
  last_name: string;
  company: string;
  address_1: string;
  address_2: string;
  city: string;
  state: string;
  postcode: string;
  country: string;
  phone: string;
}

export interface Billing extends Shipping {
  email: string;
}

export interface LineTax {
  id: number;
  total: string;
  subtotal: string;
}

export interface OrderLine {
  id: number;
  name: string;
  product_id: number;
  variation_id: number;
  quantity: number;
  tax_class: string;
  subtotal: string;
  subtotal_tax: string;
  total: string;
  total_tax: string;
  taxes: LineTax[];
  meta_data: Meta[];
  sku: string;
  price: number;
  parent_name: string | null;
}

export interface ShippingLine {
  id: number;
  method_title: string;
  method_id: string;
  instance_id: string;
  total: string;
  total_tax: string;
  taxes: LineTax[];
  meta_data: Meta[];
}

export interface FeeLine {
  id: number;
  name: string;
  tax_class: string;
  tax_status: 'taxable' | 'none';
  total: string;
  total_tax: string;
  taxes: LineTax[];
  meta_data: Meta[];
}

interface CouponLine {
  id: number;
  code: string;
  discount: string;
  discount_tax: string;
  meta_data: Meta[];
}

export interface TaxLine {
  id: number;
  rate_code: string;
  rate_id: number;
  label: string;
  compound: boolean;
  tax_total: string;
  shipping_tax_total: string;
  rate_percent: number;
  meta_data: Meta[];
}

export interface ShopOrder extends Dated {
  id: number;
  parent_id: number;
  number: string;
  order_key: string;
  created_via: string;
  version: string;
  status: OrderStatus;
  currency: string;
  discount_total: string;
  discount_tax: string;
  shipping_total: string;
  shipping_tax: string;
  cart_tax: string;
  total: string;
  total_tax: string;
  prices_include_tax: boolean;
  /** 0 for a guest. */
  customer_id: number;
  customer_ip_address: string;
  customer_user_agent: string;
  customer_note: string;
  billing: Billing;
  shipping: Shipping;
  payment_method: string;
  payment_method_title: string;
  transaction_id: string;
  date_paid: string | null;
  date_paid_gmt: string | null;
  date_completed: string | null;
  date_completed_gmt: string | null;
  cart_hash: string;
  meta_data: Meta[];
  line_items: OrderLine[];
  tax_lines: TaxLine[];
  shipping_lines: ShippingLine[];
  fee_lines: FeeLine[];
  coupon_lines: CouponLine[];
  refunds: { id: number; reason: string; total: string }[];
}

export interface ShopRefund {
  id: number;
  /** The order it belongs to; not part of the vendor's answer. */
  parent_id: number;
  date_created: string;
  date_created_gmt: string;
  amount: string;
  reason: string;
  refunded_by: number;
  refunded_payment: boolean;
  meta_data: Meta[];
  line_items: never[];
}

export interface OrderNote {
  id: number;
  /** The order it belongs to; not part of the vendor's answer. */
  order_id: number;
  author: string;
  date_created: string;
  date_created_gmt: string;
  note: string;
  customer_note: boolean;
  added_by_user: boolean;
}

export interface ShopCustomer extends Dated {
  id: number;
  email: string;
  first_name: string;
  last_name: string;
  role: string;
  username: string;
  billing: Billing;
  shipping: Shipping;
  is_paying_customer: boolean;
  avatar_url: string;
  meta_data: Meta[];
}

interface Priced {
  sku: string;
  price: string;
  regular_price: string;
  sale_price: string;
  on_sale: boolean;
  status: string;
  tax_status: string;
  tax_class: string;
  manage_stock: boolean;
  stock_quantity: number | null;
  stock_status: 'instock' | 'outofstock' | 'onbackorder';
  weight: string;
  meta_data: Meta[];
}

export interface ShopProduct extends Dated, Priced {
  id: number;
  name: string;
  slug: string;
  permalink: string;
  type: 'simple' | 'variable';
  description: string;
  short_description: string;
  variations: number[];
  categories: { id: number; name: string; slug: string }[];
}

export interface ShopVariation extends Dated, Priced {
  id: number;
  /** The product it belongs to; not part of the vendor's answer. */
  parent_id: number;
  name: string;
  attributes: { id: number; name: string; option: string }[];
}

export interface Webhook extends Dated {
  id: number;
  name: string;
  status: 'active' | 'paused' | 'disabled';
  topic: string;
  resource: string;
  event: string;
  hooks: string[];
  delivery_url: string;
  /** Never part of an answer. */
  secret: string;
  failure_count: number;
}
