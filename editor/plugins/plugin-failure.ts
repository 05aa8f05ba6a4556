import type { TFunction } from 'i18next';
import { ApiError } from '../api/call.ts';
import type { Language } from '../state/preferences.ts';
import { failureText } from '../ui/failure-text.ts';

/** Refusals whose message says more than the page could: which line, which example, which field. */
const TELLING = [
  'PLUGIN_FAULTY',
  'VERSION_TAKEN',
  'TOO_MANY_VERSIONS',
  'TOO_MANY_PLUGINS',
  'PLUGIN_USED',
  'INPUT_INVALID',
];

export function pluginFailure(error: unknown, t: TFunction, language: Language): string {
  if (error instanceof ApiError && TELLING.includes(error.code))
    return error.field ? `${error.field}: ${error.message}` : error.message;
  return failureText(error, t, language);
}
