import type { LineTax, TaxLine } from './shop-model.ts';

export interface TaxRate {
  id: number;
  country: string;
  rate: number;
  name: string;
  class: string;
}

/** Swedish VAT; the class names are slugs of the shop's own, '' is WooCommerce's standard class. */
export const taxRates: readonly TaxRate[] = [
  { id: 1, country: 'SE', rate: 25, name: 'Moms 25 %', class: '' },
  { id: 2, country: 'SE', rate: 12, name: 'Moms 12 %', class: 'reduced-rate' },
  { id: 3, country: 'SE', rate: 6, name: 'Moms 6 %', class: 'reduced-rate-6' },
];
export const taxClasses = ['', 'reduced-rate', 'reduced-rate-6', 'zero-rate'] as const;

const euCountries = new Set(
  'SE AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SI SK'.split(' '),
);

/** The rate of a class for a delivery country; null outside the EU and for the zero class. */
function rateFor(taxClass: string, country: string): TaxRate | null {
  if (country !== '' && !euCountries.has(country)) return null;
  return baseRate(taxClass);
}

/** The rate that prices of a class include. */
function baseRate(taxClass: string): TaxRate | null {
  return taxRates.find((rate) => rate.class === taxClass) ?? null;
}

/** Amounts are whole öre here and strings of two decimals on the wire. */
export function toOre(amount: string): number {
  return Math.round(Number(amount) * 100);
}

/** With the parts of an öre that WooCommerce keeps of amounts it is given. */
export function exactOre(amount: string): number {
  return Math.round(Number(amount) * 1e6) / 1e4;
}

export function fromOre(ore: number): string {
  return (ore / 100).toFixed(2);
}

export interface Taxed {
  net: number;
  tax: number;
}

/** Splits an amount in öre that includes the base rate's tax, then taxes it for where it goes. */
export function taxIncluded(gross: number, taxClass: string, country: string): Taxed {
  const base = baseRate(taxClass)?.rate ?? 0;
  const due = rateFor(taxClass, country)?.rate ?? 0;
  const net = gross - Math.round((gross * base) / (100 + base));
  return due === base ? { net, tax: gross - net } : { net, tax: Math.round((net * due) / 100) };
}

/** Tax is put on the exact amount; both are shown rounded, and together they are the rounded whole. */
export function taxAdded(exact: number, taxClass: string, country: string): Taxed {
  const rate = rateFor(taxClass, country)?.rate ?? 0;
  const net = Math.round(exact);
  return { net, tax: Math.round((Math.round(exact * 1e4) * (100 + rate)) / 1e6) - net };
}

export function lineTaxes(taxClass: string, country: string, total: number, subtotal: number): LineTax[] {
  const rate = rateFor(taxClass, country);
  return rate === null ? [] : [{ id: rate.id, total: fromOre(total), subtotal: fromOre(subtotal) }];
}

/** Sums line taxes by rate, goods and shipping apart, as an order's `tax_lines`. */
export function sumTaxes(
  goods: readonly { taxes: LineTax[] }[],
  shipping: readonly { taxes: LineTax[] }[],
  nextId: () => number,
  before: readonly TaxLine[],
): TaxLine[] {
  const sums = new Map<number, { goods: number; shipping: number }>();
  const add = (lines: readonly { taxes: LineTax[] }[], side: 'goods' | 'shipping') => {
    for (const line of lines)
      for (const tax of line.taxes) {
        const sum = sums.get(tax.id) ?? { goods: 0, shipping: 0 };
        sum[side] += toOre(tax.total);
        sums.set(tax.id, sum);
      }
  };
  add(goods, 'goods');
  add(shipping, 'shipping');
  const lines: TaxLine[] = [];
  for (const rate of taxRates) {
    const sum = sums.get(rate.id);
    if (sum === undefined) continue;
    lines.push({
      id: before.find((line) => line.rate_id === rate.id)?.id ?? nextId(),
      rate_code: `SE-MOMS-${rate.rate}`,
      rate_id: rate.id,
      label: rate.name,
      compound: false,
      tax_total: fromOre(sum.goods),
      shipping_tax_total: fromOre(sum.shipping),
      rate_percent: rate.rate,
      meta_data: [],
    });
  }
  return lines;
}
