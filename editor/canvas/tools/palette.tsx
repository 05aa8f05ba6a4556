import { ListTree, Plus, Search, StickyNote, Wand } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { NodeManifest } from '#runtime/node.ts';
import { KindTile } from '../../ui/tile.tsx';
import type { Commands } from '../commands.ts';
import { useSession, useSessionState } from '../session.ts';

const GROUPS: readonly NodeManifest['group'][] = ['triggers', 'match', 'transform', 'action', 'logic', 'plugin'];

/** At the left: add a step, by kind if one likes; note, tidy up, search, outline. */
export function Palette({ commands }: { readonly commands: Commands }) {
  const { t } = useTranslation();
  const session = useSession();
  const outline = useSessionState((state) => state.view === 'outline');
  const has = (group: NodeManifest['group']) => group !== 'plugin' || commands.hasPlugins;
  return (
    <div className="tool-bar palette" role="toolbar" aria-orientation="vertical" aria-label={t('canvas.palette')}>
      <button
        type="button"
        className="btn icon"
        aria-label={t('canvas.addStep')}
        title={`${t('canvas.addStep')} (N)`}
        onClick={() => session.set({ adding: {} })}
      >
        <Plus className="i" aria-hidden />
      </button>
      {GROUPS.filter(has).map((group) => (
        <button
          key={group}
          type="button"
          className="btn ghost icon"
          aria-label={t('canvas.addKind', { kind: t(`flows.kind.${group}`) })}
          title={t(`flows.kind.${group}`)}
          onClick={() => session.set({ adding: { group } })}
        >
          <KindTile group={group} />
        </button>
      ))}
      <span className="sep" />
      <button
        type="button"
        className="btn ghost icon"
        aria-label={t('canvas.addNote')}
        title={`${t('canvas.addNote')} (Shift S)`}
        onClick={commands.note}
      >
        <StickyNote className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={t('canvas.tidy')}
        title={`${t('canvas.tidy')} (Shift A)`}
        onClick={() => void commands.tidy()}
      >
        <Wand className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={t('canvas.search')}
        title={`${t('canvas.search')} (Ctrl F)`}
        onClick={() => session.set({ searching: true })}
      >
        <Search className="i" aria-hidden />
      </button>
      <button
        type="button"
        className="btn ghost icon"
        aria-label={t('canvas.outline')}
        aria-pressed={outline}
        title={`${t('canvas.outline')} (Ctrl Shift O)`}
        onClick={() => session.set({ view: outline ? 'canvas' : 'outline' })}
      >
        <ListTree className="i" aria-hidden />
      </button>
    </div>
  );
}
