import {
  AlignCenterHorizontal,
  AlignCenterVertical,
  AlignEndHorizontal,
  AlignEndVertical,
  AlignHorizontalDistributeCenter,
  AlignStartHorizontal,
  AlignStartVertical,
  AlignVerticalDistributeCenter,
  Copy,
  Group,
  type LucideIcon,
  PowerOff,
  Trash2,
  Ungroup,
} from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Commands } from '../commands.ts';
import { framesChosen, useSessionState } from '../session.ts';

interface ToolProps {
  readonly icon: LucideIcon;
  readonly label: string;
  readonly keys?: string;
  readonly onClick: () => void;
}

function Tool({ icon: Icon, label, keys, onClick }: ToolProps) {
  return (
    <button
      type="button"
      className="btn ghost icon s28"
      aria-label={label}
      title={keys ? `${label} (${keys})` : label}
      onClick={onClick}
    >
      <Icon className="i" aria-hidden />
    </button>
  );
}

/** What can be done to several things at once. */
export function SelectionBar({ commands }: { readonly commands: Commands }) {
  const { t } = useTranslation();
  const count = useSessionState((state) => state.selected.size);
  const framed = useSessionState(framesChosen);
  return (
    <div className="tool-bar selection-bar" role="toolbar" aria-label={t('canvas.chosen', { count })}>
      <span className="num px-2 text-sm">{t('canvas.chosen', { count })}</span>
      {count > 1 && (
        <>
          <Tool icon={AlignStartVertical} label={t('canvas.align.left')} onClick={() => commands.align('left')} />
          <Tool icon={AlignCenterVertical} label={t('canvas.align.centre')} onClick={() => commands.align('centre')} />
          <Tool icon={AlignEndVertical} label={t('canvas.align.right')} onClick={() => commands.align('right')} />
          <Tool icon={AlignStartHorizontal} label={t('canvas.align.top')} onClick={() => commands.align('top')} />
          <Tool
            icon={AlignCenterHorizontal}
            label={t('canvas.align.middle')}
            onClick={() => commands.align('middle')}
          />
          <Tool icon={AlignEndHorizontal} label={t('canvas.align.bottom')} onClick={() => commands.align('bottom')} />
        </>
      )}
      {count > 2 && (
        <>
          <Tool
            icon={AlignHorizontalDistributeCenter}
            label={t('canvas.distribute.x')}
            onClick={() => commands.distribute('x')}
          />
          <Tool
            icon={AlignVerticalDistributeCenter}
            label={t('canvas.distribute.y')}
            onClick={() => commands.distribute('y')}
          />
        </>
      )}
      <span className="sep" />
      {count > 1 && <Tool icon={Group} label={t('canvas.group')} keys="Ctrl G" onClick={commands.group} />}
      {framed && <Tool icon={Ungroup} label={t('canvas.ungroup')} keys="Ctrl Shift G" onClick={commands.ungroup} />}
      <Tool icon={Copy} label={t('canvas.duplicate')} keys="Ctrl D" onClick={commands.duplicate} />
      <Tool icon={PowerOff} label={t('canvas.disable')} keys="D" onClick={commands.toggleDisabled} />
      <Tool icon={Trash2} label={t('canvas.remove')} keys="Del" onClick={() => commands.removeChosen()} />
    </div>
  );
}
