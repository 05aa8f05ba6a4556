import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import {
  type DocumentRef,
  type OrderDraft,
  ordersAddNote,
  ordersCreate,
  ordersFind,
  ordersGet,
  ordersList,
  ordersSetStatus,
  ordersUpdate,
} from '../../commerce/capabilities.ts';
import { formatMoney, parseMoney, sameMoney } from '../../commerce/money.ts';
import { type OrderAction, statusIs } from '../../commerce/status.ts';
import { SETTLE_MS } from './customers.ts';
import { changedPage } from './list.ts';
import { linesToTryton, ROUNDING, roundingLine, roundingOf, saleToTryton } from './map.ts';
import { isRounding, orderFromTryton } from './read-map.ts';
import { afterCreate, create, type Domain, press, rows, searchIds, write } from './rpc.ts';
import { getSale, getSaleHead, knownOf, SALE, type SaleHead } from './sale.ts';
import { deskOf } from './settings.ts';
import { moveOn, setStatus } from './status.ts';

const totalOf = (sale: SaleHead) =>
  parseMoney(sale.total_amount, sale['currency.'].code, { rounding: 'half-up', field: 'total_amount' });

function refOf(sale: SaleHead, created: boolean): DocumentRef {
  return { id: String(sale.id), number: sale.number ?? String(sale.id), created, total: totalOf(sale) };
}

const isRow = (line: SaleHead['lines.'][number]): boolean => line.type === 'line' && !isRounding(line);

/** What differs between the sale and the order it should be of; null when nothing does. */
function differenceOf(sale: SaleHead, { order }: OrderDraft): string | null {
  const rowsThere = sale['lines.'].filter(isRow).length;
  const rowsHere = order.lines.length + order.freight.length + order.fees.length;
  if (rowsThere !== rowsHere) return `the sale in Tryton has ${rowsThere} rows, order ${order.number} has ${rowsHere}`;
  const total = totalOf(sale);
  if (sameMoney(total, order.totals.gross)) return null;
  const [there, here] = [total, order.totals.gross].map((one) => `${formatMoney(one)} ${one.currency}`);
  return `the sale in Tryton is ${there}, order ${order.number} is ${here}`;
}

/**
 * Brings a sale that was made to its end: the minor units that unit prices and taxes could not say, then the state it is to
 * have. Every step is one that a repeat passes over, so whoever finds the sale half way goes on from there.
 */
async function finish(session: Session, id: number, draft: OrderDraft, created: boolean): Promise<DocumentRef> {
  let sale = await getSaleHead(session, id);
  const missing = roundingOf(totalOf(sale), draft.order);
  if (sale.state === 'draft' && missing !== null && missing.amount !== 0) {
    await write(session, SALE.model, id, { lines: [['create', [roundingLine(formatMoney(missing), ROUNDING)]]] });
    sale = await getSaleHead(session, id);
  }
  const differs = differenceOf(sale, draft);
  const details = { id: String(id), ...(sale.reference == null ? {} : { reference: sale.reference }) };
  if (differs !== null) throw new HoldError('TARGET_DIFFERS', 'review', differs, { details });
  await moveOn(session, sale, deskOf(session).orderState);
  return refOf(await getSaleHead(session, id), created);
}

async function createOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef> {
  const known = await knownOf(session, draft);
  const lines = linesToTryton(draft.order, known, deskOf(session));
  const values: JsonObject = { ...saleToTryton(draft, known), reference, lines: [['create', lines]] };
  const id = await create(session, SALE.model, values);
  return afterCreate(() => finish(session, id, draft, true), { id: String(id), reference });
}

async function lookUpOrder(session: Session, draft: OrderDraft, reference: string): Promise<DocumentRef | null> {
  const [id, ...others] = await searchIds(session, SALE.model, [['reference', '=', reference]]);
  if (id === undefined) return null;
  const details = { id: String(id), reference };
  if (others.length > 0) {
    const message = `sales ${[id, ...others].join(', ')} carry the same reference`;
    throw new HoldError('TARGET_DIFFERS', 'review', message, { details });
  }
  try {
    return await finish(session, id, draft, true);
  } catch (error) {
    // the sale is there: what Tryton refuses now, a person mends there
    if (!(error instanceof TerminalError)) throw error;
    throw new HoldError(error.code, 'review', error.message, { details, cause: error });
  }
}

