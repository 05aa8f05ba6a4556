import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useEffect } from 'react';
import { createStore, useStore } from 'zustand';
import { needTexts } from '../i18n.ts';
import { usePreferences } from '../state/preferences.ts';
import { whenIdle } from '../state/when-idle.ts';
import { useOpenedOnce } from '../ui/confirm.tsx';
import { OPEN_DIALOG } from '../ui/dialogs.ts';
import { PLACES } from './places.ts';

const sheet = createStore<{ open: boolean }>(() => ({ open: false }));

export function openSheet(): void {
  sheet.setState({ open: true });
}

const palette = createStore<{ open: boolean }>(() => ({ open: false }));

/** Milliseconds the second key of a pair may take. */
const CHORD_MS = 1200;

type Place = keyof typeof PLACES;
const isPlace = (key: string): key is Place => key in PLACES;

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName);
}

/** Listens to `event.key`, never to the key's place, so that it holds on a Swedish keyboard too. */
function useKeys(account: string, singleKeys: boolean): void {
  const navigate = useNavigate();
  useEffect(() => {
    let chordUntil = 0;
    const listen = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        palette.setState({ open: true });
        return;
      }
      const inDialog = document.querySelector(`${OPEN_DIALOG}, [role="menu"]`) !== null;
      if (!singleKeys || isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey || inDialog) return;
      if (event.key === '?') openSheet();
      else if (event.key === 'g') chordUntil = event.timeStamp + CHORD_MS;
      else if (event.timeStamp < chordUntil && isPlace(event.key)) {
        chordUntil = 0;
        void navigate({ to: PLACES[event.key].to, params: { account } });
      }
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, [navigate, account, singleKeys]);
}

const ShortcutSheet = lazy(async () => {
  const [sheet] = await Promise.all([import('./shortcut-sheet.tsx'), needTexts('canvas')]);
  return { default: sheet.ShortcutSheet };
});

const loadPalette = () => import('../palette/palette.tsx');
const Palette = lazy(async () => ({ default: (await loadPalette()).Palette }));

/** The shortcuts of the page, and the sheet that lists them. */
export function Shortcuts({ account }: { readonly account: string }) {
  const { singleKeys } = usePreferences();
  const open = useStore(sheet, (state) => state.open);
  useKeys(account, singleKeys);
  const commands = useStore(palette, (state) => state.open);
  const sheetOpened = useOpenedOnce(open);
  const paletteOpened = useOpenedOnce(commands);
  // what is typed right after the keys must find the field there
  useEffect(() => whenIdle(() => void loadPalette().catch(() => undefined)), []);
  return (
    <Suspense fallback={null}>
      {sheetOpened && <ShortcutSheet open={open} onOpenChange={(next) => sheet.setState({ open: next })} />}
      {paletteOpened && (
        <Palette open={commands} onOpenChange={(next) => palette.setState({ open: next })} onShortcuts={openSheet} />
      )}
    </Suspense>
  );
}
