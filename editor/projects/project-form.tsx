import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '#runtime/project.ts';
import { flowsQuery } from '../api/queries.ts';
import { Select } from '../ui/select.tsx';
import { ProjectFailure } from './project-failure.tsx';
import { changeProject, projectsQuery } from './projects-query.ts';

interface FormProps {
  readonly tenant: number;
  readonly project: Project;
}

function Field({ id, label, children }: { readonly id: string; readonly label: string; readonly children: ReactNode }) {
  return (
    <div className="field min-w-0 flex-1 basis-40">
      <label htmlFor={id}>{label}</label>
      {children}
    </div>
  );
}

function Flows({ tenant, project }: FormProps) {
  const { t } = useTranslation();
  const { data } = useQuery(flowsQuery(tenant));
  const chosen = new Set(project.flows.map((flow) => flow.id));
  return (
    <fieldset className="mt-4 min-w-0">
      <legend className="text-sm font-medium">{t('projects.flows')}</legend>
      {data?.flows.length === 0 && <p className="text-sm text-muted">{t('projects.noFlows')}</p>}
      <ul className="grid gap-x-6 phone:grid-cols-2">
        {data?.flows.map((flow) => (
          <li key={flow.id} className="min-w-0">
            <label className="flex min-h-8 min-w-0 cursor-pointer items-center gap-2 py-1 text-sm">
              <input
                type="checkbox"
                name="flow"
                value={flow.id}
                defaultChecked={chosen.has(flow.id)}
                className="size-4 flex-none accent-(--accent)"
              />
              <span className="min-w-0 truncate">{flow.name}</span>
            </label>
          </li>
        ))}
      </ul>
    </fieldset>
  );
}

/** What a form of a project says, as the server takes it. */
function wishOf(data: FormData) {
  const text = (name: string) => String(data.get(name) ?? '');
  return {
    name: text('name').trim(),
    notes: text('notes'),
    kam: text('kam') === '' ? null : text('kam'),
    startsOn: text('startsOn'),
    endsOn: text('endsOn'),
    noticeMonths: Number(text('noticeMonths')),
    flows: data.getAll('flow').map(String),
  };
}

/** Name, contract, account manager, notes and flows of a project, saved as one. */
export function ProjectForm({ tenant, project }: FormProps) {
  const { t } = useTranslation();
  const id = useId();
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (wish: ReturnType<typeof wishOf>) => changeProject(tenant, project.id, wish),
    onSettled: () => client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey }),
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!save.isPending) save.mutate(wishOf(new FormData(event.currentTarget)));
  };
  const kams = project.members.filter(({ role }) => role === 'kam' || role === 'admin');
  return (
    <form onSubmit={submit} className="px-(--inset) pb-4">
      <div className="flex flex-wrap gap-3">
        <Field id={`${id}-name`} label={t('projects.name')}>
          <input id={`${id}-name`} name="name" className="input" required maxLength={120} defaultValue={project.name} />
        </Field>
        <Field id={`${id}-kam`} label={t('projects.kam')}>
          <Select id={`${id}-kam`} name="kam" defaultValue={project.kam ?? ''}>
            <option value="">{t('projects.noKam')}</option>
            {kams.map((kam) => (
              <option key={kam.id} value={kam.id}>
                {kam.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field id={`${id}-from`} label={t('projects.startsOn')}>
          <input
            id={`${id}-from`}
            name="startsOn"
            type="date"
            required
            className="input"
            defaultValue={project.startsOn}
          />
        </Field>
        <Field id={`${id}-to`} label={t('projects.endsOn')}>
          <input id={`${id}-to`} name="endsOn" type="date" required className="input" defaultValue={project.endsOn} />
        </Field>
        <Field id={`${id}-notice`} label={t('projects.noticeMonths')}>
          <input
            id={`${id}-notice`}
            name="noticeMonths"
            type="number"
            min={0}
            max={24}
            required
            className="input"
            defaultValue={project.noticeMonths}
          />
        </Field>
      </div>
      <Flows tenant={tenant} project={project} />
      <div className="field pt-3">
        <label htmlFor={`${id}-notes`}>{t('projects.notes')}</label>
        <textarea
          id={`${id}-notes`}
          name="notes"
          className="input min-h-24 py-2"
          maxLength={20_000}
          defaultValue={project.notes}
        />
      </div>
      <div className="flex flex-wrap items-center gap-3 pt-3">
        <button type="submit" className="btn primary" aria-disabled={save.isPending}>
          {t('projects.save')}
        </button>
        <span role="status" className="text-sm text-muted">
          {save.isSuccess && t('projects.saved')}
        </span>
      </div>
      {save.isError && <ProjectFailure error={save.error} />}
    </form>
  );
}
