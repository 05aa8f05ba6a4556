import type { Connection, OnConnectEnd, ReactFlowInstance } from '@xyflow/react';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { NodeManifest } from '#runtime/node.ts';
import { sayFailed } from '../ui/notices.ts';
import { connect, reconnect } from './edit/step-edits.ts';
import { type OpenEnd, partnersOf, type Refusal, refusal } from './graph/rules.ts';
import { STEP_WIDTH } from './graph/shape.ts';
import type { Session } from './session.ts';
import type { Element, WireElement } from './view/elements.ts';

const wireOf = (connection: Pick<Connection, 'source' | 'sourceHandle' | 'target' | 'targetHandle'>) => ({
  from: `${connection.source}.${connection.sourceHandle ?? ''}`,
  to: `${connection.target}.${connection.targetHandle ?? ''}`,
});

type FinalState = Parameters<OnConnectEnd>[1];

/** The wire somebody tried to draw, whichever end it was begun at. */
function attempted(state: FinalState): { from: string; to: string } | null {
  const { fromHandle, toHandle } = state;
  if (!fromHandle || !toHandle) return null;
  const ends = [fromHandle, toHandle].map((handle) => `${handle.nodeId}.${handle.id ?? ''}`) as [string, string];
  return fromHandle.type === 'source' ? { from: ends[0], to: ends[1] } : { from: ends[1], to: ends[0] };
}

function useRefusalText(): (why: Refusal) => string {
  const { t } = useTranslation();
  return useMemo(
    () => (why: Refusal) =>
      why.why === 'type'
        ? t('canvas.refused.type', { gives: why.gives, takes: why.takes })
        : t(`canvas.refused.${why.why}`),
    [t],
  );
}

/** The open end a drag began at. */
function openEnd({ fromHandle }: FinalState): OpenEnd | null {
  if (!fromHandle) return null;
  return { step: fromHandle.nodeId, port: fromHandle.id ?? '', side: fromHandle.type === 'source' ? 'out' : 'in' };
}

function pointOf(event: MouseEvent | TouchEvent): { clientX: number; clientY: number } | undefined {
  return 'changedTouches' in event ? event.changedTouches[0] : event;
}

interface Around {
  readonly session: Session;
  readonly manifests: ReadonlyMap<string, NodeManifest>;
  readonly drawing: ReactFlowInstance<Element, WireElement>;
  readonly say: (why: Refusal) => string;
}

/** A wire let go of: over a port that refuses it, over a step, or over nothing. */
function dropped(
  event: MouseEvent | TouchEvent,
  state: FinalState,
  { session, manifests, drawing, say }: Around,
): void {
  const wire = attempted(state);
  const end = openEnd(state);
  if (wire) {
    const why = refusal(session.flow(), manifests, wire);
    if (why) sayFailed({ title: say(why) });
    return;
  }
  const point = pointOf(event);
  if (!end || !point) return;
  const under = document.elementFromPoint(point.clientX, point.clientY)?.closest('.react-flow__node-step');
  const onto = under?.getAttribute('data-id');
  if (onto && onto !== end.step) {
    const partner = partnersOf(session.flow(), manifests, end).find(({ step }) => step.id === onto);
    if (!partner) sayFailed({ title: say({ why: 'nothing' }) });
    else {
      const [mine, other] = [`${end.step}.${end.port}`, `${onto}.${partner.port}`];
      session.perform(connect(end.side === 'out' ? { from: mine, to: other } : { from: other, to: mine }));
    }
    return;
  }
  if (onto) return;
  const screen = { x: point.clientX, y: point.clientY };
  const at = drawing.screenToFlowPosition(screen);
  session.set({
    adding: { at: { x: end.side === 'out' ? at.x : at.x - STEP_WIDTH, y: at.y - 32 }, screen, ends: [end] },
  });
}

/** Drawing wires: what is allowed, what is said when it is not, and a list of steps where one is dropped on nothing. */
export function useConnecting(
  session: Session,
  manifests: ReadonlyMap<string, NodeManifest>,
  drawing: ReactFlowInstance<Element, WireElement>,
) {
  const say = useRefusalText();
  return useMemo(() => {
    const allowed = (connection: Connection | WireElement, but?: string): boolean => {
      const { source, target, sourceHandle = null, targetHandle = null } = connection;
      return refusal(session.flow(), manifests, wireOf({ source, target, sourceHandle, targetHandle }), but) === null;
    };
    return {
      isValidConnection: (connection: Connection | WireElement) => allowed(connection),
      onConnect: (connection: Connection) => session.perform(connect(wireOf(connection))),
      onReconnect: (old: WireElement, connection: Connection) => {
        if (allowed(connection, old.id)) session.perform(reconnect(old.id, wireOf(connection)));
      },
      onConnectEnd: (event: MouseEvent | TouchEvent, state: FinalState) => {
        if (!state.isValid) dropped(event, state, { session, manifests, drawing, say });
      },
    };
  }, [session, manifests, drawing, say]);
}
