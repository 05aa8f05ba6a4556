import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { StartError } from './start-error.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Where the built page stands. */
export const DIST = join(ROOT, 'dist');
const STAMP = '.built-from';
const CONFIG = join(ROOT, 'vite.config.ts');
const PAGE = join(ROOT, 'editor');
const CACHE = join(ROOT, 'node_modules', '.cache');
/** What the page is made of. */
const SOURCES = ['editor', 'runtime', 'vite.config.ts', 'package-lock.json'];
const KEPT_MS = 7 * 24 * 3_600_000;
/** Of the sources, what the page is not made of. */
const OTHER = /\.test\.tsx?$|^pictures$/;

async function stamp(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => null);
  if (!info) return [];
  if (!info.isDirectory())
    return [
      `${path} ${info.size} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    ];
  const entries = (await readdir(path)).filter((name) => !OTHER.test(name)).sort();
  return (await Promise.all(entries.map((name) => stamp(join(path, name))))).flat();
}

/** Builds the page when it is not there or its sources have changed, or (`watch`) at every change; whoever asks for it meanwhile is told to wait. */
export async function buildPage(onProgress: (line: string) => void, watch = false): Promise<void> {
  const sources = await Promise.all(SOURCES.map((source) => stamp(join(ROOT, source))));
  const now = createHash('sha256').update(sources.flat().join('\n')).digest('hex');
  const before = await readFile(join(DIST, STAMP), 'utf8').catch(() => '');
  if (!watch && before === now && existsSync(join(DIST, 'index.html'))) return;
  const vite = findVite();
  if (vite === null) {
    if (existsSync(join(DIST, 'index.html'))) return;
    throw new StartError(
      'The page is not built and its build tools are not installed: run "npm ci && npm run build" once with dev dependencies.',
    );
  }
  onProgress('Building the page');
  if (watch) return buildAtEveryChange(onProgress);
  await mkdir(CACHE, { recursive: true });
  const fresh = await mkdtemp(join(CACHE, 'weft-page-'));
  try {
    await buildApart(vite, fresh);
    await writeFile(join(fresh, STAMP), now);
    await keepBefore(fresh);
    await replace(fresh);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

/** Vite's command line; null when it is not installed. */
function findVite(): string | null {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin', 'vite.js');
  } catch {
    return null;
  }
}

/** In a process of its own: building takes half a gigabyte, which the server would never give back. */
async function buildApart(vite: string, outDir: string): Promise<void> {
  const args = [vite, 'build', PAGE, '--config', CONFIG, '--outDir', outDir, '--emptyOutDir', '--logLevel', 'warn'];
  try {
    // whatever mode the server is in: a page of React's development build would be twice as large and slow
    const env = { ...process.env, NODE_ENV: 'production' };
    await promisify(execFile)(process.execPath, args, { cwd: ROOT, env });
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim();
    throw new StartError(`The page cannot be built: ${said || String(error)}`);
  }
}

/** For who works on the page; resolves when it stands for the first time. What cannot be built is told and waits for the next change. */
async function buildAtEveryChange(onProgress: (line: string) => void): Promise<void> {
  const { build } = await import('vite');
  const watcher = await build({
    configFile: CONFIG,
    // read by Node itself: Vite's own way leaves a file among the modules, at which a watching Node would start again
    configLoader: 'native',
    root: PAGE,
    logLevel: 'warn',
    build: { watch: {} },
  });
  if (!('on' in watcher)) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  watcher.on('event', (event) => {
    if (event.code === 'BUNDLE_END') onProgress('The page is built');
    if (event.code === 'END') resolve();
    if (event.code === 'ERROR') onProgress(`The page cannot be built: ${event.error.message}`);
  });
  return promise;
}

/** A page opened before goes on asking for its own parts, whose names tell their content. */
async function keepBefore(fresh: string): Promise<void> {
  const before = join(DIST, 'assets');
  for (const name of await readdir(before).catch(() => [])) {
    // another start may put its own build there meanwhile
    const made = await stat(join(before, name)).catch(() => null);
    // what the new build also has stays its own
    if (made && Date.now() - made.mtimeMs < KEPT_MS)
      await link(join(before, name), join(fresh, 'assets', name)).catch(() => undefined);
  }
}

/** Puts a whole build in place of the one before, so that another process of ours never serves half a page. */
async function replace(fresh: string): Promise<void> {
  const old = `${fresh}-old`;
  await rename(DIST, old).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
  await rename(fresh, DIST).catch((error: NodeJS.ErrnoException) => {
    // another start put its build of the same sources there in between
    if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error;
  });
  await rm(old, { recursive: true, force: true });
}
