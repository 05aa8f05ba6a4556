import { pino } from 'pino';
import type { Json } from '#runtime/json.ts';
import type { GuestHouse, GuestState } from '#runtime/sandbox.ts';
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

export interface HeadlessGuests extends GuestHouse {
  readonly pool: SandboxPool;
  stop(): Promise<void>;
}

/** A sandbox for one command: its processes start when code is first met, and end with it. */
export function createHeadlessGuests(): HeadlessGuests {
  const pool = createSandboxPool({ processes: 1, log: pino({ level: 'silent' }) });
  const sandbox = createSandbox(pool, createMemoryStrikes());
  return { pool, sandbox, state: createMemoryState(), stop: pool.stop };
}
