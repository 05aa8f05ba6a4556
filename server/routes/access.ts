import type { Request, RequestHandler, Response } from 'express';
import { z } from 'zod';
import { type Actor, actingAs } from '../adapters/acting.ts';
import type { Visits } from '../adapters/pg-visits.ts';
import { Refused } from '../adapters/refusal.ts';
import type { ApiTokens } from '../auth/api-tokens.ts';
import { type Action, belongs, type HouseAction, may, mayInHouse, type User, visits } from '../auth/permission.ts';
import { signedInAs } from '../auth/session.ts';
import type { Person, Users } from '../auth/users.ts';
import { withConfirmed } from '../auth/visit.ts';

const people = new WeakMap<Request, User>();

/** The signed-in person of a request that came through `signedIn`. */
export function personOf(request: Request): User {
  const person = people.get(request);
  if (!person) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
  return person;
}

/** Who is signed in, if anybody; the person is read anew each time, so that a right taken away is gone. */
export async function someoneOf(request: Request, users: Users): Promise<Person | null> {
  if (isByToken(request)) return null;
  const who = signedInAs(request.session);
  const person = who && (await users.signedIn(who));
  return person && withConfirmed(person, request.session);
}

/** Lets nobody through who is not signed in; whoever must set up two-step sign-in gets no further than to that. */
export function signedIn(users: Users, { settingUp = false } = {}): RequestHandler {
  return async (request, _response, next) => {
    const person = await someoneOf(request, users);
    if (!person) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
    if (person.mustSetUpSecondStep && !settingUp)
      throw new Refused(403, 'SECOND_STEP_NEEDED', 'set up two-step sign-in first');
    people.set(request, person);
    actingAs(actorOf(request, person), next);
  };
}

const BEARER = /^Bearer(?:$| +)/i;

/** Whether the caller shows a token: no cookie counts then, and no page of another site can send one. */
export function isByToken(request: Request): boolean {
  return BEARER.test(request.headers.authorization ?? '');
}

/** Lets through who is signed in or shows a token; both are read anew each time. */
export function signedInOrByToken(users: Users, tokens: ApiTokens): RequestHandler {
  const bySession = signedIn(users);
  return async (request, response, next) => {
    if (!isByToken(request)) return bySession(request, response, next);
    const person = await tokens.find((request.headers.authorization ?? '').replace(BEARER, ''));
    if (!person) {
      response.set('WWW-Authenticate', 'Bearer realm="weft", error="invalid_token"');
      throw new Refused(401, 'TOKEN_INVALID', 'the token is wrong, expired or revoked', { field: 'authorization' });
    }
    people.set(request, person);
    actingAs(actorOf(request, person), next);
  };
}

/** The person as the audit log names them, and where the request came from. */
export function actorOf(request: Request, { id, email, role }: User): Actor {
  return { id, name: email, role, ip: request.ip ?? null, guest: role === 'partner' ? id : null };
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

/** A person who does not belong to a tenant is not told that it exists; an administrator who looks in is told of. */
export function inTenant(log: Visits): RequestHandler {
  return async (request, _response, next) => {
    const person = personOf(request);
    const tenant = tenantOf(request);
    if (!belongs(person, tenant))
      throw new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });
    if (visits(person, tenant)) await log.look(tenant, actorOf(request, person), person.token?.id ?? request.sessionID);
    next();
  };
}

function refuse(person: User, action: Action, response: Response): Refused {
  if (!person.token) return new Refused(403, 'NOT_ALLOWED', `your role does not allow ${action}`);
  if (person.token.scopes.has(action))
    return new Refused(403, 'NOT_ALLOWED', `the role of the token’s maker no longer allows ${action}`);
  // RFC 6750, section 3.1
  response.set('WWW-Authenticate', `Bearer realm="weft", error="insufficient_scope", scope="${action}"`);
  return new Refused(403, 'SCOPE_NEEDED', `this token does not have the scope ${action}`, { field: action });
}

/** A guard that says which action it asks for. */
export type ActionGuard = RequestHandler & { readonly action: Action | HouseAction };

/** Lets through who may do that in the tenant of the address. */
export function allow(action: Action): ActionGuard {
  const guard: RequestHandler = (request, response, next) => {
    const person = personOf(request);
    if (!may(person, action, tenantOf(request))) throw refuse(person, action, response);
    next();
  };
  return Object.assign(guard, { action });
}

/** Lets through who may do that where no tenant is asked about. */
export function allowInHouse(action: HouseAction): ActionGuard {
  const guard: RequestHandler = (request, _response, next) => {
    if (!mayInHouse(personOf(request), action))
      throw new Refused(403, 'NOT_ALLOWED', `your role does not allow ${action}`);
    next();
  };
  return Object.assign(guard, { action });
}
