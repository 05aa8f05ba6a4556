import type { Pool } from 'pg';
import { RetryableError } from '#runtime/error.ts';
import { createPermits, type RatePermit } from './rate-permit.ts';

/** At most `requests` in any window of `perMs` milliseconds. */
export interface Rate {
  readonly requests: number;
  readonly perMs: number;
}

/** What the callers of one connection in one process stand in. */
export interface RateLine {
  take(signal: AbortSignal): Promise<RatePermit>;
  /** No request leaves any process for so many milliseconds. */
  pause(ms: number): Promise<void>;
  /** An operator or a new release may change the limit. */
  setRate(rate: Rate): void;
  /** Sends the callers away and counts what is under way as ended. */
  close(): Promise<void>;
}

interface RateLineOptions {
  readonly pool: Pick<Pool, 'query'>;
  /** Tells this process's permits from others'. */
  readonly holder: string;
  readonly tenant: number;
  readonly connection: string;
  readonly rate: Rate;
  readonly maxWaitMs: number;
  readonly marginMs: number;
}

/** Permits of a process that is gone come back after so long; one that lives says so in time. */
const HOLD_MS = 5000;
const RENEW_MS = 2000;
/** Fast rates are taken in helpings that last about so long, and what is left of one is given back after as long again. */
const HELPING_MS = 50;
/** How long ended requests may wait to be told of together. */
const TELL_MS = 50;
/** A caller sent away is never told to stay away for longer than this beyond its turn. */
const LONGEST_HORIZON_MS = 60_000;

const TAKE = `select granted, waits
  from take_rate($1::int, $2::uuid, $3::uuid, $4::int, $5::int, $6::int, $7::int, $8::int, $9::int, $10::double precision)`;

/** Refuses a request before anything was sent. */
export function rateBusy(afterMs: number): RetryableError {
  return new RetryableError('TARGET_BUSY', 'the vendor’s request limit is used up for now', {
    afterMs: Math.ceil(afterMs),
    beforeWork: true,
  });
}

/** When permits of a refused kind are to be had, as last heard from the database; times are of the monotonic clock. */
function createForecast(spacing: () => number) {
  let due: readonly number[] = [];
  let horizon = 0;
  return {
    hear(waits: readonly number[], now: number) {
      due = waits.map((wait) => now + wait);
    },
    /** When the caller at this place may go; 0 when nothing speaks against now. */
    at(place: number): number {
      const last = due.at(-1);
      return last === undefined ? 0 : (due[place] ?? last + (place - due.length + 1) * spacing());
    },
    /** Each one sent away gets a later time than the one before, or all would be back at once. */
    comeBack(at: number): RetryableError {
      const now = performance.now();
      horizon = Math.min(Math.max(horizon, at) + spacing(), Math.max(at, now + LONGEST_HORIZON_MS));
      return rateBusy(horizon - now);
    },
  };
}

/**
 * A fair line for one connection. One statement at a time tells the database which requests ended, asks for permits and
 * hears when more are to be had; a caller whose turn is further off than `maxWaitMs` is refused, so that its run is parked.
 */
