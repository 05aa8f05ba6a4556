import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Clock, Mail, TriangleAlert } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { InvitationSummary } from '#runtime/people.ts';
import { resendInvitation, revokeInvitation } from '../api/people.ts';
import { membersQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { useNow } from '../ui/use-format.ts';
import type { Handover } from './members-page.tsx';

function State({ invitation }: { readonly invitation: InvitationSummary }) {
  const { t } = useTranslation();
  const over = invitation.expiresAt <= useNow(60_000);
  if (invitation.mailFailure !== null)
    return (
      <span className="chip bad">
        <TriangleAlert className="i i-12" aria-hidden />
        {t('people.members.notSent')}
      </span>
    );
  return (
    <span className={`chip ${over ? 'warn' : ''}`}>
      {over ? <Clock className="i i-12" aria-hidden /> : <Mail className="i i-12" aria-hidden />}
      {t(over ? 'people.members.over' : 'people.members.sent')}
    </span>
  );
}

interface RowProps {
  readonly tenant: number;
  readonly invitation: InvitationSummary;
  readonly onLink: (handover: Handover) => void;
}

export function InvitationRow({ tenant, invitation, onLink }: RowProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const { id, email, role, invitedBy, mailFailure } = invitation;
  const told = {
    onError: (error: unknown) => sayFailed({ title: peopleFailure(error, t, language) }),
    onSettled: () => client.invalidateQueries({ queryKey: membersQuery(tenant).queryKey }),
  };
  const resend = useMutation({
    ...told,
    mutationFn: () => resendInvitation(tenant, id),
    onSuccess: ({ link, mailFailure: why }) => {
      if (link !== null) onLink({ email, link });
      else if (why === null) sayDone({ title: t('people.members.inviteSent', { email }) });
      else sayFailed({ title: t('people.members.mailFailed', { why }) });
    },
  });
  const revoke = useMutation({
    ...told,
    mutationFn: () => revokeInvitation(tenant, id),
    onSuccess: () => sayDone({ title: t('people.members.revoked', { email }) }),
  });
  return (
    <li className="item flex-wrap gap-y-2!">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-2">
          <span className="truncate font-semibold">{email}</span>
          <State invitation={invitation} />
        </div>
        <p className="text-sm text-muted">
          {t(`people.roles.${role}`)} · {t('people.members.invitedBy', { who: invitedBy })} ·{' '}
          <Moment at={invitation.invitedAt} />
        </p>
        {mailFailure !== null && (
          <p className="text-sm text-danger">{t('people.members.mailFailed', { why: mailFailure })}</p>
        )}
      </div>
      {invitation.yours && (
        <>
          <button
            type="button"
            className="btn"
            aria-disabled={resend.isPending}
            onClick={() => !resend.isPending && resend.mutate()}
          >
            {t('people.members.resend')}
            <span className="sr-only"> {email}</span>
          </button>
          <button
            type="button"
            className="btn danger"
            aria-disabled={revoke.isPending}
            onClick={() => !revoke.isPending && revoke.mutate()}
          >
            {t('people.members.revoke')}
            <span className="sr-only"> {email}</span>
          </button>
        </>
      )}
    </li>
  );
}
