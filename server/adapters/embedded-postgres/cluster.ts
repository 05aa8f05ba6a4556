import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, open, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';
import { StartError } from '../start-error.ts';
import { type Account, canEnter, findAccount, postgresEnvironment } from './account.ts';
import { type Binaries, installedBinaries, programIn, usableBinaries } from './binaries.ts';

/** DATA_DIR/postgres.json: where the data are and how to get in; it belongs in every backup of DATA_DIR. */
export const ClusterState = z.strictObject({
  format: z.literal(1),
  /** Relative to DATA_DIR, or absolute where PostgreSQL's account cannot enter DATA_DIR. */
  directory: z.string().min(1),
  password: z.string().min(1),
  /** The TCP port of systems without Unix sockets, kept from start to start. */
  port: z.int().min(1).max(65_535).optional(),
  /** False until initdb has ended once. */
  initialised: z.boolean(),
});
export type ClusterState = z.infer<typeof ClusterState>;

/** What it takes to find a server and to get in. */
export interface ClusterAccess {
  readonly dataDir: string;
  readonly data: string;
  readonly state: ClusterState;
}

/** One embedded PostgreSQL's files: `place` holds data, socket and perhaps copied binaries. */
export interface Cluster extends ClusterAccess {
  readonly place: string;
  readonly account: Account | undefined;
  readonly binaries: Binaries;
  state: ClusterState;
}

/** Tried in order when root's PostgreSQL account cannot enter DATA_DIR; all of them outlive a reboot. */
const REACHABLE_PLACES = ['/var/lib/weft', '/opt/weft'];

/** Opens the cluster of DATA_DIR, making it (initdb) when there is none; throws `StartError` with what to do. */
export async function openCluster(dataDir: string, onProgress: (line: string) => void): Promise<Cluster> {
  const found = await installedBinaries();
  const known = await readState(dataDir);
  const knownData = known && path.resolve(dataDir, known.directory, 'data');
  const account = await findAccount(knownData ? await stat(knownData).catch(() => undefined) : undefined);
  const state = known ?? (await newState(dataDir, account, onProgress));
  const place = path.resolve(dataDir, state.directory);
  const data = path.join(place, 'data');
  if (known) await claimPlace(dataDir, place, state);
  const hasData = await exists(path.join(data, 'PG_VERSION'));
  if (hasData) await requireSameMajor(data, found);
  else if (state.initialised) throw lost(dataDir, data);
  const binaries = await usableBinaries(found, account, place);
  const cluster: Cluster = { dataDir, place, data, account, binaries, state };
  if (!hasData) await initialise(cluster, onProgress);
  if (!(await canEnter(account, data))) {
    throw new StartError(
      `PostgreSQL runs as user ${account?.name}, who cannot enter ${data}: open the directories above it (chmod a+x), or set DATA_DIR to another directory.`,
    );
  }
  if (!state.initialised) await saveState(cluster, { initialised: true });
  return cluster;
}

/** The cluster of DATA_DIR if there is one already; makes and changes nothing. */
export async function findCluster(dataDir: string): Promise<ClusterAccess | undefined> {
  const state = await readState(dataDir);
  return state && { dataDir, data: path.resolve(dataDir, state.directory, 'data'), state };
}

export async function saveState(cluster: Cluster, change: Partial<ClusterState>): Promise<void> {
  cluster.state = { ...cluster.state, ...change };
  await writeState(cluster.dataDir, cluster.state);
}

export const identityOf = (account: Account | undefined): { uid?: number; gid?: number } =>
  account ? { uid: account.uid, gid: account.gid } : {};

/** An empty directory that only PostgreSQL's account may enter. */
export async function makePrivate(directory: string, account: Account | undefined): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await chmod(directory, 0o700);
  if (account) await chown(directory, account.uid, account.gid);
}

async function readState(dataDir: string): Promise<ClusterState | undefined> {
  const file = stateFile(dataDir);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new StartError(`Weft cannot read ${file} (${error.message}): start it as the user who started it before.`);
  });
  if (text === undefined) {
    if (!(await exists(path.join(dataDir, 'postgres', 'data')))) return undefined;
    throw new StartError(`${file} is missing beside the data it has the password of: put it back from a backup.`);
  }
  try {
    return ClusterState.parse(JSON.parse(text));
  } catch (cause) {
    throw new StartError(`${file} is not as Weft wrote it: put it back from a backup.`, { cause });
  }
}

