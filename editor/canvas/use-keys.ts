import { type KeyboardEvent, useCallback, useEffect } from 'react';
import { endOf } from '#runtime/flow.ts';
import type { NodeManifest } from '#runtime/node.ts';
import { usePreferences } from '../state/preferences.ts';
import { stepsWithin } from './collapsing.ts';
import type { Commands } from './commands.ts';
import type { DraftKeeper } from './draft/keeper.ts';
import { downstream, GRID } from './graph/place.ts';
import { outputsOf } from './graph/rules.ts';
import { openMenuByKey } from './menu/open-menu.ts';
import { type Adding, chosenSteps, type Session } from './session.ts';
import { isTyping } from './typing.ts';
import { type Way, walk } from './walk.ts';

export interface Keys {
  readonly session: Session;
  readonly commands: Commands;
  readonly manifests: ReadonlyMap<string, NodeManifest>;
  readonly publish: () => void;
}

const WAYS: readonly string[] = ['ArrowRight', 'ArrowLeft', 'ArrowUp', 'ArrowDown', 'Home', 'End'] satisfies Way[];
const isWay = (key: string): key is Way => WAYS.includes(key);
const NUDGE: Readonly<Record<string, { x: number; y: number }>> = {
  ArrowRight: { x: GRID, y: 0 },
  ArrowLeft: { x: -GRID, y: 0 },
  ArrowUp: { x: 0, y: -GRID },
  ArrowDown: { x: 0, y: GRID },
};

/** The step the keyboard stands on: the one chosen last, while it is there. */
function currentOf(session: Session): string | null {
  const state = session.store.getState();
  const id = state.current;
  return id !== null && state.history.present.nodes.some((node) => node.id === id) ? id : null;
}

/** Opens the list of what the current step can be joined to, from every way out it has. */
export function startConnecting({ session, manifests }: Pick<Keys, 'session' | 'manifests'>): void {
  const id = currentOf(session);
  const node = session.flow().nodes.find((each) => each.id === id);
  if (!node) return;
  const ends = outputsOf(session.flow(), manifests, node).map((port) => ({
    step: node.id,
    port,
    side: 'out' as const,
  }));
  session.set({ adding: { ends, connect: true } });
}

/** The wish that a wire end at another step; where it comes from stays. */
export function elsewhere(wire: string): Adding {
  const [step, port] = endOf(wire.split('>')[0] ?? '');
  return { ends: [{ step, port, side: 'out' }], connect: true, moves: wire };
}

function withControl(event: Pressed, { session, commands }: Keys): boolean {
  const key = event.key.toLowerCase();
  if (key === 'a')
    session.select([
      ...session.flow().nodes.map((node) => node.id),
      ...session.flow().notes.map((note) => `note:${note.id}`),
    ]);
  else if (key === 'd') commands.duplicate();
  else if (key === 'g') event.shiftKey ? commands.ungroup() : commands.group();
  else if (key === 'delete' || key === 'backspace') commands.removeChosen({ heal: true });
  else return false;
  return true;
}

function alone(event: Pressed, keys: Keys): boolean {
  const { session, commands } = keys;
  const current = currentOf(session);
  const shut = commands.collapsedOne();
  switch (event.key) {
    case 'Delete':
    case 'Backspace':
      commands.removeChosen();
      return true;
    case 'Enter':
      if (shut !== undefined) commands.toggleGroup(shut);
      else if (current !== null) commands.open(current, { enter: true });
      return shut !== undefined || current !== null;
    case 'F2':
      if (current !== null) commands.open(current, { title: true });
      return current !== null;
    case 'ContextMenu':
      openMenuByKey(session);
      return true;
    case 'Escape':
      if (session.store.getState().panel) session.set({ panel: null });
      else session.select([]);
      return true;
    default:
      return false;
  }
}

