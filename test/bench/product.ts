import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { rssMb } from './process-usage.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Weft itself, as `npm start` runs it. */
export interface Product {
  readonly pid: number;
  readonly url: string;
  readonly readyMs: number;
  /** What it said while starting. */
  readonly lines: readonly string[];
  stop(): Promise<void>;
}

/** Starts the product on a data directory; resolves when it says that it runs. */
export async function startProduct(dataDir: string, env: NodeJS.ProcessEnv): Promise<Product> {
  const from = performance.now();
  const child = spawn(process.execPath, ['--import', './server/gate.mjs', 'server/main.ts'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...env },
  });
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`Weft ended with ${code} while starting`);
  });
  ended.catch(() => undefined);
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  let url: string | undefined;
  while (url === undefined) {
    const [line] = (await Promise.race([once(reader, 'line'), ended])) as [string];
    lines.push(line);
    url = /running at (http\S+)/.exec(line)?.[1];
  }
  reader.on('line', (line) => lines.push(line));
  return {
    pid: child.pid ?? 0,
    url,
    readyMs: Math.round(performance.now() - from),
    lines,
    stop: async () => {
      if (child.exitCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** A directory for one product's data, gone afterwards. */
export async function withDataDir<T>(work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-bench-'));
  // as root, PostgreSQL runs as another user, who must pass through
  chmodSync(directory, 0o711);
  try {
    return await work(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Memory of the Node process at rest, started for the second time (the first makes database and page), without practice systems. */
export function measureIdle(seconds: number): Promise<{ readonly rssMb: number; readonly readyMs: number }> {
  return withDataDir(async (directory) => {
    const env = { PRACTICE: 'off' };
    await (await startProduct(directory, env)).stop();
    const product = await startProduct(directory, env);
    await pause(seconds * 1000);
    const measured = { rssMb: Math.round(rssMb(product.pid)), readyMs: product.readyMs };
    await product.stop();
    return measured;
  });
}
