import type { Failure } from './error.ts';
import { FAILED_PORT } from './node.ts';
import type { Plan, PlanStep } from './plan.ts';
import type { RunState, StepState } from './state.ts';

/** Where in its loops a step stands: one prefix a depth, `['', 'each[3].']`. */
export type Place = readonly string[];

/** The one thing to do next. */
export type Decision =
  | {
      readonly do: 'execute';
      readonly step: PlanStep;
      readonly path: string;
      readonly place: Place;
      readonly input: Readonly<Record<string, unknown>>;
    }
  | { readonly do: 'wait'; readonly until: number }
  | { readonly do: 'hold' }
  | { readonly do: 'succeed' }
  | { readonly do: 'ignore' }
  | { readonly do: 'cancel' }
  | { readonly do: 'fail'; readonly step: string; readonly failure: Failure };

/** How far a walk has come: a place in the order, then in a loop its turn and the place there, and so on. All before it is settled. */
export type Progress = number[];

interface Walk {
  readonly plan: Plan;
  readonly trigger: string;
  readonly state: RunState;
  readonly now: number;
  readonly progress: Progress;
}

function prefixAt(place: Place, depth: number): string {
  return place[depth] ?? '';
}

/** The value on a wire, or undefined when the wire is not taken. */
export function wireValue(state: RunState, source: PlanStep, port: string, place: Place): unknown {
  if (source.document.disabled) return passedThrough(state, source, port, place);
  const depth = source.closes === null ? source.loops.length : source.loops.length - 1;
  const path = prefixAt(place, depth) + source.id;
  const step = state.steps.get(path);
  if (!step) return undefined;
  if (port === FAILED_PORT) return failedValue(state, source, step, place);
  if (step.status !== 'succeeded' || !step.output) return undefined;
  if (source.node.control === 'each' && (port === 'item' || port === 'index')) {
    const turn = turnOf(prefixAt(place, depth + 1), path);
    return port === 'index' ? turn : (step.output['list'] as readonly unknown[])[turn];
  }
  return Object.hasOwn(step.output, port) ? step.output[port] : undefined;
}

/** `lines[3].` -> 3 */
function turnOf(prefix: string, path: string): number {
  return Number(prefix.slice(path.length + 1, -2));
}

/** What a step that is switched off lets by: an input, through the one output that stands for it. */
function passedThrough(state: RunState, source: PlanStep, port: string, place: Place): unknown {
  const input = source.passes.get(port);
  return input && firstTaken(state, input.sources, place);
}

function failedValue(state: RunState, source: PlanStep, step: StepState, place: Place): unknown {
  if (step.status !== 'failed' || step.retryAt !== undefined || !step.failure) return undefined;
  const { code, message, field } = step.failure;
  return { code, message, ...(field === undefined ? {} : { field }), input: inputOf(state, source, place).input };
}

