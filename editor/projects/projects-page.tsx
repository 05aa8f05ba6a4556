import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { CalendarClock, FolderKanban, Lock, Plus } from 'lucide-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Project } from '#runtime/project.ts';
import { useCrumbs } from '../shell/crumbs.tsx';
import { useTenant } from '../shell/tenant.ts';
import { AskText, Confirm } from '../ui/confirm.tsx';
import { Bones, Empty, Failed } from '../ui/states.tsx';
import { ProjectFailure } from './project-failure.tsx';
import { createProject, projectsQuery } from './projects-query.ts';

interface NewProjectProps {
  readonly tenant: number;
  readonly open: boolean;
  readonly onClose: () => void;
}

function NewProject({ tenant, open, onClose }: NewProjectProps) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [asked, setAsked] = useState(false);
  const unnamed = name.trim() === '';
  const make = useMutation({
    mutationFn: () => createProject(tenant, { name: name.trim(), startsOn: new Date().toISOString().slice(0, 10) }),
    onSuccess: async ({ id }) => {
      await client.invalidateQueries({ queryKey: projectsQuery(tenant).queryKey });
      await navigate({ to: '/a/$account/projects/$project', params: { account: String(tenant), project: id } });
    },
  });
  return (
    <Confirm
      open={open}
      onClose={onClose}
      title={t('projects.make')}
      body={t('projects.makeBody')}
      action={t('projects.makeIt')}
      busy={make.isPending}
      onConfirm={() => {
        setAsked(true);
        if (!unnamed) make.mutate();
      }}
    >
      <AskText
        label={t('projects.name')}
        value={name}
        onChange={setName}
        maxLength={120}
        error={asked && unnamed ? t('projects.nameMissing') : undefined}
      />
      {make.isError && <ProjectFailure error={make.error} />}
    </Confirm>
  );
}

function Row({ tenant, project }: { readonly tenant: number; readonly project: Project }) {
  const { t } = useTranslation();
  return (
    <li className="item relative min-h-18 flex-wrap gap-y-2! py-2">
      <div className="min-w-0 flex-1 basis-60">
        <div className="flex flex-wrap items-center gap-x-2">
          <Link
            to="/a/$account/projects/$project"
            params={{ account: String(tenant), project: project.id }}
            className="row-link font-semibold"
          >
            {project.name}
          </Link>
          {project.closed && <span className="chip">{t('projects.closedChip')}</span>}
          {project.renewalDue && (
            <span className="chip warn">
              <CalendarClock className="i i-12" aria-hidden />
              {t('projects.renewalChip')}
            </span>
          )}
        </div>
        <div className="truncate text-sm text-muted">
          {t('projects.counts', { flows: project.flows.length, people: project.members.length })}
        </div>
      </div>
      <span className="num text-sm text-muted">
        {t('projects.runs', { from: project.startsOn, to: project.endsOn })}
      </span>
    </li>
  );
}

/** What stands there when there are no projects: how to begin, or why one cannot. */
function Nothing({ allowed, mayEdit, make }: { allowed: boolean; mayEdit: boolean; make: () => void }) {
  const { t } = useTranslation();
  const tenant = useTenant();
  if (!allowed) return <Empty icon={Lock} title={t('projects.locked')} help={t('projects.lockedHelp')} />;
  if (!tenant.may.includes('flow.switch') && !mayEdit && !tenant.visit)
    return <Empty icon={FolderKanban} title={t('projects.emptyGuest')} help={t('projects.emptyGuestHelp')} />;
  return (
    <Empty icon={FolderKanban} title={t('projects.empty')} help={t('projects.emptyHelp')}>
      {mayEdit && (
        <button type="button" className="btn" onClick={make}>
          {t('projects.make')}
        </button>
      )}
    </Empty>
  );
}

/** The projects of an account, with what their contracts ask for. */
export function ProjectsPage() {
  const { t } = useTranslation();
  const tenant = useTenant();
  const query = useQuery(projectsQuery(tenant.id));
  const [making, setMaking] = useState(false);
  const mayEdit = tenant.may.includes('project.edit');
  useCrumbs([{ label: t('projects.title') }]);
  return (
    <>
      <header className="head">
        <div className="flex-1 basis-60">
          <h1>{t('projects.title')}</h1>
          <p className="text-sm text-muted">{t('projects.lead')}</p>
        </div>
        {mayEdit && query.data?.allowed && (
          <button type="button" className="btn primary" onClick={() => setMaking(true)}>
            <Plus className="i i-14" aria-hidden />
            {t('projects.make')}
          </button>
        )}
      </header>
      {query.isPending && <Bones rows={3} height={72} />}
      {query.isError && <Failed error={query.error} retry={() => void query.refetch()} />}
      {query.data?.projects.length === 0 && (
        <Nothing allowed={query.data.allowed} mayEdit={mayEdit} make={() => setMaking(true)} />
      )}
      {query.data && query.data.projects.length > 0 && (
        <ul className="border-y border-border">
          {query.data.projects.map((project) => (
            <Row key={project.id} tenant={tenant.id} project={project} />
          ))}
        </ul>
      )}
      <NewProject tenant={tenant.id} open={making} onClose={() => setMaking(false)} />
    </>
  );
}
