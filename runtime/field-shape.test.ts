import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { fieldShapeOf, nearestName, strayOf } from './field-shape.ts';

const Order = z.strictObject({
  number: z.string(),
  customer: z.strictObject({ email: z.email().optional(), age: z.number().nullable() }),
  lines: z.array(z.strictObject({ sku: z.string(), tags: z.record(z.string(), z.string()) })).default([]),
  extra: z.looseObject({ known: z.string() }),
  paid: z.boolean(),
});
const shape = fieldShapeOf(Order, (name) => (name === 'sku' ? { en: 'Article', sv: 'Artikel' } : undefined));

describe('the shape of a value', () => {
  test('is told as deep as it goes, with what people call its fields', () => {
    expect(shape.fields?.['customer']).toEqual({
      kind: 'object',
      fields: { email: { kind: 'text' }, age: { kind: 'number' } },
    });
    expect(shape.fields?.['lines']?.item?.fields?.['sku']).toEqual({
      kind: 'text',
      title: { en: 'Article', sv: 'Artikel' },
    });
    expect(shape.fields?.['paid']).toEqual({ kind: 'boolean' });
  });

  test('knows the first part of a path that leaves it, and holds its tongue where anything may be', () => {
    const stray = (...path: (string | number)[]) => strayOf(shape, ['order', ...path], 1)?.part;
    expect(stray('customer', 'email')).toBeUndefined();
    expect(stray('lines', 0, 'sku')).toBeUndefined();
    expect(stray('lines', 0, 'tags', 'colour')).toBeUndefined();
    expect(stray('extra', 'whatever', 'deep')).toBeUndefined();
    expect(stray('customer', 'mail')).toBe('mail');
    expect(stray('lines', 'sku')).toBe('sku');
    expect(stray('number', 'length')).toBe('length');
    expect(stray('constructor')).toBe('constructor');
  });

  test('proposes the name that was meant, and none that was not', () => {
    const names = ['email', 'number', 'organisationNumber', 'lines'];
    expect(nearestName('emial', names)).toBe('email');
    expect(nearestName('Number', names)).toBe('number');
    expect(nearestName('mail', names)).toBe('email');
    expect(nearestName('colour', names)).toBeUndefined();
  });
});
