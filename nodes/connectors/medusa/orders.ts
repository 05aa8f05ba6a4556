import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import {
  type ListQuery,
  ordersAddNote,
  ordersCreate,
  ordersFind,
  ordersGet,
  ordersList,
  ordersSetStatus,
  shipmentsGet,
  shipmentsList,
} from '../../commerce/capabilities.ts';
import type { Order, Page } from '../../commerce/model.ts';
import { statusIs } from '../../commerce/status.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { byIds, changedPage, Edge, idIn, LIGHT_PAGE, latest, pageAt, recordIn, startAt } from './list.ts';
import { orderFromMedusa, stampOfOrder } from './map.ts';
import { setStatus } from './order-status.ts';
import { createOrder, lookUpOrder } from './order-write.ts';
import { traitsOf } from './settings.ts';
import { MedusaOrder, ORDER_FIELDS } from './shape.ts';
import { idOf } from './write.ts';

const PATH = 'admin/orders';
const SETTLE_MS = 60_000;
const DAY_MS = 86_400_000;
/** A payment is captured within this time of being reserved; cards keep a reservation for 30 days at most. */
const WATCHED_MS = 60 * DAY_MS;

const readOrder = (body: Json): MedusaOrder => readAnswer(MedusaOrder, body, 'order');

export async function getOrder(session: Session, id: string): Promise<MedusaOrder> {
  const path = `${PATH}/${idOf(id, 'order.id')}`;
  const answer = await session.http({ method: 'GET', path, query: { fields: ORDER_FIELDS } });
  return recordIn(MedusaOrder, 'order', answer.body);
}

const OfOrders = z.strictObject({ of: z.literal('orders'), edge: Edge });
const OfPayments = z.strictObject({ of: z.enum(['payments', 'reserved']), offset: z.int().min(0) });
const Cursor = z.union([OfOrders, OfPayments]);
type Cursor = z.infer<typeof Cursor>;

const PAYMENT_FIELDS = 'id,updated_at,payment_collection.updated_at,payment_collection.order.id';
const WatchedPayment = z.looseObject({
  updated_at: z.string(),
  payment_collection: z
    .looseObject({ updated_at: z.string(), order: z.looseObject({ id: z.string() }).nullish() })
    .nullish(),
});

/**
 * Orders whose payment changed: a capture moves no clock of the order, a whole one that of the payment, and one of a part only
 * that of the collection. So payments are asked for by change, and those of late are gone through besides.
 */
async function paidOrders(
  session: Session,
  since: number,
  from: z.infer<typeof OfPayments>,
): Promise<{ orders: Json[]; next?: Cursor }> {
  const instant = (at: number): string => new Date(at).toISOString();
  const filter =
    from.of === 'payments'
      ? { 'updated_at[$gte]': instant(since) }
      : { 'created_at[$gte]': instant(since - WATCHED_MS) };
  const query = { ...filter, fields: PAYMENT_FIELDS, order: 'created_at', limit: LIGHT_PAGE, offset: from.offset };
  const entries = await pageAt(session, 'admin/payments', query);
  const ids = entries.flatMap((entry) => {
    const { updated_at, payment_collection: all } = readAnswer(WatchedPayment, entry, 'payment');
    const changed = all && Date.parse(latest([updated_at, all.updated_at])) >= since;
    return changed && all.order ? [all.order.id] : [];
  });
  // what changed in itself since then was answered before
  const orders = (await byIds(session, PATH, ids, { fields: ORDER_FIELDS })).filter(
    (entry) => Date.parse(String((entry as JsonObject)['updated_at'])) < since,
  );
  if (entries.length === LIGHT_PAGE) return { orders, next: { of: from.of, offset: from.offset + LIGHT_PAGE } };
  return { orders, ...(from.of === 'payments' ? { next: { of: 'reserved', offset: 0 } } : {}) };
}

async function changedOrders(
  session: Session,
  { changedSince, cursor }: ListQuery,
): Promise<{ orders: Json[]; next?: Cursor }> {
  const from: Cursor = readCursor(Cursor, cursor) ?? { of: 'orders', edge: startAt(changedSince) };
  if (from.of !== 'orders') return paidOrders(session, Date.parse(changedSince ?? '1970-01-01T00:00:00Z'), from);
  const { entries, next } = await changedPage(session, PATH, from.edge, { fields: ORDER_FIELDS });
  if (next) return { orders: entries, next: { of: 'orders', edge: next } };
  // without a time, all have been answered
  return { orders: entries, ...(changedSince === undefined ? {} : { next: { of: 'payments', offset: 0 } }) };
}

