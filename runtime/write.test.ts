import { expect, test } from 'vitest';
import { createFakeErp } from '#test/support/fake-erp.ts';
import { testCatalogOf } from '#test/support/flow-arbitrary.ts';
import { type Blow, createMemoryWorld } from '#test/support/memory-ports.ts';
import { FlowDocument } from './flow.ts';
import { planOf } from './plan.ts';

/** Two orders of two records that both need one new document, run side by side; answers how many were made. */
async function twoOrdersOneCustomer(kind: 'A' | 'B', blow?: (place: number) => Blow): Promise<number> {
  const erp = createFakeErp({ lagMs: 5_000 });
  const catalog = testCatalogOf(erp);
  const flow = FlowDocument.parse({
    format: 1,
    name: 'shared',
    nodes: [
      { id: 'start', type: 'core.manual', version: 1, config: {} },
      {
        id: 'write',
        type: 'test.write',
        version: 1,
        connection: 'erp',
        config: { things: [{ class: kind, name: 'customer' }], atOnce: false },
      },
    ],
    wires: [{ from: 'start.body', to: 'write.value' }],
  });
  const world = createMemoryWorld({ erp, catalog, ...(blow ? { blow } : {}) });
  const plan = planOf(flow, catalog, {});
  const body = { email: 'asa@example.se' };
  const runs = ['1042', '1043'].map((id) =>
    world.store({ plan, trigger: 'start', record: { entity: 'order', connection: 'shop', id }, body }),
  );
  await world.drive();
  expect(runs.map((run) => run.status)).toEqual(['succeeded', 'succeeded']);
  return erp.documents.length;
}

test('two orders of one new customer make one customer, though they run side by side', async () => {
  expect(await twoOrdersOneCustomer('B')).toBe(1);
});

test('wherever a worker dies, two orders of one new customer make one customer', async () => {
  for (let place = 0; place < 24; place++) {
    const made = await twoOrdersOneCustomer('B', (at) => (at === place ? 'kill' : 'none') as Blow);
    expect({ place, made }).toEqual({ place, made: 1 });
  }
});
