import { expect, test } from 'vitest';
import { z } from 'zod';
import { coreNodes } from '#nodes/core/core-nodes.ts';
import { createFakeErp } from '#test/support/fake-erp.ts';
import { createMemoryWorld, erpConnector, type MemoryRun, type MemoryWorld } from '#test/support/memory-ports.ts';
import { createCatalog } from './catalog.ts';
import { FlowDocument } from './flow.ts';
import { defineNode, TriggerPayload } from './node.ts';
import { planOf } from './plan.ts';
import { fold } from './state.ts';

const sentence = { en: 'Picky', sv: 'Kräsen' };

interface Picked {
  readonly world: MemoryWorld;
  readonly run: MemoryRun;
}

/** A flow whose trigger asks `takes` each time and says so when it takes nothing. */
async function play(takes: () => boolean, blow: (place: number) => 'none' | 'kill' = () => 'none'): Promise<Picked> {
  const picky = defineNode({
    type: 'test.picky',
    version: 1,
    title: sentence,
    summary: sentence,
    group: 'triggers',
    icon: 'filter',
    feature: 'core',
    effect: 'read',
    starts: { by: 'manual' },
    config: z.strictObject({}),
    inputs: { payload: TriggerPayload },
    outputs: { order: z.string() },
    run: async ({ note }) => {
      if (takes()) return { order: '1042' };
      note('order 1042 is completed: not taken');
      return {};
    },
  });
  const erp = createFakeErp({});
  const catalog = createCatalog([...coreNodes, picky], [erpConnector(erp)]);
  const flow = FlowDocument.parse({
    format: 1,
    name: 'play',
    nodes: [
      { id: 'start', type: 'test.picky', version: 1, config: {} },
      { id: 'after', type: 'core.log', version: 1, config: { message: 'after' } },
    ],
    wires: [{ from: 'start.order', to: 'after.value' }],
  });
  const world = createMemoryWorld({ erp, catalog, blow });
  const record = { entity: 'order', connection: 'shop', id: '1042' } as const;
  const run = world.store({ plan: planOf(flow, catalog, {}), trigger: 'start', record, body: null });
  await world.drive();
  return { world, run };
}

test('a run whose trigger takes nothing is ignored, and says why', async () => {
  const { world, run } = await play(() => false);
  expect(run.status).toBe('ignored');
  expect(world.events(run).at(-1)).toMatchObject({
    type: 'run.ignored',
    step: 'start',
    reason: 'order 1042 is completed: not taken',
  });
  expect(fold(world.events(run)).status).toBe('ignored');
});

test('a run whose trigger takes the record succeeds', async () => {
  expect((await play(() => true)).run.status).toBe('succeeded');
});

test('an ignored run that is replayed asks its trigger again', async () => {
  let wanted = false;
  const { world, run } = await play(() => wanted);
  wanted = true;
  world.resume(run, 'retry');
  await world.drive();
  expect(run.status).toBe('succeeded');
  expect(world.state(run).steps.get('after')?.status).toBe('succeeded');
});

test('an ignored run whose worker dies on the way ends as ignored all the same, once', async () => {
  for (let at = 0; at < 4; at++) {
    const { world, run } = await play(
      () => false,
      (place) => (place === at ? 'kill' : 'none'),
    );
    expect(run.status).toBe('ignored');
    expect(world.events(run).filter((event) => event.type === 'run.ignored')).toHaveLength(1);
  }
});
