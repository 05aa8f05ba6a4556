import type { JsonObject } from '#runtime/json.ts';
import { type Decimal, decimalOf, decimalText, divideHalfUp, rescale, scaledOf } from '../../commerce/decimal.ts';
import type { Customer, Order, OrderCharge, OrderLine } from '../../commerce/model.ts';
import { exponentOf, type Money, money, perUnit, subtract, sum, type Taxed, taxed } from '../../commerce/money.ts';
import { cut, filled } from '../answer.ts';
import { settle } from '../settled.ts';
import { addressOf, metaText, plainMeta, REFERENCE_KEY } from './customer-map.ts';
import { latest } from './list.ts';
import type { Traits } from './settings.ts';
import type { MedusaCharge, MedusaItem, MedusaOrder } from './shape.ts';
import { amount, paymentOf, shipmentsOf, statusOf } from './status-map.ts';

/** Per cent as hundredths of one. */
export function basisPoints(rates: readonly (string | number)[]): number {
  const points = rates.map((rate) => {
    const { units, scale } = scaledOf(rate, 'tax rate');
    return Number(divideHalfUp(units * 100n, 10n ** BigInt(scale)));
  });
  return Math.min(
    points.reduce((a, b) => a + b, 0),
    10_000,
  );
}

function taxedOf(charge: MedusaCharge, currency: string, field: string): Taxed {
  const gross = amount(charge.total, currency, `${field}.total`);
  const tax = amount(charge.tax_total, currency, `${field}.tax_total`);
  return taxed(subtract(gross, tax), tax);
}

/** Returned goods are out of Medusa's totals, and so out of the quantity. */
function quantityOf(item: MedusaItem, field: string): Decimal {
  const parts = [item.quantity, item.detail.return_received_quantity, item.detail.return_dismissed_quantity];
  const [all = 0n, ...gone] = parts.map((part) => rescale(scaledOf(part, `${field}.quantity`), 6));
  return decimalText({ units: gone.reduce((left, one) => left - one, all), scale: 6 });
}

/** What the buyer saw: the variant's name stands beside its product's, unless it says the same. */
function nameOf(item: MedusaItem): string {
  const title = filled(item.title) ?? filled(item.product_title) ?? '';
  const variant = filled(item.variant_title);
  const own = title !== filled(item.product_title) || variant === undefined || variant === title;
  return cut(own || /^(default|standard)\b/i.test(variant) ? title : `${title}, ${variant}`, 1000);
}

function lineOf(item: MedusaItem, index: number, currency: string, withTax: boolean): OrderLine {
  const field = `order.items[${index}]`;
  const total = taxedOf(item, currency, field);
  const original = amount(item.original_total, currency, `${field}.original_total`);
  const originalTax = amount(item.original_tax_total, currency, `${field}.original_tax_total`);
  const full = withTax ? original : subtract(original, originalTax);
  const quantity = quantityOf(item, field);
  const name = nameOf(item);
  return {
    id: item.id,
    sku: filled(item.variant_sku),
    productId: filled(item.variant_id),
    kind: 'simple',
    name,
    quantity,
    // an order may mix rows of both kinds, while ours has one
    unitPrice:
      item.is_tax_inclusive === withTax ? decimalOf(item.unit_price, `${field}.unit_price`) : perUnit(full, quantity),
    discount: subtract(full, withTax ? total.gross : total.net),
    taxRate: basisPoints(item.tax_lines.map((line) => line.rate)),
    total,
    delivered: decimalOf(item.detail.shipped_quantity, `${field}.detail`),
    extra: { meta: plainMeta(item.metadata) },
  };
}

function chargesOf(from: MedusaOrder, currency: string): OrderCharge[] {
  return from.shipping_methods.map((method, index) => ({
    id: method.id,
    name: filled(method.name) ?? 'Frakt',
    method: filled(method.shipping_option_id),
    taxRate: basisPoints(method.tax_lines.map((line) => line.rate)),
    total: taxedOf(method, currency, `order.shipping_methods[${index}]`),
  }));
}

/** Credit taken off the whole order, which Medusa knows without tax. */
function creditOf(from: MedusaOrder, currency: string): OrderCharge[] {
  const credit = amount(from.credit_line_total, currency, 'order.credit_line_total');
  if (credit.amount === 0) return [];
  return [
    { id: 'credit', name: 'Tillgodo', taxRate: 0, total: taxed(money(-credit.amount, currency), money(0, currency)) },
  ];
}

