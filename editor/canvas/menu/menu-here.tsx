import { useReactFlow } from '@xyflow/react';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import { sayDone, sayFailed } from '../../ui/notices.ts';
import { putText, takeText } from '../clipboard-text.ts';
import { readFragment } from '../edit/fragment.ts';
import { useSessionState } from '../session.ts';
import type { Keys } from '../use-keys.ts';
import { type ActSource, entriesOf } from './acts.ts';

const CanvasMenu = lazy(async () => ({ default: (await import('./canvas-menu.tsx')).CanvasMenu }));

function useActSource(keys: Keys, at: ActSource['screen']): ActSource {
  const { t } = useTranslation();
  const drawing = useReactFlow();
  const { session, commands } = keys;
  const copy = async (cut: boolean) => {
    const fragment = commands.fragment();
    const count = fragment.nodes.length + fragment.notes.length;
    if (!(await putText(JSON.stringify(fragment, null, 2)))) return sayFailed({ title: t('canvas.menu.notCopied') });
    if (cut) commands.removeChosen({ name: 'cut' });
    else sayDone({ title: t('canvas.copied', { count }) });
  };
  const paste = async () => {
    const text = await takeText();
    if (text === null) return sayFailed({ title: t('canvas.menu.pasteByKey') });
    const fragment = readFragment(text);
    if (!fragment || fragment.nodes.length + fragment.notes.length === 0)
      return sayFailed({ title: t('canvas.cannotPaste') });
    commands.pasteAt(fragment, drawing.screenToFlowPosition(at));
  };
  return {
    ...keys,
    t,
    copy: (cut) => void copy(cut),
    paste: () => void paste(),
    rename: (group) => {
      const title = document.querySelector<HTMLInputElement>(
        `.react-flow__node[data-id="group:${CSS.escape(group)}"] input`,
      );
      title?.focus();
      title?.select();
    },
    write: (writing) => session.set({ writing }),
    at: session.store.getState().view === 'canvas' ? drawing.screenToFlowPosition(at) : undefined,
    screen: at,
  };
}

const NOWHERE = { x: 0, y: 0 };

/** The menu of the canvas, while it is open. */
export function MenuHere({ keys }: { readonly keys: Keys }) {
  const { t } = useTranslation();
  const menu = useSessionState((state) => state.menu);
  const source = useActSource(keys, menu?.screen ?? NOWHERE);
  if (!menu) return null;
  return (
    <Suspense fallback={null}>
      <CanvasMenu
        key={`${menu.target} ${menu.screen.x} ${menu.screen.y}`}
        label={t(`canvas.menu.of.${menu.target}`)}
        entries={entriesOf(menu.target, source)}
        at={menu.screen}
        onClose={() => keys.session.set({ menu: null })}
      />
    </Suspense>
  );
}
