import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Language, PersonName, type SessionAnswer } from '#runtime/people.ts';
import { changeAccount } from '../api/people.ts';
import { sessionQuery } from '../api/queries.ts';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { FormError, TextField } from '../ui/fields.tsx';
import { sayDone } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { Part } from './part.tsx';

/** Name and language. */
export function AboutYou({ user }: { readonly user: SessionAnswer['user'] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const [nameless, setNameless] = useState(false);
  const save = useMutation({
    mutationFn: changeAccount,
    onSuccess: (_answer, { name, language: chosen }) => {
      if (chosen) setPreference({ language: chosen });
      client.setQueryData(
        sessionQuery.queryKey,
        (known) =>
          known && { ...known, user: { ...known.user, name: name ?? known.user.name, language: chosen ?? null } },
      );
      sayDone({ title: t('people.account.saved') });
    },
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (save.isPending) return;
    const form = new FormData(event.currentTarget);
    const name = PersonName.safeParse(form.get('name'));
    setNameless(!name.success);
    if (name.success) save.mutate({ name: name.data, language: Language.parse(form.get('language')) });
  };
  return (
    <Part title={t('people.account.you')}>
      <form className="flex max-w-100 flex-col gap-4" onSubmit={submit} noValidate>
        {save.isError && <FormError text={peopleFailure(save.error, t, language)} />}
        <TextField
          name="name"
          label={t('people.account.name')}
          autoComplete="name"
          maxLength={200}
          value={user.name}
          error={nameless ? t('people.errors.missing') : undefined}
        />
        <div className="field">
          <label htmlFor="language">{t('people.account.language')}</label>
          <select id="language" name="language" className="input" defaultValue={user.language ?? language}>
            <option value="sv">Svenska</option>
            <option value="en">English</option>
          </select>
          <p className="text-xs text-muted">{t('people.account.languageHelp')}</p>
        </div>
        <button type="submit" className="btn self-start" aria-disabled={save.isPending}>
          {t('people.account.save')}
        </button>
      </form>
    </Part>
  );
}
