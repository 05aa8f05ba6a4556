import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { ListQuery } from '../../commerce/capabilities.ts';
import type { Page } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { type Domain, raws } from './rpc.ts';
import { instantValue } from './value.ts';

const PAGE = 200;

const ListCursor = z.strictObject({ since: z.string().max(40).optional(), after: z.int().positive() });

/** `write_date` is null until the first change after the creation (trytond/model/modelstorage.py). */
export function changedSince(since: string, parts: readonly string[]): Domain {
  const at = instantValue(since);
  const stamps = ['', ...parts.map((part) => `${part}.`)].flatMap((path) => [
    [`${path}write_date`, '>=', at],
    [`${path}create_date`, '>=', at],
  ]);
  return ['OR', ...(stamps as Json[])];
}

interface Changed {
  readonly model: string;
  readonly domain: Domain;
  readonly fields: readonly string[];
  /** Relations whose records' own changes are changes of this one: `shipments.packages`. */
  readonly parts: readonly string[];
  readonly context?: JsonObject;
  readonly limit?: number;
}

/**
 * Records changed since, in the order of their ids: a record that changes meanwhile keeps its place, and a new one comes at the
 * end, so that none is passed over.
 */
export async function changedEntries(
  session: Session,
  input: ListQuery,
  { model, domain, fields, parts, context, limit = PAGE }: Changed,
): Promise<{ readonly entries: readonly JsonObject[]; readonly cursor?: string }> {
  const cursor = readCursor(ListCursor, input.cursor);
  const since = cursor === undefined ? input.changedSince : cursor.since;
  const whole = [
    ...domain,
    ...(since === undefined ? [] : [changedSince(since, parts)]),
    ...(cursor === undefined ? [] : [['id', '>', cursor.after]]),
  ];
  const query = { domain: whole, fields, limit, ...(context === undefined ? {} : { context }) };
  const entries = await raws(session, model, query);
  if (entries.length < limit) return { entries };
  const after = readAnswer(z.int().positive(), entries.at(-1)?.['id'], `${model}.id`);
  return { entries, cursor: JSON.stringify({ ...(since === undefined ? {} : { since }), after }) };
}

interface Listing<T extends z.ZodType, R> extends Changed {
  readonly shape: T;
  read(row: z.output<T>): R;
}

/** A page of such records, each read by itself. */
export async function changedPage<T extends z.ZodType, R>(
  session: Session,
  input: ListQuery,
  listing: Listing<T, R>,
): Promise<Page<R>> {
  const { entries, cursor } = await changedEntries(session, input, listing);
  const page = await readEach(
    entries,
    (entry) => String(entry['id']),
    (entry) => listing.read(readAnswer(listing.shape, entry, listing.model)),
  );
  return { ...page, ...(cursor === undefined ? {} : { cursor }) };
}
