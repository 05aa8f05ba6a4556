import type pg from 'pg';
import type { Logger } from 'pino';
import type { GuestHouse } from '#runtime/sandbox.ts';
import { createGuestState } from './adapters/pg-guest-state.ts';
import { createStrikeBook, type StrikeBook } from './adapters/pg-strikes.ts';
import { createSandbox } from './adapters/sandbox.ts';
import { createSandboxPool, type SandboxPool } from './adapters/sandbox-pool.ts';

interface GuestOptions {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  readonly processes: number;
  readonly log: Logger;
}

/** Where customers' code runs in this process, and what is known of it in all. Nothing is started before it is needed. */
export interface Guests extends GuestHouse {
  readonly pool: SandboxPool;
  readonly strikes: StrikeBook;
  stop(): Promise<void>;
}

export function createGuests({ pool: database, processes, log }: GuestOptions): Guests {
  const pool = createSandboxPool({ processes, log });
  const strikes = createStrikeBook(database);
  return { pool, strikes, sandbox: createSandbox(pool, strikes), state: createGuestState(database), stop: pool.stop };
}
