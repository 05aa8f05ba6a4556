import { z } from 'zod';
import type { Session } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { OrderAction } from '../../commerce/status.ts';
import { filled } from '../answer.ts';
import { today } from './books.ts';
import { create, literally, press, rows, searchIds, write } from './rpc.ts';
import { getSale, getSaleHead } from './sale.ts';
import type { TrytonSettings } from './settings.ts';
import type { TrytonSale, TrytonShipment } from './shape.ts';

export interface Tracking {
  readonly number: string;
  readonly carrier?: string | undefined;
  readonly url?: string | undefined;
}

const STEPS = [
  ['quote', 'quotation'],
  ['confirm', 'confirmed'],
  ['process', 'processing'],
] as const;
const rank = (state: TrytonSale['state']): number =>
  ['draft', 'quotation', 'confirmed', 'processing', 'done'].indexOf(state);

/** Presses the buttons from where the sale stands to where it should; one that is further on stays there. */
export async function moveOn(
  session: Session,
  sale: Pick<TrytonSale, 'id' | 'number' | 'state'>,
  to: TrytonSettings['orderState'],
): Promise<void> {
  let { state: at } = sale;
  if (sale.state === 'cancelled') {
    throw new TerminalError('TARGET_REFUSED', `sale ${sale.number ?? sale.id} is cancelled in Tryton`);
  }
  for (const [button, state] of STEPS) {
    if (rank(at) >= rank(state)) continue;
    if (rank(state) > rank(to)) return;
    await press(session, 'sale.sale', button, [sale.id]);
    // most servers process at once what is confirmed
    if (state === 'confirmed' && to === 'processing') at = (await getSaleHead(session, sale.id)).state;
  }
}

export async function setStatus(
  session: Session,
  sale: TrytonSale,
  action: OrderAction,
  tracking: Tracking | undefined,
): Promise<void> {
  switch (action) {
    case 'processing':
      return moveOn(session, sale, 'processing');
    case 'cancelled':
      return cancel(session, sale);
    case 'delivered':
      return deliver(session, await processed(session, sale), tracking);
    case 'invoiced':
      await postInvoices(session, await processed(session, sale));
      return;
    default: {
      const message = `a sale in Tryton cannot be made “${action}”: it can be processed, delivered, invoiced and cancelled`;
      throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
    }
  }
}

async function processed(session: Session, sale: TrytonSale): Promise<TrytonSale> {
  if (sale.state === 'processing' || sale.state === 'done') return sale;
  await moveOn(session, sale, 'processing');
  return getSale(session, String(sale.id));
}

async function cancel(session: Session, sale: TrytonSale): Promise<void> {
  if (sale.state === 'cancelled') return;
  if (sale.state === 'processing' || sale.state === 'done') {
    const message = 'a sale that is being processed is cancelled in Tryton, with its shipments and invoices';
    throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
  }
  if (sale.state === 'confirmed') await press(session, 'sale.sale', 'draft', [sale.id]);
  await press(session, 'sale.sale', 'cancel', [sale.id]);
}

/** Sends all that is not sent: what the other system calls delivered has left the house, whatever the balance says. */
async function deliver(session: Session, sale: TrytonSale, tracking: Tracking | undefined): Promise<void> {
  const shipments = sale['shipments.'].filter((one) => one.state !== 'cancelled');
  const carrier = await carrierOf(session, tracking);
  for (const shipment of shipments) {
    if (carrier !== undefined) await write(session, 'stock.shipment.out', shipment.id, { carrier });
    if (shipment.state !== 'done') await pick(session, shipment);
    if (tracking !== undefined) await track(session, shipment, tracking);
    if (shipment.state === 'done') continue;
    await press(session, 'stock.shipment.out', 'pack', [shipment.id]);
    await press(session, 'stock.shipment.out', 'done', [shipment.id]);
  }
  if (shipments.length === 0 && tracking !== undefined)
    session.note('The sale has no shipment in Tryton; the tracking number is left out.');
}

async function pick(session: Session, { id, state }: TrytonShipment): Promise<void> {
  if (state === 'packed') return;
  if (state === 'draft') await press(session, 'stock.shipment.out', 'wait', [id]);
  if (state === 'draft' || state === 'waiting') await press(session, 'stock.shipment.out', 'assign_force', [id]);
  if (state !== 'picked') await press(session, 'stock.shipment.out', 'pick', [id]);
}

const Party = z.looseObject({ id: z.int() });

/** Carriers are Tryton's own to keep: one whose party is called so, or none. */
async function carrierOf(session: Session, tracking: Tracking | undefined): Promise<number | undefined> {
  const name = filled(tracking?.carrier);
  if (tracking?.url !== undefined)
    session.note('Tryton makes the tracking address of the carrier itself; the one given is left out.');
  if (name === undefined) return undefined;
  const domain = [['party.name', 'ilike', literally(name)]];
  const [carrier] = await rows(session, 'carrier', { domain, fields: ['party'], shape: Party, limit: 1 });
  if (carrier === undefined) session.note(`Tryton has no carrier ${name}; it is left out.`);
  return carrier?.id;
}

const Moves = z.looseObject({ id: z.int(), outgoing_moves: z.array(z.int()) });

/** The number to follow the goods by stands on a package: on one that has none, else on a new one. */
async function track(session: Session, shipment: TrytonShipment, { number }: Tracking): Promise<void> {
  const packages = shipment['packages.'];
  if (packages.some((one) => one.shipping_reference === number)) return;
  const blank = packages.find((one) => filled(one.shipping_reference) === undefined);
  if (blank !== undefined) return write(session, 'stock.package', blank.id, { shipping_reference: number });
  const domain = [['id', '=', shipment.id]];
  const [read] = await rows(session, 'stock.shipment.out', { domain, fields: ['outgoing_moves'], shape: Moves });
  const [type] = await searchIds(session, 'stock.package.type', []);
  await create(session, 'stock.package', {
    type: type ?? (await create(session, 'stock.package.type', { name: 'Kolli' })),
    shipment: `stock.shipment.out,${shipment.id}`,
    moves: packages.length > 0 ? [] : [['add', read?.outgoing_moves ?? []]],
    shipping_reference: number,
  });
}

const openInvoices = (sale: TrytonSale): number[] =>
  sale['invoices.'].flatMap((one) => (one.state === 'draft' || one.state === 'validated' ? [one.id] : []));

/** Posts the sale's invoices; answers the first, and whether anything was to be done. */
export async function postInvoices(session: Session, sale: TrytonSale): Promise<{ id: number; posted: boolean }> {
  const first = sale['invoices.'].find((one) => one.state !== 'cancelled');
  if (first === undefined) {
    const message = `sale ${sale.number ?? sale.id} has nothing to invoice yet in Tryton`;
    throw new TerminalError('UNSUPPORTED', message, { field: 'action' });
  }
  const open = openInvoices(sale);
  try {
    for (const id of open) await write(session, 'account.invoice', id, { invoice_date: today(session) });
    if (open.length > 0) await press(session, 'account.invoice', 'post', open);
  } catch (error) {
    // what is posted cannot be changed: an earlier request of ours may have come through meanwhile
    if (!(error instanceof TerminalError)) throw error;
    if (openInvoices(await getSale(session, String(sale.id))).length > 0) throw error;
  }
  return { id: first.id, posted: open.length > 0 };
}
