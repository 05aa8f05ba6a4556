import type { Pool } from 'pg';
import { withTenant } from './pg-pool.ts';

/** Remembers when systems last answered well. */
export interface AnsweredNote {
  note(tenant: number, connection: string): void;
}

const OFTEN_MS = 60_000;
/** Work goes first: it is written down a while after it was seen. */
const DELAY_MS = 5000;

/** Writes at most once a minute for each connection, apart from any run's work; `pool` runs as weft_app. */
export function createAnsweredNote(pool: Pool): AnsweredNote {
  const noted = new Map<string, number>();
  return {
    note: (tenant, connection) => {
      const key = `${tenant} ${connection}`;
      const now = performance.now();
      if ((noted.get(key) ?? Number.NEGATIVE_INFINITY) + OFTEN_MS > now) return;
      noted.set(key, now);
      const write = () =>
        withTenant(pool, tenant, (client) => markAnswered(client, tenant, connection)).catch(() => noted.delete(key));
      setTimeout(() => void write(), DELAY_MS).unref();
    },
  };
}

/** The system has answered now; whoever keeps the row need not read it anew for that. */
export async function markAnswered(
  client: { query(sql: string, values: unknown[]): Promise<unknown> },
  tenant: number,
  connection: string,
): Promise<void> {
  await client.query('update connection set answered_at = now() where tenant_id = $1 and id = $2', [
    tenant,
    connection,
  ]);
}
