import type { JsonObject } from '#runtime/json.ts';
import type { OrderDraft } from '../../commerce/capabilities.ts';
import { decimalOf, decimalText, divideHalfUp, scaledOf } from '../../commerce/decimal.ts';
import type { Order, OrderCharge, OrderLine, Shipment } from '../../commerce/model.ts';
import {
  add,
  exponentOf,
  type Money,
  parseMoney,
  perUnit,
  splitNet,
  subtract,
  type Taxed,
  taxed,
} from '../../commerce/money.ts';
import type { OrderAction, OrderStatus } from '../../commerce/status.ts';
import { compact, cut, filled } from '../answer.ts';
import { settle } from '../settled.ts';
import {
  addressOf,
  addressToWoo,
  instantOf,
  metaText,
  personOf,
  plainMeta,
  REFERENCE_KEY,
  type ShopTraits,
} from './customer-map.ts';
import { taxClassOf } from './product-map.ts';
import type { WooOrder } from './shape.ts';

/** The key of the Shipment Tracking extension, which other tracking plug-ins read too. */
export const TRACKING_KEY = '_wc_shipment_tracking_items';

/** Guests have no customer in the shop: they are known by e-mail, else by their order. */
function buyerId(order: WooOrder): string {
  if (order.customer_id > 0) return String(order.customer_id);
  const email = filled(order.billing.email)?.toLowerCase();
  return email ? `guest:${email.slice(0, 180)}` : `guest-order:${order.id}`;
}

const STATES: Readonly<Record<string, OrderStatus['order']>> = {
  'checkout-draft': 'draft',
  pending: 'open',
  processing: 'processing',
  'on-hold': 'on-hold',
  completed: 'completed',
  cancelled: 'cancelled',
  trash: 'cancelled',
  refunded: 'completed',
  failed: 'failed',
};

function paymentState(order: WooOrder, total: Money): OrderStatus['payment'] {
  if (order.status === 'refunded') return 'refunded';
  if (order.status === 'failed') return 'failed';
  if (order.refunds.length > 0) {
    const back = order.refunds.reduce(
      (sum, one) => sum + Math.abs(amount(one.total, total.currency, 'refunds').amount),
      0,
    );
    return back >= total.amount ? 'refunded' : 'partly-refunded';
  }
  return filled(order.date_paid_gmt) === undefined ? 'unpaid' : 'paid';
}

/** WooCommerce has one word for all axes and none for invoices; plug-ins add words of their own, which stay in `native`. */
function statusFromWoo(order: WooOrder, total: Money): OrderStatus {
  const native = order.status.replace(/^wc-/, '');
  const state = Object.hasOwn(STATES, native) ? STATES[native] : undefined;
  return {
    order: state ?? 'unknown',
    payment: paymentState(order, total),
    fulfilment:
      native === 'completed' ? 'fulfilled' : state === undefined || native === 'refunded' ? 'unknown' : 'unfulfilled',
    invoice: 'unknown',
    native,
  };
}

/** The word for an action; WooCommerce cannot say invoiced, and refunds are made of money, not of a word. */
export function nativeStatus(action: OrderAction): string | null {
  switch (action) {
    case 'processing':
    case 'paid':
      return 'processing';
    case 'on-hold':
      return 'on-hold';
    case 'delivered':
    case 'completed':
      return 'completed';
    case 'cancelled':
      return 'cancelled';
    case 'invoiced':
    case 'refunded':
      return null;
  }
}

function amount(value: string | number, currency: string, field: string): Money {
  return parseMoney(value === '' ? '0' : value, currency, { rounding: 'half-up', field });
}

type Charge = WooOrder['shipping_lines'][number];

