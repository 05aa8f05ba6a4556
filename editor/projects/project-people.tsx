import { useMutation, useQueryClient } from '@tanstack/react-query';
import { UserMinus, UserPlus } from 'lucide-react';
import { type FormEvent, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '#runtime/project.ts';
import { ApiError } from '../api/call.ts';
import { usePreferences } from '../state/preferences.ts';
import { CopyField } from '../ui/copy-field.tsx';
import { sayDone } from '../ui/notices.ts';
import { PersonMark } from '../ui/system-mark.tsx';
import { InvitedGuests } from './invited-guests.tsx';
import { ProjectFailure } from './project-failure.tsx';
import { addProjectMember, inviteGuest, projectsQuery, removeProjectMember } from './projects-query.ts';

interface PeopleProps {
  readonly tenant: number;
  readonly project: Project;
  readonly mayEdit: boolean;
  readonly mayInvite: boolean;
}

function NewMember({ tenant, project, mayInvite }: Omit<PeopleProps, 'mayEdit'>) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const id = useId();
  const client = useQueryClient();
  const add = useMutation({
    mutationFn: (body: { email: string; firm?: string }) => addProjectMember(tenant, project.id, body),
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey }),
  });
  const invite = useMutation({
    mutationFn: ({ email, firm }: { email: string; firm: string }) =>
      inviteGuest(tenant, project.id, { email, firm, language }),
    onSuccess: (_, { email }) => {
      add.reset();
      sayDone({ title: t('projects.invited', { email }) });
    },
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const data = new FormData(form);
    const [email, firm] = ['email', 'firm'].map((name) => String(data.get(name) ?? '').trim());
    if (!email || add.isPending) return;
    invite.reset();
    add.mutate({ email, ...(firm ? { firm } : {}) }, { onSuccess: () => form.reset() });
  };
  const wanted = add.variables;
  // nobody has that address: a guest whose firm is told can be invited
  const unknown = add.error instanceof ApiError && add.error.code === 'USER_MISSING';
  return (
    <form onSubmit={submit} className="px-(--inset) py-3">
      <div className="flex flex-wrap items-end gap-2">
        <div className="field min-w-0 flex-1 basis-50">
          <label htmlFor={`${id}-email`}>{t('projects.email')}</label>
          <input id={`${id}-email`} name="email" type="email" required className="input" maxLength={200} />
        </div>
        <div className="field min-w-0 flex-1 basis-50">
          <label htmlFor={`${id}-firm`}>{t('projects.firm')}</label>
          <input id={`${id}-firm`} name="firm" className="input" maxLength={120} autoComplete="organization" />
        </div>
        <button type="submit" className="btn" aria-disabled={add.isPending}>
          {t('projects.add')}
        </button>
      </div>
      <p className="pt-1 text-xs text-muted">{t('projects.guestHelp')}</p>
      {add.isError && !(unknown && mayInvite) && <ProjectFailure error={add.error} />}
      {unknown && mayInvite && wanted && (
        <div className="note warn mt-2 flex-wrap" role="alert">
          <UserPlus className="i" aria-hidden />
          <p className="min-w-0 flex-1 basis-50">
            {t(wanted.firm === undefined ? 'projects.inviteNeedsFirm' : 'projects.inviteBody', { email: wanted.email })}
          </p>
          {wanted.firm !== undefined && (
            <button
              type="button"
              className="btn"
              aria-disabled={invite.isPending}
              onClick={() =>
                wanted.firm !== undefined &&
                !invite.isPending &&
                invite.mutate({ email: wanted.email, firm: wanted.firm })
              }
            >
              {t('projects.invite')}
            </button>
          )}
        </div>
      )}
      {invite.isError && <ProjectFailure error={invite.error} />}
      {invite.data?.link && (
        <div className="mt-2 flex flex-col gap-2">
          <p className="text-sm">{t('projects.handOver')}</p>
          <div className="flex flex-wrap gap-2">
            <CopyField label={t('projects.handOver')} value={invite.data.link} />
          </div>
        </div>
      )}
    </form>
  );
}

/** Who works on the project: the customer's own, the account manager, guests. */
export function ProjectPeople({ tenant, project, mayEdit, mayInvite }: PeopleProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (user: string) => removeProjectMember(tenant, project.id, user),
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey }),
  });
  return (
    <section aria-labelledby="people">
      <h2 id="people" className="px-(--inset) pt-5 pb-2 text-sm font-semibold">
        {t('projects.members')}
      </h2>
      {project.members.length === 0 && (
        <p className="px-(--inset) pb-2 text-sm text-muted">{t('projects.noMembers')}</p>
      )}
      <ul className="border-t border-border">
        {project.members.map((member) => (
          <li key={member.id} className="item flex-wrap gap-y-1!">
            <PersonMark name={member.name} />
            <span className="min-w-0 flex-1 basis-50">
              <span className="block truncate">{member.name}</span>
              <span className="block truncate text-xs text-muted">{member.email}</span>
            </span>
            <span className="text-sm text-muted">
              {member.firm === null ? t(`projects.roles.${member.role}`) : t('projects.guest', { firm: member.firm })}
            </span>
            {mayEdit && (
              <button
                type="button"
                className="btn"
                aria-disabled={remove.isPending}
                onClick={() => !remove.isPending && remove.mutate(member.id)}
              >
                <UserMinus className="i i-14" aria-hidden />
                {t('projects.remove')}
                <span className="sr-only"> {member.email}</span>
              </button>
            )}
          </li>
        ))}
      </ul>
      {remove.isError && <ProjectFailure error={remove.error} />}
      <InvitedGuests tenant={tenant} project={project} mayInvite={mayInvite} />
      {mayEdit && <NewMember tenant={tenant} project={project} mayInvite={mayInvite} />}
    </section>
  );
}
