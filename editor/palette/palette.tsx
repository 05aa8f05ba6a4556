import { Dialog } from '@base-ui/react/dialog';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Search } from 'lucide-react';
import { type KeyboardEvent, useDeferredValue, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { connectionsQuery, flowsQuery, runsQuery } from '../api/queries.ts';
import { useTenant } from '../shell/tenant.ts';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { type Command, commandsFor } from './commands.ts';
import { useOpenFlow } from './open-flow.ts';

interface PaletteProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
  readonly onShortcuts: () => void;
}

function useCommands(query: string, showShortcuts: () => void): readonly Command[] {
  const { t } = useTranslation();
  const tenant = useTenant();
  const navigate = useNavigate();
  const preferences = usePreferences();
  const flows = useQuery(flowsQuery(tenant.id)).data?.flows ?? [];
  const connections = useQuery(connectionsQuery(tenant.id)).data?.connections ?? [];
  const open = useOpenFlow();
  const wanted = useDeferredValue(query);
  const runs = useInfiniteQuery({ ...runsQuery(tenant.id, { record: wanted }, 6), enabled: wanted !== '' });
  return commandsFor({
    t,
    account: String(tenant.id),
    query,
    may: tenant.may,
    runs: wanted === query ? (runs.data?.pages.flatMap((page) => page.runs) ?? []) : [],
    flows,
    connections,
    steps: query === '' ? [] : (open?.steps() ?? []),
    go: (step) => open?.go(step),
    preferences,
    navigate,
    prefer: setPreference,
    showShortcuts,
  });
}

interface LinesProps {
  readonly id: string;
  readonly commands: readonly Command[];
  readonly at: number;
  readonly onPoint: (at: number) => void;
  readonly onRun: (command: Command) => void;
}

function Lines({ id, commands, at, onPoint, onRun }: LinesProps) {
  const { t } = useTranslation();
  return commands.map((command, index) => {
    const { icon: Icon, title, hint, group } = command;
    return (
      <div key={command.id}>
        {commands[index - 1]?.group !== group && (
          <div className="grp" aria-hidden>
            {t(`palette.groups.${group}`)}
          </div>
        )}
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the focus and its keys choose */}
        <div
          id={`${id}-${index}`}
          role="option"
          tabIndex={-1}
          aria-selected={index === at}
          className="it"
          data-highlighted={index === at ? '' : undefined}
          onPointerMove={() => index !== at && onPoint(index)}
          onClick={() => onRun(command)}
        >
          <Icon className="i i-14 text-muted" aria-hidden />
          <span className="min-w-0 flex-1 truncate">{title}</span>
          {hint && <span className="truncate text-xs text-muted">{hint}</span>}
        </div>
      </div>
    );
  });
}

const focus = (field: HTMLInputElement | null): void => field?.focus();

function Inside({ close, onShortcuts }: { readonly close: () => void; readonly onShortcuts: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const commands = useCommands(query.trim(), onShortcuts);
  const run = (command: Command | undefined) => {
    if (!command) return;
    close();
    command.run();
  };
  const move = (to: number) => {
    const next = (to + commands.length) % Math.max(1, commands.length);
    setAt(next);
    document.getElementById(`${id}-${next}`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const steps = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (steps === 0 && event.key !== 'Enter') return;
    event.preventDefault();
    if (steps === 0) run(commands[at]);
    else move(at + steps);
  };
  return (
    <>
      <div className="palette-head">
        <Search className="i text-muted" aria-hidden />
        <input
          // at once, so that nothing typed meanwhile goes astray
          ref={focus}
          role="combobox"
          aria-expanded
          aria-controls={`${id}-list`}
          aria-activedescendant={commands.length > 0 ? `${id}-${at}` : undefined}
          aria-label={t('palette.label')}
          placeholder={t('palette.placeholder')}
          value={query}
          maxLength={200}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => {
            setQuery(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Dialog.Close className="kbd">Esc</Dialog.Close>
      </div>
      <div id={`${id}-list`} role="listbox" tabIndex={-1} aria-label={t('palette.label')} className="palette-list">
        <Lines id={id} commands={commands} at={at} onPoint={setAt} onRun={run} />
      </div>
      <p role="status" className="sr-only">
        {t('palette.count', { count: commands.length })}
      </p>
    </>
  );
}

/** Goes anywhere and does anything by a few letters. */
export function Palette({ open, onOpenChange, onShortcuts }: PaletteProps) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog palette menu" aria-label={t('palette.label')}>
          <Inside close={() => onOpenChange(false)} onShortcuts={onShortcuts} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
