import { decimalOf } from '../../commerce/decimal.ts';
import type { Order, Shipment } from '../../commerce/model.ts';
import { type Money, parseMoney, sum } from '../../commerce/money.ts';
import type { OrderStatus } from '../../commerce/status.ts';
import { filled } from '../answer.ts';
import { metaText } from './customer-map.ts';
import type { MedusaFulfillment, MedusaOrder, MedusaPayment } from './shape.ts';

/** Medusa rounds nothing: amounts come with all the decimals that counting gave. */
export function amount(value: string | number, currency: string, field: string): Money {
  return parseMoney(value, currency, { rounding: 'half-up', field });
}

const STATES: Readonly<Record<string, OrderStatus['order']>> = {
  draft: 'draft',
  pending: 'open',
  requires_action: 'on-hold',
  completed: 'completed',
  archived: 'completed',
  canceled: 'cancelled',
};

/** Medusa's `fulfilled` is packed: nothing has left. Source: core-flows, order/utils/aggregate-status.ts. */
const FULFILMENTS: Readonly<Record<string, OrderStatus['fulfilment']>> = {
  not_fulfilled: 'unfulfilled',
  partially_fulfilled: 'unfulfilled',
  fulfilled: 'unfulfilled',
  partially_shipped: 'partly-fulfilled',
  shipped: 'fulfilled',
  partially_delivered: 'partly-fulfilled',
  delivered: 'delivered',
  canceled: 'unfulfilled',
};

/** By the amounts, since Medusa's word for it is `refunded` as soon as all that was captured of a part is paid back. */
function paymentState(from: MedusaOrder, total: Money): OrderStatus['payment'] {
  const standing = from.payment_collections.filter((one) => one.status !== 'canceled');
  const of = (read: (one: (typeof standing)[number]) => string | number): number =>
    sum(
      standing.map((one) => amount(read(one), total.currency, 'order.payment_collections')),
      total.currency,
    ).amount;
  const captured = of((one) => one.captured_amount);
  const refunded = of((one) => one.refunded_amount);
  if (captured > 0 && refunded >= captured) return 'refunded';
  if (refunded > 0) return 'partly-refunded';
  if (captured >= total.amount && (captured > 0 || from.payment_collections.length > 0)) return 'paid';
  if (captured > 0) return 'partly-paid';
  if (of((one) => one.authorized_amount) > 0) return 'authorized';
  return standing.some((one) => one.status === 'failed') ? 'failed' : 'unpaid';
}

export function statusOf(from: MedusaOrder, total: Money): OrderStatus {
  return {
    order: Object.hasOwn(STATES, from.status) ? (STATES[from.status] ?? 'unknown') : 'unknown',
    payment: paymentState(from, total),
    fulfilment: Object.hasOwn(FULFILMENTS, from.fulfillment_status)
      ? (FULFILMENTS[from.fulfillment_status] ?? 'unknown')
      : 'unknown',
    invoice: 'unknown',
    native: from.status,
  };
}

function shipmentState(from: MedusaFulfillment): Shipment['state'] {
  if (from.canceled_at) return 'cancelled';
  if (from.delivered_at) return 'delivered';
  return from.shipped_at ? 'sent' : 'pending';
}

/** Under which a fulfilment's carrier stands in its metadata: Medusa has labels without one. */
export const CARRIER_KEY = 'weft_carrier';

/** One shipment a label, since each parcel has a tracking number of its own. */
export function shipmentsOf(from: MedusaFulfillment, order: string, connection: string): Shipment[] {
  const shared = {
    order,
    state: shipmentState(from),
    carrier: metaText(from.metadata, [CARRIER_KEY, 'carrier']),
    sentAt: from.shipped_at ?? undefined,
    deliveredAt: from.delivered_at ?? undefined,
    lines: from.items.flatMap(({ sku, quantity }) => {
      const text = filled(sku);
      return text === undefined ? [] : [{ sku: text, quantity: decimalOf(quantity, 'fulfillment.items') }];
    }),
    changedAt: from.updated_at,
  };
  const labels = from.labels.length > 0 ? from.labels : [undefined];
  return labels.map((label, index) => ({
    ...shared,
    source: { connection, id: index === 0 ? from.id : `${from.id}:${label?.id ?? index}` },
    trackingNumber: filled(label?.tracking_number),
    trackingUrl: label?.tracking_url && label.tracking_url !== '#' ? label.tracking_url : undefined,
    lines: index === 0 ? shared.lines : [],
  }));
}

export function paymentOf(
  from: MedusaPayment,
  order: string,
  currency: string,
  connection: string,
): Order['payments'][number] {
  const total = amount(from.amount, currency, 'payment.amount');
  const of = (parts: readonly { amount: string | number }[]): number =>
    sum(
      parts.map((part) => amount(part.amount, currency, 'payment')),
      currency,
    ).amount;
  const back = of(from.refunds);
  const state = from.canceled_at
    ? 'failed'
    : back > 0 && back >= of(from.captures)
      ? 'refunded'
      : from.captured_at
        ? 'paid'
        : 'authorized';
  return {
    source: { connection, id: from.id },
    order,
    method: from.provider_id,
    amount: total,
    state,
    ...(from.captured_at ? { paidAt: from.captured_at } : {}),
  };
}
