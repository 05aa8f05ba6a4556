import pg from 'pg';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { LiveTrigger } from '#server/adapters/pg-hooks.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { prepareDatabase, publishFlow, startEngine, type TestEngine } from '#test/support/engine.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;
const engines: TestEngine[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareDatabase(database.url);
  client = new pg.Client(database.url);
  await client.connect();
});
afterAll(async () => {
  for (const engine of engines) await engine.stop();
  await client?.end();
  await database?.drop();
});

const scheduled = FlowDocument.parse({
  format: 1,
  name: 'Every morning',
  nodes: [
    { id: 'tick', type: 'core.schedule', version: 1, config: { cron: '0 7 * * *', timeZone: 'Europe/Stockholm' } },
    { id: 'say', type: 'core.log', version: 1, config: { message: 'fired at {{ value }}' } },
  ],
  wires: [{ from: 'tick.firedAt', to: 'say.value' }],
});

test('a schedule that is due fires once however many servers look, and is planned anew', async () => {
  const { tenant, flow } = await publishFlow(database.url, scheduled, 'tick');
  const planned = Date.UTC(2026, 0, 5, 6, 0, 0);
  await client.query(
    `insert into trigger_clock (tenant_id, flow_id, trigger, due_at, watermark) values ($1, $2, 'tick', now(), $3)`,
    [tenant, flow, String(planned)],
  );
  for (let index = 0; index < 3; index++) engines.push(await startEngine(database.url));
  await vi.waitFor(
    async () => {
      const { rows } = await client.query(`select status, record, via from run where flow_id = $1`, [flow]);
      expect(rows).toEqual([{ status: 'succeeded', record: '2026-01-05T06:00:00.000Z', via: 'schedule' }]);
    },
    { timeout: 20_000 },
  );
  // planned once the run is stored, which may be over by then
  await vi.waitFor(async () => {
    const { rows } = await client.query(
      `select watermark::bigint > extract(epoch from now()) * 1000 as ahead from trigger_clock where flow_id = $1`,
      [flow],
    );
    expect(rows).toEqual([{ ahead: true }]);
  });
});

test('of three states of one product that wait, the newest alone is run', async () => {
  const blocked = FlowDocument.parse({
    format: 1,
    name: 'Products',
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none' } },
      { id: 'pause', type: 'core.wait', version: 1, config: { amount: 1, unit: 'hours' } },
    ],
    wires: [{ from: 'call.body', to: 'pause.value' }],
  });
  const { tenant, flow } = await publishFlow(database.url, blocked, 'call');
  const { engine } = engines[0] as TestEngine;
  const plan = await engine.plans.load(tenant, flow, 1);
  const source: LiveTrigger = {
    tenant,
    flow,
    version: 1,
    trigger: 'call',
    connection: 'shop',
    plan,
    only: null,
    responds: false,
  };
  const arrive = (state: number) =>
    engine.intake.accept(source, {
      entity: 'product',
      record: 'MUGG-VIT',
      via: 'webhook',
      topic: 'product.updated',
      key: String(state),
      raw: Buffer.from(`{"state":${state}}`),
      body: { state },
    });
  const runs: string[] = [];
  for (const state of [1, 2, 3, 4]) runs.push((await arrive(state)).run);
  await vi.waitFor(async () => {
    const { rows } = await client.query<{ id: string; status: string }>(
      'select id, status from run where flow_id = $1 order by id',
      [flow],
    );
    // the first had begun; the two after it had not, when a newer one came
    expect(rows.map((row) => row.status)).toEqual(['active', 'cancelled', 'cancelled', 'active']);
    expect(rows.map((row) => row.id)).toEqual(runs);
  });
});
