import { expect, test } from 'vitest';
import { z } from 'zod';
import { builtInNodes } from '#nodes/index.ts';
import { ErrorCode, errorTable, failureOf, fieldPath, HoldError, RetryableError, TerminalError } from './error.ts';
import { allows, Feature, Package, packageOf, packageTable } from './package.ts';
import { askedDelay, isSampled, MAX_ATTEMPTS, retryDelay } from './retry.ts';

test('every error code says in both languages what happened and what to do', () => {
  for (const code of ErrorCode.options) {
    const { what, next } = errorTable[code];
    for (const text of [what.en, what.sv, next.en, next.sv]) expect(text, code).toMatch(/^\p{Lu}.*\.$/u);
    expect(what.en).not.toBe(what.sv);
  }
});

test('an error becomes a failure without stack or cause', () => {
  expect(
    failureOf(new TerminalError('INPUT_INVALID', 'no', { field: 'a.b', details: { status: 4 }, cause: 'secret' })),
  ).toEqual({
    code: 'INPUT_INVALID',
    message: 'no',
    field: 'a.b',
    details: { status: 4 },
  });
  expect(failureOf(new RetryableError('TIMEOUT', 'x'.repeat(5000))).message).toHaveLength(4000);
  expect(failureOf(new HoldError('SIGN_IN_NEEDED', 'sign-in', 'sign in')).code).toBe('SIGN_IN_NEEDED');
  expect(failureOf(new Error('boom'))).toEqual({ code: 'INTERNAL', message: 'boom' });
  expect(failureOf('boom')).toEqual({ code: 'INTERNAL', message: 'an error that is not an Error was thrown' });
  const parsed = z.object({ lines: z.array(z.object({ sku: z.string() })) }).safeParse({ lines: [{ sku: 1 }] });
  expect(failureOf(parsed.error)).toMatchObject({ code: 'INPUT_INVALID', field: 'lines[0].sku' });
  expect(fieldPath([0, 'a'])).toBe('[0].a');
});

test('packages are cumulative and hold every feature exactly once', () => {
  const all = Package.options.flatMap((name) => packageTable[name].adds);
  expect([...all].sort()).toEqual([...Feature.options].sort());
  for (const feature of Feature.options) {
    const first = Package.options.indexOf(packageOf(feature));
    for (const [index, name] of Package.options.entries()) expect(allows(name, feature)).toBe(index >= first);
  }
  expect(Package.options.map((name) => packageTable[name].orders)).toEqual([100, 200, 400, 800, null]);
});

test('every node asks for a feature of the table', () => {
  const smallest = Object.fromEntries(builtInNodes.map((node) => [node.type, packageOf(node.feature)]));
  expect(smallest).toMatchObject({ 'core.each': '100', 'core.http': 'premium', 'orders.write': '100' });
  for (const node of builtInNodes) expect(Feature.options).toContain(node.feature);
});

test('retries come quickly at first, ever slower, spread by run, and end', () => {
  const waits = Array.from({ length: MAX_ATTEMPTS - 1 }, (_, index) => retryDelay(index + 1, 'run-1') ?? 0);
  for (const [index, wait] of waits.slice(1, 7).entries()) expect(wait).toBeGreaterThan(waits[index] ?? 0);
  expect(waits[0]).toBeGreaterThanOrEqual(4250);
  expect(waits[0]).toBeLessThanOrEqual(5750);
  expect(retryDelay(MAX_ATTEMPTS, 'run-1')).toBeNull();
  expect(retryDelay(1, 'run-1')).toBe(retryDelay(1, 'run-1'));
  expect(new Set(Array.from({ length: 50 }, (_, index) => retryDelay(1, `run-${index}`))).size).toBeGreaterThan(40);
});

test('what the other system asks for is honoured, within reason', () => {
  expect(retryDelay(1, 'a', 60_000)).toBe(60_000);
  expect(retryDelay(1, 'a', Number.NaN)).toBeLessThan(6000);
  expect(retryDelay(1, 'a', 1e15)).toBe(86_400_000);
  expect(askedDelay(1, 2500)).toBe(2500);
  expect(askedDelay(1, -5)).toBe(0);
  expect([1, 2, 3, 20].map((attempt) => askedDelay(attempt, undefined))).toEqual([1000, 2000, 4000, 60_000]);
});

test('one run in ten is sampled, each always alike', () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `0199-${index * 7919}`);
  const share = ids.filter(isSampled).length / ids.length;
  expect(share).toBeGreaterThan(0.07);
  expect(share).toBeLessThan(0.13);
});
