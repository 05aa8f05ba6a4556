import { expect, test } from 'vitest';
import { Customer, Order, Price, Product, StockLevel } from '../../commerce/model.ts';
import { sumTaxed } from '../../commerce/money.ts';
import { nearestRate, wholeOf } from './amount.ts';
import { addressToVendure, customerFromVendure, personToVendure, standsAs } from './customer-map.ts';
import customerAnswer from './fixtures/customer.json' with { type: 'json' };
import orderAnswers from './fixtures/orders.json' with { type: 'json' };
import variantAnswer from './fixtures/variants.json' with { type: 'json' };
import { orderFromVendure } from './map.ts';
import { instantOf, latestIn, stampOf } from './moment.ts';
import {
  channelPrice,
  levelFromVendure,
  pricesFromVendure,
  productFromVendure,
  slugOf,
  wholePieces,
} from './product-map.ts';
import { type ShopTraits, VendureSettings } from './settings.ts';
import { VendureCustomer, VendureOrder, VendureVariant } from './shape.ts';

const traits: ShopTraits = {
  connection: 'shop',
  settings: VendureSettings.parse({
    url: 'https://shop.example/admin-api',
    organisationNumberField: 'organisationNumber',
    vatNumberField: 'vatNumber',
  }),
  pricesIncludeTax: true,
};

type Named = keyof typeof orderAnswers;

function read(name: Named, change: Partial<Record<keyof VendureOrder, unknown>> = {}): Order {
  const order = VendureOrder.parse({ ...orderAnswers[name].data.order, ...change });
  return Order.parse(orderFromVendure(order, traits));
}

const variant = VendureVariant.parse(variantAnswer.data.productVariants.items[0]);

test('an order is read with its buyer, rows, rates, discount and freight, to the öre', () => {
  const order = read('reserved');
  expect(order).toMatchObject({
    currency: 'SEK',
    status: { order: 'processing', payment: 'authorized', fulfilment: 'unfulfilled', native: 'PaymentAuthorized' },
    customer: {
      kind: 'company',
      name: 'Öbergs Kök AB',
      firstName: 'Åsa',
      lastName: 'Öberg Ek',
      email: 'asa@example.se',
    },
    billing: { company: 'Öbergs Kök AB', street: 'Åsögatan 12 B', postalCode: '118 29', country: 'SE' },
    shipping: { firstName: 'Åsa', lastName: 'Öberg Ek', street: 'Lagergränd 3' },
    totals: { gross: { amount: 68_143, currency: 'SEK' }, net: { amount: 59_365 } },
    freight: [{ name: 'PostNord Mypack', taxRate: 2500, total: { gross: { amount: 4900 }, tax: { amount: 980 } } }],
    discounts: [{ code: 'HÖST1337', amount: { amount: 1172 }, tax: { amount: 165 } }],
    payments: [{ method: 'card', state: 'authorized', amount: { amount: 68_143 } }],
    pricesIncludeTax: true,
  });
  expect(
    order.lines.map((line) => [line.sku, line.quantity, line.unitPrice, line.discount.amount, line.taxRate]),
  ).toEqual([
    ['KOPP-1', '3', '79', 491, 2500],
    ['BOK-1', '1', '229', 474, 600],
    ['KAFFE-1', '2', '89.9', 372, 1200],
  ]);
});

test('the parts of every recorded order add up to its total', () => {
  for (const name of Object.keys(orderAnswers) as Named[]) {
    const order = read(name);
    const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total);
    expect([name, sumTaxed(parts, 'SEK')]).toEqual([name, order.totals]);
  }
});

test('an order of which some has been sent says so, piece by piece', () => {
  const order = read('partlyShipped');
  expect(order.status).toMatchObject({ order: 'processing', payment: 'paid', fulfilment: 'partly-fulfilled' });
  expect(order.lines.map((line) => line.delivered)).toEqual(['2', '0', '0']);
  expect(order.shipments).toMatchObject([
    { state: 'sent', carrier: 'PostNord', trackingNumber: 'PN 1 ÅÄÖ', lines: [{ sku: 'KOPP-1', quantity: '2' }] },
  ]);
});

test('money given back is read from the refunds, since the order’s state says nothing of it', () => {
  const order = read('deliveredPartlyRefunded');
  expect(order.status).toMatchObject({
    order: 'completed',
    payment: 'partly-refunded',
    fulfilment: 'delivered',
    native: 'Delivered',
  });
  expect(order.shipments).toMatchObject([{ state: 'delivered' }]);
  const pending = structuredClone(orderAnswers.deliveredPartlyRefunded.data.order);
  for (const payment of pending.payments) for (const refund of payment.refunds) refund.state = 'Pending';
  expect(read('deliveredPartlyRefunded', pending).status.payment).toBe('paid');
});

