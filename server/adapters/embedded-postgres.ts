import { type Cluster, findCluster, openCluster } from './embedded-postgres/cluster.ts';
import {
  configurationText,
  hasConfiguration,
  type Settings,
  writeConfiguration,
} from './embedded-postgres/configuration.ts';
import { ask, type ConnectOptions, connectOptionsOf, urlOf } from './embedded-postgres/connection.ts';
import { type Endpoint, endpointOf, prepareEndpoint } from './embedded-postgres/endpoint.ts';
import { familyOf, isPostgresOn, readPostmaster } from './embedded-postgres/postmaster.ts';
import { liveServer, type StopMode, startServer, stillRuns, stopServer } from './embedded-postgres/server-process.ts';

const WATCH_MS = 1000;
const LONGEST_WAIT_MS = 30_000;

export interface EmbeddedPostgresOptions {
  /** Absolute, and locked by the caller (`lockDataDir`), since two starts on one directory would stop each other. */
  readonly dataDir: string;
  /** Takes what a person should see while waiting, a line at a time. */
  readonly onProgress: (line: string) => void;
  /** Listens on this port of 127.0.0.1 instead of on a Unix socket. */
  readonly port?: number;
  /** Over the defaults, as in postgresql.conf; a running server with others is restarted. */
  readonly settings?: Settings;
}

/** A running PostgreSQL whose address and password stay the same over restarts. */
export interface EmbeddedPostgres {
  readonly url: string;
  readonly connectOptions: ConnectOptions;
  /** It had outlived an earlier Weft and was taken over running. */
  readonly adopted: boolean;
  /** The server's processes now (on Windows the first alone), for measuring and for chaos. */
  pids(): number[];
  stop(mode: StopMode): Promise<void>;
  restart(mode: StopMode): Promise<void>;
}

/**
 * Starts the PostgreSQL of a data directory, makes it at the first start, or takes over the one that outlived a killed
 * Weft. Until `stop` it is started again when it ends by itself. Throws `StartError` with one line of what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { onProgress, port, settings = {} } = options;
  const cluster = await openCluster(options.dataDir, onProgress);
  let endpoint = await endpointOf(cluster, port);
  let pid = await adopt(cluster, endpoint, settings);
  const adopted = pid !== undefined;
  const launch = async () => {
    onProgress('Starting the database');
    endpoint = await prepareEndpoint(cluster, endpoint, port !== undefined);
    await writeConfiguration(cluster, configurationText(cluster, endpoint, settings));
    return await startServer(cluster, endpoint);
  };
  pid ??= await launch();
  const server = supervise(cluster, pid, launch, onProgress);
  const connectOptions = connectOptionsOf(cluster, endpoint);
  return { url: urlOf(connectOptions), connectOptions, adopted, ...server };
}

/** How to reach the PostgreSQL of a Weft that is running on the directory; undefined when there is none. */
export async function findEmbeddedPostgres(dataDir: string): Promise<ConnectOptions | undefined> {
  const cluster = await findCluster(dataDir);
  const server = cluster && (await readPostmaster(cluster.data));
  if (!server || !isPostgresOn(cluster.data, server.pid)) return undefined;
  const endpoint = { host: server.host, port: server.port };
  return (await ask(cluster, endpoint)) === 'ready' ? connectOptionsOf(cluster, endpoint) : undefined;
}

/** The pid of a live server that was started with our very settings; one with others is stopped. */
async function adopt(cluster: Cluster, endpoint: Endpoint, settings: Settings): Promise<number | undefined> {
  const live = await liveServer(cluster);
  if (!live) return undefined;
  if (await hasConfiguration(cluster, configurationText(cluster, endpoint, settings))) return live.pid;
  await stopServer(cluster, live.pid, 'fast');
  return undefined;
}

/** Keeps one server running, and takes stops and restarts one at a time. */
function supervise(
  cluster: Cluster,
  firstPid: number,
  launch: () => Promise<number>,
  onProgress: (line: string) => void,
): Pick<EmbeddedPostgres, 'pids' | 'stop' | 'restart'> {
  let pid = firstPid;
  let turn: Promise<void> = Promise.resolve();
  let isBusy = false;
  let failures = 0;
  let notBefore = 0;

  const inTurn = (work: () => Promise<void>): Promise<void> => {
    const mine = turn.then(async () => {
      isBusy = true;
      await work().finally(() => {
        isBusy = false;
      });
    });
    turn = mine.catch(() => undefined);
    return mine;
  };

  const revive = async () => {
    if (stillRuns(cluster.data, pid)) return;
    onProgress('The database ended unexpectedly and is started again');
    try {
      pid = await launch();
      failures = 0;
    } catch (error) {
      failures += 1;
      notBefore = Date.now() + Math.min(LONGEST_WAIT_MS, WATCH_MS * 2 ** failures);
      onProgress(error instanceof Error ? error.message : String(error));
    }
  };

  const watch = setInterval(() => {
    if (!isBusy && Date.now() >= notBefore && !stillRuns(cluster.data, pid)) void inTurn(revive);
  }, WATCH_MS);
  watch.unref();

  return {
    pids: () => (stillRuns(cluster.data, pid) ? familyOf(pid) : []),
    stop: (mode) => {
      clearInterval(watch);
      return inTurn(() => stopServer(cluster, pid, mode));
    },
    restart: (mode) =>
      inTurn(async () => {
        await stopServer(cluster, pid, mode);
        pid = await launch();
      }),
  };
}
