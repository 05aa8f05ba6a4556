import { targetOf } from './example.ts';
import type { Schema } from './schemas.ts';

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

const quoted = (value: unknown): string => escapeHtml(JSON.stringify(value));

/** A schema as a reader of TypeScript would write it, names of others as links; HTML for a `pre`. */
export function schemaHtml(schema: Schema, indent = ''): string {
  const target = targetOf(schema);
  if (target !== undefined) return `<a href="#schema-${target}">${target}</a>`;
  if ('const' in schema) return quoted(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map(quoted).join(' | ');
  const choice = (schema['anyOf'] ?? schema['oneOf']) as readonly Schema[] | undefined;
  if (choice) return choice.map((each) => schemaHtml(each, indent)).join(' | ');
  const types = [schema['type']].flat().map(String);
  return types.map((type) => typeHtml(type, schema, indent)).join(' | ');
}

function typeHtml(type: string, schema: Schema, indent: string): string {
  if (type === 'array') {
    const item = schemaHtml((schema['items'] ?? {}) as Schema, indent);
    return item.includes(' | ') ? `(${item})[]` : `${item}[]`;
  }
  if (type === 'object') return objectHtml(schema, indent);
  return `${escapeHtml(String(schema['format'] ?? type))}${boundsHtml(schema)}`;
}

function objectHtml(schema: Schema, indent: string): string {
  const inner = `${indent}  `;
  const required = new Set((schema['required'] ?? []) as readonly string[]);
  const lines = Object.entries((schema['properties'] ?? {}) as Readonly<Record<string, Schema>>).map(
    ([name, property]) => `${inner}${escapeHtml(name)}${required.has(name) ? '' : '?'}: ${schemaHtml(property, inner)}`,
  );
  const others = schema['additionalProperties'];
  if (typeof others === 'object' && others !== null)
    lines.push(`${inner}[name]: ${schemaHtml(others as Schema, inner)}`);
  return lines.length === 0 ? '{}' : `{\n${lines.join('\n')}\n${indent}}`;
}

const BOUNDS = [
  ['minLength', 'at least', 'characters'],
  ['maxLength', 'at most', 'characters'],
  ['minimum', 'from', ''],
  ['maximum', 'to', ''],
] as const;

function boundsHtml(schema: Schema): string {
  const said = BOUNDS.flatMap(([key, words, unit]) =>
    schema[key] === undefined ? [] : [`${words} ${String(schema[key])}${unit === '' ? '' : ` ${unit}`}`],
  );
  if (schema['default'] !== undefined) said.push(`else ${JSON.stringify(schema['default'])}`);
  return said.length === 0 ? '' : ` <i>${escapeHtml(said.join(', '))}</i>`;
}
