import { compileText, isBound, type Reader, type Scope } from './binding.ts';
import { TerminalError } from './error.ts';
import { expressionsOf, isExpression, plainPath, readExpression, readPlain } from './expression.ts';
import type { Json, JsonObject } from './json.ts';

/** A config value, ready to be read in every run. */
interface Compiled {
  readonly read: Reader;
  readonly bound: boolean;
}

/**
 * The keys of a list made anew, item by item:
 * `{ "$list": "{{ value.lines }}", "$as": "line", "$item": { "sku": "{{ line.sku }}", "row": "{{ index | add(1) }}" } }`.
 */
const LIST = '$list';
const AS = '$as';
const ITEM = '$item';
const INDEX = 'index';
const RESERVED: ReadonlySet<string> = new Set([
  INDEX,
  'params',
  'steps',
  'true',
  'false',
  'null',
  '__proto__',
  'constructor',
  'prototype',
]);
const MOST_ITEMS = 10_000;

function isListForm(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, LIST);
}

/** Whether a value stands for another in every run: text with a binding, a list made item by item, or an expression. */
export function isFilledIn(value: unknown): value is string | JsonObject {
  return typeof value === 'string' ? isBound(value) : isListForm(value) || isExpression(value);
}

/** The reader of a value that `isFilledIn`. Throws TerminalError CONFIG_INVALID where it cannot be read. */
export function compileFilledIn(value: string | JsonObject): Reader {
  if (typeof value === 'string') return compileText(value).read;
  return isExpression(value) ? compileExpression(value) : compileListForm(value);
}

/** Reads a plain path here; anything more was worked out in the sandbox before the config is read. */
function compileExpression(form: JsonObject): Reader {
  const source = readExpression(form);
  const path = plainPath(source);
  if (path) return ({ input, params }) => readPlain(path, { ...input, params });
  return (scope) => scope.expression?.(source);
}

/** A whole config: constants stay as they are, bound values become readers, absent values leave their key out. */
export function compileValue(value: Json | undefined): Compiled {
  return compileTree(value, (part) => (isFilledIn(part) ? compileFilledIn(part) : undefined));
}

interface ListForm {
  /** The binding that gives the list. */
  readonly list: string;
  /** What each of its entries is called in `item`; `item` unless told. */
  readonly as: string;
  readonly item: Json;
}

/** Throws TerminalError CONFIG_INVALID where the form has another shape. */
export function readListForm(form: JsonObject): ListForm {
  const { [LIST]: list, [AS]: as = 'item', [ITEM]: item, ...more } = form;
  const [unknown] = Object.keys(more);
  if (typeof list !== 'string' || !isBound(list))
    throw new TerminalError('CONFIG_INVALID', `${LIST} must be a binding that gives a list`);
  if (typeof as !== 'string' || !/^[A-Za-z_][A-Za-z0-9_]{0,39}$/.test(as) || RESERVED.has(as))
    throw new TerminalError('CONFIG_INVALID', `${AS} must be a name of letters and digits that means nothing else`);
  if (item === undefined) throw new TerminalError('CONFIG_INVALID', `${ITEM} is missing beside ${LIST}`);
  if (unknown !== undefined) throw new TerminalError('CONFIG_INVALID', `${unknown} does not belong beside ${LIST}`);
  if (expressionsOf(item).length > 0)
    throw new TerminalError(
      'CONFIG_INVALID',
      `an expression cannot stand inside ${ITEM}: let one expression make the whole list`,
    );
  return { list, as, item };
}

function compileListForm(form: JsonObject): Reader {
  const { list, as, item } = readListForm(form);
  const readList = compileText(list).read;
  const { read } = compileValue(item);
  return (scope) => {
    const entries = readList(scope) ?? undefined;
    if (entries === undefined) return undefined;
    if (!Array.isArray(entries)) throw new TerminalError('INPUT_INVALID', `${list} must be a list`);
    if (entries.length > MOST_ITEMS)
      throw new TerminalError('TOO_LARGE', `${list} has ${entries.length} items, at most ${MOST_ITEMS} are taken`);
    const input: Record<string, unknown> = { ...scope.input };
    const inner: Scope = { input, params: scope.params, step: (id, port) => scope.step(id, port) };
    return entries.map((entry: unknown, index) => {
      input[as] = entry;
      input[INDEX] = index;
      return read(inner) ?? null;
    });
  };
}

/** Lists and plain objects rebuilt around what `readerOf` gives a reader for; the rest stays as it is. */
export function compileTree(value: unknown, readerOf: (part: unknown) => Reader | undefined): Compiled {
  const read = readerOf(value);
  if (read) return { read, bound: true };
  if (Array.isArray(value)) {
    const items = value.map((item) => compileTree(item, readerOf));
    if (!items.some((item) => item.bound)) return { read: () => value, bound: false };
    return { read: (scope) => items.map((item) => item.read(scope) ?? null), bound: true };
  }
  if (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)
    return compileFields(value, readerOf);
  return { read: () => value, bound: false };
}

function compileFields(value: object, readerOf: (part: unknown) => Reader | undefined): Compiled {
  const entries = Object.entries(value).map(([key, inner]) => [key, compileTree(inner, readerOf)] as const);
  if (!entries.some(([, inner]) => inner.bound)) return { read: () => value, bound: false };
  return {
    read: (scope) => {
      const out: Record<string, unknown> = {};
      for (const [key, inner] of entries) {
        const read = inner.read(scope);
        if (read === undefined) continue;
        if (key === '__proto__') Object.defineProperty(out, key, { value: read, enumerable: true });
        else out[key] = read;
      }
      return out;
    },
    bound: true,
  };
}

/** A binding of a config and the config path it stands at. */
export interface BindingPlace {
  readonly at: readonly (string | number)[];
  readonly text: string;
  /** Names it may use beside the step's inputs. */
  readonly locals: readonly string[];
}

/** Every binding of a config, for `check`. */
export function bindingsOf(
  value: Json,
  at: readonly (string | number)[] = [],
  locals: readonly string[] = [],
): BindingPlace[] {
  if (typeof value === 'string') return isBound(value) ? [{ at, text: value, locals }] : [];
  if (Array.isArray(value)) return value.flatMap((item: Json, index) => bindingsOf(item, [...at, index], locals));
  if (typeof value !== 'object' || value === null || isExpression(value)) return [];
  const inside = isListForm(value) ? [...locals, typeof value[AS] === 'string' ? value[AS] : 'item', INDEX] : locals;
  return Object.entries(value).flatMap(([key, inner]) =>
    bindingsOf(inner, [...at, key], key === ITEM ? inside : locals),
  );
}

/** Every list made item by item, with the config path it stands at, outermost first. */
export function listFormsOf(
  value: Json,
  at: readonly (string | number)[] = [],
): { readonly at: readonly (string | number)[]; readonly form: JsonObject }[] {
  if (typeof value !== 'object' || value === null || isExpression(value)) return [];
  const own = isListForm(value) ? [{ at, form: value }] : [];
  const inner = Array.isArray(value)
    ? value.flatMap((item: Json, index) => listFormsOf(item, [...at, index]))
    : Object.entries(value).flatMap(([key, part]) => listFormsOf(part, [...at, key]));
  return [...own, ...inner];
}