async function newState(
  dataDir: string,
  account: Account | undefined,
  onProgress: (line: string) => void,
): Promise<ClusterState> {
  const id = randomBytes(6).toString('hex');
  const candidates = [path.join(dataDir, 'postgres')];
  if (account) candidates.push(...REACHABLE_PLACES.map((parent) => path.join(parent, id)));
  for (const place of candidates) {
    if (!(await preparePlace(place, account))) continue;
    const isInside = place === candidates[0];
    if (!isInside) {
      onProgress(`User ${account?.name} cannot enter ${dataDir}, so PostgreSQL's files go to ${place}.`);
      await writeFile(path.join(place, 'owner'), dataDir, { mode: 0o600 });
    }
    const password = randomBytes(24).toString('base64url');
    const directory = isInside ? 'postgres' : place;
    const state: ClusterState = { format: 1, directory, password, initialised: false };
    await writeState(dataDir, state);
    return state;
  }
  throw new StartError(
    `PostgreSQL runs as user ${account?.name ?? 'of Weft'}, who can use neither ${candidates.join(' nor ')}: set DATA_DIR to a directory that user can enter.`,
  );
}

async function preparePlace(place: string, account: Account | undefined): Promise<boolean> {
  try {
    const parent = path.dirname(place);
    if (REACHABLE_PLACES.includes(parent) && !(await exists(parent))) {
      await mkdir(parent, { recursive: true });
      await chmod(parent, 0o711);
    }
    await mkdir(place, { recursive: true });
    // Passable for the account, yet still root's: root writes the configuration here.
    await chmod(place, account ? 0o711 : 0o700);
    const part = path.join(place, 'data.part');
    await makePrivate(part, account);
    if (await canEnter(account, part)) return true;
    await rm(place, { recursive: true, force: true });
    return false;
  } catch (cause) {
    if (account) return false;
    throw new StartError(`Weft cannot write ${place}: set DATA_DIR to a directory it may write.`, { cause });
  }
}

/** Refuses a DATA_DIR that was copied while its data lie outside it, since both copies would write them. */
async function claimPlace(dataDir: string, place: string, state: ClusterState): Promise<void> {
  if (!path.isAbsolute(state.directory)) return;
  const ownerFile = path.join(place, 'owner');
  const owner = await readFile(ownerFile, 'utf8').catch(() => dataDir);
  if (owner !== dataDir) {
    const theirs = await readFile(stateFile(owner), 'utf8').catch(() => '');
    if (theirs.includes(JSON.stringify(place))) {
      throw new StartError(`${dataDir} is a copy of ${owner}, and both have their data in ${place}: use one of them.`);
    }
    await writeFile(ownerFile, dataDir, { mode: 0o600 });
  }
}

async function requireSameMajor(data: string, binaries: Binaries): Promise<void> {
  const major = (await readFile(path.join(data, 'PG_VERSION'), 'utf8')).trim();
  if (Number(major) === binaries.major) return;
  throw new StartError(
    `The data in ${data} are PostgreSQL ${major}'s and this Weft brings PostgreSQL ${binaries.major}: back up with the Weft that wrote them, then restore here.`,
  );
}

function lost(dataDir: string, data: string): StartError {
  return new StartError(
    `${stateFile(dataDir)} says that the data are in ${data}, which is not there: bring it back, or remove ${dataDir} to begin anew.`,
  );
}

async function initialise(cluster: Cluster, onProgress: (line: string) => void): Promise<void> {
  onProgress('Making the database (first start only)');
  const { place, account, binaries, data } = cluster;
  const part = path.join(place, 'data.part');
  const passwordFile = path.join(place, 'password.part');
  await makePrivate(part, account);
  await rm(passwordFile, { force: true });
  await writeFile(passwordFile, `${cluster.state.password}\n`, { mode: 0o600, flag: 'wx' });
  if (account) await chown(passwordFile, account.uid, account.gid);
  const options = { ...identityOf(account), cwd: '/', env: postgresEnvironment() };
  const initdb = programIn(binaries.native, 'initdb');
  // The builtin provider folds case in all of Unicode and sorts the same on every system, unlike the C library's.
  const locale = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const access = ['--username=weft', `--pwfile=${passwordFile}`, '--auth=scram-sha-256'];
  const run = promisify(execFile);
  try {
    await run(initdb, ['-D', part, '--no-sync', '--no-instructions', ...access, ...locale], options);
    // One pass over the finished files: a quarter of the time of syncing each as it is made.
    await run(initdb, ['-D', part, '--sync-only'], options);
  } catch (cause) {
    const lines = cause instanceof Error ? cause.message.trim().split('\n') : [];
    throw new StartError(`PostgreSQL could not make its data directory ${part}: ${lines.slice(1).join(' ')}`, {
      cause,
    });
  } finally {
    await rm(passwordFile, { force: true });
  }
  await rename(part, data);
  await syncDirectory(place);
}

async function writeState(dataDir: string, state: ClusterState): Promise<void> {
  const file = stateFile(dataDir);
  const handle = await open(`${file}.part`, 'w', 0o600);
  await handle.writeFile(`${JSON.stringify(state, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(`${file}.part`, file);
  await syncDirectory(dataDir);
}

async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  await handle.sync();
  await handle.close();
}

const stateFile = (dataDir: string): string => path.join(dataDir, 'postgres.json');

const exists = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  );
