import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type Decimal, decimalText, divideHalfUp, multiply, rescale, scaledOf } from './decimal.ts';

/** ISO 4217 alphabetic code. */
export const Currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as SEK');
export type Currency = z.infer<typeof Currency>;

/** An amount in the currency's minor unit: `{ amount: 124900, currency: 'SEK' }` is 1 249.00 kr. */
export const Money = z.strictObject({ amount: z.int(), currency: Currency }).meta({ id: 'Money' });
export type Money = z.infer<typeof Money>;

/** ISO 4217: minor units other than two decimals. */
const EXPONENTS: Readonly<Record<string, number>> = {
  ...Object.fromEntries(
    'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' ').map((code) => [code, 0]),
  ),
  ...Object.fromEntries('BHD IQD JOD KWD LYD OMR TND'.split(' ').map((code) => [code, 3])),
};

/** Decimals of a currency: 0, 2 or 3. */
export function exponentOf(currency: Currency): number {
  return EXPONENTS[currency] ?? 2;
}

function safe(units: bigint, field?: string): number {
  const amount = Number(units);
  if (!Number.isSafeInteger(amount)) {
    throw new TerminalError('INPUT_INVALID', 'the amount is too large to be exact', field ? { field } : {});
  }
  return amount === 0 ? 0 : amount;
}

export function money(amount: number, currency: Currency): Money {
  return { amount, currency };
}

/**
 * Money from a vendor's decimal text, or from a JSON number by its shortest decimal form; floats never take part.
 * `exact` refuses digits beyond the minor unit, `half-up` rounds them half away from zero.
 * Throws TerminalError INPUT_INVALID naming `field`.
 */
export function parseMoney(
  value: string | number,
  currency: Currency,
  options: { readonly rounding?: 'exact' | 'half-up'; readonly field?: string } = {},
): Money {
  const scaled = scaledOf(value, options.field);
  const exponent = exponentOf(currency);
  const units = rescale(scaled, exponent);
  if (options.rounding !== 'half-up' && scaled.scale > exponent) {
    if (units * 10n ** BigInt(scaled.scale - exponent) !== scaled.units) {
      const message = `${value} has more decimals than ${currency} has`;
      throw new TerminalError('INPUT_INVALID', message, options.field ? { field: options.field } : {});
    }
  }
  return { amount: safe(units, options.field), currency };
}

/** Plain decimal text with the currency's decimals and a point, `1249.00`, as vendors' APIs take it. */
export function formatMoney(value: Money): string {
  const exponent = exponentOf(value.currency);
  const sign = value.amount < 0 ? '-' : '';
  const digits = String(Math.abs(value.amount)).padStart(exponent + 1, '0');
  return exponent === 0 ? sign + digits : `${sign}${digits.slice(0, -exponent)}.${digits.slice(-exponent)}`;
}

/** The amount as a JSON number for vendors that want one; exact up to 15 digits, since it is the shortest form of the text. */
export function numberOf(value: Money): number {
  return Number(formatMoney(value));
}

/** Throws MONEY_MISMATCH when the currencies differ. */
export function add(a: Money, b: Money): Money {
  if (a.currency !== b.currency) {
    throw new TerminalError('MONEY_MISMATCH', `${a.currency} and ${b.currency} cannot be added`);
  }
  return { amount: safe(BigInt(a.amount) + BigInt(b.amount)), currency: a.currency };
}

function negate(value: Money): Money {
  return { amount: value.amount === 0 ? 0 : -value.amount, currency: value.currency };
}

export function subtract(a: Money, b: Money): Money {
  return add(a, negate(b));
}

export function sum(values: readonly Money[], currency: Currency): Money {
  return values.reduce(add, { amount: 0, currency });
}

export function sameMoney(a: Money, b: Money): boolean {
  return a.amount === b.amount && a.currency === b.currency;
}

/** Unit price times quantity, rounded half away from zero to the minor unit. */
export function priceTimes(unitPrice: Decimal, quantity: Decimal, currency: Currency): Money {
  const product = multiply(scaledOf(unitPrice), scaledOf(quantity));
  return { amount: safe(rescale(product, exponentOf(currency))), currency };
}

