import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ivm from 'isolated-vm';
import { expressionEntrance, guestChoice, guestEntrance } from './sandbox-guest.ts';
import {
  COMPUTE_MS,
  type FromGuest,
  type GuestJob,
  type GuestResult,
  type GuestSource,
  HEAP_MB,
  IDLE_MS,
  RESULT_CHARACTERS,
  SOURCE_CHARACTERS,
  type ToGuest,
  type Walls,
} from './sandbox-protocol.ts';
import { SourceError, scriptOf } from './sandbox-source.ts';

/** A source ready to run: one isolate, a context a call. */
interface Cell {
  readonly isolate: ivm.Isolate;
  readonly entrance: ivm.Script;
  readonly script: ivm.Script;
  /** Calls at work; a cell that is given up is closed when they are over. */
  busy: number;
  runs: number;
  over: boolean;
}

/** A call that asked something of the house and waits. */
interface Open {
  readonly context: ivm.Context;
  asking: number;
  /** Puts off the moment at which waiting for nothing is over. */
  touch(): void;
}

const MOST_CELLS = 4;
/** Contexts leave traces in their isolate; a new one costs a millisecond. */
const MOST_RUNS = 1000;
/** Results are kept back for so many milliseconds at most, so that a batch is one message. */
const TOGETHER_MS = 4;

const cells = new Map<string, Cell>();
const sources = new Map<string, GuestSource>();
const open = new Map<number, Open>();
let snapshot: ivm.ExternalCopy<ArrayBuffer> | undefined;

const tell = (message: FromGuest): void => void process.send?.(message);

/** JSONata stands in a snapshot, so that a context has it without reading it. */
function expressionSnapshot(): ivm.ExternalCopy<ArrayBuffer> {
  const file = createRequire(import.meta.url).resolve('jsonata/jsonata.min.js');
  snapshot ??= ivm.Isolate.createSnapshot([
    { code: `var exports, module; ${readFileSync(file, 'utf8')}; globalThis.jsonata = jsonata; 0` },
  ]);
  return snapshot;
}

function openCell(source: GuestSource): Cell {
  const isExpression = source.language === 'jsonata';
  const script = isExpression ? expressionEntrance : `"use strict";var $offered;${scriptOf(source.text)}${guestChoice}`;
  const isolate = new ivm.Isolate({
    memoryLimit: HEAP_MB,
    ...(isExpression ? { snapshot: expressionSnapshot() } : {}),
    // V8 is in no state to go on
    onCatastrophicError: () => void process.kill(process.pid, 'SIGKILL'),
  });
  try {
    return {
      isolate,
      entrance: isolate.compileScriptSync(guestEntrance, { filename: 'weft.js' }),
      // the first line is longer by what stands before it
      script: isolate.compileScriptSync(script, { filename: 'plugin.js', columnOffset: isExpression ? 0 : -26 }),
      busy: 0,
      runs: 0,
      over: false,
    };
  } catch (error) {
    isolate.dispose();
    throw error;
  }
}

function close(cell: Cell): void {
  cell.over = true;
  if (cell.busy > 0 || cell.isolate.isDisposed) return;
  cell.isolate.dispose();
}

function giveUp(program: string): void {
  const cell = cells.get(program);
  cells.delete(program);
  if (cell) close(cell);
}

function cellOf(program: string, source: GuestSource): Cell {
  const known = cells.get(program);
  if (known && !known.isolate.isDisposed && known.runs < MOST_RUNS) {
    cells.delete(program);
    cells.set(program, known);
    return known;
  }
  giveUp(program);
  const made = openCell(source);
  cells.set(program, made);
  if (cells.size > MOST_CELLS) giveUp(cells.keys().next().value as string);
  return made;
}

const PLACE = /plugin\.js:(\d+):(\d+)/;

function placeIn(stack: string): Pick<GuestResult, 'line' | 'column'> {
  const found = PLACE.exec(stack.slice(0, 8000));
  return found ? { line: Number(found[1]), column: Number(found[2]) } : {};
}

/** What the entrance of a context answered; whatever the code made of it, only this shape leaves. */
function resultOf(job: number, text: unknown): GuestResult {
  if (typeof text !== 'string') return { job, end: 'failed', text: 'the code broke its own entrance', logs: [] };
  if (text.length > 2 * RESULT_CHARACTERS) return { job, end: 'too-large', text: '', logs: [] };
  const told: unknown = JSON.parse(text);
  if (!Array.isArray(told)) return { job, end: 'failed', text: 'the code broke its own entrance', logs: [] };
  const [end, value, lines, stack] = told as unknown[];
  const logs = Array.isArray(lines) ? lines.slice(0, 200).map((line) => String(line).slice(0, 2000)) : [];
  const said = typeof value === 'string' ? value : '';
  if (end === 'failed') return { job, end, text: said.slice(0, 1100), logs, ...placeIn(String(stack)) };
  if (said.length > RESULT_CHARACTERS) return { job, end: 'too-large', text: '', logs };
  return end === 'value' ? { job, end, text: said, logs } : { job, end: 'nothing', text: '', logs };
}

