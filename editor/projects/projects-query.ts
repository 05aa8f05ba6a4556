import { queryOptions } from '@tanstack/react-query';
import { SentLink } from '#runtime/people.ts';
import {
  type AddProjectMember,
  type ChangeProject,
  type CreateProject,
  type InviteGuest,
  Project,
  ProjectList,
} from '#runtime/project.ts';
import { call, tell } from '../api/call.ts';

const base = (tenant: number) => `/tenants/${tenant}/projects`;

export const projectsQuery = (tenant: number) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'projects'],
    queryFn: ({ signal }) => call(ProjectList, base(tenant), { signal }),
  });

export const projectQuery = (tenant: number, project: string) =>
  queryOptions({
    queryKey: ['tenant', tenant, 'projects', project],
    queryFn: ({ signal }) => call(Project, `${base(tenant)}/${project}`, { signal }),
  });

export const createProject = (tenant: number, body: CreateProject) =>
  call(Project, base(tenant), { method: 'POST', body });

export const changeProject = (tenant: number, project: string, body: ChangeProject) =>
  call(Project, `${base(tenant)}/${project}`, { method: 'PUT', body });

export const closeProject = (tenant: number, project: string) =>
  tell(`${base(tenant)}/${project}`, { method: 'DELETE' });

export const addProjectMember = (tenant: number, project: string, body: AddProjectMember) =>
  call(Project, `${base(tenant)}/${project}/members`, { method: 'POST', body });

export const inviteGuest = (tenant: number, project: string, body: InviteGuest) =>
  call(SentLink, `${base(tenant)}/${project}/invitations`, { method: 'POST', body });

export const uninviteGuest = (tenant: number, project: string, invitation: string) =>
  tell(`${base(tenant)}/${project}/invitations/${invitation}`, { method: 'DELETE' });

export const removeProjectMember = (tenant: number, project: string, user: string) =>
  call(Project, `${base(tenant)}/${project}/members/${user}`, { method: 'DELETE' });
