import {
  type ChangeAccount,
  type ChangePassword,
  type ForgotPassword,
  type ResetPassword,
  SessionAnswer,
  type SignIn,
} from '#runtime/people.ts';
import { call, tell } from './call.ts';

export const signIn = (body: SignIn) => call(SessionAnswer, '/session', { method: 'POST', body });
export const signOut = () => tell('/session', { method: 'DELETE' });

export const forgotPassword = (body: ForgotPassword) => tell('/password/forgotten', { method: 'POST', body });
export const resetPassword = (body: ResetPassword) => tell('/password', { method: 'POST', body });

export const changeAccount = (body: ChangeAccount) => tell('/account', { method: 'PUT', body });
export const changePassword = (body: ChangePassword) => tell('/account/password', { method: 'PUT', body });
