import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Pool } from 'pg';
import { createRateLine, type Rate, type RateLine, rateBusy } from './rate-line.ts';
import type { RatePermit } from './rate-permit.ts';

/** Whose limit a request counts against. */
export interface RateOwner {
  readonly tenant: number;
  readonly connection: string;
  /** None: the vendor has no limit, and the database is never asked. */
  readonly rate: Rate | undefined;
}

/** Keeps vendors' limits for each connection over all processes. */
export interface RateLimiter {
  /**
   * Resolves in turn. Rejects with RetryableError TARGET_BUSY (`beforeWork`, `afterMs`) when the wait would be longer
   * than a worker should stand still, and with the signal's reason when it aborts.
   */
  take(owner: RateOwner, signal: AbortSignal): Promise<RatePermit>;
  /** The vendor said so: no request of this connection leaves any process for so many milliseconds. */
  pause(owner: RateOwner, ms: number): Promise<void>;
  /** Gives back what is not used. */
  close(): Promise<void>;
}

interface RateLimiterOptions {
  /** Runs as weft_engine. */
  readonly pool: Pick<Pool, 'query'>;
  /** Milliseconds a caller may be kept waiting; 2,000 unless told. */
  readonly maxWaitMs?: number;
  /** Milliseconds a request without an answer may still be on its way; 250 unless told. */
  readonly marginMs?: number;
}

const FREE: RatePermit = { done: () => {} };
const LONGEST_PAUSE_MS = 3_600_000;

/** Makes a limiter for this process; all that share the database keep to one limit together. */
export function createRateLimiter({ pool, maxWaitMs = 2000, marginMs = 250 }: RateLimiterOptions): RateLimiter {
  const holder = randomUUID();
  const lines = new Map<string, RateLine>();
  /** Connections without a rate whose vendor said to wait all the same: until when. */
  const pauses = new Map<string, number>();
  const keyOf = (owner: RateOwner) => `${owner.tenant} ${owner.connection}`;

  const lineOf = ({ tenant, connection }: RateOwner, rate: Rate, key: string): RateLine => {
    const known = lines.get(key);
    known?.setRate(rate);
    if (known) return known;
    const line = createRateLine({ pool, holder, tenant, connection, rate, maxWaitMs, marginMs });
    lines.set(key, line);
    return line;
  };
  const waitOutPause = async (key: string, signal: AbortSignal) => {
    const left = (pauses.get(key) ?? 0) - performance.now();
    if (left > maxWaitMs) throw rateBusy(left);
    if (left > 0) {
      await sleep(left, undefined, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
    }
    if ((pauses.get(key) ?? 0) <= performance.now()) pauses.delete(key);
  };

  return {
    async take(owner, signal) {
      const key = keyOf(owner);
      if (owner.rate) return lineOf(owner, owner.rate, key).take(signal);
      if (pauses.has(key)) await waitOutPause(key, signal);
      return FREE;
    },
    async pause(owner, ms) {
      const pauseMs = Math.min(ms, LONGEST_PAUSE_MS);
      const key = keyOf(owner);
      if (owner.rate) await lineOf(owner, owner.rate, key).pause(pauseMs);
      else pauses.set(key, performance.now() + pauseMs);
    },
    async close() {
      await Promise.all([...lines.values()].map((line) => line.close()));
    },
  };
}
