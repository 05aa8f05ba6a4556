import fc from 'fast-check';
import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { expressionsOf, guestExpressions, plainPath, readExpression, readPlain } from './expression.ts';

const name = fc.constantFrom('a', 'b', 'c');
const document = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.constantFrom(1, 'x', null, true),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value;

test('a plain path reads as JSONata reads it, through lists and lists of lists', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.dictionary(name, document, { noNullPrototype: true }),
      fc.array(name, { minLength: 1, maxLength: 4 }),
      async (values, path) => {
        const theirs: unknown = await jsonata(path.join('.')).evaluate(values);
        const ours = readPlain(path, values);
        expect(JSON.stringify(ours ?? null)).toBe(JSON.stringify(theirs ?? null));
        expect(ours === undefined).toBe(theirs === undefined);
      },
    ),
    { numRuns: 500, examples: [[{ c: [[{ c: null }]] }, ['c', 'c']]] },
  );
});

test('only a plain path is read outside the sandbox', () => {
  expect(plainPath(' order.lines.sku ')).toEqual(['order', 'lines', 'sku']);
  for (const source of ['order.total * 2', '$sum(a)', 'a[0]', 'a-b', 'true', 'a.null', '__proto__.a', 'a.`b`', ''])
    expect([source, plainPath(source)]).toEqual([source, null]);
});

test('no path reaches a prototype', () => {
  expect(readPlain(['constructor', 'name'], {})).toBeUndefined();
  expect(readPlain(['a', 'length'], { a: [1, 2] })).toBeUndefined();
  expect(readPlain(['a', 'length'], { a: 'text' })).toBeUndefined();
});

test('the expressions of a config are found where they stand, and asked for once', () => {
  const config = { a: { $expr: '1 + 1' }, list: [{ b: { $expr: '1 + 1' } }, { c: { $expr: 'plain.path' } }], d: 'x' };
  expect(expressionsOf(config).map(({ at }) => at.join('.'))).toEqual(['a', 'list.0.b', 'list.1.c']);
  expect(guestExpressions(config)).toEqual(['1 + 1']);
});

test.each([[{ $expr: '' }], [{ $expr: 1 }], [{ $expr: 'a', more: 1 }], [{ $expr: 'a'.repeat(4001) }]])(
  '%j is no expression',
  (form) => {
    expect(() => readExpression(form as never)).toThrow(/\$expr|more/);
  },
);
