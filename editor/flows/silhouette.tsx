import type { Kind } from '../ui/tile.tsx';
import { NODE_WIDTH } from './layout.ts';

const R = 9.5;

/** Outline of a node of a kind; its form says the kind also in grey. */
function outline(kind: Kind, height: number): string {
  const down = height - 1 - 2 * R;
  if (kind === 'trigger') {
    const end = (height - 1) / 2;
    return `M32 .5H246a${R} ${R} 0 0 1 ${R} ${R}v${down}a${R} ${R} 0 0 1-${R} ${R}H32a${end} ${end} 0 0 1 0-${height - 1}z`;
  }
  if (kind === 'match') return `M10.500 .5h235l10 10v${height - 21}l-10 10H10.500l-10-10v-${height - 21}z`;
  return `M10 .5h236a${R} ${R} 0 0 1 ${R} ${R}v${down}a${R} ${R} 0 0 1-${R} ${R}H10a${R} ${R} 0 0 1-${R}-${R}v-${down}a${R} ${R} 0 0 1 ${R}-${R}z`;
}

/** The drawn body of a node, behind its content. */
export function Silhouette({ kind, height }: { readonly kind: Kind; readonly height: number }) {
  const path = outline(kind, height);
  return (
    <svg className="sil" width={NODE_WIDTH} height={height} viewBox={`0 0 ${NODE_WIDTH} ${height}`} aria-hidden="true">
      <path className="halo" d={path} />
      <path className="edge" d={path} />
      {kind === 'transform' && <path className="inner" d="M7 4.500H249" />}
      {kind === 'plugin' && (
        <rect className="inner" x="4.5" y="4.5" width="247" height={height - 9} rx="6" strokeDasharray="5 4" />
      )}
    </svg>
  );
}
