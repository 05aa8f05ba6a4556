import { Handle, type NodeProps, Position } from '@xyflow/react';
import { ChevronDown, ChevronRight, CircleX, TriangleAlert } from 'lucide-react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCanvas } from './canvas-context.ts';
import type { FrameData, FrameElement } from './elements.ts';

function Title({ data }: { readonly data: FrameData }) {
  const { t } = useTranslation();
  const { actions } = useCanvas();
  if (!actions) return <span className="min-w-0 flex-1 truncate font-semibold">{data.title}</span>;
  return (
    <input
      className="nodrag"
      value={data.title}
      maxLength={120}
      aria-label={t('canvas.groupTitle')}
      tabIndex={-1}
      onChange={(event) => actions.renameGroup(data.id, event.target.value)}
    />
  );
}

function Toggle({ data }: { readonly data: FrameData }) {
  const { t } = useTranslation();
  const { actions } = useCanvas();
  if (!actions) return null;
  const Icon = data.collapsed ? ChevronRight : ChevronDown;
  const label = t(data.collapsed ? 'canvas.expandGroup' : 'canvas.collapseGroup');
  return (
    <button
      type="button"
      className="frame-toggle nodrag"
      tabIndex={-1}
      aria-expanded={!data.collapsed}
      aria-label={`${label}: ${data.title}`}
      title={label}
      onClick={() => actions.toggleGroup(data.id)}
    >
      <Icon className="i i-14" aria-hidden />
    </button>
  );
}

/** What is wrong with the steps a collapsed group stands for, so that it does not go unseen. */
function Wrong({ errors, warnings }: FrameData) {
  const { t } = useTranslation();
  return (
    <>
      {errors > 0 && (
        <span className="flex items-center gap-1 text-danger">
          <CircleX className="i i-12" aria-hidden />
          {t('flows.errors', { count: errors })}
        </span>
      )}
      {warnings > 0 && (
        <span className="flex items-center gap-1 text-warning">
          <TriangleAlert className="i i-12" aria-hidden />
          {t('flows.warnings', { count: warnings })}
        </span>
      )}
    </>
  );
}

/** A group as one box in place of its steps; wires of theirs end at it. */
function Box({ data, selected }: { readonly data: FrameData; readonly selected: boolean }) {
  const { t } = useTranslation();
  const classes = ['frame collapsed', selected && 'selected', data.errors > 0 && 'failed'].filter(Boolean).join(' ');
  return (
    <div className={classes} data-colour={data.colour}>
      <Handle id="target" type="target" position={Position.Left} isConnectable={false} />
      <div className="frame-title">
        <Toggle data={data} />
        <Title data={data} />
      </div>
      <div className="frame-about num">
        <span>{t('flows.stepCount', { count: data.count })}</span>
        <Wrong {...data} />
      </div>
      <Handle id="source" type="source" position={Position.Right} isConnectable={false} />
    </div>
  );
}

/** The frame round a group; only its title can be taken hold of, so that what lies inside stays within reach. */
export const FrameNode = memo(function FrameNode({ data, selected }: NodeProps<FrameElement>) {
  const { t } = useTranslation();
  if (data.collapsed) return <Box data={data} selected={selected} />;
  return (
    <div className={`frame ${selected ? 'selected' : ''}`} data-colour={data.colour}>
      <div className="frame-title">
        <Toggle data={data} />
        <Title data={data} />
        <span className="num">{t('flows.stepCount', { count: data.count })}</span>
      </div>
    </div>
  );
});
