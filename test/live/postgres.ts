import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type DataDir, lockDataDir } from '#server/adapters/data-dir.ts';
import { urlOf } from '#server/adapters/embedded-postgres/connection.ts';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { StartError } from '#server/adapters/start-error.ts';

/** A PostgreSQL over TCP, as programs in other languages reach it too. */
export interface LivePostgres {
  /** A superuser's URL of one of its databases. */
  readonly url: string;
  close(): Promise<void>;
}

/** Live systems are thrown away, so nothing waits for the disk. */
const SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

const JOIN_MS = 60_000;

/**
 * `LIVE_DATABASE_URL` if set, else an embedded one with its data under `dir`, which lives as long as the process that came
 * first: whoever runs several systems starts it before them and tells them by that variable.
 */
export async function startLivePostgres(dir: string): Promise<LivePostgres> {
  const given = process.env['LIVE_DATABASE_URL'];
  if (given) return { url: given, close: async () => undefined };
  const dataDir = path.join(dir, 'postgres');
  const lock = lockOf(dataDir);
  if (lock instanceof StartError) return joinPostgres(dataDir, lock);
  const port = await freePort();
  const onProgress = (): void => undefined;
  const server = await startEmbeddedPostgres({ dataDir: lock.path, onProgress, settings: SETTINGS, port });
  return {
    url: server.url,
    async close() {
      await server.stop('fast');
      lock.release();
    },
  };
}

function lockOf(dataDir: string): DataDir | StartError {
  try {
    return lockDataDir(dataDir);
  } catch (error) {
    if (error instanceof StartError) return error;
    throw error;
  }
}

/** The one that another process has started on the directory, or is starting. */
async function joinPostgres(dataDir: string, refusal: StartError): Promise<LivePostgres> {
  const deadline = Date.now() + JOIN_MS;
  while (Date.now() < deadline) {
    const options = await findEmbeddedPostgres(dataDir);
    if (options) return { url: urlOf(options), close: async () => undefined };
    await sleep(200);
  }
  throw refusal;
}

/** A port of 127.0.0.1 that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port of 127.0.0.1 is free');
  return address.port;
}

/** The same server's URL of another database. */
export function databaseUrl(server: string, name: string): string {
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

export async function hasDatabase(server: string, name: string): Promise<boolean> {
  return (await askDatabase(server, 'select 1 from pg_database where datname = $1', [name])).length === 1;
}

/** Makes the database anew, empty or as a copy of `template`, which nobody may be connected to; answers its URL. */
export async function freshDatabase(server: string, name: string, template = 'template0'): Promise<string> {
  await dropDatabase(server, name);
  await askDatabase(server, `create database ${pg.escapeIdentifier(name)} template ${pg.escapeIdentifier(template)}`);
  return databaseUrl(server, name);
}

export async function dropDatabase(server: string, name: string): Promise<void> {
  await askDatabase(server, `drop database if exists ${pg.escapeIdentifier(name)} with (force)`);
}

/** Gives a database its final name once it is whole, so that a half-made template is never taken for one. */
export async function renameDatabase(server: string, from: string, to: string): Promise<void> {
  await askDatabase(server, `alter database ${pg.escapeIdentifier(from)} rename to ${pg.escapeIdentifier(to)}`);
}

/** One statement on a connection of its own; answers its rows. */
export async function askDatabase(url: string, sql: string, values: string[] = []): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const answer = await client.query<Record<string, unknown>>(sql, values).finally(() => client.end());
  return answer.rows;
}
