/** Milliseconds before attempt 2, 3, …: quick at first, then as long as an ERP's bad night lasts. */
const LADDER = [5_000, 30_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];

/** Attempts in all, the first included. */
export const MAX_ATTEMPTS = LADDER.length + 1;

/** A waiting run is given up after so long, counted from its arrival: an answer of “try later” must not go on for ever. */
export const MAX_WAIT_MS = 7 * 86_400_000;

/** FNV-1a; spreads retries of runs that failed together, the same run always alike. */
function spread(key: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < key.length; index++) hash = Math.imul(hash ^ key.charCodeAt(index), 0x01000193);
  return (hash >>> 0) / 0x1_0000_0000;
}

/** Whether a run's trace is among the sampled ones: one in ten, by its id, so that every attempt of a run is traced alike. */
export function isSampled(run: string): boolean {
  return spread(run) < 0.1;
}

/** A longer wait than this is not believed: the other system is asked again the next day. */
const LONGEST_ASKED_MS = 86_400_000;

/** Milliseconds until the next try of what the other system asked us to try later: its own wish, else longer and longer up to a minute. */
export function askedDelay(attempt: number, askedMs: number | undefined): number {
  const wish = Number.isFinite(askedMs) ? Math.max(0, askedMs ?? 0) : undefined;
  return Math.min(wish ?? 1000 * 2 ** Math.min(attempt - 1, 6), wish === undefined ? 60_000 : LONGEST_ASKED_MS);
}

/** How long to wait after so many failures; null when there are no more attempts. What the other system asked for is honoured. */
export function retryDelay(failures: number, key: string, askedMs = 0): number | null {
  const step = LADDER[failures - 1];
  if (step === undefined) return null;
  const asked = Number.isFinite(askedMs) ? Math.min(askedMs, LONGEST_ASKED_MS) : 0;
  return Math.max(asked, Math.round(step * (0.85 + 0.3 * spread(`${key}#${failures}`))));
}
