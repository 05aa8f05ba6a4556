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

/** Where a list by time of change goes on: at its last page's edge, and by offset within one single millisecond. */
export const Edge = z.strictObject({
  since: z.string().max(40).optional(),
  offset: z.int().min(0),
  /** Ids at the edge that the pages before have answered already. */
  seen: z.array(z.string().max(100)).max(PAGE),
});
export type Edge = z.infer<typeof Edge>;

export const startAt = (changedSince: string | undefined): Edge => ({
  ...(changedSince === undefined ? {} : { since: new Date(changedSince).toISOString() }),
  offset: 0,
  seen: [],
});

const Changed = z.looseObject({ id: z.string(), updated_at: z.string() });

/** Records of one millisecond that may change, and so leave it, between two pages without another being passed over. */
const MARGIN = 10;

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
  const entries = await pageAt(session, path, {
    ...query,
    order: 'updated_at',
    limit: PAGE,
    offset: from.offset,
    ...(from.since === undefined ? {} : { 'updated_at[$gte]': from.since }),
  });
  const records = entries.map((entry) => readAnswer(Changed, entry, path));
  const seen = new Set(from.seen);
  const since = from.since === undefined ? 0 : Date.parse(from.since);
  const fresh = entries.filter((_, index) => {
    const record = records[index];
    return record !== undefined && !seen.has(record.id) && Date.parse(record.updated_at) >= since;
  });
  const edge = records.at(-1)?.updated_at;
  if (entries.length < PAGE || edge === undefined) return { entries: fresh };
  const stuck = records[0]?.updated_at === edge;
  const next: Edge = stuck
    ? {
        ...from,
        since: edge,
        offset: (from.since === edge ? from.offset : 0) + PAGE - MARGIN,
        seen: records.map(({ id }) => id),
      }
    : { since: edge, offset: 0, seen: records.filter((one) => one.updated_at === edge).map(({ id }) => id) };
  return { entries: fresh, next };
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
