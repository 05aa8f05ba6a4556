import type { Json, JsonObject } from '#runtime/json.ts';
import { type Defs, isRecord, resolved, type Schema, schemaOf, shapeOf } from './schema.ts';

/** The field of a form that a problem's path leads to: the path itself, or the closest field around it. */
export function shownField(schema: JsonObject, value: JsonObject, path: string): string {
  const root = schemaOf(schema);
  return deepest(root, value, '', path, root.$defs ?? {});
}

/** The rest of a path below a key, which may hold dots itself. */
function below(rest: string, key: string): string | undefined {
  if (rest === key) return '';
  if (rest.startsWith(`${key}.`)) return rest.slice(key.length + 1);
  return rest.startsWith(`${key}[`) ? rest.slice(key.length) : undefined;
}

function deepest(open: Schema, value: Json | undefined, here: string, rest: string, defs: Defs): string {
  if (rest === '') return here;
  const schema = resolved(open, defs);
  const shape = shapeOf(schema, defs);
  if (shape.kind === 'rows' && Array.isArray(value)) {
    const [whole, index] = /^\[(\d+)\]\.?/.exec(rest) ?? [];
    if (whole === undefined || value[Number(index)] === undefined) return here;
    return deepest(shape.item, value[Number(index)], `${here}[${index}]`, rest.slice(whole.length), defs);
  }
  const branch =
    shape.kind === 'union' && isRecord(value)
      ? shape.branches.find((each) => each.value === value[shape.by])?.schema
      : undefined;
  const { properties } = branch ?? (shape.kind === 'object' ? schema : {});
  const keys = Object.keys(properties ?? {}).sort((a, b) => b.length - a.length);
  for (const key of keys) {
    const left = below(rest, key);
    if (left === undefined) continue;
    const inner = isRecord(value) ? value[key] : undefined;
    return deepest(properties?.[key] ?? {}, inner, here === '' ? key : `${here}.${key}`, left, defs);
  }
  return here;
}
