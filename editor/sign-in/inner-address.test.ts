import { expect, test } from 'vitest';
import { innerAddress } from './inner-address.ts';

test('after sign-in one comes back to the page that was asked for, and never to another site', () => {
  expect(innerAddress('/a/1/runs?status=failed')).toBe('/a/1/runs?status=failed');
  expect(innerAddress(undefined)).toBe('/');
  expect(innerAddress('//elsewhere.example')).toBe('/');
  expect(innerAddress('/\\elsewhere.example')).toBe('/');
  expect(innerAddress('https://elsewhere.example')).toBe('/');
});
