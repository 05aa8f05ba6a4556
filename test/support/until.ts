import { setTimeout as pause } from 'node:timers/promises';

/** Looks until `look` answers something true, and answers that; rejects after `ms` with the last thing seen. */
export async function until<T>(look: () => T | Promise<T>, ms = 20_000, everyMs = 40): Promise<NonNullable<T>> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (performance.now() > end) throw new Error(`waited ${ms} ms in vain for ${look}; last seen: ${String(seen)}`);
    await pause(everyMs);
  }
}
