/** Requests allowed in any window of `perMs` milliseconds. */
export interface Rate {
  requests: number;
  perMs: number;
}

/** What came in, for a test that wants proof of a client's manners. */
export interface RateStats {
  requests: number;
  refused: number;
  /** The most requests, refused ones too, that came within any `perMs` (5000 without a rate). */
  mostInWindow: number;
  /** Arrival times of the newest requests in Unix milliseconds, oldest first. */
  times: number[];
}

export interface RateGate {
  /** True when this request is within the rate; it is counted either way. */
  admit(client: string): boolean;
  stats(): RateStats;
  reset(): void;
}

const ringLength = 20_000;

/** A sliding window per client; refused requests take no place in it. */
export function createRateGate(rate: Rate | null, clock: () => number = Date.now): RateGate {
  const perMs = rate?.perMs ?? 5000;
  const windows = new Map<string, number[]>();
  let seen = { requests: 0, refused: 0, mostInWindow: 0 };
  let ring: number[] = [];
  let tail = 0;

  const record = (now: number) => {
    seen.requests += 1;
    ring.push(now);
    if (ring.length > ringLength * 2) {
      const cut = ring.length - ringLength;
      ring = ring.slice(cut);
      tail = Math.max(0, tail - cut);
    }
    while ((ring[tail] ?? now) <= now - perMs) tail += 1;
    seen.mostInWindow = Math.max(seen.mostInWindow, ring.length - tail);
  };

  return {
    admit(client) {
      const now = clock();
      record(now);
      if (rate === null) return true;
      const window = (windows.get(client) ?? []).filter((at) => at > now - perMs);
      const admitted = window.length < rate.requests;
      if (admitted) window.push(now);
      else seen.refused += 1;
      windows.set(client, window);
      return admitted;
    },
    stats: () => ({ ...seen, times: ring.slice(-ringLength) }),
    reset() {
      windows.clear();
      seen = { requests: 0, refused: 0, mostInWindow: 0 };
      ring = [];
      tail = 0;
    },
  };
}
