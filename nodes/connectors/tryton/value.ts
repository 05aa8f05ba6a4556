import { z } from 'zod';
import type { JsonObject } from '#runtime/json.ts';
import { type Decimal, decimalText, scaledOf } from '../../commerce/decimal.ts';

/** Tryton's JSON-RPC marks what JSON has no word for by `__class__`; source: trytond/protocols/jsonrpc.py of 6.0. */

const EXPONENT = /^(-?)(\d+)(?:\.(\d+))?[eE]([+-]?\d+)$/;

/** Python writes decimals with an exponent when they are round or small: `1E+2`, `0E-10`. */
function plain(text: string): string {
  const [, sign = '', whole = '', rest = '', power] = EXPONENT.exec(text) ?? [];
  if (power === undefined) return text;
  const digits = whole + rest;
  const point = whole.length + Number(power);
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0').slice(0, point)}.${digits.slice(point)}0`;
}

export const TrytonDecimal = z
  .object({ __class__: z.literal('Decimal'), decimal: z.string().max(60) })
  .transform(({ decimal }): Decimal => decimalText(scaledOf(plain(decimal))));

const two = (value: number): string => String(value).padStart(2, '0');
const Calendar = { year: z.int(), month: z.int(), day: z.int() };

/** Read as `2026-11-26`. */
export const TrytonDay = z
  .object({ __class__: z.literal('date'), ...Calendar })
  .transform(({ year, month, day }) => `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`);

/** Read as an ISO instant; Tryton keeps UTC. */
export const TrytonInstant = z
  .object({
    __class__: z.literal('datetime'),
    ...Calendar,
    hour: z.int(),
    minute: z.int(),
    second: z.int(),
    microsecond: z.int(),
  })
  .transform(({ year, month, day, hour, minute, second, microsecond }) =>
    new Date(Date.UTC(year, month - 1, day, hour, minute, second, Math.floor(microsecond / 1000))).toISOString(),
  );

export function decimalValue(decimal: Decimal): JsonObject {
  return { __class__: 'Decimal', decimal };
}

/** `2026-11-26` */
export function dayValue(day: string): JsonObject {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return { __class__: 'date', year, month, day: date };
}

/** Whole milliseconds of an ISO instant. */
export function instantValue(instant: string): JsonObject {
  const at = new Date(instant);
  return {
    __class__: 'datetime',
    year: at.getUTCFullYear(),
    month: at.getUTCMonth() + 1,
    day: at.getUTCDate(),
    hour: at.getUTCHours(),
    minute: at.getUTCMinutes(),
    second: at.getUTCSeconds(),
    microsecond: at.getUTCMilliseconds() * 1000,
  };
}

/** The calendar day of a moment in a time zone such as `Europe/Stockholm`. */
export function dayIn(timeZone: string, at: number): string {
  return new Intl.DateTimeFormat('sv-SE', { timeZone }).format(at).slice(0, 10);
}
