import { z } from 'zod';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { label, options } from '#runtime/node.ts';
import { readCursor } from '../answer.ts';
import { fingerprint } from '../fingerprint.ts';
import { flag } from './kinds.ts';
import { compileOptional, invalid, mentions, type Names, type Place, template, unreadable } from './template.ts';

export const Paging = z.strictObject({
  style: z
    .enum(['none', 'page', 'offset', 'cursor', 'link', 'changed'])
    .default('none')
    .meta({
      ...label('How pages follow each other', 'Hur sidorna följer varandra'),
      ...options({
        none: ['One answer holds all', 'Ett svar har allt'],
        page: ['By page number: {{ page.number }}', 'Med sidnummer: {{ page.number }}'],
        offset: ['By offset: {{ page.offset }}', 'Med förskjutning: {{ page.offset }}'],
        cursor: ['By cursor: {{ page.cursor }}, from next', 'Med cursor: {{ page.cursor }}, från next'],
        link: ['By the address in the Link header, or in next', 'Med adressen i Link-huvudet, eller i next'],
        changed: [
          'Oldest change first: {{ changedSince }} with {{ page.offset }}',
          'Äldsta ändringen först: {{ changedSince }} med {{ page.offset }}',
        ],
      }),
    }),
  size: z
    .int()
    .min(1)
    .max(10_000)
    .default(100)
    .meta(label('Records a page: {{ page.size }}', 'Poster per sida: {{ page.size }}')),
  first: z.int().min(0).max(1).default(1).meta(label('Number of the first page', 'Första sidans nummer')),
  next: template('Where the next cursor or address is', 'Var nästa cursor eller adress finns', {
    en: 'Such as {{ body.next }}; reads body and headers.',
    sv: 'Till exempel {{ body.next }}; läser body och headers.',
  }),
  more: template('Whether there are more pages', 'Om det finns fler sidor', {
    en: 'Such as {{ body.has_more }}. Without it, pages are read until an empty one comes.',
    sv: 'Till exempel {{ body.has_more }}. Utan det läses sidor tills en tom kommer.',
  }),
  total: template('How many records there are in all', 'Hur många poster det finns totalt', {
    en: 'Such as {{ headers.x-total-count }}.',
    sv: 'Till exempel {{ headers.x-total-count }}.',
  }),
  most: z.int().min(1).max(10_000).default(1000).meta(label('Pages at most', 'Högst antal sidor')),
});
export type Paging = z.infer<typeof Paging>;

/** An answer as templates read it: `body` and `headers`. */
export interface Answer {
  readonly body: Json;
  readonly headers: Readonly<Record<string, string>>;
}

const Position = z.strictObject({
  /** Pages read before. */
  pages: z.int().min(1).max(10_000),
  /** Records read before, or before at the same moment. */
  offset: z.int().min(0),
  /** The vendor's cursor, or the address of the page. */
  next: z.string().max(1400).optional(),
  /** Style `changed`: where the last page ended, and the fingerprints of its last entries, which come again. */
  since: z.string().max(40).optional(),
  edge: z.array(z.string().max(40)).max(10).optional(),
  /** Of the last page, and of one before that, by which going round in circles is noticed. */
  print: z.string().max(40),
  mark: z.string().max(40),
});
export type Position = z.infer<typeof Position>;

interface PageRead {
  readonly answer: Answer;
  readonly ids: readonly string[];
  /** Fingerprints of the entries. */
  readonly prints: readonly string[];
  /** When the last record changed, where it is told. */
  readonly changedAt?: string | undefined;
}

export interface Pager {
  readonly style: Paging['style'];
  position(cursor: string | undefined): Position | undefined;
  /** What a request reads as `page`. */
  names(position: Position | undefined): Names;
  /** Where the next page is; undefined after the last. Throws when pages go round in circles or are too many. */
  after(position: Position | undefined, read: PageRead): Position | undefined;
}

const ASKS: Readonly<Partial<Record<Paging['style'], string>>> = {
  page: 'number',
  offset: 'offset',
  cursor: 'cursor',
  changed: 'offset',
};

const LINK = /<([^>]*)>\s*((?:;\s*[\w*]+\s*=\s*(?:"[^"]*"|[^",;\s]*)\s*)*)/g;

/** The address of RFC 8288's `rel="next"`. */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, address, params = ''] of (header ?? '').matchAll(LINK)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^",;\s]*))/i.exec(params);
    if ((rel?.[1] ?? rel?.[2] ?? '').toLowerCase().split(/\s+/).includes('next')) return address;
  }
  return undefined;
}

