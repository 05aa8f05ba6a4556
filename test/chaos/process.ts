import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

const ROOT = path.resolve(import.meta.dirname, '../..');
const alive = new Set<ChildProcess>();

/** A process of the product, or of a stand-in, that has said it is ready. */
export interface Process {
  readonly pid: number;
  /** The line it was ready with. */
  readonly ready: string;
  readonly gone: Promise<void>;
  /** Resolves when it has ended, with how. */
  stop(signal: NodeJS.Signals): Promise<{ readonly code: number | null; readonly ms: number }>;
}

export interface ProcessOptions {
  /** Relative to the repository. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Modules loaded before it. */
  readonly imports?: readonly string[];
  /** Takes all it says. */
  readonly logFile: string;
  readonly isReady: (line: string) => boolean;
}

/** Settings of the caller's own environment that must not reach a process of the stand. */
const OWN =
  /^(PORT|HOST|ROLE|DATA_DIR|DATABASE_URL|MIGRATE_DATABASE_URL|REDIS_URL|PUBLIC_URL|PRACTICE|NODE_ENV|VITEST.*)$/;

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !OWN.test(name));
  return { ...Object.fromEntries(inherited), ...env };
}

/** Starts a script and waits until it says that it is ready; rejects when it ends before. */
export async function startProcess(options: ProcessOptions): Promise<Process> {
  const imports = ['./server/gate.mjs', ...(options.imports ?? [])].flatMap((module) => ['--import', module]);
  const child = spawn(process.execPath, [...imports, options.script, ...(options.args ?? [])], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: environment(options.env ?? {}),
  });
  alive.add(child);
  const exited = once(child, 'exit').then(() => void alive.delete(child));
  const log = createWriteStream(options.logFile, { flags: 'a' });
  child.stderr.pipe(log, { end: false });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  createInterface(child.stdout).on('line', (line) => {
    log.write(`${line}\n`);
    if (options.isReady(line)) resolve(line);
  });
  void exited.then(() => reject(new Error(`${options.script} ended with ${child.exitCode ?? child.signalCode}`)));
  const ready = await promise;
  return {
    pid: child.pid ?? 0,
    ready,
    gone: exited,
    stop: async (signal) => {
      const from = performance.now();
      child.kill(signal);
      await exited;
      return { code: child.exitCode, ms: Math.round(performance.now() - from) };
    },
  };
}

/** Ends all that was started here, for the way out. */
export async function stopProcesses(): Promise<void> {
  const ends = [...alive].map(async (child) => {
    const gone = once(child, 'exit');
    child.kill('SIGTERM');
    const cut = new AbortController();
    await Promise.race([gone, pause(5000, undefined, { signal: cut.signal }).catch(() => undefined)]);
    cut.abort();
    child.kill('SIGKILL');
  });
  await Promise.all(ends);
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** Waits until something is so; rejects with what was last seen when it does not come to be. */
export async function until(what: string, ms: number, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + ms;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain: ${what}`);
    await pause(50);
  }
}