test('a cancelled order has no pieces and no total left, and its rows tell what was placed', () => {
  const order = read('cancelledRefunded');
  expect(order.status).toMatchObject({ order: 'cancelled', payment: 'refunded', fulfilment: 'unfulfilled' });
  expect(order.totals.gross.amount).toBe(0);
  expect(order.lines.map((line) => [line.quantity, line.extra?.['placedQuantity']])).toEqual([
    ['0', 3],
    ['0', 1],
    ['0', 2],
  ]);
  expect(order.discounts).toEqual([]);
});

test('pieces that were cancelled after they had been sent came back', () => {
  const sent = orderAnswers.deliveredPartlyRefunded.data.order;
  const lines = sent.lines.map((line) => ({ ...line, quantity: 0 }));
  expect(read('deliveredPartlyRefunded', { lines, state: 'Cancelled' }).status.fulfilment).toBe('returned');
});

test('a fulfilment that was called off sent nothing', () => {
  const [one] = orderAnswers.partlyShipped.data.order.fulfillments;
  const order = read('partlyShipped', { fulfillments: [{ ...one, state: 'Cancelled' }] });
  expect(order.status.fulfilment).toBe('unfulfilled');
  expect(order.shipments).toMatchObject([{ state: 'cancelled' }]);
});

test('surcharges are fees of their own rate, and may be less than nothing', () => {
  const order = read('modifiedWithSurcharges');
  expect(order.status).toMatchObject({ order: 'on-hold', payment: 'partly-paid', native: 'Modifying' });
  expect(order.fees.map((fee) => [fee.name, fee.taxRate, fee.total.gross.amount, fee.total.net.amount])).toEqual([
    ['Presentinslagning', 1200, 1500, 1339],
    ['Vänrabatt', 2500, -1000, -800],
  ]);
});

test('a state of the shop’s own is unknown by our words and known by its own', () => {
  expect(read('reserved', { state: 'Packing' }).status).toMatchObject({ order: 'unknown', native: 'Packing' });
  expect(read('reserved', { state: 'constructor' }).status.order).toBe('unknown');
});

test('a payment that was declined leaves the order unpaid or failed, never paid', () => {
  const [payment] = orderAnswers.reserved.data.order.payments;
  const states = ['Declined', 'Error', 'Cancelled', 'Created'].map(
    (state) => read('reserved', { payments: [{ ...payment, state }] }).status.payment,
  );
  expect(states).toEqual(['failed', 'failed', 'unpaid', 'unpaid']);
  expect(read('reserved', { payments: [] }).status.payment).toBe('unpaid');
});

test('an order is as new as the newest of its payments, fulfilments and events, not as its own stamp', () => {
  const order = orderAnswers.reserved.data.order;
  const fulfillments = [
    { ...orderAnswers.partlyShipped.data.order.fulfillments[0], updatedAt: '2026-11-28T10:00:00.000Z' },
  ];
  expect(read('reserved', { fulfillments }).changedAt).toBe('2026-11-28T10:00:00.000Z');
  const payments = structuredClone(orderAnswers.deliveredPartlyRefunded.data.order.payments);
  const [refund] = payments[0]?.refunds ?? [];
  if (refund) refund.updatedAt = '2026-12-01T10:00:00.000Z';
  expect(read('reserved', { payments }).changedAt).toBe('2026-12-01T10:00:00.000Z');
  expect(Date.parse(read('reserved').changedAt ?? '')).toBeGreaterThanOrEqual(Date.parse(order.updatedAt));
});

test('a state has one name in whatever order its parts come, and each change of it another', () => {
  const order = orderAnswers.partlyShipped.data.order;
  expect(stampOf({ ...order, lines: order.lines.toReversed() })).toBe(stampOf(order));
  // an article and a customer that are called something else are no change of their orders; another customer is
  const renamed = order.lines.map((line) => ({ ...line, productVariant: { ...line.productVariant, name: 'Ny' } }));
  expect(stampOf({ ...order, lines: renamed })).toBe(stampOf(order));
  const { customer } = order as { customer?: { id: string } | null };
  expect(customer?.id).toBeDefined();
  expect(stampOf({ ...order, customer: { ...customer, firstName: 'Åsa' } } as never)).toBe(stampOf(order));
  expect(stampOf({ ...order, customer: { ...customer, id: '4711' } } as never)).not.toBe(stampOf(order));
  const [fulfillment] = order.fulfillments;
  // within the same second, so that no time tells them apart
  expect(stampOf({ ...order, fulfillments: [{ ...fulfillment, state: 'Delivered' }] as never })).not.toBe(
    stampOf(order),
  );
});

