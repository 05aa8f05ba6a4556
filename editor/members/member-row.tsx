import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MemberRole, type MemberSummary } from '#runtime/people.ts';
import { changeMember, endMemberSecondStep, removeMember, resetMember } from '../api/people.ts';
import { membersQuery } from '../api/queries.ts';
import { usePreferences } from '../state/preferences.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Moment } from '../ui/moment.tsx';
import { sayDone, sayFailed } from '../ui/notices.ts';
import { peopleFailure } from '../ui/people-failure.ts';
import { PersonMark } from '../ui/system-mark.tsx';
import type { Handover } from './members-page.tsx';

interface RowProps {
  readonly tenant: number;
  readonly member: MemberSummary;
  readonly grantable: readonly MemberRole[];
  readonly resets: boolean;
  readonly onLink: (handover: Handover) => void;
}

/** What is done to a member, said when it is done, and the list fetched anew either way. */
function useDeeds({ tenant, member, onLink }: Pick<RowProps, 'tenant' | 'member' | 'onLink'>) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const client = useQueryClient();
  const { name, email } = member;
  const told = {
    onError: (error: unknown) => sayFailed({ title: peopleFailure(error, t, language) }),
    onSettled: () => client.invalidateQueries({ queryKey: membersQuery(tenant).queryKey }),
  };
  const change = useMutation({
    ...told,
    mutationFn: (role: MemberRole) => changeMember(tenant, member.id, { role }),
    onSuccess: (_answer, role) =>
      sayDone({ title: t('people.members.changed', { name, role: t(`people.roles.${role}`) }) }),
  });
  const remove = useMutation({
    ...told,
    mutationFn: () => removeMember(tenant, member.id),
    onSuccess: () => sayDone({ title: t('people.members.removed', { name }) }),
  });
  const reset = useMutation({
    ...told,
    mutationFn: () => resetMember(tenant, member.id),
    onSuccess: ({ link }) => {
      if (link === null) sayDone({ title: t('people.members.resetSent', { email }) });
      else onLink({ email, link });
    },
  });
  const oneStep = useMutation({
    ...told,
    mutationFn: () => endMemberSecondStep(tenant, member.id),
    onSuccess: () => sayDone({ title: t('people.members.oneStepDone', { name }) }),
  });
  return { change, remove, reset, oneStep };
}

export function MemberRow({ tenant, member, grantable, resets, onLink }: RowProps) {
  const { t } = useTranslation();
  const [asking, setAsking] = useState(false);
  const { change, remove, reset, oneStep } = useDeeds({ tenant, member, onLink });
  return (
    <li className="item flex-wrap gap-y-2!">
      <PersonMark name={member.name} />
      <div className="min-w-0 flex-1 basis-50">
        <div className="truncate font-semibold">{member.name}</div>
        <div className="truncate text-sm text-muted">{member.email}</div>
      </div>
      <dl className="flex-none text-sm">
        <dt className="text-xs text-muted">{t('people.members.lastSeen')}</dt>
        <dd className="num">
          {member.lastSeenAt === null ? t('people.members.never') : <Moment at={member.lastSeenAt} />}
        </dd>
      </dl>
      {member.yours ? (
        <select
          className="input w-48!"
          aria-label={t('people.members.roleOf', { name: member.name })}
          value={member.role}
          disabled={change.isPending}
          onChange={(event) => change.mutate(MemberRole.parse(event.target.value))}
        >
          {grantable.map((role) => (
            <option key={role} value={role}>
              {t(`people.roles.${role}`)}
            </option>
          ))}
        </select>
      ) : (
        <span className="w-48 text-sm">{t(`people.roles.${member.role}`)}</span>
      )}
      {resets && (
        <button
          type="button"
          className="btn"
          aria-disabled={reset.isPending}
          onClick={() => !reset.isPending && reset.mutate()}
        >
          {t('people.members.reset')}
          <span className="sr-only"> {member.name}</span>
        </button>
      )}
      {resets && member.secondStep && (
        <button
          type="button"
          className="btn"
          aria-disabled={oneStep.isPending}
          onClick={() => !oneStep.isPending && oneStep.mutate()}
        >
          {t('people.members.oneStep')}
          <span className="sr-only"> {member.name}</span>
        </button>
      )}
      {member.yours && (
        <button type="button" className="btn danger" onClick={() => setAsking(true)}>
          {t('people.members.remove')}
          <span className="sr-only"> {member.name}</span>
        </button>
      )}
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('people.members.removeTitle', { name: member.name })}
        body={t('people.members.removeBody')}
        action={t('people.members.remove')}
        danger
        busy={remove.isPending}
        onConfirm={() => {
          setAsking(false);
          remove.mutate();
        }}
      />
    </li>
  );
}
