import { z } from 'zod';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { DocumentRef, ordersAddNote, ordersSetStatus, shipmentsGet } from './capabilities.ts';
import { counterpart } from './counterpart.ts';
import * as sample from './examples.ts';
import { Order, Shipment } from './model.ts';
import { OptionalText, revisionOf } from './setting.ts';
import { OrderAction } from './status.ts';

function trackingOf(shipment: Shipment | undefined) {
  if (shipment?.trackingNumber === undefined) return undefined;
  return { number: shipment.trackingNumber, carrier: shipment.carrier, url: shipment.trackingUrl };
}

/** The newest that can be followed by a number. */
function trackedOf(shipments: readonly Shipment[]): Shipment | undefined {
  return shipments
    .filter((shipment) => shipment.trackingNumber !== undefined && shipment.state !== 'cancelled')
    .toSorted((a, b) => Date.parse(b.sentAt ?? b.changedAt ?? '') - Date.parse(a.sentAt ?? a.changedAt ?? '') || 0)[0];
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== '';
}

export const ordersSetStatusNode = defineNode({
  type: 'orders.set-status',
  version: 1,
  title: { en: 'Write back order status', sv: 'Återrapportera orderstatus' },
  summary: {
    en: 'Sets the order’s status in the chosen system and may leave a note and a tracking number; an order from another system is found by its cross-reference.',
    sv: 'Sätter orderns status i det valda systemet och kan lämna en anteckning och ett spårningsnummer; en order från ett annat system hittas på sin korsreferens.',
  },
  group: 'action',
  icon: 'clipboard-check',
  feature: 'status',
  effect: 'write',
  config: z
    .strictObject({
      status: OrderAction.optional().meta(
        label('Status', 'Status', {
          en: 'Each system says it in its own words. Empty: only the note is written.',
          sv: 'Varje system säger det med egna ord. Tomt: bara anteckningen skrivs.',
        }),
      ),
      native: OptionalText.meta(
        label('The system’s own status instead', 'Systemets egen status i stället', {
          en: 'Such as wc-picking, for statuses only this system has.',
          sv: 'Till exempel wc-picking, för statusar som bara finns i det systemet.',
        }),
      ),
      note: z
        .string()
        .max(10_000)
        .optional()
        .meta(
          label('Note on the order', 'Anteckning på ordern', {
            en: 'Such as: Fortnox order {{ document.number }}',
            sv: 'Till exempel: Fortnox-order {{ document.number }}',
          }),
        ),
      toCustomer: z
        .boolean()
        .default(false)
        .meta(
          label('The buyer sees the note', 'Köparen ser anteckningen', {
            en: 'Shops usually mail it to the buyer.',
            sv: 'Butiker mejlar den vanligtvis till köparen.',
          }),
        ),
      repeat: z
        .enum(['once', 'each-change'])
        .default('once')
        .meta({
          ...label('When the order comes again', 'När ordern kommer igen', {
            en: 'An order may start the flow several times.',
            sv: 'En order kan starta flödet flera gånger.',
          }),
          ...options({
            once: [
              'Set it once, so that what a person changes later stays',
              'Sätt den en gång, så att det någon ändrar senare står kvar',
            ],
            'each-change': ['Set it at every change', 'Sätt den vid varje ändring'],
          }),
        }),
    })
    .superRefine(({ status, native, note }, context) => {
      const missing = native !== undefined && status === undefined;
      if (missing) context.addIssue({ code: 'custom', path: ['status'], message: 'is needed beside native' });
      if (status === undefined && !isGiven(note))
        context.addIssue({ code: 'custom', path: ['status'], message: 'give a status, a note, or both' });
    }),
  inputs: { order: Order, document: DocumentRef.optional(), shipment: Shipment.optional() },
  outputs: { order: Order, missing: Order },
  portTitles: portTitles('order', 'document', 'shipment', 'missing'),
  needs: { setStatus: ordersSetStatus, addNote: ordersAddNote },
  spares: (config) => [
    ...(isGiven(config['status']) ? [] : (['setStatus'] as const)),
    ...(isGiven(config['note']) ? [] : (['addNote'] as const)),
  ],
  asks: ({ status, native }) => (typeof status === 'string' && !isGiven(native) ? [`orders.set-status:${status}`] : []),
  examples: [
    {
      title: {
        en: 'The shop’s order is completed and gets the ERP’s number as a note',
        sv: 'Butikens order blir avslutad och får affärssystemets nummer som anteckning',
      },
      config: { status: 'completed', note: 'Fortnox 20001' },
      input: { order: sample.order, document: sample.document },
      output: { order: sample.order },
      given: { connection: 'shop', answers: { setStatus: { id: '1042' }, addNote: { id: '1063' } } },
    },
    {
      title: {
        en: 'The chosen system does not have the order: nothing is set',
        sv: 'Det valda systemet har inte ordern: inget sätts',
      },
      config: { status: 'delivered' },
      input: { order: sample.order },
      output: { missing: sample.order },
      given: { connection: 'erp' },
    },
  ],
  run: async (step) => {
    const { config, input, use } = step;
    const target = await counterpart(step, 'order', input.order.source);
    if (!target) {
      step.note(`order ${input.order.number} has no counterpart there: nothing is set`);
      return { missing: input.order };
    }
    const again = config.repeat === 'once' ? (input.document?.id ?? 'once') : revisionOf(input.order, step.now);
    if (config.status !== undefined) {
      // an order from another system brings its shipments along
      const brought = input.order.source.connection === step.connection ? [] : input.order.shipments;
      const delivers = config.status === 'delivered' || config.status === 'completed';
      const tracking = trackingOf(input.shipment ?? (delivers ? trackedOf(brought) : undefined));
      const revision = tracking ? `${again}:${tracking.number}` : again;
      await use.setStatus({ order: target, action: config.status, native: config.native, tracking, revision });
    }
    if (config.note !== undefined && config.note !== '') {
      // the key tells two note steps of one order apart and is the same on every attempt
      const revision = `${step.idempotencyKey}:${again}`;
      await use.addNote({ order: target, text: config.note, toCustomer: config.toCustomer, revision });
    }
    return { order: input.order };
  },
});

