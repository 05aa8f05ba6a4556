import { realpath } from 'node:fs/promises';
import pg from 'pg';
import { StartError } from '../start-error.ts';
import type { ClusterAccess } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';

const DATABASE = 'weft';
const USER = 'weft';

/** What pg's Client and Pool take; `host` may be the directory of a Unix socket. */
export interface ConnectOptions extends Endpoint {
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export function connectOptionsOf(cluster: ClusterAccess, endpoint: Endpoint): ConnectOptions {
  return { ...endpoint, user: USER, password: cluster.state.password, database: DATABASE };
}

/** For what takes a URL only. A socket's directory stands in `host=`, which pg and libpq put before the host part. */
export function urlOf({ host, port, user, password, database }: ConnectOptions): string {
  const account = `${user}:${encodeURIComponent(password)}`;
  return host.startsWith('/')
    ? `postgresql://${account}@localhost:${port}/${database}?host=${encodeURIComponent(host)}`
    : `postgresql://${account}@${host}:${port}/${database}`;
}

/** `busy`: alive, but starting, recovering, stopping or full; `silent`: nobody answers. */
export type Answer = 'ready' | 'busy' | 'silent';

/** Asks the server whether it takes our password and works on our data; makes the database when it is not there yet. */
export async function ask(cluster: ClusterAccess, endpoint: Endpoint): Promise<Answer> {
  const client = new pg.Client({
    ...connectOptionsOf(cluster, endpoint),
    database: 'postgres',
    connectionTimeoutMillis: 5000,
  });
  // A server that stops under us also emits; the query's own rejection says all.
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ directory: string; known: boolean }>(
      `select current_setting('data_directory') as directory, exists (select from pg_database where datname = $1) as known`,
      [DATABASE],
    );
    const [answer] = rows;
    if (!answer || (await realpath(answer.directory)) !== (await realpath(cluster.data))) return 'silent';
    if (!answer.known) await client.query(`create database ${DATABASE}`);
    return 'ready';
  } catch (error) {
    return judge(error, cluster);
  } finally {
    await client.end().catch(() => undefined);
  }
}

const CANNOT_CONNECT_NOW = '57P03';
const ADMIN_SHUTDOWN = '57P01';
const TOO_MANY_CONNECTIONS = '53300';
const ACCESS_REFUSED = ['28P01', '28000'];

function judge(error: unknown, cluster: ClusterAccess): Answer {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if ([CANNOT_CONNECT_NOW, ADMIN_SHUTDOWN, TOO_MANY_CONNECTIONS].includes(code)) return 'busy';
  if (ACCESS_REFUSED.includes(code)) {
    throw new StartError(
      `PostgreSQL refuses the password in ${cluster.dataDir}/postgres.json: put back the file that belongs to its data.`,
      { cause: error },
    );
  }
  return 'silent';
}