/** The rate from the order's own tax lines; older shops lack `rate_percent`: then from the amounts, to a whole or half per cent. */
function rateOf(charge: Charge, order: WooOrder, total: Taxed): number {
  const percents = charge.taxes
    .filter((tax) => tax.total !== '' && tax.total !== null && tax.total !== undefined)
    .map((tax) => order.tax_lines.find((line) => String(line.rate_id) === String(tax.id))?.rate_percent);
  if (percents.length > 0 && percents.every((percent) => percent !== undefined && percent !== null && percent !== '')) {
    const points = percents.map((percent) => {
      const { units, scale } = scaledOf(percent as string | number);
      return Number(divideHalfUp(units * 10_000n, 100n * 10n ** BigInt(scale)));
    });
    return Math.min(
      points.reduce((a, b) => a + b, 0),
      10_000,
    );
  }
  if (total.net.amount <= 0 || total.tax.amount <= 0) return 0;
  return Math.min(Math.round((total.tax.amount * 200) / total.net.amount) * 50, 10_000);
}

function taxedOf(charge: Charge, currency: string, field: string): Taxed {
  return taxed(
    amount(charge.total, currency, `${field}.total`),
    amount(charge.total_tax, currency, `${field}.total_tax`),
  );
}

function lineOf(line: WooOrder['line_items'][number], index: number, order: WooOrder): OrderLine {
  const field = `order.line_items[${index}]`;
  const total = taxedOf(line, order.currency, field);
  const before = taxed(
    amount(line.subtotal, order.currency, `${field}.subtotal`),
    amount(line.subtotal_tax, order.currency, `${field}.subtotal_tax`),
  );
  const quantity = decimalOf(line.quantity, `${field}.quantity`);
  const [full, left] = order.prices_include_tax ? [before.gross, total.gross] : [before.net, total.net];
  const bundled = line.meta_data.some((meta) =>
    ['_bundled_items', '_bundled_by', '_composite_children'].includes(meta.key),
  );
  return {
    id: String(line.id),
    sku: filled(line.sku),
    productId: String(line.variation_id > 0 ? line.variation_id : line.product_id),
    kind: bundled ? 'bundle' : line.variation_id > 0 ? 'variant' : 'simple',
    name: cut(line.name.trim(), 1000),
    quantity,
    unitPrice: perUnit(full, quantity),
    discount: subtract(full, left),
    taxRate: rateOf(line, order, total),
    total,
    extra: { meta: plainMeta(line.meta_data) },
  };
}

function chargeOf(charge: Charge, name: string, order: WooOrder, field: string): OrderCharge {
  const total = taxedOf(charge, order.currency, field);
  return {
    id: String(charge.id),
    name,
    method: filled(charge['method_id']),
    taxRate: rateOf(charge, order, total),
    total,
  };
}

function shipmentsOf(order: WooOrder, connection: string): Shipment[] {
  const items = order.meta_data.find((meta) => meta.key === TRACKING_KEY)?.value;
  if (!Array.isArray(items)) return [];
  return items.slice(0, 200).flatMap((item: unknown, index) => {
    const fields = (typeof item === 'object' && item !== null ? item : {}) as Readonly<Record<string, unknown>>;
    const number = filled(fields['tracking_number']);
    if (number === undefined) return [];
    const sent = Number(fields['date_shipped']);
    return [
      {
        source: { connection, id: filled(fields['tracking_id']) ?? `${order.id}-${index + 1}` },
        order: String(order.id),
        state: 'sent' as const,
        carrier: filled(fields['custom_tracking_provider']) ?? filled(fields['tracking_provider']),
        trackingNumber: number,
        trackingUrl: filled(fields['custom_tracking_link']),
        ...(Number.isFinite(sent) && sent > 0 ? { sentAt: new Date(sent * 1000).toISOString() } : {}),
        lines: [],
      },
    ];
  });
}

