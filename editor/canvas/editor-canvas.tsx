import { type EdgeChange, type ReactFlowInstance, SelectionMode, ViewportPortal } from '@xyflow/react';
import { type KeyboardEvent, type MouseEvent as ReactMouseEvent, useCallback, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { stepOrder } from '../flows/order.ts';
import { type StepWords, stepTitle } from '../flows/step-words.ts';
import { stepsWithin, toggleGroup } from './collapsing.ts';
import type { Commands } from './commands.ts';
import { changeNote, renameGroup } from './edit/document-edits.ts';
import { type Point, remove } from './edit/step-edits.ts';
import type { Guide } from './graph/place.ts';
import type { StepShape } from './graph/shape.ts';
import { longPress, openMenuAt, openMenuByKey } from './menu/open-menu.ts';
import { type Session, useSession, useSessionState } from './session.ts';
import { useNodeChanges } from './use-changes.ts';
import { useClipboard } from './use-clipboard.ts';
import { useConnecting } from './use-connecting.ts';
import { useDragging, useHeld } from './use-dragging.ts';
import type { CanvasActions } from './view/canvas-context.ts';
import type { Element, WireElement } from './view/elements.ts';
import { FlowCanvas } from './view/flow-canvas.tsx';

const FIXED = {
  edgesReconnectable: true,
  reconnectRadius: 14,
  selectionOnDrag: true,
  selectionMode: SelectionMode.Partial,
  panOnDrag: [1],
  panActivationKeyCode: 'Space',
  multiSelectionKeyCode: ['Shift', 'Meta', 'Control'],
  selectionKeyCode: null,
  connectionRadius: 24,
  connectOnClick: true,
  nodeDragThreshold: 3,
};

interface EditorCanvasProps {
  readonly nodes: Element[];
  readonly edges: WireElement[];
  readonly shapes: ReadonlyMap<string, StepShape>;
  readonly words: StepWords;
  readonly commands: Commands;
  readonly drawing: ReactFlowInstance<Element, WireElement>;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function Guides({ guides }: { readonly guides: readonly Guide[] }) {
  return (
    <ViewportPortal>
      {guides.map(({ axis, at, from, to }) => (
        <div
          key={`${axis}${at}`}
          className="guide"
          style={
            axis === 'x'
              ? { left: at, top: from, width: 1, height: to - from }
              : { left: from, top: at, width: to - from, height: 1 }
          }
        />
      ))}
    </ViewportPortal>
  );
}

/** What parts of the drawing can ask for. */
function useActions(session: Session): CanvasActions {
  return useMemo(
    () => ({
      addTo: (end, screen) => session.set({ adding: { screen, ends: [end] } }),
      addInto: (wire, screen) => session.set({ adding: { screen, wire } }),
      removeWire: (wire) => session.perform(remove({ steps: new Set(), wires: new Set([wire]) })),
      toggleGroup: (id) => toggleGroup(session, id),
      renameGroup: (id, title) => session.perform(renameGroup(id, title)),
      wroteNote: () => session.set({ writing: null }),
      writeNote: (id, text) => session.perform(changeNote(id, { text })),
    }),
    [session],
  );
}

/** What a click on a step does; the rest is fixed. */
function useHandlers(session: Session, commands: Commands) {
  return useMemo(
    () => ({
      ...FIXED,
      onEdgesChange: (changes: EdgeChange<WireElement>[]) => {
        const wires = new Set(session.store.getState().wires);
        for (const change of changes) {
          if (change.type !== 'select') continue;
          if (change.selected) wires.add(change.id);
          else wires.delete(change.id);
        }
        session.set({ wires });
      },
      onSelectionDragStop: () => session.settle(),
      onNodeClick: (event: ReactMouseEvent, node: Element) => {
        if (node.type !== 'step' || event.shiftKey || event.metaKey || event.ctrlKey) return;
        session.set({ panel: {}, current: node.id });
        commands.uncover(node.id);
      },
      onNodeDoubleClick: (_: ReactMouseEvent, node: Element) => {
        if (node.type === 'step') commands.open(node.id, { enter: true });
        else if (node.type === 'frame' && node.data.collapsed) commands.toggleGroup(node.data.id);
      },
      onPaneClick: () => session.set({ adding: null }),
    }),
    [session, commands],
  );
}

/** Says to those who do not see it which step the keyboard has come to. */
function CurrentStep({ nodes, words }: Pick<EditorCanvasProps, 'nodes' | 'words'>) {
  const { t } = useTranslation();
  const session = useSession();
  const current = useSessionState((state) => state.current);
  const element = current === null ? undefined : nodes.find((each) => each.id === current);
  const data = element?.type === 'step' ? element.data : undefined;
  // a step that a collapsed group stands for is seen as the group
  const group = useSessionState(({ collapsed, history }) => {
    const id = current === null ? undefined : stepsWithin(history.present.groups, collapsed).get(current);
    return history.present.groups.find((each) => each.id === id);
  });
  const { title, disabled = false } = data?.node ?? {};
  const errors = data?.errors ?? 0;
  // biome-ignore lint/correctness/useExhaustiveDependencies: where a step stands is no part of what is said of it
  const label = useMemo(() => {
    if (group) return t('canvas.groupLabel', { title: group.title, count: group.nodes.length });
    if (!data) return '';
    const order = stepOrder(session.flow());
    const wrong = errors > 0 ? `, ${t('flows.errors', { count: errors })}` : '';
    return t('canvas.stepLabel', {
      title: stepTitle(data.node, words),
      kind: data.manifest ? t(`flows.kind.${data.manifest.group}`) : data.node.type,
      place: t('flows.stepOf', { index: order.findIndex(({ id }) => id === current) + 1, count: order.length }),
      state: disabled ? `, ${t('flows.disabled')}` : wrong,
    });
  }, [current, title, disabled, errors, group, words, t, session]);
  return (
    <span className="sr-only" role="status">
      {label}
    </span>
  );
}

/** The canvas one draws on. */
export function EditorCanvas({ nodes, edges, shapes, words, commands, drawing, onKeyDown }: EditorCanvasProps) {
  const { t } = useTranslation();
  const session = useSession();
  const minimap = useSessionState((state) => state.minimap);
  const writing = useSessionState((state) => state.writing);
  const box = useRef<HTMLDivElement>(null);
  const pointer = useRef<Point>(undefined);
  const elements = useRef(nodes);
  elements.current = nodes;
  const free = useHeld('Alt');
  const onNodesChange = useNodeChanges(
    session,
    useCallback(() => elements.current, []),
  );
  const connecting = useConnecting(session, words.nodes ?? new Map(), drawing);
  const where = useCallback(() => pointer.current && drawing.screenToFlowPosition(pointer.current), [drawing]);
  useClipboard(session, commands, where);
  const actions = useActions(session);
  const handlers = useHandlers(session, commands);
  const { guides, target, ...dragging } = useDragging(session, commands, shapes);
  const press = useMemo(() => longPress(() => session), [session]);
  const steps = nodes.filter((node) => node.type === 'step').length;
  return (
    <div
      ref={box}
      className="canvas-box"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: the canvas takes keys as one whole; the outline says the same step by step
      tabIndex={0}
      role="application"
      aria-label={t('canvas.label', { count: steps })}
      aria-roledescription={t('canvas.role')}
      onKeyDown={onKeyDown}
      onPointerMove={(event) => {
        pointer.current = { x: event.clientX, y: event.clientY };
      }}
      onPointerLeave={() => {
        pointer.current = undefined;
      }}
      onPointerDown={(event) => {
        if (event.target instanceof Element && event.target.closest('input, textarea, button') === null)
          box.current?.focus({ preventScroll: true });
      }}
      onContextMenu={(event) => {
        // the keyboard's own way to a menu comes by here, too: it is about what is chosen, not about the whole canvas
        if (event.target === box.current) openMenuByKey(session);
        else if (!openMenuAt(event.target, { x: event.clientX, y: event.clientY }, session)) return;
        event.preventDefault();
      }}
      {...press}
      onDoubleClick={(event) => {
        if (!(event.target instanceof Element) || !event.target.classList.contains('react-flow__pane')) return;
        const screen = { x: event.clientX, y: event.clientY };
        session.set({ adding: { screen, at: drawing.screenToFlowPosition(screen) } });
      }}
    >
      <FlowCanvas
        nodes={nodes}
        edges={edges}
        words={words}
        actions={actions}
        target={target}
        minimap={minimap}
        free={free}
        writing={writing}
        handlers={{ ...handlers, onNodesChange, ...connecting, ...dragging }}
      >
        <Guides guides={guides} />
      </FlowCanvas>
      <CurrentStep nodes={nodes} words={words} />
    </div>
  );
}
