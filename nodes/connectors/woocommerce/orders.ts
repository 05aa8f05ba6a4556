import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { type FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  type DocumentRef,
  type OrderDraft,
  ordersAddNote,
  ordersCreate,
  ordersFind,
  ordersFromWebhook,
  ordersGet,
  ordersList,
  ordersSetStatus,
  shipmentsGet,
} from '../../commerce/capabilities.ts';
import type { Order } from '../../commerce/model.ts';
import { formatMoney, parseMoney, sameMoney } from '../../commerce/money.ts';
import { statusIs } from '../../commerce/status.ts';
import { afterWrite, compact, readAnswer } from '../answer.ts';
import { metaText, REFERENCE_KEY } from './customer-map.ts';
import { customersByEmail, idOf } from './customers.ts';
import { changedPage, every, PAGE, pageAt, updateBatch } from './list.ts';
import { nativeStatus, orderFromWoo, orderToWoo, TRACKING_KEY } from './map.ts';
import { traitsOf } from './settings.ts';
import { WooNote, WooOrder, WooStatus } from './shape.ts';

/** PHP hosts stop a request at 30 to 300 seconds (max_execution_time); most at 60. */
const SETTLE_MS = 60_000;
const DAY_MS = 86_400_000;

const readOrder = (body: Json): WooOrder => readAnswer(WooOrder, body, 'order');

async function getOrder(session: Session, id: string): Promise<WooOrder> {
  const answer = await session.http({ method: 'GET', path: `orders/${idOf(id, 'order.id')}` });
  return readOrder(answer.body);
}

async function findByNumber(session: Session, number: string): Promise<Order[]> {
  const traits = traitsOf(session);
  // Numbers are ids unless a plug-in makes them; search looks through what such plug-ins add.
  const entries = [
    ...(/^\d{1,9}$/.test(number) ? await pageAt(session, 'orders', 1, { include: number }) : []),
    ...(await every(session, 'orders', { search: number })),
  ];
  const found = new Map(entries.map((entry) => readOrder(entry)).map((order) => [order.id, order]));
  return [...found.values()].filter((order) => order.number === number).map((order) => orderFromWoo(order, traits));
}

/** What differs between the order in the shop and the one it should be of; null when nothing does. */
function difference(made: WooOrder, draft: OrderDraft): string | null {
  const { order } = draft;
  const total = parseMoney(made.total, made.currency, { rounding: 'half-up', field: 'order.total' });
  if (!sameMoney(total, order.totals.gross)) {
    const [there, here] = [total, order.totals.gross].map((one) => `${formatMoney(one)} ${one.currency}`);
    return `order ${made.number} in the shop is ${there}, order ${order.number} is ${here}`;
  }
  if (made.line_items.length === order.lines.length) return null;
  return `order ${made.number} has ${made.line_items.length} rows, order ${order.number} has ${order.lines.length}`;
}

function refOf(order: WooOrder): DocumentRef {
  const total = parseMoney(order.total, order.currency, { rounding: 'half-up', field: 'order.total' });
  return { id: String(order.id), number: order.number, created: true, total };
}

/** The buyer's account: by id, else the one with the same e-mail; a buyer without one is a guest, which is 0. */
async function accountOf(session: Session, draft: OrderDraft): Promise<number> {
  if (draft.customerId !== undefined) return idOf(draft.customerId, 'customerId');
  const { email } = draft.order.customer;
  const found = email === undefined ? [] : await customersByEmail(session, email);
  return found.length === 1 && found[0] ? found[0].id : 0;
}

