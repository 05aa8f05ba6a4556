import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { OPEN_DIALOG } from '../ui/dialogs.ts';
import { sayDone, sayFailed } from '../ui/notices.ts';
import type { Commands } from './commands.ts';
import { readFragment } from './edit/fragment.ts';
import type { Point } from './edit/step-edits.ts';
import type { Session } from './session.ts';
import { isTyping } from './typing.ts';

/** Whether somebody has marked text to copy, or is in a dialog: then the clipboard is not the canvas's. */
function isElsewhere(event: ClipboardEvent): boolean {
  const { activeElement } = document;
  return (
    isTyping(event.target) ||
    isTyping(activeElement) ||
    // the list of steps is one only while one writes in it
    document.querySelector(`${OPEN_DIALOG}:not(.picker)`) !== null ||
    (document.getSelection()?.toString() ?? '') !== ''
  );
}

/** Copy, cut and paste as text, so that steps travel between flows, tabs and text editors. `pointer`: where the mouse is over the canvas. */
export function useClipboard(session: Session, commands: Commands, pointer: () => Point | undefined): void {
  const { t } = useTranslation();
  const now = useRef({ session, commands, pointer, t });
  now.current = { session, commands, pointer, t };
  useEffect(() => {
    const take = (event: ClipboardEvent, cut: boolean) => {
      const { commands, t } = now.current;
      if (isElsewhere(event)) return;
      const fragment = commands.fragment();
      const count = fragment.nodes.length + fragment.notes.length;
      if (count === 0) return;
      event.clipboardData?.setData('text/plain', JSON.stringify(fragment, null, 2));
      event.preventDefault();
      if (cut) commands.removeChosen({ name: 'cut' });
      else sayDone({ title: t('canvas.copied', { count }) });
    };
    const copy = (event: ClipboardEvent) => take(event, false);
    const cut = (event: ClipboardEvent) => take(event, true);
    const paste = (event: ClipboardEvent) => {
      const { commands, pointer, t } = now.current;
      if (isElsewhere(event)) return;
      const text = event.clipboardData?.getData('text/plain') ?? '';
      if (text.trim() === '') return;
      event.preventDefault();
      const fragment = readFragment(text);
      if (!fragment || fragment.nodes.length + fragment.notes.length === 0)
        sayFailed({ title: t('canvas.cannotPaste') });
      else commands.pasteAt(fragment, pointer());
    };
    document.addEventListener('copy', copy);
    document.addEventListener('cut', cut);
    document.addEventListener('paste', paste);
    return () => {
      document.removeEventListener('copy', copy);
      document.removeEventListener('cut', cut);
      document.removeEventListener('paste', paste);
    };
  }, []);
}
