import { expect, test } from 'vitest';
import { parseJsonText } from './json-text.ts';

test('ordinary JSON is read as JSON.parse reads it, with or without a byte order mark', () => {
  const order = { id: 1042, lines: [{ sku: 'A-1', price: 12.5, note: 'a "quoted" [bracket]' }], note: null };
  expect(parseJsonText(JSON.stringify(order))).toEqual(order);
  expect(parseJsonText(`\uFEFF${JSON.stringify(order)}`)).toEqual(order);
});

test('64 levels are read and 65 are refused, brackets in texts not counted', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(() => parseJsonText(nested(64))).not.toThrow();
  expect(() => parseJsonText(nested(65))).toThrow('nests deeper than 64 levels');
  expect(parseJsonText(JSON.stringify({ note: `\\"${'[{'.repeat(500)}`, list: [[1]] }))).toMatchObject({ list: [[1]] });
  const wide = JSON.stringify(Array.from({ length: 5000 }, () => ({ a: [] })));
  expect(parseJsonText(wide)).toHaveLength(5000);
});

test('a megabyte of brackets is refused without blocking the event loop for 50 ms', () => {
  const bomb = '['.repeat(1_000_000);
  const start = performance.now();
  expect(() => parseJsonText(bomb)).toThrow(SyntaxError);
  expect(() => parseJsonText('{"a":'.repeat(200_000))).toThrow(SyntaxError);
  expect(performance.now() - start).toBeLessThan(50);
});

test('a text may be told to hold so many values and no more, commas in texts not counted', () => {
  const list = (length: number) => JSON.stringify(Array.from({ length }, (_, at) => at));
  expect(parseJsonText(list(1000), { values: 1000 })).toHaveLength(1000);
  expect(() => parseJsonText(list(1001), { values: 1000 })).toThrow('more than 1000 values');
  expect(parseJsonText(`["${','.repeat(5000)}"]`, { values: 1000 })).toHaveLength(1);
});

test('a megabyte of numbers just short of endless is read digit by digit, once', () => {
  const text = `[${Array.from({ length: 3000 }, () => '1'.repeat(308)).join(',')}]`;
  const before = process.threadCpuUsage();
  expect(parseJsonText(text)).toHaveLength(3000);
  const { user, system } = process.threadCpuUsage(before);
  expect((user + system) / 1000).toBeLessThan(50);
});

test.each([
  '{"__proto__":{"admin":true}}',
  '{"\\u005f\\u005fproto__":{"admin":true}}',
  '{"a":[{"__pr\\u006fto__":1}]}',
  '{"constructor":{"prototype":{"admin":true}}}',
])('a text that reaches for prototypes is refused: %s', (text) => {
  expect(() => parseJsonText(text)).toThrow(SyntaxError);
  expect(({} as { admin?: boolean }).admin).toBeUndefined();
});

test('numbers that would become Infinity are refused, large exponents in texts are not', () => {
  expect(() => parseJsonText('{"total":1e999}')).toThrow('number too large');
  expect(() => parseJsonText(`[${'9'.repeat(400)}]`)).toThrow('number too large');
  expect(parseJsonText('{"sku":"4e1000","total":1e2}')).toEqual({ sku: '4e1000', total: 100 });
});
