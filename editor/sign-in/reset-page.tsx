import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Password } from '#runtime/people.ts';
import { ApiError } from '../api/call.ts';
import { resetPassword } from '../api/people.ts';
import { resetQuery } from '../api/queries.ts';
import { WaitingPage } from '../shell/plain-pages.tsx';
import { usePreferences } from '../state/preferences.ts';
import { FormError, PasswordField } from '../ui/fields.tsx';
import { sayDone } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { Frame } from './frame.tsx';
import { useLinkToken } from './link-token.ts';

function OverPage({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const over = error instanceof ApiError && error.status >= 400 && error.status < 500;
  return (
    <Frame title={t('people.reset.over')} lead={over ? t('people.reset.overHelp') : ''}>
      {!over && <FormError text={peopleFailure(error, t, language)} />}
      <Link to="/forgotten" className="btn primary w-full">
        {t('people.reset.another')}
      </Link>
    </Frame>
  );
}

function ResetForm({ token, email }: { readonly token: string; readonly email: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const navigate = useNavigate();
  const [short, setShort] = useState(false);
  const reset = useMutation({
    mutationFn: resetPassword,
    onSuccess: async () => {
      sayDone({ title: t('people.reset.done') });
      await navigate({ to: '/login', search: {}, replace: true });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (reset.isPending) return;
    const password = Password.safeParse(new FormData(event.currentTarget).get('password'));
    setShort(!password.success);
    if (password.success) reset.mutate({ token, password: password.data });
    else event.currentTarget.querySelector('input')?.focus();
  };
  return (
    <Frame title={t('people.reset.title')} lead={t('people.reset.lead', { email })}>
      <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
        {reset.isError && <FormError text={peopleFailure(reset.error, t, language)} />}
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <PasswordField
          name="password"
          label={t('people.reset.password')}
          help={t('people.reset.rule')}
          autoComplete="new-password"
          focus
          error={short ? t('people.errors.passwordShort') : undefined}
        />
        <button type="submit" className="btn primary mt-1 w-full" aria-disabled={reset.isPending}>
          {reset.isPending ? t('people.reset.working') : t('people.reset.submit')}
        </button>
      </form>
    </Frame>
  );
}

/** The page a mailed link leads to. */
export function ResetPage() {
  const token = useLinkToken();
  const look = useQuery(resetQuery(token));
  if (look.isPending) return <WaitingPage />;
  return look.isError ? <OverPage error={look.error} /> : <ResetForm token={token} email={look.data.email} />;
}
