import { type Request, Router } from 'express';
import {
  type AccountAnswer,
  ChangeAccount,
  ChangePassword,
  ConfirmSecondStep,
  EndSecondStep,
  type RecoveryCodes,
  RenewRecoveryCodes,
} from '#runtime/people.ts';
import { Refused } from '../adapters/refusal.ts';
import type { Tries } from '../auth/limits.ts';
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
  const { users, limits, refusals, passwords, secondSteps, sessions } = people;
  const router = Router();

  /** All other sessions have been ended: this one goes on under another id. */
  const goOn = async (request: Request, user: string): Promise<void> => {
    const before = request.sessionID;
    await beginSession(request, { user, epoch: await users.epochOf(user) });
    ended(before);
  };
  /** A try at the own password or code; too many of them may be somebody else at an open page. */
  const proof = async (request: Request): Promise<Tries> => {
    const { id, email } = personOf(request);
    const tries = limits.proof(id);
    await takeTry(tries, () => refusals.tell({ email, ip: request.ip ?? '', why: 'too-many-tries' }));
    return tries;
  };
  const requirePassword = async (request: Request, password: string, field: string): Promise<void> => {
    if (!(await users.verify(personOf(request).email, password)))
      throw new Refused(422, 'PASSWORD_WRONG', 'that is not your password now', { field });
  };
  const codeWrong = (): Refused => new Refused(422, 'CODE_WRONG', 'the code is wrong, or was used', { field: 'code' });

  router.get('/', async (request, response) => {
    const { id } = personOf(request);
    const answer: AccountAnswer = {
      secondStep: { ...(await secondSteps.state(id)), required: await users.mustHaveSecondStep(id) },
      sessions: await sessions.list(id, request.sessionID),
    };
    response.json(answer);
  });

  router.put('/', async (request, response) => {
    await users.change(personOf(request).id, ChangeAccount.parse(request.body));
    response.status(204).end();
  });

  router.put('/password', async (request, response) => {
    const { current, password } = ChangePassword.parse(request.body);
    const { id } = personOf(request);
    const tries = await proof(request);
    await requirePassword(request, current, 'current');
    await tries.clear();
    await passwords.change(id, password);
    await goOn(request, id);
    response.status(204).end();
  });

  router.post('/second-step', async (request, response) => {
    const { id, email } = personOf(request);
    response.json(await secondSteps.begin(id, email));
  });
  router.put('/second-step', async (request, response) => {
    const { code } = ConfirmSecondStep.parse(request.body);
    const { id, email } = personOf(request);
    const tries = await proof(request);
    const codes = await secondSteps.confirm(id, email, code);
    if (!codes) throw codeWrong();
    await tries.clear();
    await sessions.endAll(id);
    await goOn(request, id);
    const answer: RecoveryCodes = { codes };
    response.json(answer);
  });
  router.delete('/second-step', async (request, response) => {
    const { password, code } = EndSecondStep.parse(request.body);
    const { id, email } = personOf(request);
    const tries = await proof(request);
    await requirePassword(request, password, 'password');
    if (!(await secondSteps.check(id, code))) throw codeWrong();
    await tries.clear();
    await secondSteps.off(id, email);
    response.status(204).end();
  });

  router.post('/recovery-codes', async (request, response) => {
    const { password, code } = RenewRecoveryCodes.parse(request.body);
    const { id, email } = personOf(request);
    const tries = await proof(request);
    await requirePassword(request, password, 'password');
    if (!(await secondSteps.check(id, code))) throw codeWrong();
    await tries.clear();
    const answer: RecoveryCodes = { codes: await secondSteps.renewCodes(id, email) };
    response.json(answer);
  });

  router.delete('/sessions/:session', async (request, response) => {
    if (!(await sessions.end(personOf(request).id, String(request.params['session']))))
      throw new Refused(404, 'SESSION_MISSING', 'there is no such session of yours', { field: 'session' });
    response.status(204).end();
  });
  router.delete('/sessions', async (request, response) => {
    await sessions.endAll(personOf(request).id);
    response.status(204).end();
  });

  return router;
}
