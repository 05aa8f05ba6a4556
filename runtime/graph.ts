import { compileText } from './binding.ts';
import { bindingsOf } from './config-value.ts';
import { endOf, type FlowDocument, type Wire } from './flow.ts';
import { type AnyNode, openConfig } from './node.ts';

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

type Edge = readonly [from: string, to: string];

/** Kahn's sort, ties by place in the document, so that one flow always runs in one order. */
function sort(ids: readonly string[], edges: readonly Edge[]): { order: string[]; cyclic: string[] } {
  const place = new Map(ids.map((id, index) => [id, index]));
  const waiting = new Map(ids.map((id) => [id, 0]));
  const next = new Map<string, string[]>();
  for (const [from, to] of edges) {
    if (!place.has(from) || !place.has(to)) continue;
    waiting.set(to, (waiting.get(to) ?? 0) + 1);
    const after = next.get(from);
    if (after) after.push(to);
    else next.set(from, [to]);
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
  const sorted = new Set(order);
  return { order, cyclic: ids.filter((id) => !sorted.has(id)) };
}

/** A step reads what its bindings name just as what its wires bring. Bindings that cannot be read are left to `check`. */
function boundEdges(flow: FlowDocument, types: ReadonlyMap<string, AnyNode | undefined>): Edge[] {
  return flow.nodes.flatMap((node) =>
    bindingsOf(openConfig(types.get(node.id), node.config)).flatMap(({ text }) =>
      stepsRead(text).map((from): Edge => [from, node.id]),
    ),
  );
}

function stepsRead(text: string): string[] {
  try {
    return compileText(text).paths.flatMap((path) => (path[0] === 'steps' ? [String(path[1])] : []));
  } catch {
    return [];
  }
}

/** What a loop's steps read from outside it must be there before the loop begins. */
function loopEdges(edges: readonly Edge[], scopes: ReadonlyMap<string, readonly string[]>): Edge[] {
  return edges.flatMap(([from, to]) =>
    (scopes.get(to) ?? [])
      .filter((loop) => loop !== from && !(scopes.get(from) ?? []).includes(loop))
      .map((loop): Edge => [from, loop]),
  );
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

interface Scopes {
  readonly scopes: ReadonlyMap<string, readonly string[]>;
  readonly problems: readonly GraphProblem[];
}

function scopesOf(
  order: readonly string[],
  into: Graph['into'],
  types: ReadonlyMap<string, AnyNode | undefined>,
): Scopes {
  const problems: GraphProblem[] = [];
  const scopes = new Map<string, readonly string[]>();
  for (const id of order) {
    const sources = [...(into.get(id)?.values() ?? [])].flat();
    const arriving = sources.map(({ step, port }) => scopeAfter(step, port, scopes.get(step) ?? [], types.get(step)));
    const scope = arriving.reduce((deep, from) => (from.length >= deep.length ? from : deep), []);
    for (const from of arriving) if (!isPrefix(from, scope)) problems.push({ kind: 'scope-mix', step: id });
    if (types.get(id)?.control === 'collect' && scope.length === 0)
      problems.push({ kind: 'collect-outside', step: id });
    scopes.set(id, scope);
  }
  return { scopes, problems };
}

/** The graph of a flow: order, loops, wires. Wires to steps that are not there are left out; `check` names them. */
export function graphOf(flow: FlowDocument, nodeOf: (type: string) => AnyNode | undefined): Graph {
  const into = incoming(flow.wires);
  const ids = flow.nodes.map((node) => node.id);
  const types = new Map(flow.nodes.map((node) => [node.id, nodeOf(node.type)]));
  const edges: Edge[] = [
    ...flow.wires.map((wire): Edge => [endOf(wire.from)[0], endOf(wire.to)[0]]),
    ...boundEdges(flow, types),
  ];
  const first = sort(ids, edges);
  const { scopes, problems } = scopesOf(first.order, into, types);
  const { order, cyclic } = sort(ids, [...edges, ...loopEdges(edges, homesOf(scopes, types))]);
  return {
    order,
    scopes,
    into,
    problems: [...cyclic.map((step): GraphProblem => ({ kind: 'cycle', step })), ...problems],
  };
}

/** Where a step's own result stands: a collect's is outside the loop it closes. */
function homesOf(
  scopes: ReadonlyMap<string, readonly string[]>,
  types: ReadonlyMap<string, AnyNode | undefined>,
): Map<string, readonly string[]> {
  return new Map(
    [...scopes].map(([id, scope]) => [id, types.get(id)?.control === 'collect' ? scope.slice(0, -1) : scope]),
  );
}
