import { errorTable, type Failure } from '#runtime/error.ts';
import type { Language } from '../state/preferences.ts';

/** The first two layers of a failure: what happened, and what the reader does. The rest is technical. */
export function failureWords(failure: Failure, language: Language): { readonly what: string; readonly next: string } {
  const entry = errorTable[failure.code];
  return { what: entry.what[language], next: entry.next[language] };
}
