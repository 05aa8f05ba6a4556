import { expect, test } from 'vitest';
import { dayIn, dayValue, instantValue, TrytonDay, TrytonDecimal, TrytonInstant } from './value.ts';

const decimal = (text: string) => TrytonDecimal.parse({ __class__: 'Decimal', decimal: text });

test.each([
  ['99.50', '99.5'],
  ['100.0000000000', '100'],
  ['0E-10', '0'],
  ['1E+2', '100'],
  ['-1.5E-3', '-0.0015'],
  ['12.34E+1', '123.4'],
  ['0', '0'],
])('Python’s decimal %s is read as %s', (text, read) => {
  expect(decimal(text)).toBe(read);
});

test('what is no decimal is refused', () => {
  for (const text of ['NaN', 'Infinity', '', '1e', '1,5']) expect(() => decimal(text)).toThrow();
  expect(() => TrytonDecimal.parse('1.5')).toThrow();
});

test('days and instants go there and back', () => {
  expect(TrytonDay.parse(dayValue('2026-03-09'))).toBe('2026-03-09');
  expect(TrytonInstant.parse(instantValue('2026-12-31T23:59:59.123Z'))).toBe('2026-12-31T23:59:59.123Z');
  expect(TrytonInstant.parse({ ...instantValue('2026-01-02T03:04:05Z'), microsecond: 999_999 })).toBe(
    '2026-01-02T03:04:05.999Z',
  );
});

test('a day is the company’s own, not the server’s', () => {
  const lateEvening = Date.parse('2026-11-26T23:30:00Z');
  expect(dayIn('Europe/Stockholm', lateEvening)).toBe('2026-11-27');
  expect(dayIn('America/New_York', lateEvening)).toBe('2026-11-26');
});
