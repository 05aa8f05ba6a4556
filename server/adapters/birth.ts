import type { Stored } from './pg-ingest.ts';

/** A run's first commit, which may ride along with the statement that stores the run: the intent of its first write, or its end. */
export type FirstCommit = {
  /** The lines as JSON text; null when there are none. */
  readonly events: Buffer | null;
  /** How many lines that are. */
  readonly count: number;
} & (
  | { readonly kind: 'intent'; readonly intent: string; readonly reference: string }
  | {
      readonly kind: 'end';
      readonly status: 'succeeded' | 'ignored';
      readonly answerStatus: number | null;
      readonly answer: Buffer | null;
      /** Why nobody took it, as JSON text; null where the trigger itself let nothing through. */
      readonly failure: string | null;
    }
);

/** Thrown into a run that was begun in memory and is not ours to go on with: stored before, stored for later, or not stored at all. */
export class NotBorn extends Error {}

/**
 * A run that is worked on while it waits to be stored. Nothing may leave the house before `stored` resolves; what the run comes
 * to until its statement is made goes into that statement.
 */
export interface Birth {
  /** Takes the first commit along; false when the statement is on its way already, or has one. */
  offer(first: FirstCommit): boolean;
  /** Called once, when the statement is made. */
  seal(): FirstCommit | null;
  /** Tells the run how it went. */
  settle(stored: Stored | null): void;
  /** Resolves when the run is stored and ours, with what its reference was linked to already; rejects with NotBorn. */
  readonly stored: Promise<{ readonly known: string | null }>;
  /** True from then on, so that nobody need wait. */
  readonly over: boolean;
}

export function createBirth(): Birth {
  const { promise, resolve, reject } = Promise.withResolvers<{ readonly known: string | null }>();
  // a run that ends in its first turn waits for it, others may never ask
  promise.catch(() => undefined);
  let first: FirstCommit | null = null;
  let sealed = false;
  let over = false;
  return {
    offer: (commit) => {
      if (sealed || first) return false;
      first = commit;
      return true;
    },
    seal: () => {
      sealed = true;
      return first;
    },
    settle: (stored) => {
      sealed = true;
      if (stored?.state !== 'stored' || !stored.claimed) return reject(new NotBorn());
      over = true;
      resolve({ known: stored.known });
    },
    stored: promise,
    get over() {
      return over;
    },
  };
}
