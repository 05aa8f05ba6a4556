import { z } from 'zod';

/** What can stand in the audit log; the first word is what it is done on. */
export const AuditAction = z.enum([
  'flow.create',
  'flow.edit',
  'flow.publish',
  'flow.rollback',
  'flow.on',
  'flow.off',
  'flow.delete',
  'flow.webhook-secret',
  'flow.webhook-secret-end',
  'connection.create',
  'connection.change',
  'connection.secrets',
  'connection.webhook-secret',
  'connection.webhook-secret-end',
  'connection.allow',
  'connection.on',
  'connection.off',
  'connection.test',
  'connection.sign-in',
  'connection.delete',
  'run.retry',
  'run.resend',
  'run.sent',
  'run.cancel',
  'run.replay',
  'finding.dismiss',
  'finding.start',
  'plugin.edit',
  'plugin.discard',
  'plugin.install',
  'plugin.version',
  'plugin.remove',
  'plugin.allow',
  'plugin.off',
  'table.create',
  'table.change',
  'table.import',
  'table.delete',
  'token.create',
  'token.revoke',
  'session.in',
  'session.out',
  'session.refused',
  'session.locked',
  'session.flood',
  'user.create',
  'user.password',
  'user.reset',
  'user.reset-asked',
  'user.recovery-codes',
  'user.second-step-on',
  'user.second-step-off',
  'user.remove',
  'key.begin',
  'key.end',
  'tenant.create',
  'tenant.package',
  'tenant.unsigned-webhooks',
  'project.create',
  'project.change',
  'project.close',
  'project.join',
  'project.leave',
  'project.remind',
  'project.invite',
  'project.uninvite',
  'visit.look',
  'visit.confirm',
  'visit.withdraw',
  'member.add',
  'member.remove',
  'member.role',
  'member.invite',
  'member.uninvite',
]);
export type AuditAction = z.infer<typeof AuditAction>;

/** A line of the audit log. */
export const AuditLine = z.strictObject({
  /** Place in its chain, from 1. */
  seq: z.int(),
  at: z.number(),
  /** Who: an email, `cli NAME`, or `Weft` for the machine itself. */
  actor: z.string(),
  role: z.string().nullable(),
  ip: z.string().nullable(),
  action: AuditAction,
  /** On what: its id, and what it was called then. */
  subject: z.string(),
  title: z.string(),
  /** JSON, in short and without secrets. */
  before: z.string().nullable(),
  after: z.string().nullable(),
  note: z.string().nullable(),
});
export type AuditLine = z.infer<typeof AuditLine>;

const Narrowing = {
  /** A part of the actor's name. */
  who: z.string().max(200).optional(),
  /** An action, or the first word of several. */
  action: z
    .string()
    .regex(/^[a-z]+(\.[a-z-]+)?$/)
    .max(40)
    .optional(),
  /** Milliseconds since 1970, both ends included. */
  since: z.coerce.number().int().nonnegative().optional(),
  until: z.coerce.number().int().nonnegative().optional(),
  /** A part of anything the line says. */
  text: z.string().max(200).optional(),
} as const;

/** GET /tenants/:tenant/audit.csv?who&action&since&until&text; GET /audit.csv for what belongs to no tenant. */
export const AuditFilter = z.strictObject(Narrowing);
export type AuditFilter = z.infer<typeof AuditFilter>;

/** GET /tenants/:tenant/audit and /audit; newest first, `before` is the last seq of the page before. */
export const AuditQuery = z.strictObject({
  ...Narrowing,
  before: z.coerce.number().int().positive().optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
});
export type AuditQuery = z.infer<typeof AuditQuery>;

export const AuditPage = z.strictObject({ lines: z.array(AuditLine), more: z.boolean() });
export type AuditPage = z.infer<typeof AuditPage>;
