import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { Page } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { FortnoxMeta } from './shape.ts';
import { modifiedFilter } from './zone.ts';

/** Fortnox allows at most 500 a page. */
const MOST = 500;
/** Lists tell too little, so each entry is read by itself: at 25 requests in 5 seconds a page of these takes 10 seconds. */
const READ_EACH = 50;

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

interface Listed {
  readonly entries: readonly Json[];
  readonly last: boolean;
}

/** A schema for each name it is asked for, made once: making one costs a hundred times what reading with it does. */
function oncePer<T extends z.ZodType>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return (name) => {
    const known = made.get(name) ?? make(name);
    made.set(name, known);
    return known;
  };
}

// not checked entry by entry: what is read of one is checked where it is read, and it came as JSON
const Wrapped = oncePer((wrap) => z.looseObject({ [wrap]: z.array(z.custom<Json>()) }));
const Keyed = oncePer((key) => z.looseObject({ [key]: z.union([z.string().min(1), z.number()]) }));
const Wrapping = oncePer((wrap) => z.looseObject({ [wrap]: z.unknown() }));

/** One page of `GET 3/<path>`, whose answer keeps the entries under `wrap`. */
export async function pageAt(
  session: Session,
  path: string,
  wrap: string,
  query: Query & { readonly page: number; readonly limit: number },
): Promise<Listed> {
  const answer = await session.http({ method: 'GET', path: `3/${path}`, query });
  const body = readAnswer(Wrapped(wrap), answer.body, path);
  const entries = body[wrap] as Json[];
  const pages = readAnswer(FortnoxMeta, answer.body, path).MetaInformation?.['@TotalPages'];
  return { entries, last: typeof pages === 'number' ? query.page >= pages : entries.length < query.limit };
}

/** A list to its end, for short ones; more than 10,000 entries is refused, since that is no short list. */
export async function every(session: Session, path: string, wrap: string, query: Query = {}): Promise<Json[]> {
  const all: Json[] = [];
  for (let page = 1; page <= 20; page++) {
    const { entries, last } = await pageAt(session, path, wrap, { ...query, page, limit: MOST });
    all.push(...entries);
    if (last) return all;
  }
  throw new RetryableError('TARGET_ANSWER_INVALID', `3/${path} has more than 10,000 entries`);
}

const PageCursor = z.strictObject({ since: z.string().max(40).optional(), page: z.int().positive() });

interface Listing<T> {
  readonly path: string;
  readonly wrap: string;
  /** The field with the id of an entry. */
  readonly key: string;
  readonly query?: Query;
  /** `list`: the list's own entries say enough; `each`: every record is read whole, by its id. */
  readonly by: 'list' | 'each';
  read(entry: Json, id: string): T | Promise<T>;
}

/**
 * A page of records changed since. Fortnox tells no time of change, so pages go by number in the order of their own number:
 * changes only ever add to what the filter finds, so a record may come twice and is never passed over.
 */
export async function changedPage<T>(
  session: Session,
  input: { readonly changedSince?: string | undefined; readonly cursor?: string | undefined },
  listing: Listing<T>,
): Promise<Page<T>> {
  const { page, since } = readCursor(PageCursor, input.cursor) ?? { page: 1, since: input.changedSince };
  const { entries, last } = await pageAt(session, listing.path, listing.wrap, {
    ...listing.query,
    lastmodified: since === undefined ? undefined : modifiedFilter(since),
    page,
    limit: listing.by === 'each' ? READ_EACH : MOST,
  });
  const found = await readEach(
    entries,
    (entry) => keyOf(entry, listing),
    (entry) => listing.read(entry, keyOf(entry, listing)),
  );
  const next = { ...(since === undefined ? {} : { since }), page: page + 1 };
  return { ...found, ...(last ? {} : { cursor: JSON.stringify(next) }) };
}

export function keyOf(entry: Json, listing: { readonly path: string; readonly key: string }): string {
  return String(readAnswer(Keyed(listing.key), entry, listing.path)[listing.key]);
}

/** The record within its wrapping, `{ "Order": … }`. */
export function unwrapped<T extends z.ZodType>(body: Json, wrap: string, schema: T): z.output<T> {
  const read = readAnswer(Wrapping(wrap), body, 'answer');
  return readAnswer(schema, read[wrap], wrap);
}

/** A number as one part of a path; what no path can hold names nothing in Fortnox, and must not name another record. */
export function segment(number: string): string {
  const text = number.trim();
  if (text !== '' && text !== '.' && text !== '..') return encodeURIComponent(text);
  throw new TerminalError('TARGET_NOT_FOUND', `“${number}” is no number in Fortnox`, { field: 'id' });
}

/** Nothing where the answer is “not found”. */
export async function maybe<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'TARGET_NOT_FOUND') return undefined;
    throw error;
  }
}
