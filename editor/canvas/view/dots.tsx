import { useStore, ViewportPortal } from '@xyflow/react';

/** So far, in the flow's own measure, the canvas can be moved before dots are needed elsewhere; whole gaps between dots. */
const REACH = 1024;

/** From where, and how far, dots are there so that those from `from` on are seen. */
function beginOf(from: number): number {
  return (Math.floor(from / REACH) - 1) * REACH;
}
function lengthOf(seen: number): number {
  return (Math.ceil(seen / REACH) + 3) * REACH;
}

/**
 * The dots behind the flow. React Flow's own are drawn anew for every frame in which the canvas moves; these are part of what
 * moves, and drawn anew only when one has come to their end.
 */
export function Dots() {
  const left = useStore(({ transform: [x, , zoom] }) => beginOf(-x / zoom));
  const top = useStore(({ transform: [, y, zoom] }) => beginOf(-y / zoom));
  const width = useStore(({ transform: [, , zoom], width: seen }) => lengthOf(seen / zoom));
  const height = useStore(({ transform: [, , zoom], height: seen }) => lengthOf(seen / zoom));
  return (
    <ViewportPortal>
      <div className="dots" style={{ left, top, width, height }} />
    </ViewportPortal>
  );
}
