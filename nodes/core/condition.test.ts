import { expect, test } from 'vitest';
import { TerminalError } from '#runtime/error.ts';
import { allOrAny, holds, type Operator } from './condition.ts';

const is = (left: unknown, operator: Operator, right?: unknown): boolean =>
  holds({ left, operator, right } as Parameters<typeof holds>[0], 'conditions[0]');

test('a number written as text equals the number, and nothing else does', () => {
  expect(is(5, 'equals', '5')).toBe(true);
  expect(is('5', 'equals', 5)).toBe(true);
  expect(is('05', 'equals', '5')).toBe(false);
  expect(is('5x', 'equals', 5)).toBe(false);
  expect(is(true, 'equals', 'true')).toBe(true);
  expect(is('Paid', 'equals', 'paid')).toBe(false);
});

test('records and lists are equal when all they hold is', () => {
  expect(is({ a: [1, 2] }, 'equals', { a: [1, 2] })).toBe(true);
  expect(is({ a: [1, 2] }, 'equals', { a: [2, 1] })).toBe(false);
  expect(is([], 'equals', {})).toBe(false);
  expect(is({ a: 1 }, 'differs', { a: 1, b: 2 })).toBe(true);
});

test('absent, null and empty text are all missing', () => {
  for (const left of [undefined, null, '']) {
    expect(is(left, 'missing')).toBe(true);
    expect(is(left, 'exists')).toBe(false);
    expect(is(left, 'greater', 1)).toBe(false);
    expect(is(left, 'at-most', 1)).toBe(false);
  }
  expect(is(0, 'exists')).toBe(true);
  expect(is(false, 'exists')).toBe(true);
  expect(is(null, 'equals', undefined)).toBe(true);
});

test('lists, texts and numbers are compared as a person would', () => {
  expect(is('10', 'greater', '9')).toBe(true);
  expect(is('2026-11-23', 'less', '2026-12-01')).toBe(true);
  expect(is('SE', 'one-of', ['NO', 'SE'])).toBe(true);
  expect(is('SE', 'one-of', 'NO, SE')).toBe(true);
  expect(is('SE', 'none-of', ['NO'])).toBe(true);
  expect(is(['a', 'b'], 'contains', 'b')).toBe(true);
  expect(is('anna@test.se', 'contains', '@test')).toBe(true);
  expect(is(undefined, 'contains', '')).toBe(false);
});

test('what cannot be ordered is an error that names the field', () => {
  expect(() => is({ a: 1 }, 'greater', 5)).toThrow(TerminalError);
  expect(() => is('abc', 'less', 5)).toThrow('conditions[0]: "abc" cannot be ordered against 5');
});

test('all conditions or any one of them decides', () => {
  const yes = { left: 1, operator: 'equals', right: 1 } as const;
  const no = { left: 1, operator: 'equals', right: 2 } as const;
  expect(allOrAny([yes, no], 'all')).toBe(false);
  expect(allOrAny([yes, no], 'any')).toBe(true);
});
