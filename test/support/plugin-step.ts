import { FlowDocument } from '#runtime/flow.ts';
import type { Weft } from '#server/weft.ts';

const STARTER = 'sku-rewrite';

/** The demo order flow with a step of a customer's own code before all others; it looks up every line and changes none of the practice shop's. */
function withOwnCode(flow: FlowDocument): FlowDocument {
  const [first] = flow.wires.filter(({ from }) => from === 'order.order');
  if (!first) throw new Error('the flow begins otherwise');
  const own = { id: 'own', type: `${STARTER}.order`, version: 1, config: {}, at: { x: 160, y: -160 } };
  return FlowDocument.parse({
    ...flow,
    nodes: [...flow.nodes, own],
    wires: [
      ...flow.wires.map((wire) => (wire === first ? { from: wire.from, to: 'own.order' } : wire)),
      { from: 'own.order', to: first.to },
    ],
  });
}

/** Installs a plugin that comes with Weft and publishes the customer's live flow with a node of it. */
export async function putOwnCodeIn({ flows, plugins }: Pick<Weft, 'flows' | 'plugins'>, tenant: number): Promise<void> {
  await plugins.installStarter(tenant, STARTER, 'test');
  const live = (await flows.list(tenant)).find(({ state }) => state === 'live');
  if (!live) throw new Error('the customer has no live flow');
  const { draft, flow } = await flows.read(tenant, live.id);
  const saved = await flows.saveDraft(tenant, live.id, { basedOn: flow.revision, document: withOwnCode(draft) });
  const wish = { revision: saved.revision, note: 'own code', on: true };
  await flows.publish(tenant, live.id, wish, { author: 'test', mayUnsigned: false });
}
