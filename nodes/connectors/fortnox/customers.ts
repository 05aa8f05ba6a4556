import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError } from '#runtime/error.ts';
import {
  type CustomerKey,
  customersCreate,
  customersFind,
  customersGet,
  customersList,
  customersUpdate,
  type DocumentRef,
} from '../../commerce/capabilities.ts';
import { customerHas, customerKey, organisationNumberKey } from '../../commerce/identity.ts';
import type { Customer } from '../../commerce/model.ts';
import { readAnswer } from '../answer.ts';
import { changedPage, every, keyOf, maybe, segment, unwrapped } from './list.ts';
import { SETTLE_MS } from './orders.ts';
import { customerFromFortnox, customerToFortnox } from './register-map.ts';
import { booksOf } from './settings.ts';
import { FortnoxCustomer } from './shape.ts';

const CUSTOMER = { path: 'customers', wrap: 'Customers', key: 'CustomerNumber' };
/** Namesakes that are read one by one: 40 seconds' worth of Fortnox's rate. */
const MOST_READ = 200;

async function getCustomer(session: Session, number: string): Promise<FortnoxCustomer> {
  const answer = await session.http({ method: 'GET', path: `3/customers/${segment(number)}` });
  return unwrapped(answer.body, 'Customer', FortnoxCustomer);
}

/** How a key may be written in Fortnox; its filters compare text, so each way is asked for. */
function spellings(by: 'email' | 'organisationNumber', value: string): string[] {
  const text = value.trim();
  if (by === 'email') return [...new Set([text, text.toLowerCase()])];
  const key = organisationNumberKey(value);
  return /^\d{10}$/.test(key) ? [`${key.slice(0, 6)}-${key.slice(6)}`, key] : [...new Set([text, key])];
}

const FILTERS = { email: 'email', organisationNumber: 'organisationnumber' } as const;
const FIELDS = { email: 'Email', organisationNumber: 'OrganisationNumber' } as const;
const Listed = z.looseObject({ Email: z.string().nullish(), OrganisationNumber: z.string().nullish() });

async function findCustomers(session: Session, by: CustomerKey, value: string): Promise<Customer[]> {
  const books = booksOf(session);
  const numbers = new Set<string>();
  if (by === 'number') numbers.add(value.trim());
  else {
    const key = customerKey(by, value);
    for (const text of spellings(by, value)) {
      for (const entry of await every(session, 'customers', 'Customers', { [FILTERS[by]]: text })) {
        // The filters may match parts of a value; only whole ones are read further.
        const own = readAnswer(Listed, entry, 'Customers')[FIELDS[by]];
        if (own && key !== '' && customerKey(by, own) === key) numbers.add(keyOf(entry, CUSTOMER));
      }
    }
  }
  const found: Customer[] = [];
  for (const number of numbers) {
    const standing = await maybe(getCustomer(session, number));
    if (standing === undefined) continue;
    const customer = customerFromFortnox(standing, books);
    if (customerHas(customer, by, value)) found.push(customer);
  }
  return found;
}

function customerRef(customer: FortnoxCustomer, created: boolean): DocumentRef {
  return { id: customer.CustomerNumber, number: customer.CustomerNumber, created };
}

type NewCustomer = Parameters<NonNullable<typeof customersCreate.identity>>[0];

/** The reference cannot be filtered on, so the customers that share a key with ours are read and looked through. */
async function lookUpCustomer(session: Session, input: NewCustomer, reference: string): Promise<DocumentRef | null> {
  const { customer, number } = input;
  if (number !== undefined) {
    const standing = await maybe(getCustomer(session, number));
    return standing?.ExternalReference === reference ? customerRef(standing, true) : null;
  }
  const query = customer.email === undefined ? { name: customer.name } : { email: customer.email };
  const entries = await every(session, 'customers', 'Customers', query);
  if (entries.length > MOST_READ) {
    const message = `more than ${MOST_READ} customers are called ${customer.name}; look for the reference by hand`;
    throw new HoldError('OUTCOME_UNKNOWN', 'review', message, { details: { reference } });
  }
  for (const entry of entries) {
    const standing = await getCustomer(session, keyOf(entry, CUSTOMER));
    if (standing.ExternalReference === reference) return customerRef(standing, true);
  }
  return null;
}

export const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, (session, input) =>
    changedPage(session, input, {
      ...CUSTOMER,
      query: { sortby: 'customernumber' },
      by: 'each',
      read: async (_entry, id) => customerFromFortnox(await getCustomer(session, id), booksOf(session)),
    }),
  ),
  offerRead(customersGet, async (session, { id }) =>
    customerFromFortnox(await getCustomer(session, id), booksOf(session)),
  ),
  offerRead(customersFind, (session, { by, value }) => findCustomers(session, by, value)),
  offerWrite(customersCreate, {
    // The number is Fortnox's own, so a repeat would make a second customer; ExternalReference tells ours apart.
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, { customer, number, costCentre }, { reference }) {
      const body = { Customer: customerToFortnox(customer, { number, costCentre, reference }) };
      const answer = await session.http({ method: 'POST', path: '3/customers', body });
      return customerRef(unwrapped(answer.body, 'Customer', FortnoxCustomer), true);
    },
    lookup: (session, input, call) => lookUpCustomer(session, input, call.reference),
  }),
  offerWrite(customersUpdate, {
    class: 'A',
    async run(session, { id, customer, costCentre }) {
      const path = `3/customers/${segment(id)}`;
      const body = { Customer: customerToFortnox(customer, { costCentre }) };
      const answer = await session.http({ method: 'PUT', path, body });
      return customerRef(unwrapped(answer.body, 'Customer', FortnoxCustomer), false);
    },
  }),
];
