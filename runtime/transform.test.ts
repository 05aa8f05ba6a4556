import { expect, test } from 'vitest';
import { transforms } from './transform.ts';

const apply = (name: string, value: unknown, ...args: unknown[]): unknown => transforms[name]?.apply(value, ...args);

/** transform, value, arguments, answer */
const table: readonly (readonly [string, unknown, readonly unknown[], unknown])[] = [
  ['trim', '  a ', [], 'a'],
  ['upper', 'åäö', [], 'ÅÄÖ'],
  ['lower', 'ÅÄÖ', [], 'åäö'],
  ['capitalise', 'övre gatan', [], 'Övre gatan'],
  ['slice', 'abcdef', [1, 3], 'bc'],
  ['truncate', 'a😀bc', [2], 'a😀'],
  ['replace', 'a.b.c', ['.', '$&'], 'a$&b$&c'],
  ['prefix', '42', ['SE'], 'SE42'],
  ['suffix', '42', ['-1'], '42-1'],
  ['digits', '556677-8899', [], '5566778899'],
  ['pad-start', '7', [3, '0'], '007'],
  ['split', 'a,b', [','], ['a', 'b']],
  ['text', 12.5, [], '12.5'],
  ['number', ' 1 234,50 ', [], 1234.5],
  ['number', '1e3', [], 1000],
  ['round', 1.005, [2], 1.01],
  ['round', -2.5, [], -3],
  ['round', 1e-7, [2], 0],
  ['round', 1e21, [2], 1e21],
  ['floor', 1.9, [], 1],
  ['ceil', 1.1, [], 2],
  ['abs', -3, [], 3],
  ['add', 0.1, [0.2], 0.3],
  ['subtract', 0.3, [0.1], 0.2],
  ['multiply', '3', ['1,1'], 3.3],
  ['divide', 9, [2], 4.5],
  ['vat', 10_001, [25], 2500],
  ['add-vat', 10_000, [25], 12_500],
  ['without-vat', 12_500, [25], 10_000],
  ['decimal', 12_345, [], '123.45'],
  ['decimal', 5, [3], '0.005'],
  ['date', '2026-11-23T09:05:07Z', ['yyyy-MM-dd HH:mm:ss'], '2026-11-23 10:05:07'],
  ['date', '2026-07-01T22:30:00+00:00', ['yyyy-MM-dd', 'Europe/Stockholm'], '2026-07-02'],
  ['date', '2024-02-29', ['dd/MM', 'UTC'], '29/02'],
  ['first', [1, 2], [], 1],
  ['last', [1, 2], [], 2],
  ['at', [1, 2, 3], [-2], 2],
  ['count', undefined, [], 0],
  ['join', ['a', 1], ['-'], 'a-1'],
  ['pick', [{ sku: 'A' }, {}], ['sku'], ['A', undefined]],
  ['sum', [{ n: 0.1 }, { n: 0.2 }], ['n'], 0.3],
  ['unique', ['a', 'b', 'a'], [], ['a', 'b']],
  ['where', [{ a: 1 }, { a: 2 }], ['a', 2], [{ a: 2 }]],
  ['default', '', ['x'], 'x'],
  ['default', 0, ['x'], 0],
  ['required', 0, ['total'], 0],
  ['lookup', 'NO', ['SE', 'Sverige', 'NO', 'Norge'], 'Norge'],
  ['lookup', 'DK', ['SE', 'Sverige', 'Övriga'], 'Övriga'],
  ['lookup', 'DK', ['SE', 'Sverige'], undefined],
  ['equals', 1, ['1'], false],
  ['choose', true, ['ja', 'nej'], 'ja'],
  ['json', { a: 1 }, [], '{"a":1}'],
];

test.each(table)('%s of %j with %j is %j', (name, value, args, answer) => {
  expect(apply(name, value, ...args)).toEqual(answer);
});

test('every transform stands in the table above', () => {
  expect(new Set(table.map(([name]) => name))).toEqual(new Set(Object.keys(transforms)));
});

test('what is absent stays absent through text, numbers and dates', () => {
  for (const name of ['trim', 'upper', 'number', 'abs', 'vat', 'date'])
    for (const absent of [undefined, null]) expect(apply(name, absent, 25)).toBe(absent);
});

const refused: readonly (readonly [string, unknown, readonly unknown[], RegExp])[] = [
  ['number', '', [], /takes a number/],
  ['number', '   ', [], /takes a number/],
  ['number', '0x10', [], /takes a number/],
  ['number', 'Infinity', [], /takes a number/],
  ['number', true, [], /takes a number/],
  ['trim', { a: 1 }, [], /takes a text/],
  ['divide', 1, [0], /divide by zero/],
  ['without-vat', 100, [-100], /over -100/],
  ['round', 1, [1.5], /whole number/],
  ['round', 1, [400], /between/],
  ['decimal', 1, [-1], /negative/],
  ['date', 'yesterday', ['yyyy'], /takes a date/],
  ['date', '2026-02-29', ['yyyy'], /date that exists/],
  ['date', '2026-13-01', ['yyyy'], /date that exists/],
  ['date', '2026-01-01T25:00:00Z', ['yyyy'], /date that exists/],
  ['date', '2026-01-01', ['yyyy', 'Mars/Base'], /time zone/i],
  ['first', 'abc', [], /takes a list/],
  ['replace', 'abc', ['', 'x'], /empty text/],
  ['replace', 'x'.repeat(50_000), ['x', 'y'.repeat(1000)], /longer than/],
  ['join', Array.from({ length: 200 }, () => 'x'), ['y'.repeat(1000)], /longer than/],
];

test.each(refused)('%s refuses %j with %j', (name, value, args, why) => {
  expect(() => apply(name, value, ...args)).toThrow(why);
});

test('required names the field that is empty', () => {
  expect(() => apply('required', ' '.trim(), 'customer.email')).toThrow('customer.email is empty');
});

test('pick, sum and where read own properties only', () => {
  expect(apply('pick', [{}], 'constructor')).toEqual([undefined]);
  expect(apply('where', [{}], 'toString', Object.prototype.toString)).toEqual([]);
});
