import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { deriveKey, masterKeyOf } from './master-key.ts';
import { createReferences } from './references.ts';

const master = masterKeyOf(Buffer.alloc(32, 1));
const references = createReferences(master);

test('the same parts give the same 24 characters for ever', () => {
  const reference = references.of(['7', 'erp', 'order', 'shop', '1042']);
  expect(reference).toMatch(/^[a-z2-7]{24}$/);
  expect(references.of(['7', 'erp', 'order', 'shop', '1042'])).toBe(reference);
  expect(createReferences(masterKeyOf(Buffer.alloc(32, 1))).of(['7', 'erp', 'order', 'shop', '1042'])).toBe(reference);
  expect(reference).toMatchInlineSnapshot(`"pnl4j4svbupdzw46nm6akvlm"`);
});

test('other parts, parts cut elsewhere and another key give others', () => {
  const seen = new Set([
    references.of(['ab', 'c']),
    references.of(['a', 'bc']),
    references.of(['abc']),
    references.of(['a', 'b', 'c']),
    references.of(['abc', '']),
    createReferences(masterKeyOf(Buffer.alloc(32, 2))).of(['ab', 'c']),
  ]);
  expect(seen.size).toBe(6);
});

test('the characters are RFC 4648 base32 of the first 15 bytes of the HMAC', () => {
  const digest = createHmac('sha256', deriveKey(master, 'references')).update('1:a1:b').digest();
  let bits = 0n;
  for (const byte of digest.subarray(0, 15)) bits = (bits << 8n) | BigInt(byte);
  let text = '';
  for (let shift = 115n; shift >= 0n; shift -= 5n) {
    text += 'abcdefghijklmnopqrstuvwxyz234567'[Number((bits >> shift) & 31n)];
  }
  expect(references.of(['a', 'b'])).toBe(text);
});
