import { useMutation } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { SecondStep, type SessionAnswer } from '#runtime/people.ts';
import { ApiError } from '../api/call.ts';
import { giveCode } from '../api/people.ts';
import { usePreferences } from '../state/preferences.ts';
import { FormError, TextField } from '../ui/fields.tsx';
import { peopleFailure } from '../ui/people-failure.ts';
import { Frame } from './frame.tsx';

interface CodeFormProps {
  readonly onIn: (session: SessionAnswer) => Promise<void>;
  readonly onBack: () => void;
}

/** The second step: a code of the authenticator, or a recovery code. */
export function CodeForm({ onIn, onBack }: CodeFormProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const [wrong, setWrong] = useState(false);
  const give = useMutation({
    mutationFn: giveCode,
    onSuccess: onIn,
    // the password was given too long ago
    onError: (error) => error instanceof ApiError && error.status === 401 && onBack(),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const parsed = SecondStep.safeParse({ code: new FormData(event.currentTarget).get('code') });
    setWrong(!parsed.success);
    if (parsed.success && !give.isPending) give.mutate(parsed.data.code);
  };
  const back = (
    <button type="button" className="link" onClick={onBack}>
      {t('people.forgotten.back')}
    </button>
  );
  return (
    <Frame title={t('people.secondStep.signIn')} lead={t('people.secondStep.signInLead')} foot={back}>
      <form className="flex flex-col gap-4" onSubmit={submit} noValidate>
        {give.isError && <FormError text={peopleFailure(give.error, t, language)} />}
        <TextField
          name="code"
          label={t('people.secondStep.code')}
          autoComplete="one-time-code"
          maxLength={20}
          focus
          error={wrong ? t('people.errors.codeInvalid') : undefined}
        />
        <button type="submit" className="btn primary mt-1 w-full" aria-disabled={give.isPending}>
          {give.isPending ? t('shell.signIn.working') : t('shell.signIn.submit')}
        </button>
      </form>
    </Frame>
  );
}