async function orderPage(session: Session, input: ListQuery): Promise<Page<Order>> {
  const traits = traitsOf(session);
  const { orders, next } = await changedOrders(session, input);
  const stamps: Record<string, string> = {};
  const page = await readEach(orders, idIn, (entry) => {
    const order = readOrder(entry);
    stamps[order.id] = stampOfOrder(order);
    return orderFromMedusa(order, traits);
  });
  return { ...page, stamps, ...(next === undefined ? {} : { cursor: JSON.stringify(next) }) };
}

const Numbered = z.looseObject({ id: z.string(), display_id: z.int(), custom_display_id: z.string().nullish() });

/** Medusa cannot filter by number, but its search looks at numbers too, and at much else, so what it gives is looked through. */
async function findByNumber(session: Session, value: string): Promise<Order[]> {
  const number = value.trim();
  const query = { q: number, fields: 'id,display_id,custom_display_id', order: '-created_at', limit: 100 };
  const ids: string[] = [];
  for (let offset = 0; ; offset += 100) {
    const entries = (await pageAt(session, PATH, { ...query, offset })).map((entry) =>
      readAnswer(Numbered, entry, 'order'),
    );
    const mine = entries.filter((one) => (one.custom_display_id || String(one.display_id)) === number);
    ids.push(...mine.map(({ id }) => id));
    if (entries.length < 100) break;
    if (offset === 10_000)
      throw new TerminalError('TOO_LARGE', `the search for ${number} has no end`, { field: 'value' });
  }
  const traits = traitsOf(session);
  const found = (await byIds(session, PATH, ids, { fields: ORDER_FIELDS })).map(readOrder);
  return found.map((order) => orderFromMedusa(order, traits)).filter((order) => order.number === number);
}

/** Each note stands under a key of its own: Medusa merges metadata, so none is lost to another. */
export const NOTE_KEY = 'weft_note_';

async function addNote(
  session: Session,
  input: { readonly id: string; readonly text: string; readonly toCustomer: boolean },
  reference: string,
) {
  if (input.toCustomer) {
    const message = 'Medusa has no notes that the buyer sees';
    throw new TerminalError('UNSUPPORTED', message, { field: 'toCustomer' });
  }
  const path = `${PATH}/${idOf(input.id, 'order.id')}`;
  const key = `${NOTE_KEY}${reference}`;
  const answer = await session.http({
    method: 'POST',
    path,
    query: { fields: 'id,metadata' },
    body: { metadata: { [key]: input.text } },
  });
  recordIn(z.looseObject({ id: z.string(), metadata: z.looseObject({ [key]: z.string() }) }), 'order', answer.body);
  return { id: key };
}

export const orderOffers: readonly AnyOffer[] = [
  offerRead(ordersList, async (session, { status, ...input }) => {
    const page = await orderPage(session, input);
    return status === undefined
      ? page
      : { ...page, items: page.items.filter((order) => statusIs(order.status, status)) };
  }),
  offerRead(ordersGet, async (session, { id }) => orderFromMedusa(await getOrder(session, id), traitsOf(session))),
  offerRead(ordersFind, async (session, { by, value }) => {
    if (by === 'number') return findByNumber(session, value);
    throw new TerminalError('UNSUPPORTED', 'Medusa cannot search orders by a reference', { field: 'by' });
  }),
  offerWrite(ordersCreate, {
    // A draft is made and then turned into an order; both carry our reference in their metadata.
    class: 'B',
    settleMs: SETTLE_MS,
    alone: true,
    run: (session, input, call) => createOrder(session, input, call.reference),
    lookup: (session, input, call) => lookUpOrder(session, input, call.reference),
  }),
  // Every step first reads what is done already: sent twice, it is done once. Alone, as creating is: each locks the balances of
  // its articles one by one, and two that hold what the other wants stay locked in Medusa until it is started anew.
  offerWrite(ordersSetStatus, { class: 'A', alone: true, run: (session, input) => setStatus(session, input) }),
  offerWrite(ordersAddNote, {
    class: 'A',
    run: (session, { order, text, toCustomer }, call) =>
      addNote(session, { id: order.id, text, toCustomer }, call.reference),
  }),
  offerRead(shipmentsGet, async (session, { order }) => {
    return orderFromMedusa(await getOrder(session, order), traitsOf(session)).shipments;
  }),
  offerRead(shipmentsList, async (session, input) => {
    const { stamps: _stamps, ...page } = await orderPage(session, input);
    const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
    const items = page.items.flatMap((order) => order.shipments);
    return { ...page, items: items.filter((one) => Date.parse(one.changedAt ?? '') >= since) };
  }),
];
