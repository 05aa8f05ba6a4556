import { Dialog } from '@base-ui/react/dialog';
import { Menu } from '@base-ui/react/menu';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouterState } from '@tanstack/react-router';
import { Check, Keyboard, LogOut, Menu as MenuIcon, Monitor, Moon, Radio, Search, Sun, WifiOff } from 'lucide-react';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, TenantSummary } from '#runtime/protocol.ts';
import { signOut } from '../api/actions.ts';
import { sessionQuery } from '../api/queries.ts';
import { useContact } from '../state/contact.ts';
import { setPreference, type Theme, usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { PersonMark } from '../ui/system-mark.tsx';
import { sayFailed } from '../ui/toasts.tsx';
import { WordMark } from '../ui/word-mark.tsx';
import { Crumbs } from './crumbs.tsx';
import { Rail } from './rail.tsx';
import { FIND_FIELD, openSheet } from './shortcuts.tsx';

interface BarProps {
  readonly tenant: TenantSummary;
  readonly session: SessionAnswer;
}

function Drawer({ tenant, session }: BarProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  const path = useRouterState({ select: (state) => state.location.href });
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new address closes the drawer
  useEffect(() => setOpen(false), [path]);
  return (
    <Dialog.Root open={open} onOpenChange={setOpen}>
      <Dialog.Trigger className="menu-button btn ghost icon" aria-label={t('shell.openMenu')}>
        <MenuIcon className="i i-20" aria-hidden />
      </Dialog.Trigger>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="drawer" aria-label={t('shell.mainMenu')}>
          <Rail tenant={tenant} session={session} />
          <Dialog.Close className="sr-only">{t('shell.closeMenu')}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
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
          <input id={FIND_FIELD} name="record" placeholder={t('shell.find')} maxLength={200} autoComplete="off" />
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

const THEMES = [
  { theme: 'system', icon: Monitor, key: 'shell.themeSystem' },
  { theme: 'light', icon: Sun, key: 'shell.themeLight' },
  { theme: 'dark', icon: Moon, key: 'shell.themeDark' },
] as const;

function AccountMenu({ session }: { readonly session: SessionAnswer }) {
  const { t } = useTranslation();
  const { theme, language } = usePreferences();
  const client = useQueryClient();
  const navigate = useNavigate();
  const leave = async () => {
    try {
      await signOut();
    } catch (error) {
      sayFailed({ title: failureText(error, t, language) });
      return;
    }
    client.clear();
    client.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: '/login', search: {} });
  };
  return (
    <Menu.Root>
      <Menu.Trigger className="rounded-full p-0.5">
        <PersonMark name={session.user.name} />
        <span className="sr-only">{t('shell.you', { name: session.user.name })}</span>
      </Menu.Trigger>
      <Menu.Portal>
        <Menu.Positioner sideOffset={4} align="end">
          <Menu.Popup className="menu">
            <div className="px-3.5 pt-2 pb-1">
              <div className="text-sm font-semibold">{session.user.name}</div>
              <div className="text-xs text-muted">{session.user.email}</div>
            </div>
            <div className="sep" />
            <Menu.RadioGroup value={theme} onValueChange={(value: Theme) => setPreference({ theme: value })}>
              <Menu.Group>
                <Menu.GroupLabel className="grp">{t('shell.theme')}</Menu.GroupLabel>
                {THEMES.map(({ theme: each, icon: Icon, key }) => (
                  <Menu.RadioItem key={each} value={each} className="it" closeOnClick={false}>
                    <Icon className="i i-14 text-muted" aria-hidden />
                    <span className="flex-1">{t(key)}</span>
                    <Menu.RadioItemIndicator>
                      <Check className="i i-14 text-accent" aria-hidden />
                    </Menu.RadioItemIndicator>
                  </Menu.RadioItem>
                ))}
              </Menu.Group>
            </Menu.RadioGroup>
            <div className="sep" />
            <Menu.Item className="it" onClick={openSheet}>
              <Keyboard className="i i-14 text-muted" aria-hidden />
              <span className="flex-1">{t('shell.shortcuts')}</span>
              <kbd className="kbd">?</kbd>
            </Menu.Item>
            <Menu.Item className="it" onClick={() => void leave()}>
              <LogOut className="i i-14 text-muted" aria-hidden />
              {t('shell.signOut')}
            </Menu.Item>
          </Menu.Popup>
        </Menu.Positioner>
      </Menu.Portal>
    </Menu.Root>
  );
}

/** The bar over every page: where one is, search, live state, language, person. */
export function TopBar({ tenant, session }: BarProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const account = String(tenant.id);
  const other = language === 'sv' ? 'en' : 'sv';
  return (
    <header className="top">
      <Drawer tenant={tenant} session={session} />
      <span className="phone-mark">
        <WordMark height={24} />
      </span>
      <Crumbs account={account} name={tenant.name} />
      <Find account={account} />
      <LiveChip />
      <button type="button" className="btn ghost lang" onClick={() => setPreference({ language: other })}>
        {language.toUpperCase()}
        <span className="sr-only" lang={other}>
          {t(other === 'sv' ? 'shell.toSwedish' : 'shell.toEnglish')}
        </span>
      </button>
      <AccountMenu session={session} />
    </header>
  );
}
