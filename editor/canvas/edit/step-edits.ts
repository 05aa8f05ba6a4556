import { endOf, type FlowDocument, type FlowNode, type Wire } from '#runtime/flow.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { Edit } from './edit.ts';

export interface Point {
  readonly x: number;
  readonly y: number;
}

const LIMIT = 1e6;
/** As far out as a flow reaches. */
export const held = (value: number): number => Math.min(LIMIT, Math.max(-LIMIT, value));

/** A name for a step that no step has yet: what its type ends with, numbered when taken. */
export function freeName(taken: { has(name: string): boolean }, type: string): string {
  const last = type.split('.').at(-1) ?? '';
  const stem = last
    .replace(/[^a-z0-9-]/g, '')
    .replace(/^[^a-z]+/, '')
    .slice(0, 34);
  const base = stem === '' || stem === 'constructor' ? 'step' : stem;
  for (let number = 1; ; number++) {
    const name = number === 1 ? base : `${base}-${number}`;
    if (!taken.has(name)) return name;
  }
}

/** One step changed in place; the others stay the very same objects. */
function withStep(flow: FlowDocument, id: string, change: (node: FlowNode) => FlowNode): FlowDocument {
  const index = flow.nodes.findIndex((node) => node.id === id);
  const node = flow.nodes[index];
  if (!node) return flow;
  const next = change(node);
  return next === node ? flow : { ...flow, nodes: flow.nodes.with(index, next) };
}

/** Whether both ends of a wire are at steps that are there. */
function isTied(nodes: FlowDocument['nodes'], wire: Wire): boolean {
  return [wire.from, wire.to].every((end) => nodes.some((node) => node.id === endOf(end)[0]));
}

/** A step, and the wires that tie it in. */
export function addStep(node: FlowNode, wires: readonly Wire[] = []): Edit {
  return {
    name: 'add',
    count: 1,
    apply: (flow) => {
      const nodes = [...flow.nodes, node];
      return { ...flow, nodes, wires: [...flow.wires, ...wires.filter((wire) => isTied(nodes, wire))] };
    },
  };
}

/** Where steps and notes are put, by id. */
export function moveTo(places: ReadonlyMap<string, Point>, name: Edit['name'] = 'move', merge?: string): Edit {
  return {
    name,
    count: places.size,
    ...(merge === undefined ? {} : { merge }),
    apply: (flow) => {
      let moved = false;
      const place = <Thing extends { id: string; at: Point }>(thing: Thing, key: string): Thing => {
        const to = places.get(key);
        if (!to || (to.x === thing.at.x && to.y === thing.at.y)) return thing;
        moved = true;
        return { ...thing, at: { x: held(to.x), y: held(to.y) } };
      };
      const nodes = flow.nodes.map((node) => place(node, node.id));
      const notes = flow.notes.map((note) => place(note, `note:${note.id}`));
      return moved ? { ...flow, nodes, notes } : flow;
    },
  };
}

/** The outputs, of steps that stay, that lead to a removed step, straight or through others that go too. */
function leadingTo(flow: FlowDocument, step: string, gone: ReadonlySet<string>): string[] {
  const ends: string[] = [];
  const seen = new Set<string>();
  const front = [step];
  for (let at = front.pop(); at !== undefined; at = front.pop()) {
    if (seen.has(at)) continue;
    seen.add(at);
    for (const wire of flow.wires) {
      if (endOf(wire.to)[0] !== at) continue;
      const [before] = endOf(wire.from);
      if (gone.has(before)) front.push(before);
      else ends.push(wire.from);
    }
  }
  return ends;
}

/** The wires that join what stands before removed steps with what stands after them, where the types allow. */
function healed(flow: FlowDocument, gone: ReadonlySet<string>, fits: (from: string, to: string) => boolean): Wire[] {
  return flow.wires
    .filter((wire) => gone.has(endOf(wire.from)[0]) && !gone.has(endOf(wire.to)[0]))
    .flatMap(({ from, to }) =>
      leadingTo(flow, endOf(from)[0], gone)
        .filter((end) => fits(end, to))
        .map((end): Wire => ({ from: end, to })),
    );
}

export interface Removal {
  readonly steps: ReadonlySet<string>;
  readonly wires?: ReadonlySet<string>;
  readonly notes?: ReadonlySet<string>;
  readonly groups?: ReadonlySet<string>;
}

/** The key of a wire, which no two wires of a flow share. */
export const wireKey = (wire: Wire): string => `${wire.from}>${wire.to}`;

const unique = (wires: readonly Wire[]): Wire[] => [...new Map(wires.map((wire) => [wireKey(wire), wire])).values()];

