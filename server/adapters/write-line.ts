import { setTimeout as pause } from 'node:timers/promises';
import { RetryableError } from '#runtime/error.ts';
import type { TurnKey, WriteTurns } from './pg-write-turns.ts';

/** Writes to one system that cannot take two side by side, each when its turn has come. */
export interface WriteLine {
  /** Rejects before anything was sent when the turn does not come in time, or with the signal's reason. */
  take<T>(key: TurnKey, signal: AbortSignal, work: () => Promise<T>): Promise<T>;
}

/** Longer than this a step does not stand in line: its run is parked, and others go on. */
const LONGEST_WAIT_MS = 10_000;
/** How often another process's turn is looked at. */
const LOOK_MS = 40;

/** One line for each connection in this process, whose first one also waits for those of other processes. */
export function createWriteLine(turns: WriteTurns, longestWaitMs = LONGEST_WAIT_MS): WriteLine {
  const ends = new Map<string, Promise<void>>();
  return {
    async take(key, signal, work) {
      const name = `${key.tenant} ${key.connection}`;
      const before = ends.get(name);
      const { promise: left, resolve: leave } = Promise.withResolvers<void>();
      const end = before ? before.then(() => left) : left;
      ends.set(name, end);
      // not when this one leaves: who gives up in the line leaves others at work before it
      void end.then(() => {
        if (ends.get(name) === end) ends.delete(name);
      });
      const deadline = performance.now() + longestWaitMs;
      const busy = () =>
        new RetryableError('TARGET_BUSY', 'the system takes one such write at a time, and others are before it', {
          afterMs: longestWaitMs,
          beforeWork: true,
        });
      try {
        if (before) await turn(before, signal, longestWaitMs, busy);
        await enter(turns, key, signal, deadline, busy);
        try {
          return await work();
        } finally {
          if (signal.aborted) turns.letLapse(key);
          else await turns.giveBack(key);
          // the next one here would be quicker than any other process: theirs is a turn, too
          if (ends.get(name) !== end) await pause(LOOK_MS * (1 + Math.random()));
        }
      } finally {
        leave();
      }
    },
  };
}

function turn(before: Promise<void>, signal: AbortSignal, longestWaitMs: number, busy: () => Error): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(busy()), longestWaitMs);
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    void before.then(resolve).finally(() => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
    });
  });
}

async function enter(
  turns: WriteTurns,
  key: TurnKey,
  signal: AbortSignal,
  deadline: number,
  busy: () => Error,
): Promise<void> {
  for (;;) {
    signal.throwIfAborted();
    const ours = await turns.tryTake(key).catch((cause: unknown) => {
      throw new RetryableError('INTERNAL', 'whose turn it is cannot be read', { beforeWork: true, cause });
    });
    if (ours) return;
    if (performance.now() > deadline) throw busy();
    await pause(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
  }
}
