import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buy, buyAll, goods, orderIn, type Placed, shelfOf, skus } from './market.ts';
import { type RealShop, shopsOfRun } from './shops.ts';
import { type CrossingStand, startCrossing } from './stand.ts';
import { verdictOf } from './verdict.ts';

describe.each(shopsOfRun)('between %s and Tryton', (_name: string, shop: RealShop) => {
  let at: CrossingStand;
  let placed: Placed[] = [];

  beforeAll(async () => {
    at = await startCrossing(shop.subject);
    for (const product of goods()) await at.erp.system.make?.product?.(product);
    await at.publish('products-to-shop', { mode: 'create-and-update' });
    await at.publish('stock-to-shop');
    await at.publish('orders-to-erp-plain', { take: 'paid' });
    await at.publish('status-to-shop');
    await at.worker('worker');
  });
  afterAll(() => at?.close());

  test('products and their stock come from Tryton into the shop', async () => {
    for (const [index, sku] of skus.entries()) await at.office.setStock(sku, 1000 + index);
    await at.poll();
    await at.quiet();
    // a balance that came before its product is told again with the next change of it
    for (const [index, sku] of skus.entries()) await at.office.setStock(sku, 2000 + index);
    await at.poll();
    await at.quiet();
    for (const [index, sku] of skus.entries()) {
      const shelf = await shelfOf(at, sku);
      expect(shelf).toMatchObject({
        product: { sku, name: goods()[index]?.name },
        doubled: false,
        onHand: `${2000 + index}`,
      });
    }
  });

  test('orders placed in the shop arrive once each in Tryton, as they were placed', async () => {
    placed = await buyAll(at, shop);
    await at.poll();
    await at.quiet();
    expect(await verdictOf(at, placed)).toEqual({ lost: [], duplicated: [], wrong: [], held: [] });
  });

  test('an order that is not paid is not taken; drawn later, which moves no clock of it, it arrives within one poll', async () => {
    const late = await buy(at);
    await at.poll();
    await at.quiet();
    expect((await verdictOf(at, [late])).lost).toHaveLength(1);
    await shop.pay(at.shop.system, late.id);
    await at.poll();
    await at.quiet();
    expect(await verdictOf(at, [late])).toEqual({ lost: [], duplicated: [], wrong: [], held: [] });
    placed.push(late);
  });

  test('what Tryton ships is delivered in the shop, with its tracking number', async () => {
    const sales = await at.saleOf(placed);
    for (const { id } of placed) await at.office.ship(sales.get(id) ?? '', `TRACK-åäö-${id}`);
    await at.poll();
    await at.quiet();
    for (const { id } of placed) {
      const { status, shipments } = await orderIn(at, id);
      expect([id, status.fulfilment, shipments.map((one) => one.trackingNumber)]).toEqual([
        id,
        'delivered',
        [`TRACK-åäö-${id}`],
      ]);
    }
  });

  test('a reconciliation of it all finds nothing to repair and nothing to ask', async () => {
    expect(await at.reconcile()).toEqual([]);
  });
});
