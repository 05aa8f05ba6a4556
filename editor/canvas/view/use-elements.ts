import { useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { endOf, type FlowDocument, type FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import type { Problem } from '#runtime/protocol.ts';
import type { StepWords } from '../../flows/step-words.ts';
import { stepsWithin } from '../collapsing.ts';
import { wireKey } from '../edit/step-edits.ts';
import { type Box, boxOf } from '../graph/place.ts';
import { portsOf, type StepShape, shapeOf, wiredPorts } from '../graph/shape.ts';
import {
  type Element,
  frameElement,
  type GroupLook,
  keeper,
  type Mark,
  noteElement,
  type StepData,
  type StepElement,
  stepElement,
  type WireElement,
  wireElement,
} from './elements.ts';

interface Drawn {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly package: Package;
  readonly problems: readonly Problem[];
  readonly selected: ReadonlySet<string>;
  readonly wires: ReadonlySet<string>;
  readonly current: string | null;
  /** Groups that stand for their steps. */
  readonly collapsed?: ReadonlySet<string>;
  readonly marks?: ReadonlyMap<string, Mark>;
  readonly readOnly: boolean;
}

const NONE = { inputs: [] as string[], outputs: [] as string[] };

interface Made<Item, Thing> {
  readonly items: readonly Item[];
  readonly around: readonly unknown[];
  readonly things: readonly Thing[];
}

const alike = (one: readonly unknown[], other: readonly unknown[]): boolean =>
  one.length === other.length && one.every((each, index) => Object.is(each, other[index]));

/**
 * One thing made of each item. With the same `around`, an item that is the very same object keeps its thing, and a list in
 * which nothing changed is the same list: a drag costs one step, however many there are.
 */
function useEach<Item, Thing>(
  items: readonly Item[],
  around: readonly unknown[],
  make: (item: Item) => Thing,
): readonly Thing[] {
  const last = useRef<Made<Item, Thing>>(undefined);
  const known = last.current && alike(last.current.around, around) ? last.current : undefined;
  const things = items.map((item, index) => {
    const before = known?.things[index];
    return before !== undefined && known?.items[index] === item ? before : make(item);
  });
  const kept = known && alike(known.things, things) ? known.things : things;
  last.current = { items, around, things: kept };
  return kept;
}

/** The shape of every step; a step that did not change keeps its shape, and so does the map of them all. */
function useShapes(
  flow: FlowDocument,
  manifests: ReadonlyMap<string, NodeManifest> | undefined,
): ReadonlyMap<string, StepShape> {
  const keep = useRef(keeper<StepShape>()).current;
  const wired = useMemo(() => wiredPorts({ wires: flow.wires }), [flow.wires]);
  const shaped = useEach(flow.nodes, [manifests, wired], ({ id, ...node }) => {
    const manifest = manifests?.get(node.type);
    const ends = wired.get(id) ?? NONE;
    const of = [node.config, manifest, ends.inputs.join(), ends.outputs.join()];
    return keep(id, of, () => shapeOf(portsOf({ id, ...node }, manifest, ends)));
  });
  const ids = useEach(flow.nodes, [], ({ id }) => id);
  return useMemo(() => new Map(ids.map((id, index) => [id, shaped[index] as StepShape])), [ids, shaped]);
}

function byStep(problems: readonly Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems) {
    if (problem.step === undefined) continue;
    const mine = found.get(problem.step);
    if (mine) mine.push(problem);
    else found.set(problem.step, [problem]);
  }
  return found;
}

interface StepsAround extends Drawn {
  readonly shapes: ReadonlyMap<string, StepShape>;
}

function useSteps(around: StepsAround): readonly StepElement[] {
  const { flow, words, problems, selected, current, marks, readOnly, shapes, package: owned } = around;
  const keep = useRef(keeper<StepElement>()).current;
  const wrong = useMemo(() => byStep(problems), [problems]);
  const taken = useMemo(() => new Set(flow.wires.map((wire) => wire.from)), [flow.wires]);
  const make = (node: FlowNode): StepElement => {
    const manifest = words.nodes?.get(node.type);
    const shape = shapes.get(node.id) ?? shapeOf(portsOf(node, manifest, NONE));
    const mine = wrong.get(node.id) ?? [];
    const errors = mine.filter(({ severity }) => severity === 'error').length;
    const free = shape.outputs.map(({ name }) => name).filter((name) => !taken.has(`${node.id}.${name}`));
    const data: StepData = {
      node,
      manifest,
      shape,
      errors,
      warnings: mine.length - errors,
      problem: mine[0]?.message[words.language],
      locked: manifest && !allows(owned, manifest.feature) ? packageOf(manifest.feature) : undefined,
      mark: marks?.get(node.id),
      current: current === node.id,
      open: readOnly ? null : free.join(),
    };
    const chosen = selected.has(node.id);
    return keep(node.id, [...Object.values(data), chosen], () => stepElement(data, chosen));
  };
  return useEach(flow.nodes, [words, shapes, wrong, taken, owned, marks, current, readOnly, selected], make);
}

/** Notes and frames, which lie under the steps. */
function useBackdrop({
  flow,
  selected,
  shapes,
  problems,
  collapsed = NONE_COLLAPSED,
}: Pick<StepsAround, 'flow' | 'selected' | 'shapes' | 'problems' | 'collapsed'>): readonly Element[] {
  const { t } = useTranslation();
  const keep = useRef(keeper<Element | undefined>()).current;
  const grouped = flow.groups.length === 0 ? NO_STEPS : flow.nodes;
  const frames = useMemo(() => {
    const boxes: ReadonlyMap<string, Box> = new Map(grouped.map((node) => [node.id, boxOf(node, shapes)]));
    return flow.groups.flatMap((group) => {
      const at = group.nodes
        .map((id) => boxes.get(id))
        .map((box) => `${box?.x},${box?.y},${box?.height}`)
        .join();
      const id = `group:${group.id}`;
      const chosen = selected.has(id);
      const look = lookOf(group, problems, collapsed);
      return (
        keep(id, [group, at, chosen, ...Object.values(look)], () => frameElement(group, boxes, chosen, look)) ?? []
      );
    });
  }, [grouped, flow.groups, shapes, selected, problems, collapsed, keep]);
  const notes = useMemo(
    () =>
      flow.notes.flatMap((note) => {
        const id = `note:${note.id}`;
        return keep(id, [note, selected.has(id), t], () => noteElement(note, selected.has(id), t('canvas.note'))) ?? [];
      }),
    [flow.notes, selected, t, keep],
  );
  return useMemo(() => [...frames, ...notes], [frames, notes]);
}

const NO_STEPS: FlowDocument['nodes'] = [];
const NONE_COLLAPSED: ReadonlySet<string> = new Set();

/** A collapsed group tells what is wrong inside; an open one shows it. */
function lookOf(
  { id, nodes }: FlowDocument['groups'][number],
  problems: readonly Problem[],
  groups: ReadonlySet<string>,
): GroupLook {
  const collapsed = groups.has(id);
  const mine = collapsed ? problems.filter(({ step }) => step !== undefined && nodes.includes(step)) : [];
  const errors = mine.filter(({ severity }) => severity === 'error').length;
  return { collapsed, errors, warnings: mine.length - errors };
}

/** The flow as the canvas draws it; whatever did not change is the same object as before. */
export function useElements(drawn: Drawn): {
  nodes: Element[];
  edges: WireElement[];
  shapes: ReadonlyMap<string, StepShape>;
} {
  const { flow, words, wires, marks, collapsed = NONE_COLLAPSED } = drawn;
  const keep = useRef(keeper<WireElement>()).current;
  const shapes = useShapes(flow, words.nodes);
  const steps = useSteps({ ...drawn, shapes });
  const backdrop = useBackdrop({ ...drawn, shapes });
  const within = useMemo(() => stepsWithin(flow.groups, collapsed), [flow.groups, collapsed]);
  const nodes = useMemo(
    () => [...backdrop, ...(within.size === 0 ? steps : steps.filter(({ id }) => !within.has(id)))],
    [backdrop, steps, within],
  );
  const edges = useMemo(
    () =>
      flow.wires.flatMap((wire) => {
        const key = wireKey(wire);
        const mark = marks?.get(key);
        const from = within.get(endOf(wire.from)[0]);
        const to = within.get(endOf(wire.to)[0]);
        if (from !== undefined && from === to) return [];
        const chosen = wires.has(key);
        return keep(key, [wire, chosen, mark, from, to], () => wireElement(wire, chosen, mark, { from, to }));
      }),
    [flow.wires, wires, marks, within, keep],
  );
  return { nodes, edges, shapes };
}
