import { z } from 'zod';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Address, Customer } from '../../commerce/model.ts';
import { compact, filled } from '../answer.ts';
import type { Desk } from './settings.ts';
import { TrytonInstant } from './value.ts';

const Text = z.string().nullish();
const Ref = z.looseObject({ id: z.int() });

export const TrytonAddress = Ref.extend({
  party_name: Text,
  street: Text,
  postal_code: Text,
  city: Text,
  'country.': Ref.extend({ code: Text }).nullish(),
});
export type TrytonAddress = z.infer<typeof TrytonAddress>;
export const ADDRESS_FIELDS = ['party_name', 'street', 'postal_code', 'city', 'country.code'];

const PartyAddress = TrytonAddress.extend({ invoice: z.boolean().nullish(), delivery: z.boolean().nullish() });

export const TrytonParty = Ref.extend({
  code: z.string(),
  name: Text,
  active: z.boolean().nullish(),
  sale_price_list: z.int().nullish(),
  customer_payment_term: z.int().nullish(),
  write_date: TrytonInstant.nullish(),
  create_date: TrytonInstant.nullish(),
  'addresses.': z.array(PartyAddress),
  'contact_mechanisms.': z.array(Ref.extend({ type: Text, value: Text })),
  'identifiers.': z.array(Ref.extend({ type: Text, code: Text })),
});
export type TrytonParty = z.infer<typeof TrytonParty>;

export const PARTY_FIELDS = [
  'code',
  'name',
  'active',
  'sale_price_list',
  'customer_payment_term',
  'write_date',
  'create_date',
  ...[...ADDRESS_FIELDS, 'invoice', 'delivery'].map((field) => `addresses.${field}`),
  ...['type', 'value'].map((field) => `contact_mechanisms.${field}`),
  ...['type', 'code'].map((field) => `identifiers.${field}`),
];

/** Our reference stands among the ways of contact, where a party keeps what has no place of its own. */
export const REFERENCE = 'other';

const VAT = /^[A-Z]{2}[A-Z0-9]{2,}$/;
const isVat = (one: { type?: string | null | undefined; code?: string | null | undefined }): boolean =>
  one.type?.endsWith('vat') === true || (one.type == null && VAT.test(one.code ?? ''));

export function addressFromTryton(from: TrytonAddress, phone?: string): Address {
  const [street, ...rest] = (from.street ?? '').split('\n').map((line) => line.trim());
  const country = from['country.']?.code ?? '';
  return {
    company: filled(from.party_name),
    street: filled(street),
    street2: filled(rest.filter((line) => line !== '').join(', ')),
    postalCode: filled(from.postal_code),
    city: filled(from.city),
    country: /^[A-Z]{2}$/.test(country) ? country : undefined,
    phone,
  };
}

/** Where invoices go and where goods go: the address marked so, else the first. */
export function placesOf(party: TrytonParty): { billing?: TrytonAddress; shipping?: TrytonAddress } {
  const all = party['addresses.'];
  const billing = all.find((one) => one.invoice) ?? all[0];
  const shipping = all.find((one) => one.delivery) ?? all[0];
  return { ...(billing ? { billing } : {}), ...(shipping ? { shipping } : {}) };
}

/** A party is neither company nor person in Tryton: a number of an organisation or a name on its invoices tells. */
export function customerFromTryton(from: TrytonParty, desk: Desk): Customer {
  const way = (type: string) => filled(from['contact_mechanisms.'].find((one) => one.type === type)?.value);
  const identifiers = from['identifiers.'];
  const organisationNumber = filled(identifiers.find((one) => !isVat(one))?.code);
  const vatNumber = filled(identifiers.find(isVat)?.code);
  const { billing, shipping } = placesOf(from);
  const company = organisationNumber ?? vatNumber ?? filled(billing?.party_name);
  const phone = way('phone');
  return {
    source: { connection: desk.connection, id: String(from.id) },
    number: from.code,
    kind: company === undefined ? 'private' : 'company',
    name: filled(from.name) ?? from.code,
    email: way('email'),
    phone,
    mobile: way('mobile'),
    organisationNumber,
    vatNumber,
    ...(billing ? { billing: addressFromTryton(billing, phone) } : {}),
    ...(shipping ? { shipping: addressFromTryton(shipping) } : {}),
    priceList: from.sale_price_list == null ? undefined : String(from.sale_price_list),
    active: from.active ?? true,
    changedAt: from.write_date ?? from.create_date ?? undefined,
  };
}

