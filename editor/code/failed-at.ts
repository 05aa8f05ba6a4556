import type { CodeTrial } from '#runtime/protocol.ts';
import type { CodeProblem } from './code-view.ts';

/** A failed trial as a problem of the text, where it says the line. */
export function failedAt(failure: CodeTrial['failure']): readonly CodeProblem[] {
  const { message, line, column } = failure ?? {};
  if (message === undefined || line === undefined) return [];
  return [{ message, line, ...(column === undefined ? {} : { column }) }];
}
