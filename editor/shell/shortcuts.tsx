import { Dialog } from '@base-ui/react/dialog';
import { Switch } from '@base-ui/react/switch';
import { useNavigate } from '@tanstack/react-router';
import { X } from 'lucide-react';
import { useEffect, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { createStore, useStore } from 'zustand';
import { setPreference, usePreferences } from '../state/preferences.ts';

/** Id of the search field in the bar, which Ctrl K goes to. */
export const FIND_FIELD = 'find';

const sheet = createStore<{ open: boolean }>(() => ({ open: false }));

export function openSheet(): void {
  sheet.setState({ open: true });
}

/** Milliseconds the second key of a pair may take. */
const CHORD_MS = 1200;

const PLACES = {
  o: { to: '/a/$account', key: 'shell.keys.overview' },
  f: { to: '/a/$account/flows', key: 'shell.keys.flows' },
  r: { to: '/a/$account/runs', key: 'shell.keys.runs' },
  c: { to: '/a/$account/connections', key: 'shell.keys.connections' },
} as const;

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
        document.getElementById(FIND_FIELD)?.focus();
        return;
      }
      const inDialog = document.querySelector('[role="dialog"], [role="menu"]') !== null;
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

function Line({ label, keys }: { readonly label: string; readonly keys: readonly string[] }) {
  const { t } = useTranslation();
  return (
    <div className="flex items-center justify-between gap-4 border-b border-hair py-2 text-sm last:border-0">
      <dt>{label}</dt>
      <dd className="flex items-center gap-1">
        {keys.map((key, index) => (
          <span key={key} className="flex items-center gap-1">
            {index > 0 && <span className="text-xs text-muted">{t('shell.keys.chord')}</span>}
            <kbd className="kbd">{key}</kbd>
          </span>
        ))}
      </dd>
    </div>
  );
}

/** The shortcuts of the page, and the sheet that lists them. */
export function Shortcuts({ account }: { readonly account: string }) {
  const { t } = useTranslation();
  const { singleKeys } = usePreferences();
  const open = useStore(sheet, (state) => state.open);
  const label = useId();
  useKeys(account, singleKeys);
  return (
    <Dialog.Root open={open} onOpenChange={(next) => sheet.setState({ open: next })}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <div className="flex items-center justify-between border-b border-border py-2 pr-2 pl-5">
            <Dialog.Title className="text-lg font-semibold">{t('shell.shortcuts')}</Dialog.Title>
            <Dialog.Close className="btn ghost icon" aria-label={t('shell.close')}>
              <X className="i" aria-hidden />
            </Dialog.Close>
          </div>
          <dl className="px-5 py-2">
            <Line label={t('shell.keys.help')} keys={['?']} />
            <Line label={t('shell.keys.find')} keys={['Ctrl K']} />
            {Object.entries(PLACES).map(([key, place]) => (
              <Line key={key} label={t(place.key)} keys={['G', key.toUpperCase()]} />
            ))}
          </dl>
          <div className="flex items-center gap-4 border-t border-border px-5 py-3">
            <div className="flex-1">
              <div id={label} className="text-sm font-medium">
                {t('shell.keys.single')}
              </div>
              <p className="text-xs text-muted">{t('shell.keys.singleHelp')}</p>
            </div>
            <Switch.Root
              className="toggle"
              checked={singleKeys}
              aria-labelledby={label}
              onCheckedChange={(checked) => setPreference({ singleKeys: checked })}
            >
              <Switch.Thumb className="thumb" />
            </Switch.Root>
          </div>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
