import { expect, test } from 'vitest';
import { isSameOrigin } from './same-origin.ts';

const asked = (headers: Record<string, string>, publicUrl?: string) =>
  isSameOrigin({ headers: { host: '127.0.0.1:4000', ...headers } }, publicUrl);

test('our own pages and clients that are no browser may ask', () => {
  expect(asked({})).toBe(true);
  expect(asked({ origin: 'http://127.0.0.1:4000', 'sec-fetch-site': 'same-origin' })).toBe(true);
  expect(asked({ 'sec-fetch-site': 'none' })).toBe(true);
  expect(asked({ origin: 'https://weft.example' }, 'https://weft.example/')).toBe(true);
});

test('another site, a sandboxed page and a neighbour on another port may not', () => {
  for (const origin of ['https://evil.example', 'null', 'http://127.0.0.1:4001', 'nonsense']) {
    expect(asked({ origin })).toBe(false);
  }
  expect(asked({ 'sec-fetch-site': 'cross-site' })).toBe(false);
  expect(asked({ 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:4000' })).toBe(false);
});
