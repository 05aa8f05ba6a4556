import { createHash } from 'node:crypto';
import type { Pool } from 'pg';
import { RateLimiterMemory, RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** Tries at signing in, counted over all processes by account and address. */
export interface SignInLimit {
  /** Counts a try; answers 0 when it may be made, else the seconds until it may. */
  take(email: string, address: string): Promise<number>;
  /** The try was right: the count starts anew. */
  clear(email: string, address: string): Promise<void>;
}

const TRIES = { points: 5, duration: 15 * 60 } as const;

/** Only digests are stored: the table tells nobody who signs in from where. */
const keyOf = (email: string, address: string): string =>
  createHash('sha256')
    .update(JSON.stringify([email, address]))
    .digest('base64url');

export function createSignInLimit(pool: Pool): SignInLimit {
  const limiter = new RateLimiterPostgres({
    ...TRIES,
    storeClient: pool,
    storeType: 'pool',
    tableName: 'sign_in_attempt',
    tableCreated: true,
    keyPrefix: '',
    clearExpiredByTimeout: true,
    // without the store nobody can sign in anyway, but nobody may guess for free either
    insuranceLimiter: new RateLimiterMemory(TRIES),
  });
  return {
    take: async (email, address) => {
      try {
        await limiter.consume(keyOf(email, address));
        return 0;
      } catch (refused) {
        if (!(refused instanceof RateLimiterRes)) throw refused;
        return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
      }
    },
    clear: async (email, address) => {
      await limiter.delete(keyOf(email, address));
    },
  };
}
