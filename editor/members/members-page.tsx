import { useQuery } from '@tanstack/react-query';
import { Link2, UserPlus, Users } from 'lucide-react';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { membersQuery } from '../api/queries.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { InvitationRow } from './invitation-row.tsx';
import { InviteDialog } from './invite-dialog.tsx';
import { MemberRow } from './member-row.tsx';

/** A link that no mail carries: the administrator does. */
export interface Handover {
  readonly email: string;
  readonly link: string;
}

/** Shown until it is handed over. */
export function HandOver({ handover, onDone }: { readonly handover: Handover; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section className="mx-(--inset) mb-5 flex flex-col gap-3 rounded-lg border border-border p-4" aria-labelledby={id}>
      <h2 id={id} className="flex items-center gap-2 font-semibold">
        <Link2 className="i" aria-hidden />
        {t('people.members.handOver', { email: handover.email })}
      </h2>
      <p className="text-sm text-muted">{t('people.members.handOverHelp')}</p>
      <div className="flex flex-wrap gap-2">
        <CopyField label={t('people.members.link')} value={handover.link} select />
        <button type="button" className="btn" onClick={onDone}>
          {t('tokens.done')}
        </button>
      </div>
    </section>
  );
}

/** Who belongs to the customer, who is invited, and what each may do. */
export function MembersPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery(membersQuery(tenant.id));
  const [asking, setAsking] = useState(false);
  const [handover, setHandover] = useState<Handover | null>(null);
  useCrumbs([{ label: t('people.members.title') }]);
  const mayInvite = (query.data?.grantable.length ?? 0) > 0;
  const invite = (
    <button type="button" className="btn primary" onClick={() => setAsking(true)}>
      <UserPlus className="i i-14" aria-hidden />
      {t('people.members.invite')}
    </button>
  );
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('people.members.title')}</h1>
          <p className="text-sm text-muted">{t('people.members.lead')}</p>
        </div>
        {mayInvite && invite}
      </header>
      {handover && <HandOver key={handover.link} handover={handover} onDone={() => setHandover(null)} />}
      {query.isPending && <Bones rows={3} height={64} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data && query.data.members.length + query.data.invitations.length === 0 && (
        <Empty icon={Users} title={t('people.members.empty')} help={t('people.members.emptyHelp')} />
      )}
      {query.data && query.data.invitations.length > 0 && (
        <section aria-labelledby="invited">
          <h2 id="invited" className="px-(--inset) pb-2 text-sm font-semibold">
            {t('people.members.invited')}
          </h2>
          <ul className="mb-6 border-y border-border">
            {query.data.invitations.map((invitation) => (
              <InvitationRow key={invitation.id} tenant={tenant.id} invitation={invitation} onLink={setHandover} />
            ))}
          </ul>
        </section>
      )}
      {query.data && query.data.members.length > 0 && (
        <ul className="border-y border-border" aria-label={t('people.members.title')}>
          {query.data.members.map((member) => (
            <MemberRow
              key={member.id}
              tenant={tenant.id}
              member={member}
              grantable={query.data.grantable}
              resets={query.data.resets}
              onLink={setHandover}
            />
          ))}
        </ul>
      )}
      {query.data && mayInvite && (
        <InviteDialog
          tenant={tenant.id}
          grantable={query.data.grantable}
          open={asking}
          onClose={() => setAsking(false)}
          onLink={setHandover}
        />
      )}
    </>
  );
}
