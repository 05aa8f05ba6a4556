import { SentLink } from '#runtime/people.ts';
import { AddProjectMember, ChangeProject, CreateProject, InviteGuest, Project, ProjectList } from '#runtime/project.ts';
import { type OperationGroup, refusal } from './operation.ts';

const projects = '/api/tenants/:tenant/projects';
const missing = refusal(404, 'PROJECT_MISSING', 'there is no such project');
const locked = refusal(403, 'PACKAGE_NEEDED', 'the customer’s package holds no projects');
const closed = refusal(409, 'PROJECT_CLOSED', 'the project is closed');
const contract = refusal(422, 'CONTRACT_INVALID', 'the contract would end before it starts');

export const projectOperations: OperationGroup = {
  title: 'Projects',
  about: 'Flows that belong together, the people who work on them, guests from other firms too, and the contract.',
  operations: [
    { method: 'get', path: projects, summary: 'List projects', access: 'project.read', answers: { 200: ProjectList } },
    {
      method: 'post',
      path: projects,
      summary: 'Make a project',
      access: 'project.edit',
      body: CreateProject,
      answers: { 201: Project },
      refusals: [locked, contract],
    },
    {
      method: 'get',
      path: `${projects}/:project`,
      summary: 'Read a project',
      access: 'project.read',
      answers: { 200: Project },
      refusals: [missing],
    },
    {
      method: 'put',
      path: `${projects}/:project`,
      summary: 'Change a project',
      access: 'project.edit',
      body: ChangeProject,
      answers: { 200: Project },
      refusals: [
        missing,
        locked,
        closed,
        contract,
        refusal(422, 'FLOW_MISSING', 'one of the flows is not there'),
        refusal(422, 'NOT_A_KAM', 'the key account manager is no KAM who is assigned here'),
      ],
    },
    {
      method: 'delete',
      path: `${projects}/:project`,
      summary: 'Close a project',
      description: 'Guests see nothing of it from then on.',
      access: 'project.edit',
      answers: { 204: 'empty' },
      refusals: [missing],
    },
    {
      method: 'post',
      path: `${projects}/:project/members`,
      summary: 'Take a person into a project',
      access: 'project.edit',
      body: AddProjectMember,
      answers: { 201: Project },
      refusals: [
        missing,
        locked,
        closed,
        refusal(404, 'USER_MISSING', 'nobody has an account with that email'),
        refusal(409, 'NOT_A_MEMBER', 'the person is neither a guest nor of this customer'),
        refusal(422, 'FIRM_NEEDED', 'the person is a guest, whose firm is to be told'),
      ],
    },
    {
      method: 'post',
      path: `${projects}/:project/invitations`,
      summary: 'Invite a guest who has no account yet, by mail',
      description: 'The link is good for a week and lets in to this project alone. Inviting again sends another link.',
      access: 'project.invite',
      body: InviteGuest,
      answers: { 201: SentLink },
      refusals: [
        missing,
        locked,
        closed,
        refusal(409, 'ACCOUNT_KNOWN', 'the address has an account; add it to the project instead'),
        refusal(409, 'MEMBER_ALREADY', 'the person belongs to the customer already'),
        refusal(409, 'INVITED_ELSEWHERE', 'the address has another open invitation here'),
        refusal(409, 'TOO_MANY_INVITATIONS', 'as many as can be are open'),
        refusal(429, 'TOO_MANY_TRIES', 'too many mails; come again after Retry-After'),
        refusal(503, 'MAIL_OFF', 'mails cannot be sent from here; an administrator may invite'),
      ],
    },
    {
      method: 'delete',
      path: `${projects}/:project/invitations/:invitation`,
      summary: 'Take back the invitation of a guest',
      access: 'project.invite',
      answers: { 204: 'empty' },
      refusals: [missing, refusal(404, 'INVITATION_MISSING', 'there is no such invitation')],
    },
    {
      method: 'delete',
      path: `${projects}/:project/members/:user`,
      summary: 'Take a person out of a project',
      access: 'project.edit',
      answers: { 200: Project },
      refusals: [missing, refusal(404, 'USER_MISSING', 'the person is not in the project')],
    },
  ],
};
