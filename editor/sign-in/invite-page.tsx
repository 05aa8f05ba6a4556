import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { type InvitationAnswer, type Language, Password, PersonName } from '#runtime/people.ts';
import { ApiError } from '../api/call.ts';
import { acceptInvitation, signOut } from '../api/people.ts';
import { invitationQuery, sessionQuery } from '../api/queries.ts';
import { WaitingPage } from '../shell/plain-pages.tsx';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { FormError, PasswordField, TextField } from '../ui/fields.tsx';
import { peopleFailure } from '../ui/people-failure.ts';
import { Frame } from './frame.tsx';
import { useLinkToken } from './link-token.ts';

function useAccept(token: string) {
  const client = useQueryClient();
  const navigate = useNavigate();
  return useMutation({
    mutationFn: (account?: { name: string; password: string; language: Language }) =>
      acceptInvitation({ token, ...(account ? { account } : {}) }),
    onSuccess: async ({ tenant }) => {
      client.clear();
      await navigate({ to: '/a/$account', params: { account: String(tenant) }, replace: true });
    },
  });
}

interface FormProps {
  readonly token: string;
  readonly invitation: InvitationAnswer;
}

/** For an address without an account: name, password and language make one. */
function NewAccount({ token, invitation }: FormProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [wrong, setWrong] = useState<'name' | 'password'>();
  const accept = useAccept(token);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (accept.isPending) return;
    const form = new FormData(event.currentTarget);
    const name = PersonName.safeParse(form.get('name'));
    const password = Password.safeParse(form.get('password'));
    const first = name.success ? (password.success ? undefined : 'password') : 'name';
    setWrong(first);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`#${first}`)?.focus();
    else if (name.success && password.success) accept.mutate({ name: name.data, password: password.data, language });
  };
  return (
    <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
      {accept.isError && <FormError text={peopleFailure(accept.error, t, language)} />}
      <input type="hidden" name="username" autoComplete="username" value={invitation.email} readOnly />
      <TextField
        name="name"
        label={t('people.account.name')}
        autoComplete="name"
        maxLength={200}
        focus
        error={wrong === 'name' ? t('people.errors.missing') : undefined}
      />
      <PasswordField
        name="password"
        label={t('people.invite.password')}
        help={t('people.reset.rule')}
        autoComplete="new-password"
        error={wrong === 'password' ? t('people.errors.passwordShort') : undefined}
      />
      <button type="submit" className="btn primary mt-1 w-full" aria-disabled={accept.isPending}>
        {t(accept.isPending ? 'people.reset.working' : 'people.invite.accept')}
      </button>
    </form>
  );
}

/** For an address with an account: whoever owns it signs in, and says yes. */
function KnownAccount({ token, invitation }: FormProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const session = useQuery(sessionQuery).data;
  const accept = useAccept(token);
  if (session?.user.email === invitation.email)
    return (
      <>
        {accept.isError && <FormError text={peopleFailure(accept.error, t, language)} />}
        <button
          type="button"
          className="btn primary w-full"
          aria-disabled={accept.isPending}
          onClick={() => !accept.isPending && accept.mutate(undefined)}
        >
          {t('people.invite.accept')}
        </button>
      </>
    );
  const leave = async () => {
    await signOut();
    client.setQueryData(sessionQuery.queryKey, null);
  };
  if (session)
    return (
      <>
        <p className="text-muted">{t('people.invite.another', { email: session.user.email })}</p>
        <button type="button" className="btn w-full" onClick={() => void leave()}>
          {t('shell.signOut')}
        </button>
      </>
    );
  return (
    <>
      <p className="text-muted">{t('people.invite.known', { email: invitation.email })}</p>
      <Link to="/login" search={{ to: `/invite#${token}` }} className="btn primary w-full">
        {t('shell.signIn.submit')}
      </Link>
    </>
  );
}

/** The page a mailed invitation leads to. */
export function InvitePage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const token = useLinkToken();
  const look = useQuery(invitationQuery(token));
  const speaks = look.data?.language;
  useEffect(() => {
    if (speaks) setPreference({ language: speaks });
  }, [speaks]);
  if (look.isPending) return <WaitingPage />;
  if (look.isError) {
    const over = look.error instanceof ApiError && look.error.status >= 400 && look.error.status < 500;
    return (
      <Frame title={t('people.invite.over')} lead={over ? t('people.invite.overHelp') : ''}>
        {!over && <FormError text={peopleFailure(look.error, t, language)} />}
        <Link to="/login" search={{}} className="btn w-full">
          {t('people.forgotten.back')}
        </Link>
      </Frame>
    );
  }
  const { invitedBy, tenant, role, project, known } = look.data;
  return (
    <Frame
      title={t('people.invite.title', { tenant })}
      lead={t('people.invite.lead', { who: invitedBy, role: t(`people.roles.${role}`).toLowerCase() })}
    >
      {project !== null && <p className="text-muted">{t('people.invite.project', { project })}</p>}
      {known ? (
        <KnownAccount token={token} invitation={look.data} />
      ) : (
        <NewAccount token={token} invitation={look.data} />
      )}
    </Frame>
  );
}
