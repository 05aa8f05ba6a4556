import { useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { allows, type Package, packageOf } from '#runtime/package.ts';
import type { Problem } from '#runtime/protocol.ts';
import { stepOrder } from '../../flows/order.ts';
import { type StepWords, stepTitle } from '../../flows/step-words.ts';
import { wireKey } from '../edit/step-edits.ts';
import { boxesOf } from '../graph/place.ts';
import { portsOf, type StepShape, shapeOf, wiredPorts } from '../graph/shape.ts';
import {
  type Element,
  frameElement,
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
  readonly marks?: ReadonlyMap<string, Mark>;
  readonly readOnly: boolean;
}

const NONE = { inputs: [] as string[], outputs: [] as string[] };

/** The shape of every step; a step that did not change keeps its shape object. */
export function useShapes(
  flow: FlowDocument,
  manifests: ReadonlyMap<string, NodeManifest> | undefined,
): ReadonlyMap<string, StepShape> {
  const keep = useRef(keeper<StepShape>()).current;
  const wired = useMemo(() => wiredPorts({ wires: flow.wires }), [flow.wires]);
  return useMemo(
    () =>
      new Map(
        flow.nodes.map((node) => {
          const manifest = manifests?.get(node.type);
          const ends = wired.get(node.id) ?? NONE;
          return [node.id, keep(node.id, [node.config, manifest, ends], () => shapeOf(portsOf(node, manifest, ends)))];
        }),
      ),
    [flow.nodes, manifests, wired, keep],
  );
}

function byStep(problems: readonly Problem[]): Map<string, Problem[]> {
  const found = new Map<string, Problem[]>();
  for (const problem of problems)
    if (problem.step !== undefined) found.set(problem.step, [...(found.get(problem.step) ?? []), problem]);
  return found;
}

/** `order` of steps matters to what is said of them only; a drag does not change it. */
function useIndex(flow: FlowDocument): ReadonlyMap<string, number> {
  const { nodes, wires } = flow;
  const key = nodes.length;
  // biome-ignore lint/correctness/useExhaustiveDependencies: the steps themselves change with every drag, their order does not
  return useMemo(() => new Map(stepOrder({ nodes, wires }).map((node, index) => [node.id, index + 1])), [key, wires]);
}

interface StepsAround extends Drawn {
  readonly shapes: ReadonlyMap<string, StepShape>;
}

/** What is said of a step to those who do not see it. */
function useLabels(flow: FlowDocument, words: StepWords): (node: FlowNode, errors: number) => string {
  const { t } = useTranslation();
  const index = useIndex(flow);
  const count = flow.nodes.length;
  return useCallback(
    (node, errors) => {
      const manifest = words.nodes?.get(node.type);
      const wrong = errors > 0 ? `, ${t('flows.errors', { count: errors })}` : '';
      return t('canvas.stepLabel', {
        title: stepTitle(node, words),
        kind: manifest ? t(`flows.kind.${manifest.group}`) : node.type,
        place: t('flows.stepOf', { index: index.get(node.id) ?? 0, count }),
        state: node.disabled ? `, ${t('flows.disabled')}` : wrong,
      });
    },
    [t, index, count, words],
  );
}

function useSteps(around: StepsAround): StepElement[] {
  const { flow, words, problems, selected, current, marks, readOnly, shapes, package: owned } = around;
  const keep = useRef(keeper<StepElement>()).current;
  const labelOf = useLabels(flow, words);
  const wrong = useMemo(() => byStep(problems), [problems]);
  const taken = useMemo(() => new Set(flow.wires.map((wire) => wire.from)), [flow.wires]);
  return useMemo(
    () =>
      flow.nodes.map((node) => {
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
        return keep(node.id, [...Object.values(data), chosen, labelOf], () =>
          stepElement(data, chosen, labelOf(node, errors)),
        );
      }),
    [flow.nodes, words, shapes, wrong, taken, owned, marks, current, readOnly, selected, labelOf, keep],
  );
}

/** Notes and frames, which lie under the steps. */
function useBackdrop({ flow, selected, shapes }: Pick<StepsAround, 'flow' | 'selected' | 'shapes'>): Element[] {
  const { t } = useTranslation();
  const keep = useRef(keeper<Element | undefined>()).current;
  return useMemo(() => {
    const boxes = new Map(boxesOf(flow, shapes).map((box) => [box.id, box]));
    const frames = flow.groups.flatMap((group) => {
      const around = group.nodes.map((id) => boxes.get(id));
      const at = around.map((box) => `${box?.x},${box?.y},${box?.height}`).join();
      const id = `group:${group.id}`;
      return keep(id, [group, at, selected.has(id)], () => frameElement(group, boxes, selected.has(id))) ?? [];
    });
    const notes = flow.notes.flatMap((note) => {
      const id = `note:${note.id}`;
      return keep(id, [note, selected.has(id), t], () => noteElement(note, selected.has(id), t('canvas.note'))) ?? [];
    });
    return [...frames, ...notes];
  }, [flow, shapes, selected, t, keep]);
}

/** The flow as the canvas draws it; whatever did not change is the same object as before. */
export function useElements(drawn: Drawn): {
  nodes: Element[];
  edges: WireElement[];
  shapes: ReadonlyMap<string, StepShape>;
} {
  const { flow, words, wires, marks } = drawn;
  const keep = useRef(keeper<WireElement>()).current;
  const shapes = useShapes(flow, words.nodes);
  const steps = useSteps({ ...drawn, shapes });
  const backdrop = useBackdrop({ ...drawn, shapes });
  const nodes = useMemo(() => [...backdrop, ...steps], [backdrop, steps]);
  const edges = useMemo(
    () =>
      flow.wires.map((wire) => {
        const key = wireKey(wire);
        const mark = marks?.get(key);
        return keep(key, [wire, wires.has(key), mark], () => wireElement(wire, wires.has(key), mark));
      }),
    [flow.wires, wires, marks, keep],
  );
  return { nodes, edges, shapes };
}