/** How a list goes from page to page; `request`: what must ask for the page. */
export function pagerOf(paging: Paging, request: unknown, place: Place): Pager {
  const { style, size, first, most } = paging;
  const { field } = place;
  const asked = ASKS[style];
  if (asked !== undefined && !mentions(request, 'page', asked)) {
    throw invalid(
      field,
      `pages of style ${style} are asked for by {{ page.${asked} }}, which stands nowhere in the request`,
    );
  }
  if (style === 'changed' && !mentions(request, 'changedSince')) {
    throw invalid(
      field,
      'pages of style changed are asked for by {{ changedSince }}, which stands nowhere in the request',
    );
  }
  if (style === 'cursor' && paging.next === undefined) throw invalid(`${field}.next`, 'is needed by style cursor');
  const inAnswer = (part: 'next' | 'more' | 'total') =>
    compileOptional(paging[part], { field: `${field}.${part}`, names: ['body', 'headers'] });
  const [next, more, total] = [inAnswer('next'), inAnswer('more'), inAnswer('total')];

  const tokenOf = (answer: Answer): string | undefined => {
    const told = next({ ...answer });
    const token = style === 'link' && paging.next === undefined ? nextLink(answer.headers['link']) : told;
    if (token === undefined || token === null || token === '' || token === false) return undefined;
    if (typeof token === 'object' || String(token).length > 1400)
      throw unreadable(`${field}.next`, 'finds no short text');
    return String(token);
  };
  const isLast = (answer: Answer, offset: number, count: number): boolean => {
    if (paging.more !== undefined) {
      return flag('', '').read(more({ ...answer }), WRITING(`${field}.more`)) !== true;
    }
    const all = Number(total({ ...answer }) ?? Number.NaN);
    if (paging.total !== undefined && Number.isNaN(all)) throw unreadable(`${field}.total`, 'finds no number');
    return count === 0 || (paging.total !== undefined && offset + count >= all);
  };

  return {
    style,
    position: (cursor) => readCursor(Position, cursor),
    names: (position) => ({
      number: first + (position?.pages ?? 0),
      offset: position?.offset ?? 0,
      size,
      ...(position?.next === undefined ? {} : { cursor: position.next }),
    }),
    after(position, read) {
      const step = stepOf(paging, position, read, tokenOf, isLast);
      if (step === undefined) return undefined;
      const pages = (position?.pages ?? 0) + 1;
      if (pages >= most) {
        throw new TerminalError('TOO_LARGE', `${field}.most: more than ${most} pages`, { field: `${field}.most` });
      }
      const print = fingerprint(
        JSON.stringify([step.next ?? read.ids, step.since, step.offset * Number(style === 'changed')]),
      );
      if (print === position?.print || print === position?.mark) {
        const message = `${field}: the same page came twice; does the other system heed what asks for the next one?`;
        throw new RetryableError('TARGET_ANSWER_INVALID', message, { field });
      }
      // kept at every power of two, so that a circle of any length is met again (Brent)
      const mark = (pages & (pages - 1)) === 0 ? print : (position?.mark ?? print);
      return { pages, print, mark, ...step };
    },
  };
}

const WRITING = (field: string) => ({ field, currency: '', amounts: 'decimal' as const, timeZone: 'UTC' });

type Step = Pick<Position, 'offset' | 'next' | 'since' | 'edge'>;

function stepOf(
  { style, more }: Paging,
  position: Position | undefined,
  { answer, ids, prints, changedAt }: PageRead,
  tokenOf: (answer: Answer) => string | undefined,
  isLast: (answer: Answer, offset: number, count: number) => boolean,
): Step | undefined {
  const offset = position?.offset ?? 0;
  switch (style) {
    case 'none':
      return undefined;
    case 'page':
    case 'offset':
      return isLast(answer, offset, ids.length) ? undefined : { offset: offset + ids.length };
    case 'cursor':
    case 'link': {
      const next = more !== undefined && isLast(answer, offset, ids.length) ? undefined : tokenOf(answer);
      return next === undefined ? undefined : { offset: offset + ids.length, next };
    }
    case 'changed': {
      if (ids.length === 0) return undefined;
      if (changedAt === undefined)
        throw new TerminalError('CONFIG_INVALID', 'pages of style changed need changedAt of every record');
      const edge = prints.slice(-10);
      // a page of one single moment: on by number, some of it read twice, since records leave it as they change
      if (changedAt === position?.since)
        return { since: changedAt, offset: offset + Math.ceil(ids.length * 0.8), edge };
      return { since: changedAt, offset: 0, edge };
    }
  }
}
