import { describe, expect, test } from 'vitest';
import type { Json } from '#runtime/json.ts';
import { manifestOf } from '#runtime/node.ts';
import { builtInNodes } from './index.ts';

type Field = Readonly<Record<string, Json>>;

const isRecord = (value: unknown): value is Field =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields of a form without a name in one of the languages, nested ones included. */
function unnamed(schema: Json | undefined, path: string): string[] {
  if (!isRecord(schema)) return [];
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const inside = Object.entries(properties).flatMap(([name, field]) => {
    const here = path === '' ? name : `${path}.${name}`;
    const named = isRecord(field) && typeof field['title'] === 'string' && typeof field['titleSv'] === 'string';
    return [...(named || (isRecord(field) && 'const' in field) ? [] : [here]), ...unnamed(field, here)];
  });
  return [...inside, ...unnamed(schema['items'], `${path}[]`)];
}

describe.each(builtInNodes.map((node) => [node.type, manifestOf(node)] as const))('%s', (_type, manifest) => {
  test('says what it is called and what it does, in both languages and not in the same words', () => {
    for (const { en, sv } of [manifest.title, manifest.summary]) {
      expect(en.trim()).not.toBe('');
      expect(sv.trim()).not.toBe('');
    }
    expect(manifest.summary.en).not.toBe(manifest.summary.sv);
  });

  test('names every field of its form and every port in both languages', () => {
    expect(unnamed(manifest.config, '')).toEqual([]);
    const ports = [...manifest.inputs, ...manifest.outputs];
    expect(ports.filter(({ title }) => !title?.en || !title.sv).map(({ name }) => name)).toEqual([]);
  });
});
