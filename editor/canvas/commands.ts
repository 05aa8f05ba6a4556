import type { ReactFlowInstance } from '@xyflow/react';
import { endOf, type FlowNode, type Wire } from '#runtime/flow.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { chosenCollapsed, reveal, toggleGroup } from './collapsing.ts';
import { addNote, changeNote, group, LEAST_NOTE, sizeOf, ungroup } from './edit/document-edits.ts';
import type { Edit } from './edit/edit.ts';
import { cornerOf, type Fragment, fragmentOf, paste } from './edit/fragment.ts';
import {
  addStep,
  connect,
  freeName,
  moveTo,
  type Point,
  reconnect,
  remove,
  setDisabled,
  splice,
  wireKey,
} from './edit/step-edits.ts';
import { type Alignment, aligned, boxesOf, COLUMN, distributed, freePlace, GRID, roomIn, snap } from './graph/place.ts';
import { fitsBetween, fittingPort, type OpenEnd, typeAt } from './graph/rules.ts';
import { portsOf, STEP_WIDTH, type StepShape, shapeOf } from './graph/shape.ts';
import { type Adding, chosenOf, chosenSteps, type Session } from './session.ts';
import type { Element, WireElement } from './view/elements.ts';
import { FIT } from './view/fit.ts';

/** Width of the panel at the right. */
const PANEL = 352;
const SHIFT_MS = 160;
/** How long a shift may be seen: not at all by whoever wants things to stand still. */
const shiftMs = (): number => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : SHIFT_MS);

export interface CommandSurroundings {
  readonly session: Session;
  readonly manifests: ReadonlyMap<string, NodeManifest>;
  readonly shapes: () => ReadonlyMap<string, StepShape>;
  readonly drawing: ReactFlowInstance<Element, WireElement>;
  /** Ids of the tenant's connections, with their connectors. */
  readonly connections: ReadonlyMap<string, { readonly connector: string; readonly offers: readonly string[] }>;
  /** What a new group is called. */
  readonly groupTitle: string;
}

/** The only connection that can do what the node needs; undefined when there is none or a choice. */
function onlyConnection(node: NodeManifest, { connections }: CommandSurroundings): string | undefined {
  if (node.connection === 'none' || node.needs.length === 0) return undefined;
  const able = [...connections].filter(([, { offers }]) => node.needs.every((need) => offers.includes(need)));
  return able.length === 1 ? able[0]?.[0] : undefined;
}

/** What the schema itself says the config begins as. */
function presets(node: NodeManifest): JsonObject {
  const isObject = (value: Json | undefined): value is JsonObject =>
    typeof value === 'object' && value !== null && !Array.isArray(value);
  const properties = node.config['properties'];
  if (!isObject(properties)) return {};
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, schema]) => {
      const preset = isObject(schema) ? schema['default'] : undefined;
      return preset === undefined ? [] : [[name, preset]];
    }),
  );
}

function newStep(node: NodeManifest, at: Point, around: CommandSurroundings): FlowNode {
  const id = freeName(new Set(around.session.flow().nodes.map((each) => each.id)), node.type);
  const connection = onlyConnection(node, around);
  return {
    id,
    type: node.type,
    version: node.version,
    ...(connection === undefined ? {} : { connection }),
    config: presets(node),
    onError: 'stop',
    at: { x: at.x, y: at.y },
  };
}

/** The middle of what one sees. */
function middle({ drawing }: CommandSurroundings): Point {
  const pane = document.querySelector('.editor .react-flow')?.getBoundingClientRect();
  if (!pane) return { x: 0, y: 0 };
  return drawing.screenToFlowPosition({ x: pane.left + pane.width / 2 - 128, y: pane.top + pane.height / 2 - 32 });
}

function besides(end: OpenEnd, { session, shapes }: CommandSurroundings): Point {
  const flow = session.flow();
  const node = flow.nodes.find((each) => each.id === end.step);
  if (!node) return { x: 0, y: 0 };
  const x = node.at.x + (end.side === 'out' ? COLUMN : -COLUMN);
  const y = end.port === 'failed' ? node.at.y + (shapes().get(node.id)?.height ?? 64) + 40 : node.at.y;
  return freePlace(boxesOf(flow, shapes()), { x: end.port === 'failed' ? node.at.x + 48 : x, y });
}

const wireOf = (end: OpenEnd, other: string): Wire =>
  end.side === 'out' ? { from: `${end.step}.${end.port}`, to: other } : { from: other, to: `${end.step}.${end.port}` };

/** `goes`: a step that is there already goes to where the wire has room; dropped on the wire, it stays where it was dropped. */
function spliceEdit(
  node: FlowNode,
  manifest: NodeManifest,
  key: string,
  around: CommandSurroundings,
  goes = true,
): Edit | null {
  const { session, manifests, shapes } = around;
  const flow = session.flow();
  const wire = flow.wires.find((each) => wireKey(each) === key);
  if (!wire) return null;
  const [from, output] = endOf(wire.from);
  const [to, input] = endOf(wire.to);
  const into = fittingPort(manifest, typeAt(flow, manifests, { step: from, port: output, side: 'out' }), 'out');
  const out = fittingPort(manifest, typeAt(flow, manifests, { step: to, port: input, side: 'in' }), 'in');
  if (into === undefined) return null;
  const room = roomIn(flow, wire, shapes());
  const moved = goes ? new Map([...room.moved, [node.id, room.at]]) : new Map();
  return splice({ node: { ...node, at: room.at }, into: key, input: into, output: out ?? null, moved });
}

