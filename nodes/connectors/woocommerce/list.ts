import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { RetryableError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Page } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { instantOf } from './customer-map.ts';
import { wooFault } from './fault.ts';
import { WooBatch } from './shape.ts';
import { stampOf } from './stamp.ts';

/** WordPress allows at most 100 a page, and as many in a batch. */
export const PAGE = 100;
const Entries = z.array(z.json());

type Query = Readonly<Record<string, string | number | boolean | undefined>>;

/** One page of a list, as it came. */
export async function pageAt(session: Session, path: string, page: number, query: Query = {}): Promise<Json[]> {
  const answer = await session.http({ method: 'GET', path, query: { per_page: PAGE, page, ...query } });
  return readAnswer(Entries, answer.body, path);
}

/** A list to its end, for short ones; more than 100 pages is refused, since that is no short list. */
export async function every(session: Session, path: string, query: Query = {}): Promise<Json[]> {
  const all: Json[] = [];
  for (let page = 1; page <= 100; page++) {
    const entries = await pageAt(session, path, page, query);
    all.push(...entries);
    if (entries.length < PAGE) return all;
  }
  throw new RetryableError('TARGET_ANSWER_INVALID', `${path} has more than 10,000 entries`);
}

const ChangeCursor = z.strictObject({
  /** Changed after this second, GMT, exclusive. */
  after: z.string().max(30).optional(),
  offset: z.int().min(0),
  /** Ids at the edge that the pages before have answered already. */
  seen: z.array(z.int()).max(PAGE),
});

/** A second before the instant, as WordPress compares: whole seconds, exclusive. */
function secondBefore(instant: string): string {
  return new Date(Math.floor(Date.parse(instant) / 1000) * 1000 - 1000).toISOString().slice(0, 19);
}

const Changed = z.looseObject({ id: z.int(), date_modified_gmt: z.string().nullish() });
type Changed = z.infer<typeof Changed>;
const idsOf = (records: readonly Changed[]): number[] => records.map((record) => record.id);

/** Records of one second that may change, and so leave it, between two pages without another being passed over. */
const MARGIN = 20;

/**
 * Records by time of change. Page numbers would pass over records when others move to the end while we read, so each page
 * starts at the last one's edge; within one single second it goes on by offset, with a margin that is read twice.
 */
export async function changedPage<T>(
  session: Session,
  path: string,
  input: { readonly changedSince?: string | undefined; readonly cursor?: string | undefined },
  read: (entry: Json) => T | Promise<T>,
  query: Query = {},
): Promise<Page<T>> {
  const start = { offset: 0, seen: [], after: input.changedSince ? secondBefore(input.changedSince) : undefined };
  const from = readCursor(ChangeCursor, input.cursor) ?? start;
  const entries = await pageAt(session, path, 1, {
    ...query,
    orderby: 'modified',
    order: 'asc',
    dates_are_gmt: true,
    modified_after: from.after,
    offset: from.offset,
  });
  const records = entries.map((entry) => readAnswer(Changed, entry, path));
  const seen = new Set<number>(from.seen);
  const fresh = records.filter((record) => !seen.has(record.id));
  const readable = await readEach(
    fresh,
    (record) => String(record.id),
    (record) => read(record as Json),
  );
  // of the entries as they came: a parsed one has its keys in another order
  const stamps = Object.fromEntries(
    records.map((record, index) => [String(record.id), stampOf(entries[index] as Json)]),
  );
  const page = { ...readable, stamps };
  const edge = records.at(-1)?.date_modified_gmt;
  if (entries.length < PAGE || !edge) return page;
  const after = secondBefore(instantOf(edge));
  const stuck = after === from.after || records[0]?.date_modified_gmt === edge;
  const next = stuck
    ? { after: from.after, offset: from.offset + PAGE - MARGIN, seen: idsOf(records) }
    : { after, offset: 0, seen: idsOf(records.filter((one) => one.date_modified_gmt === edge)) };
  return { ...page, cursor: JSON.stringify(next) };
}

/** Updates up to 100 records in one call; an Error in the place of each that the shop refused. */
export async function updateBatch(
  session: Session,
  path: string,
  updates: readonly ({ readonly id: number } & JsonObject)[],
): Promise<(number | Error)[]> {
  const answer = await session.http({ method: 'POST', path: `${path}/batch`, body: { update: updates } });
  const { update } = readAnswer(WooBatch, answer.body, `${path}/batch`);
  return updates.map(({ id }, index) => {
    const entry = update[index];
    if (entry === undefined) return new RetryableError('TARGET_ANSWER_INVALID', `${path}/batch left ${id} out`);
    if (!entry.error) return id;
    return wooFault(entry.error.data?.status ?? 400, {}, entry.error as Json);
  });
}
