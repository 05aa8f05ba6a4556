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

/** How long to wait after so many failures; null when there are no more attempts. What the other system asked for is honoured. */
export function retryDelay(failures: number, key: string, askedMs = 0): number | null {
  const step = LADDER[failures - 1];
  if (step === undefined) return null;
  return Math.max(askedMs, Math.round(step * (0.85 + 0.3 * spread(`${key}#${failures}`))));
}
