import { expect, test } from 'vitest';
import { orderDifferences, orderSketch } from './audit.ts';
import { Order } from './model.ts';

type Line = readonly [sku: string | undefined, quantity: string];

function order(total: number, lines: readonly Line[], state: 'open' | 'cancelled' = 'open'): Order {
  const money = { amount: total, currency: 'SEK' };
  const none = { amount: 0, currency: 'SEK' };
  const taxed = { net: money, tax: none, gross: money };
  return Order.parse({
    source: { connection: 'c', id: '7' },
    number: '1042',
    placedAt: '2026-11-26T08:00:00Z',
    currency: 'SEK',
    status: { order: state, payment: 'paid', fulfilment: 'unfulfilled', invoice: 'unknown' },
    customer: { source: { connection: 'c', id: '1' }, kind: 'private', name: 'Åsa' },
    billing: {},
    lines: lines.map(([sku, quantity], index) => ({
      id: String(index),
      ...(sku === undefined ? {} : { sku }),
      name: 'x',
      quantity,
      unitPrice: '1',
      discount: none,
      taxRate: 2500,
      total: taxed,
    })),
    totals: taxed,
    pricesIncludeTax: true,
  });
}

const differences = (record: Order, document: Order) => orderDifferences(orderSketch(record), orderSketch(document));

test('an order agrees with one that has the same total and goods, however the rows are split and freight is booked', () => {
  const record = order(33750, [
    ['A', '1.50'],
    ['B', '2'],
    ['A', '0.5'],
  ]);
  const document = order(33750, [
    ['B', '1'],
    ['B', '1.0'],
    ['A', '2'],
    ['FREIGHT', '1'],
    [undefined, '1'],
  ]);
  expect(differences(record, document)).toEqual([]);
});

test('an order that is one öre off, or lacks goods, is told of with both figures', () => {
  const record = order(33750, [
    ['A', '3'],
    ['toString', '1'],
  ]);
  expect(differences(record, order(33751, [['A', '2']]))).toEqual([
    { what: 'total', record: '337.50 SEK', document: '337.51 SEK' },
    { what: 'A', record: '3', document: '2' },
    { what: 'toString', record: '1', document: '0' },
  ]);
});

test('a cancelled order is void, one in work is not', () => {
  expect(orderSketch(order(1, [], 'cancelled')).void).toBe(true);
  expect(orderSketch(order(1, [])).void).toBe(false);
});
