import { z } from 'zod';
import { type Json, JsonObject } from '#runtime/json.ts';
import { PluginDocument, PluginExample, PluginNode, UnfinishedPlugin } from '#runtime/plugin.ts';
import type { Language } from '../state/preferences.ts';
import { inLanguage, problemText } from './problem-words.ts';

/** What keeps a draft from being a plugin. */
export interface DraftProblem {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

export const codeOf = (document: JsonObject): string => (typeof document['code'] === 'string' ? document['code'] : '');

/** The plugin without its code, as its author keeps it in `plugin.json`. */
export function aboutOf(document: JsonObject): JsonObject {
  const { code: _, ...about } = document;
  return about;
}

export const jsonText = (value: Json | undefined): string => JSON.stringify(value ?? {}, null, 2);

export function problemsOf(document: JsonObject, language: Language): readonly DraftProblem[] {
  const read = PluginDocument.safeParse(document, inLanguage(language));
  if (read.success) return [];
  return read.error.issues.map(({ path, message }) => ({ path, message: problemText(message, language) }));
}

/** What of a draft can be tried: all that runs must be in order, what people read need not. */
export function unfinishedOf(document: JsonObject, language: Language): UnfinishedPlugin | DraftProblem {
  const { locales: _, examples, ...working } = document;
  const whole = UnfinishedPlugin.safeParse({ ...working, examples: examplesOf(document) }, inLanguage(language));
  if (whole.success) return whole.data;
  const [issue] = whole.error.issues;
  return { path: issue?.path ?? [], message: problemText(issue?.message ?? '', language) };
}

const listAt = (document: JsonObject, name: string): readonly Json[] => {
  const value = document[name];
  return Array.isArray(value) ? value : [];
};

const readable = (example: Json): boolean => PluginExample.safeParse(example).success;

/** Those examples of a draft that can be read. */
export function examplesOf(document: JsonObject): PluginExample[] {
  return listAt(document, 'examples')
    .filter(readable)
    .map((each) => PluginExample.parse(each));
}

export function withExample(document: JsonObject, example: PluginExample): JsonObject {
  return { ...document, examples: [...listAt(document, 'examples'), JsonObject.parse(example)] };
}

/** Without the one that is at this place among those that can be read; what cannot be read stays for its author to mend. */
export function withoutExample(document: JsonObject, at: number): JsonObject {
  let place = -1;
  return {
    ...document,
    examples: listAt(document, 'examples').filter((each) => !(readable(each) && ++place === at)),
  };
}

/** Those nodes of a draft that can be read. */
export function nodesOf(document: JsonObject): PluginNode[] {
  return listAt(document, 'nodes').flatMap((each) => {
    const read = PluginNode.safeParse(each);
    return read.success ? [read.data] : [];
  });
}

const Titled = z.object({ title: z.string().min(1) });
const Titles = z.object({ locales: z.object({ en: Titled, sv: Titled }) });

/** What the plugin calls itself, or else its id. */
export function titleOf(document: JsonObject, id: string, language: Language): string {
  return Titles.safeParse(document).data?.locales[language].title ?? id;
}

export const versionOf = (document: JsonObject): string =>
  typeof document['version'] === 'string' ? document['version'] : '';

/** The same plugin, whatever order its parts stand in; defaults that were filled in make no difference. */
export function samePlugin(one: JsonObject, other: JsonObject): boolean {
  const plain = (document: JsonObject): string => {
    const read = PluginDocument.safeParse({ ...document, version: '0.0.0' });
    return JSON.stringify(sorted((read.success ? read.data : document) as Json));
  };
  return plain(one) === plain(other);
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value as JsonObject)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** `1.2.3` -> `1.2.4`, above every version there is. */
export function nextVersion(version: string, taken: readonly string[]): string {
  const partsOf = (text: string) => text.split('.').map(Number);
  const highest = [version, ...taken]
    .filter((each) => /^\d+\.\d+\.\d+$/.test(each))
    .toSorted((one, other) => {
      const [a, b] = [partsOf(one), partsOf(other)];
      return (b[0] ?? 0) - (a[0] ?? 0) || (b[1] ?? 0) - (a[1] ?? 0) || (b[2] ?? 0) - (a[2] ?? 0);
    })[0];
  if (highest === undefined) return '0.1.0';
  if (!taken.includes(highest)) return highest;
  const [major = 0, minor = 0, patch = 0] = partsOf(highest);
  return `${major}.${minor}.${patch + 1}`;
}
