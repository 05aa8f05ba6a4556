import { useQueryClient } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useNavigate, useRouter } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { signOut } from '../api/people.ts';
import { sessionQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';
import { WordMark } from '../ui/word-mark.tsx';

function Plain({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <main className="big flex min-h-full flex-col items-center justify-center gap-3 bg-surface p-8 text-center">
      <WordMark height={32} />
      <h1 className="title-l mt-6">{title}</h1>
      {children}
    </main>
  );
}

export function MissingPage() {
  const { t } = useTranslation();
  return (
    <Plain title={t('shell.notFound')}>
      <p className="lead text-muted">{t('shell.notFoundHelp')}</p>
      <Link to="/" className="btn mt-4">
        {t('shell.back')}
      </Link>
    </Plain>
  );
}

export function BrokenPage({ error, reset }: ErrorComponentProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const router = useRouter();
  const again = () => {
    reset();
    void router.invalidate();
  };
  return (
    <Plain title={t('shell.broken')}>
      <p className="lead max-w-130 text-muted">{failureText(error, t, language)}</p>
      <button type="button" className="btn mt-4" onClick={again}>
        {t('shell.retry')}
      </button>
      <details className="mt-4 max-w-160 text-left text-sm text-muted">
        <summary>{t('shell.technical')}</summary>
        <p className="mt-1">{t('shell.brokenHelp')}</p>
        <pre className="code mt-1 whitespace-pre-wrap">{error instanceof Error ? error.message : ''}</pre>
      </details>
    </Plain>
  );
}

export function WaitingPage() {
  const { t } = useTranslation();
  return (
    <p role="status" className="bone p-8 text-sm text-muted">
      {t('shell.loading')}
    </p>
  );
}

export function NoAccountPage() {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const session = client.getQueryData(sessionQuery.queryKey);
  const leave = async () => {
    await signOut();
    client.clear();
    await navigate({ to: '/login', search: {} });
  };
  return (
    <Plain title={t('shell.noAccount')}>
      <p className="lead max-w-130 text-muted">{t('shell.noAccountHelp', { email: session?.user.email ?? '' })}</p>
      <button type="button" className="btn mt-4" onClick={() => void leave()}>
        {t('shell.signOut')}
      </button>
    </Plain>
  );
}
