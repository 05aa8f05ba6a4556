import type pg from 'pg';

/** When the database was last filled from a backup, in milliseconds since 1970; undefined when never. `pool` runs as weft_engine. */
export async function readRestoration(pool: Pick<pg.Pool, 'query'>): Promise<number | undefined> {
  const { rows } = await pool.query<{ ms: number | null }>(
    'select (extract(epoch from max(at)) * 1000)::float8 as ms from restoration',
  );
  return rows[0]?.ms ?? undefined;
}