function single(event: Pressed, keys: Keys): boolean {
  const { session, commands } = keys;
  switch (event.key) {
    case 'n':
    case 'N':
    case '/':
      session.set({ adding: {} });
      return true;
    case 'c':
      startConnecting(keys);
      return true;
    case 'd':
      commands.toggleDisabled();
      return true;
    case 'S':
      commands.note();
      return true;
    case 'A':
      void commands.tidy();
      return true;
    case 'P':
      keys.publish();
      return true;
    case '1':
      commands.fit();
      return true;
    case '2':
      commands.fit(true);
      return true;
    case '0':
      commands.zoomTo(1);
      return true;
    case '+':
      commands.zoomBy('in');
      return true;
    case '-':
      commands.zoomBy('out');
      return true;
    default:
      return false;
  }
}

function step(event: Pressed, { session, commands }: Keys): boolean {
  const state = session.store.getState();
  if (event.altKey) {
    const by = NUDGE[event.key];
    if (by && state.selected.size > 0) commands.nudge(by);
    return by !== undefined;
  }
  if (!isWay(event.key)) return false;
  if (event.shiftKey && (event.key === 'ArrowRight' || event.key === 'ArrowLeft')) {
    const side = event.key === 'ArrowRight' ? 'out' : 'in';
    const wires = session.flow().wires;
    session.select(
      new Set([...state.selected, ...chosenSteps(state).flatMap((id) => [...downstream(wires, id, side)])]),
    );
    return true;
  }
  const within = stepsWithin(session.flow().groups, state.collapsed);
  const next = walk(session.flow(), currentOf(session), event.key, within);
  if (next === undefined) return true;
  const group = within.get(next);
  session.select([group === undefined ? next : `group:${group}`]);
  // from inside the group the way goes on
  session.set({ current: next });
  if (group === undefined) commands.show(next);
  else commands.fit(true);
  return true;
}

function menuByKey({ session }: Keys): boolean {
  openMenuByKey(session);
  return true;
}

type Pressed = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/** Does what a key is for on the canvas; false: it is for nothing there. */
export function actOnKey(event: Pressed, keys: Keys, singleKeys: boolean): boolean {
  const control = event.ctrlKey || event.metaKey;
  const plain = !control && !event.altKey;
  return (
    (plain && event.shiftKey && event.key === 'F10' && menuByKey(keys)) ||
    (control && withControl(event, keys)) ||
    (!control && step(event, keys)) ||
    (plain && alone(event, keys)) ||
    (plain && singleKeys && single(event, keys))
  );
}

/** The keys of the canvas, while it has the focus. Listens to `event.key`, so that it holds on a Swedish keyboard too. */
export function useKeys(keys: Keys): (event: KeyboardEvent) => void {
  const { singleKeys } = usePreferences();
  return useCallback(
    (event) => {
      if (isTyping(event.target) || event.defaultPrevented) return;
      if (actOnKey(event, keys, singleKeys)) {
        event.preventDefault();
        event.stopPropagation();
      }
    },
    [keys, singleKeys],
  );
}

/** What a key with Ctrl does wherever one is on the page; `typing`: the browser's own undo is meant. */
export function everywhere(
  session: Session,
  keeper: Pick<DraftKeeper, 'flush'>,
  typing: boolean,
): Readonly<Record<string, () => void>> {
  const toggle = () => session.set({ view: session.store.getState().view === 'outline' ? 'canvas' : 'outline' });
  return {
    f: () => session.set({ searching: true }),
    O: toggle,
    s: () => void keeper.flush(),
    ...(typing ? {} : { y: session.redo, Z: session.redo, z: session.undo }),
  };
}

/** Keys that hold wherever the focus is on the page of a flow, but not while a question is open. */
export function useGlobalKeys(session: Session, keeper: DraftKeeper): void {
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const control = (event.ctrlKey || event.metaKey) && !event.altKey;
      if (!control || event.defaultPrevented || document.querySelector('.dialog') !== null) return;
      const key = event.shiftKey ? event.key.toUpperCase() : event.key.toLowerCase();
      const act = everywhere(session, keeper, isTyping(event.target))[key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [session, keeper]);
}
