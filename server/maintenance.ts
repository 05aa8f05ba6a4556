import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { makeMonths, type Pruned, pruneMonths } from './adapters/pg-partitions.ts';
import type { Database } from './adapters/pg-pool.ts';

/** One process of all at a time keeps house. */
const LOCK = 7_310_246;
const DAY_MS = 86_400_000;
/** After a failure, or when a month could not be taken away because somebody was reading it. */
const AGAIN_MS = 600_000;

export interface MaintenanceOptions {
  /** Whoever owns the tables: MIGRATE_DATABASE_URL, else the user of DATABASE_URL, without a role. */
  readonly database: Database;
  /** Days that traces and payloads of ended runs are kept. */
  readonly traceDays: number;
  readonly log: Logger;
}

export interface Upkeep extends Pruned {
  readonly sessions: number;
}

export interface Maintenance {
  stop(): Promise<void>;
}

async function withOwner<T>(database: Database, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    ...database,
    application_name: 'weft maintenance',
    options: '-c search_path=public',
    connectionTimeoutMillis: 5000,
  });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** Makes the months that are missing; waits for another process that is just doing so. Without them nothing can be stored. */
export function ensureMonths(database: Database): Promise<void> {
  return withOwner(database, async (client) => {
    await client.query('select pg_advisory_lock($1)', [LOCK]);
    await makeMonths(client);
  });
}

/** Keeps house once; null when another process is at it. */
export function keepHouse(
  { database, traceDays }: Omit<MaintenanceOptions, 'log'>,
  signal: AbortSignal = new AbortController().signal,
): Promise<Upkeep | null> {
  return withOwner(database, async (client) => {
    const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_lock($1) as ours', [LOCK]);
    if (!rows[0]?.ours) return null;
    await makeMonths(client);
    const pruned = await pruneMonths(client, traceDays, signal);
    const { rowCount } = await client.query('delete from user_session where expire < now()');
    await client.query('delete from password_reset where expires_at < now()');
    await client.query('set role weft_engine');
    await client.query("delete from invitation where expires_at < now() - interval '30 days'");
    await client.query('delete from connection_sign_in where expires_at < now()');
    for (const table of ['connection', 'hook'])
      await client.query(
        `update ${table} set earlier_secret = null, earlier_until = null where earlier_until < now() - interval '1 hour'`,
      );
    await client.query('delete from writing w where not exists (select from due d where d.run_id = w.run_id)');
    return { ...pruned, sessions: rowCount ?? 0 };
  });
}

/** Keeps house now and every day; a failure is logged and tried again sooner. `stop` waits for the batch at work. */
export function startMaintenance(options: MaintenanceOptions): Maintenance {
  const { log } = options;
  const stopping = new AbortController();
  const { signal } = stopping;
  const once = async (): Promise<number> => {
    try {
      const done = await keepHouse(options, signal);
      if (!done) return DAY_MS;
      if (done.dropped.length + done.deleted + done.sessions > 0) log.info(done, 'old traces and sessions taken away');
      return done.busy.length > 0 ? AGAIN_MS : DAY_MS;
    } catch (error) {
      log.warn({ err: error }, 'keeping house failed; it is tried again in ten minutes');
      return AGAIN_MS;
    }
  };
  const working = (async () => {
    while (!signal.aborted) {
      const wait = await once();
      await pause(wait, undefined, { signal, ref: false }).catch(() => undefined);
    }
  })();
  return {
    stop: async () => {
      stopping.abort();
      await working;
    },
  };
}