function firstTaken(state: RunState, sources: readonly { step: PlanStep; port: string }[], place: Place): unknown {
  for (const source of sources) {
    const value = wireValue(state, source.step, source.port, place);
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The values at a step's ports; `dead` when one it cannot do without was not taken. */
export function inputOf(
  state: RunState,
  step: PlanStep,
  place: Place,
): { readonly input: Record<string, unknown>; readonly dead: boolean } {
  const input: Record<string, unknown> = {};
  let dead = false;
  let wired = 0;
  let taken = 0;
  for (const port of step.inputs) {
    if (port.sources.length > 0) wired++;
    const value = firstTaken(state, port.sources, place);
    if (value !== undefined) {
      input[port.port] = value;
      taken++;
    } else if (port.required) dead = true;
  }
  return { input, dead: dead || (wired > 0 && taken === 0) };
}

/** What a collect gathers: the value of each turn that has one. */
export function collected(state: RunState, step: PlanStep, place: Place): unknown[] {
  const loop = step.closes ?? '';
  const each = state.steps.get(place.at(-1) + loop);
  const turns = (each?.output?.['list'] as readonly unknown[] | undefined)?.length ?? 0;
  const sources = step.inputs[0]?.sources ?? [];
  const list: unknown[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const value = firstTaken(state, sources, [...place, `${place.at(-1)}${loop}[${turn}].`]);
    if (value !== undefined) list.push(value);
  }
  return list;
}

function canStart(walk: Walk, step: PlanStep, place: Place): { input: Record<string, unknown> } | null {
  if (step.node.starts) return step.id === walk.trigger ? { input: {} } : null;
  if (step.closes !== null) {
    return walk.state.steps.get(place.at(-1) + step.closes)?.status === 'succeeded' ? { input: {} } : null;
  }
  if (!step.inputs.some((port) => port.sources.length > 0)) return null;
  const { input, dead } = inputOf(walk.state, step, place);
  return dead ? null : { input };
}

/** What a step asks for; null when it is settled. */
function ask(walk: Walk, step: PlanStep, place: Place, depth: number): Decision | null {
  const path = place.at(-1) + step.id;
  const known = walk.state.steps.get(path);
  if (known?.status === 'succeeded') return step.body.length > 0 ? turns(walk, step, known, place, depth) : null;
  if (known?.status === 'held') return { do: 'hold' };
  if (known?.status === 'failed' && known.retryAt === undefined) {
    const goesOn = step.failedWired || step.document.onError === 'skip';
    if (goesOn && step.node.control !== 'stop') return null;
    return { do: 'fail', step: path, failure: known.failure as Failure };
  }
  const until = known?.status === 'failed' ? known.retryAt : known?.status === 'waiting' ? known.until : undefined;
  if (until !== undefined && until > walk.now) return { do: 'wait', until };
  const start = step.document.disabled ? null : canStart(walk, step, place);
  return start ? { do: 'execute', step, path, place, input: start.input } : null;
}

/** Goes on inside a loop: turn by turn, each turn's steps in order. */
function turns(walk: Walk, each: PlanStep, state: StepState, place: Place, depth: number): Decision | null {
  const count = (state.output?.['list'] as readonly unknown[] | undefined)?.length ?? 0;
  const at = depth + 1;
  for (let turn = walk.progress[at] ?? 0; turn < count; turn++) {
    walk.progress[at] = turn;
    const decision = inOrder(walk, each.body, [...place, `${place.at(-1)}${each.id}[${turn}].`], at + 1);
    if (decision) return decision;
    walk.progress.length = at + 1;
  }
  return null;
}

function inOrder(walk: Walk, steps: readonly PlanStep[], place: Place, depth: number): Decision | null {
  for (let index = walk.progress[depth] ?? 0; index < steps.length; index++) {
    walk.progress[depth] = index;
    const decision = ask(walk, steps[index] as PlanStep, place, depth);
    if (decision) return decision;
    walk.progress.length = depth + 1;
  }
  return null;
}

const ROOT: Place = [''];

/** All is settled. A trigger that could have let something through and did not is the whole run. */
function ended(plan: Plan, trigger: string, state: RunState): Decision {
  const step = state.steps.get(trigger);
  if (step?.status !== 'succeeded' || state.steps.size > 1) return { do: 'succeed' };
  for (const port in step.output) if (step.output[port] !== undefined) return { do: 'succeed' };
  return Object.keys(plan.byId.get(trigger)?.node.outputs ?? {}).length > 0 ? { do: 'ignore' } : { do: 'succeed' };
}

/**
 * From a flow and what has happened so far, the one thing to do next. The same facts give the same answer;
 * `progress` only spares the walk over what is settled and is moved forward in place: pass the same array again, or a new one.
 */
export function decide(plan: Plan, trigger: string, state: RunState, now: number, progress: Progress = []): Decision {
  if (state.status === 'held') return { do: 'hold' };
  if (state.status === 'cancelled') return { do: 'cancel' };
  if (state.status === 'failed') return { do: 'fail', step: state.failedStep ?? '', failure: state.failure as Failure };
  if (state.status === 'ignored') return { do: 'ignore' };
  if (state.stopped || state.status === 'succeeded') return { do: 'succeed' };
  return inOrder({ plan, trigger, state, now, progress }, plan.steps, ROOT, 0) ?? ended(plan, trigger, state);
}
