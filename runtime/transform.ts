import { TerminalError } from './error.ts';

/** One function of the fixed library bindings may pipe through. */
export interface Transform {
  /** Least and most arguments. */
  readonly args: readonly [number, number];
  apply(value: unknown, ...args: readonly unknown[]): unknown;
}

const MAX_TEXT = 100_000;

function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'object') throw new Error('takes a text, not a list or an object');
  return String(value);
}

const WRITTEN = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;

function number(value: unknown): number {
  const written = typeof value === 'string' ? value.replace(/\s/g, '').replace(',', '.') : undefined;
  const read = written === undefined ? value : WRITTEN.test(written) ? Number(written) : Number.NaN;
  if (typeof read !== 'number' || !Number.isFinite(read))
    throw new Error(`takes a number, not ${JSON.stringify(value)}`);
  return read;
}

/** Without the last binary digits: 0.1 + 0.2 is 0.3. */
function tidy(value: number): number {
  // whole numbers of up to 15 digits have nothing to lose
  return Number.isInteger(value) && Math.abs(value) < 1e15 ? value : Number(value.toPrecision(15));
}

/** Moves the decimal point without a multiplication's binary surprises. */
function shift(value: number, digits: number): number {
  if (digits === 0) return value;
  const [mantissa, exponent = '0'] = String(value).split('e');
  return Number(`${mantissa}e${Number(exponent) + digits}`);
}

function fits(length: number): void {
  if (length > MAX_TEXT) throw new Error(`makes a text longer than ${MAX_TEXT} characters`);
}

function whole(value: unknown, name: string): number {
  const read = number(value);
  if (!Number.isInteger(read)) throw new Error(`${name} must be a whole number`);
  return read;
}

function list(value: unknown): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error('takes a list');
  return value;
}

/** Half away from zero, as Swedish accounting rounds, without binary surprises at the last digit. */
function roundHalfUp(value: number, digits: number): number {
  if (Math.abs(digits) > 20) throw new Error('digits must be between -20 and 20');
  const sign = value < 0 ? -1 : 1;
  return sign * shift(Math.round(shift(Math.abs(value), digits)), -digits) || 0;
}

function field(value: unknown, name: unknown): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, text(name))
    ? (value as Record<string, unknown>)[text(name)]
    : undefined;
}

/** Keeps what is absent absent, so that an optional field stays optional through a transform of text. */
const ofText =
  (apply: (value: string, ...args: readonly unknown[]) => unknown) =>
  (value: unknown, ...args: readonly unknown[]): unknown =>
    value === undefined || value === null ? value : apply(text(value), ...args);

const ofNumber =
  (apply: (value: number, ...args: readonly unknown[]) => unknown) =>
  (value: unknown, ...args: readonly unknown[]): unknown =>
    value === undefined || value === null ? value : apply(number(value), ...args);

const PART: Readonly<Record<string, Intl.DateTimeFormatPartTypes>> = {
  yyyy: 'year',
  MM: 'month',
  dd: 'day',
  HH: 'hour',
  mm: 'minute',
  ss: 'second',
};

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  let formatter = formatters.get(zone);
  if (!formatter) {
    formatter = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone,
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    });
    if (formatters.size < 100) formatters.set(zone, formatter);
  }
  return formatter;
}

const INSTANT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?(Z|[+-]\d\d:?\d\d)?$/;

/** Milliseconds since 1970 of an ISO 8601 text; a text without a zone is UTC. */
function instant(value: unknown): number {
  if (typeof value === 'number') return value;
  const match = INSTANT.exec(text(value).trim());
  if (!match) throw new Error(`takes a date as 2026-11-23T09:00:00Z, not ${JSON.stringify(value)}`);
  const [, year, month, day, hour = '0', minute = '0', second = '0', zone = 'Z'] = match;
  const inMonth = [31, isLeap(Number(year)) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][Number(month) - 1] ?? 0;
  const real = Number(day) >= 1 && Number(day) <= inMonth;
  if (!real || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59)
    throw new Error(`takes a date that exists, not ${JSON.stringify(value)}`);
  const offset =
    zone === 'Z' ? 0 : (zone.startsWith('-') ? -1 : 1) * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
  return (
    (daysFrom1970(Number(year), Number(month), Number(day)) * 1440 + Number(hour) * 60 + Number(minute) - offset) *
      60_000 +
    Number(second) * 1000
  );
}