/** Guests are customers of Medusa too; only an order without an e-mail has none. */
function buyerOf(from: MedusaOrder, billing: Order['billing'], traits: Traits): Customer {
  const { customer } = from;
  const metas = [from.metadata, from.billing_address?.metadata, customer?.metadata];
  const read = (keys: readonly string[]): string | undefined =>
    metas.reduce<string | undefined>((found, meta) => found ?? metaText(meta, keys), undefined);
  const company = billing.company ?? filled(customer?.company_name);
  const firstName = billing.firstName ?? filled(customer?.first_name);
  const lastName = billing.lastName ?? filled(customer?.last_name);
  const email = filled(from.email);
  return {
    source: { connection: traits.connection, id: filled(from.customer_id) ?? `guest-order:${from.id}` },
    number: metaText(customer?.metadata, traits.customerNumberKeys),
    kind: company === undefined ? 'private' : 'company',
    name: company ?? filled(`${firstName ?? ''} ${lastName ?? ''}`) ?? email ?? `Order ${from.display_id}`,
    firstName,
    lastName,
    email,
    phone: billing.phone,
    organisationNumber: read(traits.organisationNumberKeys),
    vatNumber: read(traits.vatNumberKeys),
    billing,
  };
}

function discountsOf(from: MedusaOrder, currency: string): Order['discounts'] {
  const codes = new Map<string, Money[]>();
  for (const { adjustments } of [...from.items, ...from.shipping_methods])
    for (const one of adjustments) {
      const code = filled(one.code) ?? 'rabatt';
      codes.set(code, [...(codes.get(code) ?? []), amount(one.amount, currency, 'order.adjustments')]);
    }
  return [...codes].map(([code, amounts]) => ({ code, amount: sum(amounts, currency) }));
}

/** Every clock of the order: a capture moves its payments', and not the order's own. */
function clocksOf(from: MedusaOrder): string[] {
  const payments = from.payment_collections.flatMap((one) => [one, ...one.payments]);
  return [from, ...payments, ...from.fulfillments].map((one) => one.updated_at);
}

/** Names the state the order is in by all of its clocks. */
export function stampOfOrder(from: MedusaOrder): string {
  const payments = from.payment_collections.flatMap((one) => [one, ...one.payments]);
  const last = (all: readonly { updated_at: string }[]): string =>
    all.length === 0 ? '' : latest(all.map((one) => one.updated_at));
  return `${from.updated_at}/${last(payments)}/${last(from.fulfillments)}`;
}

export function orderFromMedusa(from: MedusaOrder, traits: Traits): Order {
  const currency = from.currency_code.toUpperCase();
  const gross = amount(from.total, currency, 'order.total');
  const tax = amount(from.tax_total, currency, 'order.tax_total');
  const totals = taxed(subtract(gross, tax), tax);
  const withTax = from.items.length > 0 && from.items.every((item) => item.is_tax_inclusive);
  const lines = from.items.map((item, index) => lineOf(item, index, currency, withTax));
  const freight = chargesOf(from, currency);
  const fees = creditOf(from, currency);
  settle([...lines, ...freight], subtractTaxed(totals, fees));
  const shipping = from.shipping_address ? addressOf(from.shipping_address) : undefined;
  const billing = from.billing_address ? addressOf(from.billing_address) : (shipping ?? {});
  return {
    source: { connection: traits.connection, id: from.id },
    number: filled(from.custom_display_id) ?? String(from.display_id),
    placedAt: from.created_at,
    changedAt: latest(clocksOf(from)),
    currency,
    status: statusOf(from, gross),
    customer: { ...buyerOf(from, billing, traits), ...(shipping ? { shipping } : {}) },
    billing,
    shipping,
    lines,
    freight,
    fees,
    discounts: discountsOf(from, currency),
    payments: from.payment_collections.flatMap(({ payments }) =>
      payments.map((payment) => paymentOf(payment, from.id, currency, traits.connection)),
    ),
    shipments: from.fulfillments.flatMap((one) => shipmentsOf(one, from.id, traits.connection)),
    totals,
    pricesIncludeTax: withTax,
    note: metaText(from.metadata, traits.noteKeys),
    invoiceNumbers: [],
    reference: metaText(from.metadata, [REFERENCE_KEY]),
    language: filled(from.locale),
    extra: { fulfillmentStatus: from.fulfillment_status, meta: plainMeta(from.metadata) } satisfies JsonObject,
  };
}

function subtractTaxed(totals: Taxed, parts: readonly OrderCharge[]): Taxed {
  return parts.reduce((left, { total }) => taxed(subtract(left.net, total.net), subtract(left.tax, total.tax)), totals);
}

/** An amount without its tax as Medusa takes it: so many decimals that the tax put on again gives the amount. */
export function netNumber(gross: Money, rate: number, quantity: Decimal): number {
  const places = 12;
  const by = scaledOf(quantity);
  const top = BigInt(gross.amount) * 10_000n * 10n ** BigInt(places + by.scale - exponentOf(gross.currency));
  return Number(decimalText({ units: divideHalfUp(top, BigInt(10_000 + rate) * by.units), scale: places }));
}
