import { expect, test } from 'vitest';
import { z } from 'zod';
import { compileConfig } from './config.ts';
import type { FlowNode } from './flow.ts';
import type { JsonObject } from './json.ts';
import { type AnyNode, defineNode } from './node.ts';

const Anything = z.custom((value) => value !== undefined, 'is missing');

function nodeOf(config: z.ZodObject): AnyNode {
  return defineNode({
    type: 'test.config',
    version: 1,
    title: { en: 'Test', sv: 'Test' },
    summary: { en: 'Test', sv: 'Test' },
    group: 'transform',
    icon: 'x',
    feature: 'core',
    effect: 'none',
    config,
    inputs: {},
    outputs: {},
    run: () => ({}),
  });
}

function read(shape: z.ZodObject, config: JsonObject, input: Record<string, unknown>): unknown {
  const document = {
    id: 'step',
    type: 'test.config',
    version: 1,
    config,
    onError: 'stop',
    at: { x: 0, y: 0 },
  } as FlowNode;
  return compileConfig(nodeOf(shape), document)({ input, params: {}, step: () => undefined });
}

test('a bound value of any shape arrives as it is, defaults stand, and each run has its own', () => {
  const shape = z.strictObject({ to: z.string(), value: Anything.optional(), mode: z.string().default('plain') });
  const address = { city: 'Umeå' };
  expect(read(shape, { to: 'a', value: '{{ order.address }}' }, { order: { address } })).toEqual({
    to: 'a',
    value: address,
    mode: 'plain',
  });
  expect(read(shape, { to: 'a', value: '{{ order.gone }}' }, { order: {} })).toEqual({ to: 'a', mode: 'plain' });
  expect(read(shape, { to: 'a', value: '{{ order.none }}' }, { order: { none: null } })).toMatchObject({ value: null });
});

test('a bound value the schema looks at is judged in every run', () => {
  const number = z.strictObject({ most: z.int().max(10) });
  expect(read(number, { most: '{{ n }}' }, { n: 7 })).toEqual({ most: 7 });
  expect(() => read(number, { most: '{{ n }}' }, { n: 70 })).toThrow('step.most');
  const trimmed = z.strictObject({ name: z.string().trim() });
  expect(read(trimmed, { name: '{{ n }}' }, { n: ' Anna ' })).toEqual({ name: 'Anna' });
  const kind = z.strictObject({ value: z.custom((value) => typeof value === 'object', 'must be an object') });
  expect(() => read(kind, { value: '{{ n }}' }, { n: 1 })).toThrow('must be an object');
  const content = z.strictObject({ value: z.custom((value) => (value as { ok?: boolean } | null)?.ok !== false) });
  expect(() => read(content, { value: '{{ n }}' }, { n: { ok: false } })).toThrow('step.value');
});

test('a required value that a binding does not find is named', () => {
  const shape = z.strictObject({ value: Anything });
  expect(() => read(shape, { value: '{{ order.gone }}' }, { order: {} })).toThrow('step.value: is missing');
});

test('a config without bindings is refused when the flow is compiled, not when it runs', () => {
  const document = { id: 'step', type: 'test.config', version: 1, config: { most: 'x' } } as unknown as FlowNode;
  expect(() => compileConfig(nodeOf(z.strictObject({ most: z.int() })), document)).toThrow('step.most');
});
