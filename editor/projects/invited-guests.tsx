import { useMutation, useQueryClient } from '@tanstack/react-query';
import { MailX } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Project } from '#runtime/project.ts';
import { Moment } from '../ui/moment.tsx';
import { PersonMark } from '../ui/system-mark.tsx';
import { ProjectFailure } from './project-failure.tsx';
import { projectsQuery, uninviteGuest } from './projects-query.ts';

interface InvitedProps {
  readonly tenant: number;
  readonly project: Project;
  readonly mayInvite: boolean;
}

/** Guests who have been mailed and have not come yet. */
export function InvitedGuests({ tenant, project, mayInvite }: InvitedProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const takeBack = useMutation({
    mutationFn: (invitation: string) => uninviteGuest(tenant, project.id, invitation),
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey }),
  });
  if (project.invited.length === 0) return null;
  return (
    <>
      <ul>
        {project.invited.map((guest) => (
          <li key={guest.id} className="item flex-wrap gap-y-1!">
            <PersonMark name={guest.email} />
            <span className="min-w-0 flex-1 basis-50">
              <span className="block truncate">{guest.email}</span>
              <span className="block text-xs text-muted">
                {t('projects.invitedUntil')} <Moment at={guest.expiresAt} />
                {guest.mailFailure !== null && (
                  <span className="block text-warning">{t('projects.mailFailed', { why: guest.mailFailure })}</span>
                )}
              </span>
            </span>
            <span className="text-sm text-muted">{t('projects.guest', { firm: guest.firm })}</span>
            {mayInvite && (
              <button
                type="button"
                className="btn"
                aria-disabled={takeBack.isPending}
                onClick={() => !takeBack.isPending && takeBack.mutate(guest.id)}
              >
                <MailX className="i i-14" aria-hidden />
                {t('projects.takeBack')}
                <span className="sr-only"> {guest.email}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {takeBack.isError && <ProjectFailure error={takeBack.error} />}
    </>
  );
}
