import { Menu } from '@base-ui/react/menu';
import { useNavigate } from '@tanstack/react-router';
import { Check } from 'lucide-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { MenuPopup } from '../ui/menu-popup.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { AccountName } from './account-name.tsx';
import { AccountSearch } from './account-search.tsx';

interface AccountSwitcherProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
  /** The landmark the open menu belongs to. */
  readonly within: RefObject<HTMLElement | null>;
}

/** Up to this many are found by looking. */
const MOST_IN_SIGHT = 8;

/** The accounts of the session, to choose from. */
export function AccountSwitcher(props: AccountSwitcherProps) {
  return props.session.tenants.length > MOST_IN_SIGHT ? <AccountSearch {...props} /> : <AccountChoice {...props} />;
}

function AccountChoice({ tenant, session, within }: AccountSwitcherProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  return (
    <Menu.Root defaultOpen>
      <Menu.Trigger className="acct">
        <AccountName name={tenant.name} />
      </Menu.Trigger>
      <MenuPopup within={within} align="start">
        {session.tenants.map((each) => (
          <Menu.Item
            key={each.id}
            className="it"
            onClick={() => void navigate({ to: '/a/$account', params: { account: String(each.id) } })}
          >
            <SystemMark name={each.name} size="s" />
            <span className="min-w-0 flex-1">
              <span className="block truncate font-medium">{each.name}</span>
              <span className="block text-xs text-muted">{t(`shell.packages.${each.package}`)}</span>
            </span>
            {each.id === tenant.id && <Check className="i i-14 text-accent" aria-hidden />}
          </Menu.Item>
        ))}
      </MenuPopup>
    </Menu.Root>
  );
}
