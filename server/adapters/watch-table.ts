/** A run, the runs of a flow (traced in full, too), or lists of runs, which need no trace. */
export type WatchTarget =
  | { readonly what: 'run' | 'flow'; readonly id: string }
  | { readonly what: 'lists'; readonly id: '' };

/** What a process says to the others about a watch of its own. */
export interface Announcement {
  readonly from: string;
  readonly target: WatchTarget;
  /** Milliseconds it holds; 0 ends it. */
  readonly ms: number;
}

/** Everything watched here and elsewhere, in the form the hot path asks for. */
export interface WatchTable {
  readonly anyone: boolean;
  /** Lists of runs are watched. */
  readonly listed: { readonly here: boolean; readonly elsewhere: boolean };
  readonly runs: { readonly here: ReadonlySet<string>; readonly elsewhere: ReadonlySet<string> };
  readonly flows: ReadonlySet<string>;
  add(target: WatchTarget): void;
  remove(target: WatchTarget): void;
  /** What is watched here. */
  own(): readonly WatchTarget[];
  heard(announcement: Announcement, now: number): void;
  /** Forgets what has lapsed. */
  sweep(now: number): void;
  clear(): void;
}

export const keyOf = ({ what, id }: WatchTarget): string => `${what} ${id}`;

interface Side {
  readonly runs: Set<string>;
  listed: boolean;
}

function fill(side: Side, flows: Set<string>, targets: Iterable<WatchTarget>): void {
  side.runs.clear();
  side.listed = false;
  for (const { what, id } of targets) {
    if (what === 'run') side.runs.add(id);
    else side.listed = true;
    if (what === 'flow') flows.add(id);
  }
}

export function createWatchTable(): WatchTable {
  const local = new Map<string, WatchTarget>();
  /** By process and target: when it lapses, on this process's own clock. */
  const remote = new Map<string, { readonly target: WatchTarget; readonly until: number }>();
  const here: Side = { runs: new Set(), listed: false };
  const elsewhere: Side = { runs: new Set(), listed: false };
  const flows = new Set<string>();

  const settle = (): void => {
    flows.clear();
    fill(here, flows, local.values());
    fill(
      elsewhere,
      flows,
      [...remote.values()].map((each) => each.target),
    );
  };

  return {
    get anyone() {
      return local.size > 0 || remote.size > 0;
    },
    get listed() {
      return { here: here.listed, elsewhere: elsewhere.listed };
    },
    runs: { here: here.runs, elsewhere: elsewhere.runs },
    flows,
    add: (target) => {
      local.set(keyOf(target), target);
      settle();
    },
    remove: (target) => {
      local.delete(keyOf(target));
      settle();
    },
    own: () => [...local.values()],
    heard: ({ from, target, ms }, now) => {
      const key = `${from} ${keyOf(target)}`;
      if (ms > 0) remote.set(key, { target, until: now + ms });
      else remote.delete(key);
      settle();
    },
    sweep: (now) => {
      for (const [key, { until }] of remote) if (until <= now) remote.delete(key);
      settle();
    },
    clear: () => {
      local.clear();
      remote.clear();
      settle();
    },
  };
}
