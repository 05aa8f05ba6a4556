import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  customersCreate,
  customersFind,
  customersGet,
  customersList,
  customersUpdate,
  type DocumentRef,
  type ListQuery,
} from '../../commerce/capabilities.ts';
import { customerHas } from '../../commerce/identity.ts';
import type { Address, Customer, Page } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import {
  addressFor,
  addressToMedusa,
  changedAtOf,
  customerFromMedusa,
  customerToMedusa,
  metaText,
  REFERENCE_KEY,
} from './customer-map.ts';
import { byIds, idIn, LIGHT_PAGE, latest, pageAt, recordIn } from './list.ts';
import { traitsOf } from './settings.ts';
import { CUSTOMER_FIELDS, MedusaCustomer } from './shape.ts';
import { afterFirst, finishing, idOf } from './write.ts';

/** A request of Medusa's is over in seconds, or has been given up by the proxy before it. */
const SETTLE_MS = 60_000;
const PATH = 'admin/customers';

const readCustomer = (body: Json): MedusaCustomer => readAnswer(MedusaCustomer, body, 'customer');

async function getCustomer(session: Session, id: string): Promise<MedusaCustomer> {
  const path = `${PATH}/${idOf(id, 'customer.id')}`;
  const answer = await session.http({ method: 'GET', path, query: { fields: CUSTOMER_FIELDS } });
  return recordIn(MedusaCustomer, 'customer', answer.body);
}

/** Medusa keeps the spelling of an e-mail and filters by it exactly; its search does not mind the case. */
async function byEmail(session: Session, email: string): Promise<MedusaCustomer[]> {
  const traits = traitsOf(session);
  const query = { q: email.trim(), fields: CUSTOMER_FIELDS, limit: 100 };
  const found = (await pageAt(session, PATH, query))
    .map(readCustomer)
    .filter((one) => customerHas(customerFromMedusa(one, traits), 'email', email));
  // One e-mail may be both a guest's and an account's: the account is the customer, the guest its earlier self.
  const accounts = found.filter((one) => one.has_account);
  return accounts.length > 0 ? accounts : found;
}

const Light = z.looseObject({
  id: z.string(),
  updated_at: z.string(),
  addresses: z.array(z.looseObject({ updated_at: z.string() })).default([]),
});

async function* lightly(session: Session, fields: string): AsyncGenerator<Json[]> {
  let after = '';
  for (;;) {
    const entries = await pageAt(session, PATH, { fields, order: 'id', limit: LIGHT_PAGE, 'id[$gt]': after });
    yield entries;
    if (entries.length < LIGHT_PAGE) return;
    after = idIn(entries.at(-1) ?? null);
  }
}

/** Metadata cannot be searched by, so it is looked through: a page of a thousand is a request. */
async function byMetadata(session: Session, by: 'number' | 'organisationNumber', value: string): Promise<Customer[]> {
  const traits = traitsOf(session);
  const keys = by === 'number' ? traits.customerNumberKeys : traits.organisationNumberKeys;
  const ids: string[] = [];
  for await (const entries of lightly(session, 'id,metadata,updated_at'))
    for (const entry of entries) {
      const own = metaText(readCustomer(entry).metadata, keys);
      const bare = { source: { connection: '', id: '-' }, kind: 'private', name: '-', [by]: own } as const;
      if (own !== undefined && customerHas(bare, by, value)) ids.push(idIn(entry));
    }
  const found = (await byIds(session, PATH, ids, { fields: CUSTOMER_FIELDS })).map(readCustomer);
  return found.map((one) => customerFromMedusa(one, traits)).filter((one) => customerHas(one, by, value));
}

async function findCustomers(session: Session, by: 'number' | 'email' | 'organisationNumber', value: string) {
  const traits = traitsOf(session);
  if (by === 'email') return (await byEmail(session, value)).map((one) => customerFromMedusa(one, traits));
  // a customer without a number is known by its id
  if (by === 'number' && /^cus_\w+$/.test(value.trim()))
    return (await byIds(session, PATH, [value.trim()], { fields: CUSTOMER_FIELDS })).map((one) =>
      customerFromMedusa(readCustomer(one), traits),
    );
  return byMetadata(session, by, value);
}

