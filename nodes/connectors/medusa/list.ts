import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { RetryableError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { readAnswer } from '../answer.ts';

type Query = NonNullable<Parameters<Session['http']>[0]['query']>;

/** Records with their relations; an order of thirty rows is some 100 kB. */
export const PAGE = 50;
/** Ids and clocks alone. */
export const LIGHT_PAGE = 1000;
const MOST_PAGES = 100;

/** One page of a list, as it came. The answer names it by the path's last word, `/admin/price-lists` → `price_lists`. */
export async function pageAt(session: Session, path: string, query: Query): Promise<Json[]> {
  const answer = await session.http({ method: 'GET', path, query });
  const name = (path.split('/').at(-1) ?? path).replaceAll('-', '_');
  const key = NAMES[name] ?? name;
  const body = readAnswer(z.looseObject({ [key]: z.array(z.json()) }), answer.body, path);
  return body[key] as Json[];
}

const NAMES: Readonly<Record<string, string>> = { product_variants: 'variants' };

/** One record of an answer, `{ order: … }`. */
export function recordIn<T extends z.ZodType>(shape: T, name: string, body: Json): z.output<T> {
  return (readAnswer(z.looseObject({ [name]: shape }), body, 'answer') as Record<string, z.output<T>>)[
    name
  ] as z.output<T>;
}

/** A list to its end, for short ones. */
export async function every(session: Session, path: string, query: Query): Promise<Json[]> {
  const all: Json[] = [];
  for (let page = 0; page < MOST_PAGES; page++) {
    const entries = await pageAt(session, path, {
      order: 'id',
      ...query,
      limit: LIGHT_PAGE,
      offset: page * LIGHT_PAGE,
    });
    all.push(...entries);
    if (entries.length < LIGHT_PAGE) return all;
  }
  throw new RetryableError('TARGET_ANSWER_INVALID', `${path} has more than ${MOST_PAGES * LIGHT_PAGE} entries`);
}

/** Where a list by time of change goes on. */
export const Edge = z.strictObject({
  since: z.iso.datetime().optional(),
  /** Within the very millisecond of `since`, by id, from so many on: what one transaction writes has one time. */
  tied: z.int().min(0).optional(),
  /** Ids at the edge that the pages before have answered already. */
  seen: z.array(z.string().max(100)).max(2 * PAGE),
});
export type Edge = z.infer<typeof Edge>;

export const startAt = (changedSince: string | undefined): Edge => ({
  ...(changedSince === undefined ? {} : { since: new Date(changedSince).toISOString() }),
  seen: [],
});

const Changed = z.looseObject({ id: z.string(), updated_at: z.string() });
type Changed = z.infer<typeof Changed>;

/** Records of one millisecond that may change, and so leave it, between two pages without another being passed over. */
const MARGIN = 10;

const after = (instant: string): string => new Date(Date.parse(instant) + 1).toISOString();

function nextEdge(from: Edge, records: readonly Changed[]): Edge | undefined {
  const [first, last] = [records[0]?.updated_at, records.at(-1)?.updated_at];
  const whole = records.length === PAGE && first !== undefined && last !== undefined;
  const ids = records.map(({ id }) => id);
  if (from.tied !== undefined) {
    const { since = '' } = from;
    if (!whole) return { since: after(since), seen: [] };
    return { since, tied: from.tied + PAGE - MARGIN, seen: [...from.seen.slice(0, PAGE), ...ids] };
  }
  if (!whole) return undefined;
  const edge = new Date(last).toISOString();
  if (first === last) return { since: edge, tied: 0, seen: ids };
  return { since: edge, seen: records.filter((one) => one.updated_at === last).map(({ id }) => id) };
}

/**
 * The next page of records by `updated_at`. Page numbers would pass over records when others move to the end while we read, so
 * each page starts where the last one ended. The server's filter is not taken on trust: what is older than asked is left out.
 */
export async function changedPage(
  session: Session,
  path: string,
  from: Edge,
  query: Query,
): Promise<{ readonly entries: Json[]; readonly next?: Edge }> {
  const { since, tied } = from;
  const entries = await pageAt(session, path, {
    ...query,
    order: tied === undefined ? 'updated_at' : 'id',
    limit: PAGE,
    offset: tied ?? 0,
    ...(since === undefined ? {} : { 'updated_at[$gte]': since }),
    ...(since === undefined || tied === undefined ? {} : { 'updated_at[$lt]': after(since) }),
  });
  const records = entries.map((entry) => readAnswer(Changed, entry, path));
  const seen = new Set(from.seen);
  const oldest = since === undefined ? 0 : Date.parse(since);
  const fresh = entries.filter((_, index) => {
    const record = records[index];
    return record !== undefined && !seen.has(record.id) && Date.parse(record.updated_at) >= oldest;
  });
  const next = nextEdge(from, records);
  return { entries: fresh, ...(next === undefined ? {} : { next }) };
}

/** Records by their ids, in pages that a busy server bears; those that are gone are left out. */
export async function byIds(session: Session, path: string, ids: Iterable<string>, query: Query): Promise<Json[]> {
  const all = [...new Set(ids)];
  const found: Json[] = [];
  for (let at = 0; at < all.length; at += PAGE) {
    const wanted = all.slice(at, at + PAGE);
    const entries = await pageAt(session, path, { ...query, 'id[]': wanted, limit: PAGE });
    found.push(...entries.filter((entry) => wanted.includes(idIn(entry))));
  }
  return found;
}

export const idIn = (entry: Json): string => String((entry as { id?: unknown } | null)?.id);

/** The latest of some clocks, as an instant. */
export function latest(clocks: readonly string[]): string {
  return clocks.reduce((most, clock) => (Date.parse(clock) > Date.parse(most) ? clock : most));
}
