import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CircleX, Eye, EyeOff } from 'lucide-react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { signIn } from '../api/actions.ts';
import { ApiError } from '../api/call.ts';
import { sessionQuery } from '../api/queries.ts';
import { setPreference, usePreferences } from '../state/preferences.ts';
import { WordMark } from '../ui/word-mark.tsx';
import { Cloth } from './cloth.tsx';
import { innerAddress } from './inner-address.ts';

type Fault = 'email' | 'password' | 'wrong' | 'tooMany' | 'down';

const faultOf = (error: unknown): Fault => {
  if (!(error instanceof ApiError) || error.status === 0 || error.status >= 500) return 'down';
  return error.status === 429 ? 'tooMany' : 'wrong';
};

function LanguageChoice() {
  const { language } = usePreferences();
  return (
    <span className="flex gap-3">
      {(['sv', 'en'] as const).map((each) => (
        <button
          key={each}
          type="button"
          lang={each}
          aria-pressed={language === each}
          className={language === each ? 'font-semibold text-text' : 'hover:text-text'}
          onClick={() => setPreference({ language: each })}
        >
          {each === 'sv' ? 'Svenska' : 'English'}
        </button>
      ))}
    </span>
  );
}

function Password({ invalid, describedBy }: { readonly invalid: boolean; readonly describedBy: string | undefined }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  return (
    <div className="input" aria-invalid={invalid}>
      <input
        id="password"
        name="password"
        type={shown ? 'text' : 'password'}
        autoComplete="current-password"
        maxLength={200}
        aria-invalid={invalid}
        aria-describedby={describedBy}
      />
      <button
        type="button"
        className="-mr-1 p-1 text-muted hover:text-text"
        aria-label={shown ? t('shell.signIn.hide') : t('shell.signIn.show')}
        onClick={() => setShown(!shown)}
      >
        {shown ? <EyeOff className="i" aria-hidden /> : <Eye className="i" aria-hidden />}
      </button>
    </div>
  );
}

function useSignIn(): { submit: (event: FormEvent<HTMLFormElement>) => void; fault: Fault | undefined; busy: boolean } {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { to } = useSearch({ from: '/login' });
  const [missing, setMissing] = useState<Fault>();
  const mutation = useMutation({
    mutationFn: signIn,
    onSuccess: async (session) => {
      client.setQueryData(sessionQuery.queryKey, session);
      await navigate({ href: innerAddress(to), replace: true });
    },
  });
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
  return { submit, busy: mutation.isPending, fault: missing ?? (mutation.error ? faultOf(mutation.error) : undefined) };
}

function FieldError({ id, text }: { readonly id: string; readonly text: string }) {
  return (
    <p id={id} role="alert" className="text-xs text-danger">
      {text}
    </p>
  );
}

export function SignInPage() {
  const { t } = useTranslation();
  const { submit, fault, busy } = useSignIn();
  const email = useRef<HTMLInputElement>(null);
  useEffect(() => {
    document.title = `${t('shell.signIn.title')} · Weft`;
    email.current?.focus();
  }, [t]);
  const whole = fault === 'wrong' || fault === 'tooMany' || fault === 'down' ? fault : undefined;
  return (
    <div className="sign-in">
      <main className="side big">
        <WordMark height={32} />
        <form className="my-auto flex flex-col gap-4 py-8" onSubmit={submit} noValidate>
          <h1 className="title-l -mb-3">{t('shell.signIn.title')}</h1>
          <p className="lead mb-3 text-muted">{t('shell.signIn.lead')}</p>
          {whole && (
            <p role="alert" className="note bad">
              <CircleX className="i" aria-hidden />
              {t(`shell.signIn.${whole}`)}
            </p>
          )}
          <div className="field">
            <label htmlFor="email">{t('shell.signIn.email')}</label>
            <input
              ref={email}
              id="email"
              name="email"
              type="email"
              className="input"
              autoComplete="username"
              maxLength={200}
              aria-invalid={fault === 'email' || fault === 'wrong'}
              aria-describedby={fault === 'email' ? 'email-error' : undefined}
            />
            {fault === 'email' && <FieldError id="email-error" text={t('shell.signIn.emailMissing')} />}
          </div>
          <div className="field">
            <label htmlFor="password">{t('shell.signIn.password')}</label>
            <Password
              invalid={fault === 'password' || fault === 'wrong'}
              describedBy={fault === 'password' ? 'password-error' : undefined}
            />
            {fault === 'password' && <FieldError id="password-error" text={t('shell.signIn.passwordMissing')} />}
          </div>
          <button type="submit" className="btn primary mt-1 w-full" aria-disabled={busy}>
            {busy ? t('shell.signIn.working') : t('shell.signIn.submit')}
          </button>
        </form>
        <footer className="flex flex-wrap justify-between gap-3 text-sm text-muted">
          <span>{t('shell.signIn.invite')}</span>
          <LanguageChoice />
        </footer>
      </main>
      <Cloth />
    </div>
  );
}
