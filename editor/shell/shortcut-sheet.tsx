import { Dialog } from '@base-ui/react/dialog';
import { Switch } from '@base-ui/react/switch';
import { Search, X } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { CANVAS_KEYS } from '../canvas/key-list.ts';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { PLACES } from './places.ts';

/** One line of the sheet. */
interface LineProps {
  readonly label: string;
  readonly keys: readonly string[];
  /** Said between two keys; null: either of them. */
  readonly between?: string | null;
}

function Line({ label, keys, between }: LineProps) {
  const { t } = useTranslation();
  const chord = between === undefined ? t('shell.keys.chord') : between;
  return (
    <div className="flex items-center justify-between gap-4 border-b border-hair py-2 text-sm last:border-0">
      <dt>{label}</dt>
      <dd className="flex items-center gap-1">
        {keys.map((key, index) => (
          <span key={key} className="flex items-center gap-1">
            {index > 0 && chord !== null && <span className="text-xs text-muted">{chord}</span>}
            <kbd className="kbd">{key}</kbd>
          </span>
        ))}
      </dd>
    </div>
  );
}

interface SheetProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** The keys of the page and of the canvas, those whose words or keys hold what is looked for. */
function useLines(wanted: string): { readonly page: readonly LineProps[]; readonly canvas: readonly LineProps[] } {
  const { t } = useTranslation();
  const fits = ({ label, keys }: LineProps) =>
    `${label} ${keys.join(' ')}`.toLowerCase().includes(wanted.trim().toLowerCase());
  const page: LineProps[] = [
    { label: t('shell.keys.help'), keys: ['?'] },
    { label: t('shell.keys.find'), keys: ['Ctrl K'] },
    ...Object.entries(PLACES).map(([key, place]) => ({ label: t(place.key), keys: ['G', key.toUpperCase()] })),
  ];
  const canvas = CANVAS_KEYS.map(([key, ...keys]) => ({ label: t(`canvas.keys.${key}`), keys, between: null }));
  return { page: page.filter(fits), canvas: canvas.filter(fits) };
}

function Lines() {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState('');
  const { page, canvas } = useLines(wanted);
  return (
    <>
      <div className="px-5 pt-3">
        <label className="input">
          <Search className="i i-14 text-muted" aria-hidden />
          <span className="sr-only">{t('shell.keys.search')}</span>
          <input
            type="search"
            placeholder={t('shell.keys.search')}
            value={wanted}
            maxLength={80}
            autoComplete="off"
            onChange={(event) => setWanted(event.target.value)}
          />
        </label>
      </div>
      <p role="status" className={page.length + canvas.length === 0 ? 'px-5 py-6 text-center text-muted' : 'sr-only'}>
        {page.length + canvas.length === 0 && t('shell.keys.none')}
      </p>
      {page.length > 0 && (
        <dl className="px-5 py-2">
          {page.map((line) => (
            <Line key={line.label} {...line} />
          ))}
        </dl>
      )}
      {canvas.length > 0 && (
        <>
          <h2 className="px-5 pt-2">{t('canvas.keys.title')}</h2>
          <dl className="px-5 py-2">
            {canvas.map((line) => (
              <Line key={line.label} {...line} />
            ))}
          </dl>
        </>
      )}
    </>
  );
}

/** The list of shortcuts; fetched when it is first asked for. */
export function ShortcutSheet({ open, onOpenChange }: SheetProps) {
  const { t } = useTranslation();
  const { singleKeys } = usePreferences();
  const label = useId();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <div className="flex items-center justify-between border-b border-border py-2 pr-2 pl-5">
            <Dialog.Title className="text-lg font-semibold">{t('shell.shortcuts')}</Dialog.Title>
            <Dialog.Close className="btn ghost icon" aria-label={t('shell.close')}>
              <X className="i" aria-hidden />
            </Dialog.Close>
          </div>
          <Lines />
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
