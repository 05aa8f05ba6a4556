import type { Logger } from 'pino';
import type { Claims } from './adapters/pg-claim.ts';

/** A claimed run of this process. */
export interface Held {
  readonly run: string;
  readonly claim: bigint;
}

interface LeaseDeps {
  readonly claims: Claims;
  readonly held: ReadonlySet<Held>;
  readonly leaseMs: number;
  /** Starts the process in which suspects run alone; null in that process itself. */
  readonly suspects: (() => void) | null;
  readonly log: Logger;
}

/** Keeps the leases of what is at work, gives back what is not seen through, and finds the runs of workers that went silent. */
export interface Leases {
  /** Given back as soon as the database listens. */
  abandon(entry: Held): void;
  /** What is still held goes on elsewhere: a write under way has its intent, so its outcome is looked up there. */
  stop(): Promise<void>;
}

/** A run whose log cannot be written just now is tried again after this. */
const GIVE_BACK_MS = 1000;
/** How often silent workers are looked for. */
const EXPIRE_MS = 1000;

export function createLeases({ claims, held, leaseMs, suspects, log }: LeaseDeps): Leases {
  let left: Held[] = [];

  const returnLeft = async (afterMs: number): Promise<void> => {
    const entries = left;
    left = [];
    await claims.giveBack(entries, afterMs).catch((error: unknown) => {
      left.push(...entries);
      throw error;
    });
  };

  /** Never twice at once: while the database is away, looks must not pile up. */
  const guarded = (what: string, work: () => Promise<void>): (() => void) => {
    let running = false;
    return () => {
      if (running) return;
      running = true;
      work()
        .catch((error: unknown) => log.warn({ err: error }, what))
        .finally(() => {
          running = false;
        });
    };
  };

  const renew = guarded('renewing leases failed', () => claims.renew([...held]));

  const expire = guarded('looking for silent workers failed', async () => {
    await returnLeft(GIVE_BACK_MS);
    const silent = await claims.expire();
    if (silent > 0) log.warn({ runs: silent }, 'runs of a silent worker become suspects');
    // its process starts while the silent ones' leases run out
    if (suspects && (await claims.suspectsComing())) suspects();
  });

  const timers = [
    setInterval(renew, Math.max(500, leaseMs / 4)),
    setInterval(expire, Math.min(EXPIRE_MS, leaseMs / 4)),
  ];

  return {
    abandon: (entry) => void left.push(entry),
    stop: async () => {
      for (const timer of timers) clearInterval(timer);
      left.push(...held);
      await returnLeft(0).catch((error: unknown) => log.warn({ err: error }, 'runs are left to their leases'));
    },
  };
}
