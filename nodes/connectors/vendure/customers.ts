import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import {
  type CustomerKey,
  customersCreate,
  customersFind,
  customersGet,
  customersList,
  customersUpdate,
  type DocumentRef,
} from '../../commerce/capabilities.ts';
import { customerHas, emailKey, organisationNumberKey } from '../../commerce/identity.ts';
import type { Customer } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { changedPage, type Listing } from './changes.ts';
import { addressesOf, addressToVendure, customerFromVendure, personToVendure, standsAs } from './customer-map.ts';
import { CHANNEL, Channel, FAILURES, graphql, idOf, traitsOf } from './graphql.ts';
import { instantOf, latestIn } from './moment.ts';
import { type ShopTraits, settingsOf } from './settings.ts';
import { customerSelection, listOf, Made, VendureCustomer } from './shape.ts';

const SETTLE_MS = 60_000;

const fromVendure = (from: VendureCustomer, traits: ShopTraits): Customer =>
  customerFromVendure(from, instantOf(latestIn(from)), traits);

const LISTING: Listing<Customer> = {
  sources: [
    {
      field: 'customers',
      placed: 'createdAt',
      // a customer's own stamp stands still when an address changes
      times: `id createdAt updatedAt addresses{updatedAt}
        history(options:{take:1,sort:{createdAt:DESC},filter:{type:{contains:"ADDRESS"}}}){items{createdAt}}`,
      by: 'open',
      idsOf: (row) => [String(row['id'])],
    },
  ],
  field: 'customers',
  selection: (session) => `${customerSelection(settingsOf(session))}
    history(options:{take:1,sort:{createdAt:DESC},filter:{type:{contains:"ADDRESS"}}}){items{id createdAt}}`,
  read: (entry, traits) => [fromVendure(readAnswer(VendureCustomer, entry, 'customer'), traits)],
};

async function getCustomer(session: Session, id: string): Promise<[VendureCustomer, ShopTraits]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, customer: VendureCustomer.nullable() }),
    `query($id:ID!){${CHANNEL} customer(id:$id){${customerSelection(settingsOf(session))}}}`,
    { id: idOf(id, 'customer.id') },
  );
  if (answer.customer) return [answer.customer, traitsOf(session, answer.activeChannel)];
  throw new TerminalError('TARGET_NOT_FOUND', `there is no customer ${id}`, { field: 'customer.id' });
}

async function customersWhere(session: Session, filter: JsonObject): Promise<[VendureCustomer[], ShopTraits]> {
  const answer = await graphql(
    session,
    z.looseObject({ activeChannel: Channel, customers: listOf(VendureCustomer) }),
    `query($options:CustomerListOptions){${CHANNEL}
      customers(options:$options){items{${customerSelection(settingsOf(session))}}}}`,
    { options: { filter, take: 100 } },
  );
  return [answer.customers.items, traitsOf(session, answer.activeChannel)];
}

/** Vendure compares as written, so all usual ways of writing the number are asked for. */
function spellingsOf(number: string): string[] {
  const key = organisationNumberKey(number);
  const dashed = /^\d{10}$/.test(key) ? [`${key.slice(0, 6)}-${key.slice(6)}`] : [];
  const long = dashed.flatMap((one) => [one, `16${one}`, `16${key}`, `SE${key}01`]);
  return [...new Set([number.trim(), key, ...long])];
}

/** By which filter customers with the key are asked for. */
function filterFor(session: Session, by: CustomerKey, value: string): JsonObject {
  const { customerNumberField, organisationNumberField } = settingsOf(session);
  // Vendure keeps addresses in lower case
  if (by === 'email') return { emailAddress: { eq: emailKey(value) } };
  const field = by === 'number' ? customerNumberField : organisationNumberField;
  if (field !== '') return { [field]: { in: by === 'number' ? [value, value.trim()] : spellingsOf(value) } };
  const message =
    by === 'number'
      ? 'Vendure’s customers have no number, unless the shop has a field for it that the connection names'
      : 'Vendure’s customers have no organisation number, unless the shop has a field for it that the connection names';
  throw new TerminalError('UNSUPPORTED', message, { field: 'by' });
}

async function find(session: Session, by: CustomerKey, value: string): Promise<Customer[]> {
  const [found, traits] = await customersWhere(session, filterFor(session, by, value));
  return found.map((one) => fromVendure(one, traits)).filter((one) => customerHas(one, by, value));
}

const Answered = z.record(z.string(), Made);
const ADD_ADDRESS =
  'mutation($customerId:ID!,$input:CreateAddressInput!){createCustomerAddress(customerId:$customerId,input:$input){id}}';
const SET_ADDRESS = 'mutation($input:UpdateAddressInput!){updateCustomerAddress(input:$input){id}}';

