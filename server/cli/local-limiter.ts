import { setTimeout as pause } from 'node:timers/promises';
import type { RateLimiter } from '../adapters/rate-limiter.ts';

/** Keeps vendors' limits within this process alone, and waits as long as it takes. */
export function createLocalLimiter(): RateLimiter {
  const ended = new Map<string, number[]>();
  const pauses = new Map<string, number>();
  const underWay = new Map<string, number>();
  const keyOf = ({ connection }: { readonly connection: string }): string => connection;

  return {
    take: async (owner, signal) => {
      const key = keyOf(owner);
      const { rate } = owner;
      for (;;) {
        const now = performance.now();
        const recent = (ended.get(key) ?? []).filter((at) => rate !== undefined && at > now - rate.perMs);
        ended.set(key, recent);
        const paused = (pauses.get(key) ?? 0) - now;
        const full = rate !== undefined && recent.length + (underWay.get(key) ?? 0) >= rate.requests;
        if (paused <= 0 && !full) break;
        const next = full ? (recent[0] ?? now) + (rate?.perMs ?? 0) - now : 0;
        await pause(Math.max(10, paused, next), undefined, { signal });
      }
      underWay.set(key, (underWay.get(key) ?? 0) + 1);
      return {
        done: () => {
          underWay.set(key, (underWay.get(key) ?? 1) - 1);
          ended.get(key)?.push(performance.now());
        },
      };
    },
    pause: async (owner, ms) => {
      pauses.set(keyOf(owner), performance.now() + ms);
    },
    close: async () => undefined,
  };
}
