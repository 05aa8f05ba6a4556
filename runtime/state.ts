import type { WriteClass } from './connector.ts';
import type { Failure } from './error.ts';
import type { RunEvent } from './event.ts';
import type { Json } from './json.ts';

/** A write of a step: begun, and either confirmed with its answer or of unknown outcome. One surely refused is forgotten. */
export interface StepWrite {
  readonly capability: string;
  readonly class?: WriteClass;
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Milliseconds after `at` when nothing more comes of it. */
  readonly settleMs?: number;
  readonly answer?: Json;
}

/** One step as its events tell it. */
export interface StepState {
  readonly status: 'running' | 'succeeded' | 'failed' | 'waiting' | 'held';
  readonly attempt: number;
  /** Attempts that failed and counted. */
  readonly failures: number;
  readonly output?: Readonly<Record<string, unknown>>;
  readonly failure?: Failure;
  readonly retryAt?: number;
  readonly until?: number;
  /** By reference. */
  readonly writes: ReadonlyMap<string, StepWrite>;
  /** What a person said about a write of unknown outcome. */
  readonly decision?: WriteDecision;
}

/** `reference`: the write it is about; absent where the hold named none. */
export type WriteDecision = { readonly reference?: string } & (
  | { readonly kind: 'sent'; readonly target: string }
  | { readonly kind: 'resend' }
);

function decisionOf(step: StepState, event: Extract<RunEvent, { type: 'run.resumed' }>): WriteDecision | undefined {
  if (event.decision === 'retry') return undefined;
  const about = step.failure?.details?.['reference'];
  const reference = typeof about === 'string' ? { reference: about } : {};
  return event.decision === 'sent'
    ? { kind: 'sent', target: event.target ?? '', ...reference }
    : { kind: 'resend', ...reference };
}

/** A person's word holds for the one write it was about, once. */
function usedUp(step: StepState, reference: string): StepState {
  if (!step.decision || (step.decision.reference ?? reference) !== reference) return step;
  const { decision: _used, ...rest } = step;
  return rest;
}

/** A run as its log tells it. */
export interface RunState {
  status: 'running' | 'held' | 'succeeded' | 'ignored' | 'failed' | 'cancelled';
  /** Seq of the last event; -1 before the first. */
  seq: number;
  attempt: number;
  steps: Map<string, StepState>;
  answer?: { readonly status: number; readonly body: Json };
  failure?: Failure;
  /** The step whose failure ended the run. */
  failedStep?: string;
  hold?: 'sign-in' | 'quota' | 'review';
  /** The last note of any step; with nothing but a trigger run, why it let nothing through. */
  note?: string;
  /** A stop step was reached: nothing further is run. */
  stopped?: boolean;
}

const NO_WRITES: ReadonlyMap<string, StepWrite> = new Map();

export function emptyRun(): RunState {
  return { status: 'running', seq: -1, attempt: 0, steps: new Map() };
}

/** The same values under `same` as under the ports they came from. */
function outputOf(state: RunState, event: Extract<RunEvent, { type: 'step.succeeded' }>): Record<string, unknown> {
  const output: Record<string, unknown> = { ...event.output };
  for (const [port, origin] of Object.entries(event.same ?? {})) {
    const dot = origin.lastIndexOf('#');
    output[port] = state.steps.get(origin.slice(0, dot))?.output?.[origin.slice(dot + 1)];
  }
  return output;
}

function stepOf(state: RunState, path: string): StepState {
  return state.steps.get(path) ?? { status: 'running', attempt: 0, failures: 0, writes: NO_WRITES };
}

