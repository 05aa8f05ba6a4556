import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimalOf, decimalText, scaledOf } from './decimal.ts';
import {
  add,
  allocate,
  bridgeTax,
  exponentOf,
  formatMoney,
  type Money,
  money,
  parseMoney,
  perUnit,
  priceTimes,
  splitGross,
  splitNet,
  subtract,
  sum,
} from './money.ts';

const Amount = fc.integer({ min: -1_000_000_000_000, max: 1_000_000_000_000 });
const Code = fc.constantFrom('SEK', 'EUR', 'JPY', 'KWD');
const anyMoney: fc.Arbitrary<Money> = fc.record({ amount: Amount, currency: Code });
const Rate = fc.constantFrom(2500, 1200, 600, 0, 1900, 2550);

test('what is written out reads back as the same amount, in every currency', () => {
  fc.assert(
    fc.property(anyMoney, (value) => {
      expect(parseMoney(formatMoney(value), value.currency)).toEqual(value);
    }),
  );
  expect(formatMoney(money(124900, 'SEK'))).toBe('1249.00');
  expect(formatMoney(money(-5, 'SEK'))).toBe('-0.05');
  expect(formatMoney(money(5, 'JPY'))).toBe('5');
  expect([exponentOf('SEK'), exponentOf('ISK'), exponentOf('BHD')]).toEqual([2, 0, 3]);
});

test('a vendor’s number is read by its digits and never through a float’s error', () => {
  expect(parseMoney(1249.35, 'SEK').amount).toBe(124935);
  expect(parseMoney('0.29', 'SEK').amount).toBe(29);
  expect(parseMoney(1.1 + 2.2, 'SEK', { rounding: 'half-up' }).amount).toBe(330);
  expect(parseMoney('12.5000', 'SEK').amount).toBe(1250);
  expect(() => parseMoney('12.345', 'SEK', { field: 'order.total' })).toThrow(
    expect.objectContaining({ field: 'order.total' }),
  );
  expect(parseMoney('12.345', 'SEK', { rounding: 'half-up' }).amount).toBe(1235);
  expect(parseMoney('-12.345', 'SEK', { rounding: 'half-up' }).amount).toBe(-1235);
  for (const wrong of ['', '1,5', 'NaN', '1e5', '0x10', Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => parseMoney(wrong, 'SEK')).toThrow(/decimal number/);
  }
  expect(() => parseMoney('99999999999999999', 'SEK')).toThrow(/too large/);
});

test('decimals keep their value and lose only needless zeros', () => {
  expect([decimalOf('12.50'), decimalOf('-0.10'), decimalOf(3), decimalOf('007'), decimalOf(1e-7)]).toEqual([
    '12.5',
    '-0.1',
    '3',
    '7',
    '0.0000001',
  ]);
  fc.assert(
    fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), fc.integer({ min: 0, max: 12 }), (units, scale) => {
      const read = scaledOf(decimalText({ units, scale }));
      expect(read.units * 10n ** BigInt(scale)).toBe(units * 10n ** BigInt(read.scale));
    }),
  );
});

test('net and tax always make the gross, whichever side the split starts from', () => {
  fc.assert(
    fc.property(anyMoney, Rate, (value, rate) => {
      for (const parts of [splitGross(value, rate), splitNet(value, rate)]) {
        expect(add(parts.net, parts.tax)).toEqual(parts.gross);
      }
      expect(splitGross(value, rate).gross).toEqual(value);
      const back = splitNet(splitGross(value, rate).net, rate).gross.amount;
      expect(Math.abs(back - value.amount)).toBeLessThanOrEqual(1);
    }),
  );
  expect(splitGross(money(12500, 'SEK'), 2500).tax.amount).toBe(2500);
  expect(splitGross(money(8900, 'SEK'), 1200)).toMatchObject({ net: { amount: 7946 }, tax: { amount: 954 } });
});

test('an amount shared out by weights adds up again and no share is off by more than one unit', () => {
  fc.assert(
    fc.property(anyMoney, fc.array(fc.nat(1000), { minLength: 1, maxLength: 50 }), (value, weights) => {
      const shares = allocate(value, weights);
      expect(sum(shares, value.currency)).toEqual(value);
      const whole = weights.reduce((a, b) => a + b, 0);
      for (const [index, share] of shares.entries()) {
        const fair = whole === 0 ? value.amount / weights.length : (value.amount * (weights[index] ?? 0)) / whole;
        expect(Math.abs(share.amount - fair)).toBeLessThanOrEqual(1);
      }
    }),
  );
  expect(allocate(money(100, 'SEK'), [1, 1, 1]).map((share) => share.amount)).toEqual([34, 33, 33]);
  expect(allocate(money(100, 'SEK'), [])).toEqual([]);
});

test('a unit price times its quantity is the row again, to the minor unit', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 100_000_000 }), fc.integer({ min: 1, max: 4999 }), (amount, quantity) => {
      const total = money(amount, 'SEK');
      expect(priceTimes(perUnit(total, String(quantity)), String(quantity), 'SEK')).toEqual(total);
    }),
  );
  expect(perUnit(money(10000, 'SEK'), '3')).toBe('33.333333');
  expect(perUnit(money(10000, 'SEK'), '0')).toBe('0');
});

test('a price moves between with and without tax', () => {
  expect(bridgeTax('100', 2500, 'gross', 'SEK')).toBe('125');
  expect(bridgeTax('89', 1200, 'net', 'SEK')).toBe('79.46');
  expect(bridgeTax('100', 1000, 'gross', 'JPY')).toBe('110');
});

test('different currencies are never added', () => {
  expect(() => add(money(1, 'SEK'), money(1, 'EUR'))).toThrow(/SEK and EUR/);
  expect(subtract(money(1, 'SEK'), money(1, 'SEK'))).toEqual({ amount: 0, currency: 'SEK' });
});
