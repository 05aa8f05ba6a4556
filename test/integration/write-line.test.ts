import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createLaneClient, type LaneClient } from '#server/adapters/pg-lane.ts';
import { engineConfig } from '#server/adapters/pg-pool.ts';
import { createWriteTurns } from '#server/adapters/pg-write-turns.ts';
import { createWriteLine, type WriteLine } from '#server/adapters/write-line.ts';
import { migrate } from '#server/db/migrate.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

const gate = () => Promise.withResolvers<string>();
const soon = () => new Promise((resolve) => setImmediate(resolve));
const { signal } = new AbortController();

let database: TestDatabase;
const clients: LaneClient[] = [];
beforeAll(async () => {
  database = await createTestDatabase();
  await migrate({ connectionString: database.url });
});
afterAll(async () => {
  await Promise.all(clients.map((client) => client.end()));
  await database.drop();
});

const shop = { tenant: 1, connection: randomUUID() };
const other = { tenant: 1, connection: randomUUID() };
const LAPSE_MS = 1000;

/** The line of one more process; one that `dies` does not get to the database any more. */
function lineOfProcess(longestWaitMs?: number): { line: WriteLine; die: () => void } {
  const client = createLaneClient(engineConfig({ connectionString: database.url }, 'turns'));
  clients.push(client);
  let dead = false;
  const reached: LaneClient = {
    ...client,
    query: (query) => (dead ? Promise.reject(new Error('the process is dead')) : client.query(query)),
  };
  const die = () => {
    dead = true;
  };
  return { line: createWriteLine(createWriteTurns(reached, LAPSE_MS), longestWaitMs), die };
}

test('writes with one key leave one after the other, and other keys do not wait for them', async () => {
  const { line } = lineOfProcess();
  const gates = { first: gate(), second: gate() };
  const begun: string[] = [];
  const write = (name: keyof typeof gates) => {
    begun.push(name);
    return gates[name].promise;
  };
  const first = line.take(shop, signal, () => write('first'));
  const second = line.take(shop, signal, () => write('second'));
  await expect(line.take(other, signal, async () => 'at once')).resolves.toBe('at once');
  await until(() => begun.length > 0);
  expect(begun).toEqual(['first']);
  gates.first.resolve('one');
  await expect(first).resolves.toBe('one');
  await until(() => begun.length > 1);
  expect(begun).toEqual(['first', 'second']);
  gates.second.resolve('two');
  await expect(second).resolves.toBe('two');
});

test('a write that fails lets the next one go', async () => {
  const { line } = lineOfProcess();
  const failed = line.take(shop, signal, () => Promise.reject(new Error('refused')));
  const next = line.take(shop, signal, async () => 'gone');
  await expect(failed).rejects.toThrow('refused');
  await expect(next).resolves.toBe('gone');
});

test('who has stood too long is sent away before anything was sent, and keeps nobody behind waiting', async () => {
  const line = lineOfProcess(1000).line;
  const open = gate();
  const first = line.take(shop, signal, () => open.promise);
  const late = line.take(shop, signal, () => Promise.reject(new Error('it was sent')));
  await expect(late).rejects.toMatchObject({ code: 'TARGET_BUSY', beforeWork: true, afterMs: 1000 });
  const order: string[] = [];
  const last = line.take(shop, signal, async () => order.push('last'));
  await soon();
  order.push('first is over');
  open.resolve('done');
  await expect(first).resolves.toBe('done');
  await last;
  expect(order).toEqual(['first is over', 'last']);
});

test('a step that is cancelled leaves the line', async () => {
  const { line } = lineOfProcess();
  const open = gate();
  const first = line.take(shop, signal, () => open.promise);
  const stop = new AbortController();
  const cancelled = line.take(shop, stop.signal, async () => 'never');
  stop.abort(new Error('cancelled'));
  await expect(cancelled).rejects.toThrow('cancelled');
  const order: string[] = [];
  const next = line.take(shop, signal, async () => order.push('next'));
  await soon();
  order.push('first is over');
  open.resolve('done');
  await expect(first).resolves.toBe('done');
  await next;
  expect(order).toEqual(['first is over', 'next']);
});

test('processes take turns: never two at once, and one with a long line does not keep the other out', async () => {
  const lines = [lineOfProcess().line, lineOfProcess().line];
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const writes = lines.flatMap((line, process) =>
    Array.from({ length: 12 }, () =>
      line.take(shop, signal, async () => {
        most = Math.max(most, ++inside);
        order.push(process);
        await pause(5);
        inside--;
      }),
    ),
  );
  await Promise.all(writes);
  expect([most, order.length]).toEqual([1, 24]);
  // neither was through before the other had begun
  const firsts = [order.indexOf(0), order.indexOf(1)];
  const lasts = [order.lastIndexOf(0), order.lastIndexOf(1)];
  expect(Math.max(...firsts)).toBeLessThan(Math.min(...lasts));
});

test('another process that is at it for longer than a turn lasts keeps it, and who waits too long is sent away', async () => {
  const [here, there] = [lineOfProcess(3 * LAPSE_MS), lineOfProcess()];
  const open = gate();
  let begun = false;
  const theirs = there.line.take(shop, signal, () => {
    begun = true;
    return open.promise;
  });
  await until(() => begun);
  const late = here.line.take(shop, signal, () => Promise.reject(new Error('it was sent')));
  await expect(late).rejects.toMatchObject({ code: 'TARGET_BUSY', beforeWork: true, afterMs: 3 * LAPSE_MS });
  const stop = new AbortController();
  const cancelled = here.line.take(shop, stop.signal, async () => 'never');
  stop.abort(new Error('cancelled'));
  await expect(cancelled).rejects.toThrow('cancelled');
  open.resolve('done');
  await expect(theirs).resolves.toBe('done');
  await expect(here.line.take(shop, signal, async () => 'gone')).resolves.toBe('gone');
});

test('what a dead process has sent, or one that gave up, may still be at work there: the next waits until the turn has lapsed', async () => {
  for (const end of ['dies', 'gives up'] as const) {
    const there = lineOfProcess();
    const stop = new AbortController();
    let begun = 0;
    const theirs = there.line.take(shop, stop.signal, () => {
      begun = performance.now();
      return new Promise((_, reject) => stop.signal.addEventListener('abort', () => reject(new Error('given up'))));
    });
    await until(() => begun > 0);
    if (end === 'dies') there.die();
    stop.abort();
    await expect(theirs).rejects.toThrow('given up');
    await lineOfProcess().line.take(shop, signal, async () => 'next');
    // clocks of two machines and of the database: what is meant is that it was not at once
    expect(performance.now() - begun).toBeGreaterThan(LAPSE_MS / 2);
  }
});

test('while the database does not answer nothing is sent, and the step is tried again', async () => {
  const client = createLaneClient({ host: '127.0.0.1', port: 1, connectionTimeoutMillis: 500 });
  clients.push(client);
  const line = createWriteLine(createWriteTurns(client));
  const write = line.take(shop, signal, () => Promise.reject(new Error('it was sent')));
  await expect(write).rejects.toMatchObject({ code: 'INTERNAL', beforeWork: true });
});
