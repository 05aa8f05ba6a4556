import { Menu } from '@base-ui/react/menu';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Check, Keyboard, LogOut, Monitor, Moon, Sun, UserRound } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer } from '#runtime/people.ts';
import { signOut } from '../api/people.ts';
import { sessionQuery } from '../api/queries.ts';
import { setPreference, type Theme, usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { MenuPopup } from '../ui/menu-popup.tsx';
import { sayFailed } from '../ui/notices.ts';
import { Face } from './face.tsx';
import { openSheet } from './shortcuts.tsx';

const THEMES = [
  { theme: 'system', icon: Monitor, key: 'shell.themeSystem' },
  { theme: 'light', icon: Sun, key: 'shell.themeLight' },
  { theme: 'dark', icon: Moon, key: 'shell.themeDark' },
] as const;

interface AccountMenuProps {
  readonly session: SessionAnswer;
  /** The landmark the open menu belongs to. */
  readonly within: RefObject<HTMLElement | null>;
}

/** The person's menu: theme, shortcuts, sign out. */
export function AccountMenu({ session, within }: AccountMenuProps) {
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
    client.setQueryData(sessionQuery.queryKey, null);
    await navigate({ to: '/login', search: {} });
    // only now: a page still shown would fetch anew, and be refused
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== sessionQuery.queryKey[0] });
  };
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger className="rounded-full p-0.5">
        <Face name={session.user.name} />
      </Menu.Trigger>
      <MenuPopup within={within}>
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
        <Menu.Item className="it" onClick={() => void navigate({ to: '/account' })}>
          <UserRound className="i i-14 text-muted" aria-hidden />
          {t('shell.myAccount')}
        </Menu.Item>
        <Menu.Item className="it" onClick={openSheet}>
          <Keyboard className="i i-14 text-muted" aria-hidden />
          <span className="flex-1">{t('shell.shortcuts')}</span>
          <kbd className="kbd">?</kbd>
        </Menu.Item>
        <Menu.Item className="it" onClick={() => void leave()}>
          <LogOut className="i i-14 text-muted" aria-hidden />
          {t('shell.signOut')}
        </Menu.Item>
      </MenuPopup>
    </Menu.Root>
  );
}
