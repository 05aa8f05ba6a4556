import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import { FAILED_PORT, type NodeManifest, type Port } from '#runtime/node.ts';

export const STEP_WIDTH = 256;
const LOW = 64;
const HIGH = 96;
const ROW = 24;
/** How far in from the left the failed port stands on the bottom edge. */
export const FAILED_X = 24;

export interface PortPlace {
  readonly name: string;
  readonly type: string;
  /** From the top of the step. */
  readonly y: number;
}

/** What a step looks like: fixed sizes, so that nothing needs to be measured. */
export interface StepShape {
  readonly height: number;
  readonly inputs: readonly PortPlace[];
  readonly outputs: readonly PortPlace[];
  readonly failed: boolean;
  /** Ports stand in rows under the head, named on both sides. */
  readonly rows: boolean;
  /** Height of the part with tile and title. */
  readonly head: number;
}

/** The ports of a step as its node declares them, those its config names, and those only a wire knows of. */
export interface StepPorts {
  readonly inputs: readonly Pick<Port, 'name' | 'type'>[];
  readonly outputs: readonly Pick<Port, 'name' | 'type'>[];
  readonly failed: boolean;
}

function namedBy(node: FlowNode, list: string | undefined): string[] {
  const items = list === undefined ? undefined : node.config[list];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item) => {
    const name = typeof item === 'object' && item !== null && !Array.isArray(item) ? item['name'] : undefined;
    return typeof name === 'string' && name !== '' ? [name] : [];
  });
}

/** `wired`: port names that wires of the flow end at. */
export function portsOf(
  node: FlowNode,
  manifest: NodeManifest | undefined,
  wired: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): StepPorts {
  const outputs = (manifest?.outputs ?? []).filter(({ name }) => name !== FAILED_PORT);
  const named = namedBy(node, manifest?.portsFrom).map((name) => ({ name, type: 'any' }));
  const unique = (ports: readonly Pick<Port, 'name' | 'type'>[]) => [
    ...new Map(ports.map((port) => [port.name, port])).values(),
  ];
  const loose = (names: readonly string[]) =>
    names.filter((name) => name !== FAILED_PORT).map((name) => ({ name, type: 'any' }));
  return {
    inputs: unique([...loose(wired.inputs), ...(manifest?.starts ? [] : (manifest?.inputs ?? []))].reverse()).reverse(),
    outputs: unique([...loose(wired.outputs), ...named, ...outputs].reverse()).reverse(),
    failed:
      wired.outputs.includes(FAILED_PORT) || (manifest?.outputs.some(({ name }) => name === FAILED_PORT) ?? false),
  };
}

const spread = (ports: readonly Pick<Port, 'name' | 'type'>[], height: number): PortPlace[] =>
  ports.map((port, index) => ({ ...port, y: (height / (ports.length + 1)) * (index + 1) }));

/** One way in and at most one out: a plain box. Several out: named on the right. Several in: rows under the head. */
export function shapeOf({ inputs, outputs, failed }: StepPorts): StepShape {
  if (inputs.length > 1) {
    const row = (port: Pick<Port, 'name' | 'type'>, index: number) => ({ ...port, y: LOW + ROW * index + ROW / 2 - 4 });
    const height = LOW + ROW * Math.max(inputs.length, outputs.length);
    return { height, inputs: inputs.map(row), outputs: outputs.map(row), failed, rows: true, head: LOW };
  }
  const height = outputs.length < 2 ? LOW : Math.max(HIGH, ROW + outputs.length * ROW);
  return {
    height,
    inputs: spread(inputs, height),
    outputs: spread(outputs, height),
    failed,
    rows: false,
    head: height,
  };
}

/** Names of the ports that wires end at, by step. */
export function wiredPorts(flow: Pick<FlowDocument, 'wires'>): Map<string, { inputs: string[]; outputs: string[] }> {
  const wired = new Map<string, { inputs: string[]; outputs: string[] }>();
  const of = (step: string) => {
    const known = wired.get(step) ?? { inputs: [], outputs: [] };
    wired.set(step, known);
    return known;
  };
  for (const wire of flow.wires) {
    const [from, output] = endOf(wire.from);
    const [to, input] = endOf(wire.to);
    of(from).outputs.push(output);
    of(to).inputs.push(input);
  }
  return wired;
}

/** The shape of every step, for what is asked now and then; the drawing keeps its own. */
export function shapesOf(
  flow: Pick<FlowDocument, 'nodes' | 'wires'>,
  manifests: ReadonlyMap<string, NodeManifest>,
): Map<string, StepShape> {
  const wired = wiredPorts(flow);
  return new Map(
    flow.nodes.map((node) => {
      const ends = wired.get(node.id) ?? { inputs: [], outputs: [] };
      return [node.id, shapeOf(portsOf(node, manifests.get(node.type), ends))];
    }),
  );
}