/** Takes steps away with their wires; given `heal`, what stood before them is wired to what stood after. */
export function remove(
  what: Removal,
  options: { name?: Edit['name']; heal?: (from: string, to: string) => boolean } = {},
): Edit {
  const { steps } = what;
  const wires = what.wires ?? new Set();
  const notes = what.notes ?? new Set();
  const groups = what.groups ?? new Set();
  const count = steps.size + notes.size + groups.size;
  return {
    name: options.name ?? (count === 0 ? 'disconnect' : 'remove'),
    count: count === 0 ? wires.size : count,
    apply: (flow) => {
      const left = flow.wires.filter(
        (wire) => !wires.has(wireKey(wire)) && !steps.has(endOf(wire.from)[0]) && !steps.has(endOf(wire.to)[0]),
      );
      const joined = options.heal ? unique([...left, ...healed(flow, steps, options.heal)]) : left;
      const next: FlowDocument = {
        ...flow,
        nodes: flow.nodes.filter((node) => !steps.has(node.id)),
        wires: joined,
        groups: flow.groups
          .filter((group) => !groups.has(group.id))
          .map((group) =>
            group.nodes.some((id) => steps.has(id))
              ? { ...group, nodes: group.nodes.filter((id) => !steps.has(id)) }
              : group,
          )
          .filter((group) => group.nodes.length > 0),
        notes: flow.notes.filter((note) => !notes.has(note.id)),
      };
      const same =
        next.nodes.length === flow.nodes.length &&
        next.notes.length === flow.notes.length &&
        next.groups.length === flow.groups.length &&
        next.wires.length === flow.wires.length;
      return same ? flow : next;
    },
  };
}

export function connect(wire: Wire): Edit {
  return {
    name: 'connect',
    count: 1,
    apply: (flow) =>
      flow.wires.some((each) => wireKey(each) === wireKey(wire)) || !isTied(flow.nodes, wire)
        ? flow
        : { ...flow, wires: [...flow.wires, wire] },
  };
}

/** One end of a wire put elsewhere. */
export function reconnect(old: string, wire: Wire): Edit {
  return {
    name: 'reconnect',
    count: 1,
    apply: (flow) => {
      const known = flow.wires.some((each) => wireKey(each) === old);
      if (!known || old === wireKey(wire) || !isTied(flow.nodes, wire)) return flow;
      return { ...flow, wires: unique(flow.wires.map((each) => (wireKey(each) === old ? wire : each))) };
    },
  };
}

interface Splice {
  readonly node: FlowNode;
  /** The wire it is put into. */
  readonly into: string;
  readonly input: string;
  /** Null: nothing the step gives fits where the wire went; that end is left open. */
  readonly output: string | null;
  /** Steps that make room, with where they go. */
  readonly moved: ReadonlyMap<string, Point>;
}

/** Puts a step into a wire. */
export function splice({ node, into, input, output, moved }: Splice): Edit {
  return {
    name: 'splice',
    count: 1,
    apply: (flow) => {
      const old = flow.wires.find((wire) => wireKey(wire) === into);
      if (!old) return flow;
      const roomy = moveTo(moved).apply(flow);
      const known = flow.nodes.some((each) => each.id === node.id);
      return {
        ...roomy,
        nodes: known ? roomy.nodes : [...roomy.nodes, node],
        wires: unique([
          ...flow.wires.filter((wire) => wire !== old),
          { from: old.from, to: `${node.id}.${input}` },
          ...(output === null ? [] : [{ from: `${node.id}.${output}`, to: old.to }]),
        ]),
      };
    },
  };
}

const sameJson = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function configure(id: string, config: JsonObject): Edit {
  return {
    name: 'configure',
    count: 1,
    merge: `config:${id}`,
    apply: (flow) => withStep(flow, id, (node) => (sameJson(node.config, config) ? node : { ...node, config })),
  };
}

export function setConnection(id: string, connection: string | undefined): Edit {
  return {
    name: 'configure',
    count: 1,
    apply: (flow) =>
      withStep(flow, id, (node) => {
        if (node.connection === connection) return node;
        const { connection: _old, ...rest } = node;
        return connection === undefined ? rest : { ...rest, connection };
      }),
  };
}

export function setOnError(id: string, onError: FlowNode['onError']): Edit {
  return {
    name: 'configure',
    count: 1,
    apply: (flow) => withStep(flow, id, (node) => (node.onError === onError ? node : { ...node, onError })),
  };
}

/** An empty title gives the step its node's own again. */
export function renameStep(id: string, title: string): Edit {
  return {
    name: 'rename',
    count: 1,
    merge: `title:${id}`,
    apply: (flow) =>
      withStep(flow, id, (node) => {
        if ((node.title ?? '') === title) return node;
        const { title: _old, ...rest } = node;
        return title.trim() === '' ? rest : { ...rest, title: title.slice(0, 120) };
      }),
  };
}

export function setDisabled(ids: ReadonlySet<string>, disabled: boolean): Edit {
  return {
    name: disabled ? 'disable' : 'enable',
    count: ids.size,
    apply: (flow) => {
      if (!flow.nodes.some((node) => ids.has(node.id) && (node.disabled ?? false) !== disabled)) return flow;
      return {
        ...flow,
        nodes: flow.nodes.map((node) => {
          if (!ids.has(node.id) || (node.disabled ?? false) === disabled) return node;
          const { disabled: _old, ...rest } = node;
          return disabled ? { ...rest, disabled } : rest;
        }),
      };
    },
  };
}
