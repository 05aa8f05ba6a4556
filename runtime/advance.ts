import type { Claim, ClaimedRun, EnginePorts } from './claim.ts';
import { collected, type Decision, decide, type Progress } from './decide.ts';
import { type Failure, type FlowError, failureOf, HoldError, NotYet, RetryableError, TerminalError } from './error.ts';
import { evaluate } from './expression.ts';
import { firstIssue } from './issue-words.ts';
import type { Json } from './json.ts';
import type { PlanInput, PlanStep } from './plan.ts';
import type { Commit, Journal, Outcome } from './ports.ts';
import { REDACTED } from './redact.ts';
import { askedDelay, isSampled, MAX_WAIT_MS, retryDelay } from './retry.ts';
import type { RunState } from './state.ts';
import { stepContext } from './step.ts';
import { createTrace, type NewEvent } from './trace.ts';
import { createWriteLog, type OpenWrite, openWrite, tellDone, unknownOutcome, type WriteLog } from './write.ts';

const MAX_STEPS = 20_000;
const STEP_TIMEOUT_MS = 60_000;
/** Pure steps in a row before others have their turn: some milliseconds. */
const STEPS_A_BREATH = 500;

type Execute = Extract<Decision, { do: 'execute' }>;
type Output = Readonly<Record<string, unknown>>;

/**
 * Takes a run as far as it goes now. Killed half way and called again, it goes on from its log.
 * Rejects only with what the journal rejected with (ClaimLost, or a log that cannot be written).
 */
export async function advance(run: ClaimedRun, ports: EnginePorts): Promise<void> {
  const claim = claimOf(run, ports);
  const progress: Progress = [];
  claim.trace.add({ type: 'run.started', attempt: run.attempt });
  for (let count = 0; ; count++) {
    if (ports.signal.aborted) return release(claim, { state: 'waiting', afterMs: 0 });
    const next =
      count < MAX_STEPS ? decide(run.plan, run.trigger, run.state, ports.clock.now(), progress) : tooManySteps();
    if (next.do !== 'execute') return end(claim, next);
    const working = execute(claim, next);
    if (working) await working;
    else if (count % STEPS_A_BREATH === STEPS_A_BREATH - 1) await ports.breathe?.();
  }
}

/** The claim, with a journal that remembers its own failure whatever a step makes of it. */
function claimOf(run: ClaimedRun, ports: EnginePorts): Claim {
  reopenRedacted(run);
  const remember = (cause: unknown): never => {
    claim.lost ??= { cause };
    throw cause;
  };
  const journal: Journal = {
    reserve: (reference) => ports.journal.reserve(reference),
    intent: (write, commit) => ports.journal.intent(write, commit).catch(remember),
    trace: (commit) => ports.journal.trace(commit).catch(remember),
    release: (outcome, commit, answer) => ports.journal.release(outcome, commit, answer),
  };
  const claim: Claim = {
    run,
    ports: { ...ports, journal },
    trace: createTrace(run.state, ports.clock),
    links: [],
    proven: new Map(),
    lost: null,
  };
  return claim;
}

/** The log holds no secrets, so an answer that held one is not whole there; steps that change nothing are run again for it. */
function reopenRedacted(run: ClaimedRun): void {
  for (const [path, step] of run.state.steps) {
    if (step.status !== 'succeeded' || !JSON.stringify(step.output).includes(REDACTED)) continue;
    const id = path.slice(path.lastIndexOf('.') + 1);
    const node = run.plan.byId.get(id)?.node;
    if (node?.control === 'wait') run.state.steps.set(path, { ...step, status: 'waiting', until: 0 });
    else if (node?.effect !== 'write') run.state.steps.delete(path);
  }
}

function tooManySteps(): Decision {
  return { do: 'fail', step: '', failure: { code: 'STEP_LIMIT', message: `more than ${MAX_STEPS} steps` } };
}

function end(claim: Claim, decision: Exclude<Decision, Execute>): Promise<void> {
  const { state } = claim.run;
  switch (decision.do) {
    case 'wait':
      return release(claim, { state: 'waiting', afterMs: Math.max(0, decision.until - claim.ports.clock.now()) });
    case 'hold':
      return release(claim, { state: 'held', hold: state.hold ?? 'review', failure: heldFailure(state) });
    case 'fail':
      if (state.status !== 'failed')
        claim.trace.add({
          type: 'run.failed',
          ...(decision.step === '' ? {} : { step: decision.step }),
          failure: decision.failure,
        });
      return release(claim, { state: 'failed', failure: decision.failure });
    case 'succeed':
      if (state.status !== 'succeeded') claim.trace.add({ type: 'run.succeeded' });
      return release(claim, { state: 'succeeded' });
    case 'ignore':
      if (state.status !== 'ignored') claim.trace.add(ignoredBy(claim.run));
      return release(claim, { state: 'ignored' });
    case 'cancel':
      return release(claim, { state: 'cancelled' });
  }
}

