import type { PointerEvent } from 'react';
import type { Point } from '../edit/step-edits.ts';
import type { Session } from '../session.ts';
import { isTyping } from '../typing.ts';
import type { MenuTarget } from './target.ts';

/** Chooses what the menu is about, unless it is chosen already, and says what kind of thing it is. */
function take(element: Element, session: Session): MenuTarget {
  const { selected, wires } = session.store.getState();
  const listed = element.closest<HTMLElement>('[data-menu-of]')?.dataset['menuOf'];
  const id = listed ?? element.closest<HTMLElement>('.react-flow__node')?.dataset['id'];
  if (id !== undefined) {
    const kind = id.startsWith('note:') ? 'note' : id.startsWith('group:') ? 'group' : 'step';
    if (kind !== 'step' || !selected.has(id)) session.select([id]);
    return kind;
  }
  const wire = element.closest('.react-flow__edge')?.getAttribute('data-id') ?? null;
  if (wire === null) return 'pane';
  if (!wires.has(wire) || selected.size > 0) session.select([], [wire]);
  return 'wire';
}

/** What is chosen, when a key asks for the menu. */
function chosenTarget(session: Session): MenuTarget {
  const { selected, wires } = session.store.getState();
  const ids = [...selected];
  if (ids.some((id) => !id.includes(':'))) return 'step';
  if (ids.some((id) => id.startsWith('note:'))) return 'note';
  if (ids.length > 0) return 'group';
  return wires.size > 0 ? 'wire' : 'pane';
}

/** The menu for what lies at a point. False: the browser's own is meant, as over text. */
export function openMenuAt(target: EventTarget | null, screen: Point, session: Session): boolean {
  if (!(target instanceof Element) || isTyping(target)) return false;
  session.set({ adding: null, menu: { target: take(target, session), screen } });
  return true;
}

const INSET = 24;

/** The menu for what is chosen, beside it. */
export function openMenuByKey(session: Session): void {
  const target = chosenTarget(session);
  const { selected, wires, current } = session.store.getState();
  const id = current !== null && selected.has(current) ? current : ([...selected][0] ?? [...wires][0]);
  const drawn =
    id === undefined
      ? null
      : document.querySelector(
          `.react-flow__node[data-id="${CSS.escape(id)}"], .react-flow__edge[data-id="${CSS.escape(id)}"] path`,
        );
  const box = (drawn ?? document.querySelector('.canvas-box'))?.getBoundingClientRect() ?? new DOMRect();
  const screen = drawn
    ? { x: box.left + INSET, y: box.top + Math.min(box.height, 2 * INSET) }
    : { x: box.left + box.width / 2, y: box.top + box.height / 3 };
  session.set({ adding: null, menu: { target, screen } });
}

const HOLD_MS = 500;
const STRAY = 8;

/** A finger that rests asks for the menu, as the right button does; browsers that say so themselves are not asked twice. */
export function longPress(session: () => Session) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let from: Point = { x: 0, y: 0 };
  const end = () => clearTimeout(timer);
  return {
    onPointerDownCapture: (event: PointerEvent) => {
      end();
      if (event.pointerType !== 'touch' || !event.isPrimary) return;
      const { target } = event;
      from = { x: event.clientX, y: event.clientY };
      timer = setTimeout(() => {
        if (session().store.getState().menu === null) openMenuAt(target, from, session());
      }, HOLD_MS);
    },
    onPointerMoveCapture: (event: PointerEvent) => {
      if (Math.hypot(event.clientX - from.x, event.clientY - from.y) > STRAY) end();
    },
    onPointerUpCapture: end,
    onPointerCancelCapture: end,
  };
}
