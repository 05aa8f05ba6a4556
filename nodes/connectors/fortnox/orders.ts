import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { FlowError, HoldError, RetryableError, TerminalError } from '#runtime/error.ts';
import {
  type DocumentRef,
  invoicesCreate,
  invoicesGet,
  invoicesList,
  type OrderDraft,
  ordersAddNote,
  ordersCreate,
  ordersFind,
  ordersGet,
  ordersList,
  ordersSetStatus,
  ordersUpdate,
} from '../../commerce/capabilities.ts';
import type { Order } from '../../commerce/model.ts';
import { parseMoney } from '../../commerce/money.ts';
import { type OrderAction, statusIs } from '../../commerce/status.ts';
import { afterWrite } from '../answer.ts';
import { changedPage, every, keyOf, segment, unwrapped } from './list.ts';
import { differenceOf, orderToFortnox } from './map.ts';
import { invoiceFromFortnox, orderFromFortnox, reference } from './read-map.ts';
import { booksOf } from './settings.ts';
import { FortnoxInvoice, FortnoxOrder } from './shape.ts';

/**
 * Fortnox tells no limit for a request's time. A request still running after the client hung up at 30 s has been given twice
 * that when its answer was lost to a time-out, and this long when the connection broke.
 */
export const SETTLE_MS = 30_000;
const ORDER = { path: 'orders', wrap: 'Orders', key: 'DocumentNumber' };
const INVOICE = { path: 'invoices', wrap: 'Invoices', key: 'DocumentNumber' };

const pathOf = (kind: 'orders' | 'invoices', id: string): string => `3/${kind}/${segment(id)}`;

async function getOrder(session: Session, id: string): Promise<FortnoxOrder> {
  const answer = await session.http({ method: 'GET', path: pathOf('orders', id) });
  return unwrapped(answer.body, 'Order', FortnoxOrder);
}

async function getInvoice(session: Session, id: string): Promise<FortnoxInvoice> {
  const answer = await session.http({ method: 'GET', path: pathOf('invoices', id) });
  return unwrapped(answer.body, 'Invoice', FortnoxInvoice);
}

async function putOrder(session: Session, id: string, fields: Record<string, unknown>): Promise<FortnoxOrder> {
  const body = { Order: fields } as { Order: never };
  const answer = await session.http({ method: 'PUT', path: pathOf('orders', id), body });
  return unwrapped(answer.body, 'Order', FortnoxOrder);
}

function refOf(order: FortnoxOrder, created: boolean): DocumentRef {
  const total = parseMoney(order.Total, order.Currency, { rounding: 'half-up', field: 'Order.Total' });
  return { id: order.DocumentNumber, number: order.DocumentNumber, created, total };
}

async function byReference(session: Session, value: string): Promise<FortnoxOrder[]> {
  const entries = await every(session, 'orders', 'Orders', { externalinvoicereference1: value });
  const orders: FortnoxOrder[] = [];
  for (const entry of entries) orders.push(await getOrder(session, keyOf(entry, ORDER)));
  // The filter's way of comparing is not documented: the whole reference must be there.
  return orders.filter((order) => order.ExternalInvoiceReference1 === value);
}

async function findOrders(session: Session, by: 'reference' | 'number', value: string): Promise<Order[]> {
  const books = booksOf(session);
  if (by === 'reference') return (await byReference(session, value)).map((order) => orderFromFortnox(order, books));
  try {
    return [orderFromFortnox(await getOrder(session, value), books)];
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'TARGET_NOT_FOUND') return [];
    throw error;
  }
}

async function createOrder(session: Session, draft: OrderDraft, ourReference: string): Promise<DocumentRef> {
  const books = booksOf(session);
  const body = { Order: orderToFortnox(draft, books, ourReference) };
  const answer = await session.http({ method: 'POST', path: '3/orders', body });
  const made = unwrapped(answer.body, 'Order', FortnoxOrder);
  return afterWrite(() => {
    const differs = differenceOf(made, draft, books);
    if (differs === null) return refOf(made, true);
    const details = { id: made.DocumentNumber, reference: ourReference };
    // Of unknown outcome rather than refused, since it was made: the lookup finds it and asks a person.
    throw new RetryableError('MONEY_MISMATCH', differs, { field: 'order.totals.gross', details });
  });
}

async function lookUpOrder(session: Session, draft: OrderDraft, ourReference: string): Promise<DocumentRef | null> {
  const [made, ...others] = await byReference(session, ourReference);
  if (made === undefined) return null;
  const details = { id: made.DocumentNumber, reference: ourReference };
  if (others.length > 0) {
    const numbers = [made, ...others].map((order) => order.DocumentNumber).join(', ');
    throw new HoldError('TARGET_DIFFERS', 'review', `orders ${numbers} carry the same reference`, { details });
  }
  const differs = differenceOf(made, draft, booksOf(session));
  if (differs === null) return refOf(made, true);
  throw new HoldError('TARGET_DIFFERS', 'review', differs, { details });
}

/** Does a step that Fortnox refuses to do twice, and takes “done already” for done. */
async function once(work: () => Promise<unknown>, isDone: () => Promise<boolean>): Promise<void> {
  if (await isDone()) return;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FlowError) || error.code !== 'TARGET_REFUSED' || !(await isDone())) throw error;
  }
}

