import { expect, test } from 'vitest';
import { z } from 'zod';
import { createCatalog } from './catalog.ts';
import { canonicalText, FlowDocument } from './flow.ts';
import { defineNode } from './node.ts';
import { instantiate } from './template.ts';
import { readFlow } from './upgrade.ts';

const words = { en: 'Old', sv: 'Gammal' };
const old = defineNode({
  type: 'test.old',
  version: 3,
  title: words,
  summary: words,
  group: 'logic',
  icon: 'clock',
  feature: 'core',
  effect: 'none',
  config: z.strictObject({ name: z.string(), loud: z.boolean() }),
  inputs: {},
  outputs: {},
  upgrade: { 1: ({ title }) => ({ name: title ?? '' }), 2: (config) => ({ ...config, loud: false }) },
  run: () => ({}),
});
const catalog = createCatalog([old], []);
const step = (version: number, config: unknown) => ({ id: 'a', type: 'test.old', version, config });
const document = (node: unknown) => ({ format: 1, name: 'f', nodes: [node], wires: [] });

test('a config of an old version is read as today’s, step by step', () => {
  expect(readFlow(document(step(1, { title: 'x' })), catalog).nodes[0]).toMatchObject({
    version: 3,
    config: { name: 'x', loud: false },
  });
  expect(readFlow(document(step(2, { name: 'y' })), catalog).nodes[0]).toMatchObject({
    version: 3,
    config: { name: 'y', loud: false },
  });
});

test.each([
  ['a newer node', document(step(4, {})), 'nodes[0].version', /this Weft has 3/],
  ['a newer format', { ...document(step(3, {})), format: 2 }, 'format', /newer than this Weft/],
  ['no format', { name: 'x' }, 'format', /format/],
  ['an unknown key', { ...document(step(3, {})), colour: 'red' }, '', /colour/],
  ['a bad wire', { ...document(step(3, {})), wires: [{ from: 'a', to: 'b.c' }] }, 'wires[0].from', /step\.port/],
  ['a bad name', document({ ...step(3, {}), id: '__proto__' }), 'nodes[0].id', /letter/],
  ['a reserved name', document({ ...step(3, {}), id: 'constructor' }), 'nodes[0].id', /reserved/],
  ['a text', 'hello', '', /document/],
])('%s is refused, naming the field', (_what, value, field, why) => {
  let caught: unknown;
  try {
    readFlow(value, catalog);
  } catch (error) {
    caught = error;
  }
  expect(caught).toMatchObject({ code: 'FLOW_INVALID', field, message: expect.stringMatching(why) });
});

test('the same flow is the same text, whatever order its keys came in', () => {
  const one = FlowDocument.parse({
    ...document({ ...step(3, { b: { y: 1, x: [{ q: 1, p: 2 }] }, a: 2 }), at: { y: 2, x: 1 } }),
    summary: 's',
  });
  const two = FlowDocument.parse({
    summary: 's',
    wires: [],
    nodes: [
      { at: { x: 1, y: 2 }, config: { a: 2, b: { x: [{ p: 2, q: 1 }], y: 1 } }, version: 3, type: 'test.old', id: 'a' },
    ],
    name: 'f',
    format: 1,
  });
  expect(canonicalText(two)).toBe(canonicalText(one));
  expect(Object.keys(JSON.parse(canonicalText(one)).nodes[0])).toEqual([
    'id',
    'type',
    'version',
    'config',
    'onError',
    'at',
  ]);
  expect(readFlow(JSON.parse(canonicalText(one)), catalog)).toEqual(one);
});

const title = { en: 'Shop', sv: 'Butik' };
const template = FlowDocument.parse({
  ...document({ ...step(3, { name: '{{ params.greeting }}', loud: true }), connection: '{{ params.shop }}' }),
  params: {
    shop: { kind: 'connection', title },
    greeting: { kind: 'text', title, default: 'hej' },
    many: { kind: 'number', title, default: 2 },
    mode: {
      kind: 'choice',
      title,
      default: 'a',
      options: [
        { value: 'a', title },
        { value: 'b', title },
      ],
    },
  },
});

test('a template with its questions answered is a flow: connections in their places, the rest as params', () => {
  const { flow, params } = instantiate(template, { shop: 'c1', many: 7 });
  expect(flow.nodes[0]?.connection).toBe('c1');
  expect(params).toEqual({ shop: 'c1', greeting: 'hej', many: 7, mode: 'a' });
  expect(template.nodes[0]?.connection).toBe('{{ params.shop }}');
});

test.each([
  [{}, 'params.shop'],
  [{ shop: '' }, 'params.shop'],
  [{ shop: 'c1', many: '7' }, 'params.many'],
  [{ shop: 'c1', many: Number.NaN }, 'params.many'],
  [{ shop: 'c1', mode: 'c' }, 'params.mode'],
  [{ shop: 'c1', other: 'x' }, 'params.other'],
  [{ shop: 'c1', constructor: 'x' }, 'params.constructor'],
])('the answers %j are refused, naming the question', (answers, field) => {
  expect(() => instantiate(template, answers as never)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', field }),
  );
});
