import type { Json, JsonObject } from '#runtime/json.ts';

/** FNV-1a, 32 bits; two with different starts make 64. */
function fnv(text: string, start: number): number {
  let hash = start;
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}

/**
 * Names the state a record is in. A webhook's body and a list's entry come from one serialiser (WC_REST_Controller), so both
 * give the same name; where a plug-in makes them differ, the poll only brings one run more.
 */
export function stampOf(record: Json): string {
  const { _links, ...own } = record as JsonObject;
  const text = JSON.stringify(own);
  return `${fnv(text, 0x811c9dc5).toString(16)}${fnv(text, 0x01234567).toString(16)}-${text.length}`;
}
