import { z } from 'zod';
import { endOf, FlowDocument, FlowNode, Wire } from '#runtime/flow.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Edit } from './edit.ts';
import { freeName, held, type Point } from './step-edits.ts';

/** What stands on the clipboard, as text: steps of a flow with the wires between them. It holds no secret: a connection is a name only. */
const Fragment = z.strictObject({
  kind: z.literal('flow-fragment'),
  v: z.literal(1),
  nodes: z.array(FlowNode).max(500),
  wires: z.array(Wire).max(3000),
  groups: FlowDocument.shape.groups,
  notes: FlowDocument.shape.notes,
});
export type Fragment = z.infer<typeof Fragment>;

/** The steps and notes chosen, with the wires and frames that lie among them. */
export function fragmentOf(flow: FlowDocument, steps: ReadonlySet<string>, notes: ReadonlySet<string>): Fragment {
  const within = (end: string): boolean => steps.has(endOf(end)[0]);
  return {
    kind: 'flow-fragment',
    v: 1,
    nodes: flow.nodes.filter((node) => steps.has(node.id)),
    wires: flow.wires.filter((wire) => within(wire.from) && within(wire.to)),
    groups: flow.groups.filter((group) => group.nodes.length > 0 && group.nodes.every((id) => steps.has(id))),
    notes: flow.notes.filter((note) => notes.has(note.id)),
  };
}

const distinct = (things: readonly { readonly id: string }[]): boolean => idsOf(things).size === things.length;

/** No two of a kind under one name: one of them would take the other's wires. */
const isSound = ({ nodes, groups, notes }: Fragment): boolean => [nodes, groups, notes].every(distinct);

/** What a text holds: a fragment, a whole flow, or null. */
export function readFragment(text: string): Fragment | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const fragment = Fragment.safeParse(value);
  if (fragment.success) return isSound(fragment.data) ? fragment.data : null;
  const flow = FlowDocument.safeParse(value);
  if (!flow.success) return null;
  const { nodes, wires, groups, notes } = flow.data;
  const whole = Fragment.safeParse({ kind: 'flow-fragment', v: 1, nodes, wires, groups, notes });
  return whole.success && isSound(whole.data) ? whole.data : null;
}

const STEP_PATH = /\bsteps\.([a-z][a-z0-9-]{0,39})/g;

/** Bindings that name a copied step name its copy. */
function rebound(value: Json, names: ReadonlyMap<string, string>): Json {
  if (typeof value === 'string')
    return value.includes('{{') ? value.replace(STEP_PATH, (_, id: string) => `steps.${names.get(id) ?? id}`) : value;
  if (Array.isArray(value)) return value.map((each) => rebound(each, names));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, rebound(inner, names)]));
}

function namesFor(ids: readonly { readonly id: string }[], taken: ReadonlySet<string>): Map<string, string> {
  const used = new Set(taken);
  const names = new Map<string, string>();
  for (const { id } of ids) {
    const name = used.has(id) ? freeName(used, id.replace(/-\d+$/, '')) : id;
    used.add(name);
    names.set(id, name);
  }
  return names;
}

const idsOf = (things: readonly { readonly id: string }[]): Set<string> => new Set(things.map(({ id }) => id));

/** Upper left corner of a fragment. */
export function cornerOf({ nodes, notes }: Pick<Fragment, 'nodes' | 'notes'>): Point {
  const places = [...nodes, ...notes].map(({ at }) => at);
  return { x: Math.min(...places.map(({ x }) => x)), y: Math.min(...places.map(({ y }) => y)) };
}

export interface Pasted {
  readonly edit: Edit;
  /** Ids of what came, as they are called now. */
  readonly steps: readonly string[];
  readonly notes: readonly string[];
}

/**
 * The fragment at a place in a flow, under names of its own. A connection this customer does not have is left out, and so
 * are answers to questions the flow does not ask.
 */
export function paste(
  flow: FlowDocument,
  fragment: Fragment,
  place: {
    readonly by: Point;
    readonly name: 'paste' | 'duplicate';
    readonly connections: { has(id: string): boolean };
  },
): Pasted {
  const names = namesFor(fragment.nodes, idsOf(flow.nodes));
  const noteNames = namesFor(fragment.notes, idsOf(flow.notes));
  const groupNames = namesFor(fragment.groups, idsOf(flow.groups));
  const moved = (at: Point) => ({ x: held(at.x + place.by.x), y: held(at.y + place.by.y) });
  const end = (text: string): string => {
    const [step, port] = endOf(text);
    return `${names.get(step) ?? step}.${port}`;
  };
  const known = (connection: string): boolean => {
    const param = /^\{\{\s*params\.([a-z0-9-]+)\s*\}\}$/.exec(connection)?.[1];
    return param === undefined ? place.connections.has(connection) : Object.hasOwn(flow.params, param);
  };
  const nodes = fragment.nodes.map((node): FlowNode => {
    const { connection, ...rest } = node;
    return {
      ...rest,
      ...(connection !== undefined && known(connection) ? { connection } : {}),
      id: names.get(node.id) ?? node.id,
      config: rebound(node.config, names) as JsonObject,
      at: moved(node.at),
    };
  });
  const notes = fragment.notes.map((note) => ({ ...note, id: noteNames.get(note.id) ?? note.id, at: moved(note.at) }));
  const within = idsOf(fragment.nodes);
  const edit: Edit = {
    name: place.name,
    count: nodes.length + notes.length,
    apply: (now) => ({
      ...now,
      nodes: [...now.nodes, ...nodes],
      wires: [
        ...now.wires,
        ...fragment.wires
          .filter((wire) => within.has(endOf(wire.from)[0]) && within.has(endOf(wire.to)[0]))
          .map((wire) => ({ from: end(wire.from), to: end(wire.to) })),
      ],
      groups: [
        ...now.groups,
        ...fragment.groups.map((group) => ({
          ...group,
          id: groupNames.get(group.id) ?? group.id,
          nodes: group.nodes.filter((id) => within.has(id)).map((id) => names.get(id) ?? id),
        })),
      ],
      notes: [...now.notes, ...notes],
    }),
  };
  return { edit, steps: nodes.map(({ id }) => id), notes: notes.map(({ id }) => id) };
}
