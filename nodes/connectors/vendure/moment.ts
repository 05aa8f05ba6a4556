import type { Json, JsonObject } from '#runtime/json.ts';
import { fingerprint } from '../fingerprint.ts';

/** The latest time told anywhere in a record, under a name that ends in `At`; milliseconds since 1970. */
export function latestIn(record: unknown): number {
  if (Array.isArray(record)) return record.reduce<number>((latest, one) => Math.max(latest, latestIn(one)), 0);
  if (typeof record !== 'object' || record === null) return 0;
  let latest = 0;
  for (const [name, value] of Object.entries(record)) {
    const time = typeof value === 'string' ? (name.endsWith('At') ? Date.parse(value) : Number.NaN) : latestIn(value);
    if (time > latest) latest = time;
  }
  return latest;
}

export const instantOf = (moment: number): string => new Date(moment).toISOString();

const idIn = (value: Json): string =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? String((value as JsonObject)['id'] ?? '') : '';

/** Read along with an order, but records of their own: what is changed of them changes no order, and moves no time of it. */
const RELATED: ReadonlySet<string> = new Set(['customer', 'productVariant']);

/** Relations come in any order; by id they have one. */
function ordered(value: Json): Json {
  if (Array.isArray(value)) {
    const all = value.map(ordered);
    return all.every((one) => idIn(one) !== '') ? all.toSorted((a, b) => (idIn(a) < idIn(b) ? -1 : 1)) : all;
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, (RELATED.has(name) && idIn(inner)) || ordered(inner)]),
  );
}

/**
 * Names the state a record is in by all that was read of it, and of its relations by which they are. Its times alone would not do: some databases keep them by the
 * second, and two changes within one would be one state.
 */
export function stampOf(record: Json): string {
  return fingerprint(JSON.stringify(ordered(record)));
}