/** Addresses of the customer that do not stand as they should, with the id of the one to be written over. */
function missingAddresses(
  session: Session,
  from: VendureCustomer,
  customer: Customer,
): { readonly id?: string | undefined; readonly input: JsonObject }[] {
  const settings = settingsOf(session);
  const standing = addressesOf(from);
  const apart = customer.shipping !== undefined || standing.shipping !== undefined;
  const wanted = [
    { place: standing.billing, address: customer.billing, bills: true, ships: !apart },
    { place: standing.shipping, address: customer.shipping, bills: false, ships: true },
  ];
  return wanted.flatMap(({ place, address, bills, ships }) => {
    if (address === undefined) return [];
    const fields = addressToVendure(address, customer, settings);
    if (place && standsAs(place, fields)) return [];
    return [{ id: place?.id, input: { ...fields, defaultBillingAddress: bills, defaultShippingAddress: ships } }];
  });
}

async function writeAddresses(session: Session, from: VendureCustomer, customer: Customer): Promise<void> {
  for (const { id, input } of missingAddresses(session, from, customer)) {
    if (id === undefined) await graphql(session, Answered, ADD_ADDRESS, { customerId: from.id, input });
    else await graphql(session, Answered, SET_ADDRESS, { input: { id, ...input } });
  }
}

const refOf = (id: string, created: boolean): DocumentRef => ({ id, number: id, created });

function emailOf(customer: Customer): string {
  if (customer.email !== undefined) return customer.email;
  const message = 'Vendure knows its customers by e-mail, and this one has none';
  throw new TerminalError('INPUT_INVALID', message, { field: 'customer.email' });
}

/** One customer an e-mail: who has it, and whether that is the one we would make. */
async function standingFor(session: Session, customer: Customer): Promise<[VendureCustomer, boolean] | null> {
  const [found] = await customersWhere(session, { emailAddress: { eq: emailKey(emailOf(customer)) } });
  const [standing] = found;
  if (!standing) return null;
  const wanted = personToVendure(customer, settingsOf(session));
  const own = ['firstName', 'lastName', 'phoneNumber'] as const;
  return [standing, own.every((name) => (standing[name] ?? '') === (wanted[name] ?? ''))];
}

async function createCustomer(session: Session, customer: Customer): Promise<DocumentRef> {
  const standing = await standingFor(session, customer);
  if (standing) {
    const [there, same] = standing;
    // an earlier try that got no further
    if (same) return afterAddresses(there);
    throw new TerminalError('TARGET_REFUSED', `customer ${there.id} has this e-mail already`, {
      field: 'customer.email',
    });
  }
  const selection = customerSelection(settingsOf(session));
  const input = { firstName: '', lastName: '', ...personToVendure(customer, settingsOf(session)) };
  const answer = await graphql(
    session,
    z.looseObject({ createCustomer: VendureCustomer }),
    `mutation($input:CreateCustomerInput!){createCustomer(input:$input){...on Customer{${selection}} ${FAILURES}}}`,
    { input },
  );
  return afterAddresses(answer.createCustomer);

  async function afterAddresses(made: VendureCustomer): Promise<DocumentRef> {
    await writeAddresses(session, made, customer);
    return refOf(made.id, true);
  }
}

const numbered = ({ customer, number }: z.output<typeof customersCreate.input>): Customer =>
  number === undefined ? customer : { ...customer, number };

export const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, (session, query) => changedPage(session, query, LISTING)),
  offerRead(customersGet, async (session, { id }) => fromVendure(...(await getCustomer(session, id)))),
  offerRead(customersFind, (session, { by, value }) => find(session, by, value)),
  offerWrite(customersCreate, {
    // One customer an e-mail, which Vendure looks after; the addresses are requests of their own.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, input) => createCustomer(session, numbered(input)),
    async lookup(session, input) {
      const customer = numbered(input);
      const standing = await standingFor(session, customer);
      if (standing === null) return null;
      const [there, same] = standing;
      if (same) return missingAddresses(session, there, customer).length === 0 ? refOf(there.id, true) : null;
      const message = `customer ${there.id} has this e-mail but is not this record`;
      throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: there.id } });
    },
  }),
  offerWrite(customersUpdate, {
    // Absolute values, and an address that stands already is not made again.
    class: 'A',
    async run(session, { id, customer }) {
      const input = { id: idOf(id, 'id'), ...personToVendure(customer, settingsOf(session)) };
      await graphql(
        session,
        z.looseObject({ updateCustomer: Made }),
        `mutation($input:UpdateCustomerInput!){updateCustomer(input:$input){...on Customer{id} ${FAILURES}}}`,
        { input },
      );
      const [standing] = await getCustomer(session, id);
      await writeAddresses(session, standing, customer);
      return refOf(standing.id, false);
    },
  }),
];
