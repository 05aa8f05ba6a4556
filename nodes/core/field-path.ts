import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';

const MOST_PARTS = 20;
const MOST_INDEX = 999;
const REMEMBERED = 5000;
const FORBIDDEN = new Set(['__proto__', 'prototype', 'constructor']);
const WHOLE = /^[\p{L}\p{N}_$-]+(\[\d{0,3}\])*(\.[\p{L}\p{N}_$-]+(\[\d{0,3}\])*)*$/u;
const PART = /[^.[\]]+|\[\d*\]/gu;

/** A name, a place in a list, or null for “after the last one”. */
type Part = string | number | null;

const remembered = new Map<string, readonly Part[]>();

function faultOf(path: string): string | undefined {
  if (path.length > 200) return 'is longer than 200 characters';
  if (!WHOLE.test(path)) return 'must be written like customer.email, lines[0].sku or tags[]';
  const parts = path.match(PART) ?? [];
  if (parts.length > MOST_PARTS) return `goes deeper than ${MOST_PARTS} levels`;
  const forbidden = parts.find((part) => FORBIDDEN.has(part));
  if (forbidden) return `may not name ${forbidden}`;
  if (parts.slice(0, -1).includes('[]')) return 'may add to a list ([]) at its end only';
  return undefined;
}

/** Where a mapped value goes: `customer.email`, `lines[0].sku`, `tags[]` (added at the end). */
export const FieldPath = z.string().superRefine((path, context) => {
  if (remembered.has(path)) return;
  const fault = faultOf(path);
  if (fault) context.addIssue({ code: 'custom', message: fault });
});

function partsOf(path: string): readonly Part[] {
  const known = remembered.get(path);
  if (known) return known;
  const fault = faultOf(path);
  if (fault) throw new TerminalError('CONFIG_INVALID', `the path “${path}” ${fault}`, { field: 'to' });
  const parts = (path.match(PART) ?? []).map((part): Part => {
    if (part === '[]') return null;
    return part.startsWith('[') ? Math.min(Number(part.slice(1, -1)), MOST_INDEX) : part;
  });
  if (remembered.size < REMEMBERED) remembered.set(path, parts);
  return parts;
}

type Holder = Record<string, Json>;

/** Lists and objects made here, which may be changed in place; everything else is somebody else's and is copied first. */
type Own = Set<object>;

function copied(current: unknown, part: Part, path: string): Json[] | Holder {
  const list = typeof part !== 'string';
  if (current === undefined || current === null) return list ? [] : {};
  if (list && Array.isArray(current)) return [...(current as Json[])];
  if (!list && typeof current === 'object' && !Array.isArray(current)) return { ...(current as Holder) };
  throw new TerminalError(
    'INPUT_INVALID',
    `“${path}” cannot be set: what stands there is not ${list ? 'a list' : 'an object'}`,
    {
      field: path,
    },
  );
}

function fits(current: unknown, part: Part, path: string, own: Own): Json[] | Holder {
  if (own.has(current as object) && Array.isArray(current) === (typeof part !== 'string'))
    return current as Json[] | Holder;
  const holder = copied(current, part, path);
  own.add(holder);
  return holder;
}

/** A field to be set; without a value it is left out. */
export interface FieldValue {
  readonly to: string;
  readonly value?: Json | undefined;
}

/**
 * A copy of `target` with every field that has a value, one after the other; what no path touches is shared, `target` itself
 * is not changed. Throws INPUT_INVALID where a path leads through something that is neither object nor list, or leaves a hole in a list.
 */
export function withFields(target: Json | undefined, fields: readonly FieldValue[]): Json {
  const own: Own = new Set();
  let made: Json = target ?? {};
  for (const { to, value } of fields) if (value !== undefined) made = put(made, partsOf(to), 0, value, to, own);
  return made;
}

function put(current: unknown, parts: readonly Part[], at: number, value: Json, path: string, own: Own): Json {
  if (at === parts.length) return value;
  const part = parts[at] as Part;
  const holder = fits(current, part, path, own);
  if (Array.isArray(holder)) {
    const index = typeof part === 'number' ? part : holder.length;
    if (index > holder.length) {
      throw new TerminalError('INPUT_INVALID', `“${path}” would leave a hole in a list of ${holder.length}`, {
        field: path,
      });
    }
    holder[index] = put(holder[index], parts, at + 1, value, path, own);
    return holder;
  }
  const name = part as string;
  holder[name] = put(Object.hasOwn(holder, name) ? holder[name] : undefined, parts, at + 1, value, path, own);
  return holder;
}
