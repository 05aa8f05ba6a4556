import { z } from 'zod';
import { type AnyOffer, offerRead, offerWrite, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import {
  customersCreate,
  customersFind,
  customersFromWebhook,
  customersGet,
  customersList,
  customersUpdate,
  type DocumentRef,
} from '../../commerce/capabilities.ts';
import { customerHas } from '../../commerce/identity.ts';
import type { Customer, Page } from '../../commerce/model.ts';
import { readAnswer, readCursor, readEach } from '../answer.ts';
import { customerFromWoo, customerToWoo, metaText, REFERENCE_KEY } from './customer-map.ts';
import { PAGE, pageAt } from './list.ts';
import { traitsOf } from './settings.ts';
import { WooCustomer } from './shape.ts';
import { stampOf } from './stamp.ts';

/** Ids are whole numbers; anything else would name another path. */
export function idOf(id: string, field: string): number {
  if (/^\d{1,15}$/.test(id)) return Number(id);
  throw new TerminalError('INPUT_INVALID', `“${id.slice(0, 40)}” is not an id of WooCommerce`, { field });
}

const readCustomer = (body: Json): WooCustomer => readAnswer(WooCustomer, body, 'customer');

async function getCustomer(session: Session, id: string): Promise<WooCustomer> {
  const answer = await session.http({ method: 'GET', path: `customers/${idOf(id, 'customer.id')}` });
  return readCustomer(answer.body);
}

/** Accounts with this e-mail, as WooCommerce compares: without regard to case. */
export async function customersByEmail(session: Session, email: string): Promise<WooCustomer[]> {
  const traits = traitsOf(session);
  const entries = await pageAt(session, 'customers', 1, { email: email.trim(), role: 'all' });
  return entries.map(readCustomer).filter((one) => customerHas(customerFromWoo(one, traits), 'email', email));
}

function emailOf(customer: Customer): string {
  if (customer.email !== undefined) return customer.email;
  const message = 'WooCommerce knows its customers by e-mail, and this one has none';
  throw new TerminalError('INPUT_INVALID', message, { field: 'customer.email' });
}

const idIn = (entry: Json): string => String((entry as { id?: unknown } | null)?.id);

/** A list by id, since WooCommerce can neither sort nor filter customers by change; the change is looked at here. */
async function listCustomers(
  session: Session,
  input: { readonly changedSince?: string | undefined; readonly cursor?: string | undefined },
): Promise<Page<Customer>> {
  const page = readCursor(z.int().positive(), input.cursor) ?? 1;
  const traits = traitsOf(session);
  const entries = await pageAt(session, 'customers', page, { orderby: 'id', order: 'asc', role: 'all' });
  const since = input.changedSince === undefined ? 0 : Date.parse(input.changedSince);
  const found = await readEach(entries, idIn, (entry) => customerFromWoo(readCustomer(entry), traits));
  const items = found.items.filter((one) => one.changedAt === undefined || Date.parse(one.changedAt) >= since);
  const stamps = Object.fromEntries(entries.map((entry) => [idIn(entry), stampOf(entry)]));
  return { ...found, items, stamps, ...(entries.length < PAGE ? {} : { cursor: JSON.stringify(page + 1) }) };
}

const refOf = (customer: WooCustomer): DocumentRef => ({
  id: String(customer.id),
  number: String(customer.id),
  created: true,
});

export const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, listCustomers),
  offerRead(customersGet, async (session, { id }) =>
    customerFromWoo(await getCustomer(session, id), traitsOf(session)),
  ),
  offerRead(customersFromWebhook, async (session, { id, body }) => {
    const whole = WooCustomer.safeParse(body);
    const customer = whole.success && String(whole.data.id) === id ? whole.data : await getCustomer(session, id);
    return customerFromWoo(customer, traitsOf(session));
  }),
  offerRead(customersFind, async (session, { by, value }) => {
    if (by === 'email')
      return (await customersByEmail(session, value)).map((one) => customerFromWoo(one, traitsOf(session)));
    const message = 'WooCommerce can search customers by e-mail only';
    throw new TerminalError('UNSUPPORTED', message, { field: 'by' });
  }),
  offerWrite(customersCreate, {
    // One account an e-mail, but checked before the insert and not by the database, so two requests at once could pass.
    class: 'B',
    settleMs: 60_000,
    async run(session, { customer, number }, call) {
      emailOf(customer);
      const given = number === undefined ? customer : { ...customer, number };
      const body = customerToWoo(given, traitsOf(session), call.reference);
      const answer = await session.http({ method: 'POST', path: 'customers', body });
      return refOf(readCustomer(answer.body));
    },
    async lookup(session, { customer }, call) {
      const standing = (await customersByEmail(session, emailOf(customer)))[0];
      if (standing === undefined) return null;
      if (metaText(standing.meta_data, [REFERENCE_KEY]) === call.reference) return refOf(standing);
      const message = `customer ${standing.id} has this e-mail but was not made from this record`;
      throw new HoldError('TARGET_DIFFERS', 'review', message, { details: { id: String(standing.id) } });
    },
  }),
  offerWrite(customersUpdate, {
    class: 'A',
    async run(session, { id, customer }) {
      const path = `customers/${idOf(id, 'id')}`;
      const answer = await session.http({ method: 'PUT', path, body: customerToWoo(customer, traitsOf(session)) });
      return { ...refOf(readCustomer(answer.body)), created: false };
    },
  }),
];
