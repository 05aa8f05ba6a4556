import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import { FAILED_PORT, type NodeManifest, portsFit } from '#runtime/node.ts';
import { portsOf } from './shape.ts';

type Manifests = ReadonlyMap<string, NodeManifest>;
type Graph = Pick<FlowDocument, 'nodes' | 'wires'>;

const NONE = { inputs: [], outputs: [] };

/** The type of an output of a step; undefined when it has none of that name. */
export function outputTypeOf(node: FlowNode, manifests: Manifests, port: string): string | undefined {
  if (port === FAILED_PORT) return manifests.get(node.type)?.outputs.find(({ name }) => name === port)?.type;
  return portsOf(node, manifests.get(node.type), NONE).outputs.find(({ name }) => name === port)?.type;
}

function inputTypeOf(node: FlowNode, manifests: Manifests, port: string): string | undefined {
  return manifests.get(node.type)?.inputs.find(({ name }) => name === port)?.type;
}

/** Why a wire may not be drawn, as a key of `canvas.refused`, with what it says. */
export type Refusal =
  | { readonly why: 'self' | 'twice' | 'circle' | 'unknown' | 'nothing' }
  | { readonly why: 'type'; readonly gives: string; readonly takes: string };

/** Whether a run that leaves `from` can come to `to`. */
function leads(wires: Graph['wires'], from: string, to: string): boolean {
  const next = new Map<string, string[]>();
  for (const wire of wires) {
    const [source] = endOf(wire.from);
    next.set(source, [...(next.get(source) ?? []), endOf(wire.to)[0]]);
  }
  const seen = new Set<string>();
  const front = [from];
  for (let step = front.pop(); step !== undefined; step = front.pop()) {
    if (step === to) return true;
    if (seen.has(step)) continue;
    seen.add(step);
    front.push(...(next.get(step) ?? []));
  }
  return false;
}

/** Null when the wire may be drawn. `but`: a wire that is on its way elsewhere and does not count. */
export function refusal(
  flow: Graph,
  manifests: Manifests,
  wire: { from: string; to: string },
  but?: string,
): Refusal | null {
  const [fromId, output] = endOf(wire.from);
  const [toId, input] = endOf(wire.to);
  if (fromId === toId) return { why: 'self' };
  const from = flow.nodes.find((node) => node.id === fromId);
  const to = flow.nodes.find((node) => node.id === toId);
  const gives = from && outputTypeOf(from, manifests, output);
  const takes = to && inputTypeOf(to, manifests, input);
  if (gives === undefined || takes === undefined) return { why: 'unknown' };
  if (!portsFit(gives, takes)) return { why: 'type', gives, takes };
  const others = but === undefined ? flow.wires : flow.wires.filter((each) => `${each.from}>${each.to}` !== but);
  if (others.some((each) => each.from === wire.from && each.to === wire.to)) return { why: 'twice' };
  return leads(others, toId, fromId) ? { why: 'circle' } : null;
}

/** One open end: a port that wants a partner. */
export interface OpenEnd {
  readonly step: string;
  readonly port: string;
  readonly side: 'out' | 'in';
}

/** The port of a node not yet in the flow that an open end can be joined to. */
export function fittingPort(node: NodeManifest, type: string, side: OpenEnd['side']): string | undefined {
  if (side === 'out') {
    const exact = node.inputs.find((port) => port.type === type && type !== 'any');
    return (exact ?? node.inputs.find((port) => portsFit(type, port.type)))?.name;
  }
  const outputs = node.outputs.filter(({ name }) => name !== FAILED_PORT);
  const exact = outputs.find((port) => port.type === type && type !== 'any');
  return (exact ?? outputs.find((port) => portsFit(port.type, type)))?.name;
}

/** The type of what an open end gives or takes. */
export function typeAt(flow: Graph, manifests: Manifests, end: OpenEnd): string {
  const node = flow.nodes.find((each) => each.id === end.step);
  const type =
    node && (end.side === 'out' ? outputTypeOf(node, manifests, end.port) : inputTypeOf(node, manifests, end.port));
  return type ?? 'any';
}

/** Ports of steps in the flow that an open end may be joined to. */
export function partnersOf(flow: Graph, manifests: Manifests, end: OpenEnd): { step: FlowNode; port: string }[] {
  const mine = `${end.step}.${end.port}`;
  return flow.nodes.flatMap((step) => {
    const manifest = manifests.get(step.type);
    const ports = end.side === 'out' ? (manifest?.inputs ?? []) : [...portsOf(step, manifest, NONE).outputs];
    return ports
      .filter(({ name }) => {
        const other = `${step.id}.${name}`;
        return (
          refusal(flow, manifests, end.side === 'out' ? { from: mine, to: other } : { from: other, to: mine }) === null
        );
      })
      .map(({ name }) => ({ step, port: name }));
  });
}

/** The outputs a new wire may start from: those unused first. */
export function outputsOf(flow: Graph, manifests: Manifests, step: FlowNode): string[] {
  const { outputs, failed } = portsOf(step, manifests.get(step.type), NONE);
  const used = new Set(flow.wires.map((wire) => wire.from));
  const names = [...outputs.map(({ name }) => name), ...(failed ? [FAILED_PORT] : [])];
  const free = (name: string) => Number(used.has(`${step.id}.${name}`)) + Number(name === FAILED_PORT);
  return names.toSorted((one, other) => free(one) - free(other));
}

/** The types that no node of this flow could pass from one to the other are told apart by this for healing. */
export function fitsBetween(flow: Graph, manifests: Manifests): (from: string, to: string) => boolean {
  return (from, to) => {
    const source = flow.nodes.find((node) => node.id === endOf(from)[0]);
    const target = flow.nodes.find((node) => node.id === endOf(to)[0]);
    const gives = source && outputTypeOf(source, manifests, endOf(from)[1]);
    const takes = target && inputTypeOf(target, manifests, endOf(to)[1]);
    return gives !== undefined && takes !== undefined && portsFit(gives, takes);
  };
}
