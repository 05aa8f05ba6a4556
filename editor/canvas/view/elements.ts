import { type Edge, type Node, Position } from '@xyflow/react';
import { endOf, type FlowDocument, type FlowNode, type Wire } from '#runtime/flow.ts';
import { FAILED_PORT, type NodeManifest } from '#runtime/node.ts';
import type { Package } from '#runtime/package.ts';
import { type Note, sizeOf } from '../edit/document-edits.ts';
import { colourOf, type GroupColour } from '../edit/group-colour.ts';
import { wireKey } from '../edit/step-edits.ts';
import type { Box } from '../graph/place.ts';
import { FAILED_X, STEP_WIDTH, type StepShape } from '../graph/shape.ts';

/** How a step, wire or note differs from another version of the flow. */
export type Mark = 'added' | 'removed' | 'changed' | 'moved';

export interface StepData extends Record<string, unknown> {
  readonly node: FlowNode;
  readonly manifest: NodeManifest | undefined;
  readonly shape: StepShape;
  readonly errors: number;
  readonly warnings: number;
  /** The first of what is wrong, in the reader's language. */
  readonly problem: string | undefined;
  /** The package it asks for, where the customer has less. */
  readonly locked: Package | undefined;
  readonly mark: Mark | undefined;
  readonly current: boolean;
  /** Outputs nothing is wired to; null where nothing can be wired. */
  readonly open: string | null;
}
export type StepElement = Node<StepData, 'step'>;

export interface FrameData extends Record<string, unknown> {
  readonly id: string;
  readonly title: string;
  readonly colour: GroupColour | undefined;
  readonly count: number;
  /** Drawn as one box that stands for its steps. */
  readonly collapsed: boolean;
  /** What is wrong with the steps it stands for. */
  readonly errors: number;
  readonly warnings: number;
}
export type FrameElement = Node<FrameData, 'frame'>;

export interface NoteData extends Record<string, unknown> {
  readonly note: Note;
}
export type NoteElement = Node<NoteData, 'note'>;

export type Element = StepElement | FrameElement | NoteElement;

export interface WireData extends Record<string, unknown> {
  readonly failure: boolean;
  readonly mark: Mark | undefined;
}
export type WireElement = Edge<WireData, 'wire'>;

/** Remembers what was made of what, so that what did not change stays the very same object. */
export function keeper<Made>(): (id: string, of: readonly unknown[], make: () => Made) => Made {
  const known = new Map<string, { of: readonly unknown[]; made: Made }>();
  return (id, of, make) => {
    const last = known.get(id);
    if (last && last.of.length === of.length && last.of.every((each, index) => Object.is(each, of[index])))
      return last.made;
    const made = make();
    known.set(id, { of, made });
    return made;
  };
}

const HANDLE = 12;

function handlesOf(shape: StepShape): NonNullable<StepElement['handles']> {
  const size = { width: HANDLE, height: HANDLE };
  const half = HANDLE / 2;
  return [
    ...shape.inputs.map(({ name, y }) => ({
      id: name,
      type: 'target' as const,
      position: Position.Left,
      x: -half,
      y: y - half,
      ...size,
    })),
    ...shape.outputs.map(({ name, y }) => ({
      id: name,
      type: 'source' as const,
      position: Position.Right,
      x: STEP_WIDTH - half,
      y: y - half,
      ...size,
    })),
    ...(shape.failed
      ? [
          {
            id: FAILED_PORT,
            type: 'source' as const,
            position: Position.Bottom,
            x: FAILED_X - half,
            y: shape.height - half,
            ...size,
          },
        ]
      : []),
  ];
}

export function stepElement(data: StepData, selected: boolean): StepElement {
  const { node, shape } = data;
  const size = { width: STEP_WIDTH, height: shape.height };
  return {
    id: node.id,
    type: 'step',
    position: node.at,
    ...size,
    measured: size,
    handles: handlesOf(shape),
    selected,
    data,
  };
}

export function noteElement(note: Note, selected: boolean, label: string): NoteElement {
  const size = sizeOf(note);
  return {
    id: `note:${note.id}`,
    type: 'note',
    position: note.at,
    ...size,
    measured: size,
    selected,
    data: { note },
    ariaLabel: label,
    zIndex: -1,
  };
}

const PAD = 16;
const TITLE = 32;

/** Where wires of the steps within end while a group is collapsed. */
const COLLAPSED_HEIGHT = 64;
const COLLAPSED_HANDLES: NonNullable<FrameElement['handles']> = (['target', 'source'] as const).map((type) => ({
  id: type,
  type,
  position: type === 'target' ? Position.Left : Position.Right,
  x: (type === 'target' ? 0 : STEP_WIDTH) - HANDLE / 2,
  y: (COLLAPSED_HEIGHT - HANDLE) / 2,
  width: HANDLE,
  height: HANDLE,
}));

export type GroupLook = Pick<FrameData, 'collapsed' | 'errors' | 'warnings'>;

/** The frame of a group: around its steps, wherever they are; collapsed, a box at its corner. */
export function frameElement(
  group: FlowDocument['groups'][number],
  boxes: ReadonlyMap<string, Box>,
  selected: boolean,
  look: GroupLook,
): FrameElement | undefined {
  const inside = group.nodes.flatMap((id) => boxes.get(id) ?? []);
  if (inside.length === 0) return undefined;
  const left = Math.min(...inside.map((box) => box.x)) - PAD;
  const top = Math.min(...inside.map((box) => box.y)) - PAD - TITLE;
  const around = {
    width: Math.max(...inside.map((box) => box.x + box.width)) + PAD - left,
    height: Math.max(...inside.map((box) => box.y + box.height)) + PAD - top,
  };
  const size = look.collapsed ? { width: STEP_WIDTH, height: COLLAPSED_HEIGHT } : around;
  return {
    id: `group:${group.id}`,
    type: 'frame',
    position: { x: left, y: top },
    ...size,
    measured: size,
    selected,
    data: { id: group.id, title: group.title, colour: colourOf(group), count: inside.length, ...look },
    ...(look.collapsed ? { handles: COLLAPSED_HANDLES } : { dragHandle: '.frame-title', zIndex: -2 }),
    ariaLabel: group.title,
  };
}

/** `within`: the collapsed groups that the steps at its ends are in. */
export function wireElement(
  wire: Wire,
  selected: boolean,
  mark: Mark | undefined,
  within: { readonly from?: string | undefined; readonly to?: string | undefined },
): WireElement {
  const [source, sourceHandle] = endOf(wire.from);
  const [target, targetHandle] = endOf(wire.to);
  return {
    id: wireKey(wire),
    type: 'wire',
    ...(within.from === undefined
      ? { source, sourceHandle }
      : { source: `group:${within.from}`, sourceHandle: 'source' }),
    ...(within.to === undefined ? { target, targetHandle } : { target: `group:${within.to}`, targetHandle: 'target' }),
    ...(within.from === undefined && within.to === undefined ? {} : { reconnectable: false }),
    selected,
    data: { failure: sourceHandle === FAILED_PORT, mark },
    interactionWidth: 20,
  };
}
