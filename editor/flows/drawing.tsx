import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FlowDocument, FlowNode } from '#runtime/flow.ts';
import { StepIcon, type StepLook } from '../ui/status.tsx';
import { kindOf, Tile } from '../ui/tile.tsx';
import { type Layout, layoutOf, NODE_WIDTH, type PlacedNode } from './layout.ts';
import { Silhouette } from './silhouette.tsx';
import { portName, type StepWords, stepEffect, stepSystem, stepTitle } from './step-words.ts';

/** What a run made of a step. */
export interface StepMark {
  readonly look: StepLook;
  readonly failed: number;
  /** Outputs that carried something. */
  readonly ports: ReadonlySet<string>;
}

interface DrawingProps {
  readonly flow: FlowDocument;
  readonly words: StepWords;
  readonly label: string;
  /** Absent: no run is shown. */
  readonly marks?: ReadonlyMap<string, StepMark>;
  readonly selected?: string | undefined;
  readonly onSelect?: (step: string) => void;
}

const COLUMN = 320;
/** Pixels a letter of an output label takes, and the most that labels may take together. */
const LABEL_LETTER = 7.5;
const MOST_LABEL = 104;
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
  return Math.min(MOST_LABEL, longest * LABEL_LETTER);
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

/**
 * The flow as it goes, left to right, failures down. It can be clicked but not edited.
 * Readers who do not see it have the list of steps beside it, which says the same.
 */
export function Drawing({ flow, words, label, marks, selected, onSelect }: DrawingProps) {
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const columns = Math.max(2, Math.floor((width / SMALLEST - 48) / COLUMN));
  const layout = useMemo(() => layoutOf(flow, words.nodes ?? EMPTY, columns), [flow, words.nodes, columns]);
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
          <Wires layout={layout} marks={marks} />
          {flow.nodes.map((node) => {
            const placed = placedBy.get(node.id);
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
