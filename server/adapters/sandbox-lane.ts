import { type Death, type SandboxProcess, STOUT_BYTES } from './sandbox-process.ts';
import type { FromGuest, GuestResult, GuestSource } from './sandbox-protocol.ts';

/** A call on its way. */
export interface Ticket {
  readonly id: number;
  readonly program: string;
  readonly source: GuestSource;
  readonly entry: string;
  readonly input: string;
  readonly facts: string;
  readonly check: boolean;
  readonly ask: ((name: string, text: string) => Promise<string>) | null;
  /** Has asked something of the house, so that it cannot be begun again in secret. */
  asked: boolean;
  /** Questions the house has not answered yet. */
  asking: number;
  /** Was there once when the machine had no time. */
  starved: boolean;
  /** Deaths it was there for, beside others. */
  suspected: number;
  settle(result: GuestResult): void;
  /** The process died of it, or beside it (`guilty` false), and it will not be tried again. */
  died(why: Death, guilty: boolean): void;
}

/** The calls of one tenant: one process at a time, and nobody else's. */
export interface Lane {
  readonly tenant: number;
  readonly queue: Ticket[];
  readonly flying: Map<number, Ticket>;
  process: SandboxProcess | null;
  /** Milliseconds, of the process's own clock. */
  since: number;
  usedAt: number;
  /** Others wait: what flies is seen through, then the process is given up. */
  draining: boolean;
  drained(): void;
}

/** Jobs a message carries at most, and messages a process has at once, so that it is never idle and no batch is long. */
const MOST_TOGETHER = 32;
const MOST_FLYING = 64;

export function createLane(tenant: number, drained: (lane: Lane) => void): Lane {
  const lane: Lane = {
    tenant,
    queue: [],
    flying: new Map(),
    process: null,
    since: 0,
    usedAt: performance.now(),
    draining: false,
    drained: () => drained(lane),
  };
  return lane;
}

const WAITS = (ticket: Ticket): boolean => ticket.asking > 0;

/** The clocks run while there is something to compute; a call that waits for the house is none. */
export function setClocks({ process, flying }: Lane): void {
  if (!process) return;
  for (const ticket of flying.values()) {
    if (WAITS(ticket)) continue;
    process.watch();
    return;
  }
  process.rest();
}

/** Sends what there is room for. Somebody under suspicion goes alone. */
export function send(lane: Lane): void {
  const { process, queue, flying } = lane;
  if (!process || lane.draining) return;
  while (queue.length > 0 && flying.size < MOST_FLYING) {
    const [first] = queue as [Ticket];
    const alone = first.suspected > 0;
    if ([...flying.values()].some((ticket) => alone || ticket.suspected > 0)) return;
    const batch: Ticket[] = [];
    if (first.check || alone) batch.push(queue.shift() as Ticket);
    else
      while (batch.length < MOST_TOGETHER && queue[0] && !queue[0].check && queue[0].suspected === 0)
        batch.push(queue.shift() as Ticket);
    sendBatch(process, flying, batch);
    if (alone) return;
  }
}

function sendBatch(process: SandboxProcess, flying: Map<number, Ticket>, batch: readonly Ticket[]): void {
  if (flying.size === 0) process.watch();
  const sources: Record<string, GuestSource> = {};
  for (const ticket of batch) {
    flying.set(ticket.id, ticket);
    if (ticket.check) {
      process.send({ say: 'check', job: ticket.id, source: ticket.source.text });
      return;
    }
    if (process.knows.has(ticket.program)) continue;
    process.knows.add(ticket.program);
    sources[ticket.program] = ticket.source;
  }
  const jobs = batch.map(({ id, program, entry, input, facts, ask }) => ({
    job: id,
    program,
    entry,
    input,
    facts,
    asks: ask !== null,
  }));
  process.send({ say: 'run', jobs, sources });
}

/** Takes results in; a source the process has forgotten is sent again. */
export function receive(lane: Lane, results: readonly GuestResult[]): void {
  lane.process?.touch();
  for (const result of results) {
    const ticket = lane.flying.get(result.job);
    if (!ticket) continue;
    lane.flying.delete(result.job);
    if (result.end === 'missing') {
      lane.process?.knows.delete(ticket.program);
      lane.queue.unshift(ticket);
    } else ticket.settle(result);
  }
  lane.usedAt = performance.now();
  send(lane);
  setClocks(lane);
  if (lane.flying.size > 0) return;
  if (lane.draining) lane.drained();
  else if ((lane.process?.size() ?? 0) > STOUT_BYTES) lane.process?.kill('closed');
}

export function question(lane: Lane, { job, ask, name, text }: Extract<FromGuest, { say: 'ask' }>): void {
  const ticket = lane.flying.get(job);
  const { process } = lane;
  if (!ticket?.ask || !process) return;
  ticket.asked = true;
  ticket.asking++;
  setClocks(lane);
  const answered = (ok: boolean, answer: string): void => {
    ticket.asking--;
    if (lane.process !== process || !lane.flying.has(job)) return;
    process.send({ say: 'answer', job, ask, ok, text: answer });
    process.watch();
  };
  ticket.ask(name, text).then(
    (answer) => answered(true, answer),
    (error: unknown) => answered(false, error instanceof Error ? error.message : 'the house did not answer'),
  );
}

/**
 * The process is gone. Alone in it, a call is guilty; several are tried again, each alone, first thing;
 * one that has asked the house for something is given back, since only the engine knows what it did.
 */
export function bereave(lane: Lane, why: Death): void {
  const lost = [...lane.flying.values()];
  lane.flying.clear();
  lane.process = null;
  lane.draining = false;
  const alone = lost.length === 1;
  for (const ticket of lost.reverse()) {
    if (why === 'closed') lane.queue.unshift(ticket);
    else if (why === 'starved' && !ticket.asked && !ticket.starved) {
      ticket.starved = true;
      lane.queue.unshift(ticket);
    } else if (alone) ticket.died(why, why !== 'starved');
    else if (ticket.asked) ticket.died(why, false);
    else {
      ticket.suspected++;
      lane.queue.unshift(ticket);
    }
  }
}
