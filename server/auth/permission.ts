import { Role } from '#runtime/tenant.ts';

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
  /** Tokens that the customer's own systems call the API with. */
  | 'token.manage'
  | 'audit.read';

const READ: readonly Action[] = ['flow.read', 'run.read', 'connection.read'];
const OPERATE: readonly Action[] = [...READ, 'flow.switch', 'run.decide', 'connection.test'];
const BUILD: readonly Action[] = [...OPERATE, 'flow.edit', 'flow.publish', 'connection.edit', 'template.use'];

/** The one permission table. */
export const permissions: Readonly<Record<Role, readonly Action[]>> = {
  customer: [...READ, 'flow.switch', 'connection.test'],
  'customer-admin': [...OPERATE, 'connection.edit', 'template.use', 'token.manage', 'audit.read'],
  kam: [...BUILD, 'token.manage', 'audit.read'],
  partner: READ,
  support: [...READ, 'run.decide', 'connection.test', 'audit.read'],
  admin: [...BUILD, 'token.manage', 'audit.read', 'hook.unsigned', 'connection.allow'],
};

/** What an administrator may do in a tenant of others before saying why. */
const LOOK: readonly Action[] = [...READ, 'audit.read'];

/** What a person can ask for that is no tenant's. */
export type HouseAction = 'house.audit';

const houseActions: Readonly<Record<Role, readonly HouseAction[]>> = {
  customer: [],
  'customer-admin': [],
  kam: [],
  partner: [],
  support: [],
  admin: ['house.audit'],
};

/** A signed-in person, with the tenants the person belongs to. */
export interface User {
  readonly id: string;
  readonly email: string;
  readonly name: string;
  readonly role: Role;
  readonly tenants: ReadonlySet<number>;
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

/** The same where no tenant is asked about. */
export function mayInHouse(user: User, action: HouseAction): boolean {
  return houseActions[user.role].includes(action);
}

/** The one answer to “may this person do that there”, for routes and sockets alike; no unless the table says yes. */
export function may(user: User, action: Action, tenant: number): boolean {
  if (user.token && !user.token.scopes.has(action)) return false;
  if (!belongs(user, tenant)) return false;
  const all = visits(user, tenant) && !user.confirmed?.has(tenant) ? LOOK : permissions[user.role];
  return all.includes(action);
}

/** All that the person may do there. */
export function actionsOf(user: User, tenant: number): Action[] {
  return permissions[user.role].filter((action) => may(user, action, tenant));
}
