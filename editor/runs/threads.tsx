import type { FlowDocument } from '#runtime/flow.ts';
import { stepOrder } from '../flows/order.ts';
import { stepTone } from '../ui/status.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { type Entry, stepName } from './timeline.ts';

const FIRST = 16;
const PITCH = 54;
/** Height at which the thread crosses: the middle of a row's first line. */
const CROSS = 28;
/** More systems than this do not fit beside the text. */
const MOST = 4;

/** The systems of a flow, each a warp, in the order the run meets them. */
export interface Warps {
  readonly connections: readonly string[];
  /** Warp of a step; the first for steps that stay in Weft. */
  readonly of: ReadonlyMap<string, number>;
}

export function warpsOf(flow: FlowDocument): Warps {
  const ordered = stepOrder(flow);
  const connections = [
    ...new Set(ordered.flatMap((node) => (node.connection === undefined ? [] : [node.connection]))),
  ].slice(0, MOST);
  const place = (connection: string | undefined) => Math.max(0, connections.indexOf(connection ?? ''));
  return { connections, of: new Map(ordered.map((node) => [node.id, place(node.connection)])) };
}

const xOf = (warp: number) => FIRST + warp * PITCH;

function widthOf(warps: Warps): number {
  return 2 * FIRST + Math.max(0, warps.connections.length - 1) * PITCH;
}

function Lines({ warps }: { readonly warps: Warps }) {
  const count = Math.max(1, warps.connections.length);
  return Array.from({ length: count }, (_, warp) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a warp is its place
    <span key={warp} className="warp-line" style={{ left: xOf(warp) }} />
  ));
}

interface HeadProps {
  readonly warps: Warps;
  readonly nameOf: (connection: string) => string;
}

/** The systems' marks over their warps. */
export function WarpHead({ warps, nameOf }: HeadProps) {
  return (
    <div className={`warps marks ${warps.connections.length > 1 ? 'many' : ''}`} style={{ width: widthOf(warps) }}>
      {warps.connections.map((connection, warp) => (
        <span key={connection} className="absolute top-0 -translate-x-1/2" style={{ left: xOf(warp) }}>
          <SystemMark name={nameOf(connection)} size="s" />
        </span>
      ))}
    </div>
  );
}

interface ShapeProps {
  readonly to: number;
  readonly failed: boolean;
  readonly open: boolean;
}

function Shape({ to, failed, open }: ShapeProps) {
  const from = xOf(0);
  if (to === from) return <circle className={`dot-t ${open ? 'now' : ''}`} cx={from} cy={CROSS} r="4" />;
  if (failed)
    return (
      <>
        <path className="line-t" d={`M${from} ${CROSS}H${to - 9}`} />
        <circle cx={from} cy={CROSS} r="3.5" fill="currentColor" />
        <path className="casing" d={`M${to} ${CROSS - 7}V${CROSS + 7}`} />
        <path className="line-t" strokeLinecap="round" d={`M${to - 4} ${CROSS - 4}l8 8M${to + 4} ${CROSS - 4}l-8 8`} />
      </>
    );
  return (
    <>
      <path className="casing" d={`M${from + 6} ${CROSS}H${to - 6}`} />
      <path className={`line-t ${open ? 'now' : ''}`} d={`M${from} ${CROSS}H${to}`} />
      <circle className="dot-t" cx={from} cy={CROSS} r="4" />
      <circle className={`dot-t ${open ? 'now' : ''}`} cx={to} cy={CROSS} r="4" />
    </>
  );
}

function toneOf(entry: Entry): string {
  if (entry.kind === 'step') return stepTone(entry.phase);
  switch (entry.event.type) {
    case 'run.failed':
      return 'text-danger';
    case 'run.held':
      return 'text-warning';
    case 'run.ignored':
    case 'run.cancelled':
      return 'text-muted';
    default:
      return 'text-success';
  }
}

/** What an entry did between the systems, drawn: a knot on the first warp, or a thread to another. */
export function Thread({ entry, warps }: { readonly entry: Entry; readonly warps: Warps }) {
  const warp = entry.kind === 'step' ? (warps.of.get(stepName(entry.path)) ?? 0) : 0;
  const failed = entry.kind === 'step' && (entry.phase === 'failed' || entry.phase === 'retrying');
  const open =
    entry.kind === 'step' ? entry.phase === 'running' || entry.phase === 'writing' : entry.event.type === 'run.held';
  return (
    <div
      className={`warps ${warps.connections.length > 1 ? 'many' : ''}`}
      style={{ width: widthOf(warps) }}
      aria-hidden="true"
    >
      <Lines warps={warps} />
      <svg className={`thread ${toneOf(entry)}`} width={widthOf(warps)} height="56" aria-hidden="true">
        <Shape to={xOf(warp)} failed={failed} open={open} />
      </svg>
    </div>
  );
}
