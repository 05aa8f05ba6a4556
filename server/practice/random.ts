/** A seeded stream of numbers in [0, 1), so that a fault sequence can be played again. */
export type Dice = () => number;

/** Mulberry32: 32 bits of state, good enough to choose faults and goods, never for secrets. */
export function seededDice(seed: number): Dice {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

/** A whole number in [0, below). */
export function roll(dice: Dice, below: number): number {
  return Math.floor(dice() * below);
}

/** One of the given things; throws a RangeError when there are none. */
export function pick<T>(dice: Dice, things: readonly T[]): T {
  const thing = things[roll(dice, things.length)];
  if (thing === undefined) throw new RangeError('nothing to pick from');
  return thing;
}
