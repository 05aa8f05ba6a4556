import { endOf, type FlowDocument } from '#runtime/flow.ts';
import { stepOrder } from '../flows/order.ts';

export type Way = 'ArrowRight' | 'ArrowLeft' | 'ArrowUp' | 'ArrowDown' | 'Home' | 'End';

/**
 * The step one comes to from another: right and left along wires, up and down among those beside it. `within`: the collapsed
 * groups steps are in; one goes past a group as past one step.
 */
export function walk(
  flow: FlowDocument,
  from: string | null,
  way: Way,
  within: ReadonlyMap<string, string> = new Map(),
): string | undefined {
  const group = from === null ? undefined : within.get(from);
  const seen = new Set<string>();
  let next = nextStep(flow, from, way);
  while (next !== undefined && group !== undefined && within.get(next) === group && !seen.has(next)) {
    seen.add(next);
    next = nextStep(flow, next, way);
  }
  return next !== undefined && seen.has(next) ? undefined : next;
}

function nextStep(flow: FlowDocument, from: string | null, way: Way): string | undefined {
  const order = stepOrder(flow);
  const here = flow.nodes.find((node) => node.id === from);
  if (way === 'Home' || !here) return order[0]?.id;
  if (way === 'End') return order.at(-1)?.id;
  const byPlace = (ids: readonly string[]) =>
    flow.nodes
      .filter((node) => ids.includes(node.id))
      .sort((one, other) => one.at.y - other.at.y || one.at.x - other.at.x);
  const next = flow.wires.flatMap((wire) => (endOf(wire.from)[0] === here.id ? [endOf(wire.to)[0]] : []));
  const before = flow.wires.flatMap((wire) => (endOf(wire.to)[0] === here.id ? [endOf(wire.from)[0]] : []));
  if (way === 'ArrowRight') return byPlace(next)[0]?.id;
  if (way === 'ArrowLeft') return byPlace(before)[0]?.id;
  const down = way === 'ArrowDown';
  const beside = flow.nodes.filter(
    (node) => node.id !== here.id && (down ? node.at.y > here.at.y : node.at.y < here.at.y),
  );
  const distance = (node: (typeof beside)[number]) =>
    Math.abs(node.at.y - here.at.y) + 2 * Math.abs(node.at.x - here.at.x);
  return beside.sort((one, other) => distance(one) - distance(other))[0]?.id;
}
