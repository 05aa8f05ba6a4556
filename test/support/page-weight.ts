import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

/** One entry of Vite's manifest: a file of the built page and what it cannot do without. */
export interface Chunk {
  readonly file: string;
  readonly imports?: readonly string[];
  readonly css?: readonly string[];
}
export type Manifest = Readonly<Record<string, Chunk>>;

/** What a person fetches to see something, in kB (gzip) of scripts and styles. */
export interface Budget {
  readonly what: string;
  readonly mostKb: number;
  /** Sources that are asked for; what they import comes along. */
  readonly entries: readonly string[];
}

/** The page around every page, in the longer of the two languages. */
export const SHELL = ['index.html', 'shell/layout.tsx', 'locales/sv/index.ts'];

/** Every file that comes with the entries, each once. */
export function filesOf(manifest: Manifest, entries: readonly string[]): string[] {
  const files = new Set<string>();
  const seen = new Set<string>();
  const take = (name: string): void => {
    if (seen.has(name)) return;
    seen.add(name);
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the built page has no ${name}`);
    for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
    chunk.imports?.forEach(take);
  };
  entries.forEach(take);
  return [...files];
}

export interface Weight extends Budget {
  readonly kb: number;
}

/** What each of the budgets holds. */
export function weigh(
  manifest: Manifest,
  budgets: readonly Budget[],
  bytesOf: (file: string) => number,
): readonly Weight[] {
  return budgets.map((budget) => ({
    ...budget,
    kb: filesOf(manifest, budget.entries).reduce((sum, file) => sum + bytesOf(file), 0) / 1000,
  }));
}

/** Those over their budget, in words. */
export function overweight(weights: readonly Weight[]): string[] {
  return weights
    .filter(({ kb, mostKb }) => kb > mostKb)
    .map(({ what, kb, mostKb }) => `${what}: ${kb.toFixed(1)} kB, at most ${mostKb}`);
}

export interface BuiltPage {
  readonly manifest: Manifest;
  readonly text: ReadonlyMap<string, string>;
  /** Compressed. */
  readonly bytesOf: (file: string) => number;
}

/** The page as it was built into a folder. */
export async function readBuiltPage(dist: string): Promise<BuiltPage> {
  const manifest = JSON.parse(await readFile(join(dist, '.vite', 'manifest.json'), 'utf8')) as Manifest;
  const files = new Set(Object.values(manifest).flatMap(({ file, css = [] }) => [file, ...css]));
  const text = new Map<string, string>();
  for (const file of files) if (/\.(js|css)$/.test(file)) text.set(file, await readFile(join(dist, file), 'utf8'));
  return { manifest, text, bytesOf: (file) => gzipSync(text.get(file) ?? '').length };
}
