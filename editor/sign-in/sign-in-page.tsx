import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Building2 } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer } from '#runtime/people.ts';
import { ApiError } from '../api/call.ts';
import { signIn } from '../api/people.ts';
import { sessionQuery, signInOptionsQuery } from '../api/queries.ts';
import { setPreference } from '../state/preferences.ts';
import { FormError, PasswordField, TextField } from '../ui/fields.tsx';
import { CodeForm } from './code-form.tsx';
import { Frame } from './frame.tsx';
import { innerAddress } from './inner-address.ts';

type Fault = 'email' | 'password' | 'wrong' | 'tooMany' | 'down';

const faultOf = (error: unknown): Fault => {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return 'down';
  return error.status === 429 ? 'tooMany' : 'wrong';
};

function useSignIn() {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { to, step, failed } = useSearch({ from: '/login' });
  const [missing, setMissing] = useState<Fault>();
  const mutation = useMutation({
    mutationFn: signIn,
    onSuccess: async (answer) => {
      if ('secondStep' in answer) return;
      await enter(answer);
    },
  });
  const enter = async (session: SessionAnswer) => {
    if (session.user.language) setPreference({ language: session.user.language });
    client.setQueryData(sessionQuery.queryKey, session);
    await navigate({ href: innerAddress(to), replace: true });
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (mutation.isPending) return;
    const form = new FormData(event.currentTarget);
    const email = String(form.get('email') ?? '').trim();
    const password = String(form.get('password') ?? '');
    const first = email === '' ? 'email' : password === '' ? 'password' : undefined;
    setMissing(first);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`#${first}`)?.focus();
    else mutation.mutate({ email, password });
  };
  return {
    submit,
    enter,
    /** The password was right, and a code is wanted too. */
    half: step === 'code' || (mutation.data !== undefined && 'secondStep' in mutation.data),
    again: () => {
      mutation.reset();
      void navigate({ to: '/login', search: { to }, replace: true });
    },
    failed,
    oidc: `/api/oidc/start?to=${encodeURIComponent(innerAddress(to))}`,
    busy: mutation.isPending,
    fault: missing ?? (mutation.error ? faultOf(mutation.error) : undefined),
  };
}

export function SignInPage() {
  const { t } = useTranslation();
  const { submit, enter, half, again, failed, oidc, fault, busy } = useSignIn();
  const provider = useQuery(signInOptionsQuery).data?.oidc;
  const whole = fault === 'wrong' || fault === 'tooMany' || fault === 'down' ? fault : undefined;
  const forgotten = (
    <Link to="/forgotten" className="link text-sm">
      {t('people.forgotten.link')}
    </Link>
  );
  if (half) return <CodeForm onIn={enter} onBack={again} />;
  return (
    <Frame title={t('shell.signIn.title')} lead={t('shell.signIn.lead')} foot={t('shell.signIn.invite')}>
      <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
        {whole && <FormError text={t(`shell.signIn.${whole}`)} />}
        {!whole && failed && <FormError text={t(`people.oidc.${failed}`)} />}
        <TextField
          name="email"
          type="email"
          label={t('shell.signIn.email')}
          autoComplete="username"
          maxLength={200}
          focus
          error={fault === 'email' ? t('shell.signIn.emailMissing') : undefined}
        />
        <PasswordField
          name="password"
          label={t('shell.signIn.password')}
          autoComplete="current-password"
          aside={forgotten}
          error={fault === 'password' ? t('shell.signIn.passwordMissing') : undefined}
        />
        <button type="submit" className="btn primary mt-1 w-full" aria-disabled={busy}>
          {busy ? t('shell.signIn.working') : t('shell.signIn.submit')}
        </button>
        {provider && (
          <a href={oidc} className="btn w-full">
            <Building2 className="i" aria-hidden />
            {provider.button ?? t('people.oidc.button')}
          </a>
        )}
      </form>
    </Frame>
  );
}
