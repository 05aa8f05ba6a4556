import { expect, test } from 'vitest';
import { Customer, Order, Price, Product, StockLevel } from '../../commerce/model.ts';
import { money, splitGross, sumTaxed } from '../../commerce/money.ts';
import { customerFromMedusa, customerToMedusa } from './customer-map.ts';
import customerFixture from './fixtures/customer.json' with { type: 'json' };
import inventoryFixture from './fixtures/inventory.json' with { type: 'json' };
import orderFixture from './fixtures/order.json' with { type: 'json' };
import placedFixture from './fixtures/order-placed.json' with { type: 'json' };
import productFixture from './fixtures/product.json' with { type: 'json' };
import { basisPoints, netNumber, orderFromMedusa, stampOfOrder } from './map.ts';
import {
  goodsOf,
  handleOf,
  levelsFromMedusa,
  parentFromMedusa,
  pricesFromMedusa,
  pricesOf,
  productFromMedusa,
  shopPrice,
  withPrice,
} from './product-map.ts';
import { MedusaSettings, traitsFrom } from './settings.ts';
import { MedusaCustomer, MedusaInventory, MedusaOrder, MedusaProduct } from './shape.ts';
import type { Shop } from './shop.ts';

const traits = traitsFrom('shop', MedusaSettings.parse({ url: 'https://shop.example.se' }));
const shop: Shop = {
  pricesIncludeTax: false,
  rateOf: () => 1200,
  typeFor: () => null,
  shippingRate: () => 2500,
};
const sek = (amount: number) => money(amount, 'SEK');
const read = (fixture: unknown): Order => Order.parse(orderFromMedusa(MedusaOrder.parse(fixture), traits));
const withOrder = (change: object): unknown => ({ ...structuredClone(placedFixture.order), ...change });

test('an order’s amounts, which Medusa rounds nowhere, become whole öre that add up to its total', () => {
  const order = read(placedFixture.order);
  // 354.84498565279773 and 47.3849856527977 in the answer
  expect(order.totals).toEqual({ net: sek(30746), tax: sek(4738), gross: sek(35484) });
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total);
  expect(sumTaxed(parts, 'SEK')).toEqual(order.totals);
  expect(order.pricesIncludeTax).toBe(false);
  expect(order.lines.map((line) => [line.sku?.slice(0, 5), line.quantity, line.unitPrice, line.taxRate])).toEqual([
    ['KAFFE', '3', '79.5', 1200],
    ['MUGG-', '1', '33.33', 2500],
  ]);
  expect(order.freight).toMatchObject([
    { name: 'PostNord', taxRate: 2500, total: { net: sek(4900), gross: sek(6125) } },
  ]);
});

test('a discount stands in the rows, before tax as the prices are, and its code beside them', () => {
  const order = read(placedFixture.order);
  const discounts = order.lines.map((line) => line.discount.amount);
  expect(discounts.reduce((all, one) => all + one, 0)).toBe(1337);
  expect(order.discounts).toMatchObject([{ amount: sek(1337) }]);
  for (const line of order.lines) {
    const full = Math.round(Number(line.unitPrice) * Number(line.quantity) * 100);
    expect(Math.abs(full - line.discount.amount - line.total.net.amount)).toBeLessThanOrEqual(1);
  }
});

test('the buyer, both addresses, the message and the organisation number are read from where storefronts put them', () => {
  const order = read(placedFixture.order);
  expect(order.customer).toMatchObject({
    kind: 'company',
    name: 'Ærlig & Söner AB',
    email: 'asa@example.se',
    organisationNumber: '556677-8899',
  });
  expect(order.billing).toMatchObject({ street: 'Åsögatan 12 B', postalCode: '118 29', city: 'Malmö', country: 'SE' });
  expect(order.shipping).toMatchObject({ street: 'Lagergränd 3, port “C”' });
  expect(order.note).toBe('Ställ vid dörren 🚪');
});

test('a row is named by its product and, where it says more, by its variant', () => {
  expect(read(placedFixture.order).lines.map((line) => line.name)).toEqual([
    'Kräftskål “Ängö” 🦞, 250 g',
    expect.stringMatching(/^P MUGG-/),
  ]);
});

test('placed, packed, sent in part, paid back in part: each axis tells its own', () => {
  expect(read(placedFixture.order).status).toEqual({
    order: 'open',
    payment: 'authorized',
    fulfilment: 'unfulfilled',
    invoice: 'unknown',
    native: 'pending',
  });
  expect(read(orderFixture.order).status).toMatchObject({ payment: 'partly-refunded', fulfilment: 'partly-fulfilled' });
  const packed = read(withOrder({ fulfillment_status: 'fulfilled', status: 'canceled' }));
  expect(packed.status).toMatchObject({ order: 'cancelled', fulfilment: 'unfulfilled' });
  expect(read(withOrder({ fulfillment_status: 'something_new' })).status.fulfilment).toBe('unknown');
});

