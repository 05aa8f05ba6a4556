import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anyOf, buy, dice, goods, kept, orderIn, type Placed, shelfOf, skus } from './market.ts';
import { CHANGES, type RealShop, shopsOfRun } from './shops.ts';
import { type CrossingStand, startCrossing } from './stand.ts';
import { verdictOf } from './verdict.ts';

/** What each side was last made to be, which the other must come to. */
interface Truth {
  /** Paid in the shop: must be in Tryton. */
  readonly paid: Placed[];
  /** Placed and not yet paid: must not be in Tryton. */
  readonly unpaid: Placed[];
  /** Orders that Tryton has sent, with their tracking numbers. */
  readonly sent: Map<string, string>;
  readonly names: Map<string, string>;
  readonly stocks: Map<string, number>;
}

/** What one side was made to be and the other is not, one line each. */
async function missedIn(at: CrossingStand, truth: Truth): Promise<string[]> {
  const missed: string[] = [];
  const { lost, duplicated, wrong, held } = await verdictOf(at, truth.paid);
  missed.push(...lost, ...duplicated, ...wrong, ...held);
  const early = await at.saleOf(truth.unpaid);
  missed.push(...[...early.keys()].map((id) => `${id} was not paid`));
  for (const [id, tracking] of truth.sent) {
    const { status, shipments } = await orderIn(at, id);
    const there = `${status.fulfilment} ${shipments.map((one) => one.trackingNumber).join()}`;
    if (there !== `delivered ${tracking}`) missed.push(`${id} is ${there}, not delivered ${tracking}`);
  }
  for (const [sku, name] of truth.names) {
    const { product } = await shelfOf(at, sku);
    if (product?.name !== name) missed.push(`${sku} is called ${product?.name}, not ${name}`);
  }
  for (const [sku, stock] of truth.stocks) {
    const { onHand } = await shelfOf(at, sku);
    if (onHand !== String(stock)) missed.push(`${sku} has ${onHand}, not ${stock}`);
  }
  return missed;
}

describe.each(shopsOfRun)('changes in %s and Tryton, in any order', (_name, shop: RealShop) => {
  let at: CrossingStand;
  const truth: Truth = { paid: [], unpaid: [], sent: new Map(), names: new Map(), stocks: new Map() };
  const counts = new Map<string, number>();

  beforeAll(async () => {
    at = await startCrossing(shop.subject);
    for (const product of goods()) {
      await at.erp.system.make?.product?.(product);
      await at.shop.system.make?.product?.(product);
    }
    await at.publish('products-to-shop', { mode: 'create-and-update' });
    await at.publish('stock-to-shop', { figure: 'onHand' });
    await at.publish('orders-to-erp-plain', { take: 'paid' });
    await at.publish('status-to-shop');
    await at.worker('worker');
    for (const sku of skus) await at.office.setStock(sku, 100_000);
    await at.poll();
    await at.quiet();
  });
  afterAll(() => at?.close());

  const changes: Readonly<Record<string, () => Promise<boolean>>> = {
    'an order is placed': async () => {
      truth.unpaid.push(await buy(at));
      return true;
    },
    'an order is paid, and nothing else of it changes': async () => {
      const order = truth.unpaid.shift();
      if (!order) return false;
      await shop.pay(at.shop.system, order.id);
      truth.paid.push(order);
      return true;
    },
    'a sale is shipped, and nothing else of it changes': async () => {
      const waiting = truth.paid.filter((one) => !truth.sent.has(one.id));
      const sales = await at.saleOf(waiting);
      const order = waiting.find((one) => sales.has(one.id));
      if (!order) return false;
      await at.office.ship(sales.get(order.id) ?? '', `T-${order.id}`);
      truth.sent.set(order.id, `T-${order.id}`);
      return true;
    },
    'a product gets another name': async () => {
      const sku = anyOf(skus);
      truth.names.set(sku, `Vara ${Math.floor(dice() * 1e6)} ÅÄÖ`);
      await at.office.rename(sku, truth.names.get(sku) ?? '');
      return true;
    },
    'a balance is counted anew': async () => {
      const sku = anyOf(kept);
      truth.stocks.set(sku, 50_000 + Math.floor(dice() * 10_000));
      await at.office.setStock(sku, truth.stocks.get(sku) ?? 0);
      return true;
    },
  };

  test(`${CHANGES} changes at random moments are all in the other system within one polling interval`, async () => {
    const kinds = Object.keys(changes);
    for (let made = 0; made < CHANGES; ) {
      const kind = anyOf(kinds);
      if (!(await changes[kind]?.())) continue;
      made++;
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
      // polls fall anywhere between the changes, and in the middle of them
      if (dice() < 0.2) await at.pollSoon();
    }
    await at.poll();
    await at.quiet();
    const missed = await missedIn(at, truth);
    expect(missed, JSON.stringify([...counts])).toEqual([]);
  });

  test('a reconciliation finds nothing that was missed', async () => {
    const found = await at.reconcile();
    expect(found.filter((one) => one.kind === 'missed-change')).toEqual([]);
    expect(found.filter((one) => one.state === 'open')).toEqual([]);
  });
});
