import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { Page } from './model.ts';

/** Every page as one list; throws TOO_LARGE when there is more than `most`, since half a list would look like all of it. */
export async function allPages<T>(
  page: (cursor: string | undefined) => Promise<Page<T>>,
  most: number,
  what: string,
): Promise<T[]> {
  const all: T[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  do {
    const { items, cursor: next } = await page(cursor);
    all.push(...items);
    if (all.length > most) {
      throw new TerminalError('TOO_LARGE', `more than ${most} ${what}: narrow the step, or raise its limit`, {
        field: 'most',
      });
    }
    if (next !== undefined && seen.has(next)) {
      throw new RetryableError('TARGET_ANSWER_INVALID', `${what}: the same page came twice`, { field: 'cursor' });
    }
    if (next !== undefined) seen.add(next);
    cursor = next;
  } while (cursor !== undefined);
  return all;
}