function ignoredBy({ trigger, state }: ClaimedRun): NewEvent {
  return { type: 'run.ignored', step: trigger, ...(state.note === undefined ? {} : { reason: state.note }) };
}

function heldFailure(state: RunState): Failure {
  for (const step of state.steps.values()) if (step.status === 'held' && step.failure) return step.failure;
  return { code: 'OUTCOME_UNKNOWN', message: 'a person must decide' };
}

/** All since the last commit, taken out; thin traces leave out what a later attempt can simply run again. */
function commitOf(claim: Claim, whole = false): Commit {
  const { id, plan } = claim.run;
  const kept = plan.trace === 'all' || (plan.trace === 'sampled' && isSampled(id));
  const all = whole || kept || claim.ports.watched();
  return { events: claim.trace.take(all), links: claim.links.splice(0) };
}

function release(claim: Claim, outcome: Outcome): Promise<void> {
  const { answer } = claim.run.state;
  const commit = commitOf(claim, outcome.state === 'failed' || outcome.state === 'held');
  if (!answer) return claim.ports.journal.release(outcome, commit);
  const body = typeof answer.body === 'string' ? answer.body : JSON.stringify(answer.body);
  return claim.ports.journal.release(outcome, commit, { status: answer.status, body });
}

/** Runs one step to its event. Steps without effect are done when it returns, so that a chain of them costs microseconds. */
function execute(claim: Claim, next: Execute): Promise<void> | undefined {
  const { step, path } = next;
  const attempt = (claim.run.state.steps.get(path)?.attempt ?? 0) + 1;
  const log = createWriteLog(path);
  const started = claim.ports.clock.now();
  if (step.node.effect !== 'none') claim.trace.add({ type: 'step.started', step: path, attempt });
  try {
    const working = perform(claim, next, log);
    if (!(working instanceof Promise)) {
      finish(claim, next, attempt, started, working);
      return undefined;
    }
    return working.then(
      (output) => settle(claim, next, attempt, started, log, output),
      (error) => fail(claim, next, attempt, log, error),
    );
  } catch (error) {
    fail(claim, next, attempt, log, error);
    return undefined;
  }
}

function perform(claim: Claim, next: Execute, log: WriteLog): Output | Promise<Output> {
  const { step, path, place } = next;
  const { run } = claim;
  if (step.closes !== null) return { list: collected(run.state, step, place) };
  if (step.node.control === 'wait' && run.state.steps.get(path)?.status === 'waiting') return { until: 0 };
  const ready = { ...next, input: parseInputs(claim, step, next.input) };
  if (step.expressions.length === 0) return carryOut(claim, ready, log);
  return workedOut(claim, ready).then((worked) => carryOut(claim, ready, log, worked));
}

/** The expressions of the step's config, all in one crossing. */
function workedOut({ run, ports }: Claim, { step, input }: Execute): Promise<ReadonlyMap<string, unknown>> {
  const values = { ...input, params: run.plan.params };
  const { expressions } = step;
  return evaluate(ports.guests, { tenant: run.tenant, expressions, values, now: run.receivedAt, signal: ports.signal });
}

function carryOut(
  claim: Claim,
  next: Execute,
  log: WriteLog,
  worked?: ReadonlyMap<string, unknown>,
): Output | Promise<Output> {
  const { step } = next;
  const { ports } = claim;
  const context = stepContext(claim, next, log, () => commitOf(claim), worked);
  if (step.node.effect === 'none') return step.node.run(context(ports.signal)) as Output | Promise<Output>;
  const work = (): Promise<Output> =>
    ports.within(step.node.timeoutMs ?? STEP_TIMEOUT_MS, async (signal) => {
      try {
        return (await step.node.run(context(signal))) as Output;
      } finally {
        // a step that writes several things at once is over when each of them is known, or the deadline comes
        await Promise.allSettled(log.asked.values());
      }
    });
  return ports.watched() ? ports.journal.trace(commitOf(claim, true)).then(work) : work();
}

function parseInputs({ proven }: Claim, step: PlanStep, input: Output): Output {
  let parsed: Record<string, unknown> | undefined;
  for (const port of step.inputs) {
    const value = input[port.port];
    if (!port.shape || value === undefined || proven.get(value) === port.shape) continue;
    parsed ??= { ...input };
    const read = parseInput(step, port, value);
    parsed[port.port] = read;
    if (typeof read === 'object') proven.set(read, port.shape);
  }
  return parsed ?? input;
}

