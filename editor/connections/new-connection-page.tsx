import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { Lock } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { allows, packageOf } from '#runtime/package.ts';
import type { ConnectorSummary } from '#runtime/protocol.ts';
import { createConnection, signInAddress, tryConnection } from '../api/actions.ts';
import { catalogQuery, connectionsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { sayDone } from '../ui/notices.ts';
import { Bones, Failed } from '../ui/states.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { Abilities } from './abilities.tsx';
import { type ConnectionDraft, ConnectionForm } from './connection-form.tsx';
import { provenText } from './test-button.tsx';

const route = getRouteApi('/a/$account/connections/new');
const KINDS = ['shop', 'erp', 'other'] as const;

function Card({ connector }: { readonly connector: ConnectorSummary }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { language } = usePreferences();
  const open = allows(tenant.package, connector.feature);
  return (
    <li className="relative flex min-h-18 items-center gap-3 border-b border-hair px-(--inset) py-3 hover:bg-hover">
      <SystemMark name={connector.title} size="l" />
      <div className="min-w-0 flex-1">
        <Link
          to="/a/$account/connections/new"
          params={{ account: String(tenant.id) }}
          search={{ connector: connector.id }}
          className="row-link font-semibold"
        >
          {connector.title}
        </Link>
        {connector.summary && <p className="text-sm text-muted">{connector.summary[language]}</p>}
      </div>
      {!open && (
        <span className="chip line">
          <Lock className="i i-12" aria-hidden />
          {t('connections.included', { name: t(`shell.packagesWithin.${packageOf(connector.feature)}`) })}
        </span>
      )}
    </li>
  );
}

function Choose({ connectors }: { readonly connectors: readonly ConnectorSummary[] }) {
  const { t } = useTranslation();
  return KINDS.map((kind) => (
    <section key={kind} aria-labelledby={`kind-${kind}`}>
      <h2 id={`kind-${kind}`} className="border-b border-border px-(--inset) pt-5 pb-2">
        {t(`connections.kinds.${kind}`)}
      </h2>
      <ul>
        {connectors
          .filter((each) => each.kind === kind)
          .map((each) => (
            <Card key={each.id} connector={each} />
          ))}
      </ul>
    </section>
  ));
}

function useTitle(connector: ConnectorSummary): string | undefined {
  const tenant = useTenant();
  const { data } = useQuery(connectionsQuery(tenant.id));
  if (!data) return undefined;
  const taken = new Set(data.connections.map((each) => each.title));
  if (!taken.has(connector.title)) return connector.title;
  let number = 2;
  while (taken.has(`${connector.title} ${number}`)) number++;
  return `${connector.title} ${number}`;
}

function Fill({ connector }: { readonly connector: ConnectorSummary }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const client = useQueryClient();
  const navigate = useNavigate();
  const title = useTitle(connector);
  const mayGrant = tenant.may.includes('connection.allow');
  const bodyOf = ({ secrets, grants, ...draft }: ConnectionDraft) => ({
    ...draft,
    connector: connector.id,
    ...(Object.keys(secrets).length > 0 ? { secrets: { ...secrets } } : {}),
    ...(mayGrant ? { grants: [...grants] } : {}),
  });
  const save = useMutation({
    mutationFn: async ({ draft, proven }: { readonly draft: ConnectionDraft; readonly proven: boolean }) => {
      const { title: name, ...trial } = bodyOf(draft);
      const answer = proven ? await tryConnection(tenant.id, trial) : null;
      const made = await createConnection(tenant.id, { title: name, ...trial });
      return { made, answer };
    },
    onSuccess: async ({ made, answer }) => {
      await client.invalidateQueries({ queryKey: connectionsQuery(tenant.id).queryKey });
      if (connector.oauth) {
        window.location.assign(signInAddress(tenant.id, made.id));
        return;
      }
      sayDone({
        title: answer ? provenText(answer, t) : t('connections.saved', { name: made.title }),
      });
      await navigate({
        to: '/a/$account/connections/$connection',
        params: { account: String(tenant.id), connection: made.id },
      });
    },
  });
  if (title === undefined) return <Bones rows={4} />;
  const action = connector.oauth ? t('connections.saveAndSignIn') : t('connections.tryAndSave');
  return (
    <div className="split">
      <ConnectionForm
        key={connector.id}
        connector={connector}
        start={{ title, settings: {}, secrets: {}, grants: [] }}
        saved={[]}
        mayGrant={mayGrant}
        error={save.error}
        busy={save.isPending}
        action={save.isPending ? t(connector.oauth ? 'connections.saving' : 'connections.testing') : action}
        onSubmit={(draft) => save.mutate({ draft, proven: !connector.oauth })}
        other={
          save.isError && !connector.oauth
            ? { label: t('connections.saveAnyway'), run: (draft) => save.mutate({ draft, proven: false }) }
            : undefined
        }
      />
      <aside className="aside">
        <Abilities connector={connector} />
      </aside>
    </div>
  );
}

/** A new connection: which system, then its form. */
export function NewConnectionPage() {
  const { t } = useTranslation();
  const { connector: wanted } = route.useSearch();
  const tenant = useTenant();
  const catalog = useQuery(catalogQuery(tenant.id));
  const connector = catalog.data?.connectors.find((each) => each.id === wanted);
  useCrumbs([{ label: t('connections.title'), to: '/a/$account/connections' }, { label: t('connections.add') }]);
  return (
    <>
      <header className="head">
        {connector && <SystemMark name={connector.title} size="l" />}
        <div className="flex-1">
          <h1>{connector ? connector.title : t('connections.choose')}</h1>
          <p className="text-sm text-muted">{connector ? t('connections.add') : t('connections.chooseLead')}</p>
        </div>
        {connector && (
          <Link to="/a/$account/connections/new" params={{ account: String(tenant.id) }} search={{}} className="btn">
            {t('connections.other')}
          </Link>
        )}
      </header>
      {catalog.isPending && <Bones rows={5} height={72} />}
      {catalog.isError && <Failed error={catalog.error} retry={() => void catalog.refetch()} />}
      {catalog.data && !connector && <Choose connectors={catalog.data.connectors} />}
      {connector && <Fill connector={connector} />}
    </>
  );
}
