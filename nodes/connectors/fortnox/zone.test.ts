import { expect, test } from 'vitest';
import { modifiedFilter, startOfSwedishDay, swedishDay } from './zone.ts';

test('an instant becomes Swedish wall time in whole minutes, in winter and in summer', () => {
  expect(modifiedFilter('2026-11-23T09:15:59Z')).toBe('2026-11-23 10:15');
  expect(modifiedFilter('2026-07-01T22:30:00Z')).toBe('2026-07-02 00:30');
});

test('in the hour that comes twice the filter starts early enough to miss nothing', () => {
  // 25 October 2026, 03:00 summer time becomes 02:00: 00:30Z is the first 02:30, 01:30Z the second.
  expect(modifiedFilter('2026-10-25T00:30:00Z')).toBe('2026-10-25 01:30');
  expect(modifiedFilter('2026-10-25T01:30:00Z')).toBe('2026-10-25 02:30');
  expect(modifiedFilter('2026-03-29T01:30:00Z')).toBe('2026-03-29 03:30');
});

test('a day begins at Swedish midnight', () => {
  expect(startOfSwedishDay('2026-11-23')).toBe('2026-11-22T23:00:00.000Z');
  expect(startOfSwedishDay('2026-07-01')).toBe('2026-06-30T22:00:00.000Z');
  expect(swedishDay('2026-12-31T23:30:00Z')).toBe('2027-01-01');
});
