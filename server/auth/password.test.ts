import { expect, test } from 'vitest';
import { hashPassword, verifyPassword } from './password.ts';

test('a password is stored as argon2id with its cost and opens with itself alone', async () => {
  const stored = await hashPassword('correct horse battery staple');
  expect(stored).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/);
  expect(await verifyPassword('correct horse battery staple', stored)).toBe(true);
  expect(await verifyPassword('correct horse battery stapl', stored)).toBe(false);
});

test('the same password is stored differently every time', async () => {
  expect(await hashPassword('once more')).not.toBe(await hashPassword('once more'));
});

test('what is no argon2id hash opens with nothing', async () => {
  for (const stored of ['', 'plain', '$2b$10$abc', '$argon2id$v=19$m=1,t=1,p=1$$']) {
    expect(await verifyPassword('plain', stored)).toBe(false);
  }
});

test('many sign-ins at once are seen through, two at a time', async () => {
  const stored = await hashPassword('a');
  const answers = await Promise.all(['a', 'b', 'a', 'b', 'a', 'b'].map((text) => verifyPassword(text, stored)));
  expect(answers).toEqual([true, false, true, false, true, false]);
});
