import type { Sentence } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Language } from '../state/preferences.ts';

/** The part of JSON Schema (draft 2020-12) that declarations use, and what `.meta(…)` adds for people. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly type?: string | readonly string[];
  readonly title?: string;
  readonly titleSv?: string;
  readonly help?: Sentence;
  readonly placeholder?: string;
  readonly section?: Sentence;
  /** What the values of an `enum` are called. */
  readonly options?: Readonly<Record<string, Sentence>>;
  readonly multiline?: boolean;
  readonly writeOnly?: boolean;
  /** What a text is written in, where it is more than words. */
  readonly contentMediaType?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly propertyNames?: Schema;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly enum?: readonly Json[];
  readonly const?: Json;
  readonly default?: Json;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** The schemas a `$ref` may name. */
export type Defs = Readonly<Record<string, Schema>>;

/** What a field is edited with. */
export type Shape =
  | { readonly kind: 'text' | 'number' | 'boolean' | 'any' | 'object' }
  /** One of several kinds of single value, all written in one field. */
  | { readonly kind: 'single'; readonly types: readonly string[] }
  | { readonly kind: 'choice'; readonly values: readonly Json[] }
  | { readonly kind: 'texts' | 'rows' | 'record'; readonly item: Schema }
  | { readonly kind: 'choices'; readonly values: readonly Json[]; readonly item: Schema }
  | { readonly kind: 'union'; readonly by: string; readonly branches: readonly Branch[] };

export interface Branch {
  readonly value: string;
  readonly schema: Schema;
}

/** The root of a form's schema, as the catalog sends it. */
export function schemaOf(schema: JsonObject): Schema {
  return schema as Schema;
}

/** With what its `$ref` says filled in; what stands beside the `$ref` has the last word. */
export function resolved(schema: Schema, defs: Defs): Schema {
  if (schema.$ref === undefined) return schema;
  const { $ref, ...own } = schema;
  const target = defs[$ref.replace('#/$defs/', '')];
  return target ? { ...resolved(target, defs), ...own } : own;
}

const SINGLE = ['string', 'number', 'integer', 'boolean'];

function typesOf(schema: Schema, defs: Defs): readonly string[] {
  if (schema.type !== undefined) return typeof schema.type === 'string' ? [schema.type] : schema.type;
  return (schema.anyOf ?? []).flatMap((each) => typesOf(resolved(each, defs), defs));
}

function unionOf(schema: Schema, defs: Defs): Shape | undefined {
  const options = (schema.oneOf ?? schema.anyOf ?? []).map((each) => resolved(each, defs));
  const by = Object.entries(options[0]?.properties ?? {}).find(
    ([, field]) => resolved(field, defs).const !== undefined,
  );
  if (!by) return undefined;
  const branches = options.map((each) => {
    const field = each.properties?.[by[0]];
    return { value: String(field ? resolved(field, defs).const : undefined), schema: each };
  });
  return { kind: 'union', by: by[0], branches };
}

function listShape(schema: Schema, defs: Defs): Shape {
  const item = resolved(schema.items ?? {}, defs);
  if (item.enum) return { kind: 'choices', values: item.enum, item };
  return { kind: typesOf(item, defs).join() === 'string' ? 'texts' : 'rows', item };
}

/** How a resolved schema is edited. */
export function shapeOf(schema: Schema, defs: Defs): Shape {
  if (schema.enum) return { kind: 'choice', values: schema.enum };
  const union = unionOf(schema, defs);
  if (union) return union;
  const types = typesOf(schema, defs);
  const [only] = types;
  if (types.length === 1) {
    if (only === 'string') return { kind: 'text' };
    if (only === 'number' || only === 'integer') return { kind: 'number' };
    if (only === 'boolean') return { kind: 'boolean' };
    if (only === 'array') return listShape(schema, defs);
    if (only === 'object' && schema.properties) return { kind: 'object' };
    if (only === 'object' && typeof schema.additionalProperties === 'object')
      return { kind: 'record', item: resolved(schema.additionalProperties, defs) };
  }
  return types.length > 1 && types.every((type) => SINGLE.includes(type)) ? { kind: 'single', types } : { kind: 'any' };
}

/** `customerNumber` as a heading of last resort. */
function spelled(name: string): string {
  const words = name
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .replace(/[._-]+/g, ' ')
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** What the field is called. */
export function titleOf(schema: Schema, name: string, language: Language): string {
  return (language === 'sv' ? schema.titleSv : undefined) ?? schema.title ?? spelled(name);
}

/** What a value of an enum is called. */
export function optionTitle(schema: Schema, value: Json, language: Language): string {
  return schema.options?.[String(value)]?.[language] ?? String(value);
}

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The same object with a field set, or without it. */
export function withKey(value: JsonObject, key: string, next: Json | undefined): JsonObject {
  if (next !== undefined) return { ...value, [key]: next };
  const { [key]: _, ...rest } = value;
  return rest;
}

/** A value to begin with where a list gets a new entry or an object is added. */
export function blankOf(schema: Schema, defs: Defs): Json {
  if (schema.default !== undefined) return schema.default;
  const shape = shapeOf(schema, defs);
  switch (shape.kind) {
    case 'number':
    case 'single':
    case 'any':
    case 'text':
      return '';
    case 'boolean':
      return false;
    case 'choice':
      return shape.values[0] ?? '';
    case 'texts':
    case 'choices':
    case 'rows':
      return [];
    case 'union':
      return { [shape.by]: shape.branches[0]?.value ?? '' };
    case 'record':
      return {};
    case 'object':
      return blankObject(schema, defs);
  }
}

function blankObject(schema: Schema, defs: Defs): JsonObject {
  const filled: Record<string, Json> = {};
  for (const name of schema.required ?? []) {
    const field = resolved(schema.properties?.[name] ?? {}, defs);
    const { kind } = shapeOf(field, defs);
    // what a person must write is left open, so that it shows as missing and not as empty
    if (kind === 'choice' || kind === 'object' || kind === 'rows') filled[name] = blankOf(field, defs);
  }
  return filled;
}
