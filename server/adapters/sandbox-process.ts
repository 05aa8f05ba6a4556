import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { FromGuest, GuestResult, ToGuest, Walls } from './sandbox-protocol.ts';
import type { Enclosure } from './sandbox-walls.ts';

/**
 * Why a process is no more; `starved`: it had no time from the machine, `outside`: somebody else killed it, so that what it
 * was at is not to blame.
 */
export type Death = 'wall' | 'starved' | 'cpu' | 'memory' | 'crash' | 'outside' | 'closed';

/** Signals that come from people and service managers; what goes wrong inside ends by others. */
const OUTSIDE = new Set<NodeJS.Signals | null>(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP']);

/** Milliseconds without a sign of life after which a process is killed, however little it computes. */
const WALL_MS = 1700;
/** Milliseconds of computing by then that would show that it had its time. */
const STARVED_MS = 100;
/** Milliseconds of computing without a sign of life; more than V8's own limit, so that the mild way is tried first. */
const CPU_MS = 900;
const RSS_BYTES = 256 * 1024 * 1024;
/** Larger than this when there is nothing to do, it is let go. */
export const STOUT_BYTES = 170 * 1024 * 1024;
const LOOK_MS = 20;
const SPAWN_MS = 10_000;
const PAGE = 4096;
const TICK_MS = 10;

export interface SandboxProcess {
  readonly walls: Walls | null;
  readonly alive: boolean;
  /** Source keys it has been sent. */
  readonly knows: Set<string>;
  send(message: ToGuest): void;
  /** Something is being computed: the clocks run from now, until `rest`. */
  watch(): void;
  /** A sign of life, or a wait for the house: the clocks start anew. */
  touch(): void;
  rest(): void;
  /** Bytes it holds; 0 where the platform does not say. */
  size(): number;
  kill(why: Death): void;
}

export interface ProcessEvents {
  results(results: readonly GuestResult[]): void;
  ask(question: Extract<FromGuest, { say: 'ask' }>): void;
  died(why: Death): void;
}

function statOf(pid: number): { readonly cpuMs: number; readonly rss: number } | null {
  if (process.platform !== 'linux') return null;
  try {
    // the name in parentheses may hold spaces
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? [];
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS, rss: Number(fields[21]) * PAGE };
  } catch {
    return null;
  }
}

/** Starts one and resolves when it is ready; rejects when it dies before. Its clocks run in this process, out of its reach. */
export function startSandboxProcess(
  enclosure: Enclosure,
  events: ProcessEvents,
  tryWalls = false,
): Promise<SandboxProcess> {
  const child = spawn(enclosure.command, [...enclosure.args, ...(tryWalls ? ['--try-walls'] : [])], {
    // nothing of ours: no key, no address; an empty PATH would hide the enclosure's own programs
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    serialization: 'json',
  });
  return new Promise((resolve, reject) => {
    const made = processOf(child, events, (walls) => {
      clearTimeout(timer);
      made.walls = walls;
      resolve(made);
    });
    const timer = setTimeout(() => made.kill('crash'), SPAWN_MS);
    const failed = (error: Error): void => {
      clearTimeout(timer);
      reject(error);
    };
    child.once('error', failed);
    child.once('exit', (code, signal) => failed(new Error(`it ended before it was ready (${signal ?? code})`)));
  });
}

function processOf(
  child: ChildProcess,
  events: ProcessEvents,
  ready: (walls: Walls | null) => void,
): SandboxProcess & { walls: Walls | null } {
  const pid = child.pid ?? 0;
  let why: Death = 'crash';
  let isReady = false;
  /** By us. */
  let ended = false;
  let looking: NodeJS.Timeout | undefined;
  let since = 0;
  let cpuSince = 0;

  const touch = (): void => {
    since = performance.now();
    cpuSince = statOf(pid)?.cpuMs ?? 0;
  };
  const rest = (): void => {
    clearInterval(looking);
    looking = undefined;
  };
  const look = (): void => {
    const stat = statOf(pid);
    if (stat && stat.rss > RSS_BYTES) made.kill('memory');
    else if (stat && stat.cpuMs - cpuSince > CPU_MS) made.kill('cpu');
    else if (performance.now() - since > WALL_MS)
      made.kill(stat && stat.cpuMs - cpuSince < STARVED_MS ? 'starved' : 'wall');
  };

  child.on('message', (message: FromGuest) => {
    if (message.say === 'ready') {
      isReady = true;
      ready(message.walls);
    } else if (message.say === 'results') events.results(message.results);
    else events.ask(message);
  });
  child.once('exit', (_code, signal) => {
    rest();
    made.alive = false;
    if (why === 'crash' && !ended && OUTSIDE.has(signal)) why = 'outside';
    if (isReady) events.died(why);
  });

  const made: SandboxProcess & { walls: Walls | null; alive: boolean } = {
    walls: null,
    alive: true,
    knows: new Set(),
    send: (message) => {
      // a process that has just died says so by its exit
      if (child.connected) child.send(message, () => undefined);
    },
    watch: () => {
      touch();
      looking ??= setInterval(look, LOOK_MS);
    },
    touch,
    rest,
    size: () => statOf(pid)?.rss ?? 0,
    kill: (reason) => {
      why = reason;
      ended = true;
      child.kill('SIGKILL');
    },
  };
  return made;
}
