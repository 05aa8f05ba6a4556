import { decimalText, scaledOf } from '../../commerce/decimal.ts';
import {
  add,
  type Money,
  money,
  perUnit,
  priceTimes,
  splitGross,
  splitNet,
  subtract,
  sumTaxed,
  type Taxed,
  taxed,
} from '../../commerce/money.ts';
import { amount, fieldReader, type formOf, percent, price, type Writing } from './kinds.ts';
import { type Names, type Place, unreadable } from './template.ts';

/** Where the amounts of a row are; two of net, tax and gross are enough, or one and the rate, or price and quantity. */
export const moneyKinds = {
  unitPrice: price('Unit price, before discount', 'Styckpris, före rabatt'),
  discount: amount('Discount on the row', 'Rabatt på raden'),
  taxRate: percent('Tax, per cent', 'Moms, procent'),
  net: amount('Without tax', 'Utan moms'),
  tax: amount('Tax', 'Moms'),
  gross: amount('With tax', 'Med moms'),
};
type MoneyForm = Partial<ReturnType<typeof formOf<typeof moneyKinds>>>;
type Filled = { readonly [N in keyof MoneyForm]?: string | undefined };

const totalKinds = { net: moneyKinds.net, tax: moneyKinds.tax, gross: moneyKinds.gross };

interface Parts {
  readonly net?: Money;
  readonly tax?: Money;
  readonly gross?: Money;
}

/** The whole of two or three parts; undefined with fewer. */
function wholeOf({ net, tax, gross }: Parts): Taxed | undefined {
  if (net && tax) return taxed(net, tax);
  if (gross && tax) return taxed(subtract(gross, tax), tax);
  if (gross && net) return taxed(net, subtract(gross, net));
  return undefined;
}

/** The rate that makes this tax of this net, to a minor unit for each piece; else as exact as the amounts say it. */
function rateOf({ net, tax }: Taxed, rates: readonly number[], pieces: number): number {
  if (net.amount === 0 || tax.amount === 0) return 0;
  const off = (rate: number): number => Math.abs((net.amount * rate) / 10_000 - tax.amount);
  const nearest = [...rates].sort((a, b) => off(a) - off(b))[0];
  if (nearest !== undefined && off(nearest) <= Math.max(1, pieces)) return nearest;
  return Math.min(10_000, Math.max(0, Math.round((tax.amount * 10_000) / net.amount)));
}

interface Row {
  readonly quantity: string;
  /** Whether unit price and discount hold tax. */
  readonly withTax: boolean;
  /** A charge that has no amount is none. */
  readonly orNothing?: boolean;
}

/** Reads a row's amounts and works out those the system does not tell. */
export function amountsReader(form: Filled, place: Place, rates: readonly number[]) {
  const read = fieldReader(moneyKinds, form, place);
  return (names: Names, writing: Writing, row: Row) => {
    const own = read(names, writing);
    const { currency } = writing;
    const discount = own.discount ?? money(0, currency);
    const given = own.net ?? own.gross;
    const priced =
      given === undefined && own.unitPrice !== undefined
        ? subtract(priceTimes(own.unitPrice, row.quantity, currency), discount)
        : undefined;
    const parts = priced === undefined ? own : { ...own, [row.withTax ? 'gross' : 'net']: priced };
    const total =
      wholeOf(parts) ??
      split(parts, own.taxRate) ??
      (row.orNothing ? taxed(money(0, currency), money(0, currency)) : undefined);
    if (!total)
      throw unreadable(place.field, 'needs two of net, tax and gross, or one of them (or a price) and taxRate');
    const taxRate = own.taxRate ?? rateOf(total, rates, piecesOf(row.quantity));
    const full = add(row.withTax ? total.gross : total.net, discount);
    return { unitPrice: own.unitPrice ?? perUnit(full, row.quantity), discount, taxRate, total };
  };
}

function split({ net, gross }: Parts, rate: number | undefined): Taxed | undefined {
  if (rate === undefined) return undefined;
  if (gross) return splitGross(gross, rate);
  return net ? splitNet(net, rate) : undefined;
}

const piecesOf = (quantity: string): number => Math.ceil(Math.abs(Number(decimalText(scaledOf(quantity)))));

/** The order's total: what the system says, as far as it says it, else the sum of its rows. */
export function sumOf(form: Filled, place: Place) {
  const read = fieldReader(totalKinds, form, place);
  return (names: Names, writing: Writing, rows: readonly { readonly total: Taxed }[]): Taxed => {
    const own = read(names, writing);
    const whole = wholeOf(own);
    if (whole) return whole;
    const sum = sumTaxed(
      rows.map((row) => row.total),
      writing.currency,
    );
    if (own.gross) return taxed(subtract(own.gross, sum.tax), sum.tax);
    return own.net ? taxed(own.net, sum.tax) : sum;
  };
}
