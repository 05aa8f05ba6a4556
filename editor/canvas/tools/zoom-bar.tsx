import { useStore } from '@xyflow/react';
import { Map as MapIcon, Maximize, Minus, Plus } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../ui/use-format.ts';
import type { Commands } from '../commands.ts';
import { useSession, useSessionState } from '../session.ts';

/** Nearer, farther, all of it, and the map. */
export function ZoomBar({ commands }: { readonly commands: Commands }) {
  const { t } = useTranslation();
  const format = useFormat();
  const session = useSession();
  const minimap = useSessionState((state) => state.minimap);
  const zoom = useStore(({ transform }) => Math.round(transform[2] * 100));
  return (
    <div className="tool-bar zoom-bar" role="toolbar" aria-label={t('canvas.zoom')}>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.zoomOut')}
        title={`${t('canvas.zoomOut')} (−)`}
        onClick={() => commands.zoomBy('out')}
      >
        <Minus className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost s28 num"
        title={`${t('canvas.zoomFull')} (0)`}
        onClick={() => commands.zoomTo(1)}
      >
        {format.number(zoom)} %
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.zoomIn')}
        title={`${t('canvas.zoomIn')} (+)`}
        onClick={() => commands.zoomBy('in')}
      >
        <Plus className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.fit')}
        title={`${t('canvas.fit')} (1)`}
        onClick={() => commands.fit()}
      >
        <Maximize className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon s28"
        aria-label={t('canvas.minimap')}
        title={t('canvas.minimap')}
        aria-pressed={minimap}
        onClick={() => session.set({ minimap: !minimap })}
      >
        <MapIcon className="i" aria-hidden />
      </button>
    </div>
  );
}
