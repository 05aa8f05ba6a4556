import { coreNodes } from '#nodes/core/core-nodes.ts';
import { advance } from '#runtime/advance.ts';
import { createCatalog } from '#runtime/catalog.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { planOf } from '#runtime/plan.ts';
import type { Journal } from '#runtime/ports.ts';
import { emptyRun } from '#runtime/state.ts';

const CHAIN = 20;
const RUNS = 2000;
const ROUNDS = 5;

const order = {
  number: '1042',
  currency: 'SEK',
  customer: { email: 'anna@example.com', name: 'Anna' },
  lines: [{ sku: 'A1', quantity: 2 }],
};

function chain(): FlowDocument {
  const ids = Array.from({ length: CHAIN }, (_, index) => `set${index}`);
  return FlowDocument.parse({
    format: 1,
    name: 'chain',
    nodes: [
      { id: 'start', type: 'core.manual', version: 1, config: {} },
      ...ids.map((id) => ({
        id,
        type: 'core.set',
        version: 1,
        config: { fields: [{ to: 'customer.label', value: '{{ value.customer.name | upper }}' }] },
      })),
    ],
    wires: ids.map((id, index) => ({
      from: index === 0 ? 'start.body' : `set${index - 1}.value`,
      to: `${id}.value`,
    })),
  });
}

/**
 * CPU time of one pure node with all that is around it: decide, binding, parse, run, event, evolve, and the log as JSON text.
 * A chain of 20 *set* steps that each read a binding; best of five rounds, after warming up.
 */
export async function measurePureNode(): Promise<{ readonly microsecondsPerNode: number }> {
  const plan = planOf(chain(), createCatalog(coreNodes, []));
  let bytes = 0;
  const journal: Journal = {
    reserve: async () => true,
    intent: async () => ({ known: null }),
    trace: async () => undefined,
    release: async (_outcome, { events }) => {
      bytes += JSON.stringify(events).length;
    },
  };
  const unused = (): never => {
    throw new Error('a pure step asks for nothing');
  };
  const ports = {
    clock: { now: () => 1_764_000_000_000 },
    references: { of: unused },
    connections: { open: unused, send: unused, plain: unused },
    links: { find: unused },
    journal,
    within: unused,
    watched: () => false,
    signal: new AbortController().signal,
  };
  const round = async (runs: number): Promise<number> => {
    const from = process.cpuUsage();
    for (let run = 0; run < runs; run++) {
      await advance(
        {
          id: `run-${run}`,
          tenant: 1,
          plan,
          trigger: 'start',
          record: { entity: 'order', connection: 'shop', id: '1042' },
          payload: { via: 'manual', id: '1042', topic: 'manual', body: order },
          receivedAt: 1_764_000_000_000,
          attempt: 1,
          state: emptyRun(),
        },
        ports,
      );
    }
    const { user, system } = process.cpuUsage(from);
    return (user + system) / runs / (CHAIN + 1);
  };
  await round(RUNS);
  const times: number[] = [];
  for (let index = 0; index < ROUNDS; index++) times.push(await round(RUNS));
  if (bytes === 0) throw new Error('nothing was logged');
  return { microsecondsPerNode: Math.min(...times) };
}
