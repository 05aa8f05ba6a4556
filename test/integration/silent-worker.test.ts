import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { prepareDatabase, publishFlow, startEngine } from '#test/support/engine.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareDatabase(database.url);
  client = new pg.Client(database.url);
  await client.connect();
});
afterAll(async () => {
  await client?.end();
  await database?.drop();
});

const called = FlowDocument.parse({
  format: 1,
  name: 'Called',
  nodes: [
    { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none' } },
    { id: 'say', type: 'core.log', version: 1, config: { message: 'called' } },
  ],
  wires: [{ from: 'call.body', to: 'say.value' }],
});

test('what tries the runs of a silent worker is started when a third of their lease is left, before it is over', async () => {
  const web = await startEngine(database.url, { role: 'web' });
  const { token } = await publishFlow(database.url, called, 'call');
  expect((await fetch(`${web.hooks}/${token}`, { method: 'POST', body: '{}' })).status).toBe(202);
  // claimed by one that renews no more
  await client.query(`update due set claim = 1, lease_until = now() + interval '12 s'`);
  const started = Promise.withResolvers<void>();
  const worker = await startEngine(database.url, {
    role: 'worker',
    leaseMs: 30_000,
    spawnSuspects: () => started.resolve(),
  });
  await started.promise;
  const { rows } = await client.query<{ left: number; suspect: boolean }>(
    'select extract(epoch from lease_until - now())::float8 as left, suspect from due',
  );
  expect(rows).toEqual([{ left: expect.any(Number), suspect: false }]);
  expect(rows[0]?.left).toBeGreaterThan(0);
  expect(rows[0]?.left).toBeLessThanOrEqual(10);
  await Promise.all([worker.stop(), web.stop()]);
});