function resume(state: RunState, event: Extract<RunEvent, { type: 'run.resumed' }>): void {
  // nothing but the trigger has run: it is asked again, since what it reads may have changed
  if (state.status === 'ignored') state.steps.clear();
  delete state.note;
  for (const [path, step] of state.steps) {
    // a failure the flow went on from, by its failed port or by skipping, is no longer open
    if (step.status !== 'held' && !(step.status === 'failed' && path === state.failedStep)) continue;
    if (event.step !== undefined && event.step !== path) continue;
    const decision = decisionOf(step, event);
    const { retryAt: _retry, failure: _failure, decision: _decision, ...rest } = step;
    state.steps.set(path, {
      ...rest,
      status: 'running',
      failures: 0,
      ...(decision ? { decision } : {}),
    });
  }
  state.status = 'running';
  delete state.hold;
  delete state.failure;
  delete state.failedStep;
}

function evolveStep(state: RunState, event: Extract<RunEvent, { step: string }>): void {
  const step = stepOf(state, event.step);
  switch (event.type) {
    case 'step.started':
      state.steps.set(event.step, { ...step, status: 'running', attempt: event.attempt });
      break;
    case 'step.writing': {
      const before = step.writes.get(event.reference);
      const kind = event.class ?? before?.class;
      const settleMs = event.settleMs ?? before?.settleMs;
      const write = {
        capability: event.capability,
        at: event.at,
        ...(kind ? { class: kind } : {}),
        ...(settleMs === undefined ? {} : { settleMs }),
      };
      const writes = new Map(step.writes).set(event.reference, write);
      state.steps.set(event.step, { ...usedUp(step, event.reference), writes });
      break;
    }
    case 'step.refused': {
      const writes = new Map(step.writes);
      writes.delete(event.reference);
      state.steps.set(event.step, { ...step, writes });
      break;
    }
    case 'step.wrote': {
      const write = { capability: '', at: event.at, ...step.writes.get(event.reference), answer: event.answer };
      const writes = new Map(step.writes).set(event.reference, write);
      state.steps.set(event.step, { ...usedUp(step, event.reference), writes });
      break;
    }
    case 'step.succeeded':
      state.steps.set(event.step, {
        status: 'succeeded',
        attempt: step.attempt,
        failures: step.failures,
        writes: NO_WRITES,
        output: outputOf(state, event),
      });
      break;
    case 'step.failed': {
      const { retryAt: _retry, ...rest } = step;
      state.steps.set(event.step, {
        ...rest,
        status: 'failed',
        attempt: event.attempt,
        failures: step.failures + 1,
        failure: event.failure,
        ...(event.retryAt === undefined ? {} : { retryAt: event.retryAt }),
      });
      break;
    }
    case 'step.noted':
      state.note = event.message;
      break;
    case 'step.waiting':
      state.steps.set(event.step, { ...step, status: 'waiting', until: event.until });
      break;
    case 'run.held':
      state.steps.set(event.step, { ...step, status: 'held', failure: event.failure });
      state.status = 'held';
      state.hold = event.hold;
      break;
    case 'run.stopped':
      state.stopped = true;
      break;
    case 'run.answered':
      state.answer = { status: event.status, body: event.body };
      break;
    default:
  }
}

/**
 * The only place run state changes. The state belongs to its folder and is changed in place:
 * a run of a thousand steps must not copy a thousand steps an event.
 */
export function evolve(state: RunState, event: RunEvent): RunState {
  state.seq = event.seq;
  switch (event.type) {
    case 'run.started':
      state.attempt = event.attempt;
      break;
    case 'run.resumed':
      resume(state, event);
      break;
    case 'run.succeeded':
      state.status = 'succeeded';
      break;
    case 'run.ignored':
      state.status = 'ignored';
      break;
    case 'run.failed':
      state.status = 'failed';
      state.failure = event.failure;
      if (event.step !== undefined) state.failedStep = event.step;
      break;
    case 'run.cancelled':
      state.status = 'cancelled';
      break;
    default:
      evolveStep(state, event);
  }
  return state;
}

/** A log, or its first part, as a state: the debugger's time travel. */
export function fold(events: Iterable<RunEvent>): RunState {
  const state = emptyRun();
  for (const event of events) evolve(state, event);
  return state;
}
