import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Password } from '#runtime/people.ts';
import { changePassword } from '../api/people.ts';
import { usePreferences } from '../state/preferences.ts';
import { FormError, PasswordField } from '../ui/fields.tsx';
import { sayDone } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { Part } from './part.tsx';

/** A new password for who knows the old one. */
export function ChangePassword({ email }: { readonly email: string }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const form = useRef<HTMLFormElement>(null);
  const [wrong, setWrong] = useState<'current' | 'password'>();
  const change = useMutation({
    mutationFn: changePassword,
    onSuccess: () => {
      form.current?.reset();
      sayDone({ title: t('people.account.changed') });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (change.isPending) return;
    const given = new FormData(event.currentTarget);
    const current = String(given.get('current') ?? '');
    const password = Password.safeParse(given.get('password'));
    const first = current === '' ? 'current' : password.success ? undefined : 'password';
    setWrong(first);
    if (first) event.currentTarget.querySelector<HTMLInputElement>(`#${first}`)?.focus();
    else if (password.success) change.mutate({ current, password: password.data });
  };
  return (
    <Part title={t('people.account.password')} help={t('people.account.passwordHelp')}>
      <form ref={form} className="flex max-w-100 flex-col gap-4" onSubmit={submit} noValidate>
        {change.isError && <FormError text={peopleFailure(change.error, t, language)} />}
        <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
        <PasswordField
          name="current"
          label={t('people.account.current')}
          autoComplete="current-password"
          error={wrong === 'current' ? t('people.errors.missing') : undefined}
        />
        <PasswordField
          name="password"
          label={t('people.reset.password')}
          help={t('people.reset.rule')}
          autoComplete="new-password"
          error={wrong === 'password' ? t('people.errors.passwordShort') : undefined}
        />
        <button type="submit" className="btn self-start" aria-disabled={change.isPending}>
          {t('people.account.change')}
        </button>
      </form>
    </Part>
  );
}
