import type pg from 'pg';
import type { RunAnswer } from '#runtime/ports.ts';
import type { Notifications } from './pg-notify.ts';

/** Brings a run's answer to the caller who waits for it, in this process or another. */
export interface Answers {
  /** Registers before the run is stored, so that no answer is missed. `done` gives null when the time is over or the run gave none. */
  expect(run: string): { done(ms: number): Promise<RunAnswer | null>; cancel(): void };
  /** The run came to an answer, or ended without one. */
  deliver(run: string, answer: RunAnswer | null): void;
  /** The stored answer; null while the run goes on or when it has none. */
  stored(run: string): Promise<{ ended: boolean; answer: RunAnswer | null }>;
}

export function createAnswers(pool: pg.Pool, notifications: Notifications): Answers {
  const waiting = new Map<string, Set<(answer: RunAnswer | null) => void>>();

  const stored: Answers['stored'] = async (run) => {
    const { rows } = await pool.query<{ status: string; answer_status: number | null; answer: Buffer | null }>(
      'select status, answer_status, answer from run where id = $1',
      [run],
    );
    const row = rows[0];
    const answer = row?.answer_status ? { status: row.answer_status, body: row.answer?.toString() ?? '' } : null;
    return { ended: row !== undefined && row.status !== 'active', answer };
  };

  const settle = (run: string, answer: RunAnswer | null): void => {
    const callers = waiting.get(run);
    waiting.delete(run);
    for (const resolve of callers ?? []) resolve(answer);
  };

  notifications.on('weft_answer', (id) => {
    if (!waiting.has(id)) return;
    stored(id).then(
      ({ answer }) => settle(id, answer),
      () => undefined,
    );
  });

  return {
    expect: (run) => {
      const { promise, resolve } = Promise.withResolvers<RunAnswer | null>();
      const callers = waiting.get(run) ?? new Set();
      callers.add(resolve);
      waiting.set(run, callers);
      const cancel = (): void => {
        callers.delete(resolve);
        if (callers.size === 0 && waiting.get(run) === callers) waiting.delete(run);
      };
      return {
        cancel,
        done: (ms) => {
          const timer = setTimeout(() => {
            cancel();
            resolve(null);
          }, ms);
          return promise.finally(() => clearTimeout(timer));
        },
      };
    },
    deliver: (run, answer) => {
      if (waiting.has(run)) settle(run, answer);
      // nobody here waits: a caller may stand at another process
      else if (answer) void notifications.send('weft_answer', run).catch(() => undefined);
    },
    stored,
  };
}
