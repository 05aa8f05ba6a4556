import { Router } from 'express';
import { AddProjectMember, ChangeProject, CreateProject, InviteGuest } from '#runtime/project.ts';
import type { Projects } from '../adapters/pg-projects.ts';
import type { People } from '../auth/people.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';
import { takeTry } from './session.ts';

export function projectRoutes(
  projects: Projects,
  { invitations, limits }: Pick<People, 'invitations' | 'limits'>,
): Router {
  const router = Router({ mergeParams: true });

  router.get('/', allow('project.read'), async (request, response) => {
    response.json(await projects.list(tenantOf(request)));
  });
  router.post('/', allow('project.edit'), async (request, response) => {
    response.status(201).json(await projects.create(tenantOf(request), CreateProject.parse(request.body)));
  });
  router.get('/:project', allow('project.read'), async (request, response) => {
    response.json(await projects.read(tenantOf(request), idOf(request, 'project')));
  });
  router.put('/:project', allow('project.edit'), async (request, response) => {
    const wish = ChangeProject.parse(request.body);
    response.json(await projects.change(tenantOf(request), idOf(request, 'project'), wish));
  });
  router.delete('/:project', allow('project.edit'), async (request, response) => {
    await projects.close(tenantOf(request), idOf(request, 'project'));
    response.status(204).end();
  });
  router.post('/:project/invitations', allow('project.invite'), async (request, response) => {
    const wish = InviteGuest.parse(request.body);
    const by = personOf(request);
    await takeTry(limits.invitation(wish.email, by.id));
    const sent = await invitations.inviteGuest(tenantOf(request), by, idOf(request, 'project'), wish);
    response.status(201).json(sent);
  });
  router.delete('/:project/invitations/:invitation', allow('project.invite'), async (request, response) => {
    await invitations.revokeGuest(tenantOf(request), idOf(request, 'project'), idOf(request, 'invitation'));
    response.status(204).end();
  });
  router.post('/:project/members', allow('project.edit'), async (request, response) => {
    const wish = AddProjectMember.parse(request.body);
    response.status(201).json(await projects.addMember(tenantOf(request), idOf(request, 'project'), wish));
  });
  router.delete('/:project/members/:user', allow('project.edit'), async (request, response) => {
    response.json(await projects.removeMember(tenantOf(request), idOf(request, 'project'), idOf(request, 'user')));
  });

  return router;
}
