import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { lstat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { StartError } from '../start-error.ts';
import { canEnter } from './account.ts';
import { type Cluster, makePrivate, saveState } from './cluster.ts';

/** Where the server listens: a Unix socket's directory, or 127.0.0.1. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

const SOCKET_PORT = 5432;

/** The same at every start: the given TCP port, else a Unix socket, else (Windows) a TCP port chosen once. */
export async function endpointOf(cluster: Cluster, port: number | undefined): Promise<Endpoint> {
  if (port !== undefined) return { host: '127.0.0.1', port };
  if (process.platform !== 'win32') return { host: await socketDirectoryOf(cluster), port: SOCKET_PORT };
  return { host: '127.0.0.1', port: cluster.state.port ?? (await freePort(undefined)) };
}

/** Makes the endpoint fit to listen on. To be called with no server running, since it empties the socket's directory. */
export async function prepareEndpoint(cluster: Cluster, endpoint: Endpoint, isGiven: boolean): Promise<Endpoint> {
  if (path.isAbsolute(endpoint.host)) {
    await makePrivate(endpoint.host, cluster.account);
    if (await canEnter(cluster.account, endpoint.host)) return endpoint;
    throw new StartError(
      `User ${cluster.account?.name} cannot enter ${endpoint.host}: set DATA_DIR to a shorter path.`,
    );
  }
  if (isGiven) return endpoint;
  const port = await freePort(endpoint.port);
  await saveState(cluster, { port });
  return { ...endpoint, port };
}

/**
 * Beside the data, or, where that is longer than a socket's address may be (107 bytes on Linux, 103 on macOS), a
 * private directory among the temporary ones.
 */
async function socketDirectoryOf(cluster: Cluster): Promise<string> {
  const limit = process.platform === 'linux' ? 107 : 103;
  const fits = (directory: string) => Buffer.byteLength(path.join(directory, `.s.PGSQL.${SOCKET_PORT}`)) <= limit;
  const beside = path.join(cluster.place, 'socket');
  if (fits(beside)) return beside;
  const name = `weft-${createHash('sha256').update(cluster.place).digest('hex').slice(0, 12)}`;
  const owner = cluster.account?.uid ?? process.getuid?.();
  for (const parent of [tmpdir(), '/tmp']) {
    const directory = path.join(parent, name);
    const there = await lstat(directory).catch(() => undefined);
    // Anybody may write among temporary files: what another user put there under our name is not ours to use.
    if (fits(directory) && (!there || (there.isDirectory() && there.uid === owner))) return directory;
  }
  throw new StartError(`The path ${beside} is too long for a Unix socket: set DATA_DIR to a shorter one.`);
}

/** The wished port of 127.0.0.1 if it is free, else any that is. */
async function freePort(wished: number | undefined): Promise<number> {
  const server = createServer();
  try {
    server.listen({ host: '127.0.0.1', port: wished ?? 0, exclusive: true });
    await once(server, 'listening');
    const address = server.address();
    if (address && typeof address === 'object') return address.port;
    throw new StartError('No TCP port of 127.0.0.1 is free for PostgreSQL.');
  } catch (error) {
    if (wished === undefined) throw error;
    return await freePort(undefined);
  } finally {
    server.close();
  }
}
