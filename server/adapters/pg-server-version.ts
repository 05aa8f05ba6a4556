import { StartError } from './start-error.ts';

const OLDEST = 13;
const NEWEST = 18;

/** As much of a pg client or pool as the question needs. */
interface Queryable {
  query(sql: string): Promise<{ rows: { version: string }[] }>;
}

/**
 * The server's major version; throws `StartError` below PostgreSQL 13. Newer than 18 is let through with a warning,
 * since PostgreSQL keeps its SQL compatible upwards.
 */
export async function requireServerVersion(client: Queryable, warn: (line: string) => void): Promise<number> {
  const { rows } = await client.query(`select current_setting('server_version_num') as version`);
  const major = Math.floor(Number(rows[0]?.version) / 10_000);
  if (!(major >= OLDEST)) {
    throw new StartError(`DATABASE_URL leads to PostgreSQL ${major}; Weft needs ${OLDEST} to ${NEWEST}.`);
  }
  if (major > NEWEST) warn(`DATABASE_URL leads to PostgreSQL ${major}; Weft is tried with ${OLDEST} to ${NEWEST}.`);
  return major;
}
