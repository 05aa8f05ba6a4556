import { expect, test } from 'vitest';
import type { Scope } from './binding.ts';
import { bindingsOf, compileValue } from './config-value.ts';
import type { Json } from './json.ts';

const scope: Scope = {
  input: {
    order: {
      number: '1042',
      lines: [
        { sku: 'Ä-1', parts: ['a', 'b'] },
        { sku: 'B', parts: [] },
      ],
    },
  },
  params: { warehouse: 'GBG' },
  step: (id, port) => (id === 'match' && port === 'found' ? { id: '7' } : undefined),
};
const read = (value: Json): unknown => compileValue(value).read(scope);

test('a config keeps constants as they are and leaves absent values out', () => {
  const constant = { a: [1, { b: 'x' }] };
  expect(compileValue(constant).read(scope)).toBe(constant);
  expect(compileValue({ a: '{{ order.gone }}', b: '{{ order.number }}', c: ['{{ order.gone }}'] }).read(scope)).toEqual(
    {
      b: '1042',
      c: [null],
    },
  );
});

test('a key called __proto__ stays a plain key', () => {
  const made = compileValue(JSON.parse('{"__proto__": "{{ order.number }}"}') as Json).read(scope) as object;
  expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
  expect(Object.keys(made)).toEqual(['__proto__']);
});

test('the bindings of a config are found with their places and what else they may name', () => {
  expect(bindingsOf({ a: 'x', b: [{ c: '{{ d }}' }] })).toEqual([{ at: ['b', 0, 'c'], text: '{{ d }}', locals: [] }]);
  expect(bindingsOf({ rows: { $list: '{{ d }}', $item: ['{{ item }}'] } })).toEqual([
    { at: ['rows', '$list'], text: '{{ d }}', locals: [] },
    { at: ['rows', '$item', 0], text: '{{ item }}', locals: ['item', 'index'] },
  ]);
});

test('a list is made item by item, with its place and everything the step can read', () => {
  const $item = {
    row: '{{ index | add(1) }}',
    sku: '{{ item.sku }}',
    of: '{{ order.number }}',
    at: '{{ params.warehouse }}',
    customer: '{{ steps.match.found.id }}',
    gone: '{{ item.gone }}',
    fixed: true,
  };
  expect(read({ $list: '{{ order.lines }}', $item })).toEqual([
    { row: 1, sku: 'Ä-1', of: '1042', at: 'GBG', customer: '7', fixed: true },
    { row: 2, sku: 'B', of: '1042', at: 'GBG', customer: '7', fixed: true },
  ]);
});

test('lists stand inside lists, each with a name of its own', () => {
  const parts = { $list: '{{ line.parts }}', $as: 'part', $item: { part: '{{ part | upper }}', of: '{{ line.sku }}' } };
  expect(read({ $list: '{{ order.lines }}', $as: 'line', $item: { sku: '{{ line.sku }}', parts } })).toEqual([
    {
      sku: 'Ä-1',
      parts: [
        { part: 'A', of: 'Ä-1' },
        { part: 'B', of: 'Ä-1' },
      ],
    },
    { sku: 'B', parts: [] },
  ]);
});

test('where there is no list, the field is left out; an item that gives nothing is null, so that places stay', () => {
  expect(read({ rows: { $list: '{{ order.gone }}', $item: 1 } })).toEqual({});
  expect(read({ $list: '{{ order.lines }}', $item: '{{ item.gone }}' })).toEqual([null, null]);
});

test.each<[why: string, value: Json]>([
  ['{{ order.number }} must be a list', { $list: '{{ order.number }}', $item: 1 }],
  ['$list must be a binding that gives a list', { $list: ['a'], $item: 1 }],
  ['$item is missing beside $list', { $list: '{{ order.lines }}' }],
  ['$as must be a name', { $list: '{{ order.lines }}', $as: 'steps', $item: 1 }],
  ['most does not belong beside $list', { $list: '{{ order.lines }}', $item: 1, most: 2 }],
])('a list that cannot be made says why: %s', (why, value) => {
  expect(() => read(value)).toThrow(why);
});

test('a list of more than 10,000 items is refused before any is made', () => {
  const lines = Array.from({ length: 10_001 }, () => ({}));
  const { read: made } = compileValue({ $list: '{{ order.lines }}', $item: '{{ item | upper }}' });
  expect(() => made({ ...scope, input: { order: { lines } } })).toThrow('10001 items, at most 10000');
});
