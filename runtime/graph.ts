import { endOf, type FlowDocument, type Wire } from './flow.ts';
import type { AnyNode } from './node.ts';

/** What `scopesOf` finds wrong, with the step it is at. */
export interface GraphProblem {
  readonly kind: 'cycle' | 'scope-mix' | 'collect-outside';
  readonly step: string;
}

export interface Graph {
  /** Step ids, every step after all it reads from. */
  readonly order: readonly string[];
  /** The loops a step is inside of, outermost first. */
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  /** Wires into a step, by input port, in document order. */
  readonly into: ReadonlyMap<string, ReadonlyMap<string, readonly { step: string; port: string }[]>>;
  readonly problems: readonly GraphProblem[];
}

function incoming(wires: readonly Wire[]): Map<string, Map<string, { step: string; port: string }[]>> {
  const into = new Map<string, Map<string, { step: string; port: string }[]>>();
  for (const wire of wires) {
    const [from, output] = endOf(wire.from);
    const [to, input] = endOf(wire.to);
    const ports = into.get(to) ?? new Map<string, { step: string; port: string }[]>();
    ports.set(input, [...(ports.get(input) ?? []), { step: from, port: output }]);
    into.set(to, ports);
  }
  return into;
}

/** Kahn's sort, ties by place in the document, so that one flow always runs in one order. */
function sort(flow: FlowDocument): { order: string[]; cyclic: string[] } {
  const ids = flow.nodes.map((node) => node.id);
  const place = new Map(ids.map((id, index) => [id, index]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  const next = new Map<string, string[]>();
  for (const wire of flow.wires) {
    const from = endOf(wire.from)[0];
    const to = endOf(wire.to)[0];
    if (!place.has(from) || !place.has(to)) continue;
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    next.set(from, [...(next.get(from) ?? []), to]);
  }
  const ready = ids.filter((id) => waiting.get(id) === 0);
  const order: string[] = [];
  while (ready.length > 0) {
    ready.sort((a, b) => (place.get(a) ?? 0) - (place.get(b) ?? 0));
    const id = ready.shift() as string;
    order.push(id);
    for (const to of next.get(id) ?? []) {
      const left = (waiting.get(to) ?? 0) - 1;
      waiting.set(to, left);
      if (left === 0) ready.push(to);
    }
  }
  return { order, cyclic: ids.filter((id) => !order.includes(id)) };
}

function isPrefix(short: readonly string[], long: readonly string[]): boolean {
  return short.every((id, index) => long[index] === id);
}

/** The scope a wire arrives from: inside the loop after an each, outside it after its collect. */
function scopeAfter(
  step: string,
  port: string,
  scope: readonly string[],
  node: AnyNode | undefined,
): readonly string[] {
  if (node?.control === 'each') return port === 'failed' ? scope : [...scope, step];
  if (node?.control === 'collect') return scope.slice(0, -1);
  return scope;
}

/** The graph of a flow: order, loops, wires. Wires to steps that are not there are left out; `check` names them. */
export function graphOf(flow: FlowDocument, nodeOf: (type: string) => AnyNode | undefined): Graph {
  const into = incoming(flow.wires);
  const { order, cyclic } = sort(flow);
  const problems: GraphProblem[] = cyclic.map((step) => ({ kind: 'cycle', step }));
  const types = new Map(flow.nodes.map((node) => [node.id, nodeOf(node.type)]));
  const scopes = new Map<string, readonly string[]>();
  for (const id of order) {
    let scope: readonly string[] = [];
    for (const source of [...(into.get(id)?.values() ?? [])].flat()) {
      const from = scopeAfter(source.step, source.port, scopes.get(source.step) ?? [], types.get(source.step));
      if (from.length >= scope.length) {
        if (!isPrefix(scope, from)) problems.push({ kind: 'scope-mix', step: id });
        scope = from;
      } else if (!isPrefix(from, scope)) problems.push({ kind: 'scope-mix', step: id });
    }
    if (types.get(id)?.control === 'collect' && scope.length === 0)
      problems.push({ kind: 'collect-outside', step: id });
    scopes.set(id, scope);
  }
  return { order, scopes, into, problems };
}
