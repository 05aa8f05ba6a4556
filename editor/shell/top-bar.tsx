import { useNavigate } from '@tanstack/react-router';
import { Menu as MenuIcon, Radio, Search, WifiOff } from 'lucide-react';
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { useContact } from '../state/contact.ts';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { useOpenedOnce } from '../ui/confirm.tsx';
import { OnDemand } from '../ui/on-demand.tsx';
import { WordMark } from '../ui/word-mark.tsx';
import { Crumbs } from './crumbs.tsx';
import { Face } from './face.tsx';

interface BarProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
}

const Drawer = lazy(async () => ({ default: (await import('./drawer.tsx')).Drawer }));

function MenuButton({ tenant, session }: BarProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      <button
        type="button"
        className="menu-button btn ghost icon"
        aria-label={t('shell.openMenu')}
        aria-haspopup="dialog"
        aria-expanded={open}
        onClick={() => setOpen(true)}
      >
        <MenuIcon className="i i-20" aria-hidden />
      </button>
      {useOpenedOnce(open) && (
        <Suspense fallback={null}>
          <Drawer tenant={tenant} session={session} open={open} onOpenChange={setOpen} />
        </Suspense>
      )}
    </>
  );
}

function Find({ account }: { readonly account: string }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const record = String(new FormData(event.currentTarget).get('record') ?? '').trim();
    event.currentTarget.reset();
    void navigate({
      to: '/a/$account/runs',
      params: { account },
      search: { record: record === '' ? undefined : record },
    });
  };
  return (
    <search>
      <form onSubmit={submit}>
        <label className="find">
          <Search className="i i-14" aria-hidden />
          <span className="sr-only">{t('shell.findLabel')}</span>
          <input name="record" placeholder={t('shell.find')} maxLength={200} autoComplete="off" />
          <kbd className="kbd">Ctrl K</kbd>
        </label>
      </form>
    </search>
  );
}

function LiveChip() {
  const { t } = useTranslation();
  const contact = useContact();
  if (contact === 'live')
    return (
      <span className="chip live mx-1" title={t('shell.liveHelp')}>
        <Radio className="i i-12" aria-hidden />
        {t('shell.live')}
      </span>
    );
  return (
    <span className={`chip mx-1 ${contact === 'offline' ? 'warn' : 'line'}`}>
      {contact === 'offline' && <WifiOff className="i i-12" aria-hidden />}
      {contact === 'offline' ? t('shell.offline') : t('shell.connecting')}
    </span>
  );
}

/** Id of the place in the bar for the things of the page itself. */
export const BAR_SLOT = 'bar-slot';

const loadMenu = () => import('./account-menu.tsx');
const AccountMenu = lazy(async () => ({ default: (await loadMenu()).AccountMenu }));

/** The bar over every page: where one is, search, live state, language, person. */
export function TopBar({ tenant, session }: BarProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const account = String(tenant.id);
  const other = language === 'sv' ? 'en' : 'sv';
  const bar = useRef<HTMLElement>(null);
  return (
    <header className="top" ref={bar}>
      <MenuButton tenant={tenant} session={session} />
      <span className="phone-mark">
        <WordMark height={24} />
      </span>
      <Crumbs account={account} name={tenant.name} />
      <div id={BAR_SLOT} className="bar-slot" />
      <Find account={account} />
      <LiveChip />
      <button type="button" className="btn ghost lang" onClick={() => setPreference({ language: other })}>
        {language.toUpperCase()}
        <span className="sr-only" lang={other}>
          {t(other === 'sv' ? 'shell.toSwedish' : 'shell.toEnglish')}
        </span>
      </button>
      <OnDemand
        className="rounded-full p-0.5"
        load={loadMenu}
        face={<Face name={session.user.name} />}
        view={<AccountMenu session={session} within={bar} />}
      />
    </header>
  );
}
