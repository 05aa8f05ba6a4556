import type { ClientBase } from 'pg';
import { hookPlace } from './flow-triggers.ts';
import type { SealPlace } from './secret-box.ts';
import { earlierPlace } from './webhook-secret.ts';

/** A sealed value where it is stored. */
export interface SealedValue {
  readonly place: Omit<SealPlace, 'tenant'>;
  readonly sealed: Buffer;
  /** Puts another in its place; false when it has changed meanwhile. */
  replace(client: ClientBase, sealed: Buffer): Promise<boolean>;
}

interface Column {
  readonly table: string;
  readonly column: string;
  /** The data key it needs, worked out by the database. */
  readonly keyColumn: string;
  /** Columns that name the row, and those the place is made of. */
  readonly names: readonly string[];
  readonly reads: readonly string[];
  place(row: Readonly<Record<string, unknown>>): Omit<SealPlace, 'tenant'>;
}

const hookColumn = (column: string, keyColumn: string, kind: Parameters<typeof hookPlace>[2]): Column => ({
  table: 'hook',
  column,
  keyColumn,
  names: ['token_hash'],
  reads: ['flow_id', 'trigger'],
  place: (row) => hookPlace(String(row['flow_id']), String(row['trigger']), kind),
});

/** Every column that holds sealed values; a test looks for others. */
export const sealedColumns: readonly Column[] = [
  {
    table: 'connection',
    column: 'secrets',
    keyColumn: 'secrets_key',
    names: ['id'],
    reads: ['secrets_version'],
    place: (row) => ({ connection: String(row['id']), kind: 'secrets', version: Number(row['secrets_version']) }),
  },
  {
    table: 'connection',
    column: 'earlier_secret',
    keyColumn: 'earlier_key',
    names: ['id'],
    reads: [],
    place: (row) => earlierPlace(String(row['id'])),
  },
  {
    table: 'connection_token',
    column: 'sealed',
    keyColumn: 'sealed_key',
    names: ['connection_id'],
    reads: ['version'],
    place: (row) => ({ connection: String(row['connection_id']), kind: 'token', version: Number(row['version']) }),
  },
  hookColumn('token_sealed', 'token_key', 'hook-token'),
  hookColumn('secret_sealed', 'secret_key', 'hook-secret'),
  hookColumn('earlier_secret', 'earlier_key', 'earlier-hook-secret'),
];

/** The tenant's values that another data key than the newest opens, at most a hundred of each kind. */
export async function outdatedValues(client: ClientBase, tenant: number, newest: number): Promise<SealedValue[]> {
  const found: SealedValue[] = [];
  for (const { table, column, keyColumn, names, reads, place } of sealedColumns) {
    const { rows } = await client.query<Record<string, unknown> & { sealed_value: Buffer }>(
      `select ${[...names, ...reads].join(', ')}, ${column} as sealed_value from ${table}
        where tenant_id = $1 and ${keyColumn} <> $2 limit 100`,
      [tenant, newest],
    );
    for (const row of rows)
      found.push({
        place: place(row),
        sealed: row.sealed_value,
        replace: async (by, sealed) => {
          const named = names.map((name, index) => `${name} = $${index + 4}`).join(' and ');
          const { rowCount } = await by.query(
            `update ${table} set ${column} = $3 where tenant_id = $1 and ${column} = $2 and ${named}`,
            [tenant, row.sealed_value, sealed, ...names.map((name) => row[name])],
          );
          return rowCount === 1;
        },
      });
  }
  return found;
}
