import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useCanvas } from './canvas-context.ts';
import type { FrameElement } from './elements.ts';

/** The frame round a group; only its title can be taken hold of, so that what lies inside stays within reach. */
export const FrameNode = memo(function FrameNode({ data, selected }: NodeProps<FrameElement>) {
  const { t } = useTranslation();
  const { actions } = useCanvas();
  return (
    <div className={`frame ${selected ? 'selected' : ''}`}>
      <div className="frame-title">
        {actions ? (
          <input
            className="nodrag"
            value={data.title}
            maxLength={120}
            aria-label={t('canvas.groupTitle')}
            tabIndex={-1}
            onChange={(event) => actions.renameGroup(data.id, event.target.value)}
          />
        ) : (
          <span className="flex-1 font-semibold">{data.title}</span>
        )}
        <span className="num">{t('flows.stepCount', { count: data.count })}</span>
      </div>
    </div>
  );
});