/** `countries`: Tryton's ids by code. */
export function addressToTryton(from: Address, countries: ReadonlyMap<string, number>): JsonObject {
  return compact({
    party_name: from.company,
    street: from.street === undefined ? undefined : [from.street, from.street2].filter(Boolean).join('\n'),
    postal_code: from.postalCode,
    city: from.city,
    country: from.country === undefined ? undefined : countries.get(from.country),
  });
}

export function sameAddress(standing: TrytonAddress, wanted: JsonObject): boolean {
  const { party_name, street, postal_code, city } = standing;
  const own = { party_name, street, postal_code, city, country: standing['country.']?.id };
  return Object.entries(own).every(([field, value]) => (value ?? '') === (wanted[field] ?? ''));
}

type Entry = Readonly<{ type: string | null; value: string; named: 'value' | 'code' }>;

/** What is written over where one of its type stands, and added where none does. */
function entries(
  own: readonly { id: number; type?: string | null | undefined }[],
  wanted: readonly Entry[],
): JsonObject[] {
  return wanted.map((entry) => {
    const standing = own.find((one) => one.type === entry.type);
    return { id: standing?.id ?? null, type: entry.type, [entry.named]: entry.value };
  });
}

/** As Tryton takes lines: `['write', [id], …]` for those that stand, `['create', […]]` for the others. */
function actions(all: readonly JsonObject[]): Json | undefined {
  const made = all.filter(({ id }) => id == null).map(({ id: _id, ...values }) => values);
  const kept = all.flatMap(({ id, ...values }): Json[] => (id == null ? [] : [['write', [id], values]]));
  const list: Json[] = [...(made.length === 0 ? [] : [['create', made]]), ...kept];
  return list.length === 0 ? undefined : list;
}

interface Books {
  readonly countries: ReadonlyMap<string, number>;
  /** The number it must get; left out, Tryton numbers it. */
  readonly number?: string | undefined;
  readonly reference?: string;
}

/** The values of a party that is made, or of what changes in one that stands. */
export function partyToTryton(from: Customer, books: Books, standing?: TrytonParty): JsonObject {
  const phone = from.phone ?? from.billing?.phone;
  const ways = Object.entries({ email: from.email, phone, mobile: from.mobile, [REFERENCE]: books.reference });
  const wanted = ways.flatMap(([type, value]): Entry[] =>
    value === undefined ? [] : [{ type, value, named: 'value' }],
  );
  const numbers = standing?.['identifiers.'] ?? [];
  const identifiers = [
    [from.organisationNumber, numbers.find((one) => !isVat(one))],
    [from.vatNumber, numbers.find(isVat)],
  ] as const;
  return compact({
    name: from.name,
    code: books.number,
    active: from.active,
    sale_price_list: from.priceList === undefined ? undefined : Number(from.priceList),
    contact_mechanisms: actions(entries(standing?.['contact_mechanisms.'] ?? [], wanted)),
    // without a type, since the typed ones are refused unless their check digits fit
    identifiers: actions(
      identifiers.flatMap(([code, own]) => (code === undefined ? [] : [compact({ id: own?.id, code })])),
    ),
    addresses: actions(addressActions(from, books, standing)),
  });
}

function addressActions(from: Customer, { countries }: Books, standing?: TrytonParty): JsonObject[] {
  const { billing, shipping } = standing ? placesOf(standing) : {};
  const [to, goods] = [from.billing, from.shipping].map((one) => one && addressToTryton(one, countries));
  const all: JsonObject[] = [];
  const apart = goods !== undefined && JSON.stringify(goods) !== JSON.stringify(to);
  // an address that stands may serve both: goods that go elsewhere from now on get one of their own
  const shared = billing !== undefined && billing.id === shipping?.id;
  if (to)
    all.push({
      ...compact({ id: billing?.id }),
      ...to,
      invoice: true,
      ...(apart || !standing ? { delivery: !apart } : {}),
    });
  if (goods && apart) {
    all.push({
      ...compact({ id: shared ? undefined : shipping?.id }),
      ...goods,
      delivery: true,
      ...(standing && !shared ? {} : { invoice: false }),
    });
  }
  return all;
}
