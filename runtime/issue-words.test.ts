import { expect, test } from 'vitest';
import { z } from 'zod';
import { issueWords } from './issue-words.ts';

const said = (schema: z.ZodType, value: unknown): readonly [en: string, sv: string] => {
  const { error } = schema.safeParse(value);
  const [issue] = error?.issues ?? [];
  if (!issue) throw new Error('nothing is wrong');
  const { en, sv } = issueWords(issue);
  return [en, sv];
};

test('what is wrong with a value is said in words people use, in both languages', () => {
  expect(said(z.string(), 3)).toEqual(['must be text', 'ska vara text']);
  expect(said(z.number(), 'x')).toEqual(['must be a number', 'ska vara ett tal']);
  expect(said(z.int(), 1.5)).toEqual(['must be a whole number', 'ska vara ett heltal']);
  expect(said(z.boolean(), 'x')).toEqual(['must be yes or no', 'ska vara ja eller nej']);
  expect(said(z.array(z.string()), 'x')).toEqual(['must be a list', 'ska vara en lista']);
  expect(said(z.string().min(1), '')).toEqual(['must not be empty', 'får inte vara tomt']);
  expect(said(z.string().max(3), 'four')).toEqual(['must be at most 3 characters', 'får vara högst 3 tecken']);
  expect(said(z.number().positive(), 0)).toEqual(['must be more than 0', 'ska vara mer än 0']);
  expect(said(z.number().max(5), 6)).toEqual(['must be at most 5', 'får vara högst 5']);
  expect(said(z.array(z.string()).min(2), [])).toEqual(['must hold at least 2', 'ska ha minst 2']);
  expect(said(z.enum(['a', 'b']), 'c')).toEqual(['must be one of "a", "b"', 'ska vara något av "a", "b"']);
  expect(said(z.strictObject({}), { x: 1 })).toEqual(['has no field "x"', 'har inget fält "x"']);
  expect(said(z.email(), 'x')).toEqual(['must be an e-mail address', 'ska vara en e-postadress']);
  expect(said(z.iso.date(), 'x')).toEqual(['must be a date such as 2026-11-26', 'ska vara ett datum som 2026-11-26']);
  expect(said(z.union([z.string(), z.number()]), true)[1]).toBe('är ingen av de former som går här');
});

test('a sentence of the schema’s own stays as it is', () => {
  expect(said(z.string().regex(/^[A-Z]{2}$/, 'must be a country code'), 'x')[0]).toBe('must be a country code');
});

test('no sentence that zod made up is left in Swedish or English', () => {
  const cases: [z.ZodType, unknown][] = [
    [z.string(), null],
    [z.record(z.string(), z.number()), { a: 'x' }],
    [z.object({ a: z.string() }), 1],
    [z.literal('on'), 'off'],
    [z.url(), 'x'],
    [z.uuid(), 'x'],
    [z.iso.datetime(), 'x'],
    [z.number().multipleOf(2), 3],
  ];
  for (const [schema, value] of cases)
    for (const sentence of said(schema, value))
      expect(sentence).not.toMatch(/Invalid|expected|received|Ogiltig|förväntad/);
});
