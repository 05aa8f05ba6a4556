import type { TFunction } from 'i18next';
import { ErrorCode, errorTable } from '#runtime/error.ts';
import { ApiError } from '../api/call.ts';
import type { Language } from '../state/preferences.ts';

/** One sentence about a request that failed, in words a person can act on. */
export function failureText(error: unknown, t: TFunction, language: Language): string {
  if (!(error instanceof ApiError))
    return t('shell.errors.other', { message: error instanceof Error ? error.message : '' });
  if (error.status === 0) return t('shell.errors.network');
  if (error.code === 'ANSWER_INVALID') return t('shell.errors.answer');
  if (error.status === 403) return t('shell.errors.forbidden');
  if (error.status === 404) return t('shell.errors.missing');
  const code = ErrorCode.safeParse(error.code);
  if (error.status === 409 && !code.success) return t('shell.errors.conflict');
  if (code.success) return `${errorTable[code.data].what[language]} ${error.message}`;
  return t('shell.errors.other', { message: error.message });
}
