import pg from 'pg';
import { lockDataDir } from '../adapters/data-dir.ts';
import { findCluster } from '../adapters/embedded-postgres/cluster.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '../adapters/embedded-postgres.ts';
import type { Database } from '../adapters/pg-pool.ts';
import { requireServerVersion } from '../adapters/pg-server-version.ts';
import { StartError } from '../adapters/start-error.ts';
import { type Config, readConfig } from '../config.ts';
import type { Terminal } from './command.ts';

/** The database a command works on. */
export interface OpenDatabase {
  readonly config: Config;
  readonly database: Database;
  /** Who may change tables. */
  readonly owner: Database;
}

interface Wanted {
  /** Makes the embedded database when there is none; otherwise that is an error. */
  readonly make?: boolean;
  /** Nobody else may be at work on the data directory meanwhile. */
  readonly alone?: boolean;
}

/**
 * Finds the database as the server does: DATABASE_URL, else the embedded one, which is started for as long as the work takes
 * when no Weft is running on DATA_DIR. Rejects with StartError or ConfigError.
 */
export async function withDatabase<T>(
  terminal: Terminal,
  { make = false, alone = false }: Wanted,
  work: (open: OpenDatabase) => Promise<T>,
): Promise<T> {
  const config = readConfig(terminal.env);
  const say = (line: string): void => terminal.note(line);
  if (config.DATABASE_URL !== undefined) {
    const lock = alone ? lockDataDir(config.DATA_DIR) : undefined;
    try {
      const database = { connectionString: config.DATABASE_URL };
      await reach(database, 'DATABASE_URL', say);
      const owner = config.MIGRATE_DATABASE_URL ? { connectionString: config.MIGRATE_DATABASE_URL } : database;
      if (owner !== database) await reach(owner, 'MIGRATE_DATABASE_URL', say);
      return await work({ config, database, owner });
    } finally {
      lock?.release();
    }
  }
  const running = alone ? undefined : await findEmbeddedPostgres(config.DATA_DIR);
  if (running) return work({ config, database: running, owner: running });
  if (!make && !(await findCluster(config.DATA_DIR)))
    throw new StartError(
      `There is no database in ${config.DATA_DIR}: set DATA_DIR or DATABASE_URL to where Weft keeps its own.`,
    );
  const lock = lockDataDir(config.DATA_DIR);
  try {
    const postgres = await startEmbeddedPostgres({ dataDir: lock.path, onProgress: say });
    try {
      return await work({ config, database: postgres.connectOptions, owner: postgres.connectOptions });
    } finally {
      await postgres.stop('fast');
    }
  } finally {
    lock.release();
  }
}

async function reach(database: Database, setting: string, say: (line: string) => void): Promise<void> {
  const client = new pg.Client({ ...database, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await requireServerVersion(client, say);
  } catch (error) {
    if (error instanceof StartError) throw error;
    const cause = error instanceof AggregateError ? error.errors[0] : error;
    throw new StartError(`${setting}: ${cause instanceof Error ? cause.message : 'cannot be reached'}`, { cause });
  } finally {
    await client.end().catch(() => undefined);
  }
}
