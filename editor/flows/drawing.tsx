import { Group } from 'lucide-react';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import { StepIcon } from '../ui/status.tsx';
import { kindOf, Tile } from '../ui/tile.tsx';
import { folded, type GroupMark, groupMark, type StepMark } from './folding.ts';
import { type Layout, layoutOf, NODE_WIDTH, type PlacedNode } from './layout.ts';
import { Silhouette } from './silhouette.tsx';
import { portName, type StepWords, stepEffect, stepSystem, stepTitle } from './step-words.ts';

interface DrawingProps {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly label: string;
  /** Absent: no run is shown. */
  readonly marks?: ReadonlyMap<string, StepMark>;
  readonly selected?: string | undefined;
  readonly onSelect?: (step: string) => void;
  /** Groups that stand for their steps. */
  readonly collapsed?: ReadonlySet<string>;
  readonly onOpen?: (group: string) => void;
}

const NONE: ReadonlySet<string> = new Set();
const COLUMN = 320;
/** Pixels a letter of an output label takes, and the most that labels may take together. */
const LABEL_LETTER = 7.5;
const MOST_LABEL = 104;
const LABEL_GAP = 8;
const EMPTY = new Map<string, never>();
/** Below this the text is too small to read, and the picture scrolls instead. */
const SMALLEST = 0.75;

/** Width of an element, kept as it changes. */
function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const watch = new ResizeObserver(([entry]) => entry && setWidth(entry.contentRect.width));
    watch.observe(element);
    return () => watch.disconnect();
  }, [ref]);
  return width;
}

function Wires({ layout, marks }: { readonly layout: Layout; readonly marks: DrawingProps['marks'] }) {
  const toneOf = (wire: Layout['wires'][number]): string => {
    const failure = wire.failure ? 'failure' : '';
    if (!marks) return failure;
    const source = marks.get(wire.from);
    if (source?.ports.has(wire.port)) return `taken ${failure}`;
    // a step that has not begun may still go this way
    return source?.look === 'pending' || source?.look === 'running' ? failure : 'not-taken';
  };
  const ordered = [...layout.wires].sort(
    (one, other) => Number(toneOf(one).startsWith('taken')) - Number(toneOf(other).startsWith('taken')),
  );
  return (
    <svg className="wires" width={layout.width} height={layout.height} aria-hidden="true">
      {ordered.map((wire) => (
        <g key={`${wire.from}.${wire.port}>${wire.to}`}>
          <path className="casing" d={wire.path} />
          <path className={`wire ${toneOf(wire)}`} d={wire.path} />
        </g>
      ))}
    </svg>
  );
}

function Handles({ placed }: { readonly placed: PlacedNode }) {
  const outs = placed.labels.length > 0 ? placed.labels.map((label) => label.y) : [placed.height / 2];
  return (
    <svg className="wires" width={NODE_WIDTH} height={placed.height} aria-hidden="true">
      {placed.hasInput && <circle className="handle" cx="0" cy={placed.height / 2} r="5" />}
      {outs.map((y) => (
        <circle key={y} className="handle" cx={NODE_WIDTH} cy={y} r="5" />
      ))}
      {placed.hasFailed && <circle className="handle failure" cx="24" cy={placed.height} r="5" />}
    </svg>
  );
}

/** Room for the longest output label, so that a title is cut before it runs into one. */
function labelRoom(node: FlowNode, placed: PlacedNode, words: StepWords): number {
  const longest = Math.max(0, ...placed.labels.map((label) => portName(node, label.port, words).length));
  return longest === 0 ? 0 : Math.min(MOST_LABEL, longest * LABEL_LETTER + LABEL_GAP);
}

interface NodeProps extends Pick<DrawingProps, 'words' | 'selected' | 'onSelect'> {
  readonly node: FlowNode;
  readonly placed: PlacedNode;
  readonly mark: StepMark | undefined;
}

