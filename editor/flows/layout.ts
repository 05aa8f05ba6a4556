import type { FlowDocument } from '#runtime/flow.ts';
import { FAILED_PORT, type NodeManifest } from '#runtime/node.ts';
import { type Link, linksOf, stepOrder } from './order.ts';

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
/** Height a wire takes where it passes a column it has no step in. */
const PASSAGE = 32;

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

interface PlacedWire {
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

interface Point {
  readonly x: number;
  readonly y: number;
}

interface Shape {
  readonly height: number;
  /** Wired ports on the right edge, top to bottom as the node declares them. */
  readonly ports: readonly string[];
}

type Flow = Pick<FlowDocument, 'nodes' | 'wires'>;

function shapesOf(flow: Flow, manifests: ReadonlyMap<string, NodeManifest>): Map<string, Shape> {
  const links = linksOf(flow);
  return new Map(
    flow.nodes.map((node) => {
      const used = new Set(links.filter((link) => link.from === node.id).map((link) => link.port));
      const declared = manifests.get(node.type)?.outputs.map((port) => port.name) ?? [];
      const ports = [...new Set([...declared, ...used])].filter((port) => port !== FAILED_PORT && used.has(port));
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

interface Hop extends Link {
  /** Passages between the two steps, one a column that the wire goes by; empty for neighbours. */
  readonly stops: readonly string[];
}

/** A wire that goes by other columns of its own row gets a place in each, so that it never runs behind a step. */
function hopsOf(flow: Flow, columnOf: ReadonlyMap<string, number>, columns: number): Hop[] {
  return linksOf(flow).map((link, index) => {
    const from = columnOf.get(link.from) ?? 0;
    const to = columnOf.get(link.to) ?? 0;
    const sameRow = Math.floor(from / columns) === Math.floor(to / columns);
    const between = link.port === FAILED_PORT || !sameRow ? 0 : Math.max(0, to - from - 1);
    return { ...link, stops: Array.from({ length: between }, (_, stop) => `~${index}@${from + stop + 1}`) };
  });
}

interface Stacking {
  readonly columnOf: ReadonlyMap<string, number>;
  readonly catches: ReadonlyMap<string, string>;
  readonly hops: readonly Hop[];
  readonly shapes: ReadonlyMap<string, Shape>;
}

/** What stands in each column, top to bottom: as its sources and their outputs stand, each handler right under what it catches. */
function stacksOf(flow: Flow, { columnOf, catches, hops, shapes }: Stacking): string[][] {
  const stacks: string[][] = [];
  const put = (column: number, id: string) => {
    const stack = stacks[column] ?? [];
    stack.push(id);
    stacks[column] = stack;
  };
  for (const node of stepOrder(flow)) put(columnOf.get(node.id) ?? 0, node.id);
  for (const hop of hops)
    for (const [index, stop] of hop.stops.entries()) put((columnOf.get(hop.from) ?? 0) + index + 1, stop);
  const rank = new Map<string, number>();
  const leaving = (hop: Hop) => {
    const ports = shapes.get(hop.from)?.ports ?? [];
    return (rank.get(hop.from) ?? 0) + (ports.indexOf(hop.port) + 1) / (ports.length + 1);
  };
  const place = (id: string): number => {
    const into = hops.filter((hop) => (hop.to === id || hop.stops.includes(id)) && rank.has(hop.from));
    const places = into.map((hop) => {
      const before = hop.stops[hop.stops.indexOf(id) - 1] ?? (hop.to === id ? hop.stops.at(-1) : undefined);
      return (before === undefined ? undefined : rank.get(before)) ?? leaving(hop);
    });
    return places.length === 0 ? 0 : places.reduce((sum, each) => sum + each, 0) / places.length;
  };
  return stacks.map((stack) => {
    const plain = stack.filter((id) => !catches.has(id)).sort((one, other) => place(one) - place(other));
    const ordered = plain.flatMap((id) => [id, ...stack.filter((handler) => catches.get(handler) === id)]);
    const all = [...ordered, ...stack.filter((id) => !ordered.includes(id))];
    for (const [index, id] of all.entries()) rank.set(id, index);
    return all;
  });
}

function portY(shape: Shape, port: string): number {
  const index = shape.ports.indexOf(port);
  if (shape.ports.length < 2 || index === -1) return shape.height / 2;
  return (shape.height / (shape.ports.length + 1)) * (index + 1);
}

function curve(sx: number, sy: number, tx: number, ty: number): string {
  const bend = Math.max(24, (tx - sx) / 2);
  return `C${sx + bend} ${sy} ${tx - bend} ${ty} ${tx} ${ty}`;
}

/** To the right in curves, straight through its passages; back to the left through the gutter under the row. */
function wirePath(
  sx: number,
  sy: number,
  tx: number,
  ty: number,
  gutter: number,
  stops: readonly Point[] = [],
): string {
  if (tx >= sx + 24) {
    let path = `M${sx} ${sy}`;
    let [x, y] = [sx, sy];
    for (const stop of stops) {
      path += `${curve(x, y, stop.x, stop.y)}L${stop.x + NODE_WIDTH} ${stop.y}`;
      [x, y] = [stop.x + NODE_WIDTH, stop.y];
    }
    return path + curve(x, y, tx, ty);
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

interface Place extends Point {
  /** Lowest edge of the row the step stands in. */
  readonly bottom: number;
}

interface Places {
  readonly places: ReadonlyMap<string, Place>;
  readonly width: number;
  readonly height: number;
}

/** Rows of at most `columns` stacks, each row as high as its highest stack. */
function placesOf(
  stacks: readonly (readonly string[])[],
  columns: number,
  heightOf: (id: string) => number,
  catches: ReadonlyMap<string, string>,
): Places {
  const places = new Map<string, Place>();
  let top = EDGE;
  let width = 0;
  for (let first = 0; first < stacks.length; first += columns) {
    const row = stacks.slice(first, first + columns);
    const bottom = Math.max(...row.map((stack) => stack.reduce((sum, id) => sum + heightOf(id) + GAP, top - GAP)));
    for (const [index, stack] of row.entries()) {
      let y = top;
      for (const id of stack) {
        const x = EDGE + 12 + index * COLUMN + (catches.has(id) ? DROP : 0);
        places.set(id, { x, y, bottom });
        width = Math.max(width, x + NODE_WIDTH + EDGE + 24);
        y += heightOf(id) + GAP;
      }
    }
    top = bottom + BAND_GAP;
  }
  return { places, width, height: top - BAND_GAP + EDGE };
}

function placedNode(id: string, place: Place, shape: Shape, links: readonly Link[]): PlacedNode {
  return {
    id,
    x: place.x,
    y: place.y,
    height: shape.height,
    labels: shape.ports.length < 2 ? [] : shape.ports.map((port) => ({ port, y: portY(shape, port) })),
    hasInput: links.some((link) => link.to === id),
    hasFailed: links.some((link) => link.from === id && link.port === FAILED_PORT),
  };
}

function placedWire(hop: Hop, places: Places['places'], shapes: ReadonlyMap<string, Shape>): PlacedWire[] {
  const [source, target] = [places.get(hop.from), places.get(hop.to)];
  const [from, to] = [shapes.get(hop.from), shapes.get(hop.to)];
  if (!source || !target || !from || !to) return [];
  const failure = hop.port === FAILED_PORT;
  const ty = target.y + to.height / 2;
  const stops = hop.stops.flatMap((stop) => {
    const place = places.get(stop);
    return place ? [{ x: place.x, y: place.y + PASSAGE / 2 }] : [];
  });
  const gutter = source.bottom + BAND_GAP / 2;
  const path = failure
    ? failurePath(source.x + 24, source.y + from.height, target.x, ty)
    : wirePath(source.x + NODE_WIDTH, source.y + portY(from, hop.port), target.x, ty, gutter, stops);
  return [{ from: hop.from, port: hop.port, to: hop.to, path, failure }];
}

/** Places a flow left to right in rows of at most `columns` columns, so that it can be read without a canvas. */
export function layoutOf(flow: Flow, manifests: ReadonlyMap<string, NodeManifest>, columns: number): Layout {
  const shapes = shapesOf(flow, manifests);
  const { columns: columnOf, catches } = columnsOf(flow);
  const hops = hopsOf(flow, columnOf, columns);
  const stacks = stacksOf(flow, { columnOf, catches, hops, shapes });
  const { places, width, height } = placesOf(stacks, columns, (id) => shapes.get(id)?.height ?? PASSAGE, catches);
  const nodes = flow.nodes.flatMap((node) => {
    const [place, shape] = [places.get(node.id), shapes.get(node.id)];
    return place && shape ? [placedNode(node.id, place, shape, hops)] : [];
  });
  return { width, height, nodes, wires: hops.flatMap((hop) => placedWire(hop, places, shapes)) };
}
