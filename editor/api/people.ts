import {
  AcceptedAnswer,
  type AcceptInvitation,
  type ChangeAccount,
  type ChangeMember,
  type ChangePassword,
  type ForgotPassword,
  type Invite,
  RecoveryCodes,
  type ResetPassword,
  SecondStepBegun,
  SentLink,
  SessionAnswer,
  type SignIn,
  SignInAnswer,
} from '#runtime/people.ts';
import { call, tell } from './call.ts';

export const signIn = (body: SignIn) => call(SignInAnswer, '/session', { method: 'POST', body });
export const giveCode = (code: string) =>
  call(SessionAnswer, '/session/second-step', { method: 'POST', body: { code } });
export const signOut = () => tell('/session', { method: 'DELETE' });

export const forgotPassword = (body: ForgotPassword) => tell('/password/forgotten', { method: 'POST', body });
export const resetPassword = (body: ResetPassword) => tell('/password', { method: 'POST', body });

export const changeAccount = (body: ChangeAccount) => tell('/account', { method: 'PUT', body });
export const changePassword = (body: ChangePassword) => tell('/account/password', { method: 'PUT', body });

const members = (tenant: number) => `/tenants/${tenant}/members`;

export const invite = (tenant: number, body: Invite) =>
  call(SentLink, `${members(tenant)}/invitations`, { method: 'POST', body });
export const resendInvitation = (tenant: number, invitation: string) =>
  call(SentLink, `${members(tenant)}/invitations/${invitation}/resend`, { method: 'POST', body: {} });
export const revokeInvitation = (tenant: number, invitation: string) =>
  tell(`${members(tenant)}/invitations/${invitation}`, { method: 'DELETE' });
export const acceptInvitation = (body: AcceptInvitation) =>
  call(AcceptedAnswer, '/invitations/accept', { method: 'POST', body });

export const changeMember = (tenant: number, member: string, body: ChangeMember) =>
  tell(`${members(tenant)}/${member}`, { method: 'PUT', body });
export const removeMember = (tenant: number, member: string) =>
  tell(`${members(tenant)}/${member}`, { method: 'DELETE' });
export const resetMember = (tenant: number, member: string) =>
  call(SentLink, `${members(tenant)}/${member}/reset`, { method: 'POST', body: {} });

export const beginSecondStep = () => call(SecondStepBegun, '/account/second-step', { method: 'POST', body: {} });
export const confirmSecondStep = (body: { readonly code: string }) =>
  call(RecoveryCodes, '/account/second-step', { method: 'PUT', body });
export const endSecondStep = (body: { readonly password: string; readonly code: string }) =>
  tell('/account/second-step', { method: 'DELETE', body });
export const renewRecoveryCodes = (body: { readonly password: string; readonly code: string }) =>
  call(RecoveryCodes, '/account/recovery-codes', { method: 'POST', body });
export const endMemberSecondStep = (tenant: number, member: string) =>
  tell(`${members(tenant)}/${member}/second-step`, { method: 'DELETE' });

export const endSession = (session: string) => tell(`/account/sessions/${session}`, { method: 'DELETE' });
export const endSessions = () => tell('/account/sessions', { method: 'DELETE' });
