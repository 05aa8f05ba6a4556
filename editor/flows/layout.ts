import type { FlowDocument } from '#runtime/flow.ts';
import { FAILED_PORT, type NodeManifest } from '#runtime/node.ts';
import { linksOf, stepOrder } from './order.ts';

export const NODE_WIDTH = 256;
const LOW = 64;
const HIGH = 96;
const COLUMN = 320;
const GAP = 32;
const BAND_GAP = 72;
/** Room for the badge above the first row and the handles at the edges. */
const EDGE = 16;
/** How far a failure's handler stands to the right of the step it catches. */
const DROP = 48;

export interface PlacedNode {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Named outputs on the right edge; empty where one plain output says nothing. */
  readonly labels: readonly { readonly port: string; readonly y: number }[];
  readonly hasInput: boolean;
  readonly hasFailed: boolean;
}

export interface PlacedWire {
  readonly from: string;
  readonly port: string;
  readonly to: string;
  readonly path: string;
  readonly failure: boolean;
}

export interface Layout {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly wires: readonly PlacedWire[];
}

interface Shape {
  readonly height: number;
  /** Ports on the right edge, top to bottom. */
  readonly ports: readonly string[];
}

type Flow = Pick<FlowDocument, 'nodes' | 'wires'>;

function shapesOf(flow: Flow, manifests: ReadonlyMap<string, NodeManifest>): Map<string, Shape> {
  const links = linksOf(flow);
  return new Map(
    flow.nodes.map((node) => {
      const declared = manifests.get(node.type)?.outputs.map((port) => port.name) ?? [];
      const used = links.filter((link) => link.from === node.id).map((link) => link.port);
      const ports = [...new Set([...declared, ...used])].filter((port) => port !== FAILED_PORT);
      const height = ports.length < 2 ? LOW : Math.max(HIGH, 24 + ports.length * 24);
      return [node.id, { height, ports }];
    }),
  );
}

/** Column of each step: one after the last step it follows; a handler of failures stands in its source's column. */
function columnsOf(flow: Flow): { columns: Map<string, number>; catches: Map<string, string> } {
  const links = linksOf(flow);
  const columns = new Map<string, number>();
  const catches = new Map<string, string>();
  for (const node of stepOrder(flow)) {
    const into = links.filter((link) => link.to === node.id && columns.has(link.from));
    const failure = into.length > 0 && into.every((link) => link.port === FAILED_PORT) ? into.at(-1) : undefined;
    if (failure) catches.set(node.id, failure.from);
    columns.set(
      node.id,
      Math.max(0, ...into.map((link) => (columns.get(link.from) ?? 0) + (link.port === FAILED_PORT ? 0 : 1))),
    );
  }
  return { columns, catches };
}

/** The steps of each column, top to bottom: as their sources stand, each handler right under what it catches. */
function stacksOf(flow: Flow, columns: ReadonlyMap<string, number>, catches: ReadonlyMap<string, string>): string[][] {
  const links = linksOf(flow);
  const rank = new Map<string, number>();
  const stacks: string[][] = [];
  for (const node of stepOrder(flow)) {
    const column = columns.get(node.id) ?? 0;
    const stack = stacks[column] ?? [];
    stack.push(node.id);
    stacks[column] = stack;
  }
  return stacks.map((stack) => {
    const place = (id: string) => {
      const sources = links.filter((link) => link.to === id && rank.has(link.from));
      return sources.length === 0
        ? 0
        : sources.reduce((sum, link) => sum + (rank.get(link.from) ?? 0), 0) / sources.length;
    };
    const plain = stack.filter((id) => !catches.has(id)).sort((one, other) => place(one) - place(other));
    const ordered = plain.flatMap((id) => [id, ...stack.filter((handler) => catches.get(handler) === id)]);
    const rest = stack.filter((id) => !ordered.includes(id));
    const all = [...ordered, ...rest];
    for (const [index, id] of all.entries()) rank.set(id, index);
    return all;
  });
}

