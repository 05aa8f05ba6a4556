import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { StartError } from '../start-error.ts';

const run = promisify(execFile);

/** The operating system's user that PostgreSQL runs as when Weft runs as root, which PostgreSQL refuses. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Undefined when PostgreSQL runs as Weft's own user (always, unless that is root). The owner of existing data comes
 * first, then a user `postgres` or `weft`, then a new system user `weft`, then `nobody`.
 */
export async function findAccount(dataOwner: { uid: number; gid: number } | undefined): Promise<Account | undefined> {
  if (process.geteuid?.() !== 0) return undefined;
  if (dataOwner && dataOwner.uid !== 0) return { name: `uid ${dataOwner.uid}`, ...dataOwner };
  const known = (await lookUp('postgres')) ?? (await lookUp('weft'));
  if (known) return known;
  await run('useradd', ['--system', '--user-group', '--no-create-home', '--shell', '/usr/sbin/nologin', 'weft']).catch(
    () => undefined,
  );
  const account = (await lookUp('weft')) ?? (await lookUp('nobody'));
  if (account) return account;
  throw new StartError(
    'PostgreSQL refuses to run as root and no other user could be made: start Weft as an ordinary user, or set DATABASE_URL.',
  );
}

async function lookUp(name: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
    return { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Whether the account can go into the directory and read and write there; asked of the system, not of mode bits. */
export async function canEnter(account: Account | undefined, directory: string): Promise<boolean> {
  if (!account) return true;
  return await succeeds(account, '/bin/sh', ['-c', 'cd "$0" && test -r . && test -x .', directory]);
}

/** Whether the program starts at all for the account: its file, the way to it and its libraries are all reachable. */
export async function canRun(account: Account | undefined, program: string): Promise<boolean> {
  return await succeeds(account, program, ['--version']);
}

async function succeeds(account: Account | undefined, program: string, args: readonly string[]): Promise<boolean> {
  const identity = account ? { uid: account.uid, gid: account.gid } : {};
  return await run(program, args, { ...identity, cwd: '/', env: postgresEnvironment() }).then(
    () => true,
    () => false,
  );
}

/** A short list, so that Weft's secrets and the caller's PG* variables never reach PostgreSQL. */
export function postgresEnvironment(): Record<string, string> {
  const kept = ['PATH', 'LD_LIBRARY_PATH', 'SystemRoot', 'SYSTEMROOT', 'windir', 'TEMP', 'TMP'];
  const environment: Record<string, string> = { LC_ALL: 'C', TZ: 'UTC' };
  for (const name of kept) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return environment;
}
