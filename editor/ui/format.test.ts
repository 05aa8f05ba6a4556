import { describe, expect, test } from 'vitest';
import { newFormat } from './format.ts';

const noon = Date.UTC(2026, 10, 23, 13, 2, 11);

describe('Swedish', () => {
  const format = newFormat('sv', 'Europe/Stockholm');

  test('thousands stand apart by a thin space', () => {
    expect(format.number(1204)).toBe('1\u202f204');
    expect(format.number(1234567)).toBe('1\u202f234\u202f567');
  });

  test('a rate is cut, not rounded, so that 100 % means all', () => {
    expect(format.percent(0.9996)).toBe('99,9');
    expect(format.percent(1)).toBe('100');
  });

  test('durations take the unit a person would', () => {
    expect(format.duration(184)).toBe('184 ms');
    expect(format.duration(1940)).toBe('1,9 s');
    expect(format.duration(185_000)).toBe('3 min 5 s');
    expect(format.duration(7_500_000)).toBe('2 h 5 min');
  });

  test('times stand in the tenant’s zone', () => {
    expect(format.clock(noon)).toBe('14:02:11');
    expect(newFormat('sv', 'America/New_York').clock(noon)).toBe('08:02:11');
  });

  test('a moment says only what today does not', () => {
    expect(format.moment(noon, noon + 60_000)).toBe('14:02');
    expect(format.moment(noon, noon + 86_400_000)).toBe('23 nov 14:02');
    expect(format.moment(noon, noon + 90 * 86_400_000)).toBe('23 nov 2026');
  });
});

test('English numbers and dates are English', () => {
  const format = newFormat('en', 'Europe/Stockholm');
  expect(format.number(1204)).toBe('1,204');
  expect(format.percent(0.993)).toBe('99.3');
  expect(format.moment(noon, noon + 86_400_000)).toBe('23 Nov 14:02');
});
