import type { TFunction } from 'i18next';
import { ApiError } from '../api/call.ts';
import { people } from '../locales/en/people.ts';
import type { Language } from '../state/preferences.ts';
import { failureText } from './failure-text.ts';

const isTold = (code: string): code is keyof typeof people.errors => Object.hasOwn(people.errors, code);

/** One sentence about a refusal that has to do with accounts; else as any other failure. */
export function peopleFailure(error: unknown, t: TFunction, language: Language): string {
  if (error instanceof ApiError && isTold(error.code)) return t(`people.errors.${error.code}`);
  return failureText(error, t, language);
}
