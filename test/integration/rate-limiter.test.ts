import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { RetryableError } from '../../runtime/error.ts';
import { createRateLimiter, type RateLimiter, type RateOwner } from '../../server/adapters/rate-limiter.ts';
import type { Rate } from '../../server/adapters/rate-line.ts';
import { createTenantDatabase, type TenantDatabase } from '../support/tenant-database.ts';

let database: TenantDatabase;
let tenant: number;
let limiters: RateLimiter[] = [];
const never = new AbortController().signal;

beforeAll(async () => {
  database = await createTenantDatabase();
  tenant = await database.addTenant();
});
afterAll(() => database.drop());
afterEach(async () => {
  await Promise.all(limiters.map((limiter) => limiter.close()));
  limiters = [];
});

/** Each stands for a process of its own. */
const addLimiter = (options: { maxWaitMs?: number; marginMs?: number } = {}) => {
  const limiter = createRateLimiter({ pool: database.pools.engine, ...options });
  limiters.push(limiter);
  return limiter;
};
const addOwner = async (rate: Rate | undefined): Promise<RateOwner> => {
  const connection = randomUUID();
  await database.pools.engine.query(
    `insert into connection (tenant_id, id, connector, title, settings) values ($1, $2, 'erp', 'ERP', '{}')`,
    [tenant, connection],
  );
  return { tenant, connection, rate };
};
const mostInAnyWindow = (times: readonly number[], perMs: number) => {
  const sorted = [...times].sort((a, b) => a - b);
  let most = 0;
  for (let first = 0, last = 0; last < sorted.length; last++) {
    while ((sorted[last] ?? 0) - (sorted[first] ?? 0) >= perMs) first += 1;
    most = Math.max(most, last - first + 1);
  }
  return most;
};
/** Keeps asking, as parked runs do, until `until`; `arrivals` gets the moments at which the vendor sees a request. */
const hammer = async (limiter: RateLimiter, owner: RateOwner, until: number, arrivals: number[]) => {
  while (performance.now() < until) {
    try {
      const permit = await limiter.take(owner, never);
      // Uneven ways to the vendor and back are what a limiter that counts departures gets wrong.
      await sleep(Math.random() < 0.1 ? 300 : Math.random() * 40);
      arrivals.push(performance.now());
      await sleep(Math.random() * 30);
      permit.done(true);
    } catch (error) {
      if (!(error instanceof RetryableError) || error.code !== 'TARGET_BUSY') throw error;
      await sleep(Math.min(error.afterMs ?? 0, 500));
    }
  }
};

test('25 requests in any 5 seconds is kept over four processes, however unevenly the requests travel', async () => {
  const owner = await addOwner({ requests: 25, perMs: 5000 });
  const arrivals: number[] = [];
  const until = performance.now() + 16_000;
  const processes = Array.from({ length: 4 }, () => addLimiter());
  await Promise.all(
    processes.flatMap((each) => Array.from({ length: 12 }, () => hammer(each, owner, until, arrivals))),
  );
  expect(mostInAnyWindow(arrivals, 5000)).toBe(25);
  // Four windows begin in 16 seconds; a limit kept by standing still would prove nothing.
  expect(arrivals.length).toBeGreaterThanOrEqual(75);
});

test('a fast limit is kept with far fewer statements than requests', async () => {
  const owner = await addOwner({ requests: 500, perMs: 1000 });
  const arrivals: number[] = [];
  let statements = 0;
  const pool = {
    query: ((...parameters: Parameters<typeof database.pools.engine.query>) => {
      statements += 1;
      return database.pools.engine.query(...parameters);
    }) as typeof database.pools.engine.query,
  };
  limiters.push(createRateLimiter({ pool }), createRateLimiter({ pool }));
  const until = performance.now() + 4000;
  await Promise.all(limiters.flatMap((each) => Array.from({ length: 40 }, () => hammer(each, owner, until, arrivals))));
  expect(mostInAnyWindow(arrivals, 1000)).toBeLessThanOrEqual(500);
  expect(arrivals.length).toBeGreaterThan(1200);
  expect(statements).toBeLessThan(arrivals.length / 4);
});

test('callers are served in the order they came', async () => {
  const owner = await addOwner({ requests: 2, perMs: 100 });
  const limiter = addLimiter();
  const served: number[] = [];
  await Promise.all(
    Array.from({ length: 12 }, async (_, place) => {
      const permit = await limiter.take(owner, never);
      served.push(place);
      permit.done(true);
    }),
  );
  expect(served).toEqual([...served].sort((a, b) => a - b));
});

