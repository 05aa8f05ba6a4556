import { expect, test } from 'vitest';
import type { HttpRequest, Session } from '#runtime/connector.ts';
import { offerOf } from '#runtime/connector.ts';
import type { Json } from '#runtime/json.ts';
import type { Order, Page } from '../../commerce/model.ts';
import { farSlice } from './changes.ts';
import { vendure } from './connector.ts';
import orderAnswers from './fixtures/orders.json' with { type: 'json' };

const recorded = orderAnswers.reserved.data.order;
const MINUTE = 60_000;
const START = Date.parse('2026-11-01T08:00:00Z');
const at = (moment: number): string => new Date(moment).toISOString();

interface Standing {
  readonly id: string;
  readonly orderPlacedAt: string | null;
  updatedAt: string;
  state: string;
  fulfillments: { id: string; state: string; createdAt: string; updatedAt: string }[];
}

type Filter = Readonly<Record<string, Json>>;

/** As much of Vendure's list filters as the connector uses. */
function fits(order: Standing, filter: Filter): boolean {
  return Object.entries(filter).every(([name, test]) => {
    if (name === '_and') return (test as Filter[]).every((one) => fits(order, one));
    if (name === '_or') return (test as Filter[]).some((one) => fits(order, one));
    const value = order[name as 'id' | 'state' | 'updatedAt' | 'orderPlacedAt'];
    return Object.entries(test as Filter).every(([operator, operand]) => {
      if (operator === 'isNull') return (value === null) === operand;
      if (value === null) return false;
      if (operator === 'after') return value > (operand as string);
      if (operator === 'before') return value < (operand as string);
      const among = (operand as string[]).includes(value);
      if (operator === 'in' || operator === 'notIn') return among === (operator === 'in');
      throw new Error(`the stand-in knows no ${operator}`);
    });
  });
}

/** Vendure's order list, whose `updatedAt` stands still while states move; counts what it is asked for. */
function createShop(orders: Standing[]) {
  let now = START;
  const asked = { requests: 0, light: 0, full: 0 };
  const answer = ({ body }: HttpRequest): Json => {
    const { query, variables } = body as unknown as {
      query: string;
      variables: { options: { filter: Filter; skip?: number; take: number; sort?: { orderPlacedAt: string } } };
    };
    const { filter, skip = 0, take, sort } = variables.options;
    // they stand in the order they were placed in
    const fitting = orders.filter((order) => fits(order, filter));
    const found = sort?.orderPlacedAt === 'DESC' ? fitting.toReversed() : fitting;
    const items = found.slice(skip, skip + take);
    const full = query.includes('taxSummary');
    asked.requests++;
    asked[full ? 'full' : 'light'] += items.length;
    expect(take).toBeLessThanOrEqual(1000);
    const own = full ? recorded : { history: { items: [] }, payments: [] };
    const list = { totalItems: found.length, items: items.map((order) => ({ ...own, ...structuredClone(order) })) };
    return { data: { activeChannel: { pricesIncludeTax: true }, list } } as Json;
  };
  const session: Session = {
    connection: 'shop',
    settings: vendure.settings.parse({ url: 'https://shop.example/admin-api' }),
    http: async (request) => ({ status: 200, headers: {}, body: answer(request) }),
    signal: new AbortController().signal,
    get now() {
      return now;
    },
    note: () => undefined,
  };
  return {
    session,
    asked,
    orders,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    now: () => now,
  };
}
type FakeShop = ReturnType<typeof createShop>;

const placed = (id: number, moment: number, state: string): Standing => ({
  id: String(id),
  orderPlacedAt: at(moment),
  updatedAt: at(moment - 1000),
  state,
  fulfillments: [],
});

/** Only the fulfilment moves, and the state with it, as in Vendure. */
function fulfil(shop: FakeShop, order: Standing | undefined, state: 'Shipped' | 'Delivered'): void {
  if (!order) throw new Error('no such order');
  order.state = state;
  order.fulfillments = [{ id: `f${order.id}`, state, createdAt: at(shop.now()), updatedAt: at(shop.now()) }];
}

/** One poll to its end; `meanwhile` is done after each page. */
async function poll(shop: FakeShop, since: number | undefined, meanwhile: (page: number) => void = () => {}) {
  const list = offerOf(vendure, 'orders.list');
  if (!list) throw new Error('orders are listed');
  const found = new Map<string, Order>();
  const stamps = new Map<string, string>();
  let cursor: string | undefined;
  for (let page = 0; page < 1000; page++) {
    const query = {
      ...(since === undefined ? {} : { changedSince: at(since) }),
      ...(cursor === undefined ? {} : { cursor }),
    };
    const answer = (await list.run(shop.session, query, { reference: '' })) as Page<Order>;
    expect((answer.cursor ?? '').length).toBeLessThan(2000);
    expect(answer.refused).toBeUndefined();
    for (const order of answer.items) found.set(order.source.id, order);
    for (const [id, stamp] of Object.entries(answer.stamps ?? {})) stamps.set(id, stamp);
    cursor = answer.cursor;
    if (cursor === undefined) return { ids: [...found.keys()], stamps };
    meanwhile(page);
  }
  throw new Error('the list has no end');
}

