import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { isPostgresOn, readPostmaster } from '#server/adapters/embedded-postgres/postmaster.ts';
import { type Client, clientOf, cookieOf } from './client.ts';
import { until } from './until.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PROBE = new URL('./loop-probe.mjs', import.meta.url).href;
/** What a machine's own settings could change about a start. */
const SETTINGS =
  /^(PORT|HOST|PUBLIC_URL|ROLE|DATA_DIR|DATABASE_URL|MIGRATE_DATABASE_URL|REDIS_URL|MASTER_KEY|NODE_ENV)$/;
const MOST_LINES = 2000;

export interface PracticeKeys {
  readonly shop: string;
  readonly consumerKey: string;
  readonly consumerSecret: string;
  readonly erp: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** The longest the event loop was shut since `reset`. */
export interface LoopReading {
  /** CPU the main thread used meanwhile: what it would have lasted had nobody else wanted the CPU. */
  readonly cpuMs: number;
  /** What it lasted. */
  readonly wallMs: number;
}

/** Weft in a process of its own, as a person starts it. */
export interface WeftProcess {
  /** Of Node itself, also when npm started it. */
  readonly pid: number;
  readonly url: string;
  /** All it printed, oldest first. */
  readonly lines: readonly string[];
  /** Null when the password was not shown. */
  readonly signIn: { readonly email: string; readonly password: string | null };
  readonly practice: PracticeKeys | null;
  readonly readyMs: number;
  /** A client with a session of the printed administrator. */
  admin(password?: string): Promise<Client>;
  loop: { reset(): Promise<void>; read(): Promise<LoopReading> };
  /** Resolves with the exit code, null when it died of the signal. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface StartOptions {
  readonly dataDir: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Through `npm start` itself. */
  readonly npm?: boolean;
  /** Measures the event loop: `loop` can be asked. */
  readonly probe?: boolean;
}

function environment(env: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !SETTINGS.test(name) && !name.startsWith('npm_'));
  return { ...Object.fromEntries(own), LOG_LEVEL: 'warn', PORT: '0', ...env };
}

function spawnWeft({ dataDir, env = {}, npm = false, probe = false }: StartOptions): ChildProcess {
  const weft = ['--import', './server/gate.mjs', ...(probe ? ['--import', PROBE] : []), 'server/main.ts'];
  const [command, args] = npm ? ['npm', ['start', '--loglevel=error']] : [process.execPath, weft];
  return spawn(command, args, {
    cwd: ROOT,
    env: environment({ DATA_DIR: dataDir, ...env }),
    stdio: ['ignore', 'pipe', 'pipe', ...(probe ? (['ipc'] as const) : [])],
  });
}

function gather(child: ChildProcess): string[] {
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) throw new Error('the process has no output');
    createInterface(stream).on('line', (line) => {
      if (lines.length < MOST_LINES) lines.push(line);
    });
  }
  return lines;
}

const find = (lines: readonly string[], pattern: RegExp): string | undefined =>
  lines.map((line) => pattern.exec(line)?.[1]).find((found) => found !== undefined);

function practiceOf(lines: readonly string[]): PracticeKeys | null {
  const shop = find(lines, /Practice shop\s+(\S+)/);
  if (shop === undefined) return null;
  return {
    shop,
    consumerKey: find(lines, /consumer key (\S+)/) ?? '',
    consumerSecret: find(lines, /consumer key \S+ {2}secret (\S+)/) ?? '',
    erp: find(lines, /Practice ERP\s+(\S+)/) ?? '',
    clientId: find(lines, /client id (\S+)/) ?? '',
    clientSecret: find(lines, /client id \S+ {2}secret (\S+)/) ?? '',
  };
}

/** The last line of a good start: where it runs and, with practice systems, their keys. */
function isReady(lines: readonly string[], env: Readonly<Record<string, string>>): boolean {
  if (env['ROLE'] === 'worker') return lines.some((line) => line.startsWith('Weft works'));
  const practice = env['PRACTICE'] !== 'off' && env['NODE_ENV'] !== 'production';
  return lines.some((line) => line.includes(practice ? 'Practice ERP' : 'Sign in '));
}

