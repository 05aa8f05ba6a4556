import { execFileSync } from 'node:child_process';
import { constants, readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import path from 'node:path';

/** What a running server writes into postmaster.pid (src/include/utils/pidfile.h). */
export interface Postmaster {
  readonly pid: number;
  /** A socket directory, or an address. */
  readonly host: string;
  readonly port: number;
}

/** Undefined when the file is absent, or not yet whole because the server is just starting. */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readFile(path.join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n');
  const [pid, , , port, socketDirectory, address] = lines.map((line) => line.trim());
  if (!Number(pid)) return undefined;
  return { pid: Math.abs(Number(pid)), host: socketDirectory || address || '127.0.0.1', port: Number(port) };
}

/**
 * Whether the process is a live PostgreSQL working on this data directory, and not another that got the same pid:
 * Linux by its program and working directory, elsewhere by its command line. A zombie is not.
 */
export function isPostgresOn(data: string, pid: number): boolean {
  try {
    if (process.platform === 'linux') {
      const program = path.basename(readlinkSync(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''));
      return program === 'postgres' && readlinkSync(`/proc/${pid}/cwd`) === realpathSync(data);
    }
    if (process.platform === 'win32') {
      const tasklist = path.join(process.env.SystemRoot ?? 'C:\\Windows', 'System32', 'tasklist.exe');
      const found = execFileSync(tasklist, ['/FI', `PID eq ${pid}`, '/FO', 'CSV', '/NH'], { encoding: 'utf8' });
      return found.includes('"postgres.exe"');
    }
    const command = execFileSync('ps', ['-o', 'stat=,command=', '-p', String(pid)], { encoding: 'utf8' });
    return !command.startsWith('Z') && command.includes('postgres') && command.includes(data);
  } catch {
    return false;
  }
}

/**
 * Lets a new server start over a postmaster.pid whose pid now belongs to a process that is not PostgreSQL. The file
 * stays, since its shared memory key is how PostgreSQL finds backends that outlived their postmaster; only its pid
 * becomes ours, which PostgreSQL takes for stale because we are its parent (CreateLockFile in miscinit.c).
 */
export async function disownPostmasterFile(data: string): Promise<void> {
  const file = path.join(data, 'postmaster.pid');
  const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
  // Not through a link: the directory is PostgreSQL's account's, and we may be root.
  const handle = await open(file, constants.O_WRONLY | constants.O_TRUNC | constants.O_NOFOLLOW);
  await handle.writeFile([process.pid, ...rest].join('\n')).finally(() => handle.close());
}

/** Backends on the data that outlived their postmaster; found on Linux only. */
export function orphansOn(data: string): number[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && isPostgresOn(data, pid));
}

/** The pid and those of its children; on Windows the pid alone. */
export function familyOf(pid: number): number[] {
  if (process.platform === 'win32') return [pid];
  const parents = process.platform === 'linux' ? linuxParents() : psParents();
  return [pid, ...parents.filter(([, parent]) => parent === pid).map(([child]) => child)];
}

type ChildAndParent = readonly [number, number];

function linuxParents(): ChildAndParent[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): ChildAndParent[] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        // The command in parentheses may hold anything, so fields are counted from its end: state, then parent.
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])]];
      } catch {
        return [];
      }
    });
}

function psParents(): ChildAndParent[] {
  return execFileSync('ps', ['-axo', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([pid, parent]): ChildAndParent => [Number(pid), Number(parent)]);
}