test('a deleted customer’s order is still read, by its address', () => {
  const order = read('reserved', { customer: null });
  expect(order.customer).toMatchObject({
    name: 'Öbergs Kök AB',
    kind: 'company',
    source: { id: `order-${order.source.id}` },
  });
});

test('a customer is read with the numbers the shop keeps in fields of its own', () => {
  const from = VendureCustomer.parse(customerAnswer.data.customer);
  const customer = Customer.parse(customerFromVendure(from, instantOf(latestIn(from)), traits));
  expect(customer).toMatchObject({
    kind: 'company',
    name: 'Guns Kök AB',
    email: 'gun@example.se',
    organisationNumber: '556677-8899',
    vatNumber: 'SE556677889901',
    billing: { firstName: 'Åsa', lastName: 'Öberg Ek', country: 'SE' },
    shipping: { street: 'Lagergränd 3' },
  });
  const without = { ...traits, settings: VendureSettings.parse({ url: 'https://shop.example/admin-api' }) };
  expect(customerFromVendure(from, instantOf(0), without).organisationNumber).toBeUndefined();
  expect(personToVendure(customer, without.settings)).not.toHaveProperty('customFields');
});

test('an address that stands as it should is not written again', () => {
  const from = VendureCustomer.parse(customerAnswer.data.customer);
  const customer = customerFromVendure(from, instantOf(0), traits);
  const [billing] = from.addresses ?? [];
  if (!billing || !customer.billing) throw new Error('the recorded customer has an address');
  expect(standsAs(billing, addressToVendure(customer.billing, customer, traits.settings))).toBe(true);
  const moved = { ...customer.billing, city: 'Östersund' };
  expect(standsAs(billing, addressToVendure(moved, customer, traits.settings))).toBe(false);
});

test('a variant is read as a product, a balance and a price', () => {
  expect(Product.parse(productFromVendure(variant, instantOf(0), traits))).toMatchObject({
    sku: 'KAFFE-1',
    name: 'Kaffe 500 g',
    kind: 'simple',
    active: true,
    price: '89.9',
    priceIncludesTax: true,
    taxRate: 1200,
    taxClass: 'Moms 12',
    stockTracked: true,
  });
  const [level] = levelFromVendure(variant, instantOf(0), traits);
  // three orders hold six of them, and those sent or cancelled none any more
  const held = variant.stockLevels[0]?.stockAllocated ?? 0;
  expect(StockLevel.parse(level)).toMatchObject({ onHand: '1000000', available: String(1_000_000 - held) });
  expect(pricesFromVendure(variant, instantOf(0), traits).map((price) => Price.parse(price))).toMatchObject([
    { price: '89.9', currency: 'SEK', includesTax: true },
  ]);
});

test('what is not tracked has no balance, and a product that is hidden hides its variants', () => {
  expect(levelFromVendure({ ...variant, trackInventory: 'FALSE' }, instantOf(0), traits)).toEqual([]);
  const hidden = { ...variant, product: { ...variant.product, enabled: false } };
  expect(productFromVendure(hidden, instantOf(0), traits).active).toBe(false);
});

test('prices become whole numbers, rounded half away from zero, and are bridged over tax', () => {
  expect([wholeOf('12.345', 2), wholeOf('-12.345', 2), wholeOf('0.004', 2), wholeOf('1.2345', 3)]).toEqual([
    1235, -1235, 0, 1235,
  ]);
  expect(channelPrice('100', { includesTax: false, taxRate: 2500, currency: 'SEK' }, traits)).toBe(12_500);
  expect(channelPrice('100', {}, traits)).toBe(10_000);
  expect(() => channelPrice('100', { includesTax: false }, traits)).toThrow('tax rate is not known');
});

test('the rate of a freight is the one of the order’s rates that its tax fits', () => {
  const part = (net: number, tax: number) => ({
    net: { amount: net, currency: 'SEK' },
    tax: { amount: tax, currency: 'SEK' },
    gross: { amount: net + tax, currency: 'SEK' },
  });
  expect(nearestRate(part(3137, 784), [600, 1200, 2500])).toBe(2500);
  expect(nearestRate(part(3137, 188), [600, 1200, 2500])).toBe(600);
  expect(nearestRate(part(100, 0), [])).toBe(0);
});

test('a balance is whole pieces, rounded down, and never below none', () => {
  expect(['2.9', '0', '-3', '-0.5'].map(wholePieces)).toEqual([2, 0, 0, 0]);
});

test('a product’s address in the shop is made of plain letters and ends in the reference', () => {
  expect(slugOf('Kräftskål “Ängö” 🦞', 'abcdefghijklmnopqrstuvwx')).toBe('kraftskal-ango-abcdefghijkl');
  expect(slugOf('🦞', 'abcdefghijklmnopqrstuvwx')).toBe('p-abcdefghijkl');
});