async function ready(child: ChildProcess, lines: readonly string[], options: StartOptions): Promise<void> {
  const over = AbortSignal.timeout(90_000);
  while (!isReady(lines, options.env ?? {})) {
    if (child.exitCode !== null || child.signalCode !== null || over.aborted)
      throw new Error(`Weft did not start (${child.exitCode ?? child.signalCode}):\n${lines.join('\n')}`);
    await Promise.race([
      once(child.stdout ?? child, 'data', { signal: over }),
      once(child, 'exit', { signal: over }),
    ]).catch(() => undefined);
    // the line reader hears of the same bytes a turn later
    await new Promise(setImmediate);
  }
}

function probeOf(child: ChildProcess): WeftProcess['loop'] {
  const ask = async (what: 'reset' | 'read'): Promise<LoopReading> => {
    const answer = once(child, 'message');
    child.send(what);
    const [reading] = (await answer) as [LoopReading];
    return reading;
  };
  return { reset: async () => void (await ask('reset')), read: () => ask('read') };
}

async function signedIn(url: string, email: string, password: string | null): Promise<Client> {
  if (password === null) throw new Error('the password was not shown; pass it');
  const answer = await clientOf(url, email, '').ask('POST', '/api/session', { email, password });
  if (answer.status !== 200) throw new Error(`the sign-in was answered ${answer.status}`);
  return clientOf(url, email, cookieOf(answer));
}

/** Starts Weft and waits until it says that it runs. */
export async function startWeft(options: StartOptions): Promise<WeftProcess> {
  const from = performance.now();
  const child = spawnWeft(options);
  const lines = gather(child);
  const gone = once(child, 'exit') as Promise<[number | null]>;
  try {
    await ready(child, lines, options);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  const readyMs = performance.now() - from;
  const url = find(lines, /running at (http\S+)/) ?? '';
  const email = find(lines, /Sign in\s+(\S+)/) ?? '';
  const password = find(lines, /password (\S+) {2}\(shown this once\)/) ?? null;
  const pid = options.npm ? heldBy(options.dataDir) : (child.pid ?? 0);
  return {
    pid,
    url,
    lines,
    signIn: { email, password },
    practice: practiceOf(lines),
    readyMs,
    admin: (given) => signedIn(url, email, given ?? password),
    loop: probeOf(child),
    stop: async (signal = 'SIGTERM') => {
      if (child.exitCode === null && child.signalCode === null) process.kill(pid, signal);
      return (await gone)[0];
    },
  };
}

function heldBy(dataDir: string): number {
  return Number((JSON.parse(readFileSync(path.join(dataDir, 'weft.pid'), 'utf8')) as { pid: number }).pid);
}

/** What a start that must not succeed came to. */
export interface Refused {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Starts Weft where it must refuse, and waits until it has ended. */
export async function runWeft(options: StartOptions): Promise<Refused> {
  const child = spawnWeft(options);
  const lines = gather(child);
  const timer = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const [code] = (await once(child, 'close')) as [number | null];
  clearTimeout(timer);
  return { code, lines };
}

/** A directory for one Weft's data; `remove` also stops a database that outlived its Weft. */
export function makeDataDir(): { readonly path: string; remove(): Promise<void> } {
  const directory = mkdtempSync(path.join(tmpdir(), 'weft-start-'));
  // as root, PostgreSQL runs as another user, who must pass through
  chmodSync(directory, 0o711);
  return {
    path: directory,
    remove: async () => {
      const data = path.join(directory, 'postgres', 'data');
      const left = await readPostmaster(data);
      if (left && isPostgresOn(data, left.pid)) {
        process.kill(left.pid, 'SIGQUIT');
        await until(() => !isPostgresOn(data, left.pid));
      }
      rmSync(directory, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
