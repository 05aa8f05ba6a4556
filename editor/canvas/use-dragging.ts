import { type MouseEvent as ReactMouseEvent, useEffect, useMemo, useState } from 'react';
import { endOf } from '#runtime/flow.ts';
import type { Commands } from './commands.ts';
import { boxesOf, type Guide, guidesFor } from './graph/place.ts';
import type { StepShape } from './graph/shape.ts';
import type { Session } from './session.ts';
import type { Element } from './view/elements.ts';

/** Whether a key is held, wherever the focus is. */
export function useHeld(key: string): boolean {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => event.key === key && setHeld(event.type === 'keydown');
    const release = () => setHeld(false);
    document.addEventListener('keydown', listen);
    document.addEventListener('keyup', listen);
    window.addEventListener('blur', release);
    return () => {
      document.removeEventListener('keydown', listen);
      document.removeEventListener('keyup', listen);
      window.removeEventListener('blur', release);
    };
  }, [key]);
  return held;
}

/** The wire under the middle of a step that is being dragged and has no wires of its own. */
function wireUnder(event: { clientX: number; clientY: number }): string | null {
  const edge = document
    .elementsFromPoint(event.clientX, event.clientY)
    .find((each) => each.closest('.react-flow__edge') !== null)
    ?.closest('.react-flow__edge');
  return edge?.getAttribute('data-id') ?? null;
}

const pointOf = (event: MouseEvent | TouchEvent | ReactMouseEvent): { clientX: number; clientY: number } | undefined =>
  'changedTouches' in event ? event.changedTouches[0] : event;

/** With more than this on the canvas, lines to all of them are no help. */
const MOST_GUIDED = 300;
// one and the same, so that a frame without lines is no change
const NO_GUIDES: readonly Guide[] = [];

type DragEvent = MouseEvent | TouchEvent | ReactMouseEvent;

/** Lines while a step is dragged, and the wire it would go into. */
export function useDragging(session: Session, commands: Commands, shapes: ReadonlyMap<string, StepShape>) {
  const [guides, setGuides] = useState(NO_GUIDES);
  const [target, setTarget] = useState<string | null>(null);
  const handlers = useMemo(() => {
    const wireFor = (event: DragEvent, moved: readonly Element[]): string | null => {
      const [only] = moved;
      const point = pointOf(event);
      if (moved.length !== 1 || only?.type !== 'step' || !point) return null;
      const tied = session.flow().wires.some(({ from, to }) => endOf(from)[0] === only.id || endOf(to)[0] === only.id);
      return tied ? null : wireUnder(point);
    };
    return {
      onNodeDrag: (event: DragEvent, _node: Element, moved: Element[]) => {
        setTarget(wireFor(event, moved));
        const flow = session.flow();
        if (moved.length !== 1 || flow.nodes.length + flow.notes.length > MOST_GUIDED) return setGuides(NO_GUIDES);
        const boxes = boxesOf(flow, shapes);
        const mine = boxes.find((each) => each.id === moved[0]?.id);
        const lines = mine
          ? guidesFor(
              mine,
              boxes.filter((each) => each !== mine),
            )
          : [];
        setGuides(lines.length === 0 ? NO_GUIDES : lines);
      },
      onNodeDragStop: (event: DragEvent, _node: Element, moved: Element[]) => {
        const wire = wireFor(event, moved);
        session.settle();
        setGuides(NO_GUIDES);
        setTarget(null);
        if (wire !== null && moved[0]) commands.spliceIn(moved[0].id, wire, false);
      },
    };
  }, [session, commands, shapes]);
  return { ...handlers, guides, target };
}
