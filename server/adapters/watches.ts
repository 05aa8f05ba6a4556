import { randomUUID } from 'node:crypto';
import type { RunEvent } from '#runtime/event.ts';
import type { Notifications } from './pg-notify.ts';
import { type Announcement, createWatchTable, keyOf, type WatchTable, type WatchTarget } from './watch-table.ts';

/** Who watches what, known to every process, so that runs nobody watches cost nothing. */
export interface Watches {
  /** Whether a run's events are to be committed as they happen; asked on the hot path. */
  watched(run: string, flow: string): boolean;
  /** Told after each commit of a run. */
  committed(run: string, events: readonly RunEvent[]): void;
  /** A run was stored or put back in the queue. */
  changed(run: string): void;
  /** Resolves when every process knows; the answer ends the watch. */
  watch(target: WatchTarget): Promise<() => void>;
  /** Calls when a watched run may have new events in the store, or (for lists) any run has changed. */
  on(listener: WatchListener): () => void;
  stop(): void;
}

export interface WatchListener {
  run(run: string): void;
  listed(run: string): void;
}

const RENEW_MS = 20_000;
const HOLDS_MS = 45_000;
/** After our own announcement came back the others have it, or as good as. */
const SPREAD_MS = 50;
const ECHO_MS = 1000;
const FLUSH_MS = 50;
/** 8000 bytes are the most a notification carries. */
const IDS_A_NOTICE = 200;

interface Own {
  count: number;
  /** Resolves when every process knows. */
  readonly known: Promise<void>;
}

export function createWatches(notifications: Notifications, onError: (error: unknown) => void): Watches {
  const self = randomUUID();
  const table = createWatchTable();
  const listeners = new Set<WatchListener>();
  const own = new Map<string, Own>();
  const announcements = createAnnouncements(self, notifications, table);
  const notices = createNotices((ids) => notifications.send('weft_run', `${self} ${ids.join(',')}`), onError);

  const toldRun = (run: string): void => {
    if (table.runs.here.has(run)) for (const listener of listeners) listener.run(run);
  };
  const toldList = (run: string): void => {
    if (table.listed.here) for (const listener of listeners) listener.listed(run);
  };
  const changed = (run: string): void => {
    if (!table.anyone) return;
    toldList(run);
    if (table.listed.elsewhere || table.runs.elsewhere.has(run)) notices.add(run);
  };

  const offRuns = notifications.on('weft_run', (payload) => {
    const space = payload.indexOf(' ');
    if (!table.anyone || payload.slice(0, space) === self) return;
    for (const run of payload.slice(space + 1).split(',')) {
      toldRun(run);
      toldList(run);
    }
  });

  const renewing = setInterval(() => {
    if (!table.anyone) return;
    table.sweep(performance.now());
    for (const target of table.own()) announcements.say(target, HOLDS_MS).catch(onError);
  }, RENEW_MS);
  renewing.unref();

  const leave = (target: WatchTarget, entry: Own): void => {
    entry.count--;
    if (entry.count > 0 || own.get(keyOf(target)) !== entry) return;
    own.delete(keyOf(target));
    table.remove(target);
    announcements.say(target, 0).catch(onError);
  };

  const join = (target: WatchTarget): Own => {
    const known = own.get(keyOf(target));
    if (known) {
      known.count++;
      return known;
    }
    table.add(target);
    const entry = { count: 1, known: announcements.spread(target) };
    own.set(keyOf(target), entry);
    return entry;
  };

  return {
    watched: (run, flow) =>
      table.anyone && (table.runs.here.has(run) || table.runs.elsewhere.has(run) || table.flows.has(flow)),
    committed: (run) => {
      if (!table.anyone) return;
      toldRun(run);
      changed(run);
    },
    changed,
    watch: async (target) => {
      const entry = join(target);
      let ended = false;
      const end = (): void => {
        if (!ended) leave(target, entry);
        ended = true;
      };
      try {
        await entry.known;
      } catch (error) {
        end();
        throw error;
      }
      return end;
    },
    on: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => {
      clearInterval(renewing);
      offRuns();
      announcements.stop();
      notices.stop();
      listeners.clear();
      table.clear();
    },
  };
}

interface Announcements {
  say(target: WatchTarget, ms: number): Promise<void>;
  /** Resolves when our own announcement has come back and the others have had a moment. */
  spread(target: WatchTarget): Promise<void>;
  stop(): void;
}

function createAnnouncements(self: string, notifications: Notifications, table: WatchTable): Announcements {
  const echoes = new Map<string, () => void>();
  const say = (target: WatchTarget, ms: number): Promise<void> => {
    const announcement: Announcement = { from: self, target, ms };
    return notifications.send('weft_watch', JSON.stringify(announcement));
  };
  const off = notifications.on('weft_watch', (payload) => {
    const said = JSON.parse(payload) as Announcement;
    if (said.from !== self) table.heard(said, performance.now());
    else if (said.ms > 0) echoes.get(keyOf(said.target))?.();
  });
  return {
    say,
    spread: async (target) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      echoes.set(keyOf(target), resolve);
      const timer = setTimeout(resolve, ECHO_MS);
      try {
        await say(target, HOLDS_MS);
        await promise;
      } finally {
        clearTimeout(timer);
        echoes.delete(keyOf(target));
      }
      await new Promise((done) => setTimeout(done, SPREAD_MS));
    },
    stop: off,
  };
}

/** Sends the first at once and what comes within the next moment together. */
function createNotices(
  send: (ids: readonly string[]) => Promise<void>,
  onError: (error: unknown) => void,
): { add(run: string): void; stop(): void } {
  const pending = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    if (pending.size === 0) return;
    const ids = [...pending];
    pending.clear();
    for (let at = 0; at < ids.length; at += IDS_A_NOTICE) send(ids.slice(at, at + IDS_A_NOTICE)).catch(onError);
    timer = setTimeout(flush, FLUSH_MS);
  };
  return {
    add: (run) => {
      pending.add(run);
      if (timer === undefined) flush();
    },
    stop: () => clearTimeout(timer),
  };
}
