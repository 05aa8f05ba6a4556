import { endOf, type FlowDocument } from '#runtime/flow.ts';
import { sizeOf } from '../edit/document-edits.ts';
import type { Point } from '../edit/step-edits.ts';
import { STEP_WIDTH, type StepShape } from './shape.ts';

export const GRID = 8;
export const COLUMN = 320;
const GAP = 32;

export interface Box {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const snap = (value: number): number => Math.round(value / GRID) * GRID;

type Shapes = ReadonlyMap<string, StepShape>;

/** Where a step stands. */
export function boxOf({ id, at }: FlowDocument['nodes'][number], shapes: Shapes): Box {
  return { id, x: at.x, y: at.y, width: STEP_WIDTH, height: shapes.get(id)?.height ?? 64 };
}

/** Where every step and note stands; a note's id begins with `note:`. */
export function boxesOf(flow: Pick<FlowDocument, 'nodes' | 'notes'>, shapes: Shapes): Box[] {
  return [
    ...flow.nodes.map((node) => boxOf(node, shapes)),
    ...flow.notes.map((note) => ({
      id: `note:${note.id}`,
      x: note.at.x,
      y: note.at.y,
      ...sizeOf(note),
    })),
  ];
}

/** The nearest free place at or below a point. */
export function freePlace(boxes: readonly Box[], at: Point, height = 64): Point {
  const x = snap(at.x);
  let y = snap(at.y);
  const hit = () =>
    boxes.find(
      (box) =>
        x < box.x + box.width + GRID &&
        x + STEP_WIDTH + GRID > box.x &&
        y < box.y + box.height + GRID &&
        y + height + GRID > box.y,
    );
  for (let box = hit(), tries = 0; box && tries < 1000; box = hit(), tries++) y = snap(box.y + box.height + GAP);
  return { x, y };
}

/** Steps a run can come to from one, itself included. */
export function downstream(wires: FlowDocument['wires'], start: string, side: 'out' | 'in' = 'out'): Set<string> {
  const found = new Set<string>();
  const front = [start];
  for (let step = front.pop(); step !== undefined; step = front.pop()) {
    if (found.has(step)) continue;
    found.add(step);
    for (const wire of wires) {
      const [from, to] = [endOf(wire.from)[0], endOf(wire.to)[0]];
      if (side === 'out' && from === step) front.push(to);
      if (side === 'in' && to === step) front.push(from);
    }
  }
  return found;
}

/** Room for a step in a wire: between its ends, with what follows moved right when it is too narrow. */
export function roomIn(
  flow: FlowDocument,
  wire: { from: string; to: string },
  shapes: Shapes,
): { at: Point; moved: Map<string, Point> } {
  const source = flow.nodes.find((node) => node.id === endOf(wire.from)[0]);
  const target = flow.nodes.find((node) => node.id === endOf(wire.to)[0]);
  const moved = new Map<string, Point>();
  if (!source || !target) return { at: { x: 0, y: 0 }, moved };
  const wanted = source.at.x + COLUMN + COLUMN;
  const short = wanted - target.at.x;
  if (short > 0 && target.at.x >= source.at.x + STEP_WIDTH) {
    for (const id of downstream(flow.wires, target.id)) {
      const node = flow.nodes.find((each) => each.id === id);
      if (node && id !== source.id) moved.set(id, { x: node.at.x + snap(short), y: node.at.y });
    }
    return { at: { x: snap(source.at.x + COLUMN), y: snap((source.at.y + target.at.y) / 2) }, moved };
  }
  const middle = { x: (source.at.x + target.at.x) / 2, y: (source.at.y + target.at.y) / 2 };
  return { at: freePlace(boxesOf(flow, shapes), middle), moved };
}

type Side = 'left' | 'centre' | 'right' | 'top' | 'middle' | 'bottom';
export type Alignment = Side;

/** Boxes put in line with one another. */
export function aligned(boxes: readonly Box[], side: Side): Map<string, Point> {
  const left = Math.min(...boxes.map((box) => box.x));
  const right = Math.max(...boxes.map((box) => box.x + box.width));
  const top = Math.min(...boxes.map((box) => box.y));
  const bottom = Math.max(...boxes.map((box) => box.y + box.height));
  const place = (box: Box): Point => {
    switch (side) {
      case 'left':
        return { x: left, y: box.y };
      case 'right':
        return { x: right - box.width, y: box.y };
      case 'centre':
        return { x: (left + right - box.width) / 2, y: box.y };
      case 'top':
        return { x: box.x, y: top };
      case 'bottom':
        return { x: box.x, y: bottom - box.height };
      default:
        return { x: box.x, y: (top + bottom - box.height) / 2 };
    }
  };
  return new Map(boxes.map((box) => [box.id, place(box)]));
}

/** Boxes with the same space between each and the next; the outer two stay. */
export function distributed(boxes: readonly Box[], axis: 'x' | 'y'): Map<string, Point> {
  const size = axis === 'x' ? 'width' : 'height';
  const ordered = [...boxes].sort((one, other) => one[axis] - other[axis]);
  const [first, last] = [ordered[0], ordered.at(-1)];
  if (!first || !last || ordered.length < 3) return new Map();
  const inside = ordered.reduce((sum, box) => sum + box[size], 0);
  const space = (last[axis] + last[size] - first[axis] - inside) / (ordered.length - 1);
  let at = first[axis];
  return new Map(
    ordered.map((box) => {
      const place = axis === 'x' ? { x: at, y: box.y } : { x: box.x, y: at };
      at += box[size] + space;
      return [box.id, place];
    }),
  );
}

export interface Guide {
  readonly axis: 'x' | 'y';
  readonly at: number;
  readonly from: number;
  readonly to: number;
}

/** Lines along which a moving box stands exactly in line with others. */
export function guidesFor(moving: Box, others: readonly Box[]): Guide[] {
  const guides = new Map<string, Guide>();
  const edges = (box: Box, axis: 'x' | 'y') => {
    const size = axis === 'x' ? box.width : box.height;
    return [box[axis], box[axis] + size / 2, box[axis] + size];
  };
  for (const axis of ['x', 'y'] as const) {
    const cross = axis === 'x' ? 'y' : 'x';
    const length = axis === 'x' ? 'height' : 'width';
    for (const other of others) {
      for (const [index, at] of edges(moving, axis).entries()) {
        if (Math.abs((edges(other, axis)[index] ?? Number.NaN) - at) > 0.5) continue;
        const key = `${axis}${at}`;
        const known = guides.get(key);
        const from = Math.min(moving[cross], other[cross], known?.from ?? Number.POSITIVE_INFINITY);
        const to = Math.max(
          moving[cross] + moving[length],
          other[cross] + other[length],
          known?.to ?? Number.NEGATIVE_INFINITY,
        );
        guides.set(key, { axis, at, from, to });
      }
    }
  }
  return [...guides.values()];
}
