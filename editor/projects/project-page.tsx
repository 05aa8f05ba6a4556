import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { CalendarClock } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '#runtime/project.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { Confirm } from '../ui/confirm.tsx';
import { Bones, Failed } from '../ui/states.tsx';
import { ProjectFailure } from './project-failure.tsx';
import { ProjectForm } from './project-form.tsx';
import { ProjectPeople } from './project-people.tsx';
import { closeProject, projectQuery, projectsQuery } from './projects-query.ts';

const route = getRouteApi('/a/$account/projects/$project');

/** The project for those who may not change it. */
function Facts({ tenant, project }: { readonly tenant: number; readonly project: Project }) {
  const { t } = useTranslation();
  return (
    <div className="px-(--inset) pb-4">
      {project.notes !== '' && <p className="pb-3 whitespace-pre-wrap">{project.notes}</p>}
      <h2 className="pb-1 text-sm font-semibold">{t('projects.flows')}</h2>
      {project.flows.length === 0 && <p className="text-sm text-muted">{t('projects.noneChosen')}</p>}
      <ul>
        {project.flows.map((flow) => (
          <li key={flow.id}>
            <Link to="/a/$account/flows/$flow" params={{ account: String(tenant), flow: flow.id }} className="link">
              {flow.name}
            </Link>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Close({ tenant, project }: { readonly tenant: number; readonly project: Project }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [asking, setAsking] = useState(false);
  const close = useMutation({
    mutationFn: () => closeProject(tenant, project.id),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey });
      await navigate({ to: '/a/$account/projects', params: { account: String(tenant) } });
    },
  });
  return (
    <>
      <button type="button" className="btn" onClick={() => setAsking(true)}>
        {t('projects.close')}
      </button>
      <Confirm
        open={asking}
        onClose={() => setAsking(false)}
        title={t('projects.closeTitle', { name: project.name })}
        body={t('projects.closeBody')}
        action={t('projects.close')}
        danger
        busy={close.isPending}
        onConfirm={() => close.mutate()}
      >
        {close.isError && <ProjectFailure error={close.error} />}
      </Confirm>
    </>
  );
}

function Loaded({ project }: { readonly project: Project }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  const mayEdit = tenant.may.includes('project.edit') && !project.closed;
  useCrumbs([{ label: project.name }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{project.name}</h1>
          <p className="num text-sm text-muted">
            {t('projects.runs', { from: project.startsOn, to: project.endsOn })} ·{' '}
            {project.closed ? t('projects.closedChip') : t('projects.noticeBy', { day: project.noticeBy })}
          </p>
        </div>
        {mayEdit && <Close tenant={tenant.id} project={project} />}
      </header>
      {project.renewalDue && (
        <p className="banner mb-4 border-t border-border" role="status">
          <CalendarClock className="i" aria-hidden />
          {t('projects.renewalDue', { end: project.endsOn, day: project.noticeBy })}
        </p>
      )}
      {mayEdit ? (
        <ProjectForm key={project.id} tenant={tenant.id} project={project} />
      ) : (
        <Facts tenant={tenant.id} project={project} />
      )}
      <ProjectPeople
        mayInvite={tenant.may.includes('project.invite')}
        tenant={tenant.id}
        project={project}
        mayEdit={mayEdit}
      />
    </>
  );
}

/** One project: its contract, flows, people and notes. */
export function ProjectPage() {
  const tenant = useTenant();
  const { project } = route.useParams();
  const query = useQuery(projectQuery(tenant.id, project));
  if (query.isPending) return <Bones rows={6} />;
  if (query.isError) return <Failed error={query.error} retry={() => void query.refetch()} />;
  return <Loaded project={query.data} />;
}
