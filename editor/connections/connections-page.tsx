import { useMutation, useQuery } from '@tanstack/react-query';
import { CircleCheck, CircleX, LogIn, Plug, Power, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionSummary, ConnectorSummary } from '#runtime/protocol.ts';
import { signInAddress, testConnection } from '../api/actions.ts';
import { connectionsQuery } from '../api/queries.ts';
import { entityName } from '../runs/record-name.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useConnectors, useTenant } from '../shell/tenant.ts';
import { usePolling } from '../state/contact.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { SystemMark } from '../ui/system-mark.tsx';

function StateChip({ state }: { readonly state: ConnectionSummary['state'] }) {
  const { t } = useTranslation();
  if (state === 'ready')
    return (
      <span className="chip ok">
        <CircleCheck className="i i-12" aria-hidden />
        {t('connections.ready')}
      </span>
    );
  if (state === 'disabled')
    return (
      <span className="chip">
        <Power className="i i-12" aria-hidden />
        {t('connections.disabled')}
      </span>
    );
  return (
    <span className="chip warn">
      <TriangleAlert className="i i-12" aria-hidden />
      {t('connections.signInNeeded')}
    </span>
  );
}

function Test({ tenant, connection }: { readonly tenant: number; readonly connection: ConnectionSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const test = useMutation({ mutationFn: () => testConnection(tenant, connection.id) });
  return (
    <>
      <button
        type="button"
        className="btn"
        aria-disabled={test.isPending}
        onClick={() => !test.isPending && test.mutate()}
      >
        {test.isPending ? t('connections.testing') : t('connections.test')}
        <span className="sr-only"> {connection.title}</span>
      </button>
      <div role="status" className="order-last w-full empty:hidden phone:pl-13">
        {test.isSuccess && (
          <p className="flex items-center gap-1.5 text-sm text-success">
            <CircleCheck className="i i-14" aria-hidden />
            {t('connections.testOk', { label: test.data.label })}
          </p>
        )}
        {test.isError && (
          <p className="flex gap-1.5 text-sm text-danger">
            <CircleX className="i i-14 mt-0.75" aria-hidden />
            {t('connections.testFailed')}. {failureText(test.error, t, language)}
          </p>
        )}
      </div>
    </>
  );
}

/** How the system’s changes are noticed, kind by kind. */
function Changes({ changes }: { readonly changes: ConnectorSummary['changes'] }) {
  const { t } = useTranslation();
  if (changes.length === 0) return null;
  return (
    <details className="order-last w-full text-sm text-muted phone:pl-13">
      <summary className="cursor-pointer">{t('connections.changes')}</summary>
      <ul className="pt-1">
        {changes.map(({ entity, webhook, poll }) => (
          <li key={entity}>
            {entityName(entity, t)}:{' '}
            {[
              webhook ? t('connections.told') : '',
              poll ? t(`connections.asked.${poll.brings}`, { minutes: poll.everyMs / 60_000 }) : '',
            ]
              .filter((text) => text !== '')
              .join('; ')}
          </li>
        ))}
      </ul>
    </details>
  );
}

/** A setting that is an address or a name says whose account this is. */
function settingLine(connection: ConnectionSummary): string {
  const texts = Object.values(connection.settings).filter((value) => typeof value === 'string' && value !== '');
  return texts.slice(0, 2).join(' · ');
}

function Line({ tenant, connection }: { readonly tenant: number; readonly connection: ConnectionSummary }) {
  const { t } = useTranslation();
  const connector = useConnectors()?.get(connection.connector);
  const name = connector?.title ?? connection.connector;
  return (
    <li className="item min-h-18 flex-wrap gap-y-2!">
      <SystemMark name={name} size="l" />
      <div className="min-w-0 flex-1 basis-50">
        <div className="flex flex-wrap items-center gap-x-2">
          <span className="font-semibold">{connection.title}</span>
          <StateChip state={connection.state} />
        </div>
        <div className="truncate text-sm text-muted">
          {name}
          {connector && connector.kind !== 'other' && ` · ${t(`connections.kind.${connector.kind}`)}`}
          {settingLine(connection) && ` · ${settingLine(connection)}`}
        </div>
      </div>
      <span className="wide-only text-sm text-muted">
        <Moment at={connection.updatedAt} />
      </span>
      {connection.state === 'sign-in-needed' && (
        <a className="btn primary" href={signInAddress(tenant, connection.id)}>
          <LogIn className="i i-14" aria-hidden />
          {t('connections.signIn')}
          <span className="sr-only"> {connection.title}</span>
        </a>
      )}
      {connection.state === 'sign-in-needed' && connection.reason && (
        <p className="order-last w-full text-sm text-muted phone:pl-12">{connection.reason}</p>
      )}
      <Test tenant={tenant} connection={connection} />
      {connector && <Changes changes={connector.changes} />}
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

export function ConnectionsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery({ ...connectionsQuery(tenant.id), refetchInterval: usePolling() });
  const connections = query.data?.connections ?? [];
  useCrumbs([{ label: t('connections.title') }]);
  return (
    <>
      <header className="head">
        <div>
          <h1>{t('connections.title')}</h1>
          <p className="text-sm text-muted">{t('connections.lead')}</p>
        </div>
      </header>
      <Expired connections={connections} />
      {query.isPending && <Bones rows={3} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && connections.length === 0 && (
        <Empty icon={Plug} title={t('connections.empty')} help={t('connections.emptyHelp')} />
      )}
      {connections.length > 0 && (
        <ul className="border-y border-border">
          {connections.map((connection) => (
            <Line key={connection.id} tenant={tenant.id} connection={connection} />
          ))}
        </ul>
      )}
    </>
  );
}
