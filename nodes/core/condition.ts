import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { label, options } from '#runtime/node.ts';
import { AnyValue } from './value.ts';

export const Operator = z.enum([
  'equals',
  'differs',
  'exists',
  'missing',
  'contains',
  'lacks',
  'starts-with',
  'ends-with',
  'one-of',
  'none-of',
  'greater',
  'at-least',
  'less',
  'at-most',
]);
export type Operator = z.infer<typeof Operator>;

/** A test of one value. Numbers written as text count as numbers; text is compared letter by letter. */
export const Condition = z.strictObject({
  left: AnyValue.optional().meta(
    label('Value', 'Värde', {
      en: 'The value to look at, such as {{ value.total }}.',
      sv: 'Värdet som ska prövas, till exempel {{ value.total }}.',
    }),
  ),
  operator: Operator.meta({
    ...label('Comparison', 'Jämförelse'),
    ...options({
      equals: ['is', 'är'],
      differs: ['is not', 'är inte'],
      exists: ['has a value', 'har ett värde'],
      missing: ['has no value', 'saknar värde'],
      contains: ['contains', 'innehåller'],
      lacks: ['does not contain', 'innehåller inte'],
      'starts-with': ['begins with', 'börjar med'],
      'ends-with': ['ends with', 'slutar med'],
      'one-of': ['is one of', 'är en av'],
      'none-of': ['is none of', 'är ingen av'],
      greater: ['is greater than', 'är större än'],
      'at-least': ['is at least', 'är minst'],
      less: ['is less than', 'är mindre än'],
      'at-most': ['is at most', 'är högst'],
    }),
  }),
  right: AnyValue.optional().meta(
    label('Compared with', 'Jämförs med', {
      en: 'For “is one of” and “is none of”: a list. Not used by “has a value” and “has no value”.',
      sv: 'För ”är en av” och ”är ingen av”: en lista. Används inte av ”har ett värde” och ”saknar värde”.',
    }),
  ),
});
export type Condition = z.infer<typeof Condition>;

export const Conditions = z
  .array(Condition)
  .min(1)
  .max(20)
  .meta(
    label('Conditions', 'Villkor', {
      en: 'Each compares a value with another.',
      sv: 'Vart och ett jämför ett värde med ett annat.',
    }),
  );

export const MatchMode = z
  .enum(['all', 'any'])
  .default('all')
  .meta({
    ...label('Conditions that must hold', 'Villkor som måste gälla', {
      en: 'All of them, or one is enough.',
      sv: 'Alla, eller så räcker ett.',
    }),
    ...options({ all: ['All of them', 'Alla'], any: ['Any of them', 'Något av dem'] }),
  });

function absent(value: Json | undefined): boolean {
  return value === undefined || value === null || value === '';
}

/** A number, or a text that is written as one; nothing else. */
function numeric(value: Json | undefined): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^\s*-?\d+(\.\d+)?\s*$/.test(value)) return undefined;
  return Number(value);
}

function same(left: Json | undefined, right: Json | undefined): boolean {
  if (left === right) return true;
  if (absent(left) || absent(right)) return absent(left) && absent(right);
  if (typeof left === 'number' || typeof right === 'number') return numeric(left) === numeric(right);
  if (typeof left === 'boolean' || typeof right === 'boolean') return String(left) === String(right);
  if (typeof left === 'object' && typeof right === 'object') return alike(left as object, right as object);
  return false;
}

function alike(left: object, right: object): boolean {
  const keys = Object.keys(left);
  return (
    Array.isArray(left) === Array.isArray(right) &&
    keys.length === Object.keys(right).length &&
    keys.every(
      (key) =>
        Object.hasOwn(right, key) && same((left as Record<string, Json>)[key], (right as Record<string, Json>)[key]),
    )
  );
}

function listed(right: Json | undefined, at: string): readonly Json[] {
  if (Array.isArray(right)) return right;
  if (typeof right === 'string') return right.split(',').map((part) => part.trim());
  throw new TerminalError('CONFIG_INVALID', `${at}.right must be a list`, { field: `${at}.right` });
}

/** Both as numbers, or both as text (ISO dates sort as text). */
function order(left: Json | undefined, right: Json | undefined, at: string): number {
  const [a, b] = [numeric(left), numeric(right)];
  if (a !== undefined && b !== undefined) return a - b;
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : left > right ? 1 : 0;
  throw new TerminalError('INPUT_INVALID', `${at}: ${describe(left)} cannot be ordered against ${describe(right)}`, {
    field: `${at}.left`,
  });
}

function describe(value: Json | undefined): string {
  return JSON.stringify(value ?? null).slice(0, 80);
}

function contains(left: Json | undefined, right: Json | undefined): boolean {
  if (Array.isArray(left)) return left.some((item: Json) => same(item, right));
  return typeof left !== 'object' && !absent(left) && String(left).includes(String(right ?? ''));
}

/** Whether the condition holds; `at` names it in errors. An absent value is neither greater nor less than anything. */
export function holds({ left, operator, right }: Condition, at: string): boolean {
  switch (operator) {
    case 'equals':
      return same(left, right);
    case 'differs':
      return !same(left, right);
    case 'exists':
      return !absent(left);
    case 'missing':
      return absent(left);
    case 'contains':
      return contains(left, right);
    case 'lacks':
      return !contains(left, right);
    case 'starts-with':
      return typeof left === 'string' && left.startsWith(String(right ?? ''));
    case 'ends-with':
      return typeof left === 'string' && left.endsWith(String(right ?? ''));
    case 'one-of':
      return listed(right, at).some((item) => same(left, item));
    case 'none-of':
      return !listed(right, at).some((item) => same(left, item));
    case 'greater':
      return !absent(left) && order(left, right, at) > 0;
    case 'at-least':
      return !absent(left) && order(left, right, at) >= 0;
    case 'less':
      return !absent(left) && order(left, right, at) < 0;
    case 'at-most':
      return !absent(left) && order(left, right, at) <= 0;
  }
}

export function allOrAny(conditions: readonly Condition[], mode: 'all' | 'any'): boolean {
  const test = (condition: Condition, index: number): boolean => holds(condition, `conditions[${index}]`);
  return mode === 'all' ? conditions.every(test) : conditions.some(test);
}
