import { useReactFlow } from '@xyflow/react';
import { useTranslation } from 'react-i18next';
import { sayDone, sayFailed } from '../../ui/notices.ts';
import { putText, takeText } from '../clipboard-text.ts';
import { readFragment } from '../edit/fragment.ts';
import type { SessionState } from '../session.ts';
import type { Keys } from '../use-keys.ts';
import { type ActSource, entriesOf } from './acts.ts';
import { CanvasMenu } from './canvas-menu.tsx';

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
        `.react-flow__node[data-id="group:${CSS.escape(group)}"] input, [data-menu-of="group:${CSS.escape(group)}"] input`,
      );
      title?.focus();
      title?.select();
    },
    write: (writing) => session.set({ writing }),
    at: session.store.getState().view === 'canvas' ? drawing.screenToFlowPosition(at) : undefined,
    screen: at,
  };
}

interface ActsMenuProps {
  readonly keys: Keys;
  readonly menu: NonNullable<SessionState['menu']>;
}

/** What can be done to what is chosen. */
export function ActsMenu({ keys, menu }: ActsMenuProps) {
  const { t } = useTranslation();
  const source = useActSource(keys, menu.screen);
  return (
    <CanvasMenu
      label={t(`canvas.menu.of.${menu.target}`)}
      entries={entriesOf(menu.target, source)}
      at={menu.screen}
      onClose={() => keys.session.set({ menu: null })}
    />
  );
}
