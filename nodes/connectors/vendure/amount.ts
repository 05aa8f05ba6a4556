import { decimalText, divideHalfUp, multiply, rescale, scaledOf } from '../../commerce/decimal.ts';
import { type Money, parseMoney, subtract, type Taxed, taxed } from '../../commerce/money.ts';

/** Vendure's whole number as major units: 12500 is 125 where prices have two decimals, in every currency. */
export function majorOf(amount: number, decimals: number): string {
  return decimalText({ units: BigInt(amount), scale: decimals });
}

export function moneyOf(amount: number, currency: string, decimals: number): Money {
  return parseMoney(majorOf(amount, decimals), currency, { rounding: 'half-up' });
}

/** An amount without and with tax as both are told. */
export function taxedOf(net: number, gross: number, currency: string, decimals: number): Taxed {
  const whole = moneyOf(gross, currency, decimals);
  const without = moneyOf(net, currency, decimals);
  return taxed(without, subtract(whole, without));
}

/** Major units as Vendure's whole number, rounded half away from zero; a decimal would be cut off there without a word. */
export function wholeOf(price: string, decimals: number): number {
  return Number(rescale(scaledOf(price), decimals));
}

/** Per cent as hundredths of a per cent, 0 to 10,000. */
export function pointsOf(percent: number): number {
  const points = rescale(multiply(scaledOf(percent), { units: 100n, scale: 0 }), 0);
  return Math.min(Math.max(Number(points), 0), 10_000);
}

/** The rate among some by which the tax fits its net amount best; the shop does not tell the rate of a freight. */
export function nearestRate(total: Taxed, rates: readonly number[]): number {
  const apart = (rate: number): bigint => {
    const tax = divideHalfUp(BigInt(total.net.amount) * BigInt(rate), 10_000n);
    const off = tax - BigInt(total.tax.amount);
    return off < 0n ? -off : off;
  };
  return (
    rates.reduce<number | undefined>(
      (best, rate) => (best === undefined || apart(rate) < apart(best) ? rate : best),
      undefined,
    ) ?? 0
  );
}
