import { z } from 'zod';
import { Email, Language } from './people.ts';
import { Role } from './role.ts';

const Day = z.iso.date();

export const ProjectMember = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  /** Of a guest: where the person is from. */
  firm: z.string().nullable(),
});
export type ProjectMember = z.infer<typeof ProjectMember>;

/** Flows of a customer that belong together, the people who work on them, and the contract under which they do. */
export const Project = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  notes: z.string(),
  /** Id of the key account manager. */
  kam: z.uuid().nullable(),
  flows: z.array(z.strictObject({ id: z.uuid(), name: z.string() })),
  members: z.array(ProjectMember),
  /** Days, such as 2026-12-01. The contract runs to the end of `endsOn`. */
  startsOn: z.string(),
  endsOn: z.string(),
  noticeMonths: z.int(),
  /** The last day to give notice; after it the contract is renewed as agreed. */
  noticeBy: z.string(),
  /** Renewal is to be talked about: notice is due within 30 days, or was. */
  renewalDue: z.boolean(),
  /** Guests who have been invited by mail and have not come yet. */
  invited: z.array(
    z.strictObject({
      id: z.uuid(),
      email: z.string(),
      firm: z.string(),
      expiresAt: z.number(),
      /** Why the mail was not taken; null when it was. */
      mailFailure: z.string().nullable(),
    }),
  ),
  closed: z.boolean(),
});
export type Project = z.infer<typeof Project>;

/** GET /tenants/:tenant/projects; `allowed`: false where the package holds no projects. A guest is told the guest's own. */
export const ProjectList = z.strictObject({ projects: z.array(Project), allowed: z.boolean() });
export type ProjectList = z.infer<typeof ProjectList>;

const Name = z.string().trim().min(1).max(120);

/** POST /tenants/:tenant/projects: the contract runs twelve months unless told. Answers a Project, as all below do. */
export const CreateProject = z.strictObject({ name: Name, startsOn: Day, endsOn: Day.optional() });
export type CreateProject = z.infer<typeof CreateProject>;

/** PUT /tenants/:tenant/projects/:project; what is left out stays. DELETE closes it: guests see nothing of it any more. */
export const ChangeProject = z.strictObject({
  name: Name.optional(),
  notes: z.string().max(20_000).optional(),
  kam: z.uuid().nullable().optional(),
  startsOn: Day.optional(),
  endsOn: Day.optional(),
  noticeMonths: z.int().min(0).max(24).optional(),
  flows: z.array(z.uuid()).max(500).optional(),
});
export type ChangeProject = z.infer<typeof ChangeProject>;

/** POST /tenants/:tenant/projects/:project/members: one of the customer's, or a guest with an account; a guest's firm is to be told. */
export const AddProjectMember = z.strictObject({ email: Email, firm: z.string().trim().min(1).max(120).optional() });
export type AddProjectMember = z.infer<typeof AddProjectMember>;

/** POST /tenants/:tenant/projects/:project/invitations: a guest without an account, who gets a mail; answers a SentLink. DELETE …/:invitation takes it back. */
export const InviteGuest = z.strictObject({
  email: Email,
  firm: z.string().trim().min(1).max(120),
  language: Language,
});
export type InviteGuest = z.infer<typeof InviteGuest>;
