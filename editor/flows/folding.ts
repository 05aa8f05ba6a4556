import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { StepLook } from '../ui/status.tsx';

type Group = FlowDocument['groups'][number];
type Drawn = Pick<FlowDocument, 'nodes' | 'wires' | 'groups'>;

/** What a run made of a step. */
export interface StepMark {
  readonly look: StepLook;
  readonly failed: number;
  /** Outputs that carried something. */
  readonly ports: ReadonlySet<string>;
}

/** What a run made of the steps a group stands for. */
export interface GroupMark extends StepMark {
  readonly done: number;
  readonly total: number;
}

/** Where a person's own view of a group is kept in the browser. */
export const groupKey = (flow: string, group: string): string => `group/${flow}/${group}`;

const IN = 'in';
const OUT = 'out';
const nodeOf = (group: string): string => `group:${group}`;

function standIn({ id }: Group, inside: readonly FlowNode[]): FlowNode {
  const least = (side: 'x' | 'y') => Math.min(...inside.map(({ at }) => at[side]));
  const at = { x: least('x'), y: least('y') };
  return { id: nodeOf(id), type: '', version: 1, config: {}, onError: 'stop', at };
}

export interface Folded {
  readonly nodes: FlowNode[];
  readonly wires: FlowDocument['wires'];
  /** By the id of the step that stands for it. */
  readonly groups: ReadonlyMap<string, Group>;
}

/** The flow with one step in place of each collapsed group's: wires of theirs end at it, and wires between them are gone. */
export function folded(flow: Drawn, collapsed: ReadonlySet<string>): Folded {
  const shut = flow.groups.filter(
    ({ id, nodes }) => collapsed.has(id) && flow.nodes.some((node) => nodes.includes(node.id)),
  );
  const within = new Map(shut.flatMap(({ id, nodes }) => nodes.map((step) => [step, nodeOf(id)] as const)));
  const wires = new Map<string, FlowDocument['wires'][number]>();
  for (const wire of flow.wires) {
    const [from, to] = [within.get(endOf(wire.from)[0]), within.get(endOf(wire.to)[0])];
    if (from !== undefined && from === to) continue;
    const drawn = {
      from: from === undefined ? wire.from : `${from}.${OUT}`,
      to: to === undefined ? wire.to : `${to}.${IN}`,
    };
    wires.set(`${drawn.from} ${drawn.to}`, drawn);
  }
  const inside = ({ nodes }: Group) => flow.nodes.filter(({ id }) => nodes.includes(id));
  return {
    nodes: [...flow.nodes.filter(({ id }) => !within.has(id)), ...shut.map((group) => standIn(group, inside(group)))],
    wires: [...wires.values()],
    groups: new Map(shut.map((group) => [nodeOf(group.id), group])),
  };
}

/** What matters most comes first: the group looks as the first of these that one of its steps has. */
const RANK: readonly StepLook[] = [
  'failed',
  'held',
  'running',
  'writing',
  'retrying',
  'waiting',
  'cancelled',
  'pending',
  'succeeded',
  'skipped',
];

/** A group's state, made of those of its steps; undefined where the run knows none of them. */
export function groupMark(
  { nodes }: Group,
  { wires }: Pick<FlowDocument, 'wires'>,
  marks: ReadonlyMap<string, StepMark>,
): GroupMark | undefined {
  const mine = nodes.flatMap((id) => marks.get(id) ?? []);
  const look = RANK.find((each) => mine.some((mark) => mark.look === each));
  if (look === undefined) return undefined;
  const leaves = wires.some(({ from, to }) => {
    const [step, port] = endOf(from);
    return nodes.includes(step) && !nodes.includes(endOf(to)[0]) && marks.get(step)?.ports.has(port);
  });
  return {
    look,
    failed: mine.reduce((sum, { failed }) => sum + failed, 0),
    ports: new Set(leaves ? [OUT] : []),
    done: mine.filter((mark) => mark.look === 'succeeded').length,
    total: mine.length,
  };
}
