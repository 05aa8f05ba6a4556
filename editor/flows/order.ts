import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';

/** A wire between two steps. */
export interface Link {
  readonly from: string;
  readonly port: string;
  readonly to: string;
}

/** The wires between steps that exist, one entry a wire. */
export function linksOf(flow: Pick<FlowDocument, 'nodes' | 'wires'>): Link[] {
  const known = new Set(flow.nodes.map((node) => node.id));
  return flow.wires.flatMap((wire) => {
    const [from, port] = endOf(wire.from);
    const [to] = endOf(wire.to);
    return known.has(from) && known.has(to) ? [{ from, port, to }] : [];
  });
}

/** The steps in the order a run takes them; where that is open, as drawn. A loop back (which `check` refuses) ends up last. */
export function stepOrder(flow: Pick<FlowDocument, 'nodes' | 'wires'>): FlowNode[] {
  const links = linksOf(flow);
  const before = new Map(flow.nodes.map((node) => [node.id, new Set<string>()]));
  for (const link of links) before.get(link.to)?.add(link.from);
  const left = [...flow.nodes].sort((one, other) => one.at.x - other.at.x || one.at.y - other.at.y);
  const ordered: FlowNode[] = [];
  const done = new Set<string>();
  while (left.length > 0) {
    const ready = left.findIndex((node) => [...(before.get(node.id) ?? [])].every((id) => done.has(id)));
    const [node] = left.splice(ready === -1 ? 0 : ready, 1);
    if (!node) break;
    done.add(node.id);
    ordered.push(node);
  }
  return ordered;
}
