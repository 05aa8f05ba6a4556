import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StartError } from './start-error.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(ROOT, 'dist');
const STAMP = join(DIST, '.built-from');
/** What the page is made of. */
const SOURCES = ['editor', 'runtime', 'vite.config.ts', 'package-lock.json'];

async function stamp(path: string): Promise<string[]> {
  const info = await stat(path).catch(() => null);
  if (!info) return [];
  if (!info.isDirectory())
    return [
      `${path} ${info.size} ${createHash('sha256')
        .update(await readFile(path))
        .digest('hex')}`,
    ];
  const entries = (await readdir(path)).filter((name) => !name.endsWith('.test.ts')).sort();
  return (await Promise.all(entries.map((name) => stamp(join(path, name))))).flat();
}

/** Builds the page when it is not there or its sources have changed, or (`watch`) at every change; answers the directory to serve. */
export async function buildPage(onProgress: (line: string) => void, watch = false): Promise<string> {
  const sources = await Promise.all(SOURCES.map((source) => stamp(join(ROOT, source))));
  const now = createHash('sha256').update(sources.flat().join('\n')).digest('hex');
  const before = await readFile(STAMP, 'utf8').catch(() => '');
  if (!watch && before === now && existsSync(join(DIST, 'index.html'))) return DIST;
  const vite = await import('vite').catch(() => null);
  if (!vite) {
    if (existsSync(join(DIST, 'index.html'))) return DIST;
    throw new StartError(
      'The page is not built and its build tools are not installed: run "npm ci && npm run build" once with dev dependencies.',
    );
  }
  onProgress('Building the page');
  const options = { configFile: join(ROOT, 'vite.config.ts'), root: join(ROOT, 'editor'), logLevel: 'warn' } as const;
  if (watch) {
    await vite.build({ ...options, build: { watch: {} } });
    return DIST;
  }
  await vite.build(options);
  await writeFile(STAMP, now);
  return DIST;
}
