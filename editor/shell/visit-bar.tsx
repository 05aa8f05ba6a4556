import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import { ShieldAlert, ShieldCheck } from 'lucide-react';
import { type FormEvent, useCallback, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionTenant } from '#runtime/people.ts';
import { Visit } from '#runtime/visit.ts';
import { call, tell } from '../api/call.ts';
import { sessionQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { useFormat } from '../ui/use-format.ts';

const SHORTEST_REASON = 5;

const addressOf = (tenant: SessionTenant): string => `/tenants/${tenant.id}/visit`;

/** Asks anew what the session may do, for the whole page. */
function useRenewedSession(): () => Promise<void> {
  const client = useQueryClient();
  const router = useRouter();
  return useCallback(async () => {
    await client.refetchQueries({ queryKey: sessionQuery.queryKey });
    await router.invalidate();
  }, [client, router]);
}

function Looking({ tenant }: { readonly tenant: SessionTenant }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const renew = useRenewedSession();
  const [short, setShort] = useState(false);
  const begin = useMutation({
    mutationFn: (reason: string) => call(Visit, addressOf(tenant), { method: 'PUT', body: { reason } }),
    onSuccess: renew,
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const reason = String(new FormData(event.currentTarget).get('reason') ?? '').trim();
    setShort(reason.length < SHORTEST_REASON);
    if (reason.length >= SHORTEST_REASON && !begin.isPending) begin.mutate(reason);
  };
  const wrong = short ? t('visit.reasonShort') : begin.isError ? failureText(begin.error, t, language) : null;
  return (
    <form className="banner flex-wrap gap-y-2!" onSubmit={submit}>
      <ShieldAlert className="i" aria-hidden />
      <span className="min-w-0 flex-1 basis-70">{t('visit.looking', { name: tenant.name })}</span>
      <span className="flex min-w-0 flex-1 basis-80 flex-wrap items-center justify-end gap-2">
        <label className="input min-w-0 flex-1 basis-40" aria-invalid={wrong !== null}>
          <span className="sr-only">{t('visit.reason')}</span>
          <input
            name="reason"
            placeholder={t('visit.reasonHint')}
            maxLength={500}
            autoComplete="off"
            aria-invalid={wrong !== null}
            aria-describedby="visit-wrong"
          />
        </label>
        <button type="submit" className="btn" aria-disabled={begin.isPending}>
          {t('visit.begin')}
        </button>
      </span>
      <span id="visit-wrong" role="status" className="order-last w-full text-sm text-danger empty:hidden">
        {wrong}
      </span>
    </form>
  );
}

function Editing({ tenant, until }: { readonly tenant: SessionTenant; readonly until: number }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const format = useFormat();
  const renew = useRenewedSession();
  const end = useMutation({ mutationFn: () => tell(addressOf(tenant), { method: 'DELETE' }), onSuccess: renew });
  useEffect(() => {
    const timer = setTimeout(() => void renew(), Math.max(0, until - Date.now()) + 500);
    return () => clearTimeout(timer);
  }, [until, renew]);
  return (
    <div className="banner flex-wrap gap-y-2!">
      <ShieldCheck className="i" aria-hidden />
      <span className="min-w-0 flex-1 basis-70">
        {t('visit.editing', { name: tenant.name, time: format.clock(until).slice(0, 5) })}
      </span>
      {end.isError && <span className="text-sm text-danger">{failureText(end.error, t, language)}</span>}
      <button
        type="button"
        className="btn"
        aria-disabled={end.isPending}
        onClick={() => !end.isPending && end.mutate()}
      >
        {t('visit.end')}
      </button>
    </div>
  );
}

/** Over every page of a tenant that an administrator does not belong to: that one only looks, or until when one may change. */
export function VisitBar({ tenant }: { readonly tenant: SessionTenant }) {
  if (tenant.visit === null) return null;
  return (
    <section role="status" aria-live="polite">
      {tenant.visit.until === null ? (
        <Looking tenant={tenant} />
      ) : (
        <Editing tenant={tenant} until={tenant.visit.until} />
      )}
    </section>
  );
}
