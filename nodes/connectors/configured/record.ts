import type { z } from 'zod';
import type { Json, JsonObject } from '#runtime/json.ts';
import { Customer, Invoice, Price, PriceList, Product, type Source, StockLevel } from '../../commerce/model.ts';
import { compact, readAnswer } from '../answer.ts';
import {
  type addressForm,
  addressKinds,
  type customerForm,
  customerKinds,
  type flatForms,
  invoiceKinds,
  priceKinds,
  priceListKinds,
  productKinds,
  stockKinds,
} from './fields.ts';
import { currency, fieldReader, type Kinds, type Read, text, type Writing } from './kinds.ts';
import { compileBody, type Names, type Place, unreadable } from './template.ts';

/** A record of ours without its source, and the id it has in the system. */
interface Draft {
  readonly id: string;
  readonly fields: object;
}

/** How one kind of record is read from what the system answers. */
export interface RecordReader<T> {
  /** The record's id, for those that cannot be read further. */
  id(names: Names): string;
  /** Throws TerminalError or RetryableError naming the setting. */
  read(names: Names, connection: string): T;
}

/** Reads `extra`; undefined when the form has none. */
export function extraReader(
  extra: Readonly<Record<string, string>> | undefined,
  place: Place,
): Read<JsonObject | undefined> {
  if (extra === undefined) return () => undefined;
  const read = compileBody(extra, { ...place, field: `${place.field}.extra` });
  return (names) => read(names) as JsonObject;
}

/** What the form must find in every record, or the record is told as unreadable by that name. */
export function must<T>(value: T | undefined, place: Place, name: string): T {
  if (value !== undefined) return value;
  throw unreadable(`${place.field}.${name}`, 'finds nothing in the record');
}

/** The currency the record names, over the connection's own. */
export function inCurrencyOf(written: string | undefined, place: Place): (names: Names, writing: Writing) => Writing {
  const read = fieldReader({ currency: currency('', '') }, { currency: written }, place);
  return (names, writing) => ({ ...writing, currency: read(names, writing).currency ?? writing.currency });
}

export function addressReader(form: z.infer<ReturnType<typeof addressForm>>, place: Place) {
  if (form === undefined) return () => undefined;
  const read = fieldReader(addressKinds, form, place);
  return (names: Names, writing: Writing) => {
    const found = read(names, writing);
    return Object.keys(found).length > 0 ? found : undefined;
  };
}

/** A customer, with `fallback` as its id where the record has none (a guest of a shop). */
export function customerReader(form: z.infer<typeof customerForm>, place: Place) {
  const read = fieldReader(customerKinds, form, place);
  const billing = addressReader(form.billing, { ...place, field: `${place.field}.billing` });
  const shipping = addressReader(form.shipping, { ...place, field: `${place.field}.shipping` });
  const extra = extraReader(form.extra, place);
  return (
    names: Names,
    writing: Writing,
    fallback?: string,
  ): { readonly id: string; readonly fields: Omit<Customer, 'source'> } => {
    const { id = fallback, ...own } = read(names, writing);
    const addresses = { billing: billing(names, writing), shipping: shipping(names, writing) };
    const company = own.kind === 'company' || (own.kind === undefined && addresses.billing?.company !== undefined);
    const person = [own.firstName ?? addresses.billing?.firstName, own.lastName ?? addresses.billing?.lastName];
    const called = (company ? addresses.billing?.company : undefined) ?? person.filter(Boolean).join(' ');
    const name = own.name ?? (called === '' ? own.email : called);
    const fields = {
      ...own,
      kind: company ? ('company' as const) : ('private' as const),
      name: must(name, place, 'name'),
      ...addresses,
      extra: extra(names, writing),
    };
    return { id: must(id, place, 'id'), fields };
  };
}

/** Wraps a reader: its record gets its source, and must have the model's shape. */
export function recordReader<T>(
  schema: z.ZodType<T>,
  place: Place,
  read: (names: Names, connection: string) => Draft,
  idOf: (names: Names) => string | undefined,
): RecordReader<T> {
  return {
    id: (names) => {
      try {
        return idOf(names) ?? '?';
      } catch {
        return '?';
      }
    },
    read: (names, connection) => {
      const { id, fields } = read(names, connection);
      const source: Source = { connection, id };
      return readAnswer(schema, { source, ...compact(fields as Record<string, Json | undefined>) }, place.field);
    },
  };
}

type FlatName = keyof typeof flatForms;
type Values = Readonly<Record<string, unknown>>;

interface Flat {
  readonly schema: z.ZodType;
  readonly kinds: Kinds;
  /** What the model asks for beside what the form finds. */
  fill(own: Values, writing: Writing): Values;
  /** What identifies a record that has no id of its own. */
  readonly instead: readonly string[];
}

const flat: Readonly<Record<FlatName, Flat>> = {
  product: {
    schema: Product,
    kinds: productKinds,
    fill: ({ price, ...own }, { currency: usual }) => ({
      kind: 'simple',
      active: true,
      ...(price === undefined ? {} : { price, currency: usual }),
      ...own,
    }),
    instead: [],
  },
  stock: { schema: StockLevel, kinds: stockKinds, fill: (own) => own, instead: ['sku', 'warehouse'] },
  priceList: {
    schema: PriceList,
    kinds: priceListKinds,
    fill: (own) => ({ name: own['code'], ...own }),
    instead: ['code'],
  },
  price: {
    schema: Price,
    kinds: priceKinds,
    fill: (own, { currency: usual }) => ({ currency: usual, ...own }),
    instead: ['priceList', 'sku', 'fromQuantity'],
  },
  invoice: {
    schema: Invoice,
    kinds: invoiceKinds,
    fill: (own, { currency: usual }) => ({ currency: usual, state: 'open', ...own }),
    instead: ['number'],
  },
};

/** The reader of a record that is one row of fields. */
export function flatReader(name: FlatName, form: Values, place: Place, writing: Writing): RecordReader<unknown> {
  const { schema, kinds, fill, instead } = flat[name];
  const { extra: further, ...fields } = form as Record<string, string | undefined>;
  const read = fieldReader(kinds, fields, place);
  const extra = extraReader(further as Readonly<Record<string, string>> | undefined, place);
  const ofRecord = inCurrencyOf(fields['currency'], place);
  const naming = Object.fromEntries(['id', ...instead].flatMap((part) => (kinds[part] ? [[part, kinds[part]]] : [])));
  const readId = fieldReader(naming, fields, place);
  const idOf = (own: Values): string | undefined => {
    const parts = (own['id'] === undefined ? instead : ['id']).flatMap((part) => own[part] ?? []);
    return parts.length > 0 ? parts.join(':') : undefined;
  };
  return recordReader(
    schema,
    place,
    (names) => {
      const own = ofRecord(names, writing);
      const values: Values = read(names, own);
      const { id: _id, ...filled } = fill(values, own);
      return { id: must(idOf(values), place, 'id'), fields: { ...filled, extra: extra(names, own) } };
    },
    (names) => idOf(readId(names, writing)),
  );
}

export function customerRecordReader(
  form: z.infer<typeof customerForm>,
  place: Place,
  writing: Writing,
): RecordReader<Customer> {
  const read = customerReader(form, place);
  const id = fieldReader({ id: text('', '') }, { id: form.id }, place);
  return recordReader<Customer>(
    Customer,
    place,
    (names) => read(names, writing),
    (names) => id(names, writing).id,
  );
}
