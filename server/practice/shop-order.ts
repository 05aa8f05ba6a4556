import { createHash } from 'node:crypto';
import { shopError } from './shop-error.ts';
import type { OrderInput } from './shop-input.ts';
import type {
  FeeLine,
  OrderLine,
  OrderStatus,
  ShippingLine,
  ShopOrder,
  ShopProduct,
  ShopVariation,
} from './shop-model.ts';
import type { ShopState } from './shop-state.ts';
import { emptyBilling, mergedMeta, overlaid, shippingOf } from './shop-stock.ts';
import { exactOre, fromOre, lineTaxes, sumTaxes, taxAdded, taxClasses, taxIncluded, toOre } from './shop-tax.ts';
import { siteDates } from './site-clock.ts';

type LineInput = NonNullable<OrderInput['line_items']>[number];
type ShippingLineInput = NonNullable<OrderInput['shipping_lines']>[number];
type FeeLineInput = NonNullable<OrderInput['fee_lines']>[number];

const paidStatuses: readonly OrderStatus[] = ['processing', 'completed'];

/** Makes an order with its totals, not yet kept. Throws a VendorError on unknown goods or customer. */
export function buildOrder(state: ShopState, input: OrderInput, now: number): ShopOrder {
  const customer = customerOf(state, input.customer_id ?? 0);
  const billing = overlaid(customer?.billing ?? emptyBilling, input.billing);
  const id = state.nextId();
  const blank: ShopOrder = {
    id,
    parent_id: 0,
    number: String(id),
    order_key: `wc_order_${createHash('sha1').update(`${id} ${now}`).digest('hex').slice(0, 13)}`,
    created_via: input.created_via ?? 'rest-api',
    version: '10.3.0',
    status: 'pending',
    currency: input.currency ?? 'SEK',
    ...state.born(),
    discount_total: '0.00',
    discount_tax: '0.00',
    shipping_total: '0.00',
    shipping_tax: '0.00',
    cart_tax: '0.00',
    total: '0.00',
    total_tax: '0.00',
    prices_include_tax: input.prices_include_tax ?? true,
    customer_id: customer?.id ?? 0,
    customer_ip_address: '',
    customer_user_agent: '',
    customer_note: '',
    billing,
    shipping: overlaid(customer?.shipping ?? shippingOf(billing), input.shipping),
    payment_method: '',
    payment_method_title: '',
    transaction_id: '',
    date_paid: null,
    date_paid_gmt: null,
    date_completed: null,
    date_completed_gmt: null,
    cart_hash: '',
    meta_data: [],
    line_items: [],
    tax_lines: [],
    shipping_lines: [],
    fee_lines: [],
    coupon_lines: [],
    refunds: [],
  };
  return changedOrder(state, blank, input, now);
}

/** The order with the input laid over it and its totals made anew; the date of change is the caller's to set. */
export function changedOrder(state: ShopState, before: ShopOrder, input: OrderInput, now: number): ShopOrder {
  const order: ShopOrder = { ...before };
  order.customer_id = customerOf(state, input.customer_id ?? before.customer_id)?.id ?? 0;
  order.billing = overlaid(before.billing, input.billing);
  order.shipping = overlaid(before.shipping, input.shipping);
  order.currency = input.currency ?? before.currency;
  order.customer_note = input.customer_note ?? before.customer_note;
  order.payment_method = input.payment_method ?? before.payment_method;
  order.payment_method_title = input.payment_method_title ?? before.payment_method_title;
  order.transaction_id = input.transaction_id ?? before.transaction_id;
  order.meta_data = mergedMeta(state, before.meta_data, input.meta_data);
  const country = order.shipping.country || order.billing.country;
  if (input.line_items !== undefined) {
    const made = input.line_items.map((line) => lineOf(state, order, line, country));
    order.line_items = mergedLines(before.line_items, made).filter((line) => line.quantity > 0);
  }
  if (input.shipping_lines !== undefined) {
    const taxClass = shippingTaxClass(order.line_items);
    const made = input.shipping_lines.map((line) => shippingLineOf(state, order, line, taxClass, country));
    order.shipping_lines = mergedLines(before.shipping_lines, made);
  }
  if (input.fee_lines !== undefined) {
    const made = input.fee_lines.map((line) => feeLineOf(state, order, line, country));
    order.fee_lines = mergedLines(before.fee_lines, made);
  }
  if (input.coupon_lines !== undefined) order.coupon_lines = couponLines(state, order, input.coupon_lines);
  addUp(state, order);
  const paid = input.set_paid === true && before.date_paid === null;
  return withStatus(order, input.status ?? (paid ? 'processing' : order.status), now);
}

