import type { z } from 'zod';
import { fieldPath } from '#runtime/error.ts';
import { issueWords } from '#runtime/issue-words.ts';

/** What is first wrong with an input, and where. */
export interface InputIssue {
  /** Empty for the whole input. */
  readonly field: string;
  /** Begins with the field, where there is one. */
  readonly message: string;
}

/** An unknown key is named itself, not the object it is in; `at` is where the input stands in something larger. */
export function inputIssue(error: z.ZodError, at: readonly PropertyKey[] = []): InputIssue {
  const [issue] = error.issues;
  if (!issue) return { field: fieldPath(at), message: 'the input has the wrong shape' };
  const key = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : [];
  const field = fieldPath([...at, ...issue.path, ...key]);
  const words = issueWords(issue).en;
  return { field, message: field === '' ? words : `${field}: ${words}` };
}
