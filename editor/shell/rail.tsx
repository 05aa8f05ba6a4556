import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import {
  ArrowUpRight,
  Building2,
  FolderKanban,
  House,
  KeyRound,
  LayoutTemplate,
  List,
  ListChecks,
  type LucideIcon,
  Mail,
  Plug,
  Puzzle,
  ScrollText,
  Store,
  Table2,
  Users,
  Warehouse,
  Workflow,
} from 'lucide-react';
import { lazy, type RefObject, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { connectionsQuery, findingsQuery, flowsQuery, practiceQuery } from '../api/queries.ts';
import { OnDemand } from '../ui/on-demand.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { WordMark } from '../ui/word-mark.tsx';
import { AccountName } from './account-name.tsx';

interface RailProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
}

const loadSwitcher = () => import('./account-switcher.tsx');
const AccountSwitcher = lazy(async () => ({ default: (await loadSwitcher()).AccountSwitcher }));

function Switcher({ tenant, session, within }: RailProps & { readonly within: RefObject<HTMLElement | null> }) {
  const { t } = useTranslation();
  if (session.tenants.length < 2)
    return (
      <div className="acct" title={t(`shell.packages.${tenant.package}`)}>
        <SystemMark name={tenant.name} size="s" />
        <span className="truncate">{tenant.name}</span>
      </div>
    );
  return (
    <OnDemand
      className="acct"
      load={loadSwitcher}
      face={<AccountName name={tenant.name} />}
      view={<AccountSwitcher tenant={tenant} session={session} within={within} />}
    />
  );
}

interface ItemProps {
  readonly to:
    | '/a/$account'
    | '/a/$account/flows'
    | '/a/$account/runs'
    | '/a/$account/connections'
    | '/a/$account/findings'
    | '/a/$account/members'
    | '/a/$account/templates'
    | '/a/$account/tokens'
    | '/a/$account/tables'
    | '/a/$account/audit'
    | '/a/$account/plugins'
    | '/a/$account/projects'
    | '/a/$account/tenants';
  readonly account: string;
  readonly icon: LucideIcon;
  readonly label: string;
  readonly badge?: { readonly count: number; readonly label: string };
  readonly exact?: boolean;
}

function Item({ to, account, icon: Icon, label, badge, exact = false }: ItemProps) {
  return (
    <Link to={to} params={{ account }} className="nav" activeOptions={{ exact, includeSearch: false }}>
      <Icon className="i" aria-hidden />
      <span className="flex-1">{label}</span>
      {badge && badge.count > 0 && (
        <span className="badge bad" title={badge.label}>
          {badge.count}
          <span className="sr-only"> {badge.label}</span>
        </span>
      )}
    </Link>
  );
}

function Practice() {
  const { t } = useTranslation();
  const { data } = useQuery(practiceQuery);
  if (!data) return null;
  const systems = [
    { href: data.shop, icon: Store, label: t('shell.practiceShop') },
    { href: data.erp, icon: Warehouse, label: t('shell.practiceErp') },
    ...(data.mail === null ? [] : [{ href: data.mail, icon: Mail, label: t('shell.practiceMail') }]),
  ];
  return (
    <>
      <div className="sec">{t('shell.practice')}</div>
      {systems.map(({ href, icon: Icon, label }) => (
        <a key={href} href={href} target="_blank" rel="noreferrer" className="nav">
          <Icon className="i" aria-hidden />
          <span className="flex-1">{label}</span>
          <ArrowUpRight className="i i-14" aria-hidden />
          <span className="sr-only">{t('shell.opensInTab')}</span>
        </a>
      ))}
    </>
  );
}

/** The menu of an account: at the left, or in a drawer where the page is narrow. */
export function Rail({ tenant, session }: RailProps) {
  const { t } = useTranslation();
  const account = String(tenant.id);
  const rail = useRef<HTMLElement>(null);
  const held = useQuery({
    ...flowsQuery(tenant.id),
    select: ({ flows }) => flows.reduce((sum, flow) => sum + flow.counts.held + flow.counts.failed, 0),
  }).data;
  const stopped = useQuery({
    ...connectionsQuery(tenant.id),
    select: ({ connections }) => connections.filter((each) => each.state === 'sign-in-needed').length,
  }).data;
  const open = useQuery({ ...findingsQuery(tenant.id), select: (answer) => answer.open }).data;
  return (
    <nav className="rail" ref={rail} aria-label={t('shell.mainMenu')}>
      <div className="brand">
        <Link to="/a/$account" params={{ account }}>
          <WordMark />
        </Link>
      </div>
      <Switcher tenant={tenant} session={session} within={rail} />
      <Item to="/a/$account" account={account} icon={House} label={t('shell.overview')} exact />
      <Item to="/a/$account/flows" account={account} icon={Workflow} label={t('shell.flows')} />
      <Item to="/a/$account/templates" account={account} icon={LayoutTemplate} label={t('templates.title')} />
      <Item
        to="/a/$account/runs"
        account={account}
        icon={List}
        label={t('shell.runs')}
        badge={{ count: held ?? 0, label: t('flows.toFixTitle') }}
      />
      <Item
        to="/a/$account/connections"
        account={account}
        icon={Plug}
        label={t('shell.connections')}
        badge={{ count: stopped ?? 0, label: t('connections.signInNeeded') }}
      />
      <Item
        to="/a/$account/findings"
        account={account}
        icon={ListChecks}
        label={t('shell.findings')}
        badge={{ count: open ?? 0, label: t('findings.states.open') }}
      />
      {session.user.role !== 'partner' && (
        <Item to="/a/$account/tables" account={account} icon={Table2} label={t('tables.title')} />
      )}
      {tenant.may.includes('plugin.manage') && (
        <Item to="/a/$account/plugins" account={account} icon={Puzzle} label={t('shell.plugins')} />
      )}
      {tenant.may.includes('member.read') && (
        <Item to="/a/$account/members" account={account} icon={Users} label={t('people.members.title')} />
      )}
      {tenant.may.includes('token.manage') && (
        <Item to="/a/$account/tokens" account={account} icon={KeyRound} label={t('shell.tokens')} />
      )}
      {tenant.may.includes('project.read') && (
        <Item to="/a/$account/projects" account={account} icon={FolderKanban} label={t('shell.projects')} />
      )}
      {tenant.may.includes('audit.read') && (
        <Item to="/a/$account/audit" account={account} icon={ScrollText} label={t('shell.audit')} />
      )}
      {session.user.role === 'admin' && (
        <>
          <div className="sec">{t('shell.house')}</div>
          <Item to="/a/$account/tenants" account={account} icon={Building2} label={t('shell.tenants')} />
        </>
      )}
      <Practice />
    </nav>
  );
}
