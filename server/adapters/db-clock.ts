import type { Clock } from '#runtime/ports.ts';

export interface DatabaseClock extends Clock {
  stop(): void;
}

const EVERY_MS = 5_000;

/**
 * The database's time between two looks at it: its `now()` plus what this process's monotonic clock has counted since,
 * so that a wrong or jumping wall clock of a worker changes nothing.
 */
export async function createDatabaseClock(
  read: () => Promise<number>,
  onError: (error: unknown) => void,
): Promise<DatabaseClock> {
  let base = 0;
  const sync = async (): Promise<void> => {
    const before = performance.now();
    const at = await read();
    base = at - (before + performance.now()) / 2;
  };
  await sync();
  const timer = setInterval(() => void sync().catch(onError), EVERY_MS);
  timer.unref();
  return { now: () => Math.round(base + performance.now()), stop: () => clearInterval(timer) };
}
