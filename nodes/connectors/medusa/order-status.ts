import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { ordersSetStatus } from '../../commerce/capabilities.ts';
import { decimalText, rescale, scaledOf } from '../../commerce/decimal.ts';
import { recordIn } from './list.ts';
import { type MedusaFulfillment, type MedusaItem, MedusaOrder, type MedusaPayment, ORDER_FIELDS } from './shape.ts';
import { CARRIER_KEY } from './status-map.ts';
import { idOf } from './write.ts';

type StatusInput = Parameters<NonNullable<typeof ordersSetStatus.identity>>[0];

async function readOrder(session: Session, id: string): Promise<MedusaOrder> {
  const answer = await session.http({ method: 'GET', path: `admin/orders/${id}`, query: { fields: ORDER_FIELDS } });
  return recordIn(MedusaOrder, 'order', answer.body);
}

const post = (session: Session, path: string, body: JsonObject = {}) =>
  session.http({ method: 'POST', path: `admin/${path}`, body });

/** One step of an order; refused because an earlier try of ours, whose answer was lost, has just done it, it is done. */
async function step(
  session: Session,
  order: string,
  work: { readonly path: string; readonly body?: JsonObject },
  isDone: (now: MedusaOrder) => boolean,
): Promise<void> {
  try {
    await post(session, work.path, work.body);
  } catch (error) {
    if (!(error instanceof TerminalError) || !isDone(await readOrder(session, order))) throw error;
  }
}

/** Moves the order where the action says, from wherever it stands. */
export async function setStatus(session: Session, input: StatusInput): Promise<{ id: string }> {
  const id = idOf(input.order.id, 'order.id');
  const word = input.native ?? input.action;
  if (input.tracking && word !== 'delivered')
    session.note('the tracking number is told with “delivered” alone: left out');
  switch (word) {
    case 'paid':
      await pay(session, await readOrder(session, id));
      break;
    case 'delivered':
      await deliver(session, id, input.tracking);
      break;
    case 'completed':
    case 'archived':
    case 'canceled':
    case 'cancelled':
      await move(session, id, word);
      break;
    default: {
      const field = input.native === undefined ? 'action' : 'native';
      throw new TerminalError('UNSUPPORTED', `Medusa has no order status for “${word}”`, { field });
    }
  }
  return { id: input.order.id };
}

const MOVES = {
  completed: ['complete', 'completed'],
  archived: ['archive', 'archived'],
  canceled: ['cancel', 'canceled'],
  cancelled: ['cancel', 'canceled'],
} as const;

async function move(session: Session, id: string, word: keyof typeof MOVES): Promise<void> {
  const [verb, state] = MOVES[word];
  const isThere = (order: MedusaOrder): boolean => order.status === state;
  if (!isThere(await readOrder(session, id))) await step(session, id, { path: `orders/${id}/${verb}` }, isThere);
}

const standingIn = (order: MedusaOrder) => order.payment_collections.filter((one) => one.status !== 'canceled');

const paymentsIn = (order: MedusaOrder): MedusaPayment[] =>
  standingIn(order)
    .flatMap((one) => one.payments)
    .filter((payment) => !payment.canceled_at);

/** Draws what is reserved; where nothing is, notes that the money came another way. */
async function pay(session: Session, order: MedusaOrder): Promise<void> {
  const payments = paymentsIn(order);
  for (const { id, amount, captures } of payments.filter((one) => !one.captured_at)) {
    // the whole is left to Medusa; of a part the rest is told exactly, since more than is left is refused
    const body = captures.length === 0 ? {} : { amount: restOf(amount, captures) };
    const isDrawn = (now: MedusaOrder): boolean =>
      paymentsIn(now).every((one) => one.id !== id || Boolean(one.captured_at));
    await step(session, order.id, { path: `payments/${id}/capture`, body }, isDrawn);
  }
  if (payments.length > 0) return;
  const open = standingIn(order).find((one) => one.payments.length === 0) ?? (await askForPayment(session, order));
  const work = { path: `payment-collections/${open.id}/mark-as-paid`, body: { order_id: order.id } };
  await step(session, order.id, work, (now) => paymentsIn(now).length > 0);
}

