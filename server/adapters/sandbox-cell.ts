import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import ivm from 'isolated-vm';
import { expressionEntrance, guestChoice, guestEntrance } from './sandbox-guest.ts';
import { type GuestSource, HEAP_MB } from './sandbox-protocol.ts';
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

/** What is left of code that would not stop must not meet the next call. */
export function abandonCell(program: string, cell: Cell): void {
  if (cells.get(program) === cell) cells.delete(program);
  cell.over = true;
}
