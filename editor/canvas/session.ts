import { createContext, useContext } from 'react';
import { createStore, type StoreApi, useStore } from 'zustand';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Edit } from './edit/edit.ts';
import { type History, historyOf, perform, redo, settle, undo } from './edit/history.ts';
import { isTooMuch } from './edit/limits.ts';
import type { Point } from './edit/step-edits.ts';
import type { OpenEnd } from './graph/rules.ts';
import type { MenuTarget } from './menu/target.ts';

/** Where a new step goes and what it is tied to. */
export interface Adding {
  /** In the flow's own coordinates; absent: right of the end it is tied to, or in the middle of what one sees. */
  readonly at?: Point;
  /** On the screen; absent: in the middle of the canvas. */
  readonly screen?: Point;
  /** Ends the step is to be joined to; several: one is chosen along with the partner. */
  readonly ends?: readonly OpenEnd[];
  /** Steps that are there already come first. */
  readonly connect?: true;
  /** Key of the wire it is put into. */
  readonly wire?: string;
  /** Key of the wire whose end goes to another step; nothing new is added. */
  readonly moves?: string;
  /** Only nodes of this group to begin with. */
  readonly group?: string;
  /** The flow's first step: the list stands under what says so. */
  readonly first?: true;
}

export interface SessionState {
  readonly history: History;
  /** Ids on the canvas: a step's own, `note:…`, `group:…`. */
  readonly selected: ReadonlySet<string>;
  /** Ids of groups that stand for their steps. */
  readonly collapsed: ReadonlySet<string>;
  /** Keys of wires. */
  readonly wires: ReadonlySet<string>;
  /** The step the keyboard stands on. */
  readonly current: string | null;
  /** Whether the panel of the chosen step is open, and where in it to begin: its title, its first field, a field. */
  readonly panel: { readonly field?: string; readonly title?: true; readonly enter?: true } | null;
  readonly adding: Adding | null;
  /** The menu of what is chosen, and where on the screen it opens. */
  readonly menu: { readonly target: MenuTarget; readonly screen: Point } | null;
  /** The note that is to be written in. */
  readonly writing: string | null;
  readonly view: 'canvas' | 'outline';
  readonly searching: boolean;
  readonly minimap: boolean;
}

/** One person's work on one flow in one tab. */
export interface Session {
  readonly store: StoreApi<SessionState>;
  readonly flow: () => FlowDocument;
  readonly perform: (edit: Edit) => void;
  readonly settle: () => void;
  readonly undo: () => void;
  readonly redo: () => void;
  readonly select: (ids: Iterable<string>, wires?: Iterable<string>) => void;
  readonly set: (change: Partial<Omit<SessionState, 'history'>>) => void;
}

const NONE: ReadonlySet<string> = new Set();

/** `onFull`: an edit would have made the flow larger than one may be, and was not made. */
export function createSession(flow: FlowDocument, onFull: () => void = () => undefined): Session {
  const store = createStore<SessionState>(() => ({
    history: historyOf(flow),
    selected: NONE,
    collapsed: NONE,
    wires: NONE,
    current: null,
    panel: null,
    adding: null,
    menu: null,
    writing: null,
    view: 'canvas',
    searching: false,
    minimap: false,
  }));
  const change = (step: (history: History) => History) => store.setState((state) => ({ history: step(state.history) }));
  return {
    store,
    flow: () => store.getState().history.present,
    perform: (edit) => {
      const { history } = store.getState();
      const next = perform(history, edit, Date.now());
      if (next !== history && isTooMuch(next.present)) onFull();
      else store.setState({ history: next });
    },
    settle: () => change(settle),
    undo: () => change(undo),
    redo: () => change(redo),
    select: (ids, wires = NONE) => {
      const selected = new Set(ids);
      const steps = [...selected].filter((id) => !id.includes(':'));
      store.setState((state) => ({
        selected,
        wires: new Set(wires),
        current: steps.length === 0 ? state.current : (steps.at(-1) ?? null),
      }));
    },
    set: (next) => store.setState(next),
  };
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (!session) throw new Error('no flow is being edited here');
  return session;
}

export function useSessionState<Part>(select: (state: SessionState) => Part): Part {
  return useStore(useSession().store, select);
}

export const useFlow = (): FlowDocument => useSessionState((state) => state.history.present);

/** The chosen steps that are still there; a chosen group that is collapsed is its steps. */
export function chosenSteps({ history, selected, collapsed }: SessionState): string[] {
  const { nodes, groups } = history.present;
  const within = new Set(
    groups.filter(({ id }) => collapsed.has(id) && selected.has(`group:${id}`)).flatMap((group) => group.nodes),
  );
  return nodes.filter(({ id }) => selected.has(id) || within.has(id)).map(({ id }) => id);
}

/** Whether a group is chosen, or a step in one. */
export function framesChosen({ history, selected }: SessionState): boolean {
  return history.present.groups.some(
    (group) => selected.has(`group:${group.id}`) || group.nodes.some((id) => selected.has(id)),
  );
}

/** Ids behind a prefix, such as the notes among what is chosen. */
export function chosenOf(selected: ReadonlySet<string>, kind: 'note' | 'group'): Set<string> {
  const prefix = `${kind}:`;
  return new Set([...selected].filter((id) => id.startsWith(prefix)).map((id) => id.slice(prefix.length)));
}