export const shipmentsRead = defineNode({
  type: 'shipments.read',
  version: 1,
  title: { en: 'Read shipments', sv: 'Läs försändelser' },
  summary: {
    en: 'Fetches the shipments of an order, and picks out the newest that has a tracking number.',
    sv: 'Hämtar en orders försändelser och plockar ut den senaste som har ett spårningsnummer.',
  },
  group: 'action',
  icon: 'truck',
  feature: 'status',
  effect: 'read',
  config: z.strictObject({}),
  inputs: { order: Order },
  outputs: { shipments: z.array(Shipment), tracked: Shipment, untracked: Order },
  portTitles: portTitles('order', 'shipments', 'tracked', 'untracked'),
  needs: { get: shipmentsGet },
  examples: [
    {
      title: { en: 'A shipment that can be followed', sv: 'En försändelse som kan följas' },
      config: {},
      input: { order: sample.order },
      output: { shipments: [sample.shipment], tracked: sample.shipment },
      given: { connection: 'erp', links: sample.links, answers: { get: [sample.shipment] } },
    },
    {
      title: { en: 'Nothing has been sent yet', sv: 'Inget har skickats än' },
      config: {},
      input: { order: sample.order },
      output: { shipments: [], untracked: sample.order },
      given: { connection: 'erp', links: sample.links, answers: { get: [] } },
    },
  ],
  run: async (step) => {
    const { order } = step.input;
    const target = await counterpart(step, 'order', order.source);
    const shipments = target ? await step.use.get({ order: target.id }) : [];
    const tracked = trackedOf(shipments);
    return { shipments, ...(tracked ? { tracked } : { untracked: order }) };
  },
});

export const statusNodes: readonly AnyNode[] = [ordersSetStatusNode, shipmentsRead];