function portY(shape: Shape, port: string): number {
  const index = shape.ports.indexOf(port);
  if (shape.ports.length < 2 || index === -1) return shape.height / 2;
  return (shape.height / (shape.ports.length + 1)) * (index + 1);
}

/** To the right and down in one curve; back to the left through the gutter under the row. */
function wirePath(sx: number, sy: number, tx: number, ty: number, gutter: number): string {
  if (tx >= sx + 24) {
    const bend = Math.max(24, (tx - sx) / 2);
    return `M${sx} ${sy}C${sx + bend} ${sy} ${tx - bend} ${ty} ${tx} ${ty}`;
  }
  const r = 12;
  const right = sx + 28;
  const left = tx - 24;
  return (
    `M${sx} ${sy}L${right - r} ${sy}Q${right} ${sy} ${right} ${sy + r}L${right} ${gutter - r}Q${right} ${gutter} ${right - r} ${gutter}` +
    `L${left + r} ${gutter}Q${left} ${gutter} ${left} ${gutter + r}L${left} ${ty - r}Q${left} ${ty} ${left + r} ${ty}L${tx} ${ty}`
  );
}

function failurePath(sx: number, sy: number, tx: number, ty: number): string {
  if (tx < sx + 12 || ty < sy + 12) return wirePath(sx, sy, tx, ty, sy + GAP / 2);
  return `M${sx} ${sy}L${sx} ${ty - 12}Q${sx} ${ty} ${sx + 12} ${ty}L${tx} ${ty}`;
}

/** Places a flow left to right in rows of at most `columns` columns, so that it can be read without a canvas. */
export function layoutOf(flow: Flow, manifests: ReadonlyMap<string, NodeManifest>, columns: number): Layout {
  const shapes = shapesOf(flow, manifests);
  const { columns: columnOf, catches } = columnsOf(flow);
  const stacks = stacksOf(flow, columnOf, catches);
  const links = linksOf(flow);
  const places = new Map<string, { x: number; y: number; bottom: number }>();
  let top = EDGE;
  let width = 0;
  for (let first = 0; first < stacks.length; first += columns) {
    let bottom = top;
    for (const [index, stack] of stacks.slice(first, first + columns).entries()) {
      let y = top;
      for (const id of stack) {
        const x = EDGE + 12 + index * COLUMN + (catches.has(id) ? DROP : 0);
        places.set(id, { x, y, bottom: 0 });
        width = Math.max(width, x + NODE_WIDTH + EDGE + 24);
        y += (shapes.get(id)?.height ?? LOW) + GAP;
      }
      bottom = Math.max(bottom, y - GAP);
    }
    for (const stack of stacks.slice(first, first + columns))
      for (const id of stack) {
        const place = places.get(id);
        if (place) place.bottom = bottom;
      }
    top = bottom + BAND_GAP;
  }
  const nodes = flow.nodes.flatMap((node): PlacedNode[] => {
    const place = places.get(node.id);
    const shape = shapes.get(node.id);
    if (!place || !shape) return [];
    const labels = shape.ports.length < 2 ? [] : shape.ports.map((port) => ({ port, y: portY(shape, port) }));
    return [
      {
        id: node.id,
        x: place.x,
        y: place.y,
        height: shape.height,
        labels,
        hasInput: links.some((link) => link.to === node.id),
        hasFailed: links.some((link) => link.from === node.id && link.port === FAILED_PORT),
      },
    ];
  });
  const wires = links.flatMap((link): PlacedWire[] => {
    const source = places.get(link.from);
    const target = places.get(link.to);
    const from = shapes.get(link.from);
    const to = shapes.get(link.to);
    if (!source || !target || !from || !to) return [];
    const failure = link.port === FAILED_PORT;
    const ty = target.y + to.height / 2;
    const path = failure
      ? failurePath(source.x + 24, source.y + from.height, target.x, ty)
      : wirePath(source.x + NODE_WIDTH, source.y + portY(from, link.port), target.x, ty, source.bottom + BAND_GAP / 2);
    return [{ ...link, path, failure }];
  });
  return { width, height: top - BAND_GAP + EDGE, nodes, wires };
}
