import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createDoorbell, type Doorbell } from '#server/adapters/bull-doorbell.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { prepareDatabase } from '#test/support/engine.ts';

const log = pino({ level: 'silent' });
let database: Awaited<ReturnType<typeof createTestDatabase>>;
const open: Doorbell[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareDatabase(database.url);
});
afterAll(async () => {
  for (const bell of open) await bell.close();
  await database?.drop();
});

const redisUrl = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379/9';

async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const there = await redis.connect().then(
    () => true,
    () => false,
  );
  redis.disconnect();
  return there;
}

const redisThere = await answers(redisUrl);
if (!redisThere) console.log('no Redis at REDIS_URL or 127.0.0.1:6379: the Redis doorbell is skipped');

function bell(redis: string | undefined): Doorbell {
  const made = createDoorbell({ database: { connectionString: database.url }, redisUrl: redis, log });
  open.push(made);
  return made;
}

describe.each([
  ['PostgreSQL', undefined, true],
  ['Redis', redisUrl, redisThere],
] as const)('on %s', (_name, redis, there) => {
  test.skipIf(!there)(
    'a ring in one process wakes a worker in another, and a hundred rings wake it few times',
    async () => {
      const woken = vi.fn();
      bell(redis).answer(woken);
      const ringing = bell(redis);
      await vi.waitFor(
        () => {
          ringing.ring();
          expect(woken).toHaveBeenCalled();
        },
        { timeout: 15_000, interval: 200 },
      );
      woken.mockClear();
      for (let count = 0; count < 100; count++) ringing.ring();
      await vi.waitFor(() => expect(woken).toHaveBeenCalled(), { timeout: 10_000 });
      expect(woken.mock.calls.length).toBeLessThan(10);
    },
  );
});