/** What was thrown outside the entrance: a limit, or code that could not even be begun. */
function faultOf(job: number, error: unknown, cell: Cell | undefined): GuestResult {
  if (error instanceof SourceError)
    return { job, end: 'failed', text: error.message, logs: [], ...numbered(error.line, error.column) };
  const message = error instanceof Error && typeof error.message === 'string' ? error.message : 'unreadable';
  if (/timed out/i.test(message)) return { job, end: 'stopped', text: wasComputing() ? 'time' : 'busy', logs: [] };
  if (message === NEVER) return { job, end: 'stopped', text: 'never', logs: [] };
  if (cell?.isolate.isDisposed || /memory limit|disposed/i.test(message))
    return { job, end: 'stopped', text: 'memory', logs: [] };
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  const found = PLACE.exec(message);
  const place = found ? { line: Number(found[1]), column: Number(found[2]) } : placeIn(stack);
  return {
    job,
    end: 'failed',
    text: message.replace(/ \[.*plugin\.js:\d+:\d+\]$/, '').slice(0, 1000),
    logs: [],
    ...place,
  };
}

let cpuAt = 0;
const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** Whether it was the code that used up its time, and not a machine that had none to give. */
function wasComputing(): boolean {
  return cpuMs() - cpuAt > COMPUTE_MS / 4;
}

const numbered = (line?: number, column?: number): Pick<GuestResult, 'line' | 'column'> => ({
  ...(line === undefined ? {} : { line }),
  ...(column === undefined ? {} : { column }),
});

const NEVER = 'the code waits for nothing';
const LIMIT = { timeout: COMPUTE_MS };
/** For code that a machine without time kept waiting. */
const PATIENT = { timeout: 1.4 * COMPUTE_MS };