test('money paid back is a credit without tax, so that the parts still make the total', () => {
  const order = read(orderFixture.order);
  expect(order.fees).toMatchObject([{ id: 'credit', taxRate: 0, total: { gross: sek(-1000) } }]);
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total);
  expect(sumTaxed(parts, 'SEK')).toEqual(order.totals);
  expect(order.totals.gross).toEqual(sek(34484));
});

test('a parcel carries its tracking number, its carrier and what is in it', () => {
  const order = read(orderFixture.order);
  expect(order.shipments).toMatchObject([
    {
      state: 'sent',
      carrier: 'PostNord',
      trackingNumber: 'PN 0123 ÅÄÖ',
      trackingUrl: 'https://example.se/spåra?n=1&x=2',
      lines: [{ quantity: '2' }],
    },
  ]);
  expect(order.lines.map((line) => line.delivered)).toEqual(['2', '0']);
  expect(order.reference).toBe('abcdefghijklmnopqrstuvwx');
  // our own entries are no metadata of the shop's
  expect(JSON.stringify(order.extra)).not.toContain('weft_');
});

test('a capture moves no clock of the order: its state has another name all the same, and its change another time', () => {
  const before = MedusaOrder.parse(placedFixture.order);
  const [collection, ...others] = before.payment_collections;
  if (!collection) throw new Error('the order has no payment');
  const later = { ...collection, updated_at: '2027-01-01T00:00:00.000Z', captured_amount: 1 };
  const after = { ...before, payment_collections: [later, ...others] };
  expect(after.updated_at).toBe(before.updated_at);
  expect(stampOfOrder(after)).not.toBe(stampOfOrder(before));
  expect(orderFromMedusa(after, traits)).toMatchObject({
    changedAt: '2027-01-01T00:00:00.000Z',
    status: { payment: 'partly-paid' },
  });
});

test('returned goods are out of the total, and so out of the quantity', () => {
  const [first, ...others] = structuredClone(placedFixture.order.items);
  const items = [{ ...first, detail: { ...first?.detail, return_received_quantity: 1 } }, ...others];
  expect(read(withOrder({ items })).lines[0]?.quantity).toBe('2');
});

test('rows with tax in their prices and rows without are read to one kind', () => {
  const items = structuredClone(placedFixture.order.items).map((item, index) => ({
    ...item,
    adjustments: [],
    ...(index === 0
      ? {
          is_tax_inclusive: true,
          unit_price: 112,
          quantity: 2,
          total: 224,
          tax_total: 24,
          original_total: 224,
          original_tax_total: 24,
        }
      : {
          unit_price: 10.1,
          quantity: 3,
          total: 37.875,
          tax_total: 7.575,
          original_total: 37.875,
          original_tax_total: 7.575,
        }),
  }));
  const order = read(withOrder({ items, shipping_methods: [], total: 261.875, tax_total: 31.575 }));
  expect(order.pricesIncludeTax).toBe(false);
  expect(order.lines.map((line) => line.unitPrice)).toEqual(['100', '10.1']);
  expect(order.totals).toEqual({ net: sek(23030), tax: sek(3158), gross: sek(26188) });
});

test('a price without tax gives the very amount when Medusa puts the tax on again', () => {
  for (const rate of [2500, 1200, 600, 0])
    for (const gross of [1, 2, 3, 99, 10_001, 3_333_333, 99_999_999])
      for (const quantity of ['1', '3', '7', '1000']) {
        const unit = netNumber(sek(gross), rate, quantity);
        const counted = unit * Number(quantity) * (1 + rate / 10_000) * 100;
        expect(Math.round(counted)).toBe(gross);
        expect(splitGross(sek(gross), rate).gross).toEqual(sek(gross));
      }
});

test('tax rates are told in per cent with decimals, and combined ones add up', () => {
  expect(basisPoints([25])).toBe(2500);
  expect(basisPoints(['12.5', 6])).toBe(1850);
  expect(basisPoints([])).toBe(0);
});

