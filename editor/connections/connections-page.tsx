import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { LogIn, Plug, Plus, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import { signInAddress } from '../api/actions.ts';
import { connectionsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useConnectors, useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { usePreferences } from '../state/preferences.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { SignInEndNote } from './sign-in-end.tsx';
import { StateChip } from './state-chip.tsx';
import { TestButton } from './test-button.tsx';

const route = getRouteApi('/a/$account/connections');

/** A setting that is an address or a name says whose account this is. */
function settingLine(connection: ConnectionSummary): string {
  const texts = Object.values(connection.settings).filter((value) => typeof value === 'string' && value !== '');
  return texts.slice(0, 1).join();
}

function Line({ connection }: { readonly connection: ConnectionSummary }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const connector = useConnectors()?.get(connection.connector);
  const name = connector?.title ?? connection.connector;
  const broken = connection.state === 'sign-in-needed';
  return (
    <li className="item relative min-h-18 flex-wrap gap-y-2!">
      <SystemMark name={name} size="l" />
      <div className="min-w-0 flex-1 basis-50">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link
            to="/a/$account/connections/$connection"
            params={{ account: String(tenant.id), connection: connection.id }}
            className="row-link font-semibold"
          >
            {connection.title}
          </Link>
          <StateChip state={connection.state} />
        </div>
        <div className="truncate text-sm text-muted">
          {name}
          {settingLine(connection) && ` · ${settingLine(connection)}`}
        </div>
      </div>
      <div className="text-sm text-muted phone:text-right">
        <div>
          {connection.answeredAt === null ? (
            t('connections.notAnswered')
          ) : (
            <>
              {t('connections.answered')} <Moment at={connection.answeredAt} />
            </>
          )}
        </div>
        <div>{t('connections.usedBy', { count: connection.usedBy.length })}</div>
      </div>
      {broken && connector?.oauth && tenant.may.includes('connection.edit') && (
        <a className="btn primary over-row" href={signInAddress(tenant.id, connection.id)}>
          <LogIn className="i i-14" aria-hidden />
          {t('connections.signIn')}
          <span className="sr-only"> {connection.title}</span>
        </a>
      )}
      {connection.reason && <p className="order-last w-full text-sm text-warning phone:pl-13">{connection.reason}</p>}
      {tenant.may.includes('connection.test') && <TestButton tenant={tenant.id} connection={connection} />}
    </li>
  );
}

function Expired({ connections }: { readonly connections: readonly ConnectionSummary[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const expired = connections.filter((each) => each.state === 'sign-in-needed').map((each) => each.title);
  if (expired.length === 0) return null;
  const names = new Intl.ListFormat(language).format(expired);
  return (
    <p className="banner border-t border-border" role="status">
      <TriangleAlert className="i" aria-hidden />
      <span>{t('connections.expired', { count: expired.length, names })}</span>
    </p>
  );
}

function AddButton() {
  const { t } = useTranslation();
  const tenant = useTenant();
  if (!tenant.may.includes('connection.edit')) return null;
  return (
    <Link to="/a/$account/connections/new" params={{ account: String(tenant.id) }} className="btn primary">
      <Plus className="i i-14" aria-hidden />
      {t('connections.add')}
    </Link>
  );
}

export function ConnectionsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { signIn } = route.useSearch();
  const query = useQuery({ ...connectionsQuery(tenant.id), refetchInterval: usePolling() });
  const connections = query.data?.connections ?? [];
  const edits = tenant.may.includes('connection.edit');
  useCrumbs([{ label: t('connections.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1">
          <h1>{t('connections.title')}</h1>
          <p className="text-sm text-muted">{t('connections.lead')}</p>
        </div>
        {connections.length > 0 && <AddButton />}
      </header>
      <SignInEndNote end={signIn} />
      <Expired connections={connections} />
      {query.isPending && <Bones rows={3} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && connections.length === 0 && (
        <Empty
          icon={Plug}
          title={t('connections.empty')}
          help={edits ? t('connections.emptyHelp') : t('connections.emptyHelpReader')}
        >
          {edits && <AddButton />}
        </Empty>
      )}
      {connections.length > 0 && (
        <ul className="border-y border-border">
          {connections.map((connection) => (
            <Line key={connection.id} connection={connection} />
          ))}
        </ul>
      )}
    </>
  );
}
