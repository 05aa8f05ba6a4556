import { type Death, type SandboxProcess, STOUT_BYTES } from './sandbox-process.ts';
import { type FromGuest, GUILTY_MS, type GuestResult, type GuestSource } from './sandbox-protocol.ts';
import { createGuestQueue, type GuestQueue, type Ticket } from './sandbox-queue.ts';

/** The calls of one tenant: one process at a time, and nobody else's. */
export interface Lane {
  readonly tenant: number;
  readonly queue: GuestQueue;
  readonly flying: Map<number, Ticket>;
  process: SandboxProcess | null;
  /** Goes up whenever a call had to be stopped; what was sent before comes back unbegun. */
  round: number;
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
    queue: createGuestQueue(),
    flying: new Map(),
    process: null,
    round: 0,
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

/** Nothing may fly beside it: it is under suspicion, or computes and has lately had to be stopped. */
function isLonely({ queue }: Lane, ticket: Ticket): boolean {
  return ticket.suspected > 0 || (queue.isLate(ticket) && !WAITS(ticket));
}

const goesAlone = ({ queue }: Lane, ticket: Ticket): boolean => ticket.suspected > 0 || queue.isLate(ticket);

/** Sends what there is room for. */
export function send(lane: Lane): void {
  const { process, queue, flying } = lane;
  if (!process || lane.draining) return;
  while (queue.first && flying.size < MOST_FLYING) {
    const { first } = queue;
    const alone = goesAlone(lane, first);
    for (const ticket of flying.values()) if (alone || isLonely(lane, ticket)) return;
    const batch: Ticket[] = [];
    if (first.check || alone) batch.push(queue.shift() as Ticket);
    else
      while (batch.length < MOST_TOGETHER && queue.first && !queue.first.check && !goesAlone(lane, queue.first))
        batch.push(queue.shift() as Ticket);
    sendBatch(lane, process, batch);
    if (alone) return;
  }
}

function sendBatch({ flying, round }: Lane, process: SandboxProcess, batch: readonly Ticket[]): void {
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
  const jobs = batch.map(({ id, program, entry, input, facts, ask, starved, measured }) => ({
    job: id,
    program,
    entry,
    input,
    facts,
    asks: ask !== null,
    patient: starved,
    ...(measured ? { measured } : {}),
  }));
  process.send({ say: 'run', jobs, sources, round });
}

/** A call that is to be begun again: its source was forgotten, one before it was stopped, or the machine had no time for it. */
function comesBack(ticket: Ticket, { end, text }: GuestResult): boolean {
  if (end === 'missing' || end === 'unbegun') return true;
  // what has asked the house for something cannot be begun again in secret
  if (end !== 'stopped' || text !== 'busy' || ticket.asked || ticket.starved) return false;
  ticket.starved = true;
  return true;
}

/** Takes results in; code that had to be stopped lets all other code go first from then on. */
export function receive(lane: Lane, results: readonly GuestResult[]): void {
  lane.process?.touch();
  const back: Ticket[] = [];
  for (const result of results) {
    const ticket = lane.flying.get(result.job);
    if (!ticket) continue;
    lane.flying.delete(result.job);
    if (result.end === 'missing') lane.process?.knows.delete(ticket.program);
    if (result.end === 'stopped') {
      lane.round++;
      lane.queue.stopped(ticket.name);
    }
    ticket.computedMs += result.computedMs ?? 0;
    if (comesBack(ticket, result)) back.push(ticket);
    // little time, but both times the code used up what there was
    else ticket.settle(ticket.computedMs > GUILTY_MS && result.text === 'busy' ? { ...result, text: 'time' } : result);
  }
  for (const ticket of back.reverse()) lane.queue.unshift(ticket);
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
  send(lane);
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

/** Times a call is begun again whose process somebody outside kills. */
const MOST_KILLS = 3;

/**
 * What becomes of a call whose process is gone. Alone in it, a call is guilty; several are tried again, each alone; one that
 * has asked the house for something is given back, since only the engine knows what it did.
 */
function fateOf(ticket: Ticket, why: Death, alone: boolean): 'again' | 'suspect' | 'stricken' | 'guilty' {
  if (why === 'closed') return 'again';
  if (why === 'outside') return ticket.asked || ticket.killed++ >= MOST_KILLS ? 'stricken' : 'again';
  if (why === 'starved' && !ticket.asked && !ticket.starved) {
    ticket.starved = true;
    return 'again';
  }
  if (alone) return why === 'starved' ? 'stricken' : 'guilty';
  return ticket.asked ? 'stricken' : 'suspect';
}

/** The process is gone; what is tried again comes first. */
export function bereave(lane: Lane, why: Death): void {
  const lost = [...lane.flying.values()];
  lane.flying.clear();
  lane.process = null;
  lane.draining = false;
  for (const ticket of lost.reverse()) {
    const fate = fateOf(ticket, why, lost.length === 1);
    if (fate === 'guilty') lane.queue.stopped(ticket.name);
    if (fate === 'guilty' || fate === 'stricken') ticket.died(why, fate === 'guilty');
    else {
      if (fate === 'suspect') ticket.suspected++;
      lane.queue.unshift(ticket);
    }
  }
}
