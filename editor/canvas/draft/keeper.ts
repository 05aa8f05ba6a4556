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

interface KeeperDeps {
  readonly revision: number;
  /** What the server has. */
  readonly document: FlowDocument;
  /** What edits that were kept from the last time began from, where that is not `document`; null: nobody knows. */
  readonly base?: FlowDocument | null;
  readonly place: DraftPlace;
  readonly save: (basedOn: number, document: FlowDocument) => Promise<{ readonly revision: number }>;
  readonly delayMs?: number;
  readonly retryMs?: number;
}

export interface DraftKeeper {
  readonly store: StoreApi<DraftState>;
  /** The flow as it is now; it is kept here at once and saved a moment later. */
  edited(document: FlowDocument): void;
  /** What the edits that are not saved began from, if known. */
  base(): FlowDocument | null;
  /** Saves now; resolves with whether everything is saved. */
  flush(): Promise<boolean>;
  /** The conflict is settled: this is what the server has, and what one goes on from. */
  settle(revision: number, document: FlowDocument): void;
  stop(): void;
}

const DELAY_MS = 1000;
/** A drag is an edit a frame: with more steps than this the browser's storage is written now and then only. */
const LARGE = 200;
/** What a browser that breaks off may then lose at most. */
const KEEP_MS = 1000;
const RETRY_MS = 2000;
const MOST_RETRY_MS = 30_000;

const Kept = z.strictObject({
  basedOn: z.int(),
  /** The document of that revision, for a merge. */
  base: FlowDocument.nullish(),
  document: FlowDocument,
});
export type Kept = z.infer<typeof Kept>;

/** What was not saved the last time, if anything. */
export function keptDraft(place: DraftPlace): Kept | null {
  const text = place.read();
  if (text === null) return null;
  try {
    const kept = Kept.safeParse(JSON.parse(text));
    return kept.success ? kept.data : null;
  } catch {
    return null;
  }
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

export function createDraftKeeper(deps: KeeperDeps): DraftKeeper {
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
  const write = () =>
    place.write(JSON.stringify({ basedOn: store.getState().revision, base, document: latest } satisfies Kept));
  const keeping = throttled(write, KEEP_MS);
  const keep = () => (latest.nodes.length > LARGE ? keeping.ask() : write());
  const forget = () => {
    keeping.stop();
    place.remove();
  };

  const send = async (document: FlowDocument): Promise<void> => {
    store.setState({ status: 'saving', error: null });
    try {
      const { revision } = await save(store.getState().revision, document);
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