/** So many orders, one a minute until now; the last ones are open. */
const shopOf = (count: number, open: number): FakeShop =>
  createShop(
    Array.from({ length: count }, (_, index) =>
      placed(index + 1, START - (count - index) * MINUTE, index >= count - open ? 'PaymentSettled' : 'Delivered'),
    ),
  );

test('a state that alone has changed is found, though the order’s own stamp stands still', async () => {
  const shop = shopOf(60, 20);
  const before = shop.now();
  shop.pass(5 * MINUTE);
  fulfil(shop, shop.orders[50], 'Delivered');
  expect(shop.orders[50]?.updatedAt).toBe(at(START - 10 * MINUTE - 1000));
  expect((await poll(shop, before)).ids).toEqual(['51']);
});

test('an open order in which nothing changed is not told again, and one read twice has one name', async () => {
  const shop = shopOf(60, 60);
  shop.pass(5 * MINUTE);
  fulfil(shop, shop.orders[5], 'Delivered');
  const first = await poll(shop, START);
  expect(first.ids).toEqual(['6']);
  // the overlap of the next poll
  expect((await poll(shop, START)).stamps).toEqual(first.stamps);
  shop.pass(60 * MINUTE);
  expect((await poll(shop, START + 10 * MINUTE)).ids).toEqual([]);
});

test('a cart is no order until it is placed', async () => {
  const shop = shopOf(3, 3);
  shop.orders.push({ ...placed(9, START, 'AddingItems'), orderPlacedAt: null });
  expect((await poll(shop, undefined)).ids).toEqual(['1', '2', '3']);
});

test('an order that has stood open for years is found when it is delivered', async () => {
  const shop = shopOf(3000, 10);
  const old = shop.orders[7];
  if (old) old.state = 'PartiallyShipped';
  shop.pass(MINUTE);
  fulfil(shop, old, 'Shipped');
  expect((await poll(shop, START)).ids).toEqual(['8']);
});

test('with a hundred thousand old orders a poll looks at a few thousand rows and reads what changed', async () => {
  const shop = shopOf(100_000, 300);
  shop.pass(5 * MINUTE);
  fulfil(shop, shop.orders[99_800], 'Delivered');
  expect((await poll(shop, shop.now() - 3 * MINUTE)).ids).toEqual(['99801']);
  expect(shop.asked.requests).toBeLessThan(12);
  expect(shop.asked.light).toBeLessThan(3500);
  expect(shop.asked.full).toBe(1);
});

test('what changes on any old order is found within six hours of polls', async () => {
  const shop = shopOf(5000, 50);
  shop.pass(3 * 24 * 60 * MINUTE);
  const changed = [0, 1, 1234, 2500, 3909, 3999].map((index) => shop.orders[index]);
  shop.pass(MINUTE);
  for (const order of changed) fulfil(shop, order, 'Delivered');
  const found = new Set<string>();
  for (let minutes = 0; minutes <= 360; minutes += 5) {
    for (const id of (await poll(shop, shop.now() - 7 * MINUTE)).ids) found.add(id);
    shop.pass(5 * MINUTE);
  }
  expect([...found].toSorted()).toEqual(changed.map((order) => order?.id ?? '').toSorted());
});

test('no order is passed over while others leave the list, come and go between two pages', async () => {
  const shop = shopOf(2600, 2600);
  shop.pass(MINUTE);
  const wanted = shop.orders.filter((_, index) => index % 3 === 0);
  for (const order of wanted) fulfil(shop, order, 'Shipped');
  const { ids } = await poll(shop, START, (page) => {
    // read already, not read yet, and new
    for (const index of [page * 7 + 1, page * 400 + 2, 2500 - page * 5]) fulfil(shop, shop.orders[index], 'Delivered');
    shop.orders.push(placed(9000 + page, shop.now(), 'PaymentSettled'));
  });
  const seen = new Set(ids);
  expect(wanted.filter(({ id }) => !seen.has(id))).toEqual([]);
});

test('a thousand orders placed in one instant are read to the last', async () => {
  const shop = createShop(Array.from({ length: 1300 }, (_, index) => placed(index + 1, START, 'PaymentSettled')));
  expect((await poll(shop, START - MINUTE)).ids).toHaveLength(1300);
  expect((await poll(shop, undefined)).ids).toHaveLength(1300);
});

test('slices laid end to end look at every old order once in six hours, however long the watermark stood still', () => {
  const total = 10_007;
  const seen = new Set<number>();
  for (let minute = 0; minute < 360; minute++) {
    const now = START + minute * MINUTE;
    const ranges = farSlice(total, now - MINUTE, now);
    for (const [skip, take] of ranges) for (let row = skip; row < skip + take; row++) seen.add(row);
    for (const [skip, take] of ranges) expect(skip + take).toBeLessThanOrEqual(total);
  }
  expect(seen.size).toBe(total);
  const still = farSlice(100_000, START - 90 * 86_400_000, START);
  expect(still.reduce((rows, [, take]) => rows + take, 0)).toBeLessThan(5000);
  expect(farSlice(total, START + MINUTE, START)).toEqual([]);
});
