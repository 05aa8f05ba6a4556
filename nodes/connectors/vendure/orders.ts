import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import {
  type ListQuery,
  ordersAddNote,
  ordersFind,
  ordersGet,
  ordersList,
  ordersSetStatus,
  shipmentsGet,
  shipmentsList,
} from '../../commerce/capabilities.ts';
import type { Order, Page, Shipment } from '../../commerce/model.ts';
import { statusIs } from '../../commerce/status.ts';
import { afterWrite, readAnswer } from '../answer.ts';
import { changedPage, type Listing } from './changes.ts';
import { CHANNEL, Channel, graphql, idOf, traitsOf } from './graphql.ts';
import { orderFromVendure } from './map.ts';
import { getOrder, PLACED } from './placed-order.ts';
import { settingsOf } from './settings.ts';
import { listOf, Made, ORDER_TIMES, orderSelection, VendureOrder } from './shape.ts';
import { hasStatus, setStatus } from './status.ts';

/** A request that Node's HTTP server has not answered in a minute is not being worked on any more. */
const SETTLE_MS = 60_000;

const LISTING: Listing<Order> = {
  sources: [
    {
      field: 'orders',
      placed: 'orderPlacedAt',
      times: ORDER_TIMES,
      only: PLACED,
      by: 'open',
      open: { state: { notIn: ['Delivered', 'Cancelled'] } },
      idsOf: (row) => [String(row['id'])],
    },
  ],
  field: 'orders',
  selection: (session) => orderSelection(settingsOf(session)),
  read: (entry, traits) => [orderFromVendure(readAnswer(VendureOrder, entry, 'order'), traits)],
};

async function readOrder(session: Session, id: string): Promise<Order> {
  return orderFromVendure(...(await getOrder(session, id)));
}

async function findByCode(session: Session, code: string): Promise<Order[]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, orders: listOf(VendureOrder) }),
    `query($options:OrderListOptions){${CHANNEL} orders(options:$options){items{${orderSelection(settingsOf(session))}}}}`,
    { options: { filter: { ...PLACED, code: { eq: code } }, take: 10 } },
  );
  const traits = traitsOf(session, answer.activeChannel);
  return answer.orders.items.map((order) => orderFromVendure(order, traits));
}

async function listShipments(session: Session, query: ListQuery): Promise<Page<Shipment>> {
  const { items, cursor, refused } = await changedPage(session, query, LISTING);
  const since = query.changedSince === undefined ? 0 : Date.parse(query.changedSince);
  const shipments = items.flatMap((order) => order.shipments);
  return {
    items: shipments.filter((one) => one.changedAt === undefined || Date.parse(one.changedAt) + 1000 >= since),
    cursor,
    refused,
  };
}

const Notes = z.looseObject({
  history: z.looseObject({
    items: z.array(
      Made.extend({ isPublic: z.boolean().optional(), data: z.looseObject({ note: z.string().optional() }) }),
    ),
  }),
});
const NOTES =
  'history(options:{take:100,sort:{createdAt:DESC},filter:{type:{eq:"ORDER_NOTE"}}}){items{id isPublic data}}';

type NoteInput = z.output<typeof ordersAddNote.input>;

/** The newest note with these words for these eyes. */
function noteIn({ history }: z.output<typeof Notes>, { text, toCustomer }: NoteInput): { id: string } | null {
  const note = history.items.find((one) => one.data.note === text && (one.isPublic ?? toCustomer) === toCustomer);
  return note ? { id: note.id } : null;
}

export const orderOffers: readonly AnyOffer[] = [
  offerRead(ordersList, async (session, query) => {
    const page = await changedPage(session, query, LISTING);
    const { status } = query;
    return status === undefined ? page : { ...page, items: page.items.filter((one) => statusIs(one.status, status)) };
  }),
  offerRead(ordersGet, (session, { id }) => readOrder(session, id)),
  offerRead(ordersFind, async (session, { by, value }) => {
    if (by === 'number') return findByCode(session, value);
    throw new TerminalError('UNSUPPORTED', 'Vendure’s orders carry no reference of ours', { field: 'by' });
  }),
  offerWrite(ordersSetStatus, {
    // Made of several steps, none of which Vendure drops by a key; where they led can be seen.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, input, call) => setStatus(session, input, call.reference),
    lookup: async (session, input) => ((await hasStatus(session, input)) ? { id: input.order.id } : null),
  }),
  offerWrite(ordersAddNote, {
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, input) {
      const id = idOf(input.order.id, 'order.id');
      const answer = await graphql(
        session,
        z.looseObject({ addNoteToOrder: Notes }),
        `mutation($input:AddNoteToOrderInput!){addNoteToOrder(input:$input){${NOTES}}}`,
        { input: { id, note: input.text, isPublic: input.toCustomer } },
      );
      return afterWrite(() => noteIn(answer.addNoteToOrder, input) ?? { id });
    },
    // A note with the very same words says the same: then nothing is missing.
    async lookup(session, input) {
      const answer = await graphql(
        session,
        z.looseObject({ order: Notes.nullable() }),
        `query($id:ID!){order(id:$id){${NOTES}}}`,
        { id: idOf(input.order.id, 'order.id') },
      );
      return answer.order ? noteIn(answer.order, input) : null;
    },
  }),
  offerRead(shipmentsList, listShipments),
  offerRead(shipmentsGet, async (session, { order }) => (await readOrder(session, order)).shipments),
];