function parseInput(step: PlanStep, port: PlanInput, value: unknown): unknown {
  const parsed = port.shape?.safeParse(value);
  if (!parsed || parsed.success) return parsed?.data;
  const issue = parsed.error.issues[0];
  const field = [step.id, port.port, ...(issue?.path ?? [])].map(String).join('.');
  throw new TerminalError('INPUT_INVALID', `${field}: ${firstIssue(parsed.error)}`, { field });
}

/**
 * A step may not succeed over a write of its own whose outcome nobody knows. One that this attempt did without (it found what
 * an earlier attempt was about to make) is waited out: later than its settle time nothing more comes of it.
 */
function settle(claim: Claim, next: Execute, attempt: number, started: number, log: WriteLog, output: Output): void {
  const open = openWrite(claim.run.state.steps.get(next.path), log);
  const unsettled = open && outcomeOpen(open, log, claim.ports.clock.now());
  if (unsettled) {
    fail(claim, next, attempt, log, unsettled);
    return;
  }
  if (claim.lost) throw claim.lost.cause;
  if (open) {
    const message = `${open.write.capability} of an earlier attempt was not needed any more`;
    claim.trace.add({ type: 'step.noted', step: next.path, message, data: { reference: open.reference } });
  }
  log.over = true;
  finish(claim, next, attempt, started, output);
}

/** Why a step that has an answer cannot be over yet; undefined when nothing more can come of its open write. */
function outcomeOpen({ reference, write }: OpenWrite, log: WriteLog, now: number): FlowError | NotYet | undefined {
  const { capability, settleMs } = write;
  if (write.class !== 'B') return unknownOutcome(capability, reference);
  if (log.asked.has(reference) || settleMs === undefined)
    return new RetryableError('OUTCOME_UNKNOWN', `no answer to ${capability}`);
  const settled = write.at + settleMs;
  return settled > now ? new NotYet(settled, 'waiting until nothing more comes of an earlier attempt') : undefined;
}

/** What a step's answer means to the run; most just succeed. */
function finish(claim: Claim, next: Execute, attempt: number, started: number, output: Output): void {
  const { step, path } = next;
  const now = claim.ports.clock.now();
  const succeed = (values: Output): void =>
    claim.trace.succeed(path, now - started, values, step.node.effect !== 'none');
  switch (step.node.control) {
    case 'wait': {
      const until = Number(output['until']);
      if (until > now) claim.trace.add({ type: 'step.waiting', step: path, until });
      else succeed({ value: next.input['value'] });
      break;
    }
    case 'respond':
      claim.trace.add({
        type: 'run.answered',
        step: path,
        status: Number(output['status']),
        body: (output['body'] ?? null) as Json,
      });
      succeed({ value: output['value'] });
      break;
    case 'stop': {
      const failure: Failure = { code: 'STOPPED', message: String(output['message'] ?? '') };
      if (output['outcome'] === 'failed') claim.trace.add({ type: 'step.failed', step: path, attempt, failure });
      else {
        succeed({});
        claim.trace.add({ type: 'run.stopped', step: path, message: failure.message });
      }
      break;
    }
    default:
      succeed(output);
  }
}

function fail(claim: Claim, next: Execute, attempt: number, log: WriteLog, error: unknown): void {
  if (claim.lost) throw claim.lost.cause;
  log.over = true;
  const { path } = next;
  const { run, trace } = claim;
  const now = claim.ports.clock.now();
  tellDone(claim, log);
  if (error instanceof NotYet) {
    trace.add({ type: 'step.waiting', step: path, until: error.until, reason: error.message });
    return;
  }
  const failure = failureOf(error);
  if (error instanceof HoldError) {
    trace.add({ type: 'run.held', step: path, hold: error.hold, failure });
    return;
  }
  // being asked to wait is no failed attempt, or one busy hour would use them up
  if (error instanceof RetryableError && error.beforeWork && now - run.receivedAt < MAX_WAIT_MS) {
    const until = now + askedDelay(attempt, error.afterMs);
    trace.add({ type: 'step.waiting', step: path, until, reason: failure.message });
    return;
  }
  const failures = (run.state.steps.get(path)?.failures ?? 0) + 1;
  const asked = error instanceof RetryableError ? error.afterMs : 0;
  const again = error instanceof TerminalError ? null : retryDelay(failures, run.id + path, asked);
  const open = again === null ? openWrite(run.state.steps.get(path), log) : undefined;
  if (open) {
    // given up, it would let a later run of the record write what may be there already
    const held = failureOf(unknownOutcome(open.write.capability, open.reference, error));
    trace.add({ type: 'run.held', step: path, hold: 'review', failure: held });
    return;
  }
  trace.add({ type: 'step.failed', step: path, attempt, failure, ...(again === null ? {} : { retryAt: now + again }) });
}