test('a customer has its numbers in metadata and its addresses by use', () => {
  const customer = Customer.parse(customerFromMedusa(MedusaCustomer.parse(customerFixture.customer), traits));
  expect(customer).toMatchObject({
    kind: 'company',
    name: 'Ærlig & Söner AB 🌲',
    number: 'K-1001',
    organisationNumber: '556677-8899',
    vatNumber: 'SE556677889901',
    billing: { street: 'Åsögatan 12 B' },
    shipping: { street: 'Lagergränd 3, port “C”' },
    group: 'Återförsäljare',
  });
  // an address was changed after the customer was
  expect(Date.parse(customer.changedAt ?? '')).toBeGreaterThan(Date.parse(customerFixture.customer.updated_at));
  const back = customerToMedusa(customer, traits, 'reference-of-ours');
  expect(back).toMatchObject({
    company_name: 'Ærlig & Söner AB 🌲',
    metadata: {
      customer_number: 'K-1001',
      organisation_number: '556677-8899',
      vat_number: 'SE556677889901',
      weft_reference: 'reference-of-ours',
    },
  });
});

test('each variant is a product, and a product of several is their parent', () => {
  const product = MedusaProduct.parse(productFixture.product);
  const variants = goodsOf(product).map((goods) => Product.parse(productFromMedusa(goods, traits, shop)));
  expect(variants.map((one) => one.name).toSorted()).toEqual([
    'Kräftskål “Ängö” 🦞, 250 g',
    'Kräftskål “Ängö” 🦞, 500 g',
  ]);
  for (const one of variants)
    expect(one).toMatchObject({ kind: 'variant', parentId: product.id, priceIncludesTax: false, taxRate: 1200 });
  const small = variants.find((one) => one.name.endsWith('250 g'));
  expect(small).toMatchObject({ price: '79.5', taxClass: 'Livsmedel', active: true, stockTracked: true });
  expect(Product.parse(parentFromMedusa(product, traits))).toMatchObject({
    kind: 'variable',
    source: { id: product.id },
  });
});

test('a product of one variant is simple and goes by its own name', () => {
  const { variants, ...head } = productFixture.product;
  const product = MedusaProduct.parse({ ...head, variants: variants.slice(0, 1) });
  const [goods] = goodsOf(product);
  expect(goods && productFromMedusa(goods, traits, shop)).toMatchObject({
    kind: 'simple',
    name: 'Kräftskål “Ängö” 🦞',
  });
});

test('a balance is the variant’s, with what is reserved taken off what may be promised', () => {
  const item = MedusaInventory.parse(inventoryFixture.inventory_items[0]);
  const [level, ...others] = levelsFromMedusa(item, 'shop', '').map((one) => StockLevel.parse(one));
  expect(others).toEqual([]);
  expect(level).toMatchObject({ onHand: '999998', available: '999997', warehouse: 'Lager Malmö' });
  expect(level?.source.id).toMatch(/^variant_/);
  expect(levelsFromMedusa(item, 'shop', 'Lager Lund')).toEqual([]);
});

test('a variant’s prices are read by quantity, and set without losing one another', () => {
  const product = MedusaProduct.parse(productFixture.product);
  const goods = goodsOf(product).find(({ variant }) => variant.prices.length === 2);
  if (!goods) throw new Error('no variant has two prices');
  const prices = pricesFromMedusa(goods, traits, shop).map((price) => Price.parse(price));
  expect(prices.map((price) => [price.fromQuantity, price.price]).toSorted()).toEqual([
    ['0', '79.5'],
    ['10', '71.123'],
  ]);
  const standing = pricesOf(goods.variant);
  const changed = withPrice(standing, 'SEK', 80, '1');
  expect(changed.map((price) => [price['id'], price.amount, price.min_quantity])).toEqual(
    standing.map((price) => [price['id'], price.min_quantity === 10 ? 71.123 : 80, price.min_quantity]),
  );
  const more = withPrice(changed, 'SEK', 60, '100');
  expect(more).toHaveLength(3);
  expect(more.at(-1)).toEqual({ currency_code: 'sek', amount: 60, min_quantity: 100, rules: {} });
  expect(withPrice(more, 'EUR', 9, '0')).toHaveLength(4);
});

test('a price is put with or without tax as the shop keeps its prices, or refused when the rate is not known', () => {
  const about = (includesTax: boolean | undefined, taxRate: number | undefined) => ({ includesTax, taxRate });
  expect(shopPrice('112', about(true, 1200), traits, shop)).toBe(100);
  expect(shopPrice('112', about(false, 1200), traits, shop)).toBe(112);
  expect(shopPrice('112', about(undefined, undefined), traits, shop)).toBe(112);
  expect(shopPrice('100', about(false, 1200), traits, { ...shop, pricesIncludeTax: true })).toBe(112);
  expect(() => shopPrice('112', about(true, undefined), traits, shop)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', field: 'product.taxRate' }),
  );
});

test('an address in the shop is made of letters that every browser shows', () => {
  expect(handleOf('Kräftskål “Ängö” 🦞', 'K-250 Å')).toBe('kraftskal-ango-k-250-a');
  expect(handleOf('🦞', 'ÅÄÖ_1')).toBe('aao-1');
});
