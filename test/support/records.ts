import { Customer, Order, Product } from '../../nodes/commerce/model.ts';

/** A card as an ERP holds it. */
export function aCustomer(id: string, more: Partial<Customer> = {}): Customer {
  return Customer.parse({
    source: { connection: 'erp', id },
    number: id,
    kind: 'private',
    name: `Kund ${id}`,
    ...more,
  });
}

export function aProduct(sku: string, more: Partial<Product> = {}): Product {
  return Product.parse({
    source: { connection: 'erp', id: sku },
    sku,
    name: `Artikel ${sku}`,
    kind: 'simple',
    active: true,
    ...more,
  });
}

const sek = (amount: number) => ({ amount, currency: 'SEK' });

/** An order of two rows as a shop holds it: 2 x A1 at 100.00 and 1 x B2 at 50.00, 25 % VAT included. */
export function anOrder(more: Partial<Order> = {}): Order {
  const row = (id: string, sku: string, quantity: string, unitPrice: string, gross: number) => ({
    id,
    sku,
    name: `Vara ${sku}`,
    quantity,
    unitPrice,
    discount: sek(0),
    taxRate: 2500,
    total: { net: sek(gross * 0.8), tax: sek(gross * 0.2), gross: sek(gross) },
  });
  return Order.parse({
    source: { connection: 'shop', id: '1042' },
    number: '1042',
    placedAt: '2026-11-23T09:00:00Z',
    changedAt: '2026-11-23T09:05:00Z',
    currency: 'SEK',
    status: {
      order: 'processing',
      payment: 'paid',
      fulfilment: 'unfulfilled',
      invoice: 'not-invoiced',
      native: 'processing',
    },
    customer: {
      source: { connection: 'shop', id: 'guest:anna@example.com' },
      kind: 'private',
      name: 'Anna Ek',
      email: 'anna@example.com',
    },
    billing: { firstName: 'Anna', lastName: 'Ek', street: 'Storgatan 1', postalCode: '111 22', city: 'Stockholm' },
    lines: [row('1', 'A1', '2', '100', 20_000), row('2', 'B2', '1', '50', 5000)],
    totals: { net: sek(20_000), tax: sek(5000), gross: sek(25_000) },
    pricesIncludeTax: true,
    ...more,
  });
}
