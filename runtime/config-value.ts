import { compileText, isBound, type Reader, type Scope } from './binding.ts';
import { TerminalError } from './error.ts';
import type { Json, JsonObject } from './json.ts';

/** A config value, ready to be read in every run. */
interface Compiled {
  readonly read: Reader;
  readonly bound: boolean;
}

/** The keys of a value that is made anew for each item of a list: `{ "$each": "{{ value.lines }}", "give": { "sku": "{{ item.sku }}" } }`. */
const EACH = '$each';
const GIVE = 'give';
/** What bindings inside `give` may name beside what they may name outside it. */
const LOCALS = ['item', 'index'] as const;
const MOST_ITEMS = 10_000;

function isListForm(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, EACH);
}

/** Whether a value stands for another in every run: text with a binding, or a list made item by item. */
export function isFilledIn(value: unknown): value is string | JsonObject {
  return typeof value === 'string' ? isBound(value) : isListForm(value);
}

/** The reader of a value that `isFilledIn`. Throws TerminalError CONFIG_INVALID where it cannot be read. */
export function compileFilledIn(value: string | JsonObject): Reader {
  return typeof value === 'string' ? compileText(value).read : compileListForm(value);
}

/** A whole config: constants stay as they are, bound values become readers, absent values leave their key out. */
export function compileValue(value: Json | undefined): Compiled {
  return compileTree(value, (part) => (isFilledIn(part) ? compileFilledIn(part) : undefined));
}

/** The list's binding and what is given for each item. Throws TerminalError CONFIG_INVALID where the form has another shape. */
export function readListForm(form: JsonObject): { readonly each: string; readonly give: Json } {
  const { [EACH]: each, [GIVE]: give, ...more } = form;
  const [unknown] = Object.keys(more);
  if (typeof each !== 'string' || !isBound(each))
    throw new TerminalError('CONFIG_INVALID', `${EACH} must be a binding that gives a list`);
  if (give === undefined) throw new TerminalError('CONFIG_INVALID', `${GIVE} is missing beside ${EACH}`);
  if (unknown !== undefined) throw new TerminalError('CONFIG_INVALID', `${unknown} does not belong beside ${EACH}`);
  return { each, give };
}

function compileListForm(form: JsonObject): Reader {
  const { each, give } = readListForm(form);
  const list = compileText(each).read;
  const { read } = compileValue(give);
  return (scope) => {
    const items = list(scope) ?? undefined;
    if (items === undefined) return undefined;
    if (!Array.isArray(items)) throw new TerminalError('INPUT_INVALID', `${each} must be a list`);
    if (items.length > MOST_ITEMS)
      throw new TerminalError('TOO_LARGE', `${each} has ${items.length} items, at most ${MOST_ITEMS} are taken`);
    const input: Record<string, unknown> = { ...scope.input };
    const inner: Scope = { input, params: scope.params, step: (id, port) => scope.step(id, port) };
    return items.map((item: unknown, index) => {
      input['item'] = item;
      input['index'] = index;
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
  if (typeof value !== 'object' || value === null) return [];
  const form = isListForm(value);
  return Object.entries(value).flatMap(([key, inner]) =>
    bindingsOf(inner, [...at, key], form && key === GIVE ? LOCALS : locals),
  );
}

/** Every list made item by item, with the config path it stands at, outermost first. */
export function listFormsOf(
  value: Json,
  at: readonly (string | number)[] = [],
): { readonly at: readonly (string | number)[]; readonly form: JsonObject }[] {
  if (typeof value !== 'object' || value === null) return [];
  const own = isListForm(value) ? [{ at, form: value }] : [];
  const inner = Array.isArray(value)
    ? value.flatMap((item: Json, index) => listFormsOf(item, [...at, index]))
    : Object.entries(value).flatMap(([key, part]) => listFormsOf(part, [...at, key]));
  return [...own, ...inner];
}
