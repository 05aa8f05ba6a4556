import type { RunEvent } from './event.ts';
import type { Json } from './json.ts';
import type { Clock } from './ports.ts';
import { evolve, type RunState } from './state.ts';

/** An event before it has its number and time. */
export type NewEvent = RunEvent extends infer Event
  ? Event extends RunEvent
    ? Omit<Event, 'seq' | 'at'>
    : never
  : never;

/** What has happened in this claim: told to the state at once, kept until the next commit takes it. */
export interface Trace {
  add(event: NewEvent): void;
  /** A step's answer; values that came from another port are kept as its name. */
  succeed(step: string, ms: number, output: Readonly<Record<string, unknown>>, effect: boolean): void;
  /**
   * Everything since the last take. Not whole: without the steps that can simply be run again;
   * those are kept back for a whole take later in the claim, where they get numbers of their own.
   */
  take(whole: boolean): readonly RunEvent[];
}

export function createTrace(state: RunState, clock: Clock): Trace {
  let pending: RunEvent[] = [];
  const keptBack: RunEvent[] = [];
  /** Successes of steps without effect: their order in `pending` is all that is needed to leave them out. */
  const replayable = new Set<RunEvent>();
  const origins = new Map<object, string>();
  for (const [path, step] of state.steps) remember(path, step.output);

  function remember(path: string, output: Readonly<Record<string, unknown>> | undefined): void {
    for (const port in output) {
      const value = output[port];
      if (typeof value === 'object' && value !== null && !origins.has(value)) origins.set(value, `${path}#${port}`);
    }
  }

  function add(event: NewEvent): RunEvent {
    const whole = { ...event, seq: state.seq + 1, at: clock.now() } as RunEvent;
    evolve(state, whole);
    pending.push(whole);
    return whole;
  }

  /** Numbers go on rising, so what was kept back stands after what was committed before it; `at` tells the true order. */
  function renumbered(late: readonly RunEvent[], taken: readonly RunEvent[]): RunEvent[] {
    const from = state.seq - taken.length + 1;
    const all = [...late, ...taken].map((event, index) => ({ ...event, seq: from + index }));
    state.seq = from + all.length - 1;
    return all;
  }

  /** `same` may name a step that a thin log leaves out, so there the value itself is written. */
  function spelledOut(event: RunEvent): RunEvent {
    if (event.type !== 'step.succeeded' || !event.same) return event;
    const { same: _same, ...rest } = event;
    return { ...rest, output: { ...state.steps.get(event.step)?.output } as Record<string, Json> };
  }

  return {
    add,
    succeed(step, ms, output, effect) {
      const own: Record<string, Json> = {};
      let same: Record<string, string> | undefined;
      for (const port in output) {
        const value = output[port];
        if (value === undefined) continue;
        const origin = typeof value === 'object' && value !== null ? origins.get(value) : undefined;
        if (origin === undefined) own[port] = value as Json;
        else {
          same ??= {};
          same[port] = origin;
        }
      }
      const event = add({ type: 'step.succeeded', step, ms, output: own, ...(same ? { same } : {}) });
      remember(step, own);
      if (!effect) replayable.add(event);
    },
    take(whole) {
      const taken = pending;
      pending = [];
      if (whole) return keptBack.length === 0 ? taken : renumbered(keptBack.splice(0), taken);
      for (const event of taken) if (replayable.has(event)) keptBack.push(event);
      return taken.filter((event) => !replayable.has(event)).map(spelledOut);
    },
  };
}
