import { describe, expect, test } from 'vitest';
import { builtInConnectors, builtInNodes } from '#nodes/index.ts';
import type { JsonObject } from '#runtime/json.ts';
import { manifestOf } from '#runtime/node.ts';
import { transforms } from '#runtime/transform.ts';
import { checkForm } from './check.ts';
import { shownField } from './place.ts';
import type { Schema } from './schema.ts';
import { numberOf } from './simple-controls.tsx';
import { argumentName, isKnown, transformGroups, transformsIn } from './transform-words.ts';

const manifests = builtInNodes.map(manifestOf);
const configOf = (type: string): JsonObject => manifests.find((each) => each.type === type)?.config ?? {};

describe('what a form has against a value', () => {
  test('is nothing for every example of every node', () => {
    for (const { type, config, examples } of manifests)
      for (const example of examples) expect([type, checkForm(config, example.config)]).toEqual([type, []]);
  });

  test('is what is missing, by the path of its field', () => {
    expect(checkForm(configOf('core.switch'), { cases: [{ name: 'paid' }] })).toEqual([
      { field: 'cases[0].operator', code: 'required', values: {} },
    ]);
    expect(checkForm(configOf('core.branch'), { conditions: [] })).toEqual([
      { field: 'conditions', code: 'tooFew', values: { least: 1 } },
    ]);
  });

  test('is said in terms of what may be written', () => {
    const faults = checkForm(configOf('core.http'), {
      url: '',
      timeoutMs: 5.5,
      headers: { 'not a header': 'x' },
      method: 'GET',
    });
    expect(faults.map(({ field, code }) => `${field} ${code}`)).toEqual([
      'method choice',
      'url required',
      'headers.not a header key',
      'timeoutMs wholeNumber',
    ]);
  });

  test('is nothing while a binding stands where the value will be', () => {
    const bound = { conditions: '{{ value.conditions }}', match: '{{ params.match }}' };
    expect(checkForm(configOf('core.branch'), bound, { bindable: true })).toEqual([]);
    expect(checkForm(configOf('core.branch'), bound)).toHaveLength(2);
  });

  test('a day must exist', () => {
    const [fault] = checkForm(configOf('orders.changed'), { placedFrom: '2026-02-30' });
    expect(fault).toEqual({ field: 'placedFrom', code: 'date', values: {} });
  });
});

describe('a problem found elsewhere', () => {
  const settings = manifests.find((each) => each.type === 'core.map')?.config ?? {};
  test('stands at its own field, or at the closest around it', () => {
    const value = { fields: [{ to: 'a' }, { to: 'b', value: { deep: [1] } }] };
    expect(shownField(settings, value, 'fields[1].to')).toBe('fields[1].to');
    expect(shownField(settings, value, 'fields[1].value.deep[0]')).toBe('fields[1].value');
    expect(shownField(settings, value, 'fields[7].to')).toBe('fields');
    expect(shownField(settings, value, 'connection')).toBe('');
  });

  test('finds its field also where a name holds a dot', () => {
    const schema = {
      type: 'object',
      properties: { 'orders.list': { type: 'object', properties: { path: { type: 'string' } } } },
    };
    expect(shownField(schema, { 'orders.list': {} }, 'orders.list.path')).toBe('orders.list.path');
  });
});

test('a number may be written with a comma and with spaces, and anything else stays what it is', () => {
  expect(['1 249,50', '-3', '0.5', '12e', ''].map(numberOf)).toEqual([1249.5, -3, 0.5, '12e', '']);
});

test('every transform can be offered, with a word for each of its values', () => {
  expect(transformGroups.flatMap((group) => transformsIn(group)).sort()).toEqual(Object.keys(transforms).sort());
  for (const [name, { args }] of Object.entries(transforms)) {
    expect(isKnown(name)).toBe(true);
    if (isKnown(name) && args[1] > 0) expect([name, argumentName(name, 0)]).not.toEqual([name, undefined]);
  }
});

test('every choice of a node has a name in both languages, unless it is written the same everywhere', () => {
  const same = /^(hex|base64|sha\d+|json|xml|POST|PUT|PATCH|DELETE|GET)$/;
  const nameless: string[] = [];
  const walk = (where: string, schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    const { enum: values = [], options = {} } = schema as Schema;
    for (const each of values)
      if (!options[String(each)]?.sv && !same.test(String(each))) nameless.push(`${where}: ${each}`);
    for (const [key, inner] of Object.entries(schema)) walk(`${where}.${key}`, inner);
  };
  for (const { type, config } of manifests) walk(type, config);
  for (const { id, settings } of builtInConnectors)
    walk(id, settings.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  expect(nameless).toEqual([]);
});

test('connectors ask for nothing that a form cannot show: every schema stays within what forms are made of', () => {
  const known = new Set(
    'type title titleSv help feature placeholder section options multiline writeOnly properties required additionalProperties propertyNames items anyOf oneOf enum const default minLength maxLength pattern format minimum maximum exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems $ref $defs $schema description contentMediaType'.split(
      ' ',
    ),
  );
  const strangers = new Set<string>();
  const parts = (key: string, inner: object): readonly unknown[] => {
    if (['properties', '$defs', 'anyOf', 'oneOf'].includes(key)) return Object.values(inner);
    return ['items', 'additionalProperties', 'propertyNames'].includes(key) ? [inner] : [];
  };
  const walk = (schema: unknown): void => {
    if (typeof schema !== 'object' || schema === null) return;
    for (const [key, inner] of Object.entries(schema)) {
      if (!known.has(key)) strangers.add(key);
      for (const each of parts(key, inner)) walk(each);
    }
  };
  for (const { config } of manifests) walk(config);
  for (const connector of builtInConnectors)
    walk(connector.settings.toJSONSchema({ io: 'input', unrepresentable: 'any' }));
  expect([...strangers]).toEqual([]);
});