function Node({ node, placed, words, mark, selected, onSelect }: NodeProps) {
  const { t } = useTranslation();
  const manifest = words.nodes?.get(node.type);
  const effect = stepEffect(node, words, t);
  const system = stepSystem(node, words);
  const failing = mark && (mark.look === 'failed' || mark.look === 'held');
  const classes = `node ${failing ? mark.look : ''} ${selected === node.id ? 'selected' : ''} ${node.disabled ? 'disabled' : ''}`;
  const style = { left: placed.x, top: placed.y, height: placed.height };
  const content = (
    <>
      <Silhouette kind={kindOf(manifest)} height={placed.height} />
      <Handles placed={placed} />
      <span className="body">
        <Tile manifest={manifest} />
        <span className="min-w-0 flex-1" style={{ paddingRight: labelRoom(node, placed, words) }}>
          <span className="t block">{stepTitle(node, words)}</span>
          <span className="s block">
            {effect && <span className="tag">{effect}</span>}
            {system?.title ?? (manifest ? t(`flows.kind.${manifest.group}`) : node.type)}
          </span>
        </span>
        {mark && placed.labels.length === 0 && <StepIcon look={mark.look} />}
      </span>
      {placed.labels.map((label) => (
        <span key={label.port} className="out" style={{ top: label.y }}>
          {portName(node, label.port, words)}
        </span>
      ))}
      {mark && mark.failed > 0 && failing && <span className="error-badge">× {mark.failed}</span>}
    </>
  );
  if (!onSelect)
    return (
      <div className={classes} style={style}>
        {content}
      </div>
    );
  return (
    <button
      type="button"
      className={classes}
      style={style}
      tabIndex={-1}
      aria-pressed={selected === node.id}
      onClick={() => onSelect(node.id)}
    >
      {content}
    </button>
  );
}

interface GroupBoxProps {
  readonly title: string;
  readonly count: number;
  readonly placed: PlacedNode;
  readonly mark: GroupMark | undefined;
  readonly onOpen: (() => void) | undefined;
}

/** A group in place of its steps; it tells of a run what they would. */
function GroupBox({ title, count, placed, mark, onOpen }: GroupBoxProps) {
  const { t } = useTranslation();
  const failing = mark && (mark.look === 'failed' || mark.look === 'held');
  const said = mark ? t('runs.progress', { done: mark.done, total: mark.total }) : t('flows.stepCount', { count });
  return (
    <button
      type="button"
      tabIndex={-1}
      className={`node group-box ${failing ? mark.look : ''}`}
      style={{ left: placed.x, top: placed.y, height: placed.height }}
      aria-expanded="false"
      title={t('runs.openGroup', { name: title })}
      onClick={onOpen}
    >
      <Handles placed={placed} />
      <span className="body">
        <Group className="i text-muted" aria-hidden />
        <span className="min-w-0 flex-1">
          <span className="t block">{title}</span>
          <span className="s num block">{said}</span>
        </span>
        {mark && <StepIcon look={mark.look} />}
      </span>
      {failing && mark.failed > 0 && <span className="error-badge">× {mark.failed}</span>}
    </button>
  );
}

/**
 * The flow as it goes, left to right, failures down. It can be clicked but not edited.
 * Readers who do not see it have the list of steps beside it, which says the same.
 */
export function Drawing({ flow, words, label, marks, selected, onSelect, collapsed = NONE, onOpen }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const columns = Math.max(2, Math.floor((width / SMALLEST - 48) / COLUMN));
  const drawn = useMemo(() => folded(flow, collapsed), [flow, collapsed]);
  const layout = useMemo(() => layoutOf(drawn, words.nodes ?? EMPTY, columns), [drawn, words.nodes, columns]);
  const grouped = [...drawn.groups].flatMap(([id, group]) => {
    const mark = marks && groupMark(group, flow, marks);
    return mark ? [[id, mark] as const] : [];
  });
  const shown = marks && new Map<string, StepMark>([...marks, ...grouped]);
  const groupMarks = new Map(grouped);
  const scale = width === 0 ? 1 : Math.min(1, Math.max(SMALLEST, width / layout.width));
  const left = Math.max(0, (width - layout.width * scale) / 2);
  const placedBy = new Map(layout.nodes.map((placed) => [placed.id, placed]));
  return (
    <figure ref={box} className="drawing hidden py-4 phone:block" aria-label={label}>
      <div style={{ height: layout.height * scale }}>
        <div
          className="world"
          style={{
            width: layout.width,
            height: layout.height,
            transform: `translateX(${left}px) scale(${scale})`,
          }}
        >
          <Wires layout={layout} marks={shown} />
          {[...drawn.groups].map(([id, group]) => {
            const placed = placedBy.get(id);
            return (
              placed && (
                <GroupBox
                  key={id}
                  title={group.title}
                  count={group.nodes.length}
                  placed={placed}
                  mark={groupMarks.get(id)}
                  onOpen={onOpen && (() => onOpen(group.id))}
                />
              )
            );
          })}
          {drawn.nodes.map((node) => {
            const placed = drawn.groups.has(node.id) ? undefined : placedBy.get(node.id);
            return (
              placed && (
                <Node
                  key={node.id}
                  node={node}
                  placed={placed}
                  words={words}
                  mark={marks?.get(node.id)}
                  selected={selected}
                  {...(onSelect ? { onSelect } : {})}
                />
              )
            );
          })}
        </div>
      </div>
    </figure>
  );
}
