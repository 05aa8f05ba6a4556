import { Router } from 'express';
import { ForgotPassword, LookAtLink, ResetPassword } from '#runtime/people.ts';
import { Refused } from '../adapters/refusal.ts';
import type { People } from '../auth/people.ts';
import { takeTry } from './session.ts';

const linkOver = (): Refused =>
  new Refused(404, 'LINK_OVER', 'the link has been used or is too old; ask for a new one', { field: 'token' });

/** A new password for who has forgotten the old one; nobody is signed in here. */
export function passwordRoutes({ limits, passwords, mailer }: People): Router {
  const router = Router();

  router.post('/forgotten', async (request, response) => {
    const { email, language } = ForgotPassword.parse(request.body);
    if (!mailer) throw new Refused(503, 'MAIL_OFF', 'mails cannot be sent from here; ask an administrator for a link');
    await takeTry(limits.mail(email, request.ip ?? ''));
    // nothing is looked up before the answer: it takes as long and says the same for an address nobody has
    passwords.forgotten(email, language, request.ip ?? null);
    response.status(202).json({});
  });

  router.post('/link', async (request, response) => {
    const { token } = LookAtLink.parse(request.body);
    const email = await passwords.emailOf(token);
    if (email === null) throw linkOver();
    response.json({ email });
  });

  router.post('/', async (request, response) => {
    const { token, password } = ResetPassword.parse(request.body);
    if ((await passwords.reset(token, password, request.ip ?? null)) === null) throw linkOver();
    response.status(204).end();
  });

  return router;
}
