import type { RunEvent } from '#runtime/event.ts';
import { actingAsMachine } from './acting.ts';
import type { RunLog } from './pg-run-log.ts';
import { Refused } from './refusal.ts';
import type { Watches } from './watches.ts';

export interface RunTailDeps {
  readonly watches: Watches;
  /** A run's committed log from a place on; null when the tenant has no such run. */
  log(tenant: number, run: string, from?: number): Promise<RunLog | null>;
  readonly onError: (error: unknown) => void;
}

/** One who follows a run. */
export interface Follower {
  /** Seq of the last event it was given. */
  readonly seq: number;
  stop(): void;
}

/** Follows the logs of watched runs: what is committed, in order, each event once. */
export interface RunTails {
  /** Gives all events after `afterSeq`, then each new one. Rejects with Refused for a run the tenant has not. */
  follow(tenant: number, run: string, afterSeq: number, emit: (events: readonly RunEvent[]) => void): Promise<Follower>;
  stop(): void;
}

interface Subscriber {
  seq: number;
  /** What was committed while its replay was under way; null once it follows. */
  waiting: RunEvent[] | null;
  readonly emit: (events: readonly RunEvent[]) => void;
}

interface Tail {
  readonly tenant: number;
  readonly run: string;
  readonly subscribers: Set<Subscriber>;
  /** Place in the log up to which it has been read. */
  place: number;
  reading: boolean;
  again: boolean;
  readonly known: Promise<() => void>;
}

/** A busy run is read at most this often. */
const PAUSE_MS = 50;
/** A notice can be lost with a connection; nothing stays unseen longer than this. */
const SWEEP_MS = 5000;
const PAST_ALL = 2_147_483_647;

export function createRunTails({ watches, log, onError }: RunTailDeps): RunTails {
  const tails = new Map<string, Tail>();
  let stopped = false;

  const give = (subscriber: Subscriber, events: readonly RunEvent[]): void => {
    if (subscriber.waiting) {
      for (const event of events) subscriber.waiting.push(event);
      return;
    }
    const fresh = events.filter((event) => event.seq > subscriber.seq);
    const last = fresh.at(-1);
    if (!last) return;
    subscriber.seq = last.seq;
    subscriber.emit(fresh);
  };

  const read = async (tail: Tail): Promise<void> => {
    if (tail.reading) {
      tail.again = true;
      return;
    }
    tail.reading = true;
    try {
      do {
        tail.again = false;
        const more = await actingAsMachine(() => log(tail.tenant, tail.run, tail.place));
        if (more && more.next > tail.place) {
          tail.place = more.next;
          for (const subscriber of tail.subscribers) give(subscriber, more.events);
        }
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      } while (tail.again && !stopped && tail.subscribers.size > 0);
    } catch (error) {
      // the sweep tries again
      onError(error);
    } finally {
      tail.reading = false;
    }
  };

  const off = watches.on({
    run: (run) => {
      const tail = tails.get(run);
      if (tail) void read(tail);
    },
    listed: () => undefined,
  });
  const sweep = setInterval(() => {
    for (const tail of tails.values()) void read(tail);
  }, SWEEP_MS);
  sweep.unref();

  const tailOf = (tenant: number, run: string): Tail => {
    const known = tails.get(run);
    if (known) return known;
    const tail: Tail = {
      tenant,
      run,
      subscribers: new Set(),
      place: 0,
      reading: false,
      again: false,
      known: watches.watch({ what: 'run', id: run }),
    };
    tails.set(run, tail);
    return tail;
  };

  const leave = (tail: Tail, subscriber: Subscriber): void => {
    tail.subscribers.delete(subscriber);
    if (tail.subscribers.size > 0 || tails.get(tail.run) !== tail) return;
    tails.delete(tail.run);
    tail.known.then(
      (end) => end(),
      () => undefined,
    );
  };

  return {
    follow: async (tenant, run, afterSeq, emit) => {
      if (!(await log(tenant, run, PAST_ALL))) throw new Refused(404, 'RUN_MISSING', 'there is no such run');
      const tail = tailOf(tenant, run);
      const subscriber: Subscriber = { seq: afterSeq, waiting: [], emit };
      tail.subscribers.add(subscriber);
      try {
        // from here on every commit is told, so that what the replay does not hold comes after it
        await tail.known;
        const whole = await log(tenant, run);
        const during = subscriber.waiting ?? [];
        subscriber.waiting = null;
        give(subscriber, whole?.events ?? []);
        give(subscriber, during);
      } catch (error) {
        leave(tail, subscriber);
        throw error;
      }
      return {
        get seq() {
          return subscriber.seq;
        },
        stop: () => leave(tail, subscriber),
      };
    },
    stop: () => {
      stopped = true;
      clearInterval(sweep);
      off();
      for (const tail of tails.values()) {
        for (const subscriber of [...tail.subscribers]) leave(tail, subscriber);
      }
    },
  };
}
