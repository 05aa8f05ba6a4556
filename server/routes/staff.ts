import { randomBytes } from 'node:crypto';
import { Router } from 'express';
import { InviteStaff } from '#runtime/tenant.ts';
import { Refused } from '../adapters/refusal.ts';
import type { People } from '../auth/people.ts';
import { EmailTaken } from '../auth/users.ts';
import { allowInHouse, personOf } from './access.ts';
import { takeTry } from './session.ts';

/** Accounts of Weft's own people, which administrators alone make. */
export function staffRoutes({ users, passwords, limits }: People): Router {
  const router = Router();

  router.post('/', allowInHouse('house.tenants'), async (request, response) => {
    const { language, ...wish } = InviteStaff.parse(request.body);
    const by = personOf(request);
    await takeTry(limits.invitation(wish.email, by.id));
    // nobody knows this password; the mailed link leads to the first that somebody does
    const password = randomBytes(32).toString('base64url');
    const id = await users.create({ ...wish, password }).catch((error: unknown) => {
      if (!(error instanceof EmailTaken)) throw error;
      throw new Refused(409, 'ACCOUNT_KNOWN', error.message, { field: 'email' });
    });
    await users.change(id, { language });
    response.status(201).json(await passwords.welcome(id, by.name));
  });

  return router;
}
