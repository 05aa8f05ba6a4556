import type { Json, JsonObject } from '#runtime/json.ts';
import type { Address, Customer } from '../../commerce/model.ts';
import { compact, filled } from '../answer.ts';
import { latest } from './list.ts';
import type { Traits } from './settings.ts';
import type { MedusaAddress, MedusaCustomer } from './shape.ts';

/** Where our reference is kept on orders, customers and products made here. */
export const REFERENCE_KEY = 'weft_reference';

type Metadata = Readonly<Record<string, unknown>>;

export function metaText(metadata: Metadata | null | undefined, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = metadata && Object.hasOwn(metadata, key) ? filled(metadata[key]) : undefined;
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Metadata with a plain value, for mappings to read; our own entries are left out. */
export function plainMeta(metadata: Metadata): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, value] of Object.entries(metadata)) {
    const text = filled(value);
    if (text !== undefined && key !== '__proto__' && !key.startsWith('weft_') && entries.length < 100)
      entries.push([key, text]);
  }
  return Object.fromEntries(entries);
}

export function addressOf(from: MedusaAddress): Address {
  const country = filled(from.country_code)?.toUpperCase();
  return {
    company: filled(from.company),
    firstName: filled(from.first_name),
    lastName: filled(from.last_name),
    street: filled(from.address_1),
    street2: filled(from.address_2),
    postalCode: filled(from.postal_code),
    city: filled(from.city),
    region: filled(from.province),
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
    phone: filled(from.phone),
  };
}

/** Every field, so that what is gone from ours is gone from theirs. */
export function addressToMedusa(address: Address): JsonObject {
  return {
    company: address.company ?? '',
    first_name: address.firstName ?? '',
    last_name: address.lastName ?? '',
    address_1: address.street ?? '',
    address_2: address.street2 ?? '',
    postal_code: address.postalCode ?? '',
    city: address.city ?? '',
    province: address.region ?? '',
    ...(address.country === undefined ? {} : { country_code: address.country.toLowerCase() }),
    phone: address.phone ?? '',
  };
}

/** The address of one use: the default one, else the only one there is. */
export function addressFor(
  from: MedusaCustomer,
  use: 'is_default_billing' | 'is_default_shipping',
): MedusaCustomer['addresses'][number] | undefined {
  return from.addresses.find((one) => one[use]);
}

/** A group made or left moves no clock of Medusa's: it is told in the record, but not noticed by itself. */
export function changedAtOf(from: MedusaCustomer): string {
  return latest([from.updated_at, ...from.addresses.map((address) => address.updated_at)]);
}

export function customerFromMedusa(from: MedusaCustomer, traits: Traits): Customer {
  const billing = addressFor(from, 'is_default_billing') ?? from.addresses[0];
  const shipping = addressFor(from, 'is_default_shipping');
  const company = filled(from.company_name) ?? filled(billing?.company);
  const firstName = filled(from.first_name) ?? filled(billing?.first_name);
  const lastName = filled(from.last_name) ?? filled(billing?.last_name);
  const email = filled(from.email);
  return {
    source: { connection: traits.connection, id: from.id },
    number: metaText(from.metadata, traits.customerNumberKeys),
    kind: company === undefined ? 'private' : 'company',
    name: company ?? filled(`${firstName ?? ''} ${lastName ?? ''}`) ?? email ?? from.id,
    firstName,
    lastName,
    email,
    phone: filled(from.phone) ?? filled(billing?.phone),
    organisationNumber: metaText(from.metadata, traits.organisationNumberKeys),
    vatNumber: metaText(from.metadata, traits.vatNumberKeys),
    billing: billing && addressOf(billing),
    shipping: shipping && addressOf(shipping),
    group: filled(from.groups[0]?.name),
    changedAt: changedAtOf(from),
    extra: {
      meta: plainMeta(from.metadata),
      account: from.has_account,
      groups: from.groups.map((one) => one.name ?? one.id),
    },
  };
}

/** The customer without its addresses, which Medusa keeps as records of their own. */
export function customerToMedusa(customer: Customer, traits: Traits, reference?: string): JsonObject {
  const metadata = compact({
    ...metaEntry(traits.organisationNumberKeys, customer.organisationNumber),
    ...metaEntry(traits.vatNumberKeys, customer.vatNumber),
    ...metaEntry(traits.customerNumberKeys, customer.number),
    [REFERENCE_KEY]: reference,
  });
  return compact({
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    company_name: customer.kind === 'company' ? customer.name : undefined,
    phone: customer.phone ?? customer.mobile,
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  });
}

function metaEntry(keys: readonly string[], value: string | undefined): Record<string, string> {
  const [key] = keys;
  return key === undefined || value === undefined ? {} : { [key]: value };
}
