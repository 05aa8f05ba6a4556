/** A group commit: what arrives while a flush is under way goes in the next, as one statement. */
export interface Lane<Item, Result> {
  push(item: Item): Promise<Result>;
  /** Items waiting or under way. */
  readonly size: number;
  /** Resolves when nothing waits. */
  idle(): Promise<void>;
}

interface Entry<Item, Result> {
  readonly item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/** `flush` settles every item: answers one result per item, in order, an Error for each that failed alone. */
export function createLane<Item, Result>(
  flush: (items: readonly Item[]) => Promise<readonly (Result | Error)[]>,
  most = 256,
): Lane<Item, Result> {
  let waiting: Entry<Item, Result>[] = [];
  let underWay = 0;
  let scheduled = false;
  let quiet: (() => void)[] = [];

  const start = (): void => {
    scheduled = false;
    if (underWay > 0 || waiting.length === 0) return;
    const batch = waiting.length <= most ? waiting : waiting.slice(0, most);
    waiting = waiting.length <= most ? [] : waiting.slice(most);
    underWay = batch.length;
    flush(batch.map((entry) => entry.item)).then(
      (results) =>
        settle(batch, (entry, index) => {
          const result = results[index];
          if (result instanceof Error) entry.reject(result);
          else entry.resolve(result as Result);
        }),
      (error: unknown) => settle(batch, (entry) => entry.reject(error)),
    );
  };

  const settle = (
    batch: readonly Entry<Item, Result>[],
    each: (entry: Entry<Item, Result>, index: number) => void,
  ): void => {
    underWay = 0;
    batch.forEach(each);
    if (waiting.length > 0) schedule();
    else {
      for (const done of quiet) done();
      quiet = [];
    }
  };

  // one turn of the event loop gathers what arrived in it
  const schedule = (): void => {
    if (scheduled) return;
    scheduled = true;
    setImmediate(start);
  };

  return {
    push: (item) =>
      new Promise((resolve, reject) => {
        waiting.push({ item, resolve, reject });
        if (underWay === 0) schedule();
      }),
    get size() {
      return waiting.length + underWay;
    },
    idle: () => (waiting.length + underWay === 0 ? Promise.resolve() : new Promise((resolve) => quiet.push(resolve))),
  };
}
