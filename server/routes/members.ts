import { type Request, Router } from 'express';
import { ChangeMember, Invite, type MemberList, type SentLink } from '#runtime/people.ts';
import { Refused } from '../adapters/refusal.ts';
import type { People } from '../auth/people.ts';
import { grantableRoles, may } from '../auth/permission.ts';
import { allow, idOf, personOf, tenantOf } from './access.ts';
import { takeTry } from './session.ts';

/** Who belongs to the customer, and who is invited. */
export function memberRoutes({ members, invitations, passwords, secondSteps, limits }: People): Router {
  const router = Router({ mergeParams: true });
  const where = (request: Request) => [tenantOf(request), personOf(request)] as const;
  const mailTry = (request: Request, email: string) => takeTry(limits.invitation(email, personOf(request).id));

  router.get('/', allow('member.read'), async (request, response) => {
    const [tenant, person] = where(request);
    const answer: MemberList = {
      members: await members.list(tenant, person),
      invitations: await invitations.list(tenant, person),
      grantable: [...grantableRoles(person, tenant)],
      resets: may(person, 'member.reset', tenant),
    };
    response.json(answer);
  });

  router.post('/invitations', allow('member.manage'), async (request, response) => {
    const wish = Invite.parse(request.body);
    await mailTry(request, wish.email);
    response.status(201).json(await invitations.invite(...where(request), wish));
  });
  router.post('/invitations/:invitation/resend', allow('member.manage'), async (request, response) => {
    const id = idOf(request, 'invitation');
    await mailTry(request, id);
    response.json(await invitations.resend(...where(request), id));
  });
  router.delete('/invitations/:invitation', allow('member.manage'), async (request, response) => {
    await invitations.revoke(...where(request), idOf(request, 'invitation'));
    response.status(204).end();
  });

  router.put('/:member', allow('member.manage'), async (request, response) => {
    const { role } = ChangeMember.parse(request.body);
    await members.setRole(...where(request), idOf(request, 'member'), role);
    response.status(204).end();
  });
  router.delete('/:member', allow('member.manage'), async (request, response) => {
    await members.remove(...where(request), idOf(request, 'member'));
    response.status(204).end();
  });
  router.post('/:member/reset', allow('member.reset'), async (request, response) => {
    const member = idOf(request, 'member');
    await members.emailOf(tenantOf(request), member);
    const answer: SentLink = await passwords.sendLink(member);
    response.json(answer);
  });

  router.delete('/:member/second-step', allow('member.reset'), async (request, response) => {
    const member = idOf(request, 'member');
    const email = await members.emailOf(tenantOf(request), member);
    if (!(await secondSteps.off(member, email)))
      throw new Refused(404, 'SECOND_STEP_OFF', 'two-step sign-in is not on');
    response.status(204).end();
  });

  return router;
}
