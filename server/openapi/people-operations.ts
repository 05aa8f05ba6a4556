import { z } from 'zod';
import {
  AccountAnswer,
  ChangeAccount,
  ChangePassword,
  ConfirmSecondStep,
  EndSecondStep,
  ForgotPassword,
  LookAtLink,
  RecoveryCodes,
  ResetAnswer,
  ResetPassword,
  SecondStep,
  SecondStepBegun,
  SessionAnswer,
  SignIn,
  SignInAnswer,
  SignInOptions,
} from '#runtime/people.ts';
import { ConfirmVisit, Visit } from '#runtime/visit.ts';
import { type OperationGroup, refusal } from './operation.ts';

/** Nothing to say yet. */
export const Accepted = z.strictObject({});
/** Null: nobody is signed in. */
export const SessionOrNone = SessionAnswer.nullable();

const tooMany = refusal(429, 'TOO_MANY_TRIES', 'too many tries; come again after Retry-After');
const codeWrong = refusal(422, 'CODE_WRONG', 'the code is wrong, or was used');
const noProvider = refusal(404, 'OIDC_OFF', 'no identity provider is set');
const linkOver = refusal(404, 'LINK_OVER', 'the link has been used or is too old');

const visitorsOnly = [
  refusal(403, 'NOT_ALLOWED', 'the person is no administrator, or is a member there'),
  refusal(404, 'TENANT_MISSING', 'there is no such customer, or it is none of the caller’s'),
];

export const peopleOperations: OperationGroup = {
  title: 'People',
  about: 'For people and their browsers; a session is a cookie. Systems use a token.',
  operations: [
    {
      method: 'get',
      path: '/api/session',
      summary: 'Ask who is signed in',
      description: 'With `?optional=true` the answer is null where nobody is.',
      access: 'browser',
      answers: { 200: SessionOrNone },
      refusals: [refusal(401, 'SIGN_IN_NEEDED', 'nobody is')],
    },
    {
      method: 'post',
      path: '/api/session',
      summary: 'Sign in',
      access: 'browser',
      body: SignIn,
      answers: { 200: SignInAnswer },
      refusals: [refusal(401, 'SIGN_IN_WRONG', 'the email or the password is wrong'), tooMany],
    },
    {
      method: 'post',
      path: '/api/session/second-step',
      summary: 'Sign in, the second step',
      access: 'browser',
      body: SecondStep,
      answers: { 200: SessionAnswer },
      refusals: [refusal(401, 'SIGN_IN_NEEDED', 'the password was not given'), codeWrong, tooMany],
    },
    { method: 'delete', path: '/api/session', summary: 'Sign out', access: 'browser', answers: { 204: 'empty' } },
    {
      method: 'get',
      path: '/api/sign-in',
      summary: 'Ask what the sign-in page may offer',
      access: 'browser',
      answers: { 200: SignInOptions },
    },
    {
      method: 'get',
      path: '/api/oidc/start',
      summary: 'Go to the identity provider',
      access: 'browser',
      answers: { 302: 'redirect' },
      refusals: [noProvider, refusal(503, 'OIDC_DOWN', 'it does not answer')],
    },
    {
      method: 'get',
      path: '/api/oidc/return',
      summary: 'Come back from the identity provider',
      access: 'browser',
      answers: { 302: 'redirect' },
      refusals: [noProvider],
    },
    {
      method: 'post',
      path: '/api/password/forgotten',
      summary: 'Have a link to a new password mailed',
      description: 'The answer is the same whether anybody has the address or not.',
      access: 'browser',
      body: ForgotPassword,
      answers: { 202: Accepted },
      refusals: [refusal(503, 'MAIL_OFF', 'mails cannot be sent from here'), tooMany],
    },
    {
      method: 'post',
      path: '/api/password/link',
      summary: 'Ask whose password a link changes',
      access: 'browser',
      body: LookAtLink,
      answers: { 200: ResetAnswer },
      refusals: [linkOver],
    },
    {
      method: 'post',
      path: '/api/password',
      summary: 'Set a new password by a mailed link',
      access: 'browser',
      body: ResetPassword,
      answers: { 204: 'empty' },
      refusals: [linkOver],
    },
    {
      method: 'put',
      path: '/api/account',
      summary: 'Change the own name or language',
      access: 'person',
      body: ChangeAccount,
      answers: { 204: 'empty' },
    },
    {
      method: 'put',
      path: '/api/account/password',
      summary: 'Change the own password',
      access: 'person',
      body: ChangePassword,
      answers: { 204: 'empty' },
      refusals: [refusal(422, 'PASSWORD_WRONG', 'the password now is another'), tooMany],
    },
    {
      method: 'put',
      path: '/api/tenants/:tenant/visit',
      summary: 'Say why you change things at a customer of others',
      description: 'For administrators, who otherwise only look; good for half an hour.',
      access: 'person',
      body: ConfirmVisit,
      answers: { 200: Visit },
      refusals: visitorsOnly,
    },
    {
      method: 'delete',
      path: '/api/tenants/:tenant/visit',
      summary: 'Only look again',
      access: 'person',
      answers: { 204: 'empty' },
      refusals: visitorsOnly,
    },
    {
      method: 'get',
      path: '/api/account',
      summary: 'See the own account',
      access: 'person',
      answers: { 200: AccountAnswer },
    },
    {
      method: 'post',
      path: '/api/account/second-step',
      summary: 'Begin to set up two-step sign-in',
      access: 'person',
      answers: { 200: SecondStepBegun },
      refusals: [refusal(409, 'SECOND_STEP_ON', 'it is on already')],
    },
    {
      method: 'put',
      path: '/api/account/second-step',
      summary: 'Turn two-step sign-in on',
      access: 'person',
      body: ConfirmSecondStep,
      answers: { 200: RecoveryCodes },
      refusals: [codeWrong, tooMany],
    },
    {
      method: 'delete',
      path: '/api/account/second-step',
      summary: 'Turn two-step sign-in off',
      access: 'person',
      body: EndSecondStep,
      answers: { 204: 'empty' },
      refusals: [refusal(422, 'PASSWORD_WRONG', 'the password now is another'), codeWrong, tooMany],
    },
    {
      method: 'delete',
      path: '/api/account/sessions/:session',
      summary: 'End one of the own sessions',
      access: 'person',
      answers: { 204: 'empty' },
      refusals: [refusal(404, 'SESSION_MISSING', 'there is no such session of yours')],
    },
    {
      method: 'delete',
      path: '/api/account/sessions',
      summary: 'End all of the own sessions',
      access: 'person',
      answers: { 204: 'empty' },
    },
  ],
};
