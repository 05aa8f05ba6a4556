import { z } from 'zod';
import { createStore, type StoreApi } from 'zustand';
import { FlowDocument } from '#runtime/flow.ts';
import { ApiError } from '../../api/call.ts';
import { throttled } from '../../state/throttled.ts';

/**
 * `unsaved`: about to be; `offline`: kept in this browser until the server answers; `elsewhere`: until nobody else edits the flow;
 * `refused`: the server will not have it.
 */
type DraftStatus = 'saved' | 'unsaved' | 'saving' | 'offline' | 'elsewhere' | 'conflict' | 'refused';

export interface DraftState {
  readonly status: DraftStatus;
  readonly revision: number;
  /** When the server last took it, in this visit. */
  readonly savedAt: number | null;
  readonly error: unknown;
}

/** Somewhere in this browser, under a key of person, customer and flow. */
export interface DraftPlace {
  read(): string | null;
  write(text: string): void;
  remove(): void;
}

interface KeeperDeps<Draft> {
  readonly revision: number;
  /** What the server has. */
  readonly document: Draft;
  /** What edits that were kept from the last time began from, where that is not `document`; null: nobody knows. */
  readonly base?: Draft | null;
  readonly place: DraftPlace;
  readonly save: (basedOn: number, document: Draft) => Promise<{ readonly revision: number }>;
  readonly delayMs?: number;
  readonly retryMs?: number;
}

export interface DraftKeeper<Draft = FlowDocument> {
  readonly store: StoreApi<DraftState>;
  /** The draft as it is now; it is kept here at once and saved a moment later. */
  edited(document: Draft): void;
  /** What the edits that are not saved began from, if known. */
  base(): Draft | null;
  /** Saves now; resolves with whether everything is saved. */
  flush(): Promise<boolean>;
  /** The conflict is settled: this is what the server has, and what one goes on from. */
  settle(revision: number, document: Draft): void;
  stop(): void;
}

const DELAY_MS = 1000;
/** A drag is an edit a frame: with more steps than this the browser's storage is written now and then only. */
const LARGE = 200;
/** What a browser that breaks off may then lose at most. */
const KEEP_MS = 1000;
const RETRY_MS = 2000;
const MOST_RETRY_MS = 30_000;

export interface Kept<Draft = FlowDocument> {
  readonly basedOn: number;
  /** The document of that revision, for a merge. */
  readonly base?: Draft | null | undefined;
  readonly document: Draft;
  /** What was on its way to the server; whoever left meanwhile does not know whether it came there. */
  readonly sent?: Draft | undefined;
}

/** What was not saved the last time, if anything. */
export function keptDraft(place: DraftPlace): Kept | null;
export function keptDraft<Draft>(place: DraftPlace, schema: z.ZodType<Draft>): Kept<Draft> | null;
export function keptDraft(place: DraftPlace, schema: z.ZodType = FlowDocument): Kept<unknown> | null {
  const text = place.read();
  if (text === null) return null;
  try {
    const shape = z.strictObject({
      basedOn: z.int(),
      base: schema.nullish(),
      document: schema,
      sent: schema.optional(),
    });
    const kept = shape.safeParse(JSON.parse(text));
    return kept.success ? kept.data : null;
  } catch {
    return null;
  }
}

/** What the server has. */
interface Stored<Draft> {
  readonly revision: number;
  readonly document: Draft;
}

