import { z } from 'zod';
import { AnyValue } from '#nodes/core/value.ts';
import { builtInNodes } from '#nodes/index.ts';
import type { AnyCapability, RecordIdentity } from '#runtime/capability.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { RunEvent } from '#runtime/event.ts';
import { FlowDocument } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';
import { type AnyNode, defineNode } from '#runtime/node.ts';
import { planOf } from '#runtime/plan.ts';
import { createRedactor } from '#runtime/redact.ts';
import type { ConnectorSession } from '../../support/connector-session.ts';
import { createFakeErp } from '../../support/fake-erp.ts';
import { createMemoryWorld } from '../../support/memory-ports.ts';
import { CONNECTION, type Stand } from './stand.ts';

/** A node that does one capability with what comes in. */
function nodeOf(capability: AnyCapability) {
  const sentence = { en: capability.name, sv: capability.name };
  return defineNode({
    type: `contract.${capability.name.replace('.', '-')}`,
    version: 1,
    title: sentence,
    summary: sentence,
    group: 'action',
    icon: 'box',
    feature: 'core',
    effect: capability.effect,
    config: z.strictObject({}),
    inputs: { value: AnyValue },
    outputs: { answer: AnyValue },
    needs: { it: capability },
    run: async ({ input, use }) => ({ answer: (await use.it(input.value as never)) as Json }),
  });
}

export interface Ran {
  readonly status: string;
  /** The hold's reason, where the run stands still. */
  readonly hold: string | null;
  readonly output: Readonly<Record<string, unknown>>;
  readonly events: readonly RunEvent[];
  /** All that would be kept of it, as text. */
  readonly log: string;
}

/** One run through the real engine with a clock of its own, so that settling and back-off take no time. */
export function runThroughEngine(
  stand: Stand,
  capability: AnyCapability,
  input: unknown,
  session: ConnectorSession,
): Promise<Ran> {
  const record = capability.identity?.(input) ?? { entity: 'record', connection: 'elsewhere', id: stand.unique('r') };
  return runNode(stand, nodeOf(capability), 'value', { record, body: input }, session);
}

/** The same with one node, `body` at its port. */
export async function runNode(
  stand: Stand,
  node: AnyNode,
  port: string,
  { record, body }: { readonly record: RecordIdentity; readonly body: unknown },
  session: ConnectorSession,
): Promise<Ran> {
  const { connector } = stand.subject;
  const catalog = createCatalog([...builtInNodes.filter((one) => one.type !== node.type), node], [connector]);
  const flow = FlowDocument.parse({
    format: 1,
    name: node.type,
    trace: 'all',
    nodes: [
      { id: 'start', type: 'core.manual', version: 1, config: {} },
      { id: 'do', type: node.type, version: 1, config: {}, connection: CONNECTION },
    ],
    wires: [{ from: 'start.body', to: `do.${port}` }],
  });
  const world = createMemoryWorld({
    erp: createFakeErp(),
    catalog,
    system: { connector, session: session.session, references: stand.references },
    redact: (text) => createRedactor([...session.secrets])(text),
  });
  const run = world.store({
    plan: planOf(flow, catalog, {}),
    trigger: 'start',
    record,
    body: JSON.parse(JSON.stringify(body)) as Json,
  });
  await world.drive();
  return {
    status: run.status,
    hold: run.hold,
    output: world.state(run).steps.get('do')?.output ?? {},
    events: world.events(run),
    log: run.log.join('\n') + JSON.stringify(run.failure),
  };
}
