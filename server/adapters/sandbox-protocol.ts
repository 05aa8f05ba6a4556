/** What house and sandbox process say to each other: only text and numbers, one JSON message each. */
export type ToGuest =
  | {
      readonly say: 'run';
      readonly jobs: readonly GuestJob[];
      readonly sources: Readonly<Record<string, GuestSource>>;
      /** Goes up whenever the house has learnt that a call had to be stopped. */
      readonly round: number;
    }
  /** Compiles and says what the program offers, without running it in earnest. */
  | { readonly say: 'check'; readonly job: number; readonly source: string }
  | { readonly say: 'answer'; readonly job: number; readonly ask: number; readonly ok: boolean; readonly text: string };

export interface GuestSource {
  readonly language: 'typescript' | 'jsonata';
  readonly text: string;
}

export interface GuestJob {
  readonly job: number;
  /** Key of the source; sent along once a process. */
  readonly program: string;
  readonly entry: string;
  /** JSON. */
  readonly input: string;
  /** JSON: now, idempotencyKey. */
  readonly facts: string;
  /** Whether `ctx` can ask anything of the house. */
  readonly asks: boolean;
  /** The machine had no time for it once, so it gets more. */
  readonly patient: boolean;
  /** Whether the result tells what the call used. */
  readonly measured?: true;
}

export type FromGuest =
  | { readonly say: 'ready'; readonly walls: Walls | null }
  | { readonly say: 'results'; readonly results: readonly GuestResult[] }
  | { readonly say: 'ask'; readonly job: number; readonly ask: number; readonly name: string; readonly text: string };

/**
 * How one job ended. `failed`: the code threw; `stopped`: a limit inside; `missing`: the source must be sent again;
 * `unbegun`: one before it had to be stopped, and it was not begun.
 */
export interface GuestResult {
  readonly job: number;
  readonly end: 'value' | 'nothing' | 'failed' | 'stopped' | 'too-large' | 'missing' | 'unbegun';
  /** The value's JSON, the error's message, or which limit it was. */
  readonly text: string;
  /** Where the code threw, in its author's text, from 1. */
  readonly line?: number;
  readonly column?: number;
  readonly logs: readonly string[];
  /** Of a call that had to be stopped for its time: milliseconds it did compute. */
  readonly computedMs?: number;
  /** Milliseconds computed and bytes held when it was over. */
  readonly used?: { readonly cpuMs: number; readonly bytes: number };
}

/** What a process could not do when it tried, at its start. */
export interface Walls {
  readonly write: boolean;
  readonly spawn: boolean;
  readonly network: boolean;
  readonly uid: number;
}

/** Milliseconds code may compute without a break; what V8 itself stops. */
export const COMPUTE_MS = 500;
/** Milliseconds of computing that show that it was the code that used up its time, and not a machine that had none to give. */
export const GUILTY_MS = 100;
/** Milliseconds code may wait for nothing. */
export const IDLE_MS = 1000;
/** Megabytes of V8 heap a program may fill. */
export const HEAP_MB = 32;
/** Letters of a result, and of a question to the house. */
export const RESULT_CHARACTERS = 1_048_576;
/** Letters of a program's text. */
export const SOURCE_CHARACTERS = 262_144;