async function createOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef> {
  for (const [index, line] of draft.order.lines.entries()) {
    const field = `order.lines[${index}]`;
    if (!line.articleNumber && !line.sku) {
      throw new TerminalError('ARTICLE_MISSING', 'the row has no article number', { field: `${field}.sku` });
    }
    if (!/^\d+$/.test(line.quantity)) {
      throw new TerminalError('UNSUPPORTED', 'WooCommerce counts in whole numbers', { field: `${field}.quantity` });
    }
  }
  const body = orderToWoo(draft, await accountOf(session, draft), reference, traitsOf(session));
  const answer = await session.http({ method: 'POST', path: 'orders', body });
  const made = readOrder(answer.body);
  return afterWrite(() => {
    const differs = difference(made, draft);
    if (differs === null) return refOf(made);
    // Of unknown outcome rather than refused, since it was made: the lookup finds it and asks a person.
    throw new RetryableError('MONEY_MISMATCH', differs, { field: 'order.totals', details: { id: String(made.id) } });
  });
}

/**
 * Meta data cannot be searched, so orders made since the source order was are read, newest first. An order made by us is
 * never older than the one it was made from; two days cover clocks and dates without a time.
 */
async function lookUpOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef | null> {
  const { placedAt, changedAt } = draft.order;
  const since = Math.min(session.now, Date.parse(placedAt), changedAt ? Date.parse(changedAt) : session.now);
  const after = new Date(since - 2 * DAY_MS).toISOString().slice(0, 19);
  for (let page = 1; page <= 200; page++) {
    const query = { after, dates_are_gmt: true, orderby: 'id', order: 'desc', status: 'any' };
    const entries = (await pageAt(session, 'orders', page, query)).map(readOrder);
    const made = entries.find((entry) => metaText(entry.meta_data, [REFERENCE_KEY]) === reference);
    if (made) {
      const differs = difference(made, draft);
      if (differs === null) return refOf(made);
      throw new HoldError('TARGET_DIFFERS', 'review', differs, { details: { id: String(made.id), reference } });
    }
    if (entries.length < PAGE) return null;
  }
  throw new HoldError(
    'OUTCOME_UNKNOWN',
    'review',
    'more than 20,000 orders since then; look for the reference by hand',
    {
      details: { reference },
    },
  );
}

type StatusInput = Parameters<NonNullable<typeof ordersSetStatus.identity>>[0];

function statusBody(input: StatusInput): { status?: string; set_paid?: boolean } {
  if (input.native !== undefined) return { status: input.native };
  if (input.action === 'paid') return { set_paid: true };
  const status = nativeStatus(input.action);
  if (status !== null) return { status };
  const message = `WooCommerce has no status for “${input.action}”`;
  throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
}

async function setStatus(session: Session, input: StatusInput, reference: string): Promise<{ id: string }> {
  const id = idOf(input.order.id, 'order.id');
  const body = statusBody(input);
  const tracking = input.tracking ? await trackingMeta(session, input, reference) : {};
  const answer = await session.http({ method: 'PUT', path: `orders/${id}`, body: { ...body, ...tracking } });
  const { status } = readAnswer(WooStatus, answer.body, 'order');
  if (body.status !== undefined && status !== body.status) {
    // A plug-in may move the order on at once, and a status that is not registered becomes pending.
    session.note(`the shop made it “${status}”, not “${body.status}”`);
  }
  return { id: input.order.id };
}

/** The order's tracking rows with this one among them; a number that stands there already is not added again. */
async function trackingMeta(session: Session, input: StatusInput, reference: string): Promise<{ meta_data?: Json }> {
  const order = await getOrder(session, input.order.id);
  const standing = order.meta_data.find((meta) => meta.key === TRACKING_KEY)?.value;
  const rows = (Array.isArray(standing) ? standing : []) as Record<string, Json>[];
  if (rows.some((row) => row['tracking_number'] === input.tracking?.number)) return {};
  const row = compact({
    tracking_provider: '',
    custom_tracking_provider: input.tracking?.carrier ?? '',
    custom_tracking_link: input.tracking?.url ?? '',
    tracking_number: input.tracking?.number ?? '',
    date_shipped: String(Math.floor(session.now / 1000)),
    tracking_id: reference,
  });
  return { meta_data: [{ key: TRACKING_KEY, value: [...rows, row] }] };
}

