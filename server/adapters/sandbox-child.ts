import type ivm from 'isolated-vm';
import {
  abandonCell,
  type Cell,
  cellOf,
  closeCell,
  contextIn,
  type FreshContext,
  freshContext,
  openCell,
  prepareContext,
} from './sandbox-cell.ts';
import {
  COMPUTE_MS,
  type FromGuest,
  type GuestJob,
  type GuestResult,
  type GuestSource,
  IDLE_MS,
  RESULT_CHARACTERS,
  SOURCE_CHARACTERS,
  type ToGuest,
} from './sandbox-protocol.ts';
import { faultOf, NEVER, resultOf } from './sandbox-result.ts';
import { SourceError } from './sandbox-source.ts';
import { tryWalls } from './sandbox-tries.ts';

/** A call that asked something of the house and waits. */
interface Open {
  readonly context: ivm.Context;
  asking: number;
  /** Puts off the moment at which waiting for nothing is over. */
  touch(): void;
  /** What came after the house's answer was thrown, or had to be stopped. */
  fail(error: unknown): void;
}

/** Where a call is carried out, as far as that has been made. */
interface Place {
  cell?: Cell;
  context?: ivm.Context;
  /** Nanoseconds its isolate had computed before, where that is to be told. */
  since?: bigint;
}

/** Results are kept back for so many milliseconds at most, so that a batch is one message. */
const TOGETHER_MS = 4;

const sources = new Map<string, GuestSource>();
const open = new Map<number, Open>();

const tell = (message: FromGuest): void => void process.send?.(message);

/** Milliseconds this process has computed. */
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Milliseconds for which a reading is good: asking costs as much as a short call's own work. */
const READING_MS = 5;
let cpuAt = 0;
let readAt = Number.NEGATIVE_INFINITY;

/** Code begins to compute. */
function readCpu(): void {
  const now = performance.now();
  if (now - readAt < READING_MS) return;
  readAt = now;
  cpuAt = cpuMs();
}

/** Since code began to, and at most a reading's age more. */
const computedMs = (): number => Math.round(cpuMs() - cpuAt);

function faulty(job: number, error: unknown, cell: Cell | undefined): GuestResult {
  return faultOf(job, error, { isDisposed: cell?.isolate.isDisposed ?? false, computedMs });
}

const LIMIT = { timeout: COMPUTE_MS };
const IDLE_LOOKS = 4;
/** For code that a machine without time has kept waiting once. */
const PATIENT = { timeout: 1.7 * COMPUTE_MS };

