import { Router } from 'express';
import { ChangeAccount, ChangePassword } from '#runtime/people.ts';
import { Refused } from '../adapters/refusal.ts';
import type { People } from '../auth/people.ts';
import { beginSession } from '../auth/session.ts';
import { personOf } from './access.ts';
import { takeTry } from './session.ts';

export interface AccountRouteDeps {
  readonly people: People;
  /** The session is over: live lines of it are cut. */
  ended(sid: string): void;
}

/** What the signed-in person changes about the own account. */
export function accountRoutes({ people, ended }: AccountRouteDeps): Router {
  const { users, limits, passwords } = people;
  const router = Router();

  router.put('/', async (request, response) => {
    await users.change(personOf(request).id, ChangeAccount.parse(request.body));
    response.status(204).end();
  });

  router.put('/password', async (request, response) => {
    const { current, password } = ChangePassword.parse(request.body);
    const { id, email } = personOf(request);
    const tries = limits.proof(id);
    await takeTry(tries);
    if (!(await users.verify(email, current)))
      throw new Refused(422, 'PASSWORD_WRONG', 'that is not your password now', { field: 'current' });
    await tries.clear();
    await passwords.change(id, password);
    const before = request.sessionID;
    await beginSession(request, { user: id, epoch: await users.epochOf(id) });
    ended(before);
    response.status(204).end();
  });

  return router;
}
