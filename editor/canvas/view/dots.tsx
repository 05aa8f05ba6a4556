import { useStore } from '@xyflow/react';

/** Between two dots, in the flow's own measure. */
const GAP = 16;

/** What is left of `value` beyond whole gaps, never negative; in whole pixels, for which a layer is copied and not computed. */
const beyond = (value: number, gap: number): number => Math.round(((value % gap) + gap) % gap);

/**
 * The dots behind the flow. React Flow's own are drawn anew for every frame in which the canvas moves; these are drawn once for a
 * size, and then only shifted.
 */
export function Dots() {
  const x = useStore(({ transform }) => beyond(transform[0], GAP * transform[2]));
  const y = useStore(({ transform }) => beyond(transform[1], GAP * transform[2]));
  const gap = useStore(({ transform }) => GAP * transform[2]);
  return (
    <div
      className="react-flow__background dots"
      style={{ inset: -gap, backgroundSize: `${gap}px ${gap}px`, transform: `translate(${x}px, ${y}px)` }}
    />
  );
}