function isLeap(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** Days since 1970-01-01 in the Gregorian calendar (Howard Hinnant's days_from_civil). */
function daysFrom1970(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const era = Math.floor(shifted / 400);
  const yearOfEra = shifted - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  return (
    era * 146_097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719_468
  );
}

function formatDate(value: unknown, format: unknown, zone: unknown): string {
  const parts = formatterOf(text(zone ?? 'Europe/Stockholm')).formatToParts(instant(value));
  return text(format).replace(
    /yyyy|MM|dd|HH|mm|ss/g,
    (token) => parts.find((part) => part.type === PART[token])?.value ?? token,
  );
}

/** The library. Absent stays absent unless `default` or `required` says otherwise. */
export const transforms: Readonly<Record<string, Transform>> = {
  // text
  trim: { args: [0, 0], apply: ofText((value) => value.trim()) },
  upper: { args: [0, 0], apply: ofText((value) => value.toLocaleUpperCase('sv')) },
  lower: { args: [0, 0], apply: ofText((value) => value.toLocaleLowerCase('sv')) },
  capitalise: { args: [0, 0], apply: ofText((value) => value.charAt(0).toLocaleUpperCase('sv') + value.slice(1)) },
  slice: {
    args: [1, 2],
    apply: ofText((value, from, to) =>
      value.slice(whole(from, 'from'), to === undefined ? undefined : whole(to, 'to')),
    ),
  },
  truncate: {
    args: [1, 1],
    apply: ofText((value, most) => [...value].slice(0, Math.max(0, whole(most, 'length'))).join('')),
  },
  replace: {
    args: [2, 2],
    apply: ofText((value, what, by) => {
      if (text(what) === '') throw new Error('cannot replace an empty text');
      const parts = value.split(text(what));
      fits(value.length + (parts.length - 1) * (text(by).length - text(what).length));
      return parts.join(text(by));
    }),
  },
  prefix: { args: [1, 1], apply: ofText((value, before) => text(before) + value) },
  suffix: { args: [1, 1], apply: ofText((value, after) => value + text(after)) },
  digits: { args: [0, 0], apply: ofText((value) => value.replace(/\D/g, '')) },
  'pad-start': {
    args: [1, 2],
    apply: ofText((value, length, fill) => value.padStart(Math.min(whole(length, 'length'), 1000), text(fill ?? ' '))),
  },
  split: { args: [1, 1], apply: ofText((value, by) => value.split(text(by)).slice(0, 10_000)) },
  text: { args: [0, 0], apply: ofText((value) => value) },
  // numbers
  number: { args: [0, 0], apply: ofNumber((value) => value) },
  round: { args: [0, 1], apply: ofNumber((value, digits) => roundHalfUp(value, whole(digits ?? 0, 'digits'))) },
  floor: { args: [0, 0], apply: ofNumber((value) => Math.floor(value)) },
  ceil: { args: [0, 0], apply: ofNumber((value) => Math.ceil(value)) },
  abs: { args: [0, 0], apply: ofNumber((value) => Math.abs(value)) },
  add: { args: [1, 1], apply: ofNumber((value, other) => tidy(value + number(other))) },
  subtract: { args: [1, 1], apply: ofNumber((value, other) => tidy(value - number(other))) },
  multiply: { args: [1, 1], apply: ofNumber((value, other) => tidy(value * number(other))) },
  divide: {
    args: [1, 1],
    apply: ofNumber((value, other) => {
      if (number(other) === 0) throw new Error('cannot divide by zero');
      return value / number(other);
    }),
  },
  /** VAT on a net amount in minor units; rate in percent. */
  vat: { args: [1, 1], apply: ofNumber((net, rate) => roundHalfUp((net * number(rate)) / 100, 0)) },
  'add-vat': { args: [1, 1], apply: ofNumber((net, rate) => net + roundHalfUp((net * number(rate)) / 100, 0)) },
  'without-vat': {
    args: [1, 1],
    apply: ofNumber((gross, rate) => {
      if (number(rate) <= -100) throw new Error('rate must be over -100');
      return roundHalfUp((gross * 100) / (100 + number(rate)), 0);
    }),
  },
  /** Minor units as a decimal text: 12345 -> "123.45". */
  decimal: {
    args: [0, 1],
    apply: ofNumber((minor, digits) => {
      const places = whole(digits ?? 2, 'digits');
      if (places < 0) throw new Error('digits must not be negative');
      return shift(roundHalfUp(minor, 0), -places).toFixed(places);
    }),
  },
  // dates
  date: {
    args: [1, 2],
    apply: (value, format, zone) => (value === undefined || value === null ? value : formatDate(value, format, zone)),
  },
  // lists
  first: { args: [0, 0], apply: (value) => list(value)[0] },
  last: { args: [0, 0], apply: (value) => list(value).at(-1) },
  at: { args: [1, 1], apply: (value, index) => list(value).at(whole(index, 'index')) },
  count: { args: [0, 0], apply: (value) => list(value).length },
  join: {
    args: [0, 1],
    apply: (value, by) => {
      const texts = list(value).map(text);
      const between = text(by ?? ', ');
      fits(texts.reduce((sum, item) => sum + item.length + between.length, 0));
      return texts.join(between);
    },
  },
  pick: { args: [1, 1], apply: (value, name) => list(value).map((item) => field(item, name)) },
  sum: {
    args: [0, 1],
    apply: (value, name) =>
      tidy(list(value).reduce<number>((sum, item) => sum + number(name === undefined ? item : field(item, name)), 0)),
  },
  unique: { args: [0, 0], apply: (value) => [...new Set(list(value))] },
  where: { args: [2, 2], apply: (value, name, wanted) => list(value).filter((item) => field(item, name) === wanted) },
  // choice
  default: {
    args: [1, 1],
    apply: (value, other) => (value === undefined || value === null || value === '' ? other : value),
  },
  required: {
    args: [0, 1],
    apply: (value, name) => {
      if (value !== undefined && value !== null && value !== '') return value;
      throw new TerminalError(
        'BINDING_MISSING',
        name === undefined ? 'a required field is empty' : `${text(name)} is empty`,
      );
    },
  },
  /** `lookup('SE', 'Sverige', 'NO', 'Norge', 'Övriga')`: pairs, then what to take when none fits. */
  lookup: {
    args: [2, 201],
    apply: (value, ...pairs) => {
      for (let index = 0; index + 1 < pairs.length; index += 2)
        if (text(pairs[index]) === text(value)) return pairs[index + 1];
      return pairs.length % 2 === 1 ? pairs.at(-1) : undefined;
    },
  },
  equals: { args: [1, 1], apply: (value, other) => value === other },
  choose: { args: [1, 2], apply: (value, yes, no) => (value ? yes : no) },
  json: { args: [0, 0], apply: (value) => JSON.stringify(value ?? null) },
};