type State = ReturnType<Session['store']['getState']>;

const chosen = ({ session }: CommandSurroundings): Set<string> => new Set(chosenSteps(session.store.getState()));

function open({ session }: CommandSurroundings, id: string, panel: NonNullable<State['panel']> = {}): void {
  reveal(session, id);
  session.select([id]);
  session.set({ panel });
}

/** Moves the drawing just as far as the panel would cover the step. */
function uncover({ session, drawing }: CommandSurroundings, id: string): void {
  const node = session.flow().nodes.find((each) => each.id === id);
  const pane = document.querySelector('.editor .react-flow')?.getBoundingClientRect();
  if (!node || !pane) return;
  const { x, y, zoom } = drawing.getViewport();
  const over = (node.at.x + STEP_WIDTH) * zoom + x - (pane.width - PANEL - 32);
  if (over > 0) void drawing.setViewport({ x: x - over, y, zoom }, { duration: shiftMs() });
}

/** A new step: in a wire, joined to an open end, or on its own. */
function add(around: CommandSurroundings, node: NodeManifest, adding: Adding, end?: OpenEnd): void {
  const { session, manifests, shapes } = around;
  if (adding.wire !== undefined) {
    const step = newStep(node, { x: 0, y: 0 }, around);
    const edit = spliceEdit(step, node, adding.wire, around);
    if (edit) session.perform(edit);
    open(around, step.id);
    uncover(around, step.id);
    return;
  }
  const wanted = adding.at ?? (end ? besides(end, around) : middle(around));
  const draft = newStep(node, wanted, around);
  const { height } = shapeOf(portsOf(draft, node, { inputs: [], outputs: [] }));
  const step = { ...draft, at: { ...freePlace(boxesOf(session.flow(), shapes()), wanted, height) } };
  const port = end && fittingPort(node, typeAt(session.flow(), manifests, end), end.side);
  session.perform(addStep(step, end && port !== undefined ? [wireOf(end, `${step.id}.${port}`)] : []));
  open(around, step.id);
  uncover(around, step.id);
}

function removeChosen(
  around: CommandSurroundings,
  options: { readonly heal?: boolean; readonly name?: Edit['name'] } = {},
): void {
  const { session, manifests } = around;
  const { selected, wires } = session.store.getState();
  const what = {
    steps: chosen(around),
    wires,
    notes: chosenOf(selected, 'note'),
    groups: chosenOf(selected, 'group'),
  };
  session.perform(
    remove(what, {
      ...(options.name ? { name: options.name } : {}),
      ...(options.heal ? { heal: fitsBetween(session.flow(), manifests) } : {}),
    }),
  );
  session.select([]);
  session.set({ panel: null });
}

function insert(around: CommandSurroundings, from: Fragment, by: Point, name: 'paste' | 'duplicate'): void {
  const { session, connections } = around;
  const pasted = paste(session.flow(), from, { by, name, connections });
  session.perform(pasted.edit);
  session.select([...pasted.steps, ...pasted.notes.map((id) => `note:${id}`)]);
  session.set({ panel: null, adding: null });
}

function toggleDisabled(around: CommandSurroundings): void {
  const { session } = around;
  const ids = chosen(around);
  const steps = session.flow().nodes.filter((node) => ids.has(node.id));
  if (steps.length > 0) session.perform(setDisabled(ids, !steps.every((node) => node.disabled)));
}

function ungroupChosen(around: CommandSurroundings): void {
  const { session } = around;
  const { selected } = session.store.getState();
  const groups = session
    .flow()
    .groups.filter((each) => selected.has(`group:${each.id}`) || each.nodes.some((id) => selected.has(id)));
  session.perform(ungroup(new Set(groups.map((each) => each.id))));
}

function addNoteHere(around: CommandSurroundings): void {
  const { session, shapes } = around;
  const known = new Set(session.flow().notes.map((note) => note.id));
  session.perform(addNote(freePlace(boxesOf(session.flow(), shapes()), middle(around), 80), ''));
  const made = session.flow().notes.find((note) => !known.has(note.id));
  if (!made) return;
  session.select([`note:${made.id}`]);
  session.set({ writing: made.id });
}

