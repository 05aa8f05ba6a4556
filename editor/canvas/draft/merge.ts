import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';

export type Side = 'mine' | 'theirs';

/** Something that is not the same on both sides and can be chosen by itself. */
export interface MergeUnit {
  readonly key: string;
  /** A whole step that only one side has, a setting of a step, what feeds an input, or a part of the flow itself. */
  readonly kind: 'step' | 'field' | 'wires' | 'group' | 'note' | 'flow' | 'param';
  /** Id of the step, group, note or param; the target port of wires. */
  readonly id: string;
  /** Of a step or the flow: the field, as `title` or `config.message`; otherwise empty. */
  readonly path: string;
  /** Undefined where that side does not have it. */
  readonly mine: Json | undefined;
  readonly theirs: Json | undefined;
  /** Whoever alone changed it; null when both did, and a person must say. */
  readonly suggested: Side | null;
}

type Values = ReadonlyMap<string, Json>;
type Kind = MergeUnit['kind'];

const plain = (value: unknown): Json => JSON.parse(JSON.stringify(value)) as Json;
const sameJson = (one: Json | undefined, other: Json | undefined): boolean =>
  JSON.stringify(one) === JSON.stringify(other);

/** A step's fields; its settings one by one. */
function fieldsOf({ id: _id, config, ...rest }: FlowNode): Values {
  const fields = new Map<string, Json>();
  for (const [key, value] of Object.entries(rest)) if (value !== undefined) fields.set(key, plain(value));
  for (const [key, value] of Object.entries(config)) fields.set(`config.${key}`, value);
  return fields;
}

function wiresOf(flow: FlowDocument): Values {
  const feeds = new Map<string, string[]>();
  for (const { from, to } of flow.wires) feeds.set(to, [...(feeds.get(to) ?? []), from].sort());
  return feeds;
}

const byId = (list: readonly { readonly id: string }[]): Values => new Map(list.map((each) => [each.id, plain(each)]));

const OWN = ['name', 'summary', 'trace'] as const;
const ownOf = (flow: FlowDocument): Values => new Map(OWN.map((key) => [key, flow[key]]));
const paramsOf = (flow: FlowDocument): Values =>
  new Map(Object.entries(flow.params).map(([key, param]) => [key, plain(param)]));

interface Sides<Value> {
  /** Null: nobody knows what both began from. */
  readonly base: Value | null;
  readonly mine: Value;
  readonly theirs: Value;
}

const each = <From, To>({ base, mine, theirs }: Sides<From>, turn: (value: From) => To): Sides<To> => ({
  base: base === null ? null : turn(base),
  mine: turn(mine),
  theirs: turn(theirs),
});

function suggestion(base: Json | undefined, mine: Json | undefined, theirs: Json | undefined): Side | null {
  if (sameJson(mine, base)) return 'theirs';
  return sameJson(theirs, base) ? 'mine' : null;
}

/** The values that differ; `name` makes kind, id and path of their key. */
function between(
  { base, mine, theirs }: Sides<Values>,
  name: (key: string) => Pick<MergeUnit, 'kind' | 'id' | 'path'>,
): MergeUnit[] {
  return [...new Set([...theirs.keys(), ...mine.keys()])].flatMap((key): MergeUnit[] => {
    const [ours, others] = [mine.get(key), theirs.get(key)];
    if (sameJson(ours, others)) return [];
    const named = name(key);
    // where a step stands is not worth a question
    const known = base === null ? null : suggestion(base.get(key), ours, others);
    const suggested = known ?? (named.path === 'at' ? 'mine' : null);
    return [{ ...named, key: `${named.kind} ${named.id} ${named.path}`, mine: ours, theirs: others, suggested }];
  });
}

const nodesOf = (flow: FlowDocument) => new Map(flow.nodes.map((node) => [node.id, node]));

