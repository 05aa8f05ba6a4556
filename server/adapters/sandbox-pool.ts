import { createHash } from 'node:crypto';
import type { Logger } from 'pino';
import { type Lane, send, setClocks } from './sandbox-lane.ts';
import { createNursery } from './sandbox-nursery.ts';
import type { SandboxProcess } from './sandbox-process.ts';
import type { GuestResult, GuestSource } from './sandbox-protocol.ts';
import type { Ticket } from './sandbox-queue.ts';
import { createTurns } from './sandbox-turns.ts';

/** A call that came to no result of its own: the process had to be killed, or could not be had. */
export class SandboxFault extends Error {
  /**
   * `guilty`: killed for this call alone; `stricken`: it was there when another died; `unavailable`: there is no process;
   * `off`: its program was switched off while it waited.
   */
  readonly kind: 'guilty' | 'stricken' | 'unavailable' | 'off';

  constructor(kind: SandboxFault['kind'], message: string) {
    super(message);
    this.name = 'SandboxFault';
    this.kind = kind;
  }
}

interface PoolCall {
  readonly tenant: number;
  readonly source: GuestSource;
  /** What limits are kept by; the source itself unless told. */
  readonly name?: string;
  readonly entry?: string;
  readonly input: string;
  readonly facts?: string;
  /** Whether the result tells what the call used. */
  readonly measured?: boolean;
  readonly ask?: (name: string, text: string) => Promise<string>;
}

export interface SandboxPool {
  /** Rejects with SandboxFault. */
  run(call: PoolCall): Promise<GuestResult>;
  /** Compiles without running it in earnest: the value is a JSON list of what the code offers. */
  check(tenant: number, text: string): Promise<GuestResult>;
  /** Refuses what waits by this name (`off`): its program has been switched off. */
  refuse(tenant: number, name: string): void;
  /** Processes alive now. */
  readonly size: number;
  stop(): Promise<void>;
}

interface PoolOptions {
  /** Processes that work at once; one tenant never has more than one. */
  readonly processes: number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
  /** Milliseconds a tenant's process is kept for its next call. */
  readonly idleMs?: number;
}

const MOST_WAITING = 5000;
const TEND_MS = 100;
const SPARE_IDLE_MS = 300_000;

function keyOf({ language, text }: GuestSource): string {
  return language === 'jsonata' ? language : createHash('sha256').update(text).digest('base64url');
}

function ticketOf(id: number, call: PoolCall, check: boolean): { ticket: Ticket; result: Promise<GuestResult> } {
  const { promise, resolve, reject } = Promise.withResolvers<GuestResult>();
  const program = keyOf(call.source);
  const ticket: Ticket = {
    id,
    program,
    name: call.name ?? program,
    source: call.source,
    entry: call.entry ?? '',
    input: call.input,
    facts: call.facts ?? '{}',
    check,
    measured: call.measured ?? false,
    ask: call.ask ?? null,
    asked: false,
    asking: 0,
    starved: false,
    computedMs: 0,
    suspected: 0,
    killed: 0,
    settle: resolve,
    died: (why, guilty) =>
      reject(
        guilty
          ? new SandboxFault('guilty', why)
          : new SandboxFault('stricken', 'the sandbox process died under this call, through no fault of its own'),
      ),
    refused: () => reject(new SandboxFault('off', 'the code was switched off')),
  };
  return { ticket, result: promise };
}

/** Processes for customers' code: started at first use, one tenant a process, a spare one always warm. */
export function createSandboxPool({ processes, log, idleMs = 60_000 }: PoolOptions): SandboxPool {
  const alive = new Set<SandboxProcess>();
  const nursery = createNursery(log, alive);
  const turns = createTurns({ nursery, processes, idleMs, log });
  let stopped = false;
  let ids = 0;
  let tending: NodeJS.Timeout | undefined;
  let usedAt = 0;

  const tend = (): void => {
    turns.tend();
    if (turns.lanes.size > 0) return;
    if (performance.now() - usedAt > SPARE_IDLE_MS) void nursery.cool();
    if (nursery.warm) return;
    clearInterval(tending);
    tending = undefined;
  };

  const asked = new WeakSet<Lane>();

  /** What is asked for in one go leaves as one message. */
  const soon = (lane: Lane): void => {
    if (asked.has(lane)) return;
    asked.add(lane);
    setImmediate(() => {
      asked.delete(lane);
      if (!lane.process) return turns.want(lane);
      send(lane);
      setClocks(lane);
    });
  };

  const enter = (call: PoolCall, check: boolean): Promise<GuestResult> => {
    if (stopped) return Promise.reject(new SandboxFault('unavailable', 'the sandbox is closed'));
    usedAt = performance.now();
    tending ??= setInterval(tend, TEND_MS);
    const lane = turns.laneOf(call.tenant);
    if (lane.queue.length >= MOST_WAITING)
      return Promise.reject(new SandboxFault('unavailable', 'too many calls of this customer wait for the sandbox'));
    const { ticket, result } = ticketOf(++ids, call, check);
    lane.queue.push(ticket);
    soon(lane);
    return result;
  };

  return {
    run: (call) => enter(call, false),
    check: (tenant, text) => enter({ tenant, source: { language: 'typescript', text }, input: '' }, true),
    refuse: (tenant, name) => {
      for (const ticket of turns.lanes.get(tenant)?.queue.clear(name) ?? []) ticket.refused();
    },
    get size() {
      return alive.size;
    },
    stop: async () => {
      stopped = true;
      clearInterval(tending);
      for (const lane of turns.lanes.values()) {
        lane.process?.rest();
        for (const ticket of [...lane.queue.clear(), ...lane.flying.values()]) ticket.died('closed', false);
        lane.flying.clear();
      }
      await nursery.cool();
      for (const process of alive) process.kill('closed');
    },
  };
}