/** Where a person goes on: from what was kept here, if that was not saved, else from what the server has. */
interface Beginning<Draft> {
  readonly revision: number;
  readonly base: Draft | null;
  readonly document: Draft;
  /** Something was not saved the last time, and is here again. */
  readonly recovered: boolean;
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

export function beginDraft(place: DraftPlace, stored: Stored<FlowDocument>): Beginning<FlowDocument>;
export function beginDraft<Draft>(place: DraftPlace, stored: Stored<Draft>, schema: z.ZodType<Draft>): Beginning<Draft>;
export function beginDraft<Draft>(
  place: DraftPlace,
  stored: Stored<Draft>,
  schema: z.ZodType = FlowDocument,
): Beginning<Draft> {
  const kept = keptDraft(place, schema as z.ZodType<Draft>);
  if (!kept || isSame(kept.document, stored.document)) {
    if (kept) place.remove();
    return { ...stored, base: stored.document, recovered: false };
  }
  // one's own save, which came there while one left
  if (kept.sent !== undefined && stored.revision === kept.basedOn + 1 && isSame(kept.sent, stored.document))
    return { revision: stored.revision, base: stored.document, document: kept.document, recovered: true };
  return { revision: kept.basedOn, base: kept.base ?? null, document: kept.document, recovered: true };
}

/** A place in the browser's own storage; a browser that keeps nothing still saves to the server. */
export function draftPlace(user: string, tenant: number, flow: string): DraftPlace {
  const key = `weft.draft.${user}.${tenant}.${flow}`;
  const quietly = <Answer>(ask: () => Answer, otherwise: Answer): Answer => {
    try {
      return ask();
    } catch {
      return otherwise;
    }
  };
  return {
    read: () => quietly(() => localStorage.getItem(key), null),
    write: (text) => quietly(() => localStorage.setItem(key, text), undefined),
    remove: () => quietly(() => localStorage.removeItem(key), undefined),
  };
}

/** What to do about a save that failed. */
function outcomeOf(error: unknown): 'conflict' | 'elsewhere' | 'offline' | 'refused' {
  if (!(error instanceof ApiError)) return 'offline';
  if (error.status === 409 && error.code === 'STALE') return 'conflict';
  if (error.status === 409 && error.code === 'EDITED_ELSEWHERE') return 'elsewhere';
  return error.status === 0 || error.status === 401 || error.status === 429 || error.status >= 500
    ? 'offline'
    : 'refused';
}

/** Steps of a flow, or of a plugin. */
function stepsIn(draft: unknown): number {
  const { nodes } = draft as { readonly nodes?: unknown };
  return Array.isArray(nodes) ? nodes.length : 0;
}

export function createDraftKeeper<Draft = FlowDocument>(deps: KeeperDeps<Draft>): DraftKeeper<Draft> {
  const { place, save, delayMs = DELAY_MS, retryMs = RETRY_MS } = deps;
  const store = createStore<DraftState>(() => ({
    status: 'saved',
    revision: deps.revision,
    savedAt: null,
    error: null,
  }));
  let saved = deps.document;
  let base = deps.base === undefined ? deps.document : deps.base;
  let latest = deps.document;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let under: Promise<void> | undefined;
  let wait = retryMs;
  let stopped = false;

  const later = (ms: number) => {
    clearTimeout(timer);
    if (!stopped) timer = setTimeout(() => void pump(), ms);
  };
  let sent: Draft | undefined;
  const write = () => {
    const kept: Kept<Draft> = { basedOn: store.getState().revision, base, document: latest, sent };
    place.write(JSON.stringify(kept));
  };
  const keeping = throttled(write, KEEP_MS);
  const keep = () => (stepsIn(latest) > LARGE ? keeping.ask() : write());
  const forget = () => {
    keeping.stop();
    place.remove();
  };

  const send = async (document: Draft): Promise<void> => {
    store.setState({ status: 'saving', error: null });
    sent = document;
    keep();
    try {
      const { revision } = await save(store.getState().revision, document);
      sent = undefined;
      saved = document;
      base = document;
      wait = retryMs;
      store.setState({ revision, savedAt: Date.now(), status: latest === saved ? 'saved' : 'unsaved' });
      if (latest === saved) forget();
      else {
        keep();
        later(delayMs);
      }
    } catch (error) {
      const status = outcomeOf(error);
      store.setState({ status, error });
      // it answered: what was on its way did not come there
      if (error instanceof ApiError && error.status > 0 && error.status < 500) {
        sent = undefined;
        keep();
      }
      if (status !== 'offline' && status !== 'elsewhere') return;
      later(wait);
      wait = Math.min(MOST_RETRY_MS, wait * 2);
    }
  };

  const pump = async (): Promise<void> => {
    clearTimeout(timer);
    if (under) return under;
    if (latest === saved || store.getState().status === 'conflict') return;
    under = send(latest).finally(() => {
      under = undefined;
    });
    return under;
  };

  return {
    store,
    edited: (document) => {
      if (document === latest) return;
      latest = document;
      const { status } = store.getState();
      if (latest === saved && !under) {
        clearTimeout(timer);
        if (status !== 'conflict') store.setState({ status: 'saved' });
        forget();
        return;
      }
      keep();
      if (status === 'conflict') return;
      if (status !== 'offline' && status !== 'elsewhere') {
        if (!under) store.setState({ status: 'unsaved' });
        later(delayMs);
      }
    },
    base: () => base,
    flush: async () => {
      for (let tries = 0; tries < 3 && latest !== saved; tries++) {
        await pump();
        if (store.getState().status !== 'unsaved') break;
      }
      return latest === saved;
    },
    settle: (revision, document) => {
      clearTimeout(timer);
      saved = document;
      base = document;
      latest = document;
      forget();
      store.setState({ revision, status: 'saved', error: null });
    },
    stop: () => {
      stopped = true;
      clearTimeout(timer);
      if (keeping.stop()) write();
    },
  };
}
