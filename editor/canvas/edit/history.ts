import type { FlowDocument } from '#runtime/flow.ts';
import type { Edit, EditName } from './edit.ts';

interface Entry {
  readonly name: EditName;
  readonly count: number;
  /** The flow on the other side of the change: before it in the past, after it in the future. */
  readonly flow: FlowDocument;
}

/** A flow with all that was done to it and can be taken back. Documents share what did not change, so keeping them is cheap. */
export interface History {
  readonly present: FlowDocument;
  readonly past: readonly Entry[];
  readonly future: readonly Entry[];
  /** The change that a next one of the same key joins, and until when. */
  readonly open: { readonly merge: string; readonly until: number } | null;
}

const MOST = 200;
/** Milliseconds between two changes that still count as one. */
const MERGE_MS = 1200;

export function historyOf(flow: FlowDocument): History {
  return { present: flow, past: [], future: [], open: null };
}

/** The flow changed, with one more step that can be taken back; the same history where nothing changed. */
export function perform(history: History, edit: Edit, now: number): History {
  const present = edit.apply(history.present);
  if (present === history.present) return history;
  const open = edit.merge === undefined ? null : { merge: edit.merge, until: now + MERGE_MS };
  const joins = open !== null && history.open?.merge === open.merge && now < history.open.until;
  const last = history.past.at(-1);
  if (joins && last) return { present, past: history.past, future: [], open };
  const entry: Entry = { name: edit.name, count: edit.count, flow: history.present };
  return { present, past: [...history.past.slice(1 - MOST), entry], future: [], open };
}

/** What comes next is a step of its own, as after a drag has ended. */
export function settle(history: History): History {
  return history.open === null ? history : { ...history, open: null };
}

export function undo(history: History): History {
  const entry = history.past.at(-1);
  if (!entry) return history;
  return {
    present: entry.flow,
    past: history.past.slice(0, -1),
    future: [...history.future, { ...entry, flow: history.present }],
    open: null,
  };
}

export function redo(history: History): History {
  const entry = history.future.at(-1);
  if (!entry) return history;
  return {
    present: entry.flow,
    past: [...history.past, { ...entry, flow: history.present }],
    future: history.future.slice(0, -1),
    open: null,
  };
}
