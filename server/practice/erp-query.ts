import type { Request } from 'express';
import { erpError } from './erp-error.ts';
import type { Document } from './erp-fields.ts';
import type { Kept } from './erp-model.ts';
import type { Reply } from './reply.ts';
import { gmtOf } from './site-clock.ts';

/** Fortnox's lists: filters in, a page with `MetaInformation` out. */

const paging = ['page', 'limit', 'offset', 'sortby', 'sortorder'];
const mostPerPage = 500;

export type Query = Readonly<Record<string, string>>;

/** Reads the query; Fortnox refuses parameters it does not know. */
export function readQuery(req: Request, known: readonly string[]): Query {
  const at = req.url.indexOf('?');
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : req.url.slice(at + 1))) {
    if (!known.includes(name) && !paging.includes(name)) throw erpError('parameter', name);
    query[name] = value;
  }
  return query;
}

function wholeOf(query: Query, name: string, otherwise: number, least: number, most: number): number {
  const text = query[name];
  if (text === undefined || text === '') return otherwise;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) throw erpError('parameter', `${name}: ${text}`);
  return value;
}

/** `base` is the address of the API, such as `https://host/3`. */
export function erpPage(
  found: Document[],
  query: Query,
  wrap: string,
  sortable: Readonly<Record<string, string>>,
  answer: (document: Document) => Document,
): Reply {
  const limit = wholeOf(query, 'limit', 100, 1, mostPerPage);
  const page = wholeOf(query, 'page', 1, 1, 1_000_000);
  const offset = wholeOf(query, 'offset', (page - 1) * limit, 0, Number.MAX_SAFE_INTEGER);
  sortBy(found, query, sortable);
  const pages = Math.max(1, Math.ceil(found.length / limit));
  const body = {
    MetaInformation: { '@TotalResources': found.length, '@TotalPages': pages, '@CurrentPage': page },
    [wrap]: found.slice(offset, offset + limit).map(answer),
  };
  return { status: 200, body };
}

function sortBy(found: Document[], query: Query, sortable: Readonly<Record<string, string>>): void {
  const { sortby, sortorder = 'ascending' } = query;
  if (sortorder !== 'ascending' && sortorder !== 'descending') throw erpError('parameter', `sortorder: ${sortorder}`);
  if (sortby === undefined) {
    if (sortorder === 'descending') found.reverse();
    return;
  }
  const field = sortable[sortby];
  if (field === undefined) throw erpError('parameter', `sortby: ${sortby}`);
  const sign = sortorder === 'ascending' ? 1 : -1;
  const compare = new Intl.Collator('sv', { numeric: true }).compare;
  found.sort((a, b) => {
    const left = a[field];
    const right = b[field];
    if (typeof left === 'number' && typeof right === 'number') return sign * (left - right);
    return sign * compare(String(left ?? ''), String(right ?? ''));
  });
}

/** How a text filter compares: the whole value, or any part of it without regard to case. */
export interface Filters {
  same: Readonly<Record<string, string>>;
  part: Readonly<Record<string, string>>;
}

/** A test of one document against the plain filters and `lastmodified` ("2026-11-23 10:00", Swedish time, from then on). */
export function erpFilter(query: Query, { same, part }: Filters): (kept: Kept<Document>) => boolean {
  const tests: ((kept: Kept<Document>) => boolean)[] = [];
  for (const [name, field] of Object.entries(same)) {
    const wanted = query[name];
    if (wanted !== undefined) tests.push(({ document }) => String(document[field] ?? '') === wanted);
  }
  for (const [name, field] of Object.entries(part)) {
    const wanted = query[name]?.toLowerCase();
    if (wanted !== undefined)
      tests.push(({ document }) =>
        String(document[field] ?? '')
          .toLowerCase()
          .includes(wanted),
      );
  }
  const since = query['lastmodified'];
  if (since !== undefined) {
    const gmt = gmtOf(since, false);
    if (gmt === null) throw erpError('parameter', `lastmodified: ${since}`);
    const from = Date.parse(`${gmt}Z`);
    tests.push(({ modifiedAt }) => modifiedAt >= from);
  }
  return (kept) => tests.every((test) => test(kept));
}

/** The named fields that a document has, in that order. */
export function fieldsOf(document: Document, names: readonly string[]): Document {
  const chosen: Document = {};
  for (const name of names) if (document[name] !== undefined) chosen[name] = document[name];
  return chosen;
}
