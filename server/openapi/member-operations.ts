import {
  AcceptedAnswer,
  AcceptInvitation,
  ChangeMember,
  InvitationAnswer,
  Invite,
  LookAtLink,
  MemberList,
  SentLink,
} from '#runtime/people.ts';
import { type OperationGroup, refusal } from './operation.ts';

const members = '/api/tenants/:tenant/members';
const invitation = `${members}/invitations/:invitation`;
const member = `${members}/:member`;

const tooMany = refusal(429, 'TOO_MANY_TRIES', 'too many mails; come again after Retry-After');
const above = refusal(403, 'ROLE_ABOVE', 'the role is above those the caller may give and take');
const own = refusal(403, 'OWN_ROLE', 'it is the caller');
const mailOff = refusal(503, 'MAIL_OFF', 'mails cannot be sent from here');
const noMember = refusal(404, 'MEMBER_MISSING', 'there is no such member');
const noInvitation = refusal(404, 'INVITATION_MISSING', 'there is no such invitation');
const over = refusal(404, 'INVITATION_OVER', 'the invitation has been used, taken back or is too old');

export const memberOperations: OperationGroup = {
  title: 'Members',
  about: 'Who belongs to a customer, and who is invited. Nobody gives a role above the own.',
  operations: [
    {
      method: 'get',
      path: members,
      summary: 'List members and open invitations',
      access: 'member.read',
      answers: { 200: MemberList },
    },
    {
      method: 'put',
      path: member,
      summary: 'Give a member another role',
      access: 'member.manage',
      body: ChangeMember,
      answers: { 204: 'empty' },
      refusals: [noMember, above, own],
    },
    {
      method: 'delete',
      path: member,
      summary: 'Remove a member',
      description: 'Their sessions reach the customer no more, at once.',
      access: 'member.manage',
      answers: { 204: 'empty' },
      refusals: [noMember, above, own],
    },
    {
      method: 'post',
      path: `${member}/reset`,
      summary: 'Send a member a link to a new password',
      access: 'member.reset',
      answers: { 200: SentLink },
      refusals: [noMember],
    },
    {
      method: 'delete',
      path: `${member}/second-step`,
      summary: 'Turn a member’s two-step sign-in off',
      access: 'member.reset',
      answers: { 204: 'empty' },
      refusals: [noMember, refusal(404, 'SECOND_STEP_OFF', 'it is not on')],
    },
    {
      method: 'post',
      path: `${members}/invitations`,
      summary: 'Invite somebody',
      description: 'A mail that is not taken is told, and the invitation stays, to be sent again.',
      access: 'member.manage',
      body: Invite,
      answers: { 201: SentLink },
      refusals: [
        above,
        mailOff,
        tooMany,
        refusal(409, 'MEMBER_ALREADY', 'the address belongs to a member'),
        refusal(409, 'TOO_MANY_INVITATIONS', 'too many are open'),
      ],
    },
    {
      method: 'post',
      path: `${invitation}/resend`,
      summary: 'Send an invitation again',
      description: 'With another link, good for another week; the one before is over.',
      access: 'member.manage',
      answers: { 200: SentLink },
      refusals: [noInvitation, above, mailOff, tooMany],
    },
    {
      method: 'delete',
      path: invitation,
      summary: 'Take an invitation back',
      access: 'member.manage',
      answers: { 204: 'empty' },
      refusals: [noInvitation, above],
    },
    {
      method: 'post',
      path: '/api/invitations/look',
      summary: 'Ask what an invitation is for',
      access: 'browser',
      body: LookAtLink,
      answers: { 200: InvitationAnswer },
      refusals: [over],
    },
    {
      method: 'post',
      path: '/api/invitations/accept',
      summary: 'Accept an invitation',
      description: 'With a new account, or signed in with the one the address has.',
      access: 'browser',
      body: AcceptInvitation,
      answers: { 200: AcceptedAnswer },
      refusals: [
        over,
        refusal(401, 'SIGN_IN_NEEDED', 'neither is there'),
        refusal(403, 'INVITATION_OTHERS', 'it is for another address'),
        refusal(409, 'SIGN_IN_TO_ACCEPT', 'the address has an account'),
      ],
    },
  ],
};
