import type { JsonObject } from '#runtime/json.ts';
import type { Address, Customer } from '../../commerce/model.ts';
import { compact, filled } from '../answer.ts';
import type { ShopTraits, VendureSettings } from './settings.ts';
import type { VendureAddress, VendureCustomer, VendurePerson } from './shape.ts';

interface Name {
  readonly firstName?: string | undefined;
  readonly lastName?: string | undefined;
}

/** Addresses hold one full name: the customer's own two parts where they make it, else the last word is the last name. */
function namesOf(fullName: string | undefined, person: Name): Name {
  if (fullName === undefined) return {};
  const { firstName, lastName } = person;
  if (firstName !== undefined && lastName !== undefined && fullName === `${firstName} ${lastName}`) return person;
  const at = fullName.lastIndexOf(' ');
  return at < 0
    ? { lastName: fullName }
    : { firstName: fullName.slice(0, at).trim(), lastName: fullName.slice(at + 1) };
}

export function addressOf(from: VendureAddress | null | undefined, person: Name): Address {
  if (!from) return {};
  const { country } = from;
  const code = filled(from.countryCode ?? (typeof country === 'object' ? country?.code : undefined))?.toUpperCase();
  const { firstName, lastName } = namesOf(filled(from.fullName), person);
  return {
    company: filled(from.company),
    firstName,
    lastName,
    street: filled(from.streetLine1),
    street2: filled(from.streetLine2),
    postalCode: filled(from.postalCode),
    city: filled(from.city),
    region: filled(from.province),
    country: code !== undefined && /^[A-Z]{2}$/.test(code) ? code : undefined,
    phone: filled(from.phoneNumber),
  };
}

export const hasPlace = (address: Address): boolean => address.street !== undefined || address.city !== undefined;

export const nameOf = (from: VendurePerson): Name => ({
  firstName: filled(from.firstName),
  lastName: filled(from.lastName),
});

/** A customer as an order or its own card shows it; it is a company where the bill is a company's. */
export function personOf(from: VendurePerson, billing: Address, shipping: Address, traits: ShopTraits): Customer {
  const { firstName, lastName } = nameOf(from);
  const { customerNumberField, organisationNumberField, vatNumberField } = traits.settings;
  const field = (name: string): string | undefined => (name === '' ? undefined : filled(from.customFields?.[name]));
  const email = filled(from.emailAddress);
  return {
    source: { connection: traits.connection, id: from.id },
    number: field(customerNumberField),
    kind: billing.company === undefined ? 'private' : 'company',
    name: billing.company ?? filled(`${firstName ?? ''} ${lastName ?? ''}`) ?? email ?? `Vendure ${from.id}`,
    firstName,
    lastName,
    email,
    phone: filled(from.phoneNumber) ?? billing.phone,
    organisationNumber: field(organisationNumberField),
    vatNumber: field(vatNumberField),
    billing,
    shipping: hasPlace(shipping) ? shipping : undefined,
  };
}

type Standing = NonNullable<VendureCustomer['addresses']>[number];

/** The address bills go to, and the one goods go to where that is another. */
export function addressesOf(from: VendureCustomer): {
  billing?: Standing | undefined;
  shipping?: Standing | undefined;
} {
  const all = from.addresses ?? [];
  const shipping = all.find((one) => one.defaultShippingAddress === true);
  const billing =
    all.find((one) => one.defaultBillingAddress === true) ?? all.find((one) => one !== shipping) ?? all[0];
  return { billing, shipping: shipping === billing ? undefined : shipping };
}

export function customerFromVendure(from: VendureCustomer, changedAt: string, traits: ShopTraits): Customer {
  const { billing, shipping } = addressesOf(from);
  const name = nameOf(from);
  return {
    ...personOf(from, addressOf(billing, name), addressOf(shipping, name), traits),
    group: filled(from.groups[0]?.name),
    changedAt,
  };
}

/** The fields of the customer itself; what it lacks is left as it is. */
export function personToVendure(customer: Customer, settings: VendureSettings): JsonObject {
  const own: [string, string | undefined][] = [
    [settings.customerNumberField, customer.number],
    [settings.organisationNumberField, customer.organisationNumber],
    [settings.vatNumberField, customer.vatNumber],
  ];
  const fields = own.filter(([name, value]) => name !== '' && value !== undefined);
  return compact({
    firstName: customer.firstName,
    lastName: customer.lastName ?? (customer.kind === 'private' && !customer.firstName ? customer.name : undefined),
    emailAddress: customer.email,
    phoneNumber: customer.phone ?? customer.mobile ?? customer.billing?.phone,
    ...(fields.length === 0 ? {} : { customFields: Object.fromEntries(fields) as JsonObject }),
  });
}

/** An address as the shop takes it: a street and a country it must have. */
export function addressToVendure(address: Address, customer: Customer, settings: VendureSettings): JsonObject {
  const company = address.company ?? (customer.kind === 'company' ? customer.name : undefined);
  const fullName = filled(`${address.firstName ?? ''} ${address.lastName ?? ''}`);
  return {
    fullName: fullName ?? filled(`${customer.firstName ?? ''} ${customer.lastName ?? ''}`) ?? '',
    company: company ?? '',
    streetLine1: address.street ?? '',
    streetLine2: address.street2 ?? '',
    city: address.city ?? '',
    province: address.region ?? '',
    postalCode: address.postalCode ?? '',
    countryCode: address.country ?? settings.country,
    phoneNumber: address.phone ?? '',
  };
}

/** Whether the address stands there already as it would be written. */
export function standsAs(standing: Standing, wanted: JsonObject): boolean {
  const fields = { ...standing, countryCode: standing.country?.code } as Readonly<Record<string, unknown>>;
  return Object.entries(wanted).every(([name, value]) => (fields[name] ?? '') === value);
}
