import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededDice } from '#server/practice/random.ts';
import type { Kept } from '../../chaos/storm.ts';
import type { Fault, FaultProxy } from '../../support/fault-proxy.ts';
import { until } from '../../support/until.ts';
import { buyAll, goods, orderIn, type Placed, skus } from './market.ts';
import { ORDERS, type RealShop, SEED, shopsOfRun } from './shops.ts';
import { type CrossingStand, startCrossing } from './stand.ts';
import { verdictOf } from './verdict.ts';

const DOWN: Fault['ends'] = { status: 503, headers: { 'content-type': 'text/plain' }, body: 'down' };

/** Of every request: what may become of it, before the system has done it or after. */
const FAULTS: readonly (readonly [share: number, Fault])[] = [
  [0.03, { reaches: false, ends: 'reset' }],
  [0.02, { reaches: false, ends: DOWN }],
  [0.03, { reaches: true, ends: 'reset' }],
  [0.02, { reaches: true, ends: { ...DOWN, status: 500 } }],
  [0.02, { reaches: true, ends: 'cut' }],
];

/** One request in eight goes wrong; answers how many have. */
function trouble(proxy: FaultProxy, seed: number): () => number {
  const dice = seededDice(seed);
  const struck = FAULTS.map(([share, fault]) =>
    proxy.arm(fault, { when: () => dice() < share, times: Number.MAX_SAFE_INTEGER }),
  );
  return () => struck.reduce((sum, one) => sum + one(), 0);
}

describe.each(shopsOfRun)(
  'between %s and Tryton, while workers are killed and requests fail',
  (_name, shop: RealShop) => {
    let at: CrossingStand;
    let workers: Kept[];
    let placed: Placed[] = [];

    beforeAll(async () => {
      at = await startCrossing(shop.subject);
      for (const product of goods()) {
        await at.erp.system.make?.product?.(product);
        await at.shop.system.make?.product?.(product);
      }
      for (const sku of skus) await at.office.setStock(sku, 100_000);
      await at.publish('orders-to-erp-plain', { take: 'paid' });
      await at.publish('status-to-shop');
      workers = [await at.worker('one'), await at.worker('two')];
    });
    afterAll(() => at?.close());

    /** Kills a worker every other second for as long as the work takes; answers how many were killed. */
    async function killing(work: Promise<unknown>): Promise<number> {
      const dice = seededDice(SEED + 7);
      let kills = 0;
      let over = false;
      const ended = work.finally(() => {
        over = true;
      });
      while (!over) {
        await Promise.race([ended.catch(() => undefined), pause(1500 + dice() * 1500)]);
        if (over) break;
        workers[Math.floor(dice() * workers.length)]?.kill(dice() * 1000);
        kills++;
        await at.pollSoon();
      }
      await ended;
      return kills;
    }

    /** As long as it takes for every order to be under way, and no longer than it must. */
    const taken = (): Promise<unknown> =>
      until(
        async () => {
          const [row] = await at.rows<{ n: number }>(
            'select count(distinct record)::int as n from run where record = any($1)',
            [placed.map((one) => one.id)],
          );
          return placed.length > 0 && row?.n === placed.length;
        },
        180_000,
        500,
      );

    test('every order arrives once in Tryton, counted in its own tables by reference', async () => {
      const struck = [trouble(at.shop.proxy, SEED + 1), trouble(at.erp.proxy, SEED + 2)];
      const kills = await killing(
        (async () => {
          placed = await buyAll(at, shop, ORDERS);
          await taken();
        })(),
      );
      at.shop.proxy.calm();
      at.erp.proxy.calm();
      await at.poll();
      await at.passHours();
      await at.poll();
      await at.quiet();
      expect(await verdictOf(at, placed)).toEqual({ lost: [], duplicated: [], wrong: [], held: [] });
      expect(kills).toBeGreaterThan(0);
      for (const count of struck) expect(count()).toBeGreaterThan(0);
    });

    test('every shipment is told to the shop once, through the same trouble', async () => {
      const sales = await at.saleOf(placed);
      trouble(at.shop.proxy, SEED + 3);
      trouble(at.erp.proxy, SEED + 4);
      await killing(
        (async () => {
          for (const { id } of placed) await at.office.ship(sales.get(id) ?? '', `TRACK-${id}`);
          await pause(5000);
        })(),
      );
      at.shop.proxy.calm();
      at.erp.proxy.calm();
      await at.poll();
      await at.passHours();
      await at.poll();
      await at.quiet();
      for (const { id } of placed) {
        const { status, shipments } = await orderIn(at, id);
        const numbers = shipments.filter((one) => one.state !== 'cancelled').map((one) => one.trackingNumber);
        expect([id, status.fulfilment, numbers]).toEqual([id, 'delivered', [`TRACK-${id}`]]);
      }
      expect((await verdictOf(at, placed)).held).toEqual([]);
    });

    test('a reconciliation afterwards finds no second document and none that differs', async () => {
      const open = (await at.reconcile()).filter((one) => one.state === 'open');
      expect(open).toEqual([]);
    });
  },
);
