import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Ban, CircleCheck, Clock, KeyRound, type LucideIcon, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiTokenCreated, ApiTokenSummary } from '#runtime/protocol.ts';
import { revokeToken } from '../api/actions.ts';
import { tokensQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { useNow } from '../ui/use-format.ts';
import { MadeToken } from './made-token.tsx';
import { NewToken } from './new-token.tsx';
import { scopeWords } from './scope-words.ts';

type State = 'live' | 'revoked' | 'expired';

const LOOK: Readonly<Record<State, { readonly icon: LucideIcon; readonly chip: string }>> = {
  live: { icon: CircleCheck, chip: 'ok' },
  revoked: { icon: Ban, chip: '' },
  expired: { icon: Clock, chip: 'warn' },
};

function stateOf({ revokedAt, expiresAt }: ApiTokenSummary, now: number): State {
  if (revokedAt !== null) return 'revoked';
  return expiresAt <= now ? 'expired' : 'live';
}

function Revoke({ tenant, token }: { readonly tenant: number; readonly token: ApiTokenSummary }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const revoke = useMutation({
    mutationFn: () => revokeToken(tenant, token.id),
    onSuccess: () => sayDone({ title: t('tokens.revoked', { name: token.name }) }),
    onError: (error) => sayFailed({ title: failureText(error, t, language) }),
    onSettled: () => client.invalidateQueries({ queryKey: tokensQuery(tenant).queryKey }),
  });
  return (
    <>
      <button type="button" className="btn danger" aria-disabled={revoke.isPending} onClick={() => setAsking(true)}>
        {t('tokens.revoke')}
        <span className="sr-only"> {token.name}</span>
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('tokens.revokeTitle', { name: token.name })}
        body={t('tokens.revokeBody')}
        action={t('tokens.revoke')}
        danger
        busy={revoke.isPending}
        onConfirm={() => {
          setAsking(false);
          revoke.mutate();
        }}
      />
    </>
  );
}

function Row({ tenant, token }: { readonly tenant: number; readonly token: ApiTokenSummary }) {
  const { t } = useTranslation();
  const state = stateOf(token, useNow(30_000));
  const { icon: Icon, chip } = LOOK[state];
  const may = token.scopes.map((scope) => scopeWords(scope, t)).join(' · ');
  return (
    <li className="item flex-wrap gap-y-2!">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-2">
          <span className="font-semibold">{token.name}</span>
          <span className={`chip ${chip}`}>
            <Icon className="i i-12" aria-hidden />
            {t(`tokens.state.${state}`)}
          </span>
          <span className="mono text-sm text-muted">{token.hint}…</span>
        </div>
        <p className="text-sm text-muted">{may}</p>
        <p className="text-sm text-muted">{t('tokens.madeBy', { who: token.madeBy })}</p>
      </div>
      <dl className="flex flex-none gap-6 text-sm">
        <div>
          <dt className="text-xs text-muted">{t('tokens.lastUsed')}</dt>
          <dd className="num">
            {token.lastUsedAt === null ? t('tokens.neverUsed') : <Moment at={token.lastUsedAt} />}
          </dd>
        </div>
        <div>
          <dt className="text-xs text-muted">{t('tokens.expires')}</dt>
          <dd className="num">
            <Moment at={token.expiresAt} />
          </dd>
        </div>
      </dl>
      {state === 'live' && <Revoke tenant={tenant} token={token} />}
    </li>
  );
}

/** The tokens a customer's own systems use. */
export function TokensPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery(tokensQuery(tenant.id));
  const [asking, setAsking] = useState(false);
  const [made, setMade] = useState<ApiTokenCreated | null>(null);
  useCrumbs([{ label: t('tokens.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('tokens.title')}</h1>
          <p className="text-sm text-muted">
            {t('tokens.lead')}{' '}
            <a className="link" href="/api/docs" target="_blank" rel="noreferrer">
              {t('tokens.docs')}
              <span className="sr-only"> ({t('shell.opensInTab')})</span>
            </a>
          </p>
        </div>
        <button type="button" className="btn primary" disabled={!query.data} onClick={() => setAsking(true)}>
          <Plus className="i i-14" aria-hidden />
          {t('tokens.make')}
        </button>
      </header>
      {made && <MadeToken key={made.token.id} made={made} onDone={() => setMade(null)} />}
      {query.isPending && <Bones rows={3} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data?.tokens.length === 0 && (
        <Empty icon={KeyRound} title={t('tokens.empty')} help={t('tokens.emptyHelp')} />
      )}
      {query.data && query.data.tokens.length > 0 && (
        <ul className="border-y border-border">
          {query.data.tokens.map((token) => (
            <Row key={token.id} tenant={tenant.id} token={token} />
          ))}
        </ul>
      )}
      {query.data && (
        <NewToken
          tenant={tenant.id}
          grantable={query.data.grantable}
          open={asking}
          onClose={() => setAsking(false)}
          onMade={setMade}
        />
      )}
    </>
  );
}
