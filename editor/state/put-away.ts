import { z } from 'zod';
import { createStore, useStore } from 'zustand';

const Kept = z.array(z.string()).catch([]);
const KEY = 'weft.put-away';
/** Older ones are forgotten: what they hid is then shown again. */
const MOST = 200;

function read(): readonly string[] {
  try {
    return Kept.parse(JSON.parse(localStorage.getItem(KEY) ?? '[]'));
  } catch {
    return [];
  }
}

const store = createStore<{ keys: readonly string[] }>(() => ({ keys: read() }));

/** Puts something away in this browser, or takes it out again. */
export function putAway(key: string, away: boolean): void {
  const others = store.getState().keys.filter((each) => each !== key);
  const keys = away ? [...others, key].slice(-MOST) : others;
  store.setState({ keys });
  try {
    localStorage.setItem(KEY, JSON.stringify(keys));
  } catch {
    // a browser that keeps nothing still works for this visit
  }
}

/** All that this person has put away in this browser. */
export const usePutAwayKeys = (): readonly string[] => useStore(store, ({ keys }) => keys);

export const isPutAway = (key: string): boolean => store.getState().keys.includes(key);

/** Whether this person has put something away in this browser, and the way to put it away or take it out again. */
export function usePutAway(key: string): readonly [away: boolean, put: (away: boolean) => void] {
  const away = useStore(store, ({ keys }) => keys.includes(key));
  return [away, (next) => putAway(key, next)];
}
