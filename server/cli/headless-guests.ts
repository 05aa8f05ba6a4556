import { pino } from 'pino';
import type { Json } from '#runtime/json.ts';
import type { GuestHouse, GuestState, GuestTables } from '#runtime/sandbox.ts';
import { createMemoryStrikes, createSandbox } from '../adapters/sandbox.ts';
import { createSandboxPool, type SandboxPool } from '../adapters/sandbox-pool.ts';

/** State that lasts as long as the command. */
function createMemoryState(): GuestState {
  const values = new Map<string, Json>();
  const keyOf = (tenant: number, plugin: string, key: string): string => JSON.stringify([tenant, plugin, key]);
  return {
    get: async (...at) => values.get(keyOf(...at)),
    set: async (tenant, plugin, key, value) => void values.set(keyOf(tenant, plugin, key), value),
    delete: async (...at) => void values.delete(keyOf(...at)),
  };
}

/** Of nobody's: only what a plugin brings along is there. */
const NO_TABLES: GuestTables = { find: async () => undefined };

export interface HeadlessGuests extends GuestHouse {
  readonly pool: SandboxPool;
  stop(): Promise<void>;
}

/** A sandbox for one command, over a customer's tables or none: its processes start when code is first met, and end with it. */
export function createHeadlessGuests(tables = NO_TABLES): HeadlessGuests {
  const pool = createSandboxPool({ processes: 1, log: pino({ level: 'silent' }) });
  const sandbox = createSandbox(pool, createMemoryStrikes());
  return { pool, sandbox, state: createMemoryState(), tables, stop: pool.stop };
}
