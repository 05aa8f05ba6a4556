import { writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { runPoints, someCases } from '#test/chaos/points.ts';
import { startReliabilityStand } from '#test/support/reliability-stand.ts';
import { until } from '#test/support/until.ts';

const flawless = { lost: 0, duplicated: 0, wrong: 0, stuck: 0, waiting: 0, findings: [] };

test('a process killed at any await of the durable path, at first, in a retry or in a look-up, loses and doubles nothing', async () => {
  const at = await startReliabilityStand();
  try {
    await at.practice.setFaults('shop', {});
    const said: string[] = [];
    const result = await runPoints({ ...at, say: (line) => void said.push(line) }, someCases);
    expect(result.unburnt, said.join('\n')).toEqual([]);
    expect(result).toMatchObject({ accepted: someCases.length, killed: someCases.length, ...flawless });
  } finally {
    await at.stop();
  }
}, 240_000);

test('a worker killed between the vendor’s new refresh token and its commit asks a person; the runs wait and go on after the sign-in', async () => {
  const at = await startReliabilityStand({ leaseSeconds: 1 });
  try {
    await at.keep('web', () => at.stand.startWeb());
    const orders = await at.place(6);
    // the access token has run out, so the first request renews it
    await at.database.query(`update connection_token set expires_at = now()`);
    const env = { WEFT_FAIL_POINT: 'oauth.refreshed' };
    const worker = await at.keep('worker', () => at.stand.startWorker('worker', { env }));
    await at.deliver(orders);
    const held = `select count(*) as n from due where hold = 'sign-in' and failure is not null`;
    await until(async () => (await at.number(held)) === 6, 60_000);
    expect(await at.number(`select count(*) as n from connection where state = 'sign-in-needed'`)).toBe(1);
    expect((await at.practice.ledger()).counts.orders).toBe(0);
    expect(worker.crashes).toBe(1);
    await at.stand.signIn();
    await until(async () => (await at.number('select count(*) as n from due')) === 0, 60_000);
    expect(await at.judge(orders)).toMatchObject({ accepted: 6, ...flawless });
  } finally {
    await at.stop();
  }
}, 120_000);

test.each(['oauth.before', 'oauth.saved'])(
  'a worker killed at %s while it renews a sign-in costs nothing',
  async (point) => {
    const at = await startReliabilityStand({ leaseSeconds: 1 });
    try {
      await at.keep('web', () => at.stand.startWeb());
      const orders = await at.place(4);
      await at.database.query(`update connection_token set expires_at = now()`);
      const fuse = `${at.directory}/fuse`;
      writeFileSync(fuse, point);
      const worker = await at.keep('worker', () =>
        at.stand.startWorker('worker', { env: { WEFT_FAIL_POINT: `@${fuse}` } }),
      );
      await at.deliver(orders);
      await at.quiet();
      expect(worker.crashes).toBe(1);
      expect(await at.judge(orders)).toMatchObject({ accepted: 4, ...flawless });
    } finally {
      await at.stop();
    }
  },
  120_000,
);
