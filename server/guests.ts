import type pg from 'pg';
import type { Logger } from 'pino';
import type { GuestHouse } from '#runtime/sandbox.ts';
import { createGuestState } from './adapters/pg-guest-state.ts';
import { createGuestTables } from './adapters/pg-guest-tables.ts';
import { createStrikeBook, type StrikeBook } from './adapters/pg-strikes.ts';
import { createSandbox } from './adapters/sandbox.ts';
import { createSandboxPool, type SandboxPool } from './adapters/sandbox-pool.ts';

interface GuestOptions {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  readonly processes: number;
  readonly log: Logger;
  /** Tells the customer that code was switched off. */
  readonly switchedOff?: (tenant: number, program: string) => Promise<void>;
}

/** Where customers' code runs in this process, and what is known of it in all. Nothing is started before it is needed. */
export interface Guests extends GuestHouse {
  readonly pool: SandboxPool;
  readonly strikes: StrikeBook;
  readonly tables: ReturnType<typeof createGuestTables>;
  stop(): Promise<void>;
}

export function createGuests({ pool: database, processes, log, switchedOff }: GuestOptions): Guests {
  const pool = createSandboxPool({ processes, log });
  const strikes = createStrikeBook(database, (tenant, program) => {
    log.warn({ tenant, program }, 'code of a customer was switched off');
    switchedOff?.(tenant, program).catch((error: unknown) => log.warn({ err: error, tenant }, 'it could not be told'));
  });
  return {
    pool,
    strikes,
    sandbox: createSandbox(pool, strikes),
    state: createGuestState(database),
    tables: createGuestTables(database),
    stop: pool.stop,
  };
}
