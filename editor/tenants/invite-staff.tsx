import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Email, Language } from '#runtime/people.ts';
import { InviteStaff as Wish } from '#runtime/tenant.ts';
import type { Handover } from '../members/members-page.tsx';
import { usePreferences } from '../state/preferences.ts';
import { AskChoice } from '../ui/ask-choice.tsx';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { knownFailure } from '../ui/known-failure.ts';
import { sayDone } from '../ui/notices.ts';
import { inviteStaff } from './tenants-query.ts';

interface InviteProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly onLink: (handover: Handover) => void;
}

const ROLES = Wish.shape.role;

/** Asks who of Weft's own gets an account, and as what. */
export function InviteStaff({ open, onClose, onLink }: InviteProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [role, setRole] = useState<Wish['role']>('kam');
  const [speaks, setSpeaks] = useState<Language>(language);
  const [asked, setAsked] = useState(false);
  const address = Email.safeParse(email);
  const unnamed = name.trim() === '';
  const send = useMutation({
    mutationFn: (to: string) => inviteStaff({ name: name.trim(), email: to, role, language: speaks }),
    onSuccess: ({ link }, to) => {
      setName('');
      setEmail('');
      setAsked(false);
      onClose();
      if (link === null) sayDone({ title: t('people.members.inviteSent', { email: to }) });
      else onLink({ email: to, link });
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('tenants.invite.title')}
      body={t('tenants.invite.body')}
      action={t('people.members.inviteIt')}
      busy={send.isPending}
      onConfirm={() => {
        setAsked(true);
        if (address.success && !unnamed) send.mutate(address.data);
      }}
    >
      <AskText
        label={t('people.account.name')}
        value={name}
        onChange={setName}
        maxLength={200}
        error={asked && unnamed ? t('people.errors.missing') : undefined}
      />
      <AskText
        label={t('tenants.email')}
        value={email}
        onChange={setEmail}
        maxLength={200}
        error={asked && !address.success ? t('people.errors.emailInvalid') : undefined}
      />
      <AskChoice label={t('people.members.role')} value={role} onChange={(next) => setRole(ROLES.parse(next))}>
        {ROLES.options.map((each) => (
          <option key={each} value={each}>
            {t(`people.roles.${each}`)}
          </option>
        ))}
      </AskChoice>
      <AskChoice
        label={t('people.members.language')}
        value={speaks}
        onChange={(next) => setSpeaks(Language.parse(next))}
      >
        <option value="sv">Svenska</option>
        <option value="en">English</option>
      </AskChoice>
      {send.isError && (
        <p role="alert" className="text-sm text-danger">
          {knownFailure(send.error, t('tenants.failed', { returnObjects: true }), t, language)}
        </p>
      )}
    </Confirm>
  );
}
