import { expect, test } from 'vitest';
import { createKnownSecrets } from './known-secrets.ts';

test('a tenant’s secrets are taken out of its texts, another tenant’s texts stay as they are', () => {
  const secrets = createKnownSecrets();
  const text = 'the key was cs_canary_1';
  expect(secrets.redactorOf(1)(text)).toBe(text);
  secrets.add(1, 'shop', ['cs_canary_1', '']);
  expect(secrets.redactorOf(1)(text)).toBe('the key was •••');
  expect(secrets.redactorOf(2)(text)).toBe(text);
});

test('a secret added later is taken out too, and nothing is remade when nothing is new', () => {
  const secrets = createKnownSecrets();
  secrets.add(1, 'shop', ['first-secret']);
  const redactor = secrets.redactorOf(1);
  secrets.add(1, 'shop', ['first-secret']);
  expect(secrets.redactorOf(1)).toBe(redactor);
  secrets.add(1, 'erp', ['token-one'], 'passing');
  expect(secrets.redactorOf(1)('first-secret token-one')).toBe('••• •••');
});

test('tokens push out the oldest tokens of their own connection, never a lasting secret', () => {
  const secrets = createKnownSecrets();
  secrets.add(1, 'erp', ['lasting-secret']);
  secrets.add(1, 'other', ['other-token'], 'passing');
  for (let count = 0; count < 40; count++) secrets.add(1, 'erp', [`token-${count}`], 'passing');
  expect(secrets.of(1)).toHaveLength(18);
  expect(secrets.of(1)).toEqual(expect.arrayContaining(['lasting-secret', 'other-token', 'token-39', 'token-24']));
});
