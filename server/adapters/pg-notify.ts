import pg from 'pg';
import { type Database, engineConfig } from './pg-pool.ts';

/** What processes tell each other through the database. Payloads are short; nothing that matters is lost with one. */
export type Channel =
  | 'weft_flow'
  | 'weft_connection'
  | 'weft_key'
  | 'weft_watch'
  | 'weft_run'
  | 'weft_answer'
  | 'weft_account'
  | 'weft_attendance';

export interface Notifications {
  on(channel: Channel, listener: (payload: string) => void): () => void;
  /** Calls when it listens again after a break, in which something may have been said that nobody heard. */
  onGap(listener: () => void): void;
  send(channel: Channel, payload: string): Promise<void>;
  stop(): Promise<void>;
}

const RETRY_MS = 1000;

/** One LISTEN connection a process, made anew when it breaks. */
export async function createNotifications(database: Database, pool: pg.Pool): Promise<Notifications> {
  const gapListeners: (() => void)[] = [];
  const listeners = new Map<string, Set<(payload: string) => void>>();
  let client: pg.Client | undefined;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let listening: Promise<unknown> = Promise.resolve();

  const connect = async (): Promise<void> => {
    const made = new pg.Client(engineConfig(database, 'listen'));
    made.on('notification', ({ channel, payload }) => {
      for (const listener of listeners.get(channel) ?? []) listener(payload ?? '');
    });
    const lost = (): void => {
      if (client !== made || stopped) return;
      client = undefined;
      again();
    };
    made.on('error', lost);
    made.on('end', lost);
    await made.connect();
    for (const channel of listeners.keys()) await made.query(`listen ${channel}`);
    client = made;
  };

  const again = (): void => {
    timer = setTimeout(() => {
      connect().then(
        () => {
          for (const listener of gapListeners) listener();
        },
        () => {
          if (!stopped) again();
        },
      );
    }, RETRY_MS);
  };

  await connect();
  return {
    on: (channel, listener) => {
      const known = listeners.get(channel);
      if (known) known.add(listener);
      else {
        listeners.set(channel, new Set([listener]));
        // one after the other, for a client takes one query at a time
        listening = listening.then(() => client?.query(`listen ${channel}`)).catch(() => undefined);
      }
      return () => listeners.get(channel)?.delete(listener);
    },
    onGap: (listener) => void gapListeners.push(listener),
    send: async (channel, payload) => {
      await pool.query('select pg_notify($1, $2)', [channel, payload]);
    },
    stop: async () => {
      stopped = true;
      clearTimeout(timer);
      await client?.end().catch(() => undefined);
    },
  };
}
