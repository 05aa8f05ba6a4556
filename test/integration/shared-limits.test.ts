import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Client, clientOf } from '../support/client.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

const data = [makeDataDir(), makeDataDir()] as const;
let database: TestDatabase;
let webs: readonly WeftProcess[];
beforeAll(async () => {
  database = await createTestDatabase();
  const env = { DATABASE_URL: database.url, MASTER_KEY: randomBytes(32).toString('base64'), ROLE: 'web' };
  const first = await startWeft({
    dataDir: data[0].path,
    env: { ...env, ADMIN_PASSWORD: 'the very first administrator' },
  });
  webs = [first, await startWeft({ dataDir: data[1].path, env })];
}, 180_000);
afterAll(async () => {
  for (const web of webs ?? []) await web.stop();
  for (const each of data) await each.remove();
  await database.drop();
});

/** By turns at each of the two processes. */
const at = (turn: number): string => webs[turn % 2]?.url ?? '';
const nobody = (turn: number): Client => clientOf(at(turn), '', '');

test('guesses at a password are counted over all web processes, and what one has shut out the other does not let in', async () => {
  const guess = async (turn: number) =>
    (await nobody(turn).ask('POST', '/api/session', { email: 'admin@weft.example', password: `guess ${turn}` })).status;
  const statuses = [];
  for (let turn = 0; turn < 8; turn++) statuses.push(await guess(turn));
  expect(statuses).toEqual([401, 401, 401, 401, 401, 429, 429, 429]);
  // in the house's log each stands once, whichever process refused
  const right = { email: 'admin@weft.example', password: 'the very first administrator' };
  expect((await nobody(0).ask('POST', '/api/session', right)).status).toBe(429);
  expect((await nobody(1).ask('POST', '/api/session', right)).status).toBe(429);
});

test('mails with a way to a new password are counted over all web processes', async () => {
  const asked = [];
  for (let turn = 0; turn < 5; turn++)
    asked.push(
      (await nobody(turn).ask('POST', '/api/password/forgotten', { email: 'anna@example.com', language: 'sv' })).status,
    );
  expect(asked).toEqual([202, 202, 202, 429, 429]);
});
