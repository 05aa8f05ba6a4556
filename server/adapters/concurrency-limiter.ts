import PQueue from 'p-queue';
import { RetryableError } from '#runtime/error.ts';

/** A step at work with a connection. Those that have begun go before those that have not: what is begun gets done. */
export interface Turn {
  begun: boolean;
  readonly place: number;
}

/** Whose requests are counted. */
export interface ConcurrencyOwner {
  readonly tenant: number;
  readonly connection: string;
  /** Requests that may be under way at once; undefined: any number. */
  readonly concurrency: number | undefined;
}

/**
 * Keeps a system from more requests at once than it can take: slow ones answer all of them slower, until every step runs out
 * of time. Counts within this process.
 */
export interface ConcurrencyLimiter {
  /** One for each step, at its beginning; `ahead`: goes before all steps, and is never refused. */
  turn(ahead?: boolean): Turn;
  /**
   * Runs `send` once a place is free. A step that has not sent anything yet is refused with RetryableError TARGET_BUSY
   * (`beforeWork`, `afterMs`) when it would stand in line for long, so that its run is parked and others go on.
   */
  run<T>(owner: ConcurrencyOwner, turn: Turn, signal: AbortSignal, send: () => Promise<T>): Promise<T>;
}

/** Longer than this a step does not stand in line. */
const LONGEST_WAIT_MS = 5000;
/** Nobody is sent away for longer. */
const LONGEST_AWAY_MS = 60_000;
/** Taken for how fast a line moves until it is seen. */
const GUESS_MS = 50;
/** How much a newly measured interval counts beside those before. */
const NEWEST = 0.2;

/** The line before one connection. */
function createLine(concurrency: number, longestWaitMs: number) {
  const queue = new PQueue({ concurrency });
  let newcomers = 0;
  /** Milliseconds between two steps that begin while others wait, on average. */
  let interval = GUESS_MS;
  let lastBegan: number | undefined;
  let comesBack = 0;

  const busy = (): RetryableError => {
    const now = performance.now();
    // each one sent away gets a later time than the one before, or all would be back at once
    comesBack = Math.min(Math.max(comesBack, now + newcomers * interval) + interval, now + LONGEST_AWAY_MS);
    return new RetryableError('TARGET_BUSY', 'the system takes only so many requests at once, and others are before', {
      afterMs: Math.ceil(comesBack - now),
      beforeWork: true,
    });
  };
  const begin = (): void => {
    newcomers -= 1;
    const now = performance.now();
    if (lastBegan !== undefined) interval += (now - lastBegan - interval) * NEWEST;
    // who comes to an empty line says nothing about how fast it moves
    lastBegan = newcomers > 0 ? now : undefined;
  };

  return {
    idle: () => queue.size === 0 && queue.pending === 0,
    resize(next: number) {
      if (queue.concurrency !== next) queue.concurrency = next;
    },
    async enter<T>(turn: Turn, signal: AbortSignal, send: () => Promise<T>): Promise<T> {
      if (turn.begun) return queue.add(send, { priority: -turn.place, signal });
      if (newcomers * interval > longestWaitMs) throw busy();
      newcomers += 1;
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), longestWaitMs);
      const first = (): Promise<T> => {
        clearTimeout(timer);
        turn.begun = true;
        begin();
        return send();
      };
      try {
        return await queue.add(first, { priority: -turn.place, signal: AbortSignal.any([signal, late.signal]) });
      } catch (error) {
        if (turn.begun) throw error;
        newcomers -= 1;
        signal.throwIfAborted();
        throw busy();
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

export function createConcurrencyLimiter(longestWaitMs = LONGEST_WAIT_MS): ConcurrencyLimiter {
  const lines = new Map<string, ReturnType<typeof createLine>>();
  let place = 0;
  return {
    turn: (ahead = false) => ({ begun: ahead, place: ahead ? 0 : ++place }),
    run({ tenant, connection, concurrency }, turn, signal, send) {
      if (concurrency === undefined) return send();
      const key = `${tenant} ${connection}`;
      const line = lines.get(key) ?? createLine(concurrency, longestWaitMs);
      lines.set(key, line);
      line.resize(concurrency);
      return line.enter(turn, signal, send).finally(() => {
        if (line.idle()) lines.delete(key);
      });
    },
  };
}
