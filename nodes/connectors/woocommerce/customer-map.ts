import type { Json, JsonObject } from '#runtime/json.ts';
import type { Address, Customer } from '../../commerce/model.ts';
import { compact, filled } from '../answer.ts';
import type { WooAddress, WooCustomer } from './shape.ts';

/** What the shop's own settings and plug-ins decide; read from the connection's settings. */
export interface ShopTraits {
  readonly connection: string;
  readonly currency: string;
  readonly pricesIncludeTax: boolean;
  /** Per cent by tax class; `standard` is the class WooCommerce writes as ''. */
  readonly taxClasses: ReadonlyMap<string, number>;
  /** Meta keys of checkout plug-ins, the first that is filled counts. */
  readonly organisationNumberKeys: readonly string[];
  readonly vatNumberKeys: readonly string[];
  readonly customerNumberKeys: readonly string[];
}

type Metas = readonly { readonly key: string; readonly value?: unknown }[];

/** Where our reference is kept on orders, customers and products made here. */
export const REFERENCE_KEY = '_weft_reference';

/** `2026-11-23T09:15:00` of a `_gmt` field as an instant. */
export function instantOf(gmt: string): string {
  return /Z|[+-]\d\d:?\d\d$/.test(gmt) ? gmt : `${gmt}Z`;
}

export function metaText(metas: Metas, keys: readonly string[]): string | undefined {
  for (const key of keys) {
    const value = filled(metas.find((meta) => meta.key === key)?.value);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** Meta data with a plain value, for mappings to read: at most 100, values at most 500 characters. */
export function plainMeta(metas: Metas): JsonObject {
  const entries: [string, Json][] = [];
  for (const { key, value } of metas) {
    const text = filled(value);
    if (text !== undefined && key !== '__proto__' && entries.length < 100) entries.push([key, text]);
  }
  return Object.fromEntries(entries);
}

export function addressOf(from: WooAddress): Address {
  const country = filled(from.country)?.toUpperCase();
  return {
    company: filled(from.company),
    firstName: filled(from.first_name),
    lastName: filled(from.last_name),
    street: filled(from.address_1),
    street2: filled(from.address_2),
    postalCode: filled(from.postcode),
    city: filled(from.city),
    region: filled(from.state),
    country: country !== undefined && /^[A-Z]{2}$/.test(country) ? country : undefined,
    phone: filled(from.phone),
    email: filled(from.email),
  };
}

interface Person {
  readonly id: string;
  readonly metas: Metas;
  readonly billing: Address;
  readonly shipping: Address;
  readonly fallbackName: string;
  readonly first?: string | undefined;
  readonly last?: string | undefined;
  readonly email?: string | undefined;
}

export function personOf(person: Person, traits: ShopTraits): Customer {
  const { billing, shipping, metas } = person;
  const organisationNumber = metaText(metas, traits.organisationNumberKeys);
  const firstName = billing.firstName ?? person.first;
  const lastName = billing.lastName ?? person.last;
  const email = billing.email ?? person.email;
  const personName = filled(`${firstName ?? ''} ${lastName ?? ''}`);
  const hasShipping = shipping.street !== undefined || shipping.city !== undefined;
  return {
    source: { connection: traits.connection, id: person.id },
    number: metaText(metas, traits.customerNumberKeys),
    kind: billing.company === undefined ? 'private' : 'company',
    name: billing.company ?? personName ?? email ?? person.fallbackName,
    firstName,
    lastName,
    email,
    phone: billing.phone,
    organisationNumber,
    vatNumber: metaText(metas, traits.vatNumberKeys),
    billing,
    shipping: hasShipping ? shipping : undefined,
  };
}

export function customerFromWoo(from: WooCustomer, traits: ShopTraits): Customer {
  const person = {
    id: String(from.id),
    metas: from.meta_data,
    billing: addressOf(from.billing),
    shipping: addressOf(from.shipping),
    fallbackName: `WooCommerce ${from.id}`,
    first: filled(from.first_name),
    last: filled(from.last_name),
    email: filled(from.email),
  };
  const changed = filled(from.date_modified_gmt);
  return {
    ...personOf(person, traits),
    // The account's own address is the key people sign in with.
    ...(person.email === undefined ? {} : { email: person.email }),
    group: filled(from.role),
    changedAt: changed === undefined ? undefined : instantOf(changed),
    extra: { meta: plainMeta(from.meta_data) },
  };
}

export function addressToWoo(address: Address | undefined, email: string | undefined): JsonObject | undefined {
  if (address === undefined) return undefined;
  return compact({
    first_name: address.firstName ?? '',
    last_name: address.lastName ?? '',
    company: address.company ?? '',
    address_1: address.street ?? '',
    address_2: address.street2 ?? '',
    city: address.city ?? '',
    state: address.region ?? '',
    postcode: address.postalCode ?? '',
    country: address.country ?? '',
    phone: address.phone ?? '',
    ...(email === undefined ? {} : { email }),
  });
}

export function customerToWoo(customer: Customer, traits: ShopTraits, reference?: string): JsonObject {
  const meta = [
    ...(reference === undefined ? [] : [{ key: REFERENCE_KEY, value: reference }]),
    ...metaEntry(traits.organisationNumberKeys, customer.organisationNumber),
    ...metaEntry(traits.vatNumberKeys, customer.vatNumber),
    ...metaEntry(traits.customerNumberKeys, customer.number),
  ];
  const billing = { ...customer.billing, phone: customer.billing?.phone ?? customer.phone };
  if (customer.kind === 'company') billing.company ??= customer.name;
  return compact({
    email: customer.email,
    first_name: customer.firstName,
    last_name: customer.lastName,
    billing: addressToWoo(billing, customer.email),
    shipping: addressToWoo(customer.shipping, undefined),
    ...(meta.length > 0 ? { meta_data: meta } : {}),
  });
}

function metaEntry(keys: readonly string[], value: string | undefined): { key: string; value: string }[] {
  const key = keys[0];
  return key === undefined || value === undefined ? [] : [{ key, value }];
}
