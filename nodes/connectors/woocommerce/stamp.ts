import type { Json, JsonObject } from '#runtime/json.ts';
import { fingerprint } from '../fingerprint.ts';

/**
 * Names the state a record is in. A webhook's body and a list's entry come from one serialiser (WC_REST_Controller), so both
 * give the same name; where a plug-in makes them differ, the poll only brings one run more.
 */
export function stampOf(record: Json): string {
  if (!Object.hasOwn(record as JsonObject, '_links')) return fingerprint(JSON.stringify(record));
  const { _links, ...own } = record as JsonObject;
  return fingerprint(JSON.stringify(own));
}