/** Sets the status and the dates that follow from it. */
function withStatus(order: ShopOrder, status: OrderStatus, now: number): ShopOrder {
  const { local, gmt } = siteDates(now);
  const changed = { ...order, status };
  if (paidStatuses.includes(status) && order.date_paid === null) {
    changed.date_paid = local;
    changed.date_paid_gmt = gmt;
  }
  if (status === 'completed' && order.status !== 'completed') {
    changed.date_completed = local;
    changed.date_completed_gmt = gmt;
  }
  return changed;
}

function customerOf(state: ShopState, id: number) {
  if (id === 0) return undefined;
  const customer = state.customers.get(id);
  if (customer === undefined)
    throw shopError(400, 'woocommerce_rest_invalid_customer_id', 'Customer ID is invalid.', { customer_id: id });
  return customer;
}

function goodsOf(state: ShopState, line: LineInput): ShopProduct | ShopVariation {
  if (!line.product_id && !line.variation_id && !line.sku)
    throw shopError(400, 'woocommerce_rest_required_product_reference', 'Product ID or SKU is required.');
  const byId = line.variation_id ? state.variations.get(line.variation_id) : state.products.get(line.product_id ?? 0);
  const goods = byId ?? (line.product_id || line.variation_id ? undefined : state.bySku(line.sku ?? ''));
  if (goods !== undefined) return goods;
  const reference = line.variation_id || line.product_id || line.sku;
  throw shopError(400, 'woocommerce_rest_invalid_product_id', `Invalid product: ${reference}`);
}

/** What a line costs before and after discounts; given amounts are without tax, listed prices may include it. */
function lineAmounts(order: ShopOrder, given: LineInput, gross: number, taxClass: string, country: string) {
  const listed = order.prices_include_tax ? taxIncluded(gross, taxClass, country) : taxAdded(gross, taxClass, country);
  const subtotal = given.subtotal === undefined ? listed : taxAdded(exactOre(given.subtotal), taxClass, country);
  const total = given.total === undefined ? subtotal : taxAdded(exactOre(given.total), taxClass, country);
  return { subtotal, total };
}

/** The present line that is meant, and the goods that stand on it from now on. */
function lineParts(state: ShopState, order: ShopOrder, given: LineInput) {
  const before = order.line_items.find((line) => line.id === given.id);
  if (given.id !== undefined && before === undefined)
    throw shopError(400, 'woocommerce_rest_invalid_item_id', 'Order item ID provided is not associated with order.');
  const goods = before !== undefined && !given.product_id ? undefined : goodsOf(state, given);
  const parent = goods !== undefined && 'parent_id' in goods ? state.products.get(goods.parent_id) : undefined;
  const references = {
    name: given.name ?? lineName(goods, parent) ?? before?.name ?? '',
    product_id: parent?.id ?? goods?.id ?? before?.product_id ?? 0,
    variation_id: parent === undefined ? (before?.variation_id ?? 0) : (goods?.id ?? 0),
    sku: goods?.sku ?? before?.sku ?? '',
    parent_name: parent?.name ?? before?.parent_name ?? null,
  };
  return { before, goods: goods ?? state.bySku(references.sku), references };
}

function lineOf(state: ShopState, order: ShopOrder, given: LineInput, country: string): OrderLine {
  const { before, goods, references } = lineParts(state, order, given);
  const quantity = given.quantity ?? before?.quantity ?? 1;
  const taxClass = given.tax_class ?? before?.tax_class ?? goods?.tax_class ?? '';
  if (!(taxClasses as readonly string[]).includes(taxClass))
    throw shopError(400, 'rest_invalid_param', 'Invalid parameter(s): line_items.tax_class');
  const gross = toOre(goods?.price || '0') * quantity;
  const { subtotal, total } = lineAmounts(order, given, gross, taxClass, country);
  return {
    id: before?.id ?? state.nextLineId(),
    ...references,
    quantity,
    tax_class: taxClass,
    subtotal: fromOre(subtotal.net),
    subtotal_tax: fromOre(subtotal.tax),
    total: fromOre(total.net),
    total_tax: fromOre(total.tax),
    taxes: lineTaxes(taxClass, country, total.tax, subtotal.tax),
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
    price: quantity === 0 ? 0 : total.net / 100 / quantity,
  };
}

function lineName(goods: ShopProduct | ShopVariation | undefined, parent: ShopProduct | undefined): string | undefined {
  return parent === undefined ? goods?.name : `${parent.name} - ${goods?.name}`;
}

/** WooCommerce's default: shipping is taxed as the goods are, the standard class first. */
function shippingTaxClass(lines: readonly OrderLine[]): string {
  return taxClasses.find((taxClass) => lines.some((line) => line.tax_class === taxClass)) ?? '';
}

