import { expect, test } from 'vitest';
import type { Session } from '#runtime/connector.ts';
import { vendure } from './connector.ts';
import orderAnswers from './fixtures/orders.json' with { type: 'json' };
import { hasStatus } from './status.ts';

const { partlyShipped } = orderAnswers;

/** A shop with one order, all of it in fulfilments of this state. */
function shopWith(state: string): Session {
  const { order } = partlyShipped.data;
  const [one] = order.fulfillments;
  const lines = order.lines.map((line) => ({ orderLineId: line.id, quantity: line.quantity }));
  const data = { ...partlyShipped.data, order: { ...order, fulfillments: [{ ...one, state, lines }] } };
  return {
    connection: 'shop',
    settings: vendure.settings.parse({ url: 'https://shop.example.se' }),
    http: () => Promise.resolve({ status: 200, headers: {}, body: { data } as never }),
    signal: new AbortController().signal,
    now: Date.parse('2026-11-26T12:00:00Z'),
    note: () => undefined,
  };
}

test('an order whose goods were sent has not been made delivered: the last step is taken when the run goes on', async () => {
  const wanted = { order: { connection: 'shop', id: partlyShipped.data.order.id }, action: 'delivered' } as never;
  expect(await hasStatus(shopWith('Shipped'), wanted)).toBe(false);
  expect(await hasStatus(shopWith('Delivered'), wanted)).toBe(true);
});
