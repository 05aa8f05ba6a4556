import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import { CHANNEL, Channel, graphql, idOf, traitsOf } from './graphql.ts';
import { type ShopTraits, settingsOf } from './settings.ts';
import { orderSelection, VendureOrder } from './shape.ts';

/** A cart is an order too in Vendure, until it is placed. */
export const PLACED = { orderPlacedAt: { isNull: false } };

/** The order as it stands; throws TARGET_NOT_FOUND, for a cart too. */
export async function getOrder(session: Session, id: string): Promise<[VendureOrder, ShopTraits]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, order: VendureOrder.nullable() }),
    `query($id:ID!){${CHANNEL} order(id:$id){${orderSelection(settingsOf(session))}}}`,
    { id: idOf(id, 'order.id') },
  );
  if (answer.order?.orderPlacedAt) return [answer.order, traitsOf(session, answer.activeChannel)];
  throw new TerminalError('TARGET_NOT_FOUND', `there is no placed order ${id}`, { field: 'order.id' });
}
