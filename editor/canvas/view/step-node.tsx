import { Handle, type NodeProps, Position } from '@xyflow/react';
import { CircleX, Lock, Minus, MoveRight, Pencil, Plus, PowerOff, TriangleAlert } from 'lucide-react';
import { type CSSProperties, memo } from 'react';
import { useTranslation } from 'react-i18next';
import { FAILED_PORT } from '#runtime/node.ts';
import { Silhouette } from '../../flows/silhouette.tsx';
import { portName, type StepWords, stepEffect, stepSystem, stepTitle } from '../../flows/step-words.ts';
import { kindOf, Tile } from '../../ui/tile.tsx';
import { FAILED_X, type PortPlace } from '../graph/shape.ts';
import { useCanvas } from './canvas-context.ts';
import type { Mark, StepData, StepElement } from './elements.ts';

const MARKS = { added: Plus, removed: Minus, changed: Pencil, moved: MoveRight } as const;

/** What an input is called. */
function inputName(data: StepData, port: string, words: StepWords): string {
  return data.manifest?.inputs.find(({ name }) => name === port)?.title?.[words.language] ?? port;
}

function State({ data }: { readonly data: StepData }) {
  if (data.locked) return <Lock className="i text-muted" aria-hidden />;
  if (data.node.disabled) return <PowerOff className="i text-muted" aria-hidden />;
  if (data.errors > 0) return <CircleX className="i text-danger" aria-hidden />;
  if (data.warnings > 0) return <TriangleAlert className="i text-warning" aria-hidden />;
  return null;
}

function Subtitle({ data }: { readonly data: StepData }) {
  const { t } = useTranslation();
  const { words } = useCanvas();
  const { node, manifest } = data;
  if (data.locked) return t('canvas.locked', { package: t(`shell.packagesWithin.${data.locked}`) });
  if (!manifest) return t('canvas.unknown', { type: node.type });
  const effect = stepEffect(node, words, t);
  const system = stepSystem(node, words);
  return (
    <>
      {effect && <span className="tag">{effect}</span>}
      {system?.title ?? (node.title ? manifest.title[words.language] : t(`flows.kind.${manifest.group}`))}
    </>
  );
}

interface OutputProps {
  readonly data: StepData;
  readonly port: PortPlace;
  readonly open: boolean;
}

/** A way out: drag it to a step, or press its plus for a list of what fits. */
function Output({ data, port, open }: OutputProps) {
  const { t } = useTranslation();
  const { words, actions } = useCanvas();
  const { node } = data;
  const name = portName(node, port.name, words);
  return (
    <>
      <Handle
        type="source"
        position={Position.Right}
        id={port.name}
        className={open ? 'port open' : 'port'}
        style={{ top: port.y }}
        title={`${name}: ${port.type}`}
      />
      {open && actions && (
        <button
          type="button"
          tabIndex={-1}
          className="port-add nodrag nopan"
          style={{ top: port.y }}
          aria-label={t('canvas.addAfter', { step: stepTitle(node, words), port: name })}
          onClick={(event) => {
            event.stopPropagation();
            actions.addTo({ step: node.id, port: port.name, side: 'out' }, { x: event.clientX, y: event.clientY });
          }}
        >
          <Plus className="i i-12" aria-hidden />
        </button>
      )}
    </>
  );
}

function Ports({ data }: { readonly data: StepData }) {
  const { words } = useCanvas();
  const { node, shape } = data;
  const open = new Set(data.open?.split(',') ?? []);
  const named = shape.rows || shape.outputs.length > 1;
  return (
    <>
      {shape.inputs.map((port) => (
        <Handle
          key={port.name}
          type="target"
          position={Position.Left}
          id={port.name}
          className="port"
          style={{ top: port.y }}
          title={`${inputName(data, port.name, words)}: ${port.type}`}
        />
      ))}
      {shape.rows &&
        shape.inputs.map((port) => (
          <span key={port.name} className="in" style={{ top: port.y }}>
            {inputName(data, port.name, words)}
          </span>
        ))}
      {shape.outputs.map((port) => (
        <Output key={port.name} data={data} port={port} open={open.has(port.name)} />
      ))}
      {named &&
        shape.outputs.map((port) => (
          <span key={port.name} className="out" style={{ top: port.y }}>
            {portName(node, port.name, words)}
          </span>
        ))}
      {shape.failed && (
        <Handle
          type="source"
          position={Position.Bottom}
          id={FAILED_PORT}
          className="port failed"
          style={{ left: FAILED_X }}
          title={portName(node, FAILED_PORT, words)}
        />
      )}
    </>
  );
}

function MarkBadge({ mark }: { readonly mark: Mark }) {
  const Icon = MARKS[mark];
  return (
    <span className={`mark-badge ${mark}`} aria-hidden="true">
      <Icon className="i i-12" />
    </span>
  );
}

const LETTER = 7.5;
const MOST_LABEL = 104;

/** Room for the longest output label, so that a title is cut before it runs into one. */
function labelRoom(data: StepData, words: StepWords): number {
  const { shape, node } = data;
  if (shape.rows || shape.outputs.length < 2) return 0;
  const longest = Math.max(...shape.outputs.map((port) => portName(node, port.name, words).length));
  return Math.min(MOST_LABEL, longest * LETTER);
}

function classesOf(data: StepData, selected: boolean): string {
  const { node, errors, mark } = data;
  return [
    'node',
    selected && 'selected',
    errors > 0 && 'failed',
    node.disabled && 'disabled',
    data.locked && 'locked',
    data.current && 'current',
    mark && `mark-${mark}`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** A step on the canvas: its kind at the left, its state at the right, its ports on the edges. */
export const StepNode = memo(function StepNode({ data, selected }: NodeProps<StepElement>) {
  const { t } = useTranslation();
  const { words, far } = useCanvas();
  const { node, manifest, shape, errors } = data;
  const kind = kindOf(manifest);
  if (far)
    return (
      <div className={`${classesOf(data, selected)} far k-${kind}`} style={{ height: shape.height }}>
        {data.mark && <MarkBadge mark={data.mark} />}
      </div>
    );
  const title = stepTitle(node, words);
  return (
    <div className={classesOf(data, selected)} style={{ height: shape.height }} title={data.problem ?? title}>
      <Silhouette kind={kind} height={shape.height} />
      <span className="body" style={{ height: shape.head }}>
        <Tile manifest={manifest} />
        <span className="words min-w-0 flex-1" style={{ '--room': `${labelRoom(data, words)}px` } as CSSProperties}>
          <span className="t block">{title}</span>
          <span className="s block">
            <Subtitle data={data} />
          </span>
        </span>
        {(shape.rows || shape.outputs.length < 2) && <State data={data} />}
      </span>
      {shape.rows && <span className="rule" style={{ top: shape.head - 4 }} />}
      <Ports data={data} />
      {errors > 0 && (
        <span className="error-badge" title={t('flows.errors', { count: errors })}>
          × {errors}
        </span>
      )}
      {data.mark && <MarkBadge mark={data.mark} />}
    </div>
  );
});
