import type { Death } from './sandbox-process.ts';
import type { GuestResult, GuestSource } from './sandbox-protocol.ts';

/** A call on its way. */
export interface Ticket {
  readonly id: number;
  /** Key of the source. */
  readonly program: string;
  /** What limits are kept by; expressions share a program, and each text of them has a name of its own. */
  readonly name: string;
  readonly source: GuestSource;
  readonly entry: string;
  readonly input: string;
  readonly facts: string;
  readonly check: boolean;
  /** Whether the result tells what the call used. */
  readonly measured: boolean;
  readonly ask: ((name: string, text: string) => Promise<string>) | null;
  /** Has asked something of the house, so that it cannot be begun again in secret. */
  asked: boolean;
  /** Questions the house has not answered yet. */
  asking: number;
  /** Was there once when the machine had no time. */
  starved: boolean;
  /** Milliseconds it did compute meanwhile. */
  computedMs: number;
  /** Deaths it was there for, beside others. */
  suspected: number;
  /** Times somebody outside killed its process. */
  killed: number;
  settle(result: GuestResult): void;
  /** The process died of it, or beside it (`guilty` false), and it will not be tried again. */
  died(why: Death, guilty: boolean): void;
  /** Its program was switched off while it waited. */
  refused(): void;
}

/** The calls of one tenant that wait, in order; but code that has lately had to be stopped lets all other code go first. */
export interface GuestQueue {
  readonly length: number;
  readonly first: Ticket | undefined;
  /** Whether it waits, or would wait, behind all others. */
  isLate(ticket: Ticket): boolean;
  push(ticket: Ticket): void;
  /** Before all of its kind. */
  unshift(ticket: Ticket): void;
  shift(): Ticket | undefined;
  /** A call by this name had to be stopped. */
  stopped(name: string): void;
  /** Takes out those by this name, or all. */
  clear(name?: string): Ticket[];
}

/** Milliseconds for which code that had to be stopped goes last. */
const LATE_MS = 60_000;

export function createGuestQueue(): GuestQueue {
  let prompt: Ticket[] = [];
  let late: Ticket[] = [];
  const until = new Map<string, number>();
  const isLate = ({ name }: Ticket): boolean => {
    const end = until.get(name);
    if (end === undefined) return false;
    if (end > performance.now()) return true;
    until.delete(name);
    return false;
  };
  const kind = (ticket: Ticket): Ticket[] => (isLate(ticket) ? late : prompt);
  return {
    isLate,
    get length() {
      return prompt.length + late.length;
    },
    get first() {
      return prompt[0] ?? late[0];
    },
    push: (ticket) => void kind(ticket).push(ticket),
    unshift: (ticket) => void kind(ticket).unshift(ticket),
    shift: () => prompt.shift() ?? late.shift(),
    stopped: (name) => {
      until.set(name, performance.now() + LATE_MS);
      late.push(...prompt.filter((ticket) => ticket.name === name));
      prompt = prompt.filter((ticket) => ticket.name !== name);
    },
    clear: (name) => {
      const taken = [...prompt, ...late].filter((ticket) => name === undefined || ticket.name === name);
      prompt = prompt.filter((ticket) => !taken.includes(ticket));
      late = late.filter((ticket) => !taken.includes(ticket));
      return taken;
    },
  };
}
