import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Email, Language, MemberRole } from '#runtime/people.ts';
import { invite } from '../api/people.ts';
import { membersQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import type { Handover } from './members-page.tsx';

interface DialogProps {
  readonly tenant: number;
  readonly grantable: readonly MemberRole[];
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onLink: (handover: Handover) => void;
}

/** Whom, as what, and in which language. */
export function InviteDialog({ tenant, grantable, open, onClose, onLink }: DialogProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const id = useId();
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<MemberRole>(grantable[0] ?? 'customer');
  const [speaks, setSpeaks] = useState<Language>(language);
  const [wrong, setWrong] = useState<string>();
  const send = useMutation({
    mutationFn: (to: string) => invite(tenant, { email: to, role, language: speaks }),
    onSuccess: ({ link, mailFailure }, to) => {
      onClose();
      setEmail('');
      if (link !== null) onLink({ email: to, link });
      else if (mailFailure === null) sayDone({ title: t('people.members.inviteSent', { email: to }) });
      else sayFailed({ title: t('people.members.mailFailed', { why: mailFailure }) });
    },
    onError: (error) => setWrong(peopleFailure(error, t, language)),
    onSettled: () => client.invalidateQueries({ queryKey: membersQuery(tenant).queryKey }),
  });
  const confirm = () => {
    const parsed = Email.safeParse(email);
    setWrong(parsed.success ? undefined : t('people.errors.emailInvalid'));
    if (parsed.success && !send.isPending) send.mutate(parsed.data);
  };
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('people.members.inviteTitle')}
      body={t('people.members.inviteBody')}
      action={t('people.members.inviteIt')}
      busy={send.isPending}
      onConfirm={confirm}
    >
      <AskText label={t('shell.signIn.email')} value={email} onChange={setEmail} error={wrong} maxLength={200} />
      <div className="field mt-2">
        <label htmlFor={`${id}-role`}>{t('people.members.role')}</label>
        <select
          id={`${id}-role`}
          className="input"
          value={role}
          onChange={(event) => setRole(MemberRole.parse(event.target.value))}
        >
          {grantable.map((each) => (
            <option key={each} value={each}>
              {t(`people.roles.${each}`)}
            </option>
          ))}
        </select>
        <p className="text-xs text-muted">{t(`people.roleHelp.${role}`)}</p>
      </div>
      <div className="field mt-2">
        <label htmlFor={`${id}-language`}>{t('people.members.language')}</label>
        <select
          id={`${id}-language`}
          className="input"
          value={speaks}
          onChange={(event) => setSpeaks(Language.parse(event.target.value))}
        >
          <option value="sv">Svenska</option>
          <option value="en">English</option>
        </select>
      </div>
    </Confirm>
  );
}
