import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';

const DECIMAL = /^-?\d{1,18}(\.\d{1,12})?$/;
/** Vendors print floats' errors too: 3.3000000000000003. */
const READABLE = /^-?\d{1,18}(\.\d{1,30})?$/;

/** An exact number as text, `-12.50`: quantities and unit prices, which floats would bend. */
export const Decimal = z.string().regex(DECIMAL, 'must be a decimal number such as 12.50').meta({ id: 'Decimal' });
export type Decimal = z.infer<typeof Decimal>;

/** A decimal as `units` of 10^-scale. */
export interface Scaled {
  readonly units: bigint;
  readonly scale: number;
}

/** Reads a vendor's number: text, or a JSON number by its shortest decimal form. Throws INPUT_INVALID naming `field`. */
export function scaledOf(value: string | number, field?: string): Scaled {
  const text = (typeof value === 'number' ? plainText(value) : value.trim()).replace(/^\+/, '');
  if (!READABLE.test(text)) {
    throw new TerminalError('INPUT_INVALID', `“${text.slice(0, 40)}” is not a decimal number`, field ? { field } : {});
  }
  const dot = text.indexOf('.');
  if (dot < 0) return { units: BigInt(text), scale: 0 };
  return { units: BigInt(text.slice(0, dot) + text.slice(dot + 1)), scale: text.length - dot - 1 };
}

/** Numbers that print with an exponent (1e-7) are written out; 12 decimals are kept. */
function plainText(value: number): string {
  const text = String(value);
  return text.includes('e') ? value.toFixed(12) : text;
}

/** The same number at another scale; digits cut off are rounded half away from zero, as Swedish invoices are. */
export function rescale(value: Scaled, scale: number): bigint {
  if (scale >= value.scale) return value.units * 10n ** BigInt(scale - value.scale);
  return divideHalfUp(value.units, 10n ** BigInt(value.scale - scale));
}

/** Division rounded half away from zero; `by` must be positive. */
export function divideHalfUp(value: bigint, by: bigint): bigint {
  const sign = value < 0n ? -1n : 1n;
  return sign * ((value * sign * 2n + by) / (by * 2n));
}

export function multiply(a: Scaled, b: Scaled): Scaled {
  return { units: a.units * b.units, scale: a.scale + b.scale };
}

/** Text with no needless zeros and at most 12 decimals: `12.5`, `-3`, `0`. */
export function decimalText(value: Scaled): Decimal {
  const scale = Math.min(value.scale, 12);
  const units = rescale(value, scale);
  const sign = units < 0n ? '-' : '';
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0');
  const whole = digits.slice(0, digits.length - scale);
  const rest = digits.slice(digits.length - scale).replace(/0+$/, '');
  return `${sign}${whole}${rest === '' ? '' : `.${rest}`}`;
}

/** A vendor's number as canonical decimal text. */
export function decimalOf(value: string | number, field?: string): Decimal {
  return decimalText(scaledOf(value, field));
}