test('who would wait too long is told when to come back, and that nothing was sent', async () => {
  const owner = await addOwner({ requests: 2, perMs: 60_000 });
  const limiter = addLimiter();
  (await limiter.take(owner, never)).done(true);
  (await limiter.take(owner, never)).done(true);
  for (const process of [limiter, addLimiter()]) {
    const error = await process.take(owner, never).then(
      () => undefined,
      (reason) => reason as RetryableError,
    );
    expect(error).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
    expect(error?.afterMs).toBeGreaterThan(55_000);
    expect(error?.afterMs).toBeLessThan(95_000);
  }
});

test('a caller that gives up leaves the line and takes no permit with it', async () => {
  const owner = await addOwner({ requests: 1, perMs: 300 });
  const limiter = addLimiter();
  (await limiter.take(owner, never)).done(true);
  const stop = new AbortController();
  const gone = limiter.take(owner, stop.signal);
  const next = limiter.take(owner, never);
  stop.abort(new Error('cancelled'));
  await expect(gone).rejects.toThrow('cancelled');
  (await next).done(true);
});

test('a request under way counts for as long as it is, and one without an answer a little longer', async () => {
  const owner = await addOwner({ requests: 1, perMs: 200 });
  const limiter = addLimiter({ marginMs: 250 });
  const slow = await limiter.take(owner, never);
  const second = limiter.take(owner, never);
  await sleep(600);
  const ended = performance.now();
  slow.done(false);
  (await second).done(true);
  expect(performance.now() - ended).toBeGreaterThanOrEqual(440);
});

test('the permits of a process that died come back after its hold and a window', async () => {
  const owner = await addOwner({ requests: 2, perMs: 200 });
  const dead = createRateLimiter({ pool: database.pools.engine });
  await dead.take(owner, never);
  const sql =
    'select held, held_until[1] - extract(epoch from now()) * 1000 as left from rate_state where connection_id = $1';
  const { rows } = await database.pools.engine.query(sql, [owner.connection]);
  expect(rows[0]?.held).toEqual([1]);
  expect(rows[0]?.left).toBeGreaterThan(4000);
  expect(rows[0]?.left).toBeLessThanOrEqual(5200);
  await database.pools.engine.query(`update rate_state set held_until = array[0] where connection_id = $1`, [
    owner.connection,
  ]);
  const limiter = addLimiter();
  const both = await Promise.all([limiter.take(owner, never), limiter.take(owner, never)]);
  for (const permit of both) permit.done(true);
  await dead.close();
});

test('when a vendor says wait, every process waits', async () => {
  const owner = await addOwner({ requests: 100, perMs: 1000 });
  const [first, second] = [addLimiter(), addLimiter()];
  (await second.take(owner, never)).done(true);
  await first.pause(owner, 700);
  const before = performance.now();
  (await addLimiter().take(owner, never)).done(true);
  expect(performance.now() - before).toBeGreaterThanOrEqual(690);
  await first.pause(owner, 30_000);
  await expect(addLimiter().take(owner, never)).rejects.toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
});

test('a connection without a limit never touches the database, and its own process honours a wait', async () => {
  const pool = {
    query: () => {
      throw new Error('the database was asked');
    },
  };
  const limiter = createRateLimiter({ pool: pool as unknown as typeof database.pools.engine });
  const owner: RateOwner = { tenant, connection: randomUUID(), rate: undefined };
  for (let count = 0; count < 1000; count++) (await limiter.take(owner, never)).done(true);
  await limiter.pause(owner, 200);
  const before = performance.now();
  (await limiter.take(owner, never)).done(true);
  expect(performance.now() - before).toBeGreaterThanOrEqual(190);
  await limiter.pause(owner, 30_000);
  await expect(limiter.take(owner, never)).rejects.toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
});

test('with the database away callers are refused before anything is sent, and served again when it is back', async () => {
  const owner = await addOwner({ requests: 10, perMs: 1000 });
  let away = true;
  const pool = {
    query: ((...parameters: Parameters<typeof database.pools.engine.query>) => {
      if (away) return Promise.reject(new Error('terminating connection'));
      return database.pools.engine.query(...parameters);
    }) as typeof database.pools.engine.query,
  };
  const limiter = createRateLimiter({ pool });
  limiters.push(limiter);
  await expect(limiter.take(owner, never)).rejects.toMatchObject({ code: 'INTERNAL', beforeWork: true });
  away = false;
  (await limiter.take(owner, never)).done(true);
});
