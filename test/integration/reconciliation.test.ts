import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Finding } from '#runtime/protocol.ts';
import { createFindingStore, type FindingStore } from '#server/adapters/pg-findings.ts';
import { createPools, type Pools } from '#server/adapters/pg-pool.ts';
import type { ShopOrder } from '#server/practice/shop-model.ts';
import type { Kept } from '#test/chaos/storm.ts';
import { runCommand } from '#test/support/command-line.ts';
import { type ReliabilityStand, startReliabilityStand } from '#test/support/reliability-stand.ts';
import { until } from '#test/support/until.ts';

const flawless = { lost: 0, duplicated: 0, wrong: 0, stuck: 0, waiting: 0, findings: [] };

let at: ReliabilityStand;
let pools: Pools;
let findings: FindingStore;
let worker: Kept;

beforeAll(async () => {
  at = await startReliabilityStand({ leaseSeconds: 2 });
  pools = createPools({ connectionString: at.databaseUrl }, () => undefined);
  findings = createFindingStore(pools.app);
  await at.keep('web', () => at.stand.startWeb());
  worker = await at.keep('worker', () => at.stand.startWorker('worker'));
  await at.practice.setFaults('erp', { lateCommitMs: 0, seed: 1 });
});

afterAll(async () => {
  await pools?.end();
  await at?.stop();
});

const listed = async (): Promise<readonly Finding[]> => (await findings.list(at.stand.tenant, { limit: 500 })).findings;

/** A whole pass that begins after now, with what it found so far. */
async function reconcile(): Promise<readonly Finding[]> {
  const before = await at.number(
    `select coalesce(extract(epoch from max(ended_at)) * 1000, 0) as n from reconciliation`,
  );
  expect(await findings.start(at.stand.tenant, {})).toBe(1);
  const after = `select count(*) as n from reconciliation where began_at is null and extract(epoch from ended_at) * 1000 > ${before}`;
  await until(async () => (await at.number(after)) === 1, 60_000);
  return listed();
}

/** The poll believes that it has read everything of the next hour already. */
const blindPoll = (): Promise<unknown> =>
  at.database.query(`update trigger_clock set watermark = ((extract(epoch from now()) + 3600) * 1000)::int8::text`);
const seeingPoll = (): Promise<unknown> =>
  at.database.query(`update trigger_clock set watermark = (extract(epoch from now()) * 1000)::int8::text`);

