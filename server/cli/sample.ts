import type { Json, JsonObject } from '#runtime/json.ts';

const FORMATS: Readonly<Record<string, string>> = {
  'date-time': '2026-01-01T00:00:00Z',
  date: '2026-01-01',
  time: '00:00:00',
  email: 'pretended@example.com',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
};

const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The plainest value a JSON Schema may take, as far as schemas of our own go; `$ref` leads into `$defs` of the root. */
export function sampleOf(schema: Json, root: Json = schema, depth = 0): Json {
  if (!isObject(schema) || depth > 32) return null;
  if (schema['const'] !== undefined) return schema['const'];
  if (schema['default'] !== undefined) return schema['default'];
  const { enum: values, anyOf, oneOf, allOf } = schema;
  if (Array.isArray(values)) return values[0] ?? null;
  for (const ways of [anyOf, oneOf, allOf]) if (Array.isArray(ways)) return sampleOf(ways[0] ?? null, root, depth + 1);
  const ref = schema['$ref'];
  if (typeof ref === 'string') return sampleOf(referred(root, ref), root, depth + 1);
  switch (schema['type']) {
    case 'string':
      return FORMATS[String(schema['format'])] ?? 'PRETENDED';
    case 'number':
    case 'integer':
      return Number(schema['minimum'] ?? 0) > 0 ? Number(schema['minimum']) : 0;
    case 'boolean':
      // answers say “created”, “sent”, “found”: the way on is the one that shows more
      return true;
    case 'array':
      return Array.from({ length: Number(schema['minItems'] ?? 0) }, () =>
        sampleOf(schema['items'] ?? null, root, depth + 1),
      );
    case 'object':
      return objectOf(schema, root, depth);
    default:
      return null;
  }
}

function objectOf(schema: JsonObject, root: Json, depth: number): JsonObject {
  const properties = isObject(schema['properties']) ? schema['properties'] : {};
  const required = Array.isArray(schema['required']) ? schema['required'].map(String) : [];
  return Object.fromEntries(required.map((name) => [name, sampleOf(properties[name] ?? null, root, depth + 1)]));
}

function referred(root: Json, ref: string): Json {
  let value: Json | undefined = root;
  for (const part of ref.replace(/^#\/?/, '').split('/').filter(Boolean))
    value = isObject(value) ? value[part.replaceAll('~1', '/').replaceAll('~0', '~')] : undefined;
  return value ?? null;
}
