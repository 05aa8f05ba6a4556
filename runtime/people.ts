import { z } from 'zod';
import { Package } from './package.ts';
import { Role } from './role.ts';
import { Visit } from './visit.ts';

/** What server and editor say to each other about people. Paths are under `/api`. */

export const Language = z.enum(['sv', 'en']);
export type Language = z.infer<typeof Language>;

/** What somebody can be for one customer; administrators and guests are that for all. */
export const MemberRole = Role.exclude(['admin', 'partner']);
export type MemberRole = z.infer<typeof MemberRole>;

export const Email = z
  .string()
  .trim()
  .toLowerCase()
  .max(200)
  .meta({ examples: ['anna@example.com'] })
  .pipe(z.email({ pattern: z.regexes.html5Email }));
export const Password = z.string().min(10).max(200);
export const PersonName = z.string().trim().min(1).max(200);

/** What stands after the `#` of a link that was mailed: 32 random bytes. */
export const LinkToken = z.string().regex(/^[A-Za-z0-9_-]{43}$/);

/** POST /session */
export const SignIn = z.strictObject({
  email: z.string().trim().toLowerCase().max(200),
  password: z.string().min(1).max(200),
});
export type SignIn = z.infer<typeof SignIn>;

export const TenantSummary = z.strictObject({ id: z.int(), name: z.string(), package: Package, timeZone: z.string() });
export type TenantSummary = z.infer<typeof TenantSummary>;

/** A customer as the signed-in person meets it; `may`: what the person may do there, such as `flow.edit`; `visit`: of an administrator in a tenant of others. */
export const SessionTenant = TenantSummary.extend({ may: z.array(z.string()), visit: Visit.nullable() });
export type SessionTenant = z.infer<typeof SessionTenant>;

/** GET /session; 401 with an `ErrorAnswer` when there is none, or with `?optional=true` null, which a browser does not log as an error. */
export const SessionAnswer = z.strictObject({
  user: z.strictObject({
    id: z.string(),
    email: z.string(),
    name: z.string(),
    role: z.string(),
    /** Null until the person chose one. */
    language: Language.nullable(),
    /** Nothing is open to the person before two-step sign-in is set up. */
    mustSetUpSecondStep: z.boolean(),
  }),
  tenants: z.array(SessionTenant),
});
export type SessionAnswer = z.infer<typeof SessionAnswer>;

/** POST /session; `secondStep`: the password was right, and a code is wanted too. */
export const SignInAnswer = z.union([SessionAnswer, z.strictObject({ secondStep: z.literal(true) })]);
export type SignInAnswer = z.infer<typeof SignInAnswer>;

/** POST /session/second-step: a code of the authenticator, or a recovery code; answers a `SessionAnswer`. */
export const SecondStep = z.strictObject({ code: z.string().trim().min(6).max(20) });

/** GET /sign-in: what the page may offer to whoever is not signed in. */
export const SignInOptions = z.strictObject({
  /** False: mails cannot be sent, and links are handed over by an administrator. */
  mail: z.boolean(),
  /** Null: no identity provider is set. `button`: words on it, null for the page's own. */
  oidc: z.strictObject({ button: z.string().nullable() }).nullable(),
});
export type SignInOptions = z.infer<typeof SignInOptions>;

/** POST /password/forgotten; the answer is the same whether the address is known or not. */
export const ForgotPassword = z.strictObject({ email: Email, language: Language });
export type ForgotPassword = z.infer<typeof ForgotPassword>;

/** POST /password/link: whose password the link changes. */
export const LookAtLink = z.strictObject({ token: LinkToken });
export const ResetAnswer = z.strictObject({ email: z.string() });

/** POST /password: a new one by a mailed link. */
export const ResetPassword = z.strictObject({ token: LinkToken, password: Password });
export type ResetPassword = z.infer<typeof ResetPassword>;

/** PUT /account/password */
export const ChangePassword = z.strictObject({ current: z.string().min(1).max(200), password: Password });
export type ChangePassword = z.infer<typeof ChangePassword>;

/** PUT /account */
export const ChangeAccount = z.strictObject({ name: PersonName.optional(), language: Language.optional() });
export type ChangeAccount = z.infer<typeof ChangeAccount>;

