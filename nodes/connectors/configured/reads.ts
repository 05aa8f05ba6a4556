import { type AnyOffer, offerRead, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { ListQuery } from '../../commerce/capabilities.ts';
import { customerHas, skuKey } from '../../commerce/identity.ts';
import type { Customer, Order, Page, Price } from '../../commerce/model.ts';
import { type OrderAction, statusIs } from '../../commerce/status.ts';
import { filled, readEach } from '../answer.ts';
import { fingerprint } from '../fingerprint.ts';
import type { ListRequest, Operation, ReadRequest, RecordName } from './operations.ts';
import { type Answer, type Pager, type Paging, type Position, pagerOf } from './paging.ts';
import type { RecordReader } from './record.ts';
import {
  compileField,
  compileOptional,
  invalid,
  listIn,
  mentions,
  type Names,
  type Place,
  rootOf,
  unreadable,
} from './template.ts';
import type { Send, Wire } from './wire.ts';

// biome-ignore lint/suspicious/noExplicitAny: readers of different records have no narrower common type
export type AnyReader = RecordReader<any>;

/** What the requests of one connection stand on. */
export interface Ground<Request> {
  readonly wire: Wire<Request>;
  readonly paging: Paging;
  /** Throws TerminalError CONFIG_INVALID when the form of the record is not filled in. */
  reader(record: RecordName, place: Place): AnyReader;
}

interface Listed {
  readonly source: { readonly id: string };
  readonly changedAt?: string | undefined;
}

/** Names the state of a record as mapped, the same by webhook and by poll; of the connection it says nothing. */
export function stampOf(item: object): string {
  return fingerprint(JSON.stringify(item, (key, value: unknown) => (key === 'connection' ? undefined : value)));
}

const IN_ANSWER = ['body', 'headers'];

/** Sends, and reads a refusal out of an answer that is none by its status. */
export function sender<Request extends ReadRequest>(
  { wire }: Ground<Request>,
  request: Request,
  place: Place,
  usually: 'GET' | 'POST' | 'PUT',
): Send {
  const send = wire.compile(request, place, usually);
  const refused = refusal(request, place);
  return async (session, names) => refused(await send(session, names));
}

function refusal(request: ReadRequest, place: Place): (answer: Answer) => Answer {
  const said = compileOptional(request.refused, { field: `${place.field}.refused`, names: IN_ANSWER });
  return (answer) => {
    const found = said({ ...answer });
    if (found === undefined || found === null || found === '' || found === false) return answer;
    const message = typeof found === 'object' ? JSON.stringify(found) : String(found);
    throw new TerminalError('TARGET_REFUSED', filled(message) ?? 'refused', { field: `${place.field}.refused` });
  };
}

interface Pages {
  readonly pager: Pager;
  read(
    session: Session,
    names: Names,
    position: Position | undefined,
  ): Promise<{ answer: Answer; entries: readonly Json[] }>;
}

/** A list as it comes, page by page. */
function pagesOf<Request extends ReadRequest>(
  ground: Ground<Request>,
  request: Request,
  place: Place,
  paging: Paging,
): Pages {
  const pager = pagerOf(paging, request, { ...place, field: `${place.field}.paging` });
  const inside: Place = { ...place, names: [...place.names, 'page'] };
  const send = sender(ground, request, inside, 'GET');
  const refused = refusal(request, place);
  const field = `${place.field}.list`;
  const text = request.list ?? '{{ body }}';
  const list = compileField(text, { field, names: IN_ANSWER });
  const entriesOf = (answer: Answer): readonly Json[] => {
    const found = list({ ...answer });
    if (!ground.wire.emptyListsAreAbsent || Array.isArray(found)) return listIn(found, field);
    // XML has neither empty lists nor lists of one, but it has a root
    const root = rootOf(text);
    const { body } = answer;
    if (root === undefined || typeof body !== 'object' || body === null || !Object.hasOwn(body, root))
      return listIn(found, field);
    return found === undefined || found === null || found === '' ? [] : [found as Json];
  };
  return {
    pager,
    async read(session, names, position) {
      const { next } = position ?? {};
      const { follow } = ground.wire;
      const answer =
        pager.style === 'link' && next !== undefined && follow
          ? refused(await follow(session, next, request, { ...place, field: `${place.field}.paging` }))
          : await send(session, { ...names, page: pager.names(position) });
      return { answer, entries: entriesOf(answer) };
    },
  };
}

/** Records that a search may answer in all: more is no search. */
const MOST_FOUND = 10_000;

/** All of a list that is not asked for by change. */
export function entriesOf<Request extends ReadRequest>(
  ground: Ground<Request>,
  request: Request,
  place: Place,
): (session: Session, names: Names) => Promise<readonly Json[]> {
  const paged = mentions(request, 'page') || ground.paging.style === 'link';
  const { pager, read } = pagesOf(ground, request, place, paged ? ground.paging : { ...ground.paging, style: 'none' });
  return async (session, names) => {
    const all: Json[] = [];
    let position: Position | undefined;
    do {
      const { answer, entries } = await read(session, names, position);
      all.push(...entries);
      if (all.length > MOST_FOUND) {
        throw new TerminalError('TOO_LARGE', `${place.field}: more than ${MOST_FOUND} records`, { field: place.field });
      }
      const prints = entries.map((entry) => fingerprint(JSON.stringify(entry)));
      position = pager.after(position, { answer, ids: prints, prints });
    } while (position !== undefined);
    return all;
  };
}

const inputNames = (operation: Operation): string[] =>
  Object.keys((operation.capability.input as unknown as { shape: object }).shape);

/** A request's place: its name in the settings, and what the capability brings. */
export function placeOf(operation: Operation, ...more: readonly string[]): Place {
  return { field: `requests.${operation.capability.name}`, names: [...inputNames(operation), ...more] };
}

function earlier(instant: string | undefined, seconds: number): string | undefined {
  return instant === undefined ? undefined : new Date(Date.parse(instant) - seconds * 1000).toISOString();
}

type Query = ListQuery & { readonly status?: OrderAction; readonly priceList?: string };

/** What the system was not asked to leave out. */
function wanted(item: Listed, query: Query, request: unknown): boolean {
  const { changedSince, status, priceList } = query;
  if (changedSince !== undefined && item.changedAt !== undefined && !mentions(request, 'changedSince')) {
    if (Date.parse(item.changedAt) < Date.parse(changedSince)) return false;
  }
  if (status !== undefined && !statusIs((item as Order).status, status)) return false;
  return priceList === undefined || (item as unknown as Price).priceList === priceList;
}

function listOffer<Request extends ReadRequest>(
  ground: Ground<Request>,
  operation: Operation,
  request: Request & ListRequest,
): AnyOffer {
  const place = placeOf(operation);
  const reader = ground.reader(operation.record, place);
  const { pager, read } = pagesOf(ground, request, place, request.paging ?? ground.paging);
  return offerRead(operation.capability, async (session, query: Query): Promise<Page<Listed>> => {
    const position = pager.position(query.cursor);
    const changedSince = earlier(position?.since ?? query.changedSince, request.earlierSeconds);
    const { answer, entries } = await read(session, { ...query, changedSince }, position);
    const prints = entries.map((entry) => fingerprint(JSON.stringify(entry)));
    const ids = entries.map((record) => reader.id({ record }));
    const stamps: Record<string, string> = {};
    const indexes = entries.map((_, index) => index).filter((index) => !position?.edge?.includes(prints[index] ?? ''));
    const { items, ...rest } = await readEach(
      indexes,
      (index) => ids[index] ?? '?',
      (index): Listed => {
        stamps[ids[index] ?? '?'] = prints[index] ?? '';
        const item = reader.read({ record: entries[index] }, session.connection) as Listed;
        stamps[item.source.id] = stampOf(item);
        return item;
      },
    );
    const { changedAt } = items.findLast((item) => item.changedAt !== undefined) ?? { changedAt: position?.since };
    const next = pager.after(position, { answer, ids, prints, changedAt });
    return {
      items: items.filter((item) => wanted(item, query, request)),
      ...rest,
      stamps,
      ...(next === undefined ? {} : { cursor: JSON.stringify(next) }),
    };
  });
}

/** The one record of an answer; throws TARGET_NOT_FOUND where the answer says that there is none. */
function oneIn(value: unknown, body: Json, field: string): Json {
  const one: unknown = Array.isArray(value) ? value[0] : value;
  const none = Array.isArray(value) ? value.length === 0 : value === null && body !== null;
  if (none) throw new TerminalError('TARGET_NOT_FOUND', 'the other system has no such record');
  if (Array.isArray(value) && value.length > 1)
    throw unreadable(field, 'finds several records where one was asked for');
  if (typeof one !== 'object' || one === null) throw unreadable(field, 'finds no record in the answer');
  return one as Json;
}

function getOffer<Request extends ReadRequest>(
  ground: Ground<Request>,
  operation: Operation,
  request: Request,
): AnyOffer {
  const place = placeOf(operation);
  const reader = ground.reader(operation.record, place);
  const send = sender(ground, request, place, 'GET');
  const field = `${place.field}.record`;
  const record = compileField(request.record ?? '{{ body }}', { field, names: IN_ANSWER });
  return offerRead(operation.capability, async (session, input: { readonly id: string }) => {
    const answer = await send(session, input);
    const one = reader.read({ record: oneIn(record({ ...answer }), answer.body, field) }, session.connection) as Listed;
    if (one.source.id === input.id) return one;
    throw unreadable(field, `is of “${one.source.id.slice(0, 60)}”, which was not asked for`);
  });
}

type Key = { readonly by?: string; readonly value?: string; readonly sku?: string };

/** Whether a record really has what was searched for: systems search loosely. */
function fits(record: RecordName, item: unknown, { by, value = '', sku }: Key): boolean {
  if (sku !== undefined) return skuKey((item as { sku?: string }).sku ?? '') === skuKey(sku);
  if (record === 'customer') return customerHas(item as Customer, by as 'email', value);
  return (item as Order)[by as 'number'] === value;
}

function findOffer<Request extends ReadRequest>(
  ground: Ground<Request>,
  operation: Operation,
  request: Request | Readonly<Record<string, Request>>,
): AnyOffer {
  const place = placeOf(operation);
  const reader = ground.reader(operation.record, place);
  const search = (one: Request, at: Place) => {
    const entries = entriesOf(ground, one, at);
    return async (session: Session, key: Key) =>
      (await entries(session, { ...key }))
        .map((record) => reader.read({ record }, session.connection) as unknown)
        .filter((item) => fits(operation.record, item, key));
  };
  if (!operation.keys) {
    const find = search(request as Request, place);
    return offerRead(operation.capability, find);
  }
  const searches = new Map(
    Object.entries(request as Readonly<Record<string, Request>>).map(([key, one]) => [
      key,
      search(one, { ...place, field: `${place.field}.${key}` }),
    ]),
  );
  if (searches.size === 0) throw invalid(place.field, `needs a request for ${operation.keys.join(', ')}`);
  return offerRead(operation.capability, async (session, key: Key) => {
    const find = searches.get(key.by ?? '');
    if (find) return find(session, key);
    throw new TerminalError('UNSUPPORTED', `this connection has no search by ${key.by}: set ${place.field}.${key.by}`, {
      field: 'by',
    });
  });
}

/** All deliveries of an order. */
function allOffer<Request extends ReadRequest>(
  ground: Ground<Request>,
  operation: Operation,
  request: Request,
): AnyOffer {
  const place = placeOf(operation);
  const reader = ground.reader(operation.record, place);
  const entries = entriesOf(ground, request, place);
  return offerRead(operation.capability, async (session, input: { readonly order: string }) =>
    (await entries(session, input)).map((record) => reader.read({ record, order: input.order }, session.connection)),
  );
}

const MAKERS = { list: listOffer, get: getOffer, find: findOffer, all: allOffer };

/** The offer a request of the settings makes. */
export function readOffer<Request>(
  ground: Ground<Request & ReadRequest>,
  operation: Operation & { readonly kind: keyof typeof MAKERS },
  request: unknown,
): AnyOffer {
  const make = MAKERS[operation.kind] as (
    on: Ground<Request & ReadRequest>,
    of: Operation,
    by: Request & ReadRequest & ListRequest,
  ) => AnyOffer;
  return make(ground, operation, request as Request & ReadRequest & ListRequest);
}
