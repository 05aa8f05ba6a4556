import { useQuery, useSuspenseQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ArrowLeft } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery, sessionQuery } from '../api/queries.ts';
import { useSessionEnd } from '../shell/session-end.ts';
import { Failed } from '../ui/states.tsx';
import { WordMark } from '../ui/word-mark.tsx';
import { AboutYou } from './about-you.tsx';
import { ChangePassword } from './change-password.tsx';
import { SecondStep } from './second-step.tsx';
import { Sessions } from './sessions.tsx';

/** What a person sees and changes about the own account. */
export function AccountPage() {
  const { t } = useTranslation();
  useSessionEnd();
  const session = useSuspenseQuery(sessionQuery).data;
  const account = useQuery(accountQuery);
  useEffect(() => {
    document.title = `${t('people.account.title')} · ${t('shell.brand')}`;
  }, [t]);
  if (!session) return null;
  const secondStep = account.data && <SecondStep state={account.data.secondStep} />;
  return (
    <div className="solo">
      <header className="top">
        <Link to="/" className="flex-1" aria-label={t('people.account.back')}>
          <WordMark height={24} />
        </Link>
        <Link to="/" className="btn ghost">
          <ArrowLeft className="i i-14" aria-hidden />
          {t('people.account.back')}
        </Link>
      </header>
      <main className="mx-auto flex w-full max-w-180 flex-col gap-10 px-4 pt-8 pb-16">
        <div>
          <h1 className="title-l">{t('people.account.title')}</h1>
          <p className="text-muted">{session.user.email}</p>
        </div>
        {session.user.mustSetUpSecondStep && secondStep}
        <AboutYou user={session.user} />
        <ChangePassword email={session.user.email} />
        {!session.user.mustSetUpSecondStep && secondStep}
        {account.data && <Sessions sessions={account.data.sessions} />}
        {account.isError && <Failed error={account.error} retry={() => void account.refetch()} />}
      </main>
    </div>
  );
}
