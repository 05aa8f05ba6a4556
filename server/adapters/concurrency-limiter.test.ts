import { setImmediate as breath } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { RetryableError } from '#runtime/error.ts';
import { createConcurrencyLimiter, type Turn } from './concurrency-limiter.ts';

const forever = new AbortController().signal;
const shop = { tenant: 1, connection: 'shop', concurrency: 2 };

/** Requests that end when told. */
function vendor() {
  const open = new Map<string, () => void>();
  const seen: string[] = [];
  return {
    seen,
    underWay: () => [...open.keys()],
    send: (name: string) => () => {
      seen.push(name);
      const { promise, resolve } = Promise.withResolvers<string>();
      open.set(name, () => {
        open.delete(name);
        resolve(name);
      });
      return promise;
    },
    answer: async (name: string) => {
      open.get(name)?.();
      await breath();
    },
  };
}

test('no more than so many requests of a connection are under way at once, and another connection’s are not held up by them', async () => {
  const limiter = createConcurrencyLimiter();
  const there = vendor();
  const all = ['a', 'b', 'c', 'd'].map((name) => limiter.run(shop, limiter.turn(), forever, there.send(name)));
  const other = limiter.run({ ...shop, connection: 'erp' }, limiter.turn(), forever, there.send('other'));
  const free = limiter.run({ ...shop, concurrency: undefined }, limiter.turn(), forever, there.send('free'));
  await breath();
  expect(there.underWay().sort()).toEqual(['a', 'b', 'free', 'other']);
  for (const name of ['a', 'b', 'c', 'd', 'other', 'free']) await there.answer(name);
  expect(await Promise.all([...all, other, free])).toEqual(['a', 'b', 'c', 'd', 'other', 'free']);
});

test('a step that has begun sends its next request before those that have not, the older before the younger', async () => {
  const limiter = createConcurrencyLimiter();
  const there = vendor();
  const go = (turn: Turn, name: string) => limiter.run({ ...shop, concurrency: 1 }, turn, forever, there.send(name));
  const [old, young, late] = [limiter.turn(), limiter.turn(), limiter.turn()];
  const first = [go(young, 'young 1')];
  await there.answer('young 1');
  first.push(go(old, 'old 1'), go(late, 'late 1'), go(young, 'young 2'));
  await there.answer('old 1');
  first.push(go(old, 'old 2'));
  for (const name of ['young 2', 'old 2', 'late 1']) await there.answer(name);
  await Promise.all(first);
  expect(there.seen).toEqual(['young 1', 'old 1', 'young 2', 'old 2', 'late 1']);
});

test('one that would stand in line for long is sent away before anything was sent, each to a later time; one that has begun never is', async () => {
  const limiter = createConcurrencyLimiter(100);
  const there = vendor();
  const go = (turn: Turn, name: string) => limiter.run({ ...shop, concurrency: 1 }, turn, forever, there.send(name));
  const [begun, holder] = [limiter.turn(), limiter.turn()];
  const early = go(begun, 'begun 1');
  await there.answer('begun 1');
  const held = go(holder, 'holder');
  const goesOn = go(begun, 'begun 2');
  const away = await Promise.all(
    ['x', 'y', 'z'].map((name) => go(limiter.turn(), name).catch((error: unknown) => error)),
  );
  const times = away.map((error) => {
    expect(error).toBeInstanceOf(RetryableError);
    expect(error).toMatchObject({ code: 'TARGET_BUSY', beforeWork: true });
    return (error as RetryableError).afterMs ?? 0;
  });
  expect(times[0]).toBeGreaterThan(0);
  expect(times[1]).toBeGreaterThan(times[0] ?? 0);
  expect(times[2]).toBeGreaterThan(times[1] ?? 0);
  await there.answer('holder');
  await there.answer('begun 2');
  expect(await Promise.all([early, held, goesOn])).toEqual(['begun 1', 'holder', 'begun 2']);
  expect(there.seen).toEqual(['begun 1', 'holder', 'begun 2']);
});

test('what is no step goes before all of them, and is not sent away however long it waits', async () => {
  const limiter = createConcurrencyLimiter(50);
  const there = vendor();
  const go = (turn: Turn, name: string) => limiter.run({ ...shop, concurrency: 1 }, turn, forever, there.send(name));
  const begun = limiter.turn();
  const early = go(begun, 'begun 1');
  await there.answer('begun 1');
  const held = go(limiter.turn(), 'holder');
  const goesOn = go(begun, 'begun 2');
  const poll = go(limiter.turn(true), 'poll');
  await expect(go(limiter.turn(), 'late')).rejects.toMatchObject({ code: 'TARGET_BUSY' });
  for (const name of ['holder', 'poll', 'begun 2']) await there.answer(name);
  await Promise.all([early, held, goesOn, poll]);
  expect(there.seen).toEqual(['begun 1', 'holder', 'poll', 'begun 2']);
});

test('a step that is given up leaves the line with its reason, and the next has its place', async () => {
  const limiter = createConcurrencyLimiter();
  const there = vendor();
  const one = { ...shop, concurrency: 1 };
  const held = limiter.run(one, limiter.turn(), forever, there.send('holder'));
  const stop = new AbortController();
  const given = limiter.run(one, limiter.turn(), stop.signal, there.send('given up')).catch((error: unknown) => error);
  const next = limiter.run(one, limiter.turn(), forever, there.send('next'));
  const reason = new Error('the worker stops');
  stop.abort(reason);
  expect(await given).toBe(reason);
  await there.answer('holder');
  await there.answer('next');
  expect(await Promise.all([held, next])).toEqual(['holder', 'next']);
  expect(there.seen).toEqual(['holder', 'next']);
});
