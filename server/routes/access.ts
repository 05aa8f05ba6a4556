import type { Request, RequestHandler } from 'express';
import { z } from 'zod';
import { Refused } from '../adapters/refusal.ts';
import { type Action, belongs, may, type User } from '../auth/permission.ts';
import { signedInAs } from '../auth/session.ts';
import type { Users } from '../auth/users.ts';

const people = new WeakMap<Request, User>();

/** The signed-in person of a request that came through `signedIn`. */
export function personOf(request: Request): User {
  const person = people.get(request);
  if (!person) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
  return person;
}

/** Who is signed in, if anybody; the person is read anew each time, so that a right taken away is gone. */
export async function someoneOf(request: Request, users: Users): Promise<User | null> {
  const id = signedInAs(request.session);
  return id === null ? null : users.find(id);
}

/** Lets nobody through who is not signed in. */
export function signedIn(users: Users): RequestHandler {
  return async (request, _response, next) => {
    const person = await someoneOf(request, users);
    if (!person) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
    people.set(request, person);
    next();
  };
}

const TenantId = z.coerce.number().int().min(1).max(2_147_483_647);
const Uuid = z.uuid();

/** The tenant the address selects. */
export function tenantOf(request: Request): number {
  const parsed = TenantId.safeParse(request.params['tenant']);
  if (!parsed.success) throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
  return parsed.data;
}

/** The id in the address; what is no id names nothing. */
export function idOf(request: Request, name: string): string {
  const parsed = Uuid.safeParse(request.params[name]);
  if (!parsed.success)
    throw new Refused(404, `${name.toUpperCase()}_MISSING`, `there is no such ${name}`, { field: name });
  return parsed.data.toLowerCase();
}

/** A person who does not belong to a tenant is not told that it exists. */
export const inTenant: RequestHandler = (request, _response, next) => {
  if (!belongs(personOf(request), tenantOf(request)))
    throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
  next();
};

/** Lets through who may do that in the tenant of the address. */
export function allow(action: Action): RequestHandler {
  return (request, _response, next) => {
    if (!may(personOf(request), action, tenantOf(request)))
      throw new Refused(403, 'NOT_ALLOWED', `your role does not allow ${action}`);
    next();
  };
}
