import { type Request, Router } from 'express';
import type { Logger } from 'pino';
import { SecondStep, type SessionAnswer, SignIn, type SignInAnswer } from '#runtime/people.ts';
import { type AuditLog, HOUSE } from '../adapters/pg-audit.ts';
import { Refused } from '../adapters/refusal.ts';
import type { Tries } from '../auth/limits.ts';
import type { People } from '../auth/people.ts';
import { actionsOf, visits } from '../auth/permission.ts';
import type { RefusedWhy } from '../auth/refusals.ts';
import { beginHalf, beginSession, endSession, halfSignedIn, type SignedIn } from '../auth/session.ts';
import type { Person, Users } from '../auth/users.ts';
import { confirmedUntil } from '../auth/visit.ts';
import { actorOf, someoneOf } from './access.ts';

export interface SessionRouteDeps {
  readonly people: People;
  readonly audit: AuditLog;
  readonly log: Logger;
  /** The session is over: live lines of it are cut. */
  ended(sid: string): void;
}

/** Who is signed in, as the page is told. */
async function answerFor(users: Users, person: Person, { session }: Request): Promise<SessionAnswer> {
  const { id, email, name, role, language, mustSetUpSecondStep } = person;
  const tenants = (await users.tenants(id)).map((tenant) => ({
    ...tenant,
    may: actionsOf(person, tenant.id),
    visit: visits(person, tenant.id) ? { until: confirmedUntil(session, tenant.id) } : null,
  }));
  return { user: { id, email, name, role, language, mustSetUpSecondStep }, tenants };
}

/** Counts a try; throws Refused when there have been too many, of which `tooMany` is told. */
export async function takeTry(tries: Tries, tooMany?: () => Promise<void>): Promise<void> {
  const wait = await tries.take();
  if (wait > 0) await tooMany?.();
  if (wait > 0)
    throw new Refused(429, 'TOO_MANY_TRIES', `too many tries; try again in ${Math.ceil(wait / 60)} minutes`, {
      retryAfter: wait,
    });
}

export type Enter = (request: Request, who: SignedIn, person: Person) => Promise<SessionAnswer>;

/** Lets somebody in who has proven everything that is asked: a new session, written down. */
export function enterer({ people, audit, ended }: Pick<SessionRouteDeps, 'people' | 'audit' | 'ended'>): Enter {
  return async (request, who, person) => {
    const before = request.sessionID;
    const on = { id: person.id, title: person.email };
    await audit.add(HOUSE, { action: 'session.in', on }, actorOf(request, person));
    await beginSession(request, who);
    ended(before);
    await people.users.seen(person.id);
    return answerFor(people.users, person, request);
  };
}

export function sessionRoutes({ people, audit, ended }: SessionRouteDeps): Router {
  const { users, limits, refusals, secondSteps } = people;
  const router = Router();

  const enter = enterer({ people, audit, ended });
  const teller = (request: Request, email: string) => (why: RefusedWhy) =>
    refusals.tell({ email, ip: request.ip ?? '', why });

  router.get('/', async (request, response) => {
    const person = await someoneOf(request, users);
    if (!person && request.query['optional'] !== 'true') throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in first');
    response.json(person && (await answerFor(users, person, request)));
  });

  router.post('/', async (request, response) => {
    const { email, password } = SignIn.parse(request.body);
    const tries = limits.signIn(email, request.ip ?? '');
    const tell = teller(request, email);
    await takeTry(tries, () => tell('too-many-tries'));
    const who = await users.verify(email, password);
    const person = who && (await users.signedIn(who));
    if (!who || !person) await tell('password');
    if (!who || !person)
      throw new Refused(401, 'SIGN_IN_WRONG', 'the email or the password is wrong', { field: 'password' });
    await tries.clear();
    const before = request.sessionID;
    if ((await secondSteps.state(person.id)).on) {
      await beginHalf(request, who);
      ended(before);
      return void response.json({ secondStep: true } satisfies SignInAnswer);
    }
    response.json(await enter(request, who, person));
  });

  router.post('/second-step', async (request, response) => {
    const { code } = SecondStep.parse(request.body);
    const who = halfSignedIn(request.session);
    const person = who && (await users.signedIn(who));
    if (!who || !person) throw new Refused(401, 'SIGN_IN_NEEDED', 'sign in with the password first');
    const tries = limits.code(who.user);
    const tell = teller(request, person.email);
    await takeTry(tries, () => tell('too-many-tries'));
    if (!(await secondSteps.check(who.user, code))) {
      await tell('code');
      throw new Refused(422, 'CODE_WRONG', 'the code is wrong, or was used', { field: 'code' });
    }
    await tries.clear();
    response.json(await enter(request, who, person));
  });

  router.delete('/', async (request, response) => {
    const sid = request.sessionID;
    const person = await someoneOf(request, users);
    await endSession(request);
    ended(sid);
    if (person) {
      const on = { id: person.id, title: person.email };
      await users.seen(person.id);
      await audit.add(HOUSE, { action: 'session.out', on }, actorOf(request, person));
    }
    response.status(204).end();
  });

  return router;
}
