import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type Decimal, decimalOf, decimalText, divideHalfUp, scaledOf } from '../../commerce/decimal.ts';
import { exponentOf, type Money, parseMoney } from '../../commerce/money.ts';
import { cut, filled } from '../answer.ts';
import { compileField, type Fill, type Names, type Place, template } from './template.ts';
import { instantIn } from './time-zone.ts';

/** How the system writes what a value alone does not tell. */
export interface Writing {
  /** Of amounts and prices whose record names none. */
  readonly currency: string;
  readonly amounts: 'decimal' | 'minor';
  /** IANA name; of times without one. */
  readonly timeZone: string;
}

/** A value that has been read; `currency`: the record's own. */
interface Context extends Writing {
  readonly field: string;
}

/** A canonical field as the form asks for it and as the value found is read; undefined where there is none. */
export interface Kind<T> {
  readonly en: string;
  readonly sv: string;
  read(value: unknown, context: Context): T | undefined;
}

const kind =
  <T>(read: Kind<T>['read']) =>
  (en: string, sv: string): Kind<T> => ({ en, sv, read });

const isAbsent = (value: unknown): boolean => value === undefined || value === null || value === '';

function refuse(value: unknown, wanted: string, { field }: Context): never {
  const told = typeof value === 'object' ? 'a list or an object' : `“${String(value).slice(0, 60)}”`;
  throw new TerminalError('INPUT_INVALID', `${field}: ${told} is not ${wanted}`, { field });
}

const scalar = (value: unknown, context: Context): string =>
  typeof value === 'object' ? refuse(value, 'a text', context) : String(value).trim();

const present =
  <T>(read: (value: unknown, context: Context) => T | undefined): Kind<T>['read'] =>
  (value, context) =>
    isAbsent(value) ? undefined : read(value, context);

/** A vendor's number as text: `1249.5` whether it came as text or as a number. */
function numeral(value: unknown, context: Context): string {
  const text = typeof value === 'number' ? decimalText(scaledOf(value)) : scalar(value, context).replace(/\s/g, '');
  return /^[+-]?\d{1,18}(\.\d{1,30})?$/.test(text) ? text : refuse(value, 'a number such as 12.50', context);
}

/** At most 500 characters. */
export const text = kind<string>(present((value, context) => filled(scalar(value, context))));

export const longText = kind<string>(present((value, context) => cut(scalar(value, context), 20_000) || undefined));

export const decimal = kind<Decimal>(present((value, context) => decimalOf(numeral(value, context), context.field)));

/** A price in major units. */
export const price = kind<Decimal>(
  present((value, context) => {
    const { units, scale } = scaledOf(numeral(value, context), context.field);
    return decimalText({ units, scale: scale + (context.amounts === 'minor' ? exponentOf(context.currency) : 0) });
  }),
);

export const amount = kind<Money>(
  present((value, context) => {
    const written = numeral(value, context);
    const { currency, field } = context;
    if (context.amounts === 'decimal') return parseMoney(written, currency, { rounding: 'half-up', field });
    const units = Number(written);
    return Number.isSafeInteger(units)
      ? { amount: units, currency }
      : refuse(value, `a whole number of the smallest unit of ${currency}`, context);
  }),
);

/** Per cent, kept as hundredths of it. */
export const percent = kind<number>(
  present((value, context) => {
    const { units, scale } = scaledOf(numeral(value, context), context.field);
    const points = Number(divideHalfUp(units * 100n, 10n ** BigInt(scale)));
    return points >= 0 && points <= 10_000 ? points : refuse(value, 'a rate from 0 to 100 per cent', context);
  }),
);

export const currency = kind<string>(
  present((value, context) => {
    const code = scalar(value, context).toUpperCase();
    return /^[A-Z]{3}$/.test(code) ? code : refuse(value, 'a currency code such as SEK', context);
  }),
);

export const country = kind<string>(
  present((value, context) => {
    const code = scalar(value, context).toUpperCase();
    return /^[A-Z]{2}$/.test(code) ? code : refuse(value, 'a two-letter country code such as SE: use lookup', context);
  }),
);

export const moment = kind<string>(
  present((value, context) => instantIn(value, context.timeZone) ?? refuse(value, 'a point in time', context)),
);

export const day = kind<string>(
  present((value, context) => {
    const found = /^\d{4}-\d\d-\d\d/.exec(scalar(value, context))?.[0];
    return found !== undefined && z.iso.date().safeParse(found).success
      ? found
      : refuse(value, 'a day such as 2026-11-23', context);
  }),
);

const YES = new Set(['true', '1', 'yes']);
const NO = new Set(['false', '0', 'no']);

export const flag = kind<boolean>(
  present((value, context) => {
    const word = scalar(value, context).toLowerCase();
    if (YES.has(word)) return true;
    return NO.has(word) ? false : refuse(value, 'true or false', context);
  }),
);

export const oneOf =
  <const T extends string>(...words: readonly T[]) =>
  (en: string, sv: string): Kind<T> => ({
    en,
    sv,
    read: present((value, context) => {
      const word = scalar(value, context);
      return words.find((each) => each === word) ?? refuse(value, `one of ${words.join(', ')}`, context);
    }),
  });

// biome-ignore lint/suspicious/noExplicitAny: a table of kinds of different values has no narrower common type
export type Kinds = Readonly<Record<string, Kind<any>>>;
export type Values<K extends Kinds> = { [N in keyof K]?: K[N] extends Kind<infer T> ? T : never };

/** The part of the form that says where each field is found. */
export function formOf<K extends Kinds>(kinds: K) {
  return Object.fromEntries(Object.entries(kinds).map(([name, { en, sv }]) => [name, template(en, sv)])) as {
    [N in keyof K]: ReturnType<typeof template>;
  };
}

type Filled<K extends Kinds> = { readonly [N in keyof K]?: string | undefined };
export type Read<T> = (names: Names, writing: Writing) => T;

/** Reads the fields that are filled in; absent ones are left out. */
export function fieldReader<K extends Kinds>(kinds: K, filledIn: Filled<K>, place: Place): Read<Values<K>> {
  const fields = Object.keys(kinds).flatMap((name): [string, Fill<unknown>, string][] => {
    const written = filledIn[name];
    const field = `${place.field}.${name}`;
    return written === undefined ? [] : [[name, compileField(written, { ...place, field }), field]];
  });
  return (names, writing) => {
    const values: Record<string, unknown> = {};
    for (const [name, fill, field] of fields) {
      const value = kinds[name]?.read(fill(names), { ...writing, field });
      if (value !== undefined) values[name] = value;
    }
    return values as Values<K>;
  };
}