function shippingLineOf(
  state: ShopState,
  order: ShopOrder,
  given: ShippingLineInput,
  taxClass: string,
  country: string,
): ShippingLine {
  const before = order.shipping_lines.find((line) => line.id === given.id);
  const total = taxAdded(exactOre(given.total ?? before?.total ?? '0'), taxClass, country);
  return {
    id: before?.id ?? state.nextLineId(),
    method_title: given.method_title ?? before?.method_title ?? 'Frakt',
    method_id: given.method_id ?? before?.method_id ?? 'flat_rate',
    instance_id: given.instance_id ?? before?.instance_id ?? '1',
    total: fromOre(total.net),
    total_tax: fromOre(total.tax),
    taxes: lineTaxes(taxClass, country, total.tax, total.tax),
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
  };
}

function feeLineOf(state: ShopState, order: ShopOrder, given: FeeLineInput, country: string): FeeLine {
  const before = order.fee_lines.find((line) => line.id === given.id);
  const status = given.tax_status ?? before?.tax_status ?? 'taxable';
  const taxClass = given.tax_class ?? before?.tax_class ?? '';
  const total = taxAdded(
    exactOre(given.total ?? before?.total ?? '0'),
    status === 'none' ? 'zero-rate' : taxClass,
    country,
  );
  return {
    id: before?.id ?? state.nextLineId(),
    name: given.name ?? before?.name ?? 'Avgift',
    tax_class: taxClass,
    tax_status: status,
    total: fromOre(total.net),
    total_tax: fromOre(total.tax),
    taxes: status === 'none' ? [] : lineTaxes(taxClass, country, total.tax, total.tax),
    meta_data: mergedMeta(state, before?.meta_data ?? [], given.meta_data),
  };
}

/** A coupon is spread over the lines in proportion, as WooCommerce does; `discount` is without tax. */
function couponLines(state: ShopState, order: ShopOrder, given: NonNullable<OrderInput['coupon_lines']>) {
  const goods = order.line_items.reduce((sum, line) => sum + toOre(line.subtotal), 0);
  const country = order.shipping.country || order.billing.country;
  return given.map((coupon) => {
    const wanted = coupon.discount === undefined ? Math.round(goods / 10) : toOre(coupon.discount);
    let left = Math.min(wanted, goods);
    let taxSaved = 0;
    const discount = left;
    order.line_items = order.line_items.map((line, index) => {
      const last = index === order.line_items.length - 1;
      const share = last ? left : Math.round((discount * toOre(line.subtotal)) / Math.max(1, goods));
      left -= share;
      const total = taxAdded(toOre(line.total) - share, line.tax_class, country);
      taxSaved += toOre(line.total_tax) - total.tax;
      return {
        ...line,
        total: fromOre(total.net),
        total_tax: fromOre(total.tax),
        taxes: lineTaxes(line.tax_class, country, total.tax, toOre(line.subtotal_tax)),
        price: total.net / 100 / line.quantity,
      };
    });
    const amounts = { discount: fromOre(discount), discount_tax: fromOre(taxSaved) };
    return { id: state.nextLineId(), code: coupon.code, ...amounts, meta_data: [] };
  });
}

function mergedLines<T extends { id: number }>(before: readonly T[], made: readonly T[]): T[] {
  const merged = before.map((line) => made.find((one) => one.id === line.id) ?? line);
  return [...merged, ...made.filter((line) => !before.some((one) => one.id === line.id))];
}

function sum<T>(lines: readonly T[], amount: (line: T) => string): number {
  return lines.reduce((total, line) => total + toOre(amount(line)), 0);
}

function addUp(state: ShopState, order: ShopOrder): void {
  const { line_items: goods, shipping_lines: shipping, fee_lines: fees } = order;
  const cartTax = sum(goods, (line) => line.total_tax) + sum(fees, (line) => line.total_tax);
  const shippingTax = sum(shipping, (line) => line.total_tax);
  const shippingTotal = sum(shipping, (line) => line.total);
  const net = sum(goods, (line) => line.total) + sum(fees, (line) => line.total) + shippingTotal;
  order.tax_lines = sumTaxes([...goods, ...fees], shipping, state.nextLineId, order.tax_lines);
  order.discount_total = fromOre(sum(goods, (line) => line.subtotal) - sum(goods, (line) => line.total));
  order.discount_tax = fromOre(sum(goods, (line) => line.subtotal_tax) - sum(goods, (line) => line.total_tax));
  order.shipping_total = fromOre(shippingTotal);
  order.shipping_tax = fromOre(shippingTax);
  order.cart_tax = fromOre(cartTax);
  order.total_tax = fromOre(cartTax + shippingTax);
  order.total = fromOre(net + cartTax + shippingTax);
}
