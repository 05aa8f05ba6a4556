import type { MemberRole } from '#runtime/people.ts';
import { Role } from '#runtime/role.ts';

export { Role };

/** What a person can ask for in a tenant. */
export type Action =
  | 'flow.read'
  | 'flow.edit'
  | 'flow.publish'
  | 'flow.switch'
  /** A webhook that anybody who has its address may call. */
  | 'hook.unsigned'
  | 'run.read'
  | 'run.decide'
  | 'connection.read'
  | 'connection.edit'
  | 'connection.test'
  /** Private addresses and limits of its own. */
  | 'connection.allow'
  | 'template.use'
  /** Installs code of the customer's own. */
  | 'plugin.manage'
  /** Rows of the tables that the customer's code looks things up in. */
  | 'table.edit'
  /** Tokens that the customer's own systems call the API with. */
  | 'token.manage'
  | 'audit.read'
  /** Who belongs to the customer. */
  | 'member.read'
  /** Inviting, removing, giving roles: none above the own. */
  | 'member.manage'
  /** A way to a new password for somebody else. */
  | 'member.reset'
  | 'project.read'
  /** Projects, their members, guests and contract. */
  | 'project.edit'
  /** Guests without an account, by mail. */
  | 'project.invite';

const MEMBERS: readonly Action[] = ['member.read', 'member.manage'];
const READ: readonly Action[] = ['flow.read', 'run.read', 'connection.read', 'project.read'];
const OPERATE: readonly Action[] = [...READ, 'flow.switch', 'run.decide', 'connection.test'];
const BUILD: readonly Action[] = [
  ...OPERATE,
  'flow.edit',
  'flow.publish',
  'connection.edit',
  'template.use',
  'plugin.manage',
  'table.edit',
];

/** The one permission table. */
export const permissions: Readonly<Record<Role, readonly Action[]>> = {
  customer: [...READ, 'flow.switch', 'connection.test'],
  'customer-admin': [
    ...OPERATE,
    'connection.edit',
    'template.use',
    'table.edit',
    'token.manage',
    'audit.read',
    ...MEMBERS,
  ],
  kam: [...BUILD, 'token.manage', 'audit.read', ...MEMBERS, 'project.edit', 'project.invite'],
  partner: READ,
  support: [...READ, 'run.decide', 'connection.test', 'audit.read', ...MEMBERS],
  admin: [
    ...BUILD,
    'token.manage',
    'audit.read',
    ...MEMBERS,
    'member.reset',
    'project.edit',
    'project.invite',
    'hook.unsigned',
    'connection.allow',
  ],
};

/** Roles a role may give and take away: never one above itself. Administrators and guests are let in elsewhere. */
const grants: Readonly<Record<Role, readonly MemberRole[]>> = {
  customer: [],
  'customer-admin': ['customer', 'customer-admin'],
  partner: [],
  support: ['customer', 'customer-admin', 'support'],
  kam: ['customer', 'customer-admin', 'support', 'kam'],
  admin: ['customer', 'customer-admin', 'support', 'kam'],
};

/** What an administrator may do in a tenant of others before saying why. */
const LOOK: readonly Action[] = [...READ, 'audit.read', 'member.read'];

/** What a token can never do: make others, or let people in, which would outlive it. */
export const FOR_PEOPLE_ONLY: readonly Action[] = ['token.manage', 'member.manage', 'member.reset', 'project.invite'];

/** What a person can ask for that is no tenant's. */
export type HouseAction =
  | 'house.audit'
  /** Customers: making them, their package, who looks after them. */
  | 'house.tenants';

const houseActions: Readonly<Record<Role, readonly HouseAction[]>> = {
  customer: [],
  'customer-admin': [],
  kam: [],
  partner: [],
  support: [],
  admin: ['house.audit', 'house.tenants'],
};

/** A signed-in person, with the tenants the person belongs to. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  /** Of the account; in a tenant, `roleIn` says. */
  readonly role: Role;
  readonly tenants: ReadonlySet<number>;
  /** By tenant, where the person is something else there than the account is. */
  readonly roles?: ReadonlyMap<number, Role>;
  /** Acts by a token the person made: in its tenant alone, and only within its scopes. */
  readonly token?: TokenGrant;
  /** Tenants of others in which an administrator has said why, a little while ago: everything may be done there. */
  readonly confirmed?: ReadonlySet<number>;
}

/** What an API token lets its holder do, at most. */
export interface TokenGrant {
  readonly id: string;
  readonly tenant: number;
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
  readonly expiresAt: number;
}

/** Whether the person may know of the tenant at all: an administrator of every one. */
export function belongs(user: User, tenant: number): boolean {
  if (user.token && user.token.tenant !== tenant) return false;
  return user.role === 'admin' || user.tenants.has(tenant);
}

/** Whether the person is there as an administrator only, and not as one of the tenant's own. */
export function visits(user: User, tenant: number): boolean {
  return user.role === 'admin' && !user.tenants.has(tenant);
}

/** What the person is in the tenant; administrators and guests are that everywhere. */
export function roleIn(user: User, tenant: number): Role {
  if (user.role === 'admin' || user.role === 'partner') return user.role;
  return user.roles?.get(tenant) ?? user.role;
}

/** The roles the person may give in the tenant; whoever has another may not be touched. */
export function grantableRoles(user: User, tenant: number): readonly MemberRole[] {
  return may(user, 'member.manage', tenant) ? grants[roleIn(user, tenant)] : [];
}

/** The same where no tenant is asked about. */
export function mayInHouse(user: User, action: HouseAction): boolean {
  return houseActions[user.role].includes(action);
}

/** The one answer to “may this person do that there”, for routes and sockets alike; no unless the table says yes. */
export function may(user: User, action: Action, tenant: number): boolean {
  if (user.token && !user.token.scopes.has(action)) return false;
  if (!belongs(user, tenant)) return false;
  const all = visits(user, tenant) && !user.confirmed?.has(tenant) ? LOOK : permissions[roleIn(user, tenant)];
  return all.includes(action);
}

/** All that the person may do there. */
export function actionsOf(user: User, tenant: number): Action[] {
  return permissions[roleIn(user, tenant)].filter((action) => may(user, action, tenant));
}
