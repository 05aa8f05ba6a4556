import { expect, test } from 'vitest';
import { deliver, type Receipt } from '#test/chaos/sender.ts';
import { type CutLine, startCutLine } from '#test/support/cut-line.ts';
import { startReliabilityStand } from '#test/support/reliability-stand.ts';
import { until } from '#test/support/until.ts';

const flawless = { lost: 0, duplicated: 0, wrong: 0, stuck: 0, waiting: 0, findings: [] };

test('two workers together send the ERP at most 25 requests in any 5 seconds', async () => {
  const at = await startReliabilityStand({ erpRate: 25, leaseSeconds: 5 });
  try {
    await at.keep('web', () => at.stand.startWeb());
    for (const name of ['worker-1', 'worker-2']) await at.keep(name, () => at.stand.startWorker(name));
    const orders = await at.place(12);
    await at.deliver(orders);
    await at.quiet(90_000);
    // before the verdict asks the ERP itself
    const { requests, refused, mostInWindow } = await at.practice.stats();
    expect(requests).toBeGreaterThan(50);
    expect(refused).toBe(0);
    expect(mostInWindow).toBeLessThanOrEqual(25);
    expect((await at.practice.ledger()).counts.orders).toBe(12);
  } finally {
    await at.stop();
  }
}, 120_000);

test('with the database away a webhook is told 503 and when to come again, never 2xx without a row, and nothing is lost after', async () => {
  const line: { is?: CutLine } = {};
  const at = await startReliabilityStand({
    leaseSeconds: 2,
    via: async (url) => {
      line.is = await startCutLine(url);
      return line.is.url;
    },
  });
  try {
    await at.keep('web', () => at.stand.startWeb());
    const worker = await at.keep('worker', () => at.stand.startWorker('worker'));
    const url = await at.hookUrl();
    const orders = await at.place(60);
    const receipts: Receipt[] = [];
    const sending = Promise.all(
      [0, 1, 2, 3].map(async (lane) => {
        for (const order of orders.filter((_, index) => index % 4 === lane))
          receipts.push(await deliver(url, at.stand.webhookSecret, { order }));
      }),
    );
    await until(() => receipts.length >= 10, 20_000, 5);
    line.is?.cut();
    await until(() => receipts.some((receipt) => receipt.status === 503), 20_000, 20);
    line.is?.mend();
    await sending;
    const refused = receipts.filter((receipt) => receipt.status !== 202);
    expect(refused.every((receipt) => receipt.status === 503 && Number(receipt.retryAfter) > 0)).toBe(true);
    const taken = receipts.filter((receipt) => receipt.status === 202).map((receipt) => String(receipt.order));
    const rows = await at.number('select count(distinct record) as n from run where record = any($1)', [taken]);
    expect(rows).toBe(taken.length);
    await at.deliver(orders);
    await at.passHours();
    expect(await at.judge(orders)).toMatchObject({ accepted: 60, ...flawless });
    expect(worker.crashes).toBe(0);
  } finally {
    await at.stop();
    await line.is?.close();
  }
}, 120_000);
