import { Router } from 'express';
import { AcceptInvitation, LookAtLink } from '#runtime/people.ts';
import { invitationOver } from '../auth/acceptance.ts';
import type { People } from '../auth/people.ts';
import { beginSession } from '../auth/session.ts';
import { someoneOf } from './access.ts';

export interface InvitationRouteDeps {
  readonly people: People;
  /** The session is over: live lines of it are cut. */
  ended(sid: string): void;
}

/** The way in by a mailed link. */
export function invitationRoutes({ people, ended }: InvitationRouteDeps): Router {
  const { acceptance, users } = people;
  const router = Router();

  router.post('/look', async (request, response) => {
    const { token } = LookAtLink.parse(request.body);
    const answer = await acceptance.look(token);
    if (!answer) throw invitationOver();
    response.json(answer);
  });

  router.post('/accept', async (request, response) => {
    const wish = AcceptInvitation.parse(request.body);
    const person = await someoneOf(request, users);
    const { tenant, user } = await acceptance.accept(wish, person, request.ip ?? null);
    if (wish.account) {
      const before = request.sessionID;
      await beginSession(request, { user, epoch: await users.epochOf(user) });
      ended(before);
      await users.seen(user);
    }
    response.json({ tenant });
  });

  return router;
}
