import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { Json } from '#runtime/json.ts';
import { wireKey } from '../edit/step-edits.ts';
import type { Mark } from '../view/elements.ts';

/** A value that is not the same in both; undefined where there is none. */
export interface FieldChange {
  /** Such as `lines[0].sku`. */
  readonly path: string;
  readonly before: Json | undefined;
  readonly after: Json | undefined;
}

export interface StepChange {
  readonly id: string;
  readonly mark: Mark;
  /** As it is now, or as it was when it is gone. */
  readonly node: FlowNode;
  readonly fields: readonly FieldChange[];
}

export interface Difference {
  readonly steps: readonly StepChange[];
  readonly wires: { readonly added: readonly string[]; readonly removed: readonly string[] };
  /** Of the flow itself: name, summary, questions, groups, notes. */
  readonly document: readonly FieldChange[];
  /** Nothing a run would notice. */
  readonly layoutOnly: boolean;
  readonly same: boolean;
}

const isRecord = (value: unknown): value is Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const MOST_FIELDS = 200;

/** The smallest values that differ. */
function fieldsBetween(before: Json | undefined, after: Json | undefined, path: string, found: FieldChange[]): void {
  if (found.length >= MOST_FIELDS || JSON.stringify(before) === JSON.stringify(after)) return;
  if (isRecord(before) && isRecord(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      fieldsBetween(before[key], after[key], path === '' ? key : `${path}.${key}`, found);
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length) {
    for (const [index, each] of before.entries()) fieldsBetween(each, after[index], `${path}[${index}]`, found);
    return;
  }
  found.push({ path, before, after });
}

/** What a step is apart from its place. */
function substance(node: FlowNode): Json {
  const { at: _at, id: _id, ...rest } = node;
  return JSON.parse(JSON.stringify(rest)) as Json;
}

function stepChanges(base: FlowDocument, head: FlowDocument): StepChange[] {
  const before = new Map(base.nodes.map((node) => [node.id, node]));
  const after = new Set(head.nodes.map((node) => node.id));
  const changes = head.nodes.flatMap((node): StepChange[] => {
    const old = before.get(node.id);
    if (!old) return [{ id: node.id, mark: 'added', node, fields: [] }];
    const fields: FieldChange[] = [];
    fieldsBetween(substance(old), substance(node), '', fields);
    if (fields.length > 0) return [{ id: node.id, mark: 'changed', node, fields }];
    return old.at.x !== node.at.x || old.at.y !== node.at.y ? [{ id: node.id, mark: 'moved', node, fields }] : [];
  });
  const gone = base.nodes
    .filter((node) => !after.has(node.id))
    .map((node): StepChange => ({ id: node.id, mark: 'removed', node, fields: [] }));
  return [...changes, ...gone];
}

const plain = ({ name, summary, trace, params }: FlowDocument): Json =>
  JSON.parse(JSON.stringify({ name, summary, trace, params })) as Json;
const drawn = ({ groups, notes }: FlowDocument): string => JSON.stringify({ groups, notes });

/** What is not the same in two versions of a flow; without a base everything is new. */
export function differenceOf(base: FlowDocument | null, head: FlowDocument): Difference {
  const from: FlowDocument = base ?? { ...head, nodes: [], wires: [], groups: [], notes: [] };
  const steps = stepChanges(from, head);
  const [before, after] = [new Set(from.wires.map(wireKey)), new Set(head.wires.map(wireKey))];
  const wires = {
    added: [...after].filter((key) => !before.has(key)),
    removed: [...before].filter((key) => !after.has(key)),
  };
  const document: FieldChange[] = [];
  fieldsBetween(plain(from), plain(head), '', document);
  const decorated = drawn(from) !== drawn(head);
  const wired = wires.added.length + wires.removed.length > 0;
  const layoutOnly = !wired && document.length === 0 && steps.every(({ mark }) => mark === 'moved');
  return { steps, wires, document, layoutOnly, same: layoutOnly && steps.length === 0 && !decorated };
}

/** How many steps came, changed and went; moved ones do not count. */
export function countsOf({ steps }: Difference): { added: number; changed: number; removed: number; moved: number } {
  const counts = { added: 0, changed: 0, removed: 0, moved: 0 };
  for (const { mark } of steps) counts[mark]++;
  return counts;
}

/** Both versions in one picture: what is now, and what is gone where it was. */
export function overlay(base: FlowDocument | null, head: FlowDocument, difference: Difference): FlowDocument {
  const gone = difference.steps.filter(({ mark }) => mark === 'removed').map(({ node }) => node);
  const removed = new Set(difference.wires.removed);
  return {
    ...head,
    nodes: [...head.nodes, ...gone],
    wires: [...head.wires, ...(base?.wires ?? []).filter((wire) => removed.has(wireKey(wire)))],
  };
}

export function marksOf({ steps, wires }: Difference): Map<string, Mark> {
  return new Map<string, Mark>([
    ...steps.map(({ id, mark }) => [id, mark] as const),
    ...wires.added.map((key) => [key, 'added'] as const),
    ...wires.removed.map((key) => [key, 'removed'] as const),
  ]);
}
