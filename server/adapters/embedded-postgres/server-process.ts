import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { StartError } from '../start-error.ts';
import { postgresEnvironment } from './account.ts';
import { programIn } from './binaries.ts';
import { type Cluster, identityOf } from './cluster.ts';
import { configurationFile } from './configuration.ts';
import { ask } from './connection.ts';
import type { Endpoint } from './endpoint.ts';
import { disownPostmasterFile, isPostgresOn, orphansOn, type Postmaster, readPostmaster } from './postmaster.ts';

/** fast: connections are cut and all is written; immediate: like a crash, replayed at the next start. */
export type StopMode = 'fast' | 'immediate';

const POLL_MS = 25;
const RECOVERY_MS = 120_000;
const SILENCE_MS = 5000;
const RETRY_MS = 20_000;
const ORPHANS_MS = 3000;
const STOP_MS = 20_000;

/** The live server on our data once it answers; undefined when there is none, or it was dead to us and is stopped. */
export async function liveServer(cluster: Cluster): Promise<Postmaster | undefined> {
  const begun = Date.now();
  let heard = begun;
  for (;;) {
    const found = await readPostmaster(cluster.data);
    if (!found || !isPostgresOn(cluster.data, found.pid)) return undefined;
    const answer = await ask(cluster, found);
    if (answer === 'ready') return found;
    if (answer === 'busy') heard = Date.now();
    if (Date.now() - heard > SILENCE_MS || Date.now() - begun > RECOVERY_MS) {
      await stopServer(cluster, found.pid, 'immediate');
      return undefined;
    }
    await pause(POLL_MS);
  }
}

/** Starts the server and waits until it answers, and gives its pid; throws `StartError` with its last words. */
export async function startServer(cluster: Cluster, endpoint: Endpoint): Promise<number> {
  const logFile = path.join(cluster.dataDir, 'postgres.log');
  await rename(logFile, `${logFile}.1`).catch(() => undefined);
  const begun = Date.now();
  for (;;) {
    await forgetForeignPid(cluster.data);
    const started = await attempt(cluster, endpoint, logFile);
    if (typeof started === 'number') return started;
    const waited = Date.now() - begun;
    // Killed with -9, a server leaves traces until the last of its processes is gone and reaped.
    const isPassing = /lock file|shared memory block|could not bind|Address already in use/i.test(started.lastWords);
    if (!isPassing || waited > RETRY_MS) {
      throw new StartError(`PostgreSQL did not start: ${started.lastWords} (more in ${logFile})`);
    }
    if (waited > ORPHANS_MS) for (const pid of orphansOn(cluster.data)) signal(pid, 'SIGQUIT');
    await pause(10 * POLL_MS);
  }
}

/** Stops by a pid that is checked to be ours right before; a stop that hangs gets harder. */
export async function stopServer(cluster: Cluster, pid: number, mode: StopMode): Promise<void> {
  if (process.platform === 'win32') {
    const args = ['stop', '-D', cluster.data, '-m', mode, '-w', '-t', String(STOP_MS / 1000)];
    const child = spawn(programIn(cluster.binaries.native, 'pg_ctl'), args, { stdio: 'ignore' });
    await once(child, 'exit');
    return;
  }
  const harder = { SIGINT: 'SIGQUIT', SIGQUIT: 'SIGKILL', SIGKILL: undefined } as const;
  let next: keyof typeof harder | undefined = mode === 'fast' ? 'SIGINT' : 'SIGQUIT';
  while (next && isPostgresOn(cluster.data, pid)) {
    signal(pid, next);
    const deadline = Date.now() + STOP_MS;
    while (isPostgresOn(cluster.data, pid) && Date.now() < deadline) await pause(POLL_MS);
    next = harder[next];
  }
}

async function forgetForeignPid(data: string): Promise<void> {
  const found = await readPostmaster(data);
  if (found && process.platform !== 'win32' && !isPostgresOn(data, found.pid) && processExists(found.pid)) {
    await disownPostmasterFile(data);
  }
}

async function attempt(
  cluster: Cluster,
  endpoint: Endpoint,
  logFile: string,
): Promise<number | { readonly lastWords: string }> {
  // Opened here and handed over, so that PostgreSQL's account needs no way into DATA_DIR.
  const log = openSync(logFile, 'a', 0o600);
  const child = spawnServer(cluster, logFile, log);
  closeSync(log);
  let failure: string | undefined;
  child.on('error', (error) => {
    failure = error.message;
  });
  child.on('exit', (code) => {
    // On Windows the child is pg_ctl, which ends when the server is up.
    if (process.platform !== 'win32' || code !== 0) failure ??= '';
  });
  const deadline = Date.now() + RECOVERY_MS;
  while (failure === undefined && Date.now() < deadline) {
    if ((await ask(cluster, endpoint)) === 'ready') {
      const pid = (await readPostmaster(cluster.data))?.pid;
      if (pid !== undefined) {
        child.unref();
        return pid;
      }
    }
    await pause(POLL_MS);
  }
  if (failure === undefined && child.pid !== undefined) await stopServer(cluster, child.pid, 'immediate');
  return { lastWords: failure || (await lastWordsIn(logFile)) };
}

function spawnServer(cluster: Cluster, logFile: string, log: number) {
  const { native } = cluster.binaries;
  const conf = configurationFile(cluster);
  const common = { cwd: cluster.place, env: postgresEnvironment(), windowsHide: true };
  if (process.platform === 'win32') {
    // pg_ctl drops the administrator's rights, with which the server would refuse to run.
    const args = ['start', '-D', cluster.data, '-W', '-l', logFile, '-o', `-c config_file="${conf}"`];
    return spawn(programIn(native, 'pg_ctl'), args, { ...common, stdio: 'ignore' });
  }
  // Its own process group: Ctrl-C is for Weft, which stops the server when it has drained.
  return spawn(programIn(native, 'postgres'), ['-D', cluster.data, '-c', `config_file=${conf}`], {
    ...common,
    ...identityOf(cluster.account),
    detached: true,
    stdio: ['ignore', log, log],
  });
}

async function lastWordsIn(logFile: string): Promise<string> {
  const lines = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-20);
  const worst = lines.findLast((line) => /FATAL|PANIC/.test(line)) ?? lines.at(-1);
  return worst?.replace(/^.*?(?=FATAL|PANIC)/, '') || 'it ended without a word';
}

/** As `isPostgresOn`, but cheap enough to ask every second on every system. */
export function stillRuns(data: string, pid: number): boolean {
  return process.platform === 'linux' ? isPostgresOn(data, pid) : processExists(pid);
}

function processExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // Gone since it was found.
  }
}
