import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus, TriangleAlert, UserPlus, X } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { allows } from '#runtime/package.ts';
import type { TenantEntry } from '#runtime/tenant.ts';
import { HandOver, type Handover } from '../members/members-page.tsx';
import { useCrumbs } from '../shell/crumbs.tsx';
import { usePreferences } from '../state/preferences.ts';
import { useQuestion } from '../ui/confirm.tsx';
import { failureText } from '../ui/failure-text.ts';
import { Bones, Failed } from '../ui/states.tsx';
import { SystemMark } from '../ui/system-mark.tsx';
import { InviteStaff } from './invite-staff.tsx';
import { NewPackage, NewStaff, NewTenant, Unsigned } from './tenant-questions.tsx';
import { removeStaff, tenantsQuery } from './tenants-query.ts';

function Staff({ tenant }: { readonly tenant: TenantEntry }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (user: string) => removeStaff(tenant.id, user),
    onSettled: () => client.invalidateQueries({ queryKey: tenantsQuery.queryKey }),
  });
  return (
    <div className="flex flex-wrap items-center gap-1.5">
      {tenant.staff.length === 0 && <span className="text-sm text-muted">{t('tenants.nobody')}</span>}
      {tenant.staff.map((person) => (
        <span key={person.id} className="chip line">
          {person.email}
          <button
            type="button"
            className="-mr-1 ml-0.5 inline-flex size-6 items-center justify-center rounded-full hover:bg-surface-2"
            aria-label={t('tenants.remove', { name: tenant.name, person: person.email })}
            aria-disabled={remove.isPending}
            onClick={() => !remove.isPending && remove.mutate(person.id)}
          >
            <X className="i i-12" aria-hidden />
          </button>
        </span>
      ))}
      {remove.isError && (
        <span role="alert" className="text-sm text-danger">
          {failureText(remove.error, t, language)}
        </span>
      )}
    </div>
  );
}

function Row({ tenant }: { readonly tenant: TenantEntry }) {
  const { t } = useTranslation();
  const { open, ask, close } = useQuestion<'package' | 'staff' | 'unsigned'>();
  return (
    <li className="item min-h-18 flex-wrap gap-y-2! py-2">
      <SystemMark name={tenant.name} size="l" />
      <div className="min-w-0 flex-1 basis-50">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link to="/a/$account" params={{ account: String(tenant.id) }} className="font-semibold hover:underline">
            {tenant.name}
          </Link>
          <span className="chip">{t(`shell.packages.${tenant.package}`)}</span>
          {tenant.unsignedWebhooks && (
            <span className="chip warn">
              <TriangleAlert className="i i-12" aria-hidden />
              {t('tenants.unsigned.chip')}
            </span>
          )}
        </div>
        <div className="num truncate text-sm text-muted">
          {[tenant.orgNumber, t('tenants.live', { live: tenant.liveFlows, all: tenant.flows }), tenant.timeZone]
            .filter((text) => text !== '')
            .join(' · ')}
        </div>
      </div>
      <div className="min-w-0 flex-1 basis-60">
        <div className="text-xs text-muted">{t('tenants.staff')}</div>
        <Staff tenant={tenant} />
      </div>
      <button type="button" className="btn" onClick={() => ask('staff')}>
        <UserPlus className="i i-14" aria-hidden />
        {t('tenants.assign')}
        <span className="sr-only"> {tenant.name}</span>
      </button>
      <button type="button" className="btn" onClick={() => ask('package')}>
        {t('tenants.changePackage')}
        <span className="sr-only"> {tenant.name}</span>
      </button>
      {allows(tenant.package, 'generic-http') && (
        <button type="button" className="btn" onClick={() => ask('unsigned')}>
          {t(tenant.unsignedWebhooks ? 'tenants.unsigned.forbid' : 'tenants.unsigned.allowAsk')}
          <span className="sr-only"> {tenant.name}</span>
        </button>
      )}
      <Unsigned key={String(tenant.unsignedWebhooks)} tenant={tenant} open={open === 'unsigned'} onClose={close} />
      <NewStaff tenant={tenant} open={open === 'staff'} onClose={close} />
      <NewPackage key={tenant.package} tenant={tenant} open={open === 'package'} onClose={close} />
    </li>
  );
}

/** All customers, for administrators: new ones, their packages, and who looks after them. */
export function TenantsPage() {
  const { t } = useTranslation();
  const query = useQuery(tenantsQuery);
  const [making, setMaking] = useState(false);
  const [inviting, setInviting] = useState(false);
  const [handover, setHandover] = useState<Handover | null>(null);
  useCrumbs([{ label: t('tenants.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('tenants.title')}</h1>
          <p className="text-sm text-muted">{t('tenants.lead')}</p>
        </div>
        <button type="button" className="btn" onClick={() => setInviting(true)}>
          <UserPlus className="i i-14" aria-hidden />
          {t('tenants.invite.do')}
        </button>
        <button type="button" className="btn primary" onClick={() => setMaking(true)}>
          <Plus className="i i-14" aria-hidden />
          {t('tenants.make')}
        </button>
      </header>
      {handover && <HandOver key={handover.link} handover={handover} onDone={() => setHandover(null)} />}
      {query.isPending && <Bones rows={4} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && (
        <ul className="border-y border-border">
          {query.data.tenants.map((tenant) => (
            <Row key={tenant.id} tenant={tenant} />
          ))}
        </ul>
      )}
      <InviteStaff open={inviting} onClose={() => setInviting(false)} onLink={setHandover} />
      <NewTenant open={making} onClose={() => setMaking(false)} />
    </>
  );
}