/** Waits for what the code promised, as long as it waits for the house, and not long for anything else. */
async function promised(job: GuestJob, context: ivm.Context): Promise<unknown> {
  const over = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  let looks = 0;
  // several looks and not one: after a moment in which the machine had no time, what has happened meanwhile is seen first
  const look = (): void => {
    if (++looks < IDLE_LOOKS) timer = setTimeout(look, IDLE_MS / IDLE_LOOKS);
    else over.reject(new Error(NEVER));
  };
  const state: Open = {
    context,
    asking: open.get(job.job)?.asking ?? 0,
    touch: () => {
      clearTimeout(timer);
      looks = 0;
      if (state.asking === 0) timer = setTimeout(look, IDLE_MS / IDLE_LOOKS);
    },
    fail: over.reject,
  };
  open.set(job.job, state);
  state.touch();
  try {
    const later = context.eval('$later', { ...LIMIT, promise: true, copy: true });
    later.catch(() => undefined);
    return await Promise.race([later, over.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Takes what the code of a call asks to the house. */
function questionsOf(job: GuestJob, context: ivm.Context): FreshContext['hear'] {
  open.set(job.job, { context, asking: 0, touch: () => undefined, fail: () => undefined });
  return (id, name, text) => {
    const state = open.get(job.job);
    if (!state || typeof id !== 'number' || typeof name !== 'string' || typeof text !== 'string') return;
    if (text.length > RESULT_CHARACTERS) {
      answer(job.job, id, false, 'the question is too large');
      return;
    }
    state.asking++;
    state.touch();
    tell({ say: 'ask', job: job.job, ask: id, name, text });
  };
}

/** Hands the house's answer in; the code goes on under the same limit. */
function answer(job: number, ask: number, ok: boolean, text: string): void {
  const state = open.get(job);
  if (!state) return;
  state.asking = Math.max(0, state.asking - 1);
  state.touch();
  readCpu();
  state.context.evalClosure('globalThis.$answer($0, $1, $2)', [ask, ok, text], LIMIT).catch(state.fail);
}

/** Begins a call in a context of its own; null where it has promised its answer. Throws what the isolate throws. */
function begin(job: GuestJob, source: GuestSource, limit: typeof LIMIT, place: Place): unknown {
  const cell = cellOf(job.program, source);
  place.cell = cell;
  cell.busy++;
  cell.runs++;
  readCpu();
  if (job.measured) place.since = cell.isolate.cpuTime;
  const fresh = contextIn(cell, job.asks);
  const { context } = fresh;
  place.context = context;
  if (job.asks) fresh.hear = questionsOf(job, context);
  // called as it is: a text to evaluate would be compiled anew in every context
  const enter = cell.script.runSync(context, { ...limit, reference: true });
  try {
    return enter.applySync(undefined, [job.entry, job.input, job.facts], { ...limit, result: { copy: true } });
  } finally {
    enter.release();
  }
}

/** At once, unless the code has promised its answer: most does not, and a tick of the loop for each would keep batches waiting. */
function attempt(job: GuestJob): GuestResult | Promise<GuestResult> {
  const source = sources.get(job.program);
  if (!source) return { job: job.job, end: 'missing', text: '', logs: [] };
  const place: Place = {};
  const leave = (result: GuestResult): GuestResult => {
    const told = place.since === undefined ? result : { ...result, ...usedIn(place) };
    leavePlace(job, told, place);
    return told;
  };
  try {
    const text = begin(job, source, job.patient ? PATIENT : LIMIT, place);
    if (text !== null || !place.context) return leave(resultOf(job.job, text));
    return promised(job, place.context)
      .then((later) => resultOf(job.job, later))
      .catch((error: unknown) => faulty(job.job, error, place.cell))
      .then(leave);
  } catch (error) {
    return leave(faulty(job.job, error, place.cell));
  }
}

/** What a call has used, where that is asked and its isolate can still tell. */
function usedIn({ cell, since }: Place): Pick<GuestResult, 'used'> {
  if (!cell || since === undefined || cell.isolate.isDisposed) return {};
  const { used_heap_size: heap, externally_allocated_size: beside } = cell.isolate.getHeapStatisticsSync();
  return { used: { cpuMs: Number(cell.isolate.cpuTime - since) / 1e6, bytes: heap + beside } };
}

function leavePlace(job: GuestJob, result: GuestResult, { cell, context }: Place): void {
  open.delete(job.job);
  if (!cell) return;
  cell.busy--;
  if (result.end === 'stopped') abandonCell(job.program, cell);
  if (cell.over) closeCell(cell);
  else if (!cell.isolate.isDisposed) context?.release();
}

let results: GuestResult[] = [];
let flushAt = 0;

function flush(): void {
  if (results.length > 0) tell({ say: 'results', results });
  results = [];
}

/** The round in which a call last had to be stopped: what was sent in it and is not begun goes back, and others go first. */
let spoiled = -1;

function deliver(result: GuestResult, round: number): void {
  if (result.end === 'stopped') spoiled = Math.max(spoiled, round);
  if (results.length === 0) flushAt = performance.now() + TOGETHER_MS;
  results.push(result);
  if (performance.now() >= flushAt) flush();
}

let working = Promise.resolve();
let rounds = 0;

/** One context a turn of the loop, so that what comes meanwhile is begun at once. */
function prepare(): void {
  if (rounds === 0 && prepareContext()) setImmediate(prepare);
}

/** One after the other; a call that waits for the house does not hold up the next. */
async function work(jobs: readonly GuestJob[], round: number): Promise<void> {
  for (const job of jobs) {
    if (round <= spoiled) {
      deliver({ job: job.job, end: 'unbegun', text: '', logs: [] }, round);
      continue;
    }
    const result = attempt(job);
    if (!(result instanceof Promise)) deliver(result, round);
    else if (job.asks) void result.then((later) => deliver(later, round)).then(flush);
    else deliver(await result, round);
  }
  flush();
}

/** Compiles and looks at what is offered, in a cell of its own. */
function check(job: number, text: string): GuestResult {
  let cell: Cell | undefined;
  try {
    if (text.length > SOURCE_CHARACTERS) throw new SourceError('the code is too long');
    cell = openCell({ language: 'typescript', text });
    const { context } = freshContext(cell, false);
    cell.script.runSync(context, LIMIT);
    const offered = context.evalSync(OFFERED, { ...LIMIT, copy: true }) as unknown;
    return { job, end: 'value', text: String(offered).slice(0, 10_000), logs: [] };
  } catch (error) {
    return faulty(job, error, cell);
  } finally {
    if (cell) closeCell(cell);
  }
}

/** Names of what has a run function; `""` for code that is one. */
const OFFERED = `JSON.stringify((() => {
  const from = typeof $offered === 'object' && $offered !== null ? $offered : {};
  if (typeof from.run === 'function' || typeof $offered === 'function' || typeof run === 'function') return [''];
  return Object.keys(from).filter((key) => typeof (from[key] || {}).run === 'function');
})())`;

process.on('message', (message: ToGuest) => {
  if (message.say === 'answer') answer(message.job, message.ask, message.ok, message.text);
  else if (message.say === 'check') tell({ say: 'results', results: [check(message.job, message.source)] });
  else {
    for (const [program, source] of Object.entries(message.sources)) sources.set(program, source);
    rounds++;
    working = working
      .then(() => work(message.jobs, message.round))
      .then(() => {
        rounds--;
        setImmediate(prepare);
      });
  }
});
process.on('disconnect', () => process.exit(0));
// a promise the customer's code left behind is nobody's business
process.on('unhandledRejection', () => undefined);

tell({ say: 'ready', walls: process.argv.includes('--try-walls') ? await tryWalls() : null });
