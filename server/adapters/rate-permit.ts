/** Leave to send one request. `done` must be called when it ended. */
export interface RatePermit {
  /** `answered`: the vendor's answer came. Without one the request may still be on its way, and counts a little longer. */
  done(answered: boolean): void;
}

/** A process's permits of one connection: in hand, under way, and ended but not yet told of. */
export interface Permits {
  inHand(): number;
  underWay(): number;
  ended(): number;
  /** Until when (monotonic clock) those in hand may be used. */
  goodUntil(): number;
  add(count: number, goodUntil: number): void;
  /** Those in hand go back unused. */
  discard(): void;
  take(): RatePermit | undefined;
  takeEnded(): number;
  putBackEnded(count: number): void;
  /** Counts all that is under way as ended, for good. */
  takeAll(): number;
}

/** Counts permits; a request that got no answer counts as under way for `marginMs` more. */
export function createPermits(marginMs: number, onEnd: () => void): Permits {
  const margins = new Set<NodeJS.Timeout>();
  let inHand = 0;
  let good = 0;
  let underWay = 0;
  let ended = 0;
  let closed = false;

  const end = () => {
    if (closed) return;
    underWay -= 1;
    ended += 1;
    onEnd();
  };
  const permit = (): RatePermit => {
    let over = false;
    return {
      done(answered) {
        if (over) return;
        over = true;
        if (answered || closed) return end();
        const timer = setTimeout(() => {
          margins.delete(timer);
          end();
        }, marginMs);
        margins.add(timer);
      },
    };
  };

  return {
    inHand: () => inHand,
    underWay: () => underWay,
    ended: () => ended,
    goodUntil: () => good,
    add(count, goodUntil) {
      inHand += count;
      good = goodUntil;
    },
    discard() {
      inHand = 0;
    },
    take() {
      if (inHand === 0) return undefined;
      inHand -= 1;
      underWay += 1;
      return permit();
    },
    takeEnded() {
      const count = ended;
      ended = 0;
      return count;
    },
    putBackEnded(count) {
      ended += count;
    },
    takeAll() {
      closed = true;
      for (const timer of margins) clearTimeout(timer);
      const count = ended + underWay;
      ended = 0;
      underWay = 0;
      inHand = 0;
      return count;
    },
  };
}
