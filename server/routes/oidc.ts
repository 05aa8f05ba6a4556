import { type Request, Router } from 'express';
import { z } from 'zod';
import { Email } from '#runtime/people.ts';
import { Refused } from '../adapters/refusal.ts';
import type { Oidc } from '../auth/oidc.ts';
import type { People } from '../auth/people.ts';
import { beginHalf } from '../auth/session.ts';
import type { Person } from '../auth/users.ts';
import type { SessionRouteDeps } from './session.ts';
import { type Enter, enterer } from './session.ts';

/** Only ways inside the page: `//elsewhere.example` leads out of it in browsers. */
const InnerAddress = z
  .string()
  .max(2000)
  .regex(/^\/(?![/\\])/)
  .catch('/');

const off = (): Refused => new Refused(404, 'OIDC_OFF', 'no identity provider is set here');

/** Whose verified address it is: an account there is, or one that an open invitation makes. */
async function personOf({ users, acceptance, refusals }: People, oidc: Oidc, request: Request): Promise<Person | null> {
  const pending = request.session.oidc;
  if (!pending) return null;
  const { search } = new URL(request.originalUrl, 'http://weft.invalid');
  const verified = await oidc.finish(search, pending);
  const email = Email.safeParse(verified?.email);
  if (!verified || !email.success) return null;
  await acceptance.acceptVerified({ ...verified, email: email.data }, request.ip ?? null);
  const person = await users.findByEmail(email.data);
  if (!person) await refusals.tell({ email: email.data, ip: request.ip ?? '', why: 'unknown-at-provider' });
  return person;
}

/** Sign-in at an organisation's own identity provider; the browser is sent there and comes back. */
export function oidcRoutes(deps: SessionRouteDeps): Router {
  const { people, ended, log } = deps;
  const { oidc, users, secondSteps } = people;
  const enter: Enter = enterer(deps);
  const router = Router();

  router.get('/start', async (request, response) => {
    if (!oidc) throw off();
    const { address, pending } = await oidc.begin().catch((error: unknown) => {
      log.warn({ err: error }, 'the identity provider does not answer');
      throw new Refused(503, 'OIDC_DOWN', 'the identity provider does not answer; try again', { retryAfter: 5 });
    });
    request.session.oidc = { ...pending, to: InnerAddress.parse(request.query['to']) };
    response.redirect(302, address);
  });

  router.get('/return', async (request, response) => {
    if (!oidc) throw off();
    const to = request.session.oidc?.to ?? '/';
    const person = await personOf(people, oidc, request).catch((error: unknown) => {
      if (error instanceof Refused) throw error;
      log.warn({ err: error }, 'a sign-in at the identity provider was not good');
      return undefined;
    });
    // what was kept is good for one return
    delete request.session.oidc;
    if (!person) return void response.redirect(302, `/login?failed=${person === null ? 'unknown' : 'elsewhere'}`);
    const who = { user: person.id, epoch: await users.epochOf(person.id) };
    if ((await secondSteps.state(person.id)).on) {
      const before = request.sessionID;
      await beginHalf(request, who);
      ended(before);
      return void response.redirect(302, `/login?step=code&to=${encodeURIComponent(to)}`);
    }
    await enter(request, who, person);
    response.redirect(302, to);
  });

  return router;
}
