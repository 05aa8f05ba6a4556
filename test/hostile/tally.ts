/** Counts what was tried and what came of it; says every failure as it happens. */
export interface Tally {
  /** `wrong` is null when the attack was contained. */
  add(name: string, wrong: string | null): void;
  skip(name: string, why: string): void;
  result(): { readonly cases: number; readonly contained: number; readonly failed: number; readonly skipped: number };
}

const SHOWN = 50;

export function createTally(say: (line: string) => void): Tally {
  let contained = 0;
  let failed = 0;
  let skipped = 0;
  return {
    add(name, wrong) {
      if (wrong === null) {
        contained += 1;
        return;
      }
      failed += 1;
      if (failed <= SHOWN) say(`NOT CONTAINED  ${name}: ${wrong.slice(0, 500)}`);
    },
    skip(name, why) {
      skipped += 1;
      say(`skipped  ${name}: ${why}`);
    },
    result: () => ({ cases: contained + failed + skipped, contained, failed, skipped }),
  };
}
