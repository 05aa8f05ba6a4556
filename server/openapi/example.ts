import type { Schema } from './schemas.ts';

type Components = Readonly<Record<string, Schema>>;

const TEXTS: Readonly<Record<string, string>> = {
  uuid: '3f8e2c64-5a1b-4c7d-9e0f-1a2b3c4d5e6f',
  email: 'anna@example.com',
  date: '2026-12-01',
};

export const targetOf = (schema: Schema): string | undefined =>
  typeof schema['$ref'] === 'string' ? schema['$ref'].split('/').at(-1) : undefined;

/** The least that fits a schema: what must be there and nothing else. */
export function exampleOf(schema: Schema, components: Components): unknown {
  const target = targetOf(schema);
  if (target !== undefined) return exampleOf(components[target] ?? {}, components);
  if (Array.isArray(schema['examples'])) return schema['examples'][0];
  if ('const' in schema) return schema['const'];
  if (Array.isArray(schema['enum'])) return schema['enum'][0];
  const choice = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choice?.[0]) return exampleOf(choice[0], components);
  return ofType(schema, components);
}

function ofType(schema: Schema, components: Components): unknown {
  const type = Array.isArray(schema['type']) ? schema['type'][0] : schema['type'];
  switch (type) {
    case 'object': {
      const properties = (schema['properties'] ?? {}) as Components;
      const required = (schema['required'] ?? []) as readonly string[];
      return Object.fromEntries(required.map((name) => [name, exampleOf(properties[name] ?? {}, components)]));
    }
    case 'array': {
      const item = schema['items'] as Schema | undefined;
      return item && Number(schema['minItems'] ?? 0) > 0 ? [exampleOf(item, components)] : [];
    }
    case 'integer':
    case 'number':
      return Math.max(1, Number(schema['minimum'] ?? 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return textOf(schema);
  }
}

const CANDIDATES = ['text', '1.0.0', 'acme.step', '1', 'A'];

function textOf(schema: Schema): string {
  const pattern = typeof schema['pattern'] === 'string' ? new RegExp(schema['pattern'], 'u') : undefined;
  const fitting = pattern && CANDIDATES.find((each) => pattern.test(each));
  return (TEXTS[String(schema['format'])] ?? fitting ?? 'text').padEnd(Number(schema['minLength'] ?? 0), '…');
}
