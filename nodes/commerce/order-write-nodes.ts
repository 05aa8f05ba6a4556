import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { DocumentRef, type OrderDraft, ordersCreate, ordersUpdate } from './capabilities.ts';
import { counterpart } from './counterpart.ts';
import * as sample from './examples.ts';
import { type Address, Customer, Order } from './model.ts';
import { CostCentre, createsOnly, OptionalText, Project, revisionOf, WriteMode } from './setting.ts';

export const ordersKnown = defineNode({
  type: 'orders.known',
  version: 1,
  title: { en: 'Already transferred?', sv: 'Redan överförd?' },
  summary: {
    en: 'Tells orders that the chosen system has from Weft apart from those it has not, before anything is asked of it.',
    sv: 'Skiljer ordrar som det valda systemet redan har fått av Weft från dem det inte har fått, innan systemet tillfrågas.',
  },
  group: 'match',
  icon: 'copy-check',
  feature: 'orders',
  effect: 'read',
  connection: 'required',
  config: z.strictObject({}),
  inputs: { order: Order },
  outputs: { new: Order, known: Order, document: DocumentRef },
  portTitles: portTitles('order', 'new', 'known', 'document'),
  examples: [
    {
      title: { en: 'An order Weft has not transferred yet', sv: 'En order som Weft inte har fört över än' },
      config: {},
      input: { order: sample.order },
      output: { new: sample.order },
      given: { connection: 'erp' },
    },
    {
      title: { en: 'An order that stands there already', sv: 'En order som redan finns där' },
      config: {},
      input: { order: sample.order },
      output: { known: sample.order, document: sample.knownDocument },
      given: { connection: 'erp', links: sample.links },
    },
  ],
  run: async (step) => {
    const { order } = step.input;
    const known = await counterpart(step, 'order', order.source);
    if (!known) return { new: order };
    step.note(`order ${order.number} is ${known.id} there`);
    return { known: order, document: { id: known.id, number: known.id, created: false } };
  },
});

const Country = z
  .string()
  .trim()
  .toUpperCase()
  .regex(/^([A-Z]{2})?$/, 'must be a two-letter country code such as SE')
  .transform((code) => (code === '' ? undefined : code))
  .optional()
  .meta(
    label(
      'Country when the order has none',
      'Land när ordern saknar det',
      { en: 'Two letters, such as SE.', sv: 'Två bokstäver, till exempel SE.' },
      'cost-centre',
    ),
  );

function inCountry(address: Address, country: string | undefined): Address {
  return country === undefined || address.country !== undefined ? address : { ...address, country };
}

interface ShopSettings {
  readonly country?: string | undefined;
  readonly ourReference?: string | undefined;
}

/** The order with what this shop’s settings add where it is silent. */
function completed(order: Order, { country, ourReference }: ShopSettings): Order {
  if (country === undefined && ourReference === undefined) return order;
  return {
    ...order,
    billing: inCountry(order.billing, country),
    ...(order.shipping ? { shipping: inCountry(order.shipping, country) } : {}),
    ...(order.ourReference === undefined && ourReference !== undefined ? { ourReference } : {}),
  };
}

function numberOf(customer: Customer): string {
  return customer.number ?? customer.source.id;
}

export const ordersWrite = defineNode({
  type: 'orders.write',
  version: 1,
  title: { en: 'Write order', sv: 'Skriv order' },
  summary: {
    en: 'Creates the order in the chosen system, exactly once; an order that exists is left alone or updated, as you choose.',
    sv: 'Skapar ordern i det valda systemet, exakt en gång; en order som finns lämnas i fred eller uppdateras, som du väljer.',
  },
  group: 'action',
  icon: 'file-input',
  feature: 'orders',
  effect: 'write',
  config: z.strictObject({
    mode: WriteMode,
    costCentre: CostCentre,
    project: Project,
    country: Country,
    priceList: OptionalText.meta(
      label(
        'Price list',
        'Prislista',
        { en: 'Its code in the system written to.', sv: 'Dess kod i systemet som skrivs till.' },
        'price-lists',
      ),
    ),
    ourReference: OptionalText.meta(
      label('Our reference', 'Vår referens', {
        en: 'A person of the seller’s, where the order names none.',
        sv: 'En person hos säljaren, när ordern inte anger någon.',
      }),
    ),
  }),
  inputs: { order: Order, customer: Customer },
  outputs: { order: Order, document: DocumentRef, exists: DocumentRef },
  portTitles: portTitles('order', 'customer', 'document', 'exists'),
  needs: { create: ordersCreate, update: ordersUpdate },
  spares: (config) => (createsOnly(config) ? ['update'] : []),
  examples: [
    {
      title: { en: 'The order is created in the ERP', sv: 'Ordern skapas i affärssystemet' },
      config: {},
      input: { order: sample.matchedOrder, customer: sample.card },
      output: { order: sample.matchedOrder, document: sample.document },
      given: { connection: 'erp', answers: { create: sample.document } },
    },
    {
      title: { en: 'It exists: it is left as it is', sv: 'Den finns: den lämnas som den är' },
      config: { mode: 'create' },
      input: { order: sample.matchedOrder, customer: sample.card },
      output: { exists: sample.knownDocument },
      given: { connection: 'erp', answers: { create: sample.knownDocument } },
    },
  ],
  run: async (step) => {
    const { config, input, use, note } = step;
    const { order, customer } = input;
    if (order.source.connection === step.connection) {
      throw new TerminalError('CONFIG_INVALID', 'the order would be written to the system it comes from', {
        field: 'connection',
      });
    }
    const { costCentre, project, priceList } = config;
    const draft: OrderDraft = {
      order: completed(order, config),
      customerNumber: numberOf(customer),
      ...(customer.source.connection === step.connection ? { customerId: customer.source.id } : {}),
      costCentre,
      project,
      priceList,
    };
    const known = config.mode === 'create-and-update' ? await counterpart(step, 'order', order.source) : null;
    const made = known ? null : await use.create(draft);
    if (made?.created) {
      note(`order ${order.number} became ${made.number}`);
      return { order, document: made };
    }
    const id = known?.id ?? made?.id ?? '';
    if (config.mode === 'create') {
      note(`order ${order.number} is ${id} already: left as it is`);
      return { exists: made ?? { id, number: id, created: false } };
    }
    const document = await use.update({ ...draft, id, revision: revisionOf(order, step.now) });
    note(`order ${order.number} was written over ${document.number}`);
    return { order, document };
  },
});

export const orderWriteNodes: readonly AnyNode[] = [ordersKnown, ordersWrite];
