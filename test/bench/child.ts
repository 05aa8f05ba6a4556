import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { LoadOrder, LoadResult } from './load.ts';

/** A process of the bench that has said where it listens. */
export interface Child {
  readonly pid: number;
  /** `http://127.0.0.1:port`. */
  readonly url: string;
  /** The line it said when ready. */
  readonly ready: Readonly<Record<string, unknown>>;
  /** Milliseconds from its start to that line. */
  readonly readyMs: number;
  /** SIGTERM, or SIGKILL; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const GATE = path.resolve(import.meta.dirname, '../../server/gate.mjs');
const alive = new Set<ChildProcess>();

function start(file: string, args: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  const script = path.join(import.meta.dirname, file);
  // Weft as npm start runs it
  const flags = args[0] === 'serve' ? ['--max-semi-space-size=32'] : [];
  const child = spawn(process.execPath, [...flags, '--import', GATE, script, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, ...env },
  });
  alive.add(child);
  child.once('exit', () => alive.delete(child));
  return child;
}

async function firstLine(child: ChildProcess, file: string): Promise<Record<string, unknown>> {
  if (!child.stdout) throw new Error('no stdout');
  const lines = createInterface(child.stdout);
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`${file} ended with ${code} before it was ready`);
  });
  ended.catch(() => undefined);
  for (;;) {
    const [line] = (await Promise.race([once(lines, 'line'), ended])) as [string];
    if (line.startsWith('{')) return JSON.parse(line) as Record<string, unknown>;
  }
}

/** Starts a script of the bench as a process of its own and waits until it listens. */
export async function startChild(
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Child> {
  const from = performance.now();
  const child = start(file, args, env);
  const ready = await firstLine(child, file);
  return {
    pid: child.pid ?? 0,
    url: `http://127.0.0.1:${ready['port']}`,
    ready,
    readyMs: performance.now() - from,
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill(signal);
      await once(child, 'exit');
    },
  };
}

/** Runs one load in a process of its own. */
export async function runLoad(load: LoadOrder): Promise<LoadResult> {
  const child = start('load.ts', [JSON.stringify(load)], {});
  return (await firstLine(child, 'load.ts')) as unknown as LoadResult;
}

/** Ends what is still alive, gently first; for the way out after an error. */
export async function stopAll(): Promise<void> {
  await Promise.all(
    [...alive].map(async (child) => {
      const gone = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
      await gone;
      clearTimeout(timer);
    }),
  );
}
