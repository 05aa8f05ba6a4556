import type { TFunction } from 'i18next';
import { ApiError } from '../api/call.ts';
import type { Language } from '../state/preferences.ts';
import { failureText } from './failure-text.ts';

/** A request that failed in the page's own words, by its code or else its field; in general words otherwise. */
export function knownFailure(
  error: unknown,
  words: Readonly<Record<string, string>>,
  t: TFunction,
  language: Language,
): string {
  const known = error instanceof ApiError ? (words[error.code] ?? words[error.field ?? '']) : undefined;
  return known ?? failureText(error, t, language);
}
