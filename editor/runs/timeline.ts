import type { Failure } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { JsonObject } from '#runtime/json.ts';
import { emptyRun, evolve, type StepState } from '#runtime/state.ts';

export type StepPhase = 'running' | 'writing' | 'succeeded' | 'failed' | 'retrying' | 'waiting' | 'held' | 'cancelled';

interface StepNote {
  readonly at: number;
  readonly message: string;
  readonly data?: JsonObject;
}

/** One attempt of one step, told as one thing that happened. */
export interface StepEntry {
  readonly kind: 'step';
  readonly seq: number;
  readonly at: number;
  /** `write`, or `each[3].write` in a loop. */
  readonly path: string;
  readonly attempt: number;
  phase: StepPhase;
  /** Milliseconds of wall time. */
  ms?: number;
  output?: Readonly<Record<string, unknown>>;
  failure?: Failure;
  retryAt?: number;
  until?: number;
  /** Why it waits, where the wait says so. */
  reason?: string;
  reference?: string;
  /** A write left and nobody knows what became of it. */
  unknown?: boolean;
  readonly notes: StepNote[];
}

/** Something that happened to the run as a whole. */
export interface RunEntry {
  readonly kind: 'run';
  readonly seq: number;
  readonly at: number;
  readonly event: Extract<RunEvent, { type: `run.${string}` }>;
}

export type Entry = StepEntry | RunEntry;

const OPEN: readonly StepPhase[] = ['running', 'writing'];

function openEntry(
  open: Map<string, StepEntry>,
  entries: Entry[],
  event: Extract<RunEvent, { step: string }>,
): StepEntry {
  const known = open.get(event.step);
  if (known) return known;
  const attempt = 'attempt' in event ? event.attempt : 1;
  const entry: StepEntry = {
    kind: 'step',
    seq: event.seq,
    at: event.at,
    path: event.step,
    attempt,
    phase: 'running',
    notes: [],
  };
  open.set(event.step, entry);
  entries.push(entry);
  return entry;
}

function close(open: Map<string, StepEntry>, entry: StepEntry, phase: StepPhase, at: number): void {
  entry.phase = phase;
  entry.ms ??= Math.max(0, at - entry.at);
  open.delete(entry.path);
}

function stepEvent(
  open: Map<string, StepEntry>,
  entries: Entry[],
  event: Extract<RunEvent, { type: `step.${string}` }>,
  output: Readonly<Record<string, unknown>> | undefined,
  writesOpen: boolean,
): void {
  const entry = openEntry(open, entries, event);
  switch (event.type) {
    case 'step.noted':
      entry.notes.push({ at: event.at, message: event.message, ...(event.data ? { data: event.data } : {}) });
      break;
    case 'step.writing':
      entry.phase = 'writing';
      entry.reference = event.reference;
      break;
    case 'step.refused':
    case 'step.wrote':
      entry.phase = 'running';
      break;
    case 'step.succeeded':
      entry.ms = event.ms;
      if (output) entry.output = output;
      close(open, entry, 'succeeded', event.at);
      break;
    case 'step.failed':
      entry.failure = event.failure;
      if (event.retryAt !== undefined) entry.retryAt = event.retryAt;
      entry.unknown = writesOpen;
      close(open, entry, event.retryAt === undefined ? 'failed' : 'retrying', event.at);
      break;
    case 'step.waiting':
      entry.until = event.until;
      if (event.reason !== undefined) entry.reason = event.reason;
      close(open, entry, 'waiting', event.at);
      break;
    default:
  }
}

/** Writes that left and of which nobody knows yet what became. */
function openWrites(step: StepState | undefined): number {
  return step?.writes.size ?? 0;
}

/** The log as a person reads it: one line an attempt of a step, and one for each thing that happened to the run. */
export function timelineOf(events: readonly RunEvent[]): Entry[] {
  const entries: Entry[] = [];
  const open = new Map<string, StepEntry>();
  const state = emptyRun();
  for (const event of events) {
    evolve(state, event);
    if ('step' in event && event.step !== undefined && event.type.startsWith('step.')) {
      const step = event as Extract<RunEvent, { type: `step.${string}` }>;
      if (step.type === 'step.started') open.delete(step.step);
      const now = state.steps.get(step.step);
      stepEvent(open, entries, step, now?.output, openWrites(now) > 0);
      continue;
    }
    const whole = event as RunEntry['event'];
    if (whole.type === 'run.held') {
      const entry = open.get(whole.step);
      if (entry) close(open, entry, 'held', whole.at);
    }
    entries.push({ kind: 'run', seq: whole.seq, at: whole.at, event: whole });
    if (whole.type === 'run.succeeded' || whole.type === 'run.failed' || whole.type === 'run.cancelled')
      for (const entry of [...open.values()]) close(open, entry, 'cancelled', whole.at);
  }
  return entries;
}

/** Name of the step in the document that a path ends in: `each[3].write` is `write`. */
export function stepName(path: string): string {
  return (path.split('.').at(-1) ?? path).replace(/\[\d+\]$/, '');
}

/** Where in its loops a path stands, counted from one: `each[3].write` is `4`; nothing outside loops. */
export function loopPlace(path: string): string | undefined {
  const turns = [...path.matchAll(/\[(\d+)\]/g)].map((match) => Number(match[1]) + 1);
  return turns.length === 0 ? undefined : turns.join('.');
}

/** What one step of the document has come to, over all turns of its loops. */
export interface StepTotal {
  readonly phase: StepPhase;
  /** Milliseconds over all attempts. */
  readonly ms: number;
  readonly turns: number;
  readonly failed: number;
  /** Output ports that carried something, on any turn. */
  readonly ports: ReadonlySet<string>;
  readonly last: StepEntry;
}

const WEIGHT: Readonly<Record<StepPhase, number>> = {
  held: 7,
  writing: 6,
  running: 5,
  failed: 4,
  retrying: 3,
  waiting: 2,
  cancelled: 1,
  succeeded: 0,
};

/** The newest attempt of every path, gathered by step of the document; the phase most in need of eyes wins. */
export function stepTotals(entries: readonly Entry[]): Map<string, StepTotal> {
  const newest = new Map<string, StepEntry>();
  const spent = new Map<string, number>();
  for (const entry of entries) {
    if (entry.kind !== 'step') continue;
    newest.set(entry.path, entry);
    const name = stepName(entry.path);
    spent.set(name, (spent.get(name) ?? 0) + (entry.ms ?? 0));
  }
  const totals = new Map<string, StepTotal>();
  for (const entry of newest.values()) {
    const name = stepName(entry.path);
    const known = totals.get(name);
    totals.set(name, {
      phase: known && WEIGHT[known.phase] >= WEIGHT[entry.phase] ? known.phase : entry.phase,
      ms: spent.get(name) ?? 0,
      turns: (known?.turns ?? 0) + 1,
      failed: (known?.failed ?? 0) + (entry.failure ? 1 : 0),
      ports: new Set([...(known?.ports ?? []), ...Object.keys(entry.output ?? {})]),
      last: known && known.last.seq > entry.seq ? known.last : entry,
    });
  }
  return totals;
}

/** Whether the entry is still under way. */
export function isOpen(entry: StepEntry): boolean {
  return OPEN.includes(entry.phase);
}
