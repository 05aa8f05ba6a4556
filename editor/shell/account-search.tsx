import { Popover } from '@base-ui/react/popover';
import { useNavigate } from '@tanstack/react-router';
import { Check, Search } from 'lucide-react';
import { type FormEvent, type RefObject, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { SystemMark } from '../ui/system-mark.tsx';
import { AccountName } from './account-name.tsx';

interface AccountSearchProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
  /** The landmark the open list belongs to. */
  readonly within: RefObject<HTMLElement | null>;
}

/** More would be scrolled past, not read. */
const MOST_SHOWN = 50;

function matching(tenants: readonly SessionTenant[], typed: string): readonly SessionTenant[] {
  const words = typed.toLocaleLowerCase().split(/\s+/);
  return tenants.filter(({ id, name }) => words.every((word) => `${name} ${id}`.toLocaleLowerCase().includes(word)));
}

/** The accounts of a session that has many, found by typing; Enter opens the first. */
export function AccountSearch({ tenant, session, within }: AccountSearchProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [open, setOpen] = useState(true);
  const [typed, setTyped] = useState('');
  const found = matching(session.tenants, typed);
  const go = (to: SessionTenant) => {
    setOpen(false);
    void navigate({ to: '/a/$account', params: { account: String(to.id) } });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const [first] = found;
    if (first) go(first);
  };
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger className="acct">
        <AccountName name={tenant.name} />
      </Popover.Trigger>
      <Popover.Portal container={within}>
        <Popover.Positioner sideOffset={4} align="start" positionMethod="fixed" className="z-20">
          <Popover.Popup className="menu" aria-label={t('shell.chooseAccount')}>
            <form onSubmit={submit} className="px-2 pt-1 pb-2">
              <label className="input">
                <Search className="i i-14 text-muted" aria-hidden />
                <span className="sr-only">{t('shell.findAccount')}</span>
                <input
                  type="search"
                  value={typed}
                  onChange={(event) => setTyped(event.target.value)}
                  placeholder={t('shell.findAccount')}
                  maxLength={100}
                  autoComplete="off"
                />
              </label>
            </form>
            <ul className="max-h-80 overflow-y-auto">
              {found.slice(0, MOST_SHOWN).map((each) => (
                <li key={each.id}>
                  <button type="button" className="it w-full text-left" onClick={() => go(each)}>
                    <SystemMark name={each.name} size="s" />
                    <span className="min-w-0 flex-1">
                      <span className="block truncate font-medium">{each.name}</span>
                      <span className="block text-xs text-muted">{t(`shell.packages.${each.package}`)}</span>
                    </span>
                    {each.id === tenant.id && <Check className="i i-14 text-accent" aria-hidden />}
                  </button>
                </li>
              ))}
            </ul>
            <p role="status" className="px-3.5 py-1 text-xs text-muted">
              {found.length === 0
                ? t('shell.noAccountFound')
                : t('shell.accountsFound', { count: found.length, shown: Math.min(found.length, MOST_SHOWN) })}
            </p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}