function restOf(all: string | number, parts: MedusaPayment['captures']): number {
  const [whole = 0n, ...gone] = [all, ...parts.map((part) => part.amount)].map((one) =>
    rescale(scaledOf(one, 'payment.amount'), 12),
  );
  return Number(decimalText({ units: gone.reduce((left, one) => left - one, whole), scale: 12 }));
}

async function askForPayment(session: Session, order: MedusaOrder): Promise<{ id: string }> {
  const answer = await post(session, 'payment-collections', { order_id: order.id, amount: Number(order.total) });
  return recordIn(z.looseObject({ id: z.string() }), 'payment_collection', answer.body);
}

type Tracking = StatusInput['tracking'];

/** Packs what is not packed, sends what is not sent, with the tracking number, and marks all of it as delivered. */
async function deliver(session: Session, id: string, tracking: Tracking): Promise<void> {
  const order = await packed(session, await readOrder(session, id), tracking);
  const known = order.fulfillments.some((one) =>
    one.labels.some((label) => label.tracking_number === tracking?.number),
  );
  let told = tracking === undefined || known;
  for (const one of order.fulfillments.filter(({ canceled_at }) => !canceled_at)) {
    if (!one.shipped_at && !one.delivered_at && one.requires_shipping) {
      await send(session, id, one, told ? undefined : tracking);
      told = true;
    }
    if (one.delivered_at) continue;
    const work = { path: `orders/${id}/fulfillments/${one.id}/mark-as-delivered` };
    await step(session, id, work, (now) => Boolean(fulfillmentIn(now, one.id)?.delivered_at));
  }
  // Medusa takes labels while a parcel is sent, and not after it
  if (!told) session.note(`all of the order was sent before: the tracking number ${tracking?.number} is left out`);
}

/** A fulfilment is either sent or handed over: Medusa refuses one of both kinds. */
async function packed(session: Session, order: MedusaOrder, tracking: Tracking): Promise<MedusaOrder> {
  let missing = false;
  for (const sent of [true, false]) {
    const items = order.items.filter((item) => item.requires_shipping === sent).flatMap(leftOf);
    if (items.length === 0) continue;
    missing = true;
    const metadata = tracking?.carrier === undefined ? {} : { metadata: { [CARRIER_KEY]: tracking.carrier } };
    const work = { path: `orders/${order.id}/fulfillments`, body: { items, ...metadata } };
    const isPacked = (now: MedusaOrder): boolean =>
      now.items.filter((item) => item.requires_shipping === sent).flatMap(leftOf).length === 0;
    await step(session, order.id, work, isPacked);
  }
  return missing ? readOrder(session, order.id) : order;
}

function leftOf(item: MedusaItem): { id: string; quantity: number }[] {
  const quantity = Number(item.quantity) - Number(item.detail.fulfilled_quantity);
  return quantity > 0 ? [{ id: item.id, quantity }] : [];
}

async function send(
  session: Session,
  order: string,
  fulfillment: MedusaFulfillment,
  tracking: Tracking,
): Promise<void> {
  const items = fulfillment.items.flatMap(({ line_item_id: id, quantity }) =>
    id ? [{ id, quantity: Number(quantity) }] : [],
  );
  const url = webAddress(tracking?.url);
  const labels = tracking ? [{ tracking_number: tracking.number, tracking_url: url, label_url: '' }] : [];
  const work = { path: `orders/${order}/fulfillments/${fulfillment.id}/shipments`, body: { items, labels } };
  await step(session, order, work, (now) => Boolean(fulfillmentIn(now, fulfillment.id)?.shipped_at));
}

const fulfillmentIn = (order: MedusaOrder, id: string): MedusaFulfillment | undefined =>
  order.fulfillments.find((one) => one.id === id);

/** Medusa takes web addresses alone. */
function webAddress(url: string | undefined): string {
  return url !== undefined && /^https?:\/\/\S+$/.test(url) ? url : '';
}