/** POST /account/second-step: what to put into an authenticator. */
export const SecondStepBegun = z.strictObject({
  /** In base 32, to be typed. */
  secret: z.string(),
  /** otpauth:// */
  address: z.string(),
  /** The address as a QR code, a data: address of an SVG. */
  picture: z.string(),
});
export type SecondStepBegun = z.infer<typeof SecondStepBegun>;
/** PUT /account/second-step: the first code turns it on. */
export const ConfirmSecondStep = z.strictObject({
  code: z
    .string()
    .trim()
    .regex(/^\d{6}$/),
});
/** Its answer: each opens the account once, in place of a code; they are told this once. */
export const RecoveryCodes = z.strictObject({ codes: z.array(z.string()) });
export type RecoveryCodes = z.infer<typeof RecoveryCodes>;
/** DELETE /account/second-step */
export const EndSecondStep = z.strictObject({ password: z.string().min(1).max(200), code: SecondStep.shape.code });

/** POST /account/recovery-codes: others in place of those there were; answers RecoveryCodes. */
export const RenewRecoveryCodes = EndSecondStep.extend({});

export const SessionSummary = z.strictObject({
  id: z.string(),
  /** The browser, as it calls itself. */
  agent: z.string(),
  since: z.number(),
  lastSeenAt: z.number(),
  /** The one that asks. */
  current: z.boolean(),
});
export type SessionSummary = z.infer<typeof SessionSummary>;

/** GET /account; DELETE /account/sessions/:session ends one, DELETE /account/sessions all. */
export const AccountAnswer = z.strictObject({
  secondStep: z.strictObject({ on: z.boolean(), recoveryCodes: z.int(), required: z.boolean() }),
  sessions: z.array(SessionSummary),
});
export type AccountAnswer = z.infer<typeof AccountAnswer>;

export const MemberSummary = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role: Role,
  lastSeenAt: z.number().nullable(),
  /** Whether the person signs in in two steps. */
  secondStep: z.boolean(),
  /** Whether the caller may give this one another role, or remove them. */
  yours: z.boolean(),
});
export type MemberSummary = z.infer<typeof MemberSummary>;

export const InvitationSummary = z.strictObject({
  id: z.uuid(),
  email: z.string(),
  role: MemberRole,
  invitedBy: z.string(),
  invitedAt: z.number(),
  expiresAt: z.number(),
  /** Why the mail was not taken; null when it was. */
  mailFailure: z.string().nullable(),
  yours: z.boolean(),
});
export type InvitationSummary = z.infer<typeof InvitationSummary>;

/** GET /tenants/:tenant/members */
export const MemberList = z.strictObject({
  members: z.array(MemberSummary),
  invitations: z.array(InvitationSummary),
  /** Roles the caller may give. */
  grantable: z.array(MemberRole),
  /** Whether the caller may give others a way to a new password. */
  resets: z.boolean(),
});
export type MemberList = z.infer<typeof MemberList>;

/** PUT /tenants/:tenant/members/:member; DELETE removes the person from the customer. */
export const ChangeMember = z.strictObject({ role: MemberRole });
export type ChangeMember = z.infer<typeof ChangeMember>;

/** POST /tenants/:tenant/members/invitations; DELETE …/:invitation takes it back. */
export const Invite = z.strictObject({ email: Email, role: MemberRole, language: Language });
export type Invite = z.infer<typeof Invite>;

/** Its answer, and that of POST …/:invitation/resend and of POST /tenants/:tenant/members/:member/reset. */
export const SentLink = z.strictObject({
  /** Why the mail was not taken; null when it is on its way. */
  mailFailure: z.string().nullable(),
  /** To hand over, for an administrator and only when no mail is on its way. */
  link: z.string().nullable(),
});
export type SentLink = z.infer<typeof SentLink>;

/** POST /invitations/look with a `LookAtLink` */
export const InvitationAnswer = z.strictObject({
  email: z.string(),
  tenant: z.string(),
  /** `partner`: a guest of one project, named here. */
  role: Role.exclude(['admin']),
  project: z.string().nullable(),
  invitedBy: z.string(),
  language: Language,
  /** Whether the address has an account: then its owner signs in and accepts, else an account is made. */
  known: z.boolean(),
});
export type InvitationAnswer = z.infer<typeof InvitationAnswer>;

/** POST /invitations/accept: with `account` for a new one, without by whoever is signed in with that address; answers the tenant. */
export const AcceptInvitation = z.strictObject({
  token: LinkToken,
  account: z.strictObject({ name: PersonName, password: Password, language: Language }).optional(),
});
export type AcceptInvitation = z.infer<typeof AcceptInvitation>;
export const AcceptedAnswer = z.strictObject({ tenant: z.int() });