/** A change of an address moves no clock of its customer, so all are gone through lightly, and the changed ones read whole. */
async function listCustomers(session: Session, input: ListQuery): Promise<Page<Customer>> {
  const after = readCursor(z.string().regex(/^cus_\w+$/), input.cursor) ?? '';
  const traits = traitsOf(session);
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const query = { fields: 'id,updated_at,addresses.updated_at', order: 'id', limit: LIGHT_PAGE, 'id[$gt]': after };
  const entries = (await pageAt(session, PATH, query)).map((entry) => readAnswer(Light, entry, 'customer'));
  const changed = entries.filter(
    (one) => Date.parse(latest([one.updated_at, ...one.addresses.map((address) => address.updated_at)])) >= since,
  );
  const whole = await byIds(
    session,
    PATH,
    changed.map((one) => one.id),
    { fields: CUSTOMER_FIELDS },
  );
  const stamps: Record<string, string> = {};
  const page = await readEach(whole, idIn, (entry) => {
    const one = readCustomer(entry);
    stamps[one.id] = `${changedAtOf(one)}/${one.addresses.length}`;
    return customerFromMedusa(one, traits);
  });
  const last = entries.length < LIGHT_PAGE ? undefined : entries.at(-1)?.id;
  return { ...page, stamps, ...(last === undefined ? {} : { cursor: JSON.stringify(last) }) };
}

function refOf(customer: MedusaCustomer, session: Session, created: boolean): DocumentRef {
  const number = metaText(customer.metadata, traitsOf(session).customerNumberKeys);
  return { id: customer.id, number: number ?? customer.id, created };
}

const USES = [
  ['is_default_billing', 'billing'],
  ['is_default_shipping', 'shipping'],
] as const;

/** Brings the customer's default addresses to what they should be; one that serves both uses is left to the other. */
async function putAddresses(session: Session, standing: MedusaCustomer, wanted: Customer): Promise<void> {
  for (const [use, place] of USES) {
    const address: Address | undefined = wanted[place];
    if (address === undefined) continue;
    const found = addressFor(standing, use);
    const shared = found?.is_default_billing && found.is_default_shipping;
    const path = `${PATH}/${standing.id}/addresses${found && !shared ? `/${found.id}` : ''}`;
    await session.http({ method: 'POST', path, body: { ...addressToMedusa(address), [use]: true } });
  }
}

async function createCustomer(session: Session, customer: Customer, reference: string): Promise<DocumentRef> {
  if (customer.email === undefined) {
    const message = 'Medusa knows its customers by e-mail, and this one has none';
    throw new TerminalError('INPUT_INVALID', message, { field: 'customer.email' });
  }
  const body = customerToMedusa(customer, traitsOf(session), reference);
  const answer = await session.http({ method: 'POST', path: PATH, query: { fields: CUSTOMER_FIELDS }, body });
  const made = recordIn(MedusaCustomer, 'customer', answer.body);
  await afterFirst(() => putAddresses(session, made, customer));
  return refOf(made, session, true);
}

/** What was begun is finished: a customer that stands there with our reference gets the addresses it lacks. */
async function lookUpCustomer(session: Session, customer: Customer, reference: string): Promise<DocumentRef | null> {
  const [standing, ...others] = await byEmail(session, customer.email ?? '');
  if (standing === undefined) return null;
  if (metaText(standing.metadata, [REFERENCE_KEY]) !== reference) {
    const message = `customer ${standing.id} has this e-mail but was not made from this record`;
    const candidates = [standing, ...others].map((one) => one.id);
    throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: standing.id, candidates } });
  }
  await finishing(standing.id, () => putAddresses(session, standing, customer));
  return refOf(standing, session, true);
}

export const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, listCustomers),
  offerRead(customersGet, async (session, { id }) =>
    customerFromMedusa(await getCustomer(session, id), traitsOf(session)),
  ),
  offerRead(customersFind, (session, { by, value }) => findCustomers(session, by, value)),
  offerWrite(customersCreate, {
    // An e-mail is one guest's and one account's at most (unique index on email and has_account), but only as it is spelt.
    class: 'B',
    settleMs: SETTLE_MS,
    run: (session, { customer, number }, call) =>
      createCustomer(session, number === undefined ? customer : { ...customer, number }, call.reference),
    lookup: (session, { customer }, call) => lookUpCustomer(session, customer, call.reference),
  }),
  offerWrite(customersUpdate, {
    // Absolute values, each where it stands: sent twice, they stand once.
    class: 'A',
    async run(session, { id, customer }) {
      const path = `${PATH}/${idOf(id, 'id')}`;
      const body = customerToMedusa(customer, traitsOf(session));
      const answer = await session.http({ method: 'POST', path, query: { fields: CUSTOMER_FIELDS }, body });
      const standing = recordIn(MedusaCustomer, 'customer', answer.body);
      await afterFirst(() => putAddresses(session, standing, customer));
      return refOf(standing, session, false);
    },
  }),
];
