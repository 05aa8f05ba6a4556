import type { Json, JsonObject } from '#runtime/json.ts';

const PRIME = 0x01000193;

/** FNV-1a, 32 bits, twice with different starts, which make 64. */
function fnv(text: string): string {
  let one = 0x811c9dc5;
  let other = 0x01234567;
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, PRIME);
    other = Math.imul(other ^ code, PRIME);
  }
  return `${(one >>> 0).toString(16)}${(other >>> 0).toString(16)}`;
}

/**
 * Names the state a record is in. A webhook's body and a list's entry come from one serialiser (WC_REST_Controller), so both
 * give the same name; where a plug-in makes them differ, the poll only brings one run more.
 */
export function stampOf(record: Json): string {
  const { _links, ...own } = record as JsonObject;
  const text = JSON.stringify(own);
  return `${fnv(text)}-${text.length}`;
}