async function setStatuses(
  session: Session,
  calls: readonly { input: StatusInput; call: { reference: string } }[],
): Promise<({ id: string } | Error)[]> {
  const answers = new Array<{ id: string } | Error>(calls.length);
  const plain: { index: number; update: { id: number } & Record<string, Json> }[] = [];
  for (const [index, { input, call }] of calls.entries()) {
    try {
      if (input.tracking) answers[index] = await setStatus(session, input, call.reference);
      else plain.push({ index, update: { id: idOf(input.order.id, 'order.id'), ...statusBody(input) } });
    } catch (error) {
      answers[index] = error as FlowError;
    }
  }
  const results =
    plain.length === 0
      ? []
      : await updateBatch(
          session,
          'orders',
          plain.map((one) => one.update),
        );
  for (const [place, { index }] of plain.entries()) {
    const result = results[place];
    answers[index] = result instanceof Error ? result : { id: String(result) };
  }
  return answers;
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#039': "'", '#8217': "'" };

/** A note as WordPress gives it back, comparable: entities read, tags and runs of space gone. */
function plainNote(text: string): string {
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/&([a-z]+|#\d+);/g, (all, name: string) => ENTITIES[name] ?? all)
    .replace(/\s+/g, ' ')
    .trim();
}

export const orderOffers: readonly AnyOffer[] = [
  offerRead(ordersList, async (session, input) => {
    const traits = traitsOf(session);
    const read = (entry: Json): Order => orderFromWoo(readOrder(entry), traits);
    const page = await changedPage(session, 'orders', input, read, { status: 'any' });
    const { status } = input;
    if (status === undefined) return page;
    return { ...page, items: page.items.filter((order) => statusIs(order.status, status)) };
  }),
  offerRead(ordersGet, async (session, { id }) => orderFromWoo(await getOrder(session, id), traitsOf(session))),
  offerRead(ordersFromWebhook, async (session, { id, body }) => {
    // A webhook made for an older API version, or cut by a plug-in, may lack fields: then the order is read anew.
    const whole = WooOrder.safeParse(body);
    const order = whole.success && String(whole.data.id) === id ? whole.data : await getOrder(session, id);
    return orderFromWoo(order, traitsOf(session));
  }),
  offerRead(ordersFind, async (session, { by, value }) => {
    if (by === 'number') return findByNumber(session, value);
    throw new TerminalError('UNSUPPORTED', 'WooCommerce cannot search orders by a reference', { field: 'by' });
  }),
  offerWrite(ordersCreate, {
    // No key and no unique field, but meta data comes back in lists.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, input, call) => createOrder(session, input, call.reference),
    lookup: (session, input, call) => lookUpOrder(session, input, call.reference),
  }),
  offerWrite(ordersSetStatus, {
    // A PUT of an absolute value: sent twice, it stands once.
    class: 'A',
    run: (session, input, call) => setStatus(session, input, call.reference),
    batch: { max: PAGE, run: setStatuses },
  }),
  offerWrite(ordersAddNote, {
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, input) {
      const path = `orders/${idOf(input.order.id, 'order.id')}/notes`;
      const body = { note: input.text, customer_note: input.toCustomer };
      const answer = await session.http({ method: 'POST', path, body });
      return { id: String(readAnswer(WooNote, answer.body, 'note').id) };
    },
    // A note with the very same words says the same: then nothing is missing.
    async lookup(session, input) {
      const path = `orders/${idOf(input.order.id, 'order.id')}/notes`;
      const answer = await session.http({ method: 'GET', path });
      const notes = readAnswer(WooNote.array(), answer.body, 'notes');
      const text = plainNote(input.text);
      const note = notes.find((one) => one.customer_note === input.toCustomer && plainNote(one.note) === text);
      return note ? { id: String(note.id) } : null;
    },
  }),
  offerRead(shipmentsGet, async (session, { order }) => {
    return orderFromWoo(await getOrder(session, order), traitsOf(session)).shipments;
  }),
];
