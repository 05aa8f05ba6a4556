import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { Monitor } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { SessionSummary } from '#runtime/people.ts';
import { endSession, endSessions } from '../api/people.ts';
import { accountQuery, sessionQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { browserName } from './browser-name.ts';
import { Part } from './part.tsx';

/** Where the person is signed in, and the ways to end that. */
export function Sessions({ sessions }: { readonly sessions: readonly SessionSummary[] }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const navigate = useNavigate();
  const onError = (error: unknown) => sayFailed({ title: peopleFailure(error, t, language) });
  const end = useMutation({
    mutationFn: endSession,
    onError,
    onSuccess: () => sayDone({ title: t('people.sessions.ended') }),
    onSettled: () => client.invalidateQueries({ queryKey: accountQuery.queryKey }),
  });
  const endAll = useMutation({
    mutationFn: endSessions,
    onError,
    onSuccess: async () => {
      client.setQueryData(sessionQuery.queryKey, null);
      await navigate({ to: '/login', search: {} });
    },
  });
  return (
    <Part title={t('people.sessions.title')} help={t('people.sessions.help')}>
      <ul className="rounded-lg border border-border">
        {sessions.map((session) => (
          <li
            key={session.id}
            className="flex flex-wrap items-center gap-3 px-4 py-3 not-first:border-t not-first:border-hair"
          >
            <Monitor className="i text-muted" aria-hidden />
            <div className="min-w-0 flex-1 basis-50">
              <div className="flex flex-wrap items-center gap-2 font-medium">
                {browserName(session.agent) ?? t('people.sessions.unknown')}
                {session.current && <span className="chip ok">{t('people.sessions.current')}</span>}
              </div>
              <p className="text-sm text-muted">
                {t('people.sessions.since')} <Moment at={session.since} /> · {t('people.sessions.seen')}{' '}
                <Moment at={session.lastSeenAt} />
              </p>
            </div>
            {!session.current && (
              <button
                type="button"
                className="btn"
                aria-disabled={end.isPending}
                onClick={() => !end.isPending && end.mutate(session.id)}
              >
                {t('people.sessions.end')}
                <span className="sr-only"> {browserName(session.agent)}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      <button
        type="button"
        className="btn danger self-start"
        aria-disabled={endAll.isPending}
        onClick={() => !endAll.isPending && endAll.mutate()}
      >
        {t('people.sessions.endAll')}
      </button>
    </Part>
  );
}
