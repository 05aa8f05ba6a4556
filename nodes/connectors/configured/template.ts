import { z } from 'zod';
import { compileText, isBound, type Reader, type Scope } from '#runtime/binding.ts';
import { compileTree } from '#runtime/config-value.ts';
import { FlowError, RetryableError, TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { label } from '#runtime/node.ts';

/** A text of a connection's settings whose bindings are filled in for each request or record. */
export const Template = z.string().min(1).max(2000);

/** A field of a form that takes such a text. */
export const template = (en: string, sv: string, help?: { readonly en: string; readonly sv: string }) =>
  Template.optional().meta(label(en, sv, help));

/** What bindings may read, by its first name. */
export type Names = Readonly<Record<string, unknown>>;

/** Where in the settings a template stands, and what may be read there. */
export interface Place {
  /** Such as `requests.orders.list.path`. */
  readonly field: string;
  readonly names: readonly string[];
}

export const at = (place: Place, part: string | number): Place => ({
  ...place,
  field: typeof part === 'number' ? `${place.field}[${part}]` : `${place.field}.${part}`,
});

export type Fill<T> = (names: Names) => T;

const scopeOf = (names: Names): Scope => ({ input: names, params: {}, step: () => undefined });

export function invalid(field: string, message: string): TerminalError {
  return new TerminalError('CONFIG_INVALID', `${field}: ${message}`, { field });
}

/** One string's reader; refuses a binding that cannot be read or names what is not there. */
function readerOf(text: string, place: Place): Reader {
  try {
    const { read, paths } = compileText(text);
    for (const [head] of paths) {
      if (!place.names.includes(String(head))) {
        throw invalid(place.field, `there is no “${head}” here; there are ${place.names.join(', ')}`);
      }
    }
    return read;
  } catch (error) {
    if (!(error instanceof FlowError) || error.field !== undefined) throw error;
    throw invalid(place.field, error.message);
  }
}

/** Says where in the settings a value could not be made. */
function placed<T>(place: Place, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof TerminalError) || error.field !== undefined) throw error;
    throw new TerminalError(error.code, `${place.field}: ${error.message}`, { field: place.field, cause: error });
  }
}

/** A template's value: what its one binding gives, or the text with values put in. */
export function compileField(text: string, place: Place): Fill<unknown> {
  if (!isBound(text)) return () => text;
  const read = readerOf(text, place);
  return (names) => placed(place, () => read(scopeOf(names)));
}

/** As `compileField` where there is a template. */
export function compileOptional(text: string | undefined, place: Place): Fill<unknown> {
  return text === undefined ? () => undefined : compileField(text, place);
}

/** Whether a part of the settings reads a value, such as `page.number`. */
export function mentions(value: unknown, ...path: readonly string[]): boolean {
  if (typeof value === 'string') {
    if (!isBound(value)) return false;
    return compileText(value).paths.some((found) => path.every((part, index) => found[index] === part));
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).some((inner) => mentions(inner, ...path));
}

/** The first name after `body` that a template reads: the root of a document in XML. */
export function rootOf(text: string): string | undefined {
  const [path] = isBound(text) ? compileText(text).paths : [];
  return path?.[0] === 'body' && typeof path[1] === 'string' ? path[1] : undefined;
}

const BINDING = /\{\{.*?\}\}/gs;

/** A path whose values stay within their segment; throws TerminalError naming the setting when one is empty or climbs. */
export function compilePath(text: string, place: Place): Fill<string> {
  if (/^[a-z][a-z0-9+.-]*:|^\/\/|[\\#]/i.test(text)) {
    throw invalid(place.field, 'must be a path below the base address, such as orders');
  }
  if (text.includes('?')) throw invalid(place.field, 'takes no “?”: what follows it belongs to query');
  const fixed = text.split(BINDING);
  const bound = (text.match(BINDING) ?? []).map((binding) => readerOf(binding, place));
  return (names) =>
    fixed.reduce((path, part, index) => {
      const value = bound[index - 1]?.(scopeOf(names));
      return index === 0 ? part : `${path}${segment(value, place)}${part}`;
    }, '');
}

function segment(value: unknown, place: Place): string {
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  if (text === '') {
    throw new TerminalError('BINDING_MISSING', `${place.field}: a value for the path is empty`, { field: place.field });
  }
  if (/^\.\.?$/.test(text) || !text.isWellFormed()) {
    throw new TerminalError('INPUT_INVALID', `“${text.slice(0, 40)}” cannot stand in a path`, { field: place.field });
  }
  return encodeURIComponent(text);
}

const LIST = '$list';
const ListForm = z.strictObject({
  [LIST]: Template,
  $as: z
    .string()
    .regex(/^[a-z][A-Za-z0-9]{0,30}$/)
    .default('item'),
  $item: z.json(),
});
const WhenForm = z.strictObject({ $when: Template, $then: z.json(), $else: z.json().optional() });

/**
 * A body: JSON whose strings may hold bindings; a value that is absent leaves its key out. `{ "$list": "{{ order.lines }}",
 * "$as": "line", "$item": … }` makes a list of one `$item` for each entry, `{ "$when": …, "$then": …, "$else": … }` one of two.
 */
export function compileBody(value: Json, place: Place): Fill<Json | undefined> {
  const read = bodyReader(value, place);
  return (names) => placed(place, () => read(scopeOf(names)) as Json | undefined);
}

function bodyReader(value: Json, place: Place): Reader {
  return compileTree(value, (leaf) => {
    if (typeof leaf === 'string') return isBound(leaf) ? readerOf(leaf, place) : undefined;
    if (typeof leaf !== 'object' || leaf === null || Array.isArray(leaf)) return undefined;
    if (Object.hasOwn(leaf, LIST)) return listReader(leaf, place);
    if (Object.hasOwn(leaf, '$when')) return choiceReader(leaf, place);
    return undefined;
  }).read;
}

function listReader(leaf: object, place: Place): Reader {
  const form = shaped(ListForm, leaf, place);
  const list = readerOf(form[LIST], place);
  const item = bodyReader(form.$item as Json, { ...place, names: [...place.names, form.$as] });
  return (scope) => {
    const entries = list(scope) ?? [];
    if (!Array.isArray(entries)) throw new TerminalError('INPUT_INVALID', `${form[LIST]} is no list`);
    return entries.map((entry: unknown) => item({ ...scope, input: { ...scope.input, [form.$as]: entry } }) ?? null);
  };
}

function choiceReader(leaf: object, place: Place): Reader {
  const form = shaped(WhenForm, leaf, place);
  const when = readerOf(form.$when, place);
  const yes = bodyReader(form.$then as Json, place);
  const no = form.$else === undefined ? () => undefined : bodyReader(form.$else as Json, place);
  return (scope) => (when(scope) ? yes(scope) : no(scope));
}

function shaped<T extends z.ZodType>(form: T, value: unknown, place: Place): z.output<T> {
  const read = form.safeParse(value);
  if (read.success) return read.data;
  const issue = read.error.issues[0];
  throw invalid([place.field, ...(issue?.path ?? [])].join('.'), issue?.message ?? 'has the wrong shape');
}

/** The list a template finds in an answer; RetryableError TARGET_ANSWER_INVALID naming the setting when there is none. */
export function listIn(value: unknown, field: string): readonly Json[] {
  if (Array.isArray(value)) return value as readonly Json[];
  throw unreadable(field, 'is no list in the answer');
}

export function unreadable(field: string, message: string): RetryableError {
  return new RetryableError('TARGET_ANSWER_INVALID', `${field} ${message}`, { field });
}
