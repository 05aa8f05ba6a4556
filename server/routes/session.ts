import { Router } from 'express';
import { type SessionAnswer, SignIn } from '#runtime/protocol.ts';
import { type AuditLog, HOUSE } from '../adapters/pg-audit.ts';
import { Refused } from '../adapters/refusal.ts';
import { actionsOf, type User } from '../auth/permission.ts';
import { beginSession, endSession } from '../auth/session.ts';
import type { SignInLimit } from '../auth/sign-in-limit.ts';
import type { Users } from '../auth/users.ts';
import { actorOf, someoneOf } from './access.ts';

export interface SessionRouteDeps {
  readonly users: Users;
  readonly limit: SignInLimit;
  readonly audit: AuditLog;
  /** The session is over: live lines of it are cut. */
  ended(sid: string): void;
}

async function answerFor(users: Users, person: User): Promise<SessionAnswer> {
  const { id, email, name, role } = person;
  const tenants = (await users.tenants(id)).map((tenant) => ({ ...tenant, may: actionsOf(person, tenant.id) }));
  return { user: { id, email, name, role }, tenants };
}

export function sessionRoutes({ users, limit, audit, ended }: SessionRouteDeps): Router {
  const router = Router();

  router.get('/', async (request, response) => {
    const person = await someoneOf(request, users);
    if (!person && request.query['optional'] !== 'true') throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
    response.json(person && (await answerFor(users, person)));
  });

  router.post('/', async (request, response) => {
    const { email, password } = SignIn.parse(request.body);
    const address = request.ip ?? '';
    const wait = await limit.take(email, address);
    if (wait > 0)
      throw new Refused(429, 'TOO_MANY_TRIES', `too many tries; try again in ${Math.ceil(wait / 60)} minutes`, {
        retryAfter: wait,
      });
    const id = await users.verify(email, password);
    const person = id === null ? null : await users.find(id);
    if (!person) throw new Refused(401, 'SIGN_IN_WRONG', 'the email or the password is wrong', { field: 'password' });
    await limit.clear(email, address);
    const before = request.sessionID;
    await audit.add(
      HOUSE,
      { action: 'session.in', on: { id: person.id, title: person.email } },
      actorOf(request, person),
    );
    await beginSession(request, person.id);
    ended(before);
    response.json(await answerFor(users, person));
  });

  router.delete('/', async (request, response) => {
    const sid = request.sessionID;
    const person = await someoneOf(request, users);
    await endSession(request);
    ended(sid);
    if (person)
      await audit.add(
        HOUSE,
        { action: 'session.out', on: { id: person.id, title: person.email } },
        actorOf(request, person),
      );
    response.status(204).end();
  });

  return router;
}
