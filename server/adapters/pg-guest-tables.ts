import type pg from 'pg';
import type { Json } from '#runtime/json.ts';
import { TABLE_LIMITS } from '#runtime/lookup-table.ts';
import type { GuestTables } from '#runtime/sandbox.ts';
import { withTenant } from './pg-pool.ts';

/** Milliseconds for which what people have just changed may go unseen. */
const FRESH_MS = 5000;
/** Rows that are kept of one customer's tables, and customers of which any are. */
const MOST_ROWS = 5000;
const MOST_TENANTS = 200;

interface Known {
  readonly tables: ReadonlySet<string>;
  /** By table and key; null for one that is not there. */
  readonly rows: Map<string, Json>;
  readonly until: number;
}

/** A customer's tables as its code reads them, kept for a moment, since the lines of many orders ask for the same. */
export function createGuestTables(pool: pg.Pool): GuestTables & { forget(tenant: number): void } {
  const known = new Map<number, Known>();

  const read = async (tenant: number): Promise<Known> => {
    const { rows } = await withTenant(pool, tenant, (client) =>
      client.query<{ name: string }>('select name from lookup_table where tenant_id = current_tenant()'),
    );
    const tables = new Set(rows.map(({ name }) => name));
    const made = { tables, rows: new Map<string, Json>(), until: performance.now() + FRESH_MS };
    known.delete(tenant);
    known.set(tenant, made);
    if (known.size > MOST_TENANTS) known.delete(known.keys().next().value as number);
    return made;
  };

  const row = async (tenant: number, table: string, key: string): Promise<Json> => {
    const { rows } = await withTenant(pool, tenant, (client) =>
      client.query<{ value: string }>(
        'select value from lookup_row where table_name = $1 and key = $2 and tenant_id = current_tenant()',
        [table, key],
      ),
    );
    return rows[0] ? (JSON.parse(rows[0].value) as Json) : null;
  };

  return {
    find: async (tenant, table, key) => {
      const here = known.get(tenant);
      const { tables, rows } = here && here.until > performance.now() ? here : await read(tenant);
      if (!tables.has(table)) return undefined;
      if (key.length > TABLE_LIMITS.key || key.includes('\u0000')) return null;
      const place = `${table}\n${key}`;
      const kept = rows.get(place);
      if (kept !== undefined) return kept;
      const found = await row(tenant, table, key);
      if (rows.size >= MOST_ROWS) rows.clear();
      rows.set(place, found);
      return found;
    },
    forget: (tenant) => void known.delete(tenant),
  };
}
