import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { ordersSetStatus } from '../../commerce/capabilities.ts';
import { type OrderAction, statusIs } from '../../commerce/status.ts';
import { FAILURES, graphql } from './graphql.ts';
import { isVoid, piecesIn, statusFromVendure } from './map.ts';
import { getOrder } from './placed-order.ts';
import { settingsOf } from './settings.ts';
import type { VendureOrder } from './shape.ts';

type StatusInput = z.output<typeof ordersSetStatus.input>;

const Done = z.looseObject({ done: z.looseObject({ __typename: z.string() }) });

/** One step of the way: a mutation whose refusals reject. */
async function step(session: Session, document: string, variables: Parameters<typeof graphql>[3]): Promise<void> {
  await graphql(session, Done, document, variables);
}

const SETTLE = `mutation($id:ID!){done:settlePayment(id:$id){__typename ${FAILURES} ...on SettlePaymentError{paymentErrorMessage}}}`;
const PAY = `mutation($input:ManualPaymentInput!){done:addManualPaymentToOrder(input:$input){__typename ${FAILURES}}}`;
const CANCEL = `mutation($input:CancelOrderInput!){done:cancelOrder(input:$input){__typename ${FAILURES}}}`;
const FULFIL = `mutation($input:FulfillOrderInput!){done:addFulfillmentToOrder(input:$input){__typename ${FAILURES}
  ...on CreateFulfillmentError{fulfillmentHandlerError}}}`;
const MOVE = `mutation($id:ID!,$state:String!){done:transitionFulfillmentToState(id:$id,state:$state){__typename ${FAILURES}
  ...on FulfillmentStateTransitionError{transitionError}}}`;
const TRANSITION = `mutation($id:ID!,$state:String!){done:transitionOrderToState(id:$id,state:$state){__typename
  ...on OrderStateTransitionError{errorCode message transitionError}}}`;

/** Draws what is reserved; answers whether anything was. */
async function settle(session: Session, order: VendureOrder): Promise<boolean> {
  const reserved = (order.payments ?? []).filter((one) => one.state === 'Authorized');
  for (const { id } of reserved) await step(session, SETTLE, { id });
  return reserved.length > 0;
}

/** Where nothing is reserved and payment was left to be arranged, an administrator's payment is put down. */
async function pay(session: Session, order: VendureOrder, reference: string): Promise<void> {
  if (await settle(session, order)) return;
  await step(session, PAY, { input: { orderId: order.id, method: 'weft', transactionId: reference, metadata: {} } });
}

const hasTracking = (order: VendureOrder, number: string): boolean =>
  (order.fulfillments ?? []).some((one) => !isVoid(one) && one.trackingCode === number);

/** Puts what no fulfilment holds yet into one, with the tracking number. */
async function fulfil(session: Session, order: VendureOrder, tracking: StatusInput['tracking']): Promise<void> {
  const lines = order.lines.flatMap((line) => {
    const left = line.quantity - piecesIn(order, line, (one) => !isVoid(one));
    return left > 0 ? [{ orderLineId: line.id, quantity: left }] : [];
  });
  if (tracking?.url !== undefined) session.note('Vendure’s fulfilments have no place for the tracking address');
  if (lines.length === 0) {
    if (tracking && !hasTracking(order, tracking.number))
      session.note(`all of order ${order.code} is in fulfilments: tracking number ${tracking.number} was left out`);
    return;
  }
  const method = tracking?.carrier ?? order.shippingLines[0]?.shippingMethod?.name ?? '';
  const handler = {
    code: settingsOf(session).fulfillmentHandler,
    arguments: [
      { name: 'method', value: method },
      { name: 'trackingCode', value: tracking?.number ?? '' },
    ],
  };
  await step(session, FULFIL, { input: { lines, handler } });
}

/** Moves every fulfilment on, one state at a time as far as its process lets it. */
async function deliver(session: Session, id: string): Promise<void> {
  const [order] = await getOrder(session, id);
  for (const one of order.fulfillments ?? []) {
    if (isVoid(one) || one.state === 'Delivered') continue;
    if (one.nextStates.includes('Shipped')) await step(session, MOVE, { id: one.id, state: 'Shipped' });
    await step(session, MOVE, { id: one.id, state: 'Delivered' });
  }
}

function unsupported(action: OrderAction): TerminalError {
  const message = `Vendure has no state for “${action}” that an order can be put in`;
  return new TerminalError('UNSUPPORTED', message, { field: 'action' });
}

/** Sent is delivered to whoever reads an order; but one that is to be put there has a step left to take. */
function isSo(order: VendureOrder, { native, action }: StatusInput): boolean {
  if (native !== undefined) return order.state === native;
  const status = statusFromVendure(order);
  return action === 'delivered' ? status.fulfilment === 'delivered' : statusIs(status, action);
}

/** Whether the order stands where it was to be put. */
export async function hasStatus(session: Session, input: StatusInput): Promise<boolean> {
  const [order] = await getOrder(session, input.order.id);
  return isSo(order, input);
}

/** Takes the order the steps it has not taken yet, so that a repeat goes on where the last one stopped. */
export async function setStatus(session: Session, input: StatusInput, reference: string): Promise<{ id: string }> {
  const [order] = await getOrder(session, input.order.id);
  const { id } = order;
  if (input.native !== undefined) {
    if (order.state !== input.native) await step(session, TRANSITION, { id, state: input.native });
    return { id };
  }
  const { action, tracking } = input;
  if (action === 'delivered' || action === 'completed') {
    // Vendure completes an order that is both paid and delivered.
    if (action === 'completed') await settle(session, order);
    await fulfil(session, order, tracking);
    await deliver(session, id);
    // An order whose payment was drawn after its goods had left is not moved on by anything else.
    if (action === 'completed' && !(await hasStatus(session, input))) {
      await step(session, TRANSITION, { id, state: 'Delivered' });
    }
    return { id };
  }
  if (tracking) session.note(`tracking number ${tracking.number} is kept with a delivery, so it was left out`);
  if (isSo(order, input)) return { id };
  if (action === 'paid') await pay(session, order, reference);
  else if (action === 'cancelled') {
    await step(session, CANCEL, { input: { orderId: id, cancelShipping: true, reason: 'Weft' } });
  } else throw unsupported(action);
  return { id };
}
