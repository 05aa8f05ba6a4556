import type { Order, OrderCharge, OrderLine, Shipment } from '../../commerce/model.ts';
import { type Money, subtract, sum, type Taxed } from '../../commerce/money.ts';
import type { OrderStatus } from '../../commerce/status.ts';
import { cut, filled } from '../answer.ts';
import { settle } from '../settled.ts';
import { majorOf, moneyOf, nearestRate, pointsOf, taxedOf } from './amount.ts';
import { addressOf, hasPlace, nameOf, personOf } from './customer-map.ts';
import { instantOf, latestIn } from './moment.ts';
import type { ShopTraits } from './settings.ts';
import type { VendureOrder } from './shape.ts';

type Line = VendureOrder['lines'][number];
type Fulfillment = NonNullable<VendureOrder['fulfillments']>[number];
type Payment = NonNullable<VendureOrder['payments']>[number];

/** The default order process; a shop may have states of its own, which stay in `native`. */
const STATES: Readonly<Record<string, OrderStatus['order']>> = {
  Created: 'draft',
  Draft: 'draft',
  AddingItems: 'draft',
  ArrangingPayment: 'draft',
  PaymentAuthorized: 'processing',
  PaymentSettled: 'processing',
  PartiallyShipped: 'processing',
  Shipped: 'processing',
  PartiallyDelivered: 'processing',
  Delivered: 'completed',
  Modifying: 'on-hold',
  ArrangingAdditionalPayment: 'on-hold',
  Cancelled: 'cancelled',
};

const SENT = new Set(['Shipped', 'Delivered']);
export const isVoid = ({ state }: { readonly state: string }): boolean => state === 'Cancelled';

/** Pieces of a row in fulfilments that the test holds for. */
export function piecesIn(order: VendureOrder, line: Line, counts: (one: Fulfillment) => boolean): number {
  return (order.fulfillments ?? [])
    .filter(counts)
    .flatMap((one) => one.lines)
    .reduce((total, one) => (one.orderLineId === line.id ? total + one.quantity : total), 0);
}

/** By what has been drawn and given back; an order's own state says nothing of it once it is sent or cancelled. */
function paymentState(order: VendureOrder): OrderStatus['payment'] {
  const payments = order.payments ?? [];
  const amountOf = (state: string): number =>
    payments.filter((one) => one.state === state).reduce((total, one) => total + one.amount, 0);
  const drawn = payments.filter((one) => one.state === 'Settled');
  const back = payments
    .flatMap((one) => one.refunds)
    .reduce((total, one) => (one.state === 'Settled' ? total + one.total : total), 0);
  const paid = amountOf('Settled');
  if (back > 0) return back >= paid ? 'refunded' : 'partly-refunded';
  if (drawn.length > 0) return paid >= order.totalWithTax ? 'paid' : 'partly-paid';
  if (payments.some((one) => one.state === 'Authorized')) return 'authorized';
  return payments.some((one) => one.state === 'Declined' || one.state === 'Error') ? 'failed' : 'unpaid';
}

/** By pieces. Vendure takes pieces off the row when they are cancelled, sent ones too: then they came back. */
function fulfilmentState(order: VendureOrder): OrderStatus['fulfilment'] {
  const pieces = (counts: (one: Fulfillment) => boolean): number =>
    order.lines.reduce((total, line) => total + piecesIn(order, line, counts), 0);
  const wanted = order.lines.reduce((total, line) => total + line.quantity, 0);
  const sent = pieces((one) => SENT.has(one.state));
  if (sent === 0) return 'unfulfilled';
  if (wanted === 0) return 'returned';
  if (sent < wanted) return 'partly-fulfilled';
  return pieces((one) => one.state === 'Delivered') >= wanted ? 'delivered' : 'fulfilled';
}

export function statusFromVendure(order: VendureOrder): OrderStatus {
  return {
    order: (Object.hasOwn(STATES, order.state) ? STATES[order.state] : undefined) ?? 'unknown',
    payment: paymentState(order),
    fulfilment: fulfilmentState(order),
    invoice: 'unknown',
    native: cut(order.state, 200),
  };
}

function lineOf(line: Line, order: VendureOrder, traits: ShopTraits): OrderLine {
  const { currencyCode: currency } = order;
  const { pricesIncludeTax } = traits;
  const decimals = traits.settings.priceDecimals;
  const total = taxedOf(line.proratedLinePrice, line.proratedLinePriceWithTax, currency, decimals);
  const full = moneyOf(pricesIncludeTax ? line.linePriceWithTax : line.linePrice, currency, decimals);
  const { productVariant: variant } = line;
  return {
    id: line.id,
    sku: filled(variant.sku),
    productId: variant.id,
    kind: variant.options.length > 0 ? 'variant' : 'simple',
    name: cut(variant.name.trim(), 1000),
    quantity: String(line.quantity),
    unitPrice: majorOf(pricesIncludeTax ? line.unitPriceWithTax : line.unitPrice, decimals),
    discount: subtract(full, pricesIncludeTax ? total.gross : total.net),
    taxRate: pointsOf(line.taxRate),
    total,
    delivered: String(piecesIn(order, line, (one) => SENT.has(one.state))),
    extra: { placedQuantity: line.orderPlacedQuantity },
  };
}

const charge = (id: string, name: string, method: string | undefined, taxRate: number, total: Taxed): OrderCharge => ({
  id,
  name: cut(name, 500),
  method,
  taxRate,
  total,
});