/** The number of the order's invoice, made when there is none: an order has one invoice in Fortnox. */
async function invoiceOf(session: Session, id: string): Promise<{ number: string; created: boolean }> {
  let number = reference((await getOrder(session, id)).InvoiceReference);
  if (number !== undefined) return { number, created: false };
  await once(
    async () => {
      const answer = await session.http({ method: 'PUT', path: `${pathOf('orders', id)}/createinvoice` });
      number = unwrapped(answer.body, 'Invoice', FortnoxInvoice).DocumentNumber;
    },
    async () => {
      number ??= reference((await getOrder(session, id)).InvoiceReference);
      return number !== undefined;
    },
  );
  return { number: number ?? '', created: true };
}

async function setStatus(session: Session, id: string, action: OrderAction): Promise<void> {
  switch (action) {
    case 'cancelled':
      return once(
        () => session.http({ method: 'PUT', path: `${pathOf('orders', id)}/cancel` }),
        async () => (await getOrder(session, id)).Cancelled === true,
      );
    case 'delivered': {
      const order = await getOrder(session, id);
      if (order.DeliveryState === 'delivery') return;
      await putOrder(session, id, { CustomerNumber: order.CustomerNumber, DeliveryState: 'delivery' });
      return;
    }
    case 'invoiced':
      await invoiceOf(session, id);
      return;
    default: {
      const message = `an order in Fortnox cannot be made “${action}”: it can be delivered, invoiced and cancelled`;
      throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
    }
  }
}

const FILTERS: Partial<Record<OrderAction, string>> = { cancelled: 'cancelled', invoiced: 'invoicecreated' };

export const orderOffers: readonly AnyOffer[] = [
  offerRead(ordersList, async (session, input) => {
    const { status } = input;
    const page = await changedPage(session, input, {
      ...ORDER,
      query: { sortby: 'documentnumber', filter: status === undefined ? undefined : FILTERS[status] },
      by: 'each',
      read: async (_entry, id) => orderFromFortnox(await getOrder(session, id), booksOf(session)),
    });
    if (status === undefined) return page;
    return { ...page, items: page.items.filter((order) => statusIs(order.status, status)) };
  }),
  offerRead(ordersGet, async (session, { id }) => orderFromFortnox(await getOrder(session, id), booksOf(session))),
  offerRead(ordersFind, (session, { by, value }) => findOrders(session, by, value)),
  offerWrite(ordersCreate, {
    // Fortnox has no key that drops duplicates; ExternalInvoiceReference1 can be filtered on and our 24 characters fit.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, input, call) => createOrder(session, input, call.reference),
    lookup: (session, input, call) => lookUpOrder(session, input, call.reference),
  }),
  offerWrite(ordersUpdate, {
    class: 'A',
    async run(session, input) {
      const books = booksOf(session);
      const made = await putOrder(session, input.id, orderToFortnox(input, books));
      const differs = differenceOf(made, input, books);
      if (differs === null) return refOf(made, false);
      throw new HoldError('MONEY_MISMATCH', 'review', differs, { details: { id: made.DocumentNumber } });
    },
  }),
  offerWrite(ordersSetStatus, {
    // Each is an end state, and Fortnox refuses to cancel or invoice an order twice.
    class: 'A',
    async run(session, input) {
      if (input.native !== undefined) {
        throw new TerminalError('UNSUPPORTED', 'Fortnox has no status words of its own', { field: 'native' });
      }
      if (input.tracking !== undefined)
        session.note('Fortnox has no field for tracking; the tracking number is left out.');
      await setStatus(session, input.order.id, input.action);
      return { id: input.order.id };
    },
  }),
  offerWrite(ordersAddNote, {
    // A line that stands in the order's comments is not added again, so a repeat changes nothing.
    class: 'A',
    async run(session, { order: { id }, text, toCustomer }) {
      const order = await getOrder(session, id);
      const field = toCustomer ? 'Remarks' : 'Comments';
      const standing = order[field] ?? '';
      if (standing.split('\n').join(' ').includes(text.split('\n').join(' '))) return { id };
      const whole = standing === '' ? text : `${standing}\n${text}`;
      if (whole.length > 1024) {
        throw new TerminalError('VALUE_TOO_LONG', 'the order’s comments would be longer than 1,024 characters', {
          field: 'text',
        });
      }
      await putOrder(session, id, { CustomerNumber: order.CustomerNumber, [field]: whole });
      return { id };
    },
  }),
  offerRead(invoicesList, (session, input) =>
    changedPage(session, input, {
      ...INVOICE,
      query: { sortby: 'documentnumber' },
      by: 'each',
      read: async (_entry, id) => invoiceFromFortnox(await getInvoice(session, id), booksOf(session)),
    }),
  ),
  offerRead(invoicesGet, async (session, { id }) =>
    invoiceFromFortnox(await getInvoice(session, id), booksOf(session)),
  ),
  offerWrite(invoicesCreate, {
    // An order has one invoice: a second request is refused, and the first one's invoice is answered.
    class: 'A',
    async run(session, { order }) {
      const { number, created } = await invoiceOf(session, order.id);
      return { id: number, number, created };
    },
  }),
];
