import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite } from '#runtime/connector.ts';
import { invoicesCreate, invoicesGet, invoicesList, shipmentsGet, shipmentsList } from '../../commerce/capabilities.ts';
import { changedPage } from './list.ts';
import { invoiceFromTryton, shipmentsFromTryton } from './read-map.ts';
import { type Domain, rowOf } from './rpc.ts';
import { getSale } from './sale.ts';
import { deskOf } from './settings.ts';
import { INVOICE_FIELDS, SHIPMENT_FIELDS, TrytonInvoice, TrytonShipment } from './shape.ts';
import { postInvoices, setStatus } from './status.ts';

/** A draft has no number and no day yet. */
const INVOICE = { model: 'account.invoice', fields: INVOICE_FIELDS, shape: TrytonInvoice };
const ISSUED: Domain = [
  ['type', '=', 'out'],
  ['number', '!=', null],
  ['state', 'in', ['posted', 'paid', 'cancelled']],
];

const Sold = TrytonShipment.extend({
  'outgoing_moves.': z.array(TrytonShipment.shape['outgoing_moves.'].element.extend({ sale: z.int().nullish() })),
});
const SHIPMENT = {
  model: 'stock.shipment.out',
  fields: [...SHIPMENT_FIELDS, 'outgoing_moves.sale'],
  shape: Sold,
};

/** Invoices and shipments, which Tryton makes of its sales. */
export const documentOffers: readonly AnyOffer[] = [
  offerRead(invoicesList, (session, input) =>
    changedPage(session, input, {
      ...INVOICE,
      domain: ISSUED,
      parts: [],
      read: (invoice) => invoiceFromTryton(invoice, deskOf(session)),
    }),
  ),
  offerRead(invoicesGet, async (session, { id }) =>
    invoiceFromTryton(await rowOf(session, INVOICE.model, id, { ...INVOICE, domain: ISSUED }), deskOf(session)),
  ),
  offerWrite(invoicesCreate, {
    // Tryton makes a sale's invoices once, when it is processed; posting what is posted changes nothing
    class: 'A',
    async run(session, { order }) {
      const sale = await getSale(session, order.id);
      const ready = sale.state === 'processing' || sale.state === 'done';
      if (!ready) await setStatus(session, sale, 'processing', undefined);
      const { id, posted } = await postInvoices(session, ready ? sale : await getSale(session, order.id));
      const invoice = await rowOf(session, INVOICE.model, String(id), { ...INVOICE, domain: ISSUED });
      return { id: String(id), number: invoice.number, created: posted };
    },
  }),
  offerRead(shipmentsList, async (session, input) => {
    const page = await changedPage(session, input, {
      ...SHIPMENT,
      domain: [],
      parts: ['packages'],
      read(shipment) {
        const sale = shipment['outgoing_moves.'].find((move) => move.sale != null)?.sale;
        return sale == null ? [] : shipmentsFromTryton(shipment, String(sale), deskOf(session));
      },
    });
    return { ...page, items: page.items.flat() };
  }),
  offerRead(shipmentsGet, async (session, { order }) => {
    const sale = await getSale(session, order);
    return sale['shipments.'].flatMap((one) => shipmentsFromTryton(one, order, deskOf(session)));
  }),
];
