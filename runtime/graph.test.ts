import { expect, test } from 'vitest';
import { createFakeErp } from '#test/support/fake-erp.ts';
import { testCatalogOf } from '#test/support/flow-arbitrary.ts';
import { FlowDocument } from './flow.ts';
import { graphOf } from './graph.ts';

const catalog = testCatalogOf(createFakeErp());

function graph(nodes: readonly (readonly [id: string, type: string, config?: unknown])[], wires: readonly string[]) {
  const flow = FlowDocument.parse({
    format: 1,
    name: 'g',
    nodes: nodes.map(([id, type, config = {}]) => ({ id, type: `core.${type}`, version: 1, config })),
    wires: wires.map((wire) => ({ from: wire.split('>')[0], to: wire.split('>')[1] })),
  });
  return graphOf(flow, (type) => catalog.node(type));
}

test('steps come after all they read, ties in the order of the document', () => {
  const { order, problems } = graph(
    [
      ['c', 'log'],
      ['b', 'log'],
      ['a', 'manual'],
      ['d', 'log'],
    ],
    ['a.body>b.value', 'b.value>c.value', 'a.body>d.value'],
  );
  expect(order).toEqual(['a', 'b', 'c', 'd']);
  expect(problems).toEqual([]);
});

test('a circle is named at each of its steps', () => {
  const { problems } = graph(
    [
      ['a', 'log'],
      ['b', 'log'],
    ],
    ['a.value>b.value', 'b.value>a.value'],
  );
  expect(problems).toEqual([
    { kind: 'cycle', step: 'a' },
    { kind: 'cycle', step: 'b' },
  ]);
});

test('a binding to another step counts as a wire: it orders, and it can close a circle', () => {
  const bound = { message: '{{ steps.late.value }}' };
  expect(
    graph(
      [
        ['start', 'manual'],
        ['early', 'log', bound],
        ['late', 'log'],
      ],
      ['start.body>early.value', 'start.body>late.value'],
    ).order,
  ).toEqual(['start', 'late', 'early']);
  expect(
    graph(
      [
        ['start', 'manual'],
        ['late', 'log', bound],
      ],
      ['start.body>late.value'],
    ).problems,
  ).toEqual([{ kind: 'cycle', step: 'late' }]);
});

test('each opens a loop and collect closes it, one in another too', () => {
  const { scopes } = graph(
    [
      ['s', 'manual'],
      ['outer', 'each'],
      ['inner', 'each'],
      ['x', 'log'],
      ['in', 'collect'],
      ['out', 'collect'],
      ['end', 'log'],
    ],
    [
      's.body>outer.list',
      'outer.item>inner.list',
      'inner.item>x.value',
      'x.value>in.item',
      'in.list>out.item',
      'out.list>end.value',
    ],
  );
  expect(Object.fromEntries(scopes)).toEqual({
    s: [],
    outer: [],
    inner: ['outer'],
    x: ['outer', 'inner'],
    in: ['outer', 'inner'],
    out: ['outer'],
    end: [],
  });
});

test('a loop begins after everything its steps read from outside', () => {
  const { order, problems } = graph(
    [
      ['s', 'manual'],
      ['loop', 'each'],
      ['x', 'log'],
      ['side', 'log'],
    ],
    ['s.body>loop.list', 'loop.item>x.value', 'side.value>x.value', 's.body>side.value'],
  );
  expect(problems).toEqual([]);
  expect(order).toEqual(['s', 'side', 'loop', 'x']);
});

test('a loop that waits for its own result goes in a circle', () => {
  const { problems } = graph(
    [
      ['s', 'manual'],
      ['loop', 'each'],
      ['x', 'log'],
      ['all', 'collect'],
      ['after', 'log'],
      ['y', 'log'],
    ],
    [
      's.body>loop.list',
      'loop.item>x.value',
      'x.value>all.item',
      'all.list>after.value',
      'after.value>y.value',
      'loop.item>y.value',
    ],
  );
  expect(problems.some(({ kind }) => kind === 'cycle')).toBe(true);
});

test('values of two loops may not meet, and a collect needs a loop', () => {
  expect(
    graph(
      [
        ['s', 'manual'],
        ['one', 'each'],
        ['two', 'each'],
        ['x', 'log'],
      ],
      ['s.body>one.list', 's.body>two.list', 'one.item>x.value', 'two.item>x.value'],
    ).problems,
  ).toEqual([{ kind: 'scope-mix', step: 'x' }]);
  expect(
    graph(
      [
        ['s', 'manual'],
        ['all', 'collect'],
      ],
      ['s.body>all.item'],
    ).problems,
  ).toEqual([{ kind: 'collect-outside', step: 'all' }]);
});
