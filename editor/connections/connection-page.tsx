import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { LogIn, Power, Trash2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { ConnectionSummary, ConnectorSummary } from '#runtime/protocol.ts';
import {
  changeConnection,
  deleteConnection,
  endEarlierSecret,
  renewWebhookSecret,
  setConnectionState,
  setGrants,
  signInAddress,
} from '../api/actions.ts';
import { ApiError } from '../api/call.ts';
import { catalogQuery, connectionsQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm, useQuestion } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { Bones, Failed } from '../ui/states.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { SecretRotation } from '../webhooks/secret-rotation.tsx';
import { Abilities } from './abilities.tsx';
import { type ConnectionDraft, ConnectionForm } from './connection-form.tsx';
import { SignInEndNote } from './sign-in-end.tsx';
import { StateChip } from './state-chip.tsx';
import { TestButton } from './test-button.tsx';

const route = getRouteApi('/a/$account/connections/$connection');

interface OneProps {
  readonly connection: ConnectionSummary;
}

function useRenewed(): () => Promise<void> {
  const tenant = useTenant();
  const client = useQueryClient();
  return () => client.invalidateQueries({ queryKey: connectionsQuery(tenant.id).queryKey });
}

function Uses({ flows }: { readonly flows: ConnectionSummary['usedBy'] }) {
  const { t } = useTranslation();
  const account = String(useTenant().id);
  return (
    <div>
      <h3 className="text-sm font-semibold">{t('connections.uses')}</h3>
      {flows.length === 0 ? (
        <p className="text-sm text-muted">{t('connections.usesNone')}</p>
      ) : (
        <ul className="text-sm">
          {flows.map(({ id, name }) => (
            <li key={id}>
              <Link to="/a/$account/flows/$flow" params={{ account, flow: id }} className="link">
                {name}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Switching off, and removing where nothing works through it any more. */
function Actions({ connection }: OneProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const tenant = useTenant();
  const navigate = useNavigate();
  const renewed = useRenewed();
  const { open, ask, close } = useQuestion<'off' | 'delete' | 'used'>();
  const name = connection.title;
  const failed = (error: unknown) => sayFailed({ title: failureText(error, t, language) });
  const turn = useMutation({
    mutationFn: (on: boolean) => setConnectionState(tenant.id, connection.id, on),
    onSuccess: async (_, on) => {
      close();
      await renewed();
      sayDone({ title: t(on ? 'connections.turnedOn' : 'connections.turnedOff', { name }) });
    },
    onError: failed,
  });
  const remove = useMutation({
    mutationFn: () => deleteConnection(tenant.id, connection.id),
    onSuccess: async () => {
      close();
      await navigate({ to: '/a/$account/connections', params: { account: String(tenant.id) } });
      await renewed();
      sayDone({ title: t('connections.deleted', { name }) });
    },
    onError: failed,
  });
  const off = connection.state === 'disabled';
  return (
    <>
      <button type="button" className="btn" onClick={() => (off ? turn.mutate(true) : ask('off'))}>
        <Power className="i i-14" aria-hidden />
        {off ? t('connections.turnOn') : t('connections.turnOff')}
      </button>
      <button
        type="button"
        className="btn danger"
        onClick={() => ask(connection.usedBy.length > 0 ? 'used' : 'delete')}
      >
        <Trash2 className="i i-14" aria-hidden />
        {t('connections.delete')}
      </button>
      <Confirm
        open={open === 'off'}
        onClose={close}
        title={t('connections.confirmOff', { name })}
        body={t('connections.confirmOffBody')}
        action={t('connections.turnOff')}
        busy={turn.isPending}
        onConfirm={() => turn.mutate(false)}
      />
      <Confirm
        open={open === 'delete'}
        onClose={close}
        title={t('connections.deleteTitle', { name })}
        body={t('connections.deleteBody')}
        action={t('connections.deleteDo')}
        danger
        busy={remove.isPending}
        onConfirm={() => remove.mutate()}
      />
      <Confirm
        open={open === 'used'}
        onClose={close}
        title={t('connections.inUse', { name })}
        body={t('connections.inUseBody')}
        action={t('connections.ok')}
        onConfirm={close}
      >
        <Uses flows={connection.usedBy} />
      </Confirm>
    </>
  );
}

/** All secrets at once go with the settings, since new addresses ask for them; a few are put beside those there are. */
async function saveAll(
  tenant: number,
  { id, secrets: saved, grants }: ConnectionSummary,
  draft: ConnectionDraft,
  { mayGrant, unproven }: { readonly mayGrant: boolean; readonly unproven: boolean },
) {
  const given = Object.entries(draft.secrets);
  const whole = given.length > 0 && saved.every((name) => draft.secrets[name] !== undefined);
  const { title, settings, secrets } = draft;
  if (mayGrant && draft.grants.join() !== grants.join()) await setGrants(tenant, id, draft.grants);
  const credentials = whole ? { secrets } : given.length > 0 ? { beside: secrets } : {};
  await changeConnection(tenant, id, { title, settings, ...credentials, unproven });
}

const isOfForm = (error: unknown): boolean =>
  error instanceof ApiError && (error.code === 'CONFIG_INVALID' || error.status === 400);

/** The secret of the system's webhooks, for systems that sign any. */
function Webhooks({ connection }: OneProps) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const renewed = useRenewed();
  const { webhook, id } = connection;
  if (!webhook || !tenant.may.includes('connection.edit')) return null;
  return (
    <section aria-labelledby="webhooks" className="flex flex-col gap-2">
      <div>
        <h3 id="webhooks" className="text-sm font-semibold">
          {t('webhooks.title')}
        </h3>
        <p className="text-sm text-muted">{t('webhooks.lead')}</p>
      </div>
      <SecretRotation
        {...webhook}
        renew={async (wish) => {
          const { secret } = await renewWebhookSecret(tenant.id, id, wish);
          await renewed();
          return secret;
        }}
        end={async () => {
          await endEarlierSecret(tenant.id, id);
          await renewed();
        }}
      />
    </section>
  );
}

function Edit({ connection, connector }: OneProps & { readonly connector: ConnectorSummary }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const renewed = useRenewed();
  const mayGrant = tenant.may.includes('connection.allow');
  const save = useMutation({
    mutationFn: ({ draft, unproven }: { readonly draft: ConnectionDraft; readonly unproven: boolean }) =>
      saveAll(tenant.id, connection, draft, { mayGrant, unproven }),
    onSuccess: async (_, { draft }) => {
      await renewed();
      sayDone({ title: t('connections.saved', { name: draft.title }) });
    },
  });
  const proving = Object.keys(save.variables?.draft.secrets ?? {}).length > 0 && save.variables?.unproven === false;
  // the new ones did not work; whatever else is wrong is mended in the form
  const unproven = save.isError && proving && !isOfForm(save.error);
  return (
    <ConnectionForm
      key={connection.updatedAt}
      connector={connector}
      start={{ title: connection.title, settings: connection.settings, secrets: {}, grants: connection.grants }}
      saved={connection.secrets}
      mayGrant={mayGrant}
      error={save.error}
      aftermath={unproven ? t('connections.keptOld') : undefined}
      busy={save.isPending}
      action={save.isPending ? t(proving ? 'connections.testing' : 'connections.saving') : t('connections.save')}
      onSubmit={(draft) => save.mutate({ draft, unproven: false })}
      other={
        unproven
          ? { label: t('connections.saveAnyway'), run: (draft) => save.mutate({ draft, unproven: true }) }
          : undefined
      }
    />
  );
}

function Head({ connection, connector }: OneProps & { readonly connector: ConnectorSummary | undefined }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const system = connector?.title ?? connection.connector;
  const edits = tenant.may.includes('connection.edit');
  return (
    <header className="head flex-wrap">
      <SystemMark name={system} size="l" />
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-3 gap-y-1">
          <h1>{connection.title}</h1>
          <StateChip state={connection.state} />
        </div>
        <p className="text-sm text-muted">
          {system} ·{' '}
          {connection.answeredAt === null ? (
            t('connections.notAnswered')
          ) : (
            <>
              {t('connections.answered')} <Moment at={connection.answeredAt} />
            </>
          )}
        </p>
        {connection.reason && <p className="text-sm text-warning">{connection.reason}</p>}
      </div>
      {edits && connector?.oauth && (
        <a
          className={`btn ${connection.state === 'sign-in-needed' ? 'primary' : ''}`}
          href={signInAddress(tenant.id, connection.id)}
        >
          <LogIn className="i i-14" aria-hidden />
          {t('connections.signIn')}
        </a>
      )}
      {tenant.may.includes('connection.test') && <TestButton tenant={tenant.id} connection={connection} />}
      {edits && <Actions connection={connection} />}
    </header>
  );
}

/** One connection: how it stands, its form, who uses it, what it cannot do. */
export function ConnectionPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const { connection: id } = route.useParams();
  const { signIn } = route.useSearch();
  const catalog = useQuery(catalogQuery(tenant.id));
  const list = useQuery(connectionsQuery(tenant.id));
  const connection = list.data?.connections.find((each) => each.id === id);
  const connector = catalog.data?.connectors.find((each) => each.id === connection?.connector);
  useCrumbs([{ label: t('connections.title'), to: '/a/$account/connections' }, { label: connection?.title ?? '' }]);
  if (list.isError) return <Failed error={list.error} retry={() => void list.refetch()} />;
  if (catalog.isError) return <Failed error={catalog.error} retry={() => void catalog.refetch()} />;
  if (!list.data || !catalog.data) return <Bones rows={5} />;
  if (!connection) return <p className="px-(--inset) py-8">{t('connections.gone')}</p>;
  return (
    <>
      <Head connection={connection} connector={connector} />
      <SignInEndNote end={signIn} />
      <div className="split">
        {connector && tenant.may.includes('connection.edit') ? (
          <Edit connection={connection} connector={connector} />
        ) : (
          <div />
        )}
        <aside className="aside flex flex-col gap-4">
          <Uses flows={connection.usedBy} />
          <Webhooks connection={connection} />
          {connector && <Abilities connector={connector} />}
        </aside>
      </div>
    </>
  );
}
