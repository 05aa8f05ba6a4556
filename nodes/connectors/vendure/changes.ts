import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { FlowError, HoldError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { ListQuery } from '../../commerce/capabilities.ts';
import type { Page } from '../../commerce/model.ts';
import { cut, readCursor, readEach } from '../answer.ts';
import { CHANNEL, Channel, graphql, traitsOf } from './graphql.ts';
import { latestIn, stampOf } from './moment.ts';
import type { ShopTraits } from './settings.ts';
import { listOf } from './shape.ts';

/**
 * How changes are found, though the shop does not say when an order changed.
 *
 * `Order.updatedAt` moves when totals or addresses do, not when a payment is settled, a parcel sent or delivered, or a refund
 * made. The times of an order's payments, refunds, fulfilments and history do move, but no list can be asked by them. So a poll
 * looks at every record that may have changed, by its times alone (a light query), and reads in full only those whose latest
 * time is not older than `changedSince`:
 *
 * - NEAR, in every poll: what the shop says was updated since; every record that stands open, however old; and the latest
 *   thousand. An order that is delivered, cancelled or refunded is nearly always one of these.
 * - FAR, a slice in every poll: all others, so that each is looked at once in six hours. What changed on an order closed long
 *   ago (a refund on a return) is found then; a week back, so that nothing is lost when polls did not run for days.
 *
 * A shop with 100,000 old orders and 300 open ones is thus asked for some 1,300 light rows near and 300 a minute far.
 *
 * Pages begin at the last one's edge by a time that never changes once it is set (placed, created). A record that changes while
 * we read keeps its place, and what becomes open or closed under us changed after the poll began: the next one brings it.
 */
export interface Source {
  /** Root field of the query. */
  readonly field: 'orders' | 'customers' | 'productVariants' | 'products';
  /** A time that never changes once it is set, by which the list is read. */
  readonly placed: 'orderPlacedAt' | 'createdAt';
  /** Selection of the times that tell of a change; `id` and the placed time too. */
  readonly times: string;
  /** What is asked in every query, such as that carts are not orders. */
  readonly only?: JsonObject;
  /** `updated`: the shop's own stamp tells everything. `open`: it does not; see above. `all`: it tells nothing. */
  readonly by: 'updated' | 'open' | 'all';
  /** With `open`: what is looked at in every poll, whatever its age. */
  readonly open?: JsonObject;
  /** Ids of the records that one row stands for. */
  idsOf(row: JsonObject): readonly string[];
}

/** What a list is made of and how its records are read. */
export interface Listing<T> {
  readonly sources: readonly Source[];
  /** Root field and selection of the record in full. */
  readonly field: Source['field'];
  selection(session: Session): string;
  read(entry: Json, traits: ShopTraits): readonly T[];
}

/** Rows a light query asks for; `take` above the shop's list limit (1,000 unless it says otherwise) is an error. */
const ROWS = 500;
const FULL = 50;
const LATEST = 1000;
/** Rows of one instant that may leave the list between two pages without another being passed over. */
const MARGIN = 20;

const SLICE_MS = 60_000;
const SLICES = 360;
/** A watermark that stands still, since nothing changes, does not make the slices longer than this. */
const MOST_SLICES = 15;
const WEEK_MS = 7 * 86_400_000;

const Range = z.tuple([z.int().min(0), z.int().min(0)]);
const Cursor = z.strictObject({
  source: z.int().min(0).max(9),
  /** Where near begins by age; null when everything is near. */
  latest: z.string().max(40).nullable(),
  /** NEAR goes on with rows placed at this instant or later, but for some that were read. */
  from: z.string().max(40).optional(),
  skip: z.int().min(0),
  /** FAR goes on with these rows: from which, how many. Missing while NEAR is read. */
  far: z.array(Range).max(2).optional(),
});
type Cursor = z.infer<typeof Cursor>;

const Row = z.looseObject({ id: z.union([z.string(), z.int()]).transform(String) });
const Rows = z.looseObject({ list: listOf(Row) });

const both = (...filters: readonly (JsonObject | undefined)[]): JsonObject => ({
  _and: filters.filter((one) => one !== undefined),
});
const before = (instant: string): string => new Date(Date.parse(instant) - 1).toISOString();
/** Times may be kept by the second, so a change within that second counts. */
const secondOf = (instant: string): number => Math.floor(Date.parse(instant) / 1000) * 1000;

async function rowsOf(
  session: Session,
  { field, placed, times }: Source,
  options: { filter: JsonObject; skip: number; take: number; newestFirst?: boolean },
): Promise<{ total: number; rows: JsonObject[] }> {
  const direction = options.newestFirst ? 'DESC' : 'ASC';
  const { filter, skip, take } = options;
  const answer = await graphql(
    session,
    Rows,
    `query($options:${LIST_TYPES[field]}){list:${field}(options:$options){totalItems items{${times} ${placed}}}}`,
    { options: { filter, skip, take, sort: { [placed]: direction, id: direction } } },
  );
  return { total: answer.list.totalItems, rows: answer.list.items as JsonObject[] };
}

const LIST_TYPES = {
  orders: 'OrderListOptions',
  customers: 'CustomerListOptions',
  productVariants: 'ProductVariantListOptions',
  products: 'ProductListOptions',
} as const;

const placedOf = (row: JsonObject | undefined, source: Source): string | undefined => {
  const placed = row?.[source.placed];
  return typeof placed === 'string' ? placed : undefined;
};

function nearFilter(source: Source, since: string | undefined, cursor: Cursor): JsonObject {
  const { placed, only, by, open } = source;
  const from = cursor.from === undefined ? undefined : { [placed]: { after: before(cursor.from) } };
  if (since === undefined || by === 'all') return both(only, from);
  const updated = { updatedAt: { after: new Date(secondOf(since) - 1).toISOString() } };
  if (by === 'updated') return both(only, from, updated);
  if (cursor.latest === null) return both(only, from);
  const young = { [placed]: { after: before(cursor.latest) } };
  return both(only, from, { _or: [updated, young, ...(open ? [open] : [])] });
}

/** Where the next page of NEAR begins: at the last row's instant, less those of it that were read, but for a margin. */
function following(rows: readonly JsonObject[], source: Source, cursor: Cursor): Cursor | undefined {
  const edge = placedOf(rows.at(-1), source);
  if (rows.length < ROWS || edge === undefined) return undefined;
  const tied = rows.filter((row) => placedOf(row, source) === edge).length;
  const known = edge === cursor.from ? cursor.skip : 0;
  return { ...cursor, from: edge, skip: Math.max(0, known + tied - MARGIN) };
}

/** The rows FAR looks at in this poll: the slices of the time since the last one, and a few more for rows that moved. */
export function farSlice(total: number, since: number, now: number): [number, number][] {
  const last = Math.floor(now / SLICE_MS);
  const first = Math.max(Math.floor(since / SLICE_MS), last - MOST_SLICES + 1);
  const slices = last - first + 1;
  if (slices <= 0 || total === 0) return [];
  const skip = Math.floor((total * (first % SLICES)) / SLICES);
  const take = Math.min(total, Math.ceil((total * slices) / SLICES) + MARGIN);
  const over = skip + take - total;
  // past the end it goes on at the beginning
  return over > 0
    ? [
        [skip, take - over],
        [0, over],
      ]
    : [[skip, take]];
}

interface Found {
  readonly ids: readonly string[];
  readonly next: Cursor | undefined;
}

async function lookNear(session: Session, source: Source, since: string | undefined, cursor: Cursor): Promise<Found> {
  const filter = nearFilter(source, since, cursor);
  const { rows } = await rowsOf(session, source, { filter, skip: cursor.skip, take: ROWS });
  const changed = since === undefined ? rows : rows.filter((row) => latestIn(row) >= secondOf(since));
  const ids = changed.flatMap((row) => source.idsOf(row));
  const next = following(rows, source, cursor);
  if (next || since === undefined || cursor.latest === null) return { ids, next };
  const old = both(source.only, { [source.placed]: { before: cursor.latest } });
  const { total } = await rowsOf(session, source, { filter: old, skip: 0, take: 1 });
  const far = farSlice(total, Date.parse(since), session.now);
  return { ids, next: far.length === 0 ? undefined : { ...cursor, skip: 0, far } };
}

async function lookFar(session: Session, source: Source, since: string, cursor: Cursor): Promise<Found> {
  const [range, ...others] = cursor.far ?? [];
  if (!range || cursor.latest === null) return { ids: [], next: undefined };
  const [skip, left] = range;
  const filter = both(source.only, { [source.placed]: { before: cursor.latest } });
  const { rows } = await rowsOf(session, source, { filter, skip, take: Math.min(ROWS, left) });
  const oldest = Math.min(secondOf(since), session.now - WEEK_MS);
  const ids = rows.filter((row) => latestIn(row) >= oldest).flatMap((row) => source.idsOf(row));
  const far: [number, number][] = left > ROWS ? [[skip + ROWS, left - ROWS], ...others] : others;
  return { ids, next: far.length === 0 ? undefined : { ...cursor, far } };
}

async function startAt(session: Session, source: Source, index: number, since: string | undefined): Promise<Cursor> {
  const start: Cursor = { source: index, skip: 0, latest: null };
  if (since === undefined || source.by !== 'open') return start;
  const filter = both(source.only);
  const { rows } = await rowsOf(session, source, { filter, skip: LATEST - 1, take: 1, newestFirst: true });
  return { ...start, latest: placedOf(rows[0], source) ?? null };
}

/** A page of the records that changed, in full, with the name of each one's state. */
export async function changedPage<T>(session: Session, query: ListQuery, listing: Listing<T>): Promise<Page<T>> {
  const { changedSince: since } = query;
  const { sources } = listing;
  const given = readCursor(Cursor, query.cursor);
  const index = given?.source ?? 0;
  const source = sources[index];
  if (source === undefined) return { items: [] };
  const cursor = given ?? (await startAt(session, source, index, since));
  const { ids, next } =
    cursor.far && since !== undefined
      ? await lookFar(session, source, since, cursor)
      : await lookNear(session, source, since, cursor);
  const page = await readAll(session, [...new Set(ids)], listing);
  if (next) return { ...page, cursor: JSON.stringify(next) };
  const after = sources[index + 1];
  // without a time to begin from, the first source holds everything
  if (after === undefined || since === undefined) return page;
  return { ...page, cursor: JSON.stringify(await startAt(session, after, index + 1, since)) };
}

const Entries = z.looseObject({ activeChannel: Channel, list: listOf(z.json()) });

async function entriesOf<T>(
  session: Session,
  ids: readonly string[],
  listing: Listing<T>,
): Promise<[ShopTraits, Json[]]> {
  const { field } = listing;
  const answer = await graphql(
    session,
    Entries,
    `query($options:${LIST_TYPES[field]}){${CHANNEL} list:${field}(options:$options){items{${listing.selection(session)}}}}`,
    { options: { filter: { id: { in: ids } }, take: ids.length } },
  );
  return [traitsOf(session, answer.activeChannel), answer.list.items];
}

const idIn = (entry: Json): string => String((entry as { id?: unknown } | null)?.id);

/** An error that the shop told of in a whole answer, so that it may be one record's alone. */
const isTold = (error: unknown): error is FlowError =>
  error instanceof FlowError && error.details?.['graphql'] !== undefined && !(error instanceof HoldError);

/** Reads records in full, some at a time; where the shop fails at some, each by itself, so that the one it fails at is refused. */
async function readAll<T>(session: Session, ids: readonly string[], listing: Listing<T>): Promise<Page<T>> {
  const stamps: Record<string, string> = {};
  const items: T[] = [];
  const refused: NonNullable<Page<T>['refused']> = [];
  const read = async (wanted: readonly string[]): Promise<void> => {
    const [traits, entries] = await entriesOf(session, wanted, listing);
    for (const entry of entries) stamps[idIn(entry)] = stampOf(entry);
    const page = await readEach(entries, idIn, (entry) => listing.read(entry, traits));
    items.push(...page.items.flat());
    refused.push(...(page.refused ?? []));
  };
  for (let at = 0; at < ids.length; at += FULL) {
    const some = ids.slice(at, at + FULL);
    try {
      await read(some);
    } catch (error) {
      if (!isTold(error) || some.length === 1) throw error;
      const failed: [string, FlowError][] = [];
      for (const id of some) {
        await read([id]).catch((cause: unknown) => {
          if (!isTold(cause)) throw cause;
          failed.push([id, cause]);
        });
      }
      // all of them: then it is the shop that is in trouble
      if (failed.length === some.length) throw error;
      refused.push(...failed.map(([id, { code, message }]) => ({ id, code, message: cut(message, 4000) })));
    }
  }
  return { items, stamps, ...(refused.length === 0 ? {} : { refused }) };
}
