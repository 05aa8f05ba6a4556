import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ivm from 'isolated-vm';
import { expressionEntrance, guestChoice, guestEntrance } from './sandbox-guest.ts';
import { COMPUTE_MS, type GuestSource, HEAP_MB } from './sandbox-protocol.ts';
import { scriptOf } from './sandbox-source.ts';

/** A source ready to run: one isolate, a context a call. */
export interface Cell {
  readonly isolate: ivm.Isolate;
  readonly entrance: ivm.Script;
  readonly script: ivm.Script;
  /** Calls at work; a cell that is given up is closed when they are over. */
  busy: number;
  runs: number;
  over: boolean;
}

/** A context in which no customer's code has run yet. */
export interface FreshContext {
  readonly context: ivm.Context;
  /** Whether its `ctx` can ask anything of the house. */
  readonly asks: boolean;
  /** Takes the questions of the call that the context is given to. */
  hear: ((id: unknown, name: unknown, text: unknown) => void) | undefined;
}

/** As many as a flow of many code steps has; each holds little more than a megabyte at rest. */
const MOST_CELLS = 24;
/** Contexts leave traces in their isolate; a new one costs a millisecond. */
const MOST_RUNS = 1000;

const cells = new Map<string, Cell>();
let snapshot: ivm.ExternalCopy<ArrayBuffer> | undefined;

/** JSONata stands in a snapshot, so that a context has it without reading it. */
function expressionSnapshot(): ivm.ExternalCopy<ArrayBuffer> {
  const file = createRequire(import.meta.url).resolve('jsonata/jsonata.min.js');
  snapshot ??= ivm.Isolate.createSnapshot([
    { code: `var exports, module; ${readFileSync(file, 'utf8')}; globalThis.jsonata = jsonata; 0` },
  ]);
  return snapshot;
}

/** Throws SourceError where the text cannot become a program. */
export function openCell(source: GuestSource): Cell {
  const isExpression = source.language === 'jsonata';
  const script = isExpression ? expressionEntrance : `"use strict";var $offered;${scriptOf(source.text)}${guestChoice}`;
  const isolate = new ivm.Isolate({
    memoryLimit: HEAP_MB,
    ...(isExpression ? { snapshot: expressionSnapshot() } : {}),
    // V8 is in no state to go on; not by SIGKILL, which is what others kill with
    onCatastrophicError: () => void process.kill(process.pid, 'SIGUSR2'),
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

export function closeCell(cell: Cell): void {
  cell.over = true;
  if (cell.busy > 0 || cell.isolate.isDisposed) return;
  cell.isolate.dispose();
}

function giveUp(program: string): void {
  const cell = cells.get(program);
  cells.delete(program);
  if (cell) closeCell(cell);
}

/** The program's cell, made anew where there is none any more or it is worn out. Throws as `openCell` does. */
export function cellOf(program: string, source: GuestSource): Cell {
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

/** Throws what the isolate throws. */
export function freshContext({ isolate, entrance }: Cell, asks: boolean): FreshContext {
  const context = isolate.createContextSync();
  const fresh: FreshContext = { context, asks, hear: undefined };
  if (asks) {
    const ask = new ivm.Callback((id: unknown, name: unknown, text: unknown) => fresh.hear?.(id, name, text), {
      ignored: true,
    });
    context.global.setSync('$ask', ask);
  }
  entrance.runSync(context, { timeout: COMPUTE_MS });
  return fresh;
}

/** What is left of code that would not stop must not meet the next call. */
export function abandonCell(program: string, cell: Cell): void {
  if (cells.get(program) === cell) cells.delete(program);
  cell.over = true;
}

/** Making a context is most of what a short call costs; so many of the cell that was last at work are made while nothing is to do. */
const MOST_READY = 3;

let next: { readonly cell: Cell; readonly asks: boolean; readonly ready: FreshContext[] } | undefined;

/** A context for a call: one that was made ahead, or a new one. Throws what the isolate throws. */
export function contextIn(cell: Cell, asks: boolean): FreshContext {
  if (next?.cell !== cell || next.asks !== asks) {
    const { cell: last, ready = [] } = next ?? {};
    if (last?.isolate.isDisposed === false) for (const { context } of ready) context.release();
    next = { cell, asks, ready: [] };
  }
  return next.ready.pop() ?? freshContext(cell, asks);
}

/** Makes one context ahead; whether there is room for another. */
export function prepareContext(): boolean {
  if (!next || next.cell.over || next.cell.isolate.isDisposed || next.ready.length >= MOST_READY) return false;
  try {
    next.ready.push(freshContext(next.cell, next.asks));
    return next.ready.length < MOST_READY;
  } catch {
    // the next call makes its own, and is told what is wrong
    return false;
  }
}
