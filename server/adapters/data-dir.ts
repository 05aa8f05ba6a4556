import { chmodSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { z } from 'zod';
import { StartError } from './start-error.ts';

const Holder = z.object({ pid: z.int().positive(), address: z.string().optional() });
type Holder = z.infer<typeof Holder>;

const SQLITE_BUSY = 5;

/** Keeps each lock from being garbage collected, and so given back, when its owner forgets the returned object. */
const held = new Set<DatabaseSync>();

/** A data directory that this process alone may use, until `release` or its death. */
export interface DataDir {
  /** Absolute, without symbolic links. */
  readonly path: string;
  /** Tells a second start where this one answers. */
  announce(address: string): void;
  release(): void;
}

/**
 * Takes the directory (made when absent) for this process; throws `StartError` when a living Weft has it.
 * The lock is an empty SQLite file held in an exclusive transaction: fcntl or LockFileEx underneath, so the kernel
 * frees it when the process dies in whatever way, and no pid has to be judged.
 */
export function lockDataDir(dataDir: string): DataDir {
  const directory = makeDirectory(path.resolve(dataDir));
  const holderFile = path.join(directory, 'weft.pid');
  const lock = takeLock(directory, holderFile);
  held.add(lock);
  const announce = (holder: Holder) => writeFileSync(holderFile, `${JSON.stringify(holder)}\n`, { mode: 0o600 });
  announce({ pid: process.pid });
  return {
    path: directory,
    announce: (address) => announce({ pid: process.pid, address }),
    release: () => {
      if (!lock.isOpen) return;
      rmSync(holderFile, { force: true });
      lock.close();
      held.delete(lock);
    },
  };
}

function makeDirectory(directory: string): string {
  try {
    if (!existsSync(directory)) {
      mkdirSync(directory, { recursive: true });
      // PostgreSQL refuses to run as root, and its account must pass through here; every secret inside is 0600.
      chmodSync(directory, process.geteuid?.() === 0 ? 0o711 : 0o700);
    }
    return realpathSync(directory);
  } catch (error) {
    throw unusable(directory, error);
  }
}

function takeLock(directory: string, holderFile: string): DatabaseSync {
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(path.join(directory, 'weft.lock'), { timeout: 0 });
    lock.exec('begin exclusive');
    return lock;
  } catch (error) {
    lock?.close();
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw new StartError(alreadyRuns(directory, readHolder(holderFile)));
    }
    throw unusable(directory, error);
  }
}

function alreadyRuns(directory: string, holder: Holder | undefined): string {
  const known = [holder && `process ${holder.pid}`, holder?.address].filter(Boolean).join(', ');
  return `Weft already runs on ${directory}${known && ` (${known})`}: stop it first, or set DATA_DIR to another directory.`;
}

function readHolder(holderFile: string): Holder | undefined {
  try {
    return Holder.safeParse(JSON.parse(readFileSync(holderFile, 'utf8'))).data;
  } catch {
    return undefined;
  }
}

function unusable(directory: string, cause: unknown): StartError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StartError(`Weft cannot use ${directory} (${reason}): set DATA_DIR to a directory it may write.`, {
    cause,
  });
}