/** Waits for what the code promised, as long as it waits for the house, and not long for anything else. */
async function promised(job: GuestJob, context: ivm.Context): Promise<unknown> {
  const over = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const state: Open = {
    context,
    asking: open.get(job.job)?.asking ?? 0,
    touch: () => {
      clearTimeout(timer);
      if (state.asking === 0) timer = setTimeout(() => over.reject(new Error(NEVER)), IDLE_MS);
    },
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

function allowQuestions(job: GuestJob, context: ivm.Context): void {
  open.set(job.job, { context, asking: 0, touch: () => undefined });
  const ask = new ivm.Callback(
    (id: unknown, name: unknown, text: unknown) => {
      const state = open.get(job.job);
      if (!state || typeof id !== 'number' || typeof name !== 'string' || typeof text !== 'string') return;
      if (text.length > RESULT_CHARACTERS) {
        answer(job.job, id, false, 'the question is too large');
        return;
      }
      state.asking++;
      asked.add(job.job);
      state.touch();
      tell({ say: 'ask', job: job.job, ask: id, name, text });
    },
    { ignored: true },
  );
  context.global.setSync('$ask', ask);
}

/** Hands the house's answer in; the code goes on under the same limit. */
function answer(job: number, ask: number, ok: boolean, text: string): void {
  const state = open.get(job);
  if (!state) return;
  state.asking = Math.max(0, state.asking - 1);
  state.touch();
  state.context.evalClosure('globalThis.$answer($0, $1, $2)', [ask, ok, text], LIMIT).catch(() => undefined);
}

async function carryOut(job: GuestJob): Promise<GuestResult> {
  const result = await attempt(job, LIMIT);
  // what has asked the house for something cannot be begun again in secret
  return result.end === 'stopped' && result.text === 'busy' && !asked.delete(job.job) ? attempt(job, PATIENT) : result;
}

async function attempt(job: GuestJob, limit: typeof LIMIT): Promise<GuestResult> {
  const source = sources.get(job.program);
  if (!source) return { job: job.job, end: 'missing', text: '', logs: [] };
  let cell: Cell | undefined;
  let context: ivm.Context | undefined;
  let result: GuestResult;
  try {
    cell = cellOf(job.program, source);
    cell.busy++;
    cell.runs++;
    cpuAt = cpuMs();
    context = cell.isolate.createContextSync();
    if (job.asks) allowQuestions(job, context);
    cell.entrance.runSync(context, limit);
    cell.script.runSync(context, limit);
    let text = context.evalClosureSync('return $enter($choose($0), $1, $2)', [job.entry, job.input, job.facts], {
      ...limit,
      result: { copy: true },
    }) as unknown;
    if (text === null) text = await promised(job, context);
    result = resultOf(job.job, text);
  } catch (error) {
    result = faultOf(job.job, error, cell);
  }
  leave(job, result, cell, context);
  return result;
}

/** Calls at work that have asked the house for something. */
const asked = new Set<number>();

function leave(job: GuestJob, result: GuestResult, cell: Cell | undefined, context: ivm.Context | undefined): void {
  open.delete(job.job);
  if (result.text !== 'busy') asked.delete(job.job);
  if (!cell) return;
  cell.busy--;
  // what is left of code that would not stop must not meet the next call
  if (result.end === 'stopped' && cells.get(job.program) === cell) cells.delete(job.program);
  if (result.end === 'stopped') cell.over = true;
  if (cell.over) close(cell);
  else if (!cell.isolate.isDisposed) context?.release();
}

let results: GuestResult[] = [];
let flushAt = 0;

function flush(): void {
  if (results.length > 0) tell({ say: 'results', results });
  results = [];
}

function deliver(result: GuestResult): void {
  if (results.length === 0) flushAt = performance.now() + TOGETHER_MS;
  results.push(result);
  if (performance.now() >= flushAt) flush();
}

let working = Promise.resolve();

/** One after the other; a call that waits for the house does not hold up the next. */
async function work(jobs: readonly GuestJob[]): Promise<void> {
  for (const job of jobs) {
    const done = carryOut(job);
    if (job.asks) void done.then(deliver).then(flush);
    else deliver(await done);
  }
  flush();
}

/** Compiles and looks at what is offered, in a cell of its own. */
function check(job: number, text: string): GuestResult {
  let cell: Cell | undefined;
  try {
    if (text.length > SOURCE_CHARACTERS) throw new SourceError('the code is too long');
    cell = openCell({ language: 'typescript', text });
    const context = cell.isolate.createContextSync();
    cell.entrance.runSync(context, LIMIT);
    cell.script.runSync(context, LIMIT);
    const offered = context.evalSync(OFFERED, { ...LIMIT, copy: true }) as unknown;
    return { job, end: 'value', text: String(offered).slice(0, 10_000), logs: [] };
  } catch (error) {
    return faultOf(job, error, cell);
  } finally {
    if (cell) close(cell);
  }
}

/** Names of what has a run function; `""` for code that is one. */
const OFFERED = `JSON.stringify((() => {
  const from = typeof $offered === 'object' && $offered !== null ? $offered : {};
  if (typeof from.run === 'function' || typeof $offered === 'function' || typeof run === 'function') return [''];
  return Object.keys(from).filter((key) => typeof (from[key] || {}).run === 'function');
})())`;

/** Tries what must not work, so that the house can say what holds. */
async function tryWalls(): Promise<Walls> {
  const refused = (attempt: () => unknown): boolean => {
    try {
      attempt();
      return false;
    } catch {
      return true;
    }
  };
  const write = refused(() => writeFileSync(`/tmp/weft-sandbox-${process.pid}`, ''));
  const spawn = await import('node:child_process').then(
    ({ spawnSync }) => refused(() => spawnSync(process.execPath, ['-e', '0'])),
    () => true,
  );
  const network = await import('node:net').then(
    ({ connect }) =>
      new Promise<boolean>((resolve) => {
        try {
          const socket = connect(9, '192.0.2.1');
          socket.once('error', (error: NodeJS.ErrnoException) =>
            resolve(['ENETUNREACH', 'ERR_ACCESS_DENIED', 'EACCES', 'EPERM'].includes(error.code ?? '')),
          );
          socket.once('connect', () => resolve(false));
          setTimeout(() => {
            socket.destroy();
            resolve(false);
          }, 300).unref();
        } catch {
          resolve(true);
        }
      }),
    () => true,
  );
  return { write, spawn, network, uid: process.getuid?.() ?? -1 };
}

process.on('message', (message: ToGuest) => {
  if (message.say === 'answer') answer(message.job, message.ask, message.ok, message.text);
  else if (message.say === 'check') tell({ say: 'results', results: [check(message.job, message.source)] });
  else {
    for (const [program, source] of Object.entries(message.sources)) sources.set(program, source);
    working = working.then(() => work(message.jobs));
  }
});
process.on('disconnect', () => process.exit(0));
// a promise the customer's code left behind is nobody's business
process.on('unhandledRejection', () => undefined);

tell({ say: 'ready', walls: process.argv.includes('--try-walls') ? await tryWalls() : null });
