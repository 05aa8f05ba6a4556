import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Json } from '#runtime/json.ts';
import { FieldPath, withFields } from './field-path.ts';

const withField = (record: Json, to: string, value: Json): Json => withFields(record, [{ to, value }]);

test('a path that could reach a prototype is refused with its field', () => {
  for (const path of ['__proto__.polluted', 'a.__proto__', 'constructor.prototype.x', 'a.prototype', 'a[0].__proto__'])
    expect(FieldPath.safeParse(path).success, path).toBe(false);
  for (const path of ['__proto__.x', 'a.constructor.prototype'])
    expect(() => withField({}, path, 1)).toThrow('may not name');
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('malformed and endless paths are refused', () => {
  for (const path of [
    '',
    '.',
    'a.',
    '.a',
    'a..b',
    'a[',
    'a]',
    'a[x]',
    '[0]',
    'a[].b',
    'a b',
    'a[1234]',
    `${'a.'.repeat(30)}a`,
  ])
    expect(FieldPath.safeParse(path).success, path).toBe(false);
  for (const path of ['a', 'å.ö', 'a.b[0].c', 'a[]', 'a[0][1]', '$x.y-z'])
    expect(FieldPath.safeParse(path).success, path).toBe(true);
});

test('setting a field changes neither the record nor what it shares', () => {
  const record = Object.freeze({ a: Object.freeze({ b: 1 }), list: Object.freeze([1]) }) as Json;
  expect(withField(record, 'a.c', 2)).toEqual({ a: { b: 1, c: 2 }, list: [1] });
  expect(withField(record, 'list[]', 2)).toEqual({ a: { b: 1 }, list: [1, 2] });
  expect(withField(record, 'list[0]', 9)).toEqual({ a: { b: 1 }, list: [9] });
  expect(record).toEqual({ a: { b: 1 }, list: [1] });
});

test('fields set one after the other see what was made before, and lists that came from elsewhere stay as they were', () => {
  const lines = Object.freeze([Object.freeze({ sku: 'A1' })]) as Json;
  const made = withFields({}, [
    { to: 'lines', value: lines },
    { to: 'lines[0].quantity', value: 2 },
    { to: 'lines[]', value: { sku: 'FREIGHT' } },
    { to: 'copy', value: lines },
    { to: 'nothing' },
  ]);
  expect(made).toEqual({ lines: [{ sku: 'A1', quantity: 2 }, { sku: 'FREIGHT' }], copy: [{ sku: 'A1' }] });
});

test('a path through a text, or past the end of a list, is an error that names it', () => {
  expect(() => withField({ a: 'text' }, 'a.b', 1)).toThrow('“a.b” cannot be set');
  expect(() => withField({ a: [1] }, 'a.b', 1)).toThrow('not an object');
  expect(() => withField({ a: { b: 1 } }, 'a[0]', 1)).toThrow('not a list');
  expect(() => withField({ a: [] }, 'a[2]', 1)).toThrow('hole');
});

test('whatever path is accepted, the value stands there afterwards and nothing else is lost', () => {
  const name = fc.stringMatching(/^[a-z]{1,3}$/);
  fc.assert(
    fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.jsonValue(), (names, value) => {
      const made = withField({ kept: true }, ['x', ...names].join('.'), value as Json);
      let at: unknown = made;
      for (const part of ['x', ...names]) at = (at as Record<string, unknown>)[part];
      expect(at).toBe(value);
      expect((made as Record<string, unknown>)['kept']).toBe(true);
    }),
  );
});
