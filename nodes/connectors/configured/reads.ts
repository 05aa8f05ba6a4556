import { type AnyOffer, offerRead, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import type { ListQuery } from '../../commerce/capabilities.ts';
import { customerHas, skuKey } from '../../commerce/identity.ts';
import type { Customer, Order, Page, Price } from '../../commerce/model.ts';
import { type OrderAction, statusIs } from '../../commerce/status.ts';
import { readEach } from '../answer.ts';
import { fingerprint } from '../fingerprint.ts';
import { entriesOf, type Ground, IN_ANSWER, pagesOf, sender } from './listing.ts';
import type { ListRequest, Operation, ReadRequest, RecordName } from './operations.ts';
import { compileField, invalid, mentions, type Place, unreadable } from './template.ts';

interface Listed {
  readonly source: { readonly id: string };
  readonly changedAt?: string | undefined;
}

/** Names the state of a record as mapped, the same by webhook and by poll; of the connection it says nothing. */
export function stampOf(item: object): string {
  return fingerprint(JSON.stringify(item, (key, value: unknown) => (key === 'connection' ? undefined : value)));
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
