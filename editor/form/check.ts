import { isFilledIn } from '#runtime/config-value.ts';
import { fieldPath } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import { type Defs, isRecord, resolved, type Schema, type Shape, schemaOf, shapeOf } from './schema.ts';

/** What is wrong with a field, by the schema alone; `values` are put into the sentence. */
export interface FieldFault {
  /** Such as `lines[0].sku`. */
  readonly field: string;
  readonly code:
    | 'required'
    | 'pattern'
    | 'uri'
    | 'date'
    | 'dateTime'
    | 'tooShort'
    | 'tooLong'
    | 'tooSmall'
    | 'tooLarge'
    | 'wholeNumber'
    | 'step'
    | 'notNumber'
    | 'tooFew'
    | 'tooMany'
    | 'choice'
    | 'kind'
    | 'key';
  readonly values: Readonly<Record<string, string | number>>;
}

type Path = readonly (string | number)[];

interface Pass {
  readonly defs: Defs;
  /** Bindings and lists made item by item have their values only in a run. */
  readonly bindable: boolean;
  readonly faults: FieldFault[];
}

function add(pass: Pass, path: Path, code: FieldFault['code'], values: FieldFault['values'] = {}): void {
  pass.faults.push({ field: fieldPath(path), code, values });
}

const patterns = new Map<string, RegExp | null>();

/** Null for a pattern this browser cannot read: the server then decides alone. */
function regexOf(pattern: string): RegExp | null {
  let regex = patterns.get(pattern);
  if (regex === undefined) {
    try {
      regex = new RegExp(pattern, 'u');
    } catch {
      regex = null;
    }
    patterns.set(pattern, regex);
  }
  return regex;
}

const FORMATS: Readonly<Record<string, FieldFault['code']>> = { date: 'date', 'date-time': 'dateTime' };

function checkText(pass: Pass, schema: Schema, value: string, path: Path): void {
  const { minLength = 0, maxLength = Number.POSITIVE_INFINITY, pattern, format } = schema;
  const matches = pattern === undefined || (regexOf(pattern)?.test(value) ?? true);
  if (value === '' && (minLength > 0 || !matches || format === 'uri')) add(pass, path, 'required');
  else if (value.length < minLength) add(pass, path, 'tooShort', { least: minLength });
  else if (value.length > maxLength) add(pass, path, 'tooLong', { most: maxLength });
  else if (format === 'uri' && !URL.canParse(value)) add(pass, path, 'uri');
  else if (!matches) add(pass, path, FORMATS[format ?? ''] ?? 'pattern');
}

function checkNumber(pass: Pass, schema: Schema, value: number, path: Path): void {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (schema.type === 'integer' && !Number.isInteger(value)) add(pass, path, 'wholeNumber');
  else if (minimum !== undefined && value < minimum) add(pass, path, 'tooSmall', { least: minimum });
  else if (exclusiveMinimum !== undefined && value <= exclusiveMinimum)
    add(pass, path, 'tooSmall', { least: exclusiveMinimum });
  else if (maximum !== undefined && value > maximum) add(pass, path, 'tooLarge', { most: maximum });
  else if (exclusiveMaximum !== undefined && value >= exclusiveMaximum)
    add(pass, path, 'tooLarge', { most: exclusiveMaximum });
  else if (multipleOf !== undefined && Math.abs(value / multipleOf - Math.round(value / multipleOf)) > 1e-9)
    add(pass, path, 'step', { step: multipleOf });
}

function checkList(pass: Pass, schema: Schema, value: readonly Json[], path: Path): void {
  const { minItems = 0, maxItems = Number.POSITIVE_INFINITY, items = {} } = schema;
  if (value.length < minItems) add(pass, path, 'tooFew', { least: minItems });
  if (value.length > maxItems) add(pass, path, 'tooMany', { most: maxItems });
  value.forEach((item, index) => {
    checkField(pass, items, item, [...path, index]);
  });
}

function checkObject(pass: Pass, schema: Schema, value: JsonObject, path: Path): void {
  for (const name of schema.required ?? []) {
    const { default: preset } = resolved(schema.properties?.[name] ?? {}, pass.defs);
    if (value[name] === undefined && preset === undefined) add(pass, [...path, name], 'required');
  }
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    const inner = value[name];
    if (inner !== undefined) checkField(pass, field, inner, [...path, name]);
  }
}

function checkRecord(pass: Pass, schema: Schema, item: Schema, value: JsonObject, path: Path): void {
  const names = schema.propertyNames && resolved(schema.propertyNames, pass.defs);
  for (const [key, inner] of Object.entries(value)) {
    const own: Pass = { ...pass, faults: [] };
    if (names) checkText(own, names, key, path);
    if (own.faults.length > 0) add(pass, [...path, key], 'key');
    checkField(pass, item, inner, [...path, key]);
  }
}

function checkSingle(pass: Pass, schema: Schema, kind: Shape['kind'], value: Json, path: Path): void {
  if (kind === 'text' && typeof value === 'string') checkText(pass, schema, value, path);
  else if (kind === 'number' && typeof value === 'number') checkNumber(pass, schema, value, path);
  else if (value === '') add(pass, path, 'required');
  else if (kind === 'number') add(pass, path, 'notNumber');
  else if (kind === 'text' || (kind === 'boolean' && typeof value !== 'boolean')) add(pass, path, 'kind');
}

function checkField(pass: Pass, open: Schema, value: Json, path: Path): void {
  if (pass.bindable && isFilledIn(value)) return;
  const schema = resolved(open, pass.defs);
  const shape = shapeOf(schema, pass.defs);
  switch (shape.kind) {
    case 'any':
      return;
    case 'text':
    case 'number':
    case 'boolean':
    case 'single':
      checkSingle(pass, schema, shape.kind, value, path);
      return;
    case 'choice':
      if (!shape.values.includes(value)) add(pass, path, 'choice');
      return;
    case 'texts':
    case 'choices':
    case 'rows':
      if (Array.isArray(value)) checkList(pass, schema, value, path);
      else add(pass, path, 'kind');
      return;
    default:
      if (isRecord(value)) checkParts(pass, schema, shape, value, path);
      else add(pass, path, 'kind');
  }
}

function checkParts(pass: Pass, schema: Schema, shape: Shape, value: JsonObject, path: Path): void {
  if (shape.kind === 'record') checkRecord(pass, schema, shape.item, value, path);
  else if (shape.kind === 'union') {
    const branch = shape.branches.find((each) => each.value === value[shape.by]);
    if (branch) checkObject(pass, branch.schema, value, path);
    else add(pass, path, 'choice');
  } else checkObject(pass, schema, value, path);
}

/** All that a schema has against a value, first the first field; `bindable`: bindings are let be. */
export function checkForm(schema: JsonObject, value: JsonObject, { bindable = false } = {}): readonly FieldFault[] {
  const root = schemaOf(schema);
  const pass: Pass = { defs: root.$defs ?? {}, bindable, faults: [] };
  checkField(pass, root, value, []);
  return pass.faults;
}