function stepUnits(sides: Sides<FlowDocument>): MergeUnit[] {
  const { base, mine, theirs } = each(sides, nodesOf);
  const whole = (nodes: ReadonlyMap<string, FlowNode>, only: ReadonlySet<string>): Values =>
    new Map([...nodes].flatMap(([id, node]) => (only.has(id) ? [[id, plain(node)] as const] : [])));
  const ids = [...new Set([...theirs.keys(), ...mine.keys()])];
  const onOneSide = new Set(ids.filter((id) => !(mine.has(id) && theirs.has(id))));
  const alone = each({ base, mine, theirs }, (nodes) => whole(nodes, onOneSide));
  return [
    ...between(alone, (id) => ({ kind: 'step', id, path: '' })),
    ...ids.flatMap((id) => {
      const [ours, others] = [mine.get(id), theirs.get(id)];
      if (!ours || !others) return [];
      const was = base?.get(id);
      const fields = { base: was ? fieldsOf(was) : null, mine: fieldsOf(ours), theirs: fieldsOf(others) };
      return between(fields, (path) => ({ kind: 'field', id, path }));
    }),
  ];
}

/** All that differs between what one has and what somebody else saved, in pieces to choose among. */
export function unitsBetween(base: FlowDocument | null, mine: FlowDocument, theirs: FlowDocument): MergeUnit[] {
  const sides = { base, mine, theirs };
  const listed = (kind: Kind) => (id: string) => ({ kind, id, path: '' });
  return [
    ...stepUnits(sides),
    ...between(each(sides, wiresOf), listed('wires')),
    ...between(
      each(sides, ({ groups }) => byId(groups)),
      listed('group'),
    ),
    ...between(
      each(sides, ({ notes }) => byId(notes)),
      listed('note'),
    ),
    ...between(each(sides, ownOf), (path) => ({ kind: 'flow', id: '', path })),
    ...between(each(sides, paramsOf), listed('param')),
  ];
}

/** The list with one element put in, changed or taken out. */
function replaced<Element extends { readonly id: string }>(
  list: readonly Element[],
  id: string,
  element: Element | undefined,
): Element[] {
  if (!element) return list.filter((existing) => existing.id !== id);
  return list.some((existing) => existing.id === id)
    ? list.map((existing) => (existing.id === id ? element : existing))
    : [...list, element];
}

function withField(node: FlowNode, path: string, value: Json | undefined): FlowNode {
  const [first = '', ...rest] = path.split('.');
  const key = first === 'config' ? rest.join('.') : first;
  const owner: Record<string, unknown> = first === 'config' ? { ...node.config } : { ...node };
  if (value === undefined) delete owner[key];
  else owner[key] = value;
  return (first === 'config' ? { ...node, config: owner } : owner) as FlowNode;
}

/** The document with this piece as it is on my side. */
function withMine(flow: FlowDocument, unit: MergeUnit, mine: FlowDocument): FlowDocument {
  const { kind, id, path } = unit;
  const find = <Element extends { readonly id: string }>(list: readonly Element[]) =>
    list.find((element) => element.id === id);
  switch (kind) {
    case 'step':
      return { ...flow, nodes: replaced(flow.nodes, id, find(mine.nodes)) };
    case 'field':
      return {
        ...flow,
        nodes: flow.nodes.map((node) => (node.id === id ? withField(node, path, unit.mine) : node)),
      };
    case 'wires':
      return {
        ...flow,
        wires: [...flow.wires.filter(({ to }) => to !== id), ...mine.wires.filter(({ to }) => to === id)],
      };
    case 'group':
      return { ...flow, groups: replaced(flow.groups, id, find(mine.groups)) };
    case 'note':
      return { ...flow, notes: replaced(flow.notes, id, find(mine.notes)) };
    case 'flow':
      return { ...flow, [path]: unit.mine };
    case 'param': {
      const { [id]: param, ...rest } = { ...flow.params };
      const own = mine.params[id];
      return { ...flow, params: own ? (param ? { ...flow.params, [id]: own } : { ...rest, [id]: own }) : rest };
    }
  }
}

/** Both put together as chosen: theirs, with my side where that was chosen. Wires to steps that are gone go, too. */
export function merged(
  mine: FlowDocument,
  theirs: FlowDocument,
  units: readonly MergeUnit[],
  sideOf: (unit: MergeUnit) => Side,
): FlowDocument {
  const whole = units
    .filter((unit) => sideOf(unit) === 'mine')
    .reduce((flow, unit) => withMine(flow, unit, mine), theirs);
  const there = new Set(whole.nodes.map(({ id }) => id));
  return {
    ...whole,
    wires: whole.wires.filter(({ from, to }) => there.has(endOf(from)[0]) && there.has(endOf(to)[0])),
    groups: whole.groups
      .map((group) => ({ ...group, nodes: group.nodes.filter((id) => there.has(id)) }))
      .filter((group) => group.nodes.length > 0),
  };
}
