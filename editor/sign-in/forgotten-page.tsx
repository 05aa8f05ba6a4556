import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { CircleCheck, TriangleAlert } from 'lucide-react';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Email } from '#runtime/people.ts';
import { forgotPassword } from '../api/people.ts';
import { signInOptionsQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { FormError, TextField } from '../ui/fields.tsx';
import { peopleFailure } from '../ui/people-failure.ts';
import { Frame } from './frame.tsx';

/** Asks for a mail with the way to a new password; says the same whether the address is known or not. */
export function ForgottenPage() {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const options = useQuery(signInOptionsQuery).data;
  const [invalid, setInvalid] = useState(false);
  const ask = useMutation({ mutationFn: forgotPassword });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (ask.isPending) return;
    const email = Email.safeParse(new FormData(event.currentTarget).get('email'));
    setInvalid(!email.success);
    if (email.success) ask.mutate({ email: email.data, language });
    else event.currentTarget.querySelector('input')?.focus();
  };
  const back = (
    <Link to="/login" search={{}} className="link">
      {t('people.forgotten.back')}
    </Link>
  );
  return (
    <Frame title={t('people.forgotten.title')} lead={t('people.forgotten.lead')} foot={back}>
      {options?.mail === false && (
        <p className="note warn">
          <TriangleAlert className="i" aria-hidden />
          {t('people.forgotten.off')}
        </p>
      )}
      {ask.isSuccess ? (
        <p role="status" className="note ok">
          <CircleCheck className="i" aria-hidden />
          {t('people.forgotten.sent', { email: ask.variables.email })}
        </p>
      ) : (
        options?.mail !== false && (
          <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
            {ask.isError && <FormError text={peopleFailure(ask.error, t, language)} />}
            <TextField
              name="email"
              type="email"
              label={t('shell.signIn.email')}
              autoComplete="username"
              maxLength={200}
              focus
              error={invalid ? t('people.errors.emailInvalid') : undefined}
            />
            <button type="submit" className="btn primary mt-1 w-full" aria-disabled={ask.isPending}>
              {ask.isPending ? t('people.forgotten.working') : t('people.forgotten.submit')}
            </button>
          </form>
        )
      )}
    </Frame>
  );
}