function freightOf(order: VendureOrder, decimals: number): OrderCharge[] {
  const rates = order.taxSummary.map((tax) => pointsOf(tax.taxRate));
  return order.shippingLines.map(({ id, discountedPrice, discountedPriceWithTax, shippingMethod }) => {
    const total = taxedOf(discountedPrice, discountedPriceWithTax, order.currencyCode, decimals);
    const name = filled(shippingMethod?.name) ?? 'Frakt';
    return charge(id, name, filled(shippingMethod?.code), nearestRate(total, rates), total);
  });
}

function shipmentsOf(order: VendureOrder, connection: string): Shipment[] {
  return (order.fulfillments ?? []).slice(0, 200).map((one) => ({
    source: { connection, id: one.id },
    order: order.id,
    state: shipmentState(one.state),
    carrier: filled(one.method),
    trackingNumber: filled(one.trackingCode),
    lines: one.lines.flatMap(({ orderLineId, quantity }) => {
      const sku = filled(order.lines.find((line) => line.id === orderLineId)?.productVariant.sku);
      return sku === undefined ? [] : [{ sku, quantity: String(quantity) }];
    }),
    // the last change of a fulfilment is the one that brought it where it is
    ...(one.state === 'Shipped' ? { sentAt: one.updatedAt } : {}),
    ...(one.state === 'Delivered' ? { deliveredAt: one.updatedAt } : {}),
    changedAt: one.updatedAt,
  }));
}

function shipmentState(state: string): Shipment['state'] {
  if (state === 'Shipped') return 'sent';
  if (state === 'Delivered') return 'delivered';
  return state === 'Cancelled' ? 'cancelled' : 'pending';
}

function paymentOf(payment: Payment, order: VendureOrder, traits: ShopTraits): Order['payments'][number] {
  const back = payment.refunds.reduce((total, one) => (one.state === 'Settled' ? total + one.total : total), 0);
  const settled = back > 0 && back >= payment.amount ? 'refunded' : 'paid';
  const states = { Settled: settled, Authorized: 'authorized', Declined: 'failed', Error: 'failed' } as const;
  const state = Object.hasOwn(states, payment.state) ? states[payment.state as keyof typeof states] : 'pending';
  return {
    source: { connection: traits.connection, id: payment.id },
    order: order.id,
    method: filled(payment.method) ?? 'unknown',
    amount: moneyOf(payment.amount, order.currencyCode, traits.settings.priceDecimals),
    state,
    transactionId: filled(payment.transactionId),
    ...(payment.state === 'Settled' ? { paidAt: payment.updatedAt } : {}),
  };
}

/** What promotions took off, by name; what was cancelled is told among the discounts too and is none. */
function discountsOf(order: VendureOrder, decimals: number): Order['discounts'] {
  const { currencyCode: currency } = order;
  const byCode = new Map<string, { amount: Money[]; tax: Money[] }>();
  for (const one of order.discounts.filter(({ type }) => type.includes('PROMOTION'))) {
    const code = filled(one.description) ?? 'discount';
    const net = moneyOf(-one.amount, currency, decimals);
    const so = byCode.get(code) ?? { amount: [], tax: [] };
    so.amount.push(net);
    so.tax.push(subtract(moneyOf(-one.amountWithTax, currency, decimals), net));
    byCode.set(code, so);
  }
  return [...byCode].slice(0, 100).map(([code, { amount, tax }]) => ({
    code,
    amount: sum(amount, currency),
    tax: sum(tax, currency),
  }));
}

/** Guests are customers too in Vendure; an order whose customer was deleted is known by itself. */
function buyerOf(order: VendureOrder) {
  return (
    order.customer ?? { id: `order-${order.id}`, firstName: '', lastName: '', emailAddress: '', phoneNumber: null }
  );
}

export function orderFromVendure(from: VendureOrder, traits: ShopTraits): Order {
  const decimals = traits.settings.priceDecimals;
  const buyer = buyerOf(from);
  const shipping = addressOf(from.shippingAddress, nameOf(buyer));
  const own = addressOf(from.billingAddress, nameOf(buyer));
  // shops that ask for one address keep it as the one goods go to
  const billing = hasPlace(own) ? own : shipping;
  const lines = from.lines.map((line) => lineOf(line, from, traits));
  const freight = freightOf(from, decimals);
  const fees = from.surcharges.map(({ id, description, sku, price, priceWithTax, taxRate }) => {
    const total = taxedOf(price, priceWithTax, from.currencyCode, decimals);
    return charge(id, filled(description) ?? 'Avgift', filled(sku), pointsOf(taxRate), total);
  });
  const totals = taxedOf(from.total, from.totalWithTax, from.currencyCode, decimals);
  settle([...lines, ...freight, ...fees], totals);
  return {
    source: { connection: traits.connection, id: from.id },
    number: from.code,
    placedAt: from.orderPlacedAt ?? from.updatedAt,
    changedAt: instantOf(latestIn(from)),
    currency: from.currencyCode,
    status: statusFromVendure(from),
    customer: personOf(buyer, billing, shipping, traits),
    billing,
    shipping: hasPlace(shipping) ? shipping : undefined,
    lines,
    freight,
    fees,
    discounts: discountsOf(from, decimals),
    payments: (from.payments ?? []).slice(0, 100).map((one) => paymentOf(one, from, traits)),
    shipments: shipmentsOf(from, traits.connection),
    totals,
    pricesIncludeTax: traits.pricesIncludeTax,
    invoiceNumbers: [],
    extra: { couponCodes: from.couponCodes },
  };
}