/** An amount over a quantity as exact as 6 decimals say it; zero for a quantity of zero. */
export function perUnit(value: Money, quantity: Decimal): Decimal {
  const by = scaledOf(quantity);
  if (by.units === 0n) return '0';
  const places = 6;
  const sign = by.units < 0n ? -1n : 1n;
  const top = BigInt(value.amount) * sign * 10n ** BigInt(places + by.scale);
  return decimalText({
    units: divideHalfUp(top, by.units * sign * 10n ** BigInt(exponentOf(value.currency))),
    scale: places,
  });
}

/** VAT and other sales tax in hundredths of a per cent: 2500 is 25 %. */
export const BasisPoints = z.int().min(0).max(10_000);

/** An amount without tax, its tax, and both together; `net + tax = gross` always holds. */
export const Taxed = z.strictObject({ net: Money, tax: Money, gross: Money }).meta({ id: 'Taxed' });
export type Taxed = z.infer<typeof Taxed>;

/** Splits an amount that holds its tax: tax = gross x rate / (1 + rate), rounded half away from zero; net is the rest. */
export function splitGross(gross: Money, basisPoints: number): Taxed {
  const tax = divideHalfUp(BigInt(gross.amount) * BigInt(basisPoints), BigInt(10_000 + basisPoints));
  return taxed(subtract(gross, money(safe(tax), gross.currency)), money(safe(tax), gross.currency));
}

/** Puts tax on a net amount: tax = net x rate, rounded half away from zero. */
export function splitNet(net: Money, basisPoints: number): Taxed {
  const tax = divideHalfUp(BigInt(net.amount) * BigInt(basisPoints), 10_000n);
  return taxed(net, money(safe(tax), net.currency));
}

export function taxed(net: Money, tax: Money): Taxed {
  return { net, tax, gross: add(net, tax) };
}

export function sumTaxed(values: readonly Taxed[], currency: Currency): Taxed {
  return taxed(
    sum(
      values.map((value) => value.net),
      currency,
    ),
    sum(
      values.map((value) => value.tax),
      currency,
    ),
  );
}

/**
 * Shares an amount by weights without losing a minor unit: floor each share, then one unit each to the largest remainders,
 * the earlier of equals first. Weights are non-negative integers; all zero counts as all equal.
 */
export function allocate(total: Money, weights: readonly number[]): Money[] {
  if (weights.length === 0) return [];
  const given = weights.map((weight) => BigInt(weight));
  if (given.some((weight) => weight < 0n)) throw new TerminalError('INPUT_INVALID', 'a weight cannot be negative');
  const whole = given.reduce((a, b) => a + b, 0n);
  const parts = whole === 0n ? given.map(() => 1n) : given;
  const by = parts.reduce((a, b) => a + b, 0n);
  const sign = total.amount < 0 ? -1n : 1n;
  const amount = BigInt(total.amount) * sign;
  const shares = parts.map((part, index) => ({ index, units: (amount * part) / by, rest: (amount * part) % by }));
  let left = amount - shares.reduce((a, share) => a + share.units, 0n);
  for (const share of shares.toSorted((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    share.units += 1n;
    left -= 1n;
  }
  return shares.map((share) => money(safe(share.units * sign), total.currency));
}

/** A price put with or without tax, rounded half away from zero to the currency's minor unit. */
export function bridgeTax(price: Decimal, basisPoints: number, to: 'net' | 'gross', currency: Currency): Decimal {
  const { units, scale } = scaledOf(price);
  const factor = BigInt(10_000 + basisPoints);
  const [top, by] = to === 'gross' ? [factor, 10_000n] : [10_000n, factor];
  const room = 10n ** BigInt(exponentOf(currency));
  const minor = divideHalfUp(units * top * room, by * 10n ** BigInt(scale));
  return decimalText({ units: minor, scale: exponentOf(currency) });
}