async function updateOrder(session: Session, draft: OrderDraft & { readonly id: string }): Promise<DocumentRef> {
  const sale = await getSale(session, draft.id);
  if (sale.state === 'processing' || sale.state === 'done') {
    const message = `sale ${sale.number ?? sale.id} is being processed in Tryton and cannot be changed`;
    throw new TerminalError('UNSUPPORTED', message, { field: 'id' });
  }
  const known = await knownOf(session, draft);
  const lines = linesToTryton(draft.order, known, deskOf(session));
  if (sale.state !== 'draft') await press(session, SALE.model, 'draft', [sale.id]);
  const old = sale['lines.'].map((line) => line.id);
  const { company: _company, ...values } = saleToTryton(draft, known);
  await write(session, SALE.model, sale.id, {
    ...values,
    lines: [
      ['delete', old],
      ['create', lines],
    ],
  });
  return finish(session, sale.id, draft, false);
}

/** What the states that Tryton can be searched by leave to be looked through. */
const FILTERS: Partial<Record<OrderAction, Domain>> = {
  processing: [['state', '=', 'processing']],
  completed: [['state', '=', 'done']],
  cancelled: [['state', '=', 'cancelled']],
  delivered: [['shipment_state', '=', 'sent']],
  paid: [['invoice_state', '=', 'paid']],
  invoiced: [['state', 'in', ['processing', 'done']]],
};

export const orderOffers: readonly AnyOffer[] = [
  offerRead(ordersList, async (session, { status, ...query }) => {
    const page = await changedPage(session, query, {
      ...SALE,
      domain: (status === undefined ? undefined : FILTERS[status]) ?? [],
      parts: ['lines', 'shipments', 'shipments.packages', 'invoices'],
      limit: 100,
      read: (sale) => orderFromTryton(sale, deskOf(session)),
    });
    if (status === undefined) return page;
    return { ...page, items: page.items.filter((order) => statusIs(order.status, status)) };
  }),
  offerRead(ordersGet, async (session, { id }) => orderFromTryton(await getSale(session, id), deskOf(session))),
  offerRead(ordersFind, async (session, { by, value }) => {
    const found = await rows(session, SALE.model, { ...SALE, domain: [[by, '=', value]] });
    return found.map((sale) => orderFromTryton(sale, deskOf(session)));
  }),
  offerWrite(ordersCreate, {
    // `reference` is searched by but not unique in Tryton: looked up before anything is made again
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, draft, { reference }) => createOrder(session, draft, reference),
    lookup: (session, draft, { reference }) => lookUpOrder(session, draft, reference),
  }),
  offerWrite(ordersUpdate, { class: 'A', run: (session, draft) => updateOrder(session, draft) }),
  offerWrite(ordersSetStatus, {
    // each is an end state that Tryton passes over when it is reached already
    class: 'A',
    async run(session, { order, action, native, tracking }) {
      if (native !== undefined) {
        throw new TerminalError('UNSUPPORTED', 'Tryton’s states are its own to set', { field: 'native' });
      }
      await setStatus(session, await getSale(session, order.id), action, tracking);
      return { id: order.id };
    },
  }),
  offerWrite(ordersAddNote, {
    // notes are appended; the same words on the same sale are ours
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, { order, text }) {
      const sale = await getSale(session, order.id);
      return { id: String(await create(session, 'ir.note', { resource: `sale.sale,${sale.id}`, message: text })) };
    },
    async lookup(session, { order, text }) {
      const domain = [
        ['resource', '=', `sale.sale,${order.id}`],
        ['message', '=', text],
      ];
      const [id] = await searchIds(session, 'ir.note', domain);
      return id === undefined ? null : { id: String(id) };
    },
  }),
];
