import { afterAll, beforeAll, expect, test } from 'vitest';
import { attackForSecrets } from '../hostile/canaries.ts';
import { leaksIn } from '../hostile/leaks.ts';
import { createTally } from '../hostile/tally.ts';
import { openTarget, type Target } from '../hostile/target.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

const data = makeDataDir();
let database: TestDatabase;
let weft: WeftProcess;
let target: Target;
beforeAll(async () => {
  database = await createTestDatabase();
  weft = await startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url, LOG_LEVEL: 'debug' } });
  target = await openTarget(weft, database.url);
});
afterAll(async () => {
  await target?.close();
  await weft?.stop();
  await data.remove();
  await database.drop();
});

test('no secret of any connector is found anywhere, however the other system says it back', async () => {
  const wrong: string[] = [];
  const tally = createTally((line) => wrong.push(line));
  await attackForSecrets(target, tally, { databaseUrl: database.url, dataDir: data.path });
  expect(wrong).toEqual([]);
  expect(tally.result().cases).toBeGreaterThan(100);
}, 180_000);

test('a secret is noticed in each of its spellings', () => {
  const secret = 'canary-0123456789abcdef';
  const canaries = new Map([['one', secret]]);
  const texts = [
    secret,
    Buffer.from(secret).toString('hex'),
    Buffer.from(`user:${secret}`).toString('base64'),
    Buffer.from(`xx${secret}yy`).toString('base64'),
    `?all=${encodeURIComponent(secret)}`,
  ];
  for (const text of texts) expect([text, leaksIn(`before ${text} after`, canaries)]).toEqual([text, ['one']]);
  expect(leaksIn('canary-0123456789abcde', canaries)).toEqual([]);
});
