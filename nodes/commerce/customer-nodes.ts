import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { customersCreate, customersFind, customersUpdate } from './capabilities.ts';
import * as sample from './examples.ts';
import { emailKey, organisationNumberKey } from './identity.ts';
import { matchCustomer } from './match.ts';
import { Customer, Order } from './model.ts';
import { CostCentre, MatchKeys, revisionOf } from './setting.ts';

/** The buyer as a customer card: an order's addresses stand in where the customer has none. */
function buyerOf(order: Order): Customer {
  const { customer } = order;
  const shipping = customer.shipping ?? order.shipping;
  return { ...customer, billing: customer.billing ?? order.billing, ...(shipping ? { shipping } : {}) };
}

function wantedOf(input: { readonly order?: Order | undefined; readonly customer?: Customer | undefined }): Customer {
  if (input.customer) return input.customer;
  if (input.order) return buyerOf(input.order);
  throw new TerminalError('INPUT_INVALID', 'either order or customer must be wired', { field: 'customer' });
}

const PLAIN = ['name', 'firstName', 'lastName', 'phone', 'mobile', 'vatNumber'] as const;
const ADDRESSES = ['billing', 'shipping'] as const;

function sameText(wanted: string | undefined, found: string | undefined, key: (text: string) => string): boolean {
  return wanted === undefined || (found !== undefined && key(wanted) === key(found));
}

const trimmed = (text: string): string => text.trim();

function sameAddress(wanted: Customer['billing'], found: Customer['billing']): boolean {
  return Object.entries(wanted ?? {}).every(([name, value]) =>
    sameText(value, found?.[name as keyof NonNullable<Customer['billing']>], trimmed),
  );
}

/** Whether the found customer lacks something the wanted one has, so that an update would change it. */
function differs(wanted: Customer, found: Customer): boolean {
  return !(
    PLAIN.every((name) => sameText(wanted[name], found[name], trimmed)) &&
    sameText(wanted.email, found.email, emailKey) &&
    sameText(wanted.organisationNumber, found.organisationNumber, organisationNumberKey) &&
    ADDRESSES.every((name) => sameAddress(wanted[name], found[name]))
  );
}

const inputs = {
  order: Order.optional(),
  customer: Customer.optional(),
};

export const customersMatch = defineNode({
  type: 'customers.match',
  version: 1,
  title: { en: 'Match customer', sv: 'Matcha kund' },
  summary: {
    en: 'Finds the order’s customer in the chosen system by customer number, e-mail or organisation number; never guesses between two.',
    sv: 'Hittar orderns kund i det valda systemet på kundnummer, e-post eller organisationsnummer; gissar aldrig mellan två.',
  },
  group: 'match',
  icon: 'user-round-search',
  feature: 'orders',
  effect: 'read',
  config: z.strictObject({ keys: MatchKeys }),
  inputs,
  outputs: { found: Customer, missing: Customer },
  portTitles: portTitles('order', 'customer', 'found', 'missing'),
  needs: { find: customersFind },
  examples: [
    {
      title: { en: 'Found by organisation number', sv: 'Hittad på organisationsnummer' },
      config: { keys: ['organisationNumber', 'email'] },
      input: { order: sample.order },
      output: { found: sample.card },
      given: { answers: { find: [sample.card] } },
    },
    {
      title: { en: 'The ERP has no such customer', sv: 'Affärssystemet har ingen sådan kund' },
      config: { keys: ['email'] },
      input: { order: sample.order },
      output: { missing: sample.buyer },
      given: { answers: { find: [] } },
    },
  ],
  run: async ({ config, input, use, note }) => {
    const wanted = wantedOf(input);
    const match = await matchCustomer(wanted, config.keys, use.find);
    if (!match) return { missing: wanted };
    note(`matched customer ${match.customer.number ?? match.customer.source.id} on ${match.why}`);
    return { found: match.customer };
  },
});

export const customersEnsure = defineNode({
  type: 'customers.ensure',
  version: 1,
  title: { en: 'Match or create customer', sv: 'Matcha eller skapa kund' },
  summary: {
    en: 'Finds the order’s customer in the chosen system, and creates the customer when there is none.',
    sv: 'Hittar orderns kund i det valda systemet och skapar kunden när den saknas.',
  },
  group: 'match',
  icon: 'user-round-plus',
  feature: 'orders',
  effect: 'write',
  config: z.strictObject({
    keys: MatchKeys,
    whenFound: z
      .enum(['leave', 'update'])
      .default('leave')
      .meta({
        ...label('When the customer exists', 'När kunden finns', {
          en: 'Cards are often kept by hand; writing over them is a choice.',
          sv: 'Kundkort sköts ofta för hand; att skriva över dem är ett val.',
        }),
        ...options({
          leave: ['Leave the card as it is', 'Lämna kundkortet som det är'],
          update: ['Write what the order says differently', 'Skriv det som ordern säger annorlunda'],
        }),
      }),
    number: z
      .enum(['target', 'source'])
      .default('target')
      .meta({
        ...label('Who numbers new customers', 'Vem numrerar nya kunder', {
          en: 'A number that comes along must be free there.',
          sv: 'Ett nummer som följer med måste vara ledigt där.',
        }),
        ...options({
          target: ['The system the customer is created in', 'Systemet där kunden skapas'],
          source: ['The number comes along', 'Numret följer med'],
        }),
      }),
    costCentre: CostCentre,
  }),
  inputs,
  outputs: { customer: Customer, created: z.boolean() },
  portTitles: portTitles('order', 'customer', 'created'),
  needs: { find: customersFind, create: customersCreate, update: customersUpdate },
  spares: ({ whenFound }) => (whenFound === undefined || whenFound === 'leave' ? ['update'] : []),
  examples: [
    {
      title: { en: 'The customer exists: the card is left as it is', sv: 'Kunden finns: kundkortet lämnas som det är' },
      config: {},
      input: { order: sample.order },
      output: { customer: sample.card, created: false },
      given: { answers: { find: [sample.card] } },
    },
    {
      title: {
        en: 'The customer is created, and the ERP numbers it',
        sv: 'Kunden skapas, och affärssystemet numrerar den',
      },
      config: {},
      input: { order: sample.order },
      output: { customer: { ...sample.buyer, source: sample.card.source, number: '10231' }, created: true },
      given: { connection: 'erp', answers: { find: [], create: sample.newCard } },
    },
  ],
  run: async ({ config, input, use, note, now, connection }) => {
    const wanted = wantedOf(input);
    const match = await matchCustomer(wanted, config.keys, use.find);
    const { costCentre } = config;
    if (match) {
      const { customer } = match;
      note(`matched customer ${customer.number ?? customer.source.id} on ${match.why}`);
      if (config.whenFound === 'update' && differs(wanted, customer)) {
        const revision = revisionOf(wanted, now);
        await use.update({ id: customer.source.id, customer: wanted, costCentre, revision });
      }
      return { customer, created: false };
    }
    const number = config.number === 'source' ? wanted.number : undefined;
    const card = await use.create({ customer: wanted, number, costCentre });
    const source = { connection, id: card.id };
    return { customer: { ...wanted, source, number: card.number }, created: card.created };
  },
});

export const customerNodes: readonly AnyNode[] = [customersMatch, customersEnsure];
