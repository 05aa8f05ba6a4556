import { expect, test } from 'vitest';
import type { HttpResponse, Session } from '#runtime/connector.ts';
import { calmSession } from './calm-session.ts';

const ANSWER: HttpResponse = { status: 200, headers: {}, body: null };

function watched(signal = new AbortController().signal) {
  const at: number[] = [];
  let under = 0;
  let most = 0;
  const session: Session = {
    connection: 'c',
    settings: {},
    signal,
    now: 0,
    note: () => undefined,
    http: async () => {
      at.push(performance.now());
      most = Math.max(most, ++under);
      await new Promise(setImmediate);
      under--;
      return ANSWER;
    },
  };
  return { session, at, most: () => most };
}

const ask = { method: 'GET', path: 'x' } as const;

test('a pass asks one request at a time, and at most a quarter of what the vendor allows', async () => {
  const { session, at, most } = watched();
  // 100 a second for everybody: 25 for the pass
  const calm = calmSession({ session, rate: { requests: 100, perMs: 1000 } });
  await Promise.all(Array.from({ length: 6 }, () => calm.http(ask)));
  expect(most()).toBe(1);
  expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(5 * 40 - 5);
});

test('a request that fails holds up none that follow, and a stop ends the waiting', async () => {
  const stop = new AbortController();
  const { session, at } = watched(stop.signal);
  let first = true;
  const failing: Session = {
    ...session,
    http: async (request) => {
      if (first) {
        first = false;
        throw new Error('down');
      }
      return session.http(request);
    },
  };
  const calm = calmSession({ session: failing, rate: { requests: 1, perMs: 60_000 } });
  await expect(calm.http(ask)).rejects.toThrow('down');
  const waiting = calm.http(ask);
  stop.abort();
  await expect(waiting).rejects.toThrow();
  expect(at).toEqual([]);
  const free = calmSession({ session });
  await free.http(ask);
  expect(at).toHaveLength(1);
});
