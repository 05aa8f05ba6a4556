import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { ordersSetStatus } from '../../commerce/capabilities.ts';
import { numberOf, parseMoney, subtract, sum } from '../../commerce/money.ts';
import { recordIn } from './list.ts';
import { type MedusaFulfillment, type MedusaItem, MedusaOrder, ORDER_FIELDS } from './shape.ts';
import { CARRIER_KEY } from './status-map.ts';
import { idOf } from './write.ts';

type StatusInput = Parameters<NonNullable<typeof ordersSetStatus.identity>>[0];

async function readOrder(session: Session, id: string): Promise<MedusaOrder> {
  const answer = await session.http({ method: 'GET', path: `admin/orders/${id}`, query: { fields: ORDER_FIELDS } });
  return recordIn(MedusaOrder, 'order', answer.body);
}

const post = (session: Session, path: string, body: JsonObject = {}) =>
  session.http({ method: 'POST', path: `admin/${path}`, body });

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
  const { status } = await readOrder(session, id);
  if (status !== state) await post(session, `orders/${id}/${verb}`);
}

/** Draws what is reserved; where nothing is, notes that the money came another way. */
async function pay(session: Session, order: MedusaOrder): Promise<void> {
  const currency = order.currency_code.toUpperCase();
  const read = (value: string | number) => parseMoney(value, currency, { rounding: 'half-up', field: 'payment' });
  const standing = order.payment_collections.filter((one) => one.status !== 'canceled');
  for (const payment of standing.flatMap((one) => one.payments)) {
    if (payment.canceled_at || payment.captured_at) continue;
    const captured = sum(
      payment.captures.map((one) => read(one.amount)),
      currency,
    );
    const left = subtract(read(payment.amount), captured);
    // the whole is left to Medusa, which counts with more decimals than money has
    const body = captured.amount === 0 ? {} : { amount: numberOf(left) };
    if (left.amount > 0) await post(session, `payments/${payment.id}/capture`, body);
  }
  if (standing.some((one) => one.payments.some((payment) => !payment.canceled_at))) return;
  const open = standing.find((one) => one.payments.length === 0) ?? (await askForPayment(session, order));
  await post(session, `payment-collections/${open.id}/mark-as-paid`, { order_id: order.id });
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
    if (!one.delivered_at) await post(session, `orders/${id}/fulfillments/${one.id}/mark-as-delivered`);
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
    await post(session, `orders/${order.id}/fulfillments`, { items, ...metadata });
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
  await post(session, `orders/${order}/fulfillments/${fulfillment.id}/shipments`, { items, labels });
}

/** Medusa takes web addresses alone. */
function webAddress(url: string | undefined): string {
  return url !== undefined && /^https?:\/\/\S+$/.test(url) ? url : '';
}
