import { Graph, layout } from '@dagrejs/dagre';
import { endOf, type FlowDocument } from '#runtime/flow.ts';
import type { Point } from '../edit/step-edits.ts';
import { snap } from './place.ts';
import { STEP_WIDTH, type StepShape } from './shape.ts';

/** Where the steps go when the flow is tidied up, left to right; given `only`, those among themselves, where they were. */
export function tidied(
  flow: Pick<FlowDocument, 'nodes' | 'wires'>,
  shapes: ReadonlyMap<string, StepShape>,
  only?: ReadonlySet<string>,
): Map<string, Point> {
  const chosen = flow.nodes.filter((node) => !only || only.has(node.id));
  const known = new Set(chosen.map((node) => node.id));
  if (chosen.length === 0) return new Map();
  const graph = new Graph({ multigraph: true });
  graph.setGraph({ rankdir: 'LR', ranksep: 64, nodesep: 32 });
  graph.setDefaultEdgeLabel(() => ({}));
  for (const node of chosen) graph.setNode(node.id, { width: STEP_WIDTH, height: shapes.get(node.id)?.height ?? 64 });
  for (const wire of flow.wires) {
    const [from, to] = [endOf(wire.from)[0], endOf(wire.to)[0]];
    if (known.has(from) && known.has(to)) graph.setEdge(from, to, {}, `${wire.from}>${wire.to}`);
  }
  layout(graph);
  const corner = (id: string): Point => {
    const {
      x = 0,
      y = 0,
      width = 0,
      height = 0,
    } = graph.node(id) as { x?: number; y?: number; width?: number; height?: number };
    return { x: x - width / 2, y: y - height / 2 };
  };
  const left = Math.min(...chosen.map((node) => node.at.x));
  const top = Math.min(...chosen.map((node) => node.at.y));
  const places = chosen.map((node) => [node.id, corner(node.id)] as const);
  const from = { x: Math.min(...places.map(([, at]) => at.x)), y: Math.min(...places.map(([, at]) => at.y)) };
  return new Map(places.map(([id, at]) => [id, { x: snap(left + at.x - from.x), y: snap(top + at.y - from.y) }]));
}