/** Everything a person can do to a flow; buttons, keys, menus and the outline all ask here. */
export function commandsOf(around: CommandSurroundings) {
  const { session, manifests, shapes, drawing } = around;
  const selected = () => session.store.getState().selected;
  const boxes = () => boxesOf(session.flow(), shapes()).filter((box) => selected().has(box.id));
  /** A chosen frame goes with what is in it. */
  const fragment = () => {
    const frames = chosenOf(selected(), 'group');
    const framed = session.flow().groups.flatMap(({ id, nodes }) => (frames.has(id) ? nodes : []));
    return fragmentOf(session.flow(), new Set([...chosen(around), ...framed]), chosenOf(selected(), 'note'));
  };
  const showAll = (only = false) => {
    const nodes = [...selected()].map((id) => ({ id }));
    const right = session.store.getState().panel ? `${PANEL + 40}px` : FIT.padding.right;
    const options = { ...FIT, padding: { ...FIT.padding, right } as const };
    void drawing.fitView({ ...options, ...(only && nodes.length > 0 ? { nodes } : {}) });
  };
  return {
    hasPlugins: [...manifests.values()].some((node) => node.group === 'plugin'),
    fragment,
    /** Ids of the connections that can do what the node needs. */
    ableTo: ({ needs }: NodeManifest) =>
      needs.length === 0
        ? []
        : [...around.connections]
            .filter(([, { offers }]) => needs.every((need) => offers.includes(need)))
            .map(([id]) => id),
    open: (id: string, panel?: NonNullable<State['panel']>) => open(around, id, panel),
    add: (node: NodeManifest, adding: Adding, end?: OpenEnd) => add(around, node, adding, end),
    removeChosen: (options?: { readonly heal?: boolean; readonly name?: Edit['name'] }) =>
      removeChosen(around, options),
    /** `moves`: key of the wire that goes there instead of to where it went. */
    join: (end: OpenEnd, step: string, port: string, moves?: string) => {
      const wire = wireOf(end, `${step}.${port}`);
      session.perform(moves === undefined ? connect(wire) : reconnect(moves, wire));
    },
    spliceIn: (id: string, key: string, goes: boolean) => {
      const node = session.flow().nodes.find((each) => each.id === id);
      const manifest = node && manifests.get(node.type);
      const edit = node && manifest && spliceEdit(node, manifest, key, around, goes);
      if (edit) session.perform(edit);
    },
    pasteAt: (from: Fragment, at?: Point) => {
      const corner = cornerOf(from);
      const to = freePlace(boxesOf(session.flow(), shapes()), at ?? middle(around));
      insert(around, from, { x: snap(to.x - corner.x), y: snap(to.y - corner.y) }, 'paste');
    },
    duplicate: () => {
      const from = fragment();
      if (from.nodes.length + from.notes.length > 0) insert(around, from, { x: GRID * 4, y: GRID * 4 }, 'duplicate');
    },
    toggleDisabled: () => toggleDisabled(around),
    nudge: (by: Point) => {
      const moving = new Set([...selected(), ...chosen(around)]);
      const all = boxesOf(session.flow(), shapes()).filter((box) => moving.has(box.id));
      const places = new Map(all.map((box) => [box.id, { x: box.x + by.x, y: box.y + by.y }]));
      if (places.size > 0) session.perform(moveTo(places, 'move', `nudge:${[...places.keys()].join()}`));
    },
    align: (side: Alignment) => session.perform(moveTo(aligned(boxes(), side), 'align')),
    distribute: (axis: 'x' | 'y') => session.perform(moveTo(distributed(boxes(), axis), 'distribute')),
    tidy: async () => {
      const { tidied } = await import('./graph/tidy.ts');
      const steps = chosen(around);
      session.perform(moveTo(tidied(session.flow(), shapes(), steps.size > 1 ? steps : undefined), 'tidy'));
      showAll();
    },
    group: () => session.perform(group(chosen(around), around.groupTitle)),
    ungroup: () => ungroupChosen(around),
    toggleGroup: (id: string) => toggleGroup(session, id),
    /** The collapsed group that is chosen alone. */
    collapsedOne: () => chosenCollapsed(session),
    note: () => addNoteHere(around),
    resizeNote: (id: string, by: { readonly width?: number; readonly height?: number }) => {
      const note = session.flow().notes.find((each) => each.id === id);
      if (!note) return;
      const { width, height } = sizeOf(note);
      const size = { width: width + (by.width ?? 0), height: height + (by.height ?? 0) };
      if (size.width >= LEAST_NOTE.width && size.height >= LEAST_NOTE.height) session.perform(changeNote(id, size));
    },
    uncover: (id: string) => uncover(around, id),
    /** Brings a step into view, clear of the panel. */
    show: (id: string) => {
      reveal(session, id);
      const node = session.flow().nodes.find((each) => each.id === id);
      const zoom = Math.max(0.75, drawing.getZoom());
      if (node) void drawing.setCenter(node.at.x + 128 + 176 / zoom, node.at.y + 40, { zoom });
    },
    fit: showAll,
    zoomTo: (zoom: number) => void drawing.zoomTo(zoom),
    zoomBy: (direction: 'in' | 'out') => void (direction === 'in' ? drawing.zoomIn() : drawing.zoomOut()),
    typeOf: (end: OpenEnd) => typeAt(session.flow(), manifests, end),
  };
}

export type Commands = ReturnType<typeof commandsOf>;
