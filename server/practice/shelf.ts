import { type JournalLine, memoryJournal, openJournal } from './journal.ts';

/** Documents of one kind, in order of creation, every change journalled before it is seen. */
export interface Collection<K extends number | string, T> {
  readonly size: number;
  get(key: K): T | undefined;
  put(key: K, document: T): void;
  delete(key: K): void;
  values(): IterableIterator<T>;
}

/** The state of one practice system. */
export interface Shelf {
  /** `watch` sees every document as it is replayed or put, before and after, so that indexes can follow. */
  collection<K extends number | string, T>(name: string, watch?: Watch<T>): Collection<K, T>;
  /** Forgets everything, on disk too. */
  clear(): void;
  close(): void;
}

type Watch<T> = (after: T | undefined, before: T | undefined) => void;

/** `dir` null keeps the state in memory only. Stale lines are dropped from the file at start. */
export function openShelf(dir: string | null, name: string): Shelf {
  const shelves = new Map<string, Map<number | string, unknown>>();
  const watches = new Map<string, Watch<unknown>>();
  let lines = 0;
  const apply = ([collection, key, document]: JournalLine) => {
    lines += 1;
    const shelf = shelfOf(shelves, collection);
    if (document === undefined) shelf.delete(key);
    else shelf.set(key, document);
  };
  const journal = dir === null ? memoryJournal : openJournal(dir, name, apply);
  let live = 0;
  for (const shelf of shelves.values()) live += shelf.size;
  if (lines > live) journal.rewrite(linesOf(shelves));

  return {
    collection<K extends number | string, T>(collection: string, watch: Watch<T> = () => {}): Collection<K, T> {
      const shelf = shelfOf(shelves, collection) as Map<K, T>;
      for (const document of shelf.values()) watch(document, undefined);
      watches.set(collection, watch as Watch<unknown>);
      return {
        get size() {
          return shelf.size;
        },
        get: (key) => shelf.get(key),
        put(key, document) {
          journal.append([collection, key, document]);
          const before = shelf.get(key);
          shelf.set(key, document);
          watch(document, before);
        },
        delete(key) {
          journal.append([collection, key]);
          const before = shelf.get(key);
          shelf.delete(key);
          watch(undefined, before);
        },
        values: () => shelf.values(),
      };
    },
    clear() {
      for (const [collection, shelf] of shelves) {
        const watch = watches.get(collection);
        for (const document of shelf.values()) watch?.(undefined, document);
        shelf.clear();
      }
      journal.rewrite([]);
    },
    close: () => journal.close(),
  };
}

function shelfOf(shelves: Map<string, Map<number | string, unknown>>, name: string): Map<number | string, unknown> {
  const shelf = shelves.get(name) ?? new Map<number | string, unknown>();
  shelves.set(name, shelf);
  return shelf;
}

function* linesOf(shelves: Map<string, Map<number | string, unknown>>): Generator<JournalLine> {
  for (const [collection, shelf] of shelves) for (const [key, document] of shelf) yield [collection, key, document];
}
