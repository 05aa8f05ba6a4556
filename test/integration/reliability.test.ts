import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededDice } from '#server/practice/random.ts';
import type { ShopOrder } from '#server/practice/shop-model.ts';
import { type Delivery, deliver, deliverAll, type Receipt } from '#test/chaos/sender.ts';
import type { Kept } from '#test/chaos/storm.ts';
import { type ReliabilityStand, startReliabilityStand } from '#test/support/reliability-stand.ts';
import { until } from '#test/support/until.ts';

const LEASE_SECONDS = 4;
const flawless = { lost: 0, duplicated: 0, wrong: 0, stuck: 0, waiting: 0, findings: [] };

let at: ReliabilityStand;
let worker: Kept;

beforeAll(async () => {
  at = await startReliabilityStand({ leaseSeconds: LEASE_SECONDS });
  await at.keep('web', () => at.stand.startWeb());
  worker = await at.keep('worker', () => at.stand.startWorker('worker'));
});

afterAll(async () => {
  await at?.stop();
});

function shuffled<T>(items: T[], seed: number): T[] {
  const dice = seededDice(seed);
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(dice() * (index + 1));
    [items[index], items[other]] = [items[other] as T, items[index] as T];
  }
  return items;
}

test('1,000 orders, each delivered 20 times in any order, half under new delivery ids, are 1,000 in the ERP; 50 that share one id are 50', async () => {
  const orders = await at.place(1000);
  const sharing = await at.place(50);
  const deliveries = orders.flatMap((order): Delivery[] =>
    Array.from({ length: 20 }, (_, copy) => (copy % 2 === 0 ? { order, id: `order-${order.id}` } : { order })),
  );
  const all = [...deliveries, ...sharing.map((order): Delivery => ({ order, id: 'one second of WooCommerce' }))];
  const receipts = await deliverAll(await at.hookUrl(), at.stand.webhookSecret, shuffled(all, 1));
  expect(receipts.filter((receipt) => receipt.status !== 202)).toEqual([]);
  await at.quiet(120_000);
  expect(await at.judge([...orders, ...sharing])).toMatchObject({ accepted: 1050, ...flawless });
  expect((await at.practice.ledger()).counts.orders).toBe(1050);
}, 180_000);

test('webhooks that are lost are found by polling, and an order seen by webhook and by poll exists once', async () => {
  const orders = await at.place(60);
  // one in twenty never comes
  await at.deliver(orders.filter((_, index) => index % 20 !== 0));
  await at.poll();
  await at.quiet();
  await at.poll();
  await at.quiet();
  expect(await at.judge(orders)).toMatchObject({ accepted: 60, ...flawless });
  const lost = orders.filter((_, index) => index % 20 === 0).map((order) => String(order.id));
  const polled = `select count(distinct record) as n from run where via = 'poll' and status = 'succeeded' and record = any($1)`;
  expect(await at.number(polled, [lost])).toBe(3);
});

test('the runs of a killed worker, one of two, are claimed again within its lease and five seconds, and all arrive once', async () => {
  const orders = await at.place(40);
  // done and kept, but the worker waits for the answer: what it has claimed stays with it
  await at.practice.setFaults('erp', { seed: 1, operations: { 'orders.create': { timeoutAfterCommit: 1 } } });
  const ordersBefore = (await at.practice.ledger()).counts.orders ?? 0;
  await at.deliver(orders);
  await until(async () => (await at.practice.ledger()).counts.orders === ordersBefore + orders.length, 20_000);
  await at.practice.setFaults('erp', { seed: 1 });
  const survivor = await at.keep('survivor', () => at.stand.startWorker('survivor'));
  const { rows } = await at.database.query<{ run_id: string; claim: string }>(
    'select run_id, claim::text from due where claim is not null',
  );
  expect(rows).toHaveLength(orders.length);
  worker.kill(0);
  const from = performance.now();
  const held = `select count(*) as n from due d join unnest($1::uuid[], $2::int8[]) as t(id, claim) on d.run_id = t.id and d.claim = t.claim`;
  const runs = rows.map((row) => row.run_id);
  await until(async () => (await at.number(held, [runs, rows.map((row) => row.claim)])) === 0, 30_000, 20);
  // given up by the dead one; taken by another, who has ended it or waits until an open write is settled
  const untaken = `select count(*) as n from due where run_id = any($1) and claim is null and due_at <= now()`;
  await until(async () => (await at.number(untaken, [runs])) === 0, 30_000, 20);
  expect((performance.now() - from) / 1000).toBeLessThan(LEASE_SECONDS + 5);
  await survivor.end();
  await at.passHours();
  expect(await at.judge(orders)).toMatchObject({ accepted: orders.length, ...flawless });
});

