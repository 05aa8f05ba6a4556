import {
  BaseEdge,
  EdgeLabelRenderer,
  type EdgeProps,
  getBezierPath,
  getSmoothStepPath,
  getStraightPath,
} from '@xyflow/react';
import { Plus, X } from 'lucide-react';
import { memo, useCallback, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCanvas } from './canvas-context.ts';
import type { WireElement } from './elements.ts';

type Line = EdgeProps<WireElement>;

/** To the right in a curve; back to the left round corners; from far away as the crow flies. */
function pathOf(line: Line, far: boolean): readonly [path: string, x: number, y: number] {
  const make = far
    ? getStraightPath(line)
    : line.data?.failure || line.targetX < line.sourceX + 24
      ? getSmoothStepPath({ ...line, borderRadius: 12, offset: 28 })
      : getBezierPath(line);
  return [make[0], make[1], make[2]];
}

function WireButtons({
  id,
  x,
  y,
  onLeave,
}: {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly onLeave: () => void;
}) {
  const { t } = useTranslation();
  const { actions } = useCanvas();
  if (!actions) return null;
  return (
    <EdgeLabelRenderer>
      <div
        className="wire-buttons nodrag nopan"
        style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }}
        onPointerLeave={onLeave}
      >
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('canvas.addInto')}
          title={t('canvas.addInto')}
          onClick={(event) => actions.addInto(id, { x: event.clientX, y: event.clientY })}
        >
          <Plus className="i i-14" aria-hidden />
        </button>
        <button
          type="button"
          tabIndex={-1}
          aria-label={t('canvas.removeWire')}
          title={t('canvas.removeWire')}
          onClick={() => actions.removeWire(id)}
        >
          <X className="i i-14" aria-hidden />
        </button>
      </div>
    </EdgeLabelRenderer>
  );
}

/** So short that its buttons would lie on both its ends: they stand over it, where the ends can still be taken hold of. */
const SHORT = 120;
const OVER = 22;

/** Whether the pointer is on the wire or on one of its ends, which React Flow draws beside it and, on a short one, over all of it. */
function usePointed(far: boolean) {
  const [over, setOver] = useState(false);
  const own = useRef<SVGGElement>(null);
  const leave = useCallback(() => setOver(false), []);
  useEffect(() => {
    const whole = far ? null : own.current?.parentElement;
    const enter = () => setOver(true);
    const out = ({ relatedTarget }: PointerEvent) => !isButton(relatedTarget) && setOver(false);
    whole?.addEventListener('pointerenter', enter);
    whole?.addEventListener('pointerleave', out);
    return () => {
      whole?.removeEventListener('pointerenter', enter);
      whole?.removeEventListener('pointerleave', out);
    };
  }, [far]);
  return { over, own, leave };
}

/** A wire, with a casing in the canvas's colour so that a later one visibly passes over an earlier one. */
export const WireEdge = memo(function WireEdge(line: Line) {
  const { far, actions, target } = useCanvas();
  const { over, own, leave } = usePointed(far);
  const [path, x, y] = pathOf(line, far);
  const short = Math.abs(line.targetX - line.sourceX) + Math.abs(line.targetY - line.sourceY) < SHORT;
  const { id, selected, data } = line;
  const classes = [
    'wire',
    data?.failure && 'failure',
    data?.mark && `mark-${data.mark}`,
    (selected || target === id) && 'chosen',
  ]
    .filter(Boolean)
    .join(' ');
  if (far) return <path className={classes} d={path} />;
  return (
    <g ref={own}>
      <path className="casing" d={path} />
      <BaseEdge path={path} className={classes} interactionWidth={actions ? 20 : 0} />
      {actions && (over || selected) && <WireButtons id={id} x={x} y={short ? y - OVER : y} onLeave={leave} />}
    </g>
  );
});

function isButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('.wire-buttons') !== null;
}
