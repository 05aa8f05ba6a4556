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
import { customerHas, organisationNumberKey } from '../../commerce/identity.ts';
import type { Customer } from '../../commerce/model.ts';
import { ARCHIVED_TOO, changedPage } from './list.ts';
import { customerFromTryton, PARTY_FIELDS, partyToTryton, REFERENCE, TrytonParty } from './party.ts';
import { afterCreate, create, type Domain, literally, rowOf, rows, write } from './rpc.ts';
import { deskOf } from './settings.ts';

/**
 * Tryton has no limit of its own for a request's time, and does what it was asked though the caller has hung up. A request
 * given up after 30 s has been given twice that, and this long when the connection broke.
 */
export const SETTLE_MS = 30_000;

const PARTY = { model: 'party.party', fields: PARTY_FIELDS, shape: TrytonParty };

const Country = z.looseObject({ id: z.int(), code: z.string() });

/** Ids by code that were found, by the settings of the connection: they stay what they are. */
const knownCountries = new WeakMap<object, Map<string, number>>();

/** Tryton's ids of the countries that the addresses name. */
export async function countriesOf(
  session: Session,
  addresses: readonly ({ readonly country?: string | undefined } | undefined)[],
): Promise<ReadonlyMap<string, number>> {
  const connection = session.settings as object;
  const known = knownCountries.get(connection) ?? new Map<string, number>();
  knownCountries.set(connection, known);
  const codes = [...new Set(addresses.flatMap((one) => one?.country ?? []))].filter((code) => !known.has(code));
  if (codes.length === 0) return known;
  const domain = [['code', 'in', codes]];
  for (const { code, id } of await rows(session, 'country.country', { domain, fields: ['code'], shape: Country }))
    known.set(code, id);
  for (const code of codes) if (!known.has(code)) session.note(`Tryton has no country ${code}; it is left out.`);
  return known;
}

export function getParty(session: Session, id: string): Promise<TrytonParty> {
  return rowOf(session, PARTY.model, id, { ...PARTY, domain: ARCHIVED_TOO });
}

/** Ways the same number may be written; Tryton compares text. */
function spellings(value: string): string[] {
  const key = organisationNumberKey(value);
  const swedish = /^\d{10}$/.test(key) ? [`${key.slice(0, 6)}-${key.slice(6)}`, `SE${key}01`, `16${key}`] : [];
  return [...new Set([value.trim(), key, ...swedish])];
}

function domainOf(by: CustomerKey, value: string): Domain {
  const text = literally(value.trim());
  if (by === 'number') return [['code', 'ilike', text]];
  if (by === 'email')
    return [
      [
        'contact_mechanisms',
        'where',
        [
          ['type', '=', 'email'],
          ['value', 'ilike', text],
        ],
      ],
    ];
  return [['identifiers.code', 'in', spellings(value)]];
}

async function findCustomers(session: Session, by: CustomerKey, value: string): Promise<Customer[]> {
  const found = await rows(session, PARTY.model, { ...PARTY, domain: domainOf(by, value) });
  return found.map((party) => customerFromTryton(party, deskOf(session))).filter((one) => customerHas(one, by, value));
}

const refOf = (party: Pick<TrytonParty, 'id' | 'code'>, created: boolean): DocumentRef => ({
  id: String(party.id),
  number: party.code,
  created,
});

async function lookUpParty(session: Session, reference: string): Promise<DocumentRef | null> {
  const domain: Domain = [
    ...ARCHIVED_TOO,
    [
      'contact_mechanisms',
      'where',
      [
        ['type', '=', REFERENCE],
        ['value', '=', reference],
      ],
    ],
  ];
  const [made, ...others] = await rows(session, PARTY.model, { ...PARTY, domain });
  if (made === undefined) return null;
  if (others.length === 0) return refOf(made, true);
  const codes = [made, ...others].map((one) => one.code).join(', ');
  throw new HoldError('TARGET_DIFFERS', 'review', `parties ${codes} carry the same reference`, {
    details: { reference },
  });
}

export const customerOffers: readonly AnyOffer[] = [
  offerRead(customersList, (session, input) =>
    changedPage(session, input, {
      ...PARTY,
      domain: [],
      archived: true,
      parts: ['addresses', 'contact_mechanisms', 'identifiers'],
      read: (party) => customerFromTryton(party, deskOf(session)),
    }),
  ),
  offerRead(customersGet, async (session, { id }) => customerFromTryton(await getParty(session, id), deskOf(session))),
  offerRead(customersFind, (session, { by, value }) => findCustomers(session, by, value)),
  offerWrite(customersCreate, {
    // Tryton numbers parties itself; ours is told apart by the reference among its ways of contact
    class: 'B',
    settleMs: SETTLE_MS,
    async run(session, { customer, number }, { reference }) {
      const countries = await countriesOf(session, [customer.billing, customer.shipping]);
      const id = await create(session, PARTY.model, partyToTryton(customer, { countries, number, reference }));
      return afterCreate(async () => refOf(await getParty(session, String(id)), true), { id: String(id), reference });
    },
    lookup: (session, _input, { reference }) => lookUpParty(session, reference),
  }),
  offerWrite(customersUpdate, {
    class: 'A',
    async run(session, { id, customer }) {
      const standing = await getParty(session, id);
      const countries = await countriesOf(session, [customer.billing, customer.shipping]);
      await write(session, PARTY.model, standing.id, partyToTryton(customer, { countries }, standing));
      return refOf(standing, false);
    },
  }),
];
