import { z } from 'zod';
import type { Reply } from './reply.ts';
import { readInput, shopError } from './shop-error.ts';
import { orderStatuses, type ShopOrder } from './shop-model.ts';
import { gmtOf } from './site-clock.ts';

/** WordPress's lists: query parameters in, pages with their headers out. */

const whole = z
  .string()
  .regex(/^\d{1,9}$/, { message: 'is not a whole number' })
  .transform(Number);
const ids = z
  .string()
  .transform((text) => text.split(',').filter((part) => part !== ''))
  .pipe(z.array(whole));
const flag = z.enum(['true', 'false', '1', '0']).transform((text) => text === 'true' || text === '1');

const ListQuery = z.object({
  page: whole.pipe(z.number().min(1)).default(1),
  per_page: whole
    .pipe(z.number().min(1).max(100, { message: 'must be between 1 (inclusive) and 100 (inclusive)' }))
    .default(10),
  offset: whole.optional(),
  order: z.enum(['asc', 'desc']).optional(),
  orderby: z.enum(['date', 'modified', 'id', 'include', 'title', 'slug', 'name', 'registered_date']).optional(),
  search: z.string().max(200).optional(),
  include: ids.optional(),
  exclude: ids.optional(),
  after: z.string().optional(),
  before: z.string().optional(),
  modified_after: z.string().optional(),
  modified_before: z.string().optional(),
  dates_are_gmt: flag.default(false),
  status: z.string().optional(),
  customer: whole.optional(),
  product: whole.optional(),
  parent: ids.optional(),
  sku: z.string().optional(),
  email: z.string().optional(),
  type: z.string().optional(),
  role: z.string().optional(),
});
export type ListQuery = z.infer<typeof ListQuery>;

/** Reads `?a=1&b[]=2&b[]=3` with repeated names joined by commas, and without the keys of the sign-in. */
export function readListQuery(url: string): ListQuery {
  const at = url.indexOf('?');
  const given: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(at < 0 ? '' : url.slice(at + 1))) {
    const key = name.replace(/\[\d*\]$/, '');
    if (key === '__proto__') continue;
    given[key] = given[key] === undefined ? value : `${given[key]},${value}`;
  }
  return readInput(ListQuery, given);
}

interface Listed {
  id: number;
  date_created_gmt: string;
  date_modified_gmt: string;
}

function dateOf(query: ListQuery, field: 'after' | 'before' | 'modified_after' | 'modified_before'): string | null {
  const text = query[field];
  if (text === undefined || text === '') return null;
  const date = gmtOf(text, query.dates_are_gmt);
  if (date !== null) return date;
  throw shopError(400, 'rest_invalid_param', `Invalid parameter(s): ${field}`, {
    params: { [field]: 'Invalid date.' },
  });
}

/** Keeps what the dates and ids of a query ask for; both ends of a date range are exclusive, as in WP_Date_Query. */
export function selected<T extends Listed>(documents: Iterable<T>, query: ListQuery, fits: (one: T) => boolean): T[] {
  const after = dateOf(query, 'after') ?? '';
  const before = dateOf(query, 'before') ?? '9999';
  const modifiedAfter = dateOf(query, 'modified_after') ?? '';
  const modifiedBefore = dateOf(query, 'modified_before') ?? '9999';
  const include = query.include === undefined || query.include.length === 0 ? null : new Set(query.include);
  const exclude = new Set(query.exclude);
  const found: T[] = [];
  for (const one of documents) {
    if (one.date_modified_gmt <= modifiedAfter || one.date_modified_gmt >= modifiedBefore) continue;
    if (one.date_created_gmt <= after || one.date_created_gmt >= before) continue;
    if ((include === null || include.has(one.id)) && !exclude.has(one.id) && fits(one)) found.push(one);
  }
  return found;
}

const sortKeys: Record<string, (one: Listed & { name?: string; slug?: string; last_name?: string }) => string> = {
  date: (one) => one.date_created_gmt,
  registered_date: (one) => one.date_created_gmt,
  modified: (one) => one.date_modified_gmt,
  title: (one) => one.name ?? '',
  name: (one) => one.name ?? one.last_name ?? '',
  slug: (one) => one.slug ?? '',
};

function sorted<T extends Listed>(found: T[], query: ListQuery, orderby: string, order: 'asc' | 'desc'): T[] {
  if (orderby === 'include') {
    const places = new Map((query.include ?? []).map((id, at) => [id, at]));
    return found.sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
  }
  const sign = order === 'asc' ? 1 : -1;
  const key = sortKeys[orderby];
  return found.sort((a, b) => {
    if (key === undefined) return sign * (a.id - b.id);
    const left = key(a);
    const right = key(b);
    return sign * (left < right ? -1 : left > right ? 1 : a.id - b.id);
  });
}

/** One page with `X-WP-Total`, `X-WP-TotalPages` and `Link`; `base` is the list's own URL. */
export function pageOf<T extends Listed>(
  found: T[],
  query: ListQuery,
  base: string,
  defaults: { orderby: string; order: 'asc' | 'desc' },
  answer: (one: T) => object,
): Reply {
  const all = sorted(found, query, query.orderby ?? defaults.orderby, query.order ?? defaults.order);
  const pages = Math.ceil(all.length / query.per_page);
  const from = query.offset ?? (query.page - 1) * query.per_page;
  const links: string[] = [];
  const link = (page: number, rel: string) => {
    const url = new URL(base);
    url.searchParams.delete('consumer_key');
    url.searchParams.delete('consumer_secret');
    url.searchParams.set('page', String(page));
    links.push(`<${url.href}>; rel="${rel}"`);
  };
  if (query.page > 1) link(Math.min(query.page - 1, Math.max(1, pages)), 'prev');
  if (query.page < pages) link(query.page + 1, 'next');
  const headers: Record<string, string> = { 'x-wp-total': String(all.length), 'x-wp-totalpages': String(pages) };
  if (links.length > 0) headers['link'] = links.join(', ');
  return { status: 200, headers, body: all.slice(from, from + query.per_page).map(answer) };
}

/** What a list of orders asks for beside dates and ids. */
export function orderFilter(query: ListQuery): (order: ShopOrder) => boolean {
  const statuses = query.status?.split(',') ?? ['any'];
  for (const status of statuses)
    if (status !== 'any' && !(orderStatuses as readonly string[]).includes(status))
      throw shopError(400, 'rest_invalid_param', 'Invalid parameter(s): status', { params: { status } });
  const any = statuses.includes('any');
  const search = query.search?.toLowerCase();
  return (order) => {
    // "any" leaves the bin and unfinished checkouts out.
    if (any ? order.status === 'trash' || order.status === 'checkout-draft' : !statuses.includes(order.status))
      return false;
    if (query.customer !== undefined && order.customer_id !== query.customer) return false;
    if (query.product !== undefined && !order.line_items.some((line) => line.product_id === query.product))
      return false;
    if (search === undefined || search === '') return true;
    const { first_name, last_name, company, email } = order.billing;
    return `${order.number} ${first_name} ${last_name} ${company} ${email}`.toLowerCase().includes(search);
  };
}
