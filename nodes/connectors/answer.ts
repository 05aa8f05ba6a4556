import type { z } from 'zod';
import { FlowError, fieldPath, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Page, Refused } from '../commerce/model.ts';

/**
 * What a vendor answered, checked for the fields we read. Rejects with RetryableError TARGET_ANSWER_INVALID naming the field:
 * never terminal, since a write whose answer cannot be read may have been done.
 */
export function readAnswer<T extends z.ZodType>(schema: T, body: unknown, what: string): z.output<T> {
  const read = schema.safeParse(body);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  const field = issue ? fieldPath([what, ...issue.path]) : what;
  throw new RetryableError('TARGET_ANSWER_INVALID', `${field}: ${issue?.message ?? 'has the wrong shape'}`, { field });
}

/**
 * Reads further in the answer to a write that was done. A TerminalError would say that nothing was written, and the write would
 * be made again: so it becomes a RetryableError, whose outcome is looked up.
 */
export function afterWrite<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TerminalError)) throw error;
    const { field } = error;
    const options = { cause: error, ...(field === undefined ? {} : { field }) };
    throw new RetryableError('TARGET_ANSWER_INVALID', error.message, options);
  }
}

/** At most so many UTF-16 units, never half a letter: half an emoji is no text, and neither JSON nor a database takes it. */
export function cut(text: string, max: number): string {
  const end = text.charCodeAt(max - 1);
  return text.slice(0, text.length > max && end >= 0xd800 && end < 0xdc00 ? max - 1 : max);
}

/** Text with something in it, at most 500 characters, else undefined: vendors send '' for “none”. */
export function filled(value: unknown): string | undefined {
  const text = typeof value === 'number' ? String(value) : typeof value === 'string' ? value.trim() : '';
  return text === '' ? undefined : cut(text, 500).trim();
}

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** The object without its undefined fields, fit to be sent. */
export function compact<T extends Readonly<Record<string, Json | undefined>>>(
  fields: T,
): JsonObject & Partial<Present<T>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject &
    Partial<Present<T>>;
}

/** The text when it fits the vendor's field. Throws VALUE_TOO_LONG naming our field. */
export function fitting(value: string | undefined, max: number, field: string): string | undefined {
  if (value === undefined || value.length <= max) return value;
  throw new TerminalError('VALUE_TOO_LONG', `${field} has ${value.length} characters; ${max} fit`, { field });
}

/** Milliseconds of a Retry-After header in seconds; dates are left to the engine's own back-off. */
export function retryAfterMs(headers: Readonly<Record<string, string>>): number | undefined {
  const text = headers['retry-after'];
  return text !== undefined && /^\d{1,6}$/.test(text.trim()) ? Number(text) * 1000 : undefined;
}

/** A cursor is JSON of our own making; one that was tampered with or cut is refused by name. */
export function readCursor<T extends z.ZodType>(schema: T, cursor: string | undefined): z.output<T> | undefined {
  if (cursor === undefined) return undefined;
  try {
    return schema.parse(JSON.parse(cursor));
  } catch (cause) {
    throw new TerminalError('INPUT_INVALID', 'the cursor is not one of this list', { field: 'cursor', cause });
  }
}

/**
 * Reads the entries of a page one by one. What cannot be read, now or later, is refused by its id; a record that is gone is
 * left out; anything else, such as a limit or a broken line, fails the page.
 */
export async function readEach<E, T>(
  entries: readonly E[],
  idOf: (entry: E) => string,
  read: (entry: E) => T | Promise<T>,
): Promise<Page<T>> {
  const items: T[] = [];
  const refused: Refused[] = [];
  for (const entry of entries) {
    try {
      items.push(await read(entry));
    } catch (error) {
      const hopeless =
        error instanceof TerminalError || (error instanceof FlowError && error.code === 'TARGET_ANSWER_INVALID');
      if (!hopeless) throw error;
      if (error.code === 'TARGET_NOT_FOUND') continue;
      const { code, message, field } = error;
      refused.push({
        id: idOf(entry),
        code,
        message: cut(message, 4000),
        ...(field === undefined ? {} : { field }),
      });
    }
  }
  return { items, ...(refused.length === 0 ? {} : { refused }) };
}