export function createRateLine(options: RateLineOptions): RateLine {
  const { pool, maxWaitMs } = options;
  let { rate } = options;
  const spacing = () => rate.perMs / rate.requests;
  const forecast = createForecast(spacing);
  const alarm = createAlarm(() => void ask());
  const permits = createPermits(options.marginMs, () => alarm.by(performance.now() + TELL_MS));
  const line = createWaiters();
  let pauseMs = 0;
  let toldAt = 0;
  let asking = false;
  let askAgain = false;
  let closed = false;

  const query = async (want: number, held: number, ended: number, pause: number) => {
    const { tenant, connection, holder } = options;
    const values = [tenant, connection, holder, rate.requests, rate.perMs, want, held, ended, HOLD_MS, pause];
    const { rows } = await pool.query<{ granted: number; waits: number[] }>({ name: 'take_rate', text: TAKE, values });
    return rows[0] ?? { granted: 0, waits: [] };
  };
  const wanted = () => {
    if (line.count() === 0) return 0;
    return Math.max(line.count(), Math.floor(Math.min(HELPING_MS / spacing(), rate.requests / 4)));
  };

  async function ask(): Promise<void> {
    alarm.clear();
    askAgain = asking;
    if (asking) return;
    asking = true;
    const askedAt = performance.now();
    const pause = pauseMs;
    pauseMs = 0;
    if (askedAt >= permits.goodUntil() || pause > 0) permits.discard();
    const ended = permits.takeEnded();
    try {
      const want = Math.max(0, wanted() - permits.inHand());
      const answer = await query(want, permits.inHand() + permits.underWay(), ended, pause);
      const now = performance.now();
      toldAt = askedAt;
      permits.add(answer.granted, now + HELPING_MS);
      forecast.hear(answer.waits, now);
    } catch (cause) {
      // Told twice they count twice, which is safe; never told they would count for as long as this process lives.
      permits.putBackEnded(ended);
      pauseMs = Math.max(pauseMs, pause);
      const text = 'the connection’s request limit cannot be read';
      line.rejectAll(new RetryableError('INTERNAL', text, { beforeWork: true, cause }));
      if (!closed) alarm.by(performance.now() + 1000);
      return;
    } finally {
      asking = false;
    }
    if (!closed) plan();
  }

  function plan(): void {
    line.serve(permits.take);
    line.refuse((since, place) => {
      const at = forecast.at(place);
      return at - since > maxWaitMs ? forecast.comeBack(at) : undefined;
    });
    if (askAgain) return void ask();
    const now = performance.now();
    const turn = forecast.at(0);
    // A fast line that is full would else be asked for at every single permit that comes free.
    const rest = turn === 0 ? 0 : spacing() < HELPING_MS ? HELPING_MS / 2 : 5;
    if (line.count() > 0) alarm.by(Math.max(turn, now + rest));
    if (permits.inHand() > 0) alarm.by(permits.goodUntil());
    if (permits.ended() > 0) alarm.by(now + TELL_MS);
    if (permits.underWay() > 0) alarm.by(toldAt + RENEW_MS);
  }

  return {
    async take(signal) {
      signal.throwIfAborted();
      if (closed) throw rateBusy(1000);
      const now = performance.now();
      if (line.count() === 0 && now < permits.goodUntil()) {
        const permit = permits.take();
        if (permit) return permit;
      }
      const at = forecast.at(line.count());
      if (at - now > maxWaitMs) throw forecast.comeBack(at);
      const permit = line.join(signal);
      if (!asking && at <= now) void ask();
      else if (!asking) alarm.by(at);
      return permit;
    },
    async pause(ms) {
      pauseMs = Math.max(pauseMs, ms);
      await ask();
    },
    setRate(next) {
      rate = next;
    },
    async close() {
      closed = true;
      line.rejectAll(rateBusy(1000));
      await query(0, 0, permits.takeAll(), 0).catch(() => undefined);
      alarm.close();
    },
  };
}

interface Waiter {
  readonly since: number;
  resolve(permit: RatePermit): void;
  reject(error: unknown): void;
}

/** Callers in the order of their coming. */
function createWaiters() {
  let waiting: Waiter[] = [];
  return {
    count: () => waiting.length,
    /** Settles when served or refused; a caller whose signal aborts leaves the line. */
    join(signal: AbortSignal): Promise<RatePermit> {
      const { promise, resolve, reject } = Promise.withResolvers<RatePermit>();
      const waiter = { since: performance.now(), resolve, reject };
      const leave = () => {
        waiting = waiting.filter((other) => other !== waiter);
        reject(signal.reason);
      };
      signal.addEventListener('abort', leave, { once: true });
      waiting.push(waiter);
      return promise.finally(() => signal.removeEventListener('abort', leave));
    },
    serve(take: () => RatePermit | undefined): void {
      while (waiting.length > 0) {
        const permit = take();
        if (!permit) return;
        waiting.shift()?.resolve(permit);
      }
    },
    /** Sends away those for whom `why` has an error; the places are those left after it. */
    refuse(why: (since: number, place: number) => Error | undefined): void {
      const stay: Waiter[] = [];
      for (const waiter of waiting) {
        const error = why(waiter.since, stay.length);
        if (error) waiter.reject(error);
        else stay.push(waiter);
      }
      waiting = stay;
    },
    rejectAll(error: Error): void {
      for (const waiter of waiting) waiter.reject(error);
      waiting = [];
    },
  };
}

/** One timer that rings at the earliest time anybody asked for. */
function createAlarm(ring: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let set = 0;
  let closed = false;
  const clear = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    clear,
    close() {
      closed = true;
      clear();
    },
    by(at: number) {
      if (closed || (timer && set <= at)) return;
      clear();
      set = at;
      timer = setTimeout(ring, Math.max(0, at - performance.now()));
    },
  };
}