async function erp(method: string, path: string, body?: unknown): Promise<{ Order: Record<string, unknown> }> {
  const { erp: base, tokens } = at.stand.practice;
  const response = await fetch(`${base}/3/${path}`, {
    method,
    headers: { authorization: `Bearer ${tokens.accessToken}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text) as { Order: Record<string, unknown> };
}

async function documentOf(order: ShopOrder): Promise<string> {
  const { orders } = await at.practice.ledger();
  return orders.find((one) => one.yourOrderNumber === order.number)?.number ?? '';
}

/** What a person or a careless program does: the same order once more. */
async function double(number: string): Promise<string> {
  const { Order } = await erp('GET', `orders/${number}`);
  const rows = (Order['OrderRows'] as { ArticleNumber: string; OrderedQuantity: string; Price: number }[]).map(
    (row) => ({
      ArticleNumber: row.ArticleNumber,
      OrderedQuantity: row.OrderedQuantity,
      Price: row.Price,
    }),
  );
  const { CustomerNumber, Currency, ExternalInvoiceReference1, YourOrderNumber } = Order;
  const copy = { CustomerNumber, Currency, ExternalInvoiceReference1, YourOrderNumber, OrderRows: rows };
  return String((await erp('POST', 'orders', { Order: copy })).Order['DocumentNumber']);
}

async function arrived(count: number): Promise<ShopOrder[]> {
  const orders = await at.place(count);
  await at.deliver(orders);
  await settled();
  return orders;
}

/** What we wrote back has been told and taken in. */
async function settled(): Promise<void> {
  await at.quiet();
  await at.poll();
  await at.quiet();
}

test('orders whose webhook was lost and which the poll passed over become runs, once each, and are listed as repaired', async () => {
  await at.poll();
  await blindPoll();
  const orders = await at.place(6);
  const lost = orders.slice(4);
  await at.deliver(orders.slice(0, 4));
  await at.poll();
  await at.quiet();
  expect(await at.judge(orders)).toMatchObject({ accepted: 6, lost: 2 });
  const found = await reconcile();
  await at.quiet();
  expect(await at.judge(orders)).toMatchObject({ accepted: 6, ...flawless });
  for (const { id } of lost) {
    const [first, ...others] = found.filter((one) => one.record === String(id));
    expect([first?.kind, first?.state, others]).toEqual(['missed-change', 'repaired', []]);
    const run = `select count(*) as n from run where id = $1 and record = $2 and status = 'succeeded'`;
    expect(await at.number(run, [first?.run, String(id)])).toBe(1);
  }
  await seeingPoll();
  await settled();
  const all = await listed();
  expect(await reconcile()).toEqual(all);
});

test('a change that the poll is still to bring is left to the poll', async () => {
  const before = await listed();
  const orders = await at.place(5);
  expect(await reconcile()).toEqual(before);
  await at.quiet();
  expect(await at.judge(orders)).toMatchObject({ accepted: 5, ...flawless });
  const repaired = `select count(*) as n from run where topic = 'order.missed' and record = any($1)`;
  expect(await at.number(repaired, [orders.map((one) => String(one.id))])).toBe(0);
});

test('a second document of an order is found, and is in order again when one of the two is cancelled', async () => {
  const [order] = await arrived(1);
  const number = await documentOf(order as ShopOrder);
  const second = await double(number);
  const [found] = (await reconcile()).filter((one) => one.kind === 'double-document');
  expect(found).toMatchObject({ state: 'open', record: String(order?.id), documents: [number, second].sort() });
  await erp('PUT', `orders/${second}/cancel`);
  const [mended] = (await reconcile()).filter((one) => one.kind === 'double-document');
  expect(mended).toMatchObject({ id: found?.id, state: 'resolved' });
});

test('a document that says something else than its order, or has lost its reference, is found', async () => {
  const [changed, stripped] = await arrived(2);
  const number = await documentOf(changed as ShopOrder);
  const { Order } = await erp('GET', `orders/${number}`);
  const [row] = Order['OrderRows'] as { ArticleNumber: string; OrderedQuantity: string; Price: number }[];
  const OrderRows = [{ ArticleNumber: row?.ArticleNumber, OrderedQuantity: '17', Price: row?.Price }];
  await erp('PUT', `orders/${number}`, { Order: { CustomerNumber: Order['CustomerNumber'], OrderRows } });
  const bare = await documentOf(stripped as ShopOrder);
  const customer = (await erp('GET', `orders/${bare}`)).Order['CustomerNumber'];
  await erp('PUT', `orders/${bare}`, { Order: { CustomerNumber: customer, ExternalInvoiceReference1: '' } });
  const open = (await reconcile()).filter((one) => one.state === 'open');
  const differing = open.find((one) => one.record === String(changed?.id));
  expect(differing).toMatchObject({ kind: 'different-document', documents: [number] });
  expect(differing?.detail).toContain(`${row?.ArticleNumber}: 17, not `);
  expect(differing?.detail).toContain('total: ');
  expect(open.find((one) => one.record === String(stripped?.id))).toMatchObject({
    kind: 'lost-reference',
    documents: [bare],
    detail: `${bare} carries no reference`,
  });
  // what a person has let be stays so
  await findings.dismiss(at.stand.tenant, differing?.id ?? '', 'anna@example.se');
  const again = await reconcile();
  expect(again.find((one) => one.id === differing?.id)).toMatchObject({
    state: 'dismissed',
    settledBy: 'anna@example.se',
  });
});

test('a writer’s suspicion that it may have made a second document is counted out', async () => {
  const [single, twice] = await arrived(2);
  const numbers = [await documentOf(single as ShopOrder), await documentOf(twice as ShopOrder)];
  const second = await double(numbers[1] ?? '');
  await at.database.query(
    `insert into orphan_doc (tenant_id, run_id, reference, target_connection, target_id, found_by, found_at)
      select tenant_id, run_id, reference, target_connection, null, 'claim lost', now() - interval '1 hour' from xref where target_id = any($1)`,
    [numbers],
  );
  const found = await reconcile();
  expect(found.filter((one) => one.kind === 'double-document' && one.state === 'open')).toMatchObject([
    { record: String(twice?.id), documents: [numbers[1], second].sort() },
  ]);
  expect(found.filter((one) => one.kind === 'suspected-document')).toEqual([]);
  expect(await at.number('select count(*) as n from orphan_doc where resolved_at is null')).toBe(0);
  await erp('PUT', `orders/${second}/cancel`);
});

test('the command line begins a pass, waits for its end and tells by its exit code whether a person is needed', async () => {
  const [order] = await arrived(1);
  const second = await double(await documentOf(order as ShopOrder));
  const env = { DATABASE_URL: at.databaseUrl, DATA_DIR: `${at.directory}/cli` };
  const begun = await runCommand(['reconcile', '--tenant', String(at.stand.tenant), '--hours', '3'], env);
  expect([begun.code, begun.notes]).toEqual([1, []]);
  expect(begun.out.some((line) => line.includes('double-document') && line.includes(`order ${order?.id}`))).toBe(true);
  expect(JSON.parse(begun.out.at(-1) ?? '')).toMatchObject({ started: 1, running: 0 });
  await erp('PUT', `orders/${second}/cancel`);
  await reconcile();
  const list = await runCommand(['reconcile', '--list'], env);
  expect(list.out.some((line) => line.includes('double-document') && line.includes(`order ${order?.id}`))).toBe(false);
  expect(JSON.parse(list.out.at(-1) ?? '')).toMatchObject({ started: 0, running: 0 });
});

test('passes beside polls and webhooks, again and again, double nothing and find nothing', async () => {
  const before = new Set((await listed()).map((one) => one.id));
  const orders = await at.place(40);
  let over = false;
  const passing = (async () => {
    while (!over) await reconcile();
  })();
  const polling = (async () => {
    while (!over) await at.poll();
  })();
  const half = orders.filter((_, index) => index % 2 === 0);
  await at.deliver(half);
  await until(
    async () =>
      (await at.number(`select count(distinct record) as n from run where record = any($1)`, [
        orders.map((one) => String(one.id)),
      ])) === 40,
    60_000,
  );
  await at.quiet();
  over = true;
  await Promise.all([passing, polling]);
  expect(await at.judge(orders)).toMatchObject({ accepted: 40, ...flawless });
  expect((await listed()).filter((one) => !before.has(one.id))).toEqual([]);
}, 120_000);

test.each(['reconcile.read', 'reconcile.documents', 'reconcile.repaired'])(
  'a pass whose process is killed at %s goes on in another, and repairs and lists all once',
  async (point) => {
    const orders = await at.place(3);
    await blindPoll();
    await worker.end();
    const fuse = `${at.directory}/fuse-${point}`;
    writeFileSync(fuse, point);
    const mortal = await at.keep('mortal', () =>
      at.stand.startWorker('mortal', { env: { WEFT_FAIL_POINT: `@${fuse}` } }),
    );
    expect(await findings.start(at.stand.tenant, {})).toBe(1);
    await until(() => mortal.crashes === 1, 60_000);
    // its lease is over
    await at.database.query('update reconciliation set due_at = now() where began_at is not null');
    const ids = orders.map((one) => String(one.id));
    const repaired = async (): Promise<Finding[]> =>
      (await listed()).filter((one) => one.kind === 'missed-change' && ids.includes(one.record ?? ''));
    await until(async () => (await repaired()).length === 3, 60_000);
    await until(
      async () => (await at.number('select count(*) as n from reconciliation where began_at is null')) === 1,
      60_000,
    );
    await at.quiet();
    await mortal.end();
    worker = await at.keep('worker', () => at.stand.startWorker('worker'));
    expect(await repaired()).toHaveLength(3);
    expect(await at.judge(orders)).toMatchObject({ accepted: 3, ...flawless });
    await seeingPoll();
  },
  120_000,
);

test('a document whose link was lost is linked again, and one of no known record is shown to a person', async () => {
  const [order] = await arrived(1);
  const number = await documentOf(order as ShopOrder);
  await at.database.query('delete from xref where target_id = $1', [number]);
  const { Order } = await erp('GET', `orders/${number}`);
  const { CustomerNumber } = Order;
  const ExternalInvoiceReference1 = 'abcdefghijklmnopqrstuvwx';
  const row = {
    ArticleNumber: (Order['OrderRows'] as { ArticleNumber: string }[])[0]?.ArticleNumber,
    OrderedQuantity: '1',
  };
  const made = await erp('POST', 'orders', { Order: { CustomerNumber, ExternalInvoiceReference1, OrderRows: [row] } });
  const found = await reconcile();
  expect(found.find((one) => one.kind === 'unlinked-document')).toMatchObject({
    state: 'repaired',
    record: String(order?.id),
    documents: [number],
  });
  expect(
    await at.number('select count(*) as n from xref where target_id = $1 and source_id = $2', [
      number,
      String(order?.id),
    ]),
  ).toBe(1);
  expect(found.find((one) => one.kind === 'unknown-document')).toMatchObject({
    state: 'open',
    record: null,
    documents: [String(made.Order['DocumentNumber'])],
  });
});
