import { expect, test } from 'vitest';
import { compileText, type Scope } from './binding.ts';

const scope: Scope = {
  input: {
    order: {
      number: '1042',
      customer: { email: ' Anna@Example.com ' },
      lines: [{ sku: 'A1' }, { sku: 'B2' }],
      nothing: null,
    },
  },
  params: { 'tax-rate': 25, nested: { deep: true } },
  step: (id, port) => (id === 'match' && port === 'customer' ? { id: 'c7' } : undefined),
};
const read = (text: string): unknown => compileText(text).read(scope);

test('one binding alone gives the value itself, not its text', () => {
  expect(read('{{ order.lines }}')).toEqual([{ sku: 'A1' }, { sku: 'B2' }]);
  expect(read('{{params.tax-rate}}')).toBe(25);
  expect(read('{{ order.missing.deeper }}')).toBeUndefined();
});

test('a binding in a sentence is put in as text, absent values as nothing', () => {
  expect(read('Order {{ order.number }} to {{ order.customer.email | trim | lower }}{{ order.gone }}!')).toBe(
    'Order 1042 to anna@example.com!',
  );
  expect(read('{{ order.lines }} {{ order.nothing }}.')).toBe('[{"sku":"A1"},{"sku":"B2"}] .');
});

test('paths take indexes, negative ones from the end, and quoted names', () => {
  expect(read('{{ order.lines[0].sku }}')).toBe('A1');
  expect(read('{{ order.lines.1.sku }}')).toBe('B2');
  expect(read('{{ order.lines[-1].sku }}')).toBe('B2');
  expect(read("{{ order['number'] }}")).toBe('1042');
});

test('arguments are texts, numbers, constants and paths', () => {
  expect(read('{{ order.gone | default("a \\"b\\"") }}')).toBe('a "b"');
  expect(read('{{ 100 | add-vat(params.tax-rate) }}')).toBe(125);
  expect(read('{{ true | choose(order.number, null) }}')).toBe('1042');
  expect(compileText('{{ a.b | default(params.x) | prefix(steps.s.p) }}').paths).toEqual([
    ['a', 'b'],
    ['params', 'x'],
    ['steps', 's', 'p'],
  ]);
});

test('another step is read by its port', () => {
  expect(read('{{ steps.match.customer.id }}')).toBe('c7');
  expect(read('{{ steps.other.customer.id }}')).toBeUndefined();
});

test.each([
  ['{{ order.number', /“\{\{ order.number” is not closed/],
  ['{{ }}', /position 0: a field or a value is expected/],
  ['{{ order. }}', /position 7: a field name is expected/],
  ['{{ order[ }}', /an index or a quoted name/],
  ['{{ order[1.5] }}', /an index or a quoted name/],
  ['{{ order[1 }}', /“\]” is expected/],
  ['{{ order | }}', /there is no transform “”/],
  ['{{ order | fly }}', /there is no transform “fly”/],
  ['{{ order | constructor }}', /there is no transform “constructor”/],
  ['{{ order | __proto__ }}', /there is no transform “__proto__”/],
  ['{{ order | trim(1) }}', /trim takes 0 to 0 values/],
  ['{{ order | replace("a") }}', /replace takes 2 to 2 values/],
  ['{{ order | default(1 2) }}', /position 18: “,” is expected/],
  ['{{ order + 1 }}', /cannot be read at “ \+ 1/],
  ['{{ order() }}', /position 6: the end is expected/],
  ['{{ "open }}', /cannot be read at “ "open/],
  ['{{ steps.match }}', /steps\.<step>\.<port>/],
  [`{{ a ${'| trim '.repeat(21)} }}`, /more than 20 transforms/],
])('%s is refused, naming the place', (text, why) => {
  expect(() => compileText(text)).toThrow(why);
});

test('no name reaches a prototype', () => {
  for (const path of [
    'order.__proto__',
    'order.constructor',
    'order.lines.length',
    'order.number.length',
    '__proto__.x',
    'params.constructor',
    'steps.match.customer.constructor',
  ])
    expect(read(`{{ ${path} }}`)).toBeUndefined();
});

test('a transform that fails names itself and the binding', () => {
  expect(() => read('{{ order | upper }}')).toThrow('upper in {{ order | upper }}: takes a text');
});
