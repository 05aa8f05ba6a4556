import { expect, test } from 'vitest';
import { hintOf, isTokenText, makeToken } from './token-text.ts';

test('a token is made anew each time, in a form that a secret scanner finds', () => {
  const made = new Set(Array.from({ length: 200 }, makeToken));
  expect(made.size).toBe(200);
  for (const token of made) {
    expect(token).toMatch(/^weft_[0-9A-Za-z]{36}$/);
    expect(isTokenText(token)).toBe(true);
    expect(token.startsWith(hintOf(token))).toBe(true);
  }
});

test('a changed character, a cut or an addition is no token any more', () => {
  const token = makeToken();
  for (let at = 'weft_'.length; at < token.length; at++) {
    const other = token[at] === 'a' ? 'b' : 'a';
    expect(isTokenText(`${token.slice(0, at)}${other}${token.slice(at + 1)}`)).toBe(false);
  }
  for (const text of [token.slice(0, -1), `${token}0`, token.replace('weft_', 'WEFT_'), `${token}\n`, '', 'weft_'])
    expect(isTokenText(text)).toBe(false);
});

test('the checksum is the one a scanner’s rule is written for', () => {
  // CRC-32 of thirty zeros, in base 62
  expect(isTokenText(`weft_${'0'.repeat(30)}2C8GjS`)).toBe(true);
});
