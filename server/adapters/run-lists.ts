import type { RunSummary } from '#runtime/protocol.ts';
import { actingAsMachine } from './acting.ts';
import type { Watches } from './watches.ts';

export interface RunListDeps {
  readonly watches: Watches;
  /** Those of the runs that are the tenant's, as they are now. */
  summaries(tenant: number, runs: readonly string[]): Promise<RunSummary[]>;
  readonly onError: (error: unknown) => void;
}

/** Follows the lists of runs: summaries of those that began, moved on or ended. */
export interface RunLists {
  /** Resolves when every process knows; `flow` undefined: all of the tenant. */
  follow(tenant: number, flow: string | undefined, emit: (runs: readonly RunSummary[]) => void): Promise<() => void>;
  stop(): void;
}

interface Subscriber {
  readonly flow: string | undefined;
  readonly emit: (runs: readonly RunSummary[]) => void;
}

interface TenantList {
  readonly tenant: number;
  readonly subscribers: Set<Subscriber>;
  readonly pending: Set<string>;
  busy: boolean;
}

/** At most ten messages a second, and at most a sixth of the time spent asking. */
const PAUSE_MS = 100;
const ASKING_SHARE = 5;
const RUNS_A_MESSAGE = 500;
/** More than a page can show: the oldest changes are let go, and the page's own asking finds them. */
const MOST_PENDING = 20_000;

function tell(list: TenantList, changed: readonly RunSummary[]): void {
  for (const { flow, emit } of list.subscribers) {
    const theirs = flow === undefined ? changed : changed.filter((run) => run.flow === flow);
    if (theirs.length > 0) emit(theirs);
  }
}

export function createRunLists({ watches, summaries, onError }: RunListDeps): RunLists {
  const lists = new Map<number, TenantList>();
  let stopped = false;

  const flush = async (list: TenantList): Promise<void> => {
    if (list.busy) return;
    list.busy = true;
    while (list.pending.size > 0 && list.subscribers.size > 0 && !stopped) {
      const runs = [...list.pending].slice(0, RUNS_A_MESSAGE);
      for (const run of runs) list.pending.delete(run);
      const began = performance.now();
      await actingAsMachine(() => summaries(list.tenant, runs)).then((changed) => tell(list, changed), onError);
      const pause = Math.max(PAUSE_MS, ASKING_SHARE * (performance.now() - began));
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
    list.busy = false;
  };

  const off = watches.on({
    run: () => undefined,
    listed: (run) => {
      for (const list of lists.values()) {
        // a run that moves on is the newest again
        list.pending.delete(run);
        list.pending.add(run);
        if (list.pending.size > MOST_PENDING) list.pending.delete(list.pending.values().next().value as string);
        void flush(list);
      }
    },
  });

  return {
    follow: async (tenant, flow, emit) => {
      const list = lists.get(tenant) ?? { tenant, subscribers: new Set(), pending: new Set(), busy: false };
      lists.set(tenant, list);
      const subscriber: Subscriber = { flow, emit };
      list.subscribers.add(subscriber);
      const leave = (): void => {
        list.subscribers.delete(subscriber);
        if (list.subscribers.size === 0 && lists.get(tenant) === list) lists.delete(tenant);
      };
      try {
        const end = await watches.watch(flow === undefined ? { what: 'lists', id: '' } : { what: 'flow', id: flow });
        return () => {
          leave();
          end();
        };
      } catch (error) {
        leave();
        throw error;
      }
    },
    stop: () => {
      stopped = true;
      off();
      lists.clear();
    },
  };
}
