import { readFile, writeFile } from 'node:fs/promises';
import { totalmem } from 'node:os';
import path from 'node:path';
import type { Cluster } from './cluster.ts';
import type { Endpoint } from './endpoint.ts';

/** Setting name to value, as in postgresql.conf but without quotes. */
export type Settings = Readonly<Record<string, string>>;

const GIB = 1024 ** 3;

function defaults(): Settings {
  const memory = Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
  return {
    max_connections: '100',
    shared_buffers: memory < 2 * GIB ? '128MB' : '256MB',
    // Bounds the replay after a crash, and with it the time of the next start (about 0.3 GB of WAL a second).
    max_wal_size: '512MB',
    // No I/O workers that cost memory while Weft is idle.
    io_method: 'sync',
    jit: 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    lc_messages: 'C',
    // A line every five minutes for ever would fill the log.
    log_checkpoints: 'off',
  };
}

/** The whole configuration file. It includes initdb's own, whose choice of shared memory fits the system. */
export function configurationText(cluster: Cluster, endpoint: Endpoint, settings: Settings): string {
  const isSocket = path.isAbsolute(endpoint.host);
  const listen: Settings = {
    listen_addresses: isSocket ? '' : endpoint.host,
    // A list of directories, so a comma in a path must stand in double quotes.
    unix_socket_directories: isSocket ? `"${endpoint.host.replaceAll('"', '""')}"` : '',
    unix_socket_permissions: '0700',
    port: String(endpoint.port),
  };
  const lines = Object.entries({ ...defaults(), ...listen, ...settings }).map(
    ([name, value]) => `${name} = ${quote(value)}`,
  );
  return [
    `# Written by Weft at every start of PostgreSQL ${cluster.binaries.version} in`,
    `# ${cluster.binaries.native}. Own settings: alter system.`,
    `include ${quote(path.join(cluster.data, 'postgresql.conf'))}`,
    ...lines,
    '',
  ].join('\n');
}

export const configurationFile = (cluster: Cluster): string => path.join(cluster.place, 'weft.conf');

export async function writeConfiguration(cluster: Cluster, text: string): Promise<void> {
  await writeFile(configurationFile(cluster), text, { mode: 0o644 });
}

/** Whether a running server was started with the very same text, so that nothing is gained by a restart. */
export async function hasConfiguration(cluster: Cluster, text: string): Promise<boolean> {
  return (await readFile(configurationFile(cluster), 'utf8').catch(() => '')) === text;
}

function quote(value: string): string {
  if (/[\0\n\r]/.test(value)) throw new TypeError('a PostgreSQL setting or path must not hold a line break');
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}