export function orderFromWoo(from: WooOrder, traits: ShopTraits): Order {
  const source = { connection: traits.connection, id: String(from.id) };
  const gross = amount(from.total, from.currency, 'order.total');
  const tax = amount(from.total_tax, from.currency, 'order.total_tax');
  const totals = taxed(subtract(gross, tax), tax);
  const lines = from.line_items.map((line, index) => lineOf(line, index, from));
  const freight = from.shipping_lines.map((line, index) =>
    chargeOf(line, filled(line.method_title) ?? 'Frakt', from, `order.shipping_lines[${index}]`),
  );
  const fees = from.fee_lines.map((line, index) =>
    chargeOf(line, filled(line.name) ?? 'Avgift', from, `order.fee_lines[${index}]`),
  );
  settle([...lines, ...freight, ...fees], totals);
  const billing = addressOf(from.billing);
  const shipping = addressOf(from.shipping);
  const paidAt = filled(from.date_paid_gmt);
  const status = statusFromWoo(from, gross);
  const method = filled(from.payment_method);
  return {
    source,
    number: from.number,
    placedAt: instantOf(from.date_created_gmt),
    changedAt: instantOf(from.date_modified_gmt),
    currency: from.currency,
    status,
    customer: personOf(
      { id: buyerId(from), metas: from.meta_data, billing, shipping, fallbackName: `Order ${from.number}` },
      traits,
    ),
    billing,
    shipping: shipping.street === undefined && shipping.city === undefined ? undefined : shipping,
    lines,
    freight,
    fees,
    discounts: from.coupon_lines.map((coupon) => ({
      code: filled(coupon.code) ?? 'coupon',
      amount: amount(coupon.discount, from.currency, 'order.coupon_lines'),
      tax: amount(coupon.discount_tax ?? '0', from.currency, 'order.coupon_lines'),
    })),
    payments:
      method === undefined
        ? []
        : [
            {
              source,
              order: String(from.id),
              method,
              title: filled(from.payment_method_title),
              amount: gross,
              state:
                status.payment === 'paid'
                  ? 'paid'
                  : status.payment === 'failed'
                    ? 'failed'
                    : status.payment === 'refunded'
                      ? 'refunded'
                      : 'pending',
              transactionId: filled(from.transaction_id),
              paidAt: paidAt === undefined ? undefined : instantOf(paidAt),
            },
          ],
    shipments: shipmentsOf(from, traits.connection),
    totals,
    pricesIncludeTax: from.prices_include_tax,
    note: filled(from.customer_note),
    invoiceNumbers: [],
    reference: metaText(from.meta_data, [REFERENCE_KEY]),
    extra: { createdVia: filled(from.created_via) ?? '', meta: plainMeta(from.meta_data) },
  };
}

/** The amount without its tax, to a hundredth of the minor unit: the shop puts the tax on again, and whole ones would miss by one. */
function netText(gross: Money, rate: number): string {
  const units = divideHalfUp(BigInt(gross.amount) * 100n * 10_000n, BigInt(10_000 + rate));
  return decimalText({ units, scale: exponentOf(gross.currency) + 2 });
}

function lineToWoo(line: OrderLine, pricesIncludeTax: boolean): JsonObject {
  const { gross } = line.total;
  const discount = pricesIncludeTax ? line.discount : splitNet(line.discount, line.taxRate).gross;
  return {
    sku: line.articleNumber ?? line.sku ?? '',
    name: line.name,
    quantity: Number(line.quantity),
    subtotal: netText(add(gross, discount), line.taxRate),
    total: netText(gross, line.taxRate),
  };
}

/** Rows carry their net amounts, so that the shop counts from them and not from its own price list. */
export function orderToWoo(draft: OrderDraft, customerId: number, reference: string, traits: ShopTraits): JsonObject {
  const { order } = draft;
  return compact({
    status: order.status.order === 'on-hold' ? 'on-hold' : 'processing',
    currency: order.currency,
    customer_id: customerId,
    customer_note: order.note,
    billing: addressToWoo(order.billing, order.customer.email ?? order.billing.email),
    shipping: addressToWoo(order.shipping ?? order.billing, undefined),
    line_items: order.lines.map((line) => lineToWoo(line, order.pricesIncludeTax)),
    shipping_lines: order.freight.map((line) => ({
      method_id: line.method ?? 'flat_rate',
      method_title: line.name,
      total: netText(line.total.gross, line.taxRate),
    })),
    fee_lines: order.fees.map((line) => ({
      name: line.name,
      tax_class: taxClassOf(line.taxRate, traits) ?? '',
      tax_status: line.taxRate === 0 ? 'none' : 'taxable',
      total: netText(line.total.gross, line.taxRate),
    })),
    meta_data: [
      { key: REFERENCE_KEY, value: reference },
      { key: '_weft_source_number', value: order.number },
    ],
  });
}