test('a stop under load finishes or hands on all runs within 25 seconds, and a sender is never told 2xx for what is not stored', async () => {
  const orders = await at.place(120);
  const web = await at.stand.startWeb({ PORT: '0', ROLE: 'all', DATA_DIR: `${at.directory}/second` });
  const address = /http:\/\/[\d.]+:\d+/.exec(web.ready)?.[0] ?? '';
  const url = `${address}${new URL(await at.hookUrl()).pathname}`;
  const receipts: Receipt[] = [];
  const sending = (async () => {
    for (const order of orders) receipts.push(await deliver(url, at.stand.webhookSecret, { order }));
  })();
  await until(() => receipts.length >= 30, 20_000, 5);
  const end = await web.stop('SIGTERM');
  await sending;
  expect(end.code).toBe(0);
  expect(end.ms).toBeLessThan(25_000);
  const taken = receipts.filter((receipt) => receipt.status === 202).map((receipt) => String(receipt.order));
  expect(taken.length).toBeGreaterThanOrEqual(30);
  expect(await at.number('select count(distinct record) as n from run where record = any($1)', [taken])).toBe(
    taken.length,
  );
  const others = receipts.filter((receipt) => receipt.status !== 202);
  expect(
    others.every((receipt) => receipt.status === 0 || (receipt.status === 503 && receipt.retryAfter !== null)),
  ).toBe(true);
  // the sender comes again, elsewhere
  await at.deliver(orders);
  await at.quiet();
  expect(await at.judge(orders)).toMatchObject({ accepted: 120, ...flawless });
});

test('a run that kills whoever takes it is set aside with its reason, and those that were near finish', async () => {
  const [poison, ...innocents] = await at.place(21);
  if (!poison) throw new Error('no order');
  await worker.end();
  await at.deliver([poison, ...innocents]);
  const env = { WEFT_FAIL_POINT: `record.${poison.id}`, LEASE_SECONDS: '1' };
  const mortal = await at.keep('mortal', () => at.stand.startWorker('mortal', { env }));
  const ended = `select count(*) as n from run where record = $1 and status = 'failed' and failure like '%POISON%'`;
  await until(async () => (await at.number(ended, [String(poison.id)])) === 1, 60_000, 200);
  await at.quiet();
  await mortal.end();
  worker = await at.keep('worker', () => at.stand.startWorker('worker'));
  expect(await at.judge(innocents)).toMatchObject({ accepted: 20, ...flawless });
  // the worker itself died of it once, the rest was the suspects' process
  expect(mortal.crashes).toBeLessThanOrEqual(1);
}, 90_000);

test('orders in the dead letter are replayed in bulk, clicked twice while workers die, and exist once', async () => {
  const sku = `NY-${Date.now()}`;
  const product = await at.practice.addProduct(sku);
  const orders = await at.place(30, (order) => ({ ...order, line_items: [{ product_id: product, quantity: 1 }] }));
  await at.deliver(orders);
  await at.quiet();
  const failed = await at.database.query<{ id: string }>(
    `select id from run where status = 'failed' and failure like '%ARTICLE_MISSING%' and record = any($1)`,
    [orders.map((order) => String(order.id))],
  );
  expect(failed.rows).toHaveLength(30);
  await at.practice.addArticle(sku);
  const replays = [at.replay(failed.rows.map((row) => row.id)), at.replay(failed.rows.map((row) => row.id))];
  const replayed = (await Promise.all(replays)).reduce((sum, one) => sum + one.replayed, 0);
  expect(replayed).toBe(30);
  worker.kill(0);
  await at.passHours();
  expect(await at.judge(orders)).toMatchObject({ accepted: 30, ...flawless });
}, 90_000);

/** Orders whose POST to the ERP is done, but whose answer is lost. */
async function unanswered(count: number): Promise<ShopOrder[]> {
  await at.practice.setFaults('erp', { seed: 1, operations: { 'orders.create': { errorAfterCommit: 1 } } });
  const orders = await at.place(count);
  await at.deliver(orders);
  const waiting = `select count(*) as n from due where claim is null and due_at > now() + interval '1 s'`;
  await until(async () => (await at.number(waiting)) >= count, 30_000);
  await at.practice.setFaults('erp', { seed: 1 });
  return orders;
}

test('an order whose answer was lost is looked up and exists once; with the look-up switched off the check finds the second', async () => {
  const looked = await unanswered(5);
  await at.passHours();
  expect(await at.judge(looked)).toMatchObject({ accepted: 5, ...flawless });
  await worker.end();
  const imports = ['./test/chaos/without-lookup.ts'];
  const blind = await at.keep('blind', () => at.stand.startWorker('blind', { imports }));
  const doubled = await unanswered(5);
  await at.passHours();
  await blind.end();
  expect(await at.judge(doubled)).toMatchObject({ accepted: 5, duplicated: 5 });
}, 90_000);
