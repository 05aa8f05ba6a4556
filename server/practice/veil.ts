import type { FaultBox } from './fault.ts';

/** Keeps new documents out of lists for the lookup lag in force when they were made. */
export interface Veil {
  cover(key: string): void;
  hides(key: string): boolean;
}

export function createVeil(box: FaultBox, clock: () => number = Date.now): Veil {
  const until = new Map<string, number>();
  return {
    cover(key) {
      if (box.faults.lookupLagMs > 0) until.set(key, clock() + box.faults.lookupLagMs);
    },
    hides(key) {
      if (until.size === 0) return false;
      const end = until.get(key);
      if (end === undefined) return false;
      if (end > clock()) return true;
      until.delete(key);
      return false;
    },
  };
}
