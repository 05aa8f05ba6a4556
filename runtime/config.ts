import type { z } from 'zod';
import type { Reader, Scope } from './binding.ts';
import { compileFilledIn, compileTree, compileValue, isFilledIn } from './config-value.ts';
import { fieldPath, TerminalError } from './error.ts';
import type { FlowNode } from './flow.ts';
import { firstIssue } from './issue-words.ts';
import type { Json, JsonObject } from './json.ts';
import { type AnyNode, openConfig } from './node.ts';

/** Parses with the node's own schema; the error names the field as the form shows it. */
function parseConfig(node: AnyNode, id: string, value: unknown): unknown {
  const parsed = (node.config as z.ZodObject).safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = fieldPath(issue?.path ?? []);
  throw new TerminalError('CONFIG_INVALID', `${id}.${field}: ${firstIssue(parsed.error)}`, {
    field: `${id}.config.${field}`,
  });
}

/** A step's config, ready to be read in every run; a config without bindings is parsed here and now. Both throw TerminalError naming the field. */
export function compileConfig(node: AnyNode, document: FlowNode): (scope: Scope) => unknown {
  const literal = literalsOf(node, document.config);
  const { read: readOpen, bound } = compileValue(openConfig(node, document.config) as Json);
  if (!bound) {
    const constant = parseConfig(node, document.id, document.config);
    return () => constant;
  }
  const read: Reader = literal ? (scope) => ({ ...(readOpen(scope) as object), ...literal }) : readOpen;
  const parsedAnew = (scope: Scope): unknown => parseConfig(node, document.id, read(scope));
  const parsedOnce = literal ? undefined : filledForm(node, document.config as Json);
  return parsedOnce ? (scope) => parsedOnce(scope) ?? parsedAnew(scope) : parsedAnew;
}

/** The fields whose text is taken as it is; undefined for the many nodes without. */
function literalsOf(node: AnyNode, config: JsonObject): JsonObject | undefined {
  if (!node.literal) return undefined;
  return Object.fromEntries(Object.entries(config).filter(([name]) => node.literal?.includes(name)));
}

/** Stands where a bound value will be; tells when a schema looks into it. */
function createStandIn(looked: () => void): object {
  const tell =
    <Arguments extends readonly unknown[], Result>(reflect: (...given: Arguments) => Result) =>
    (...given: Arguments): Result => {
      looked();
      return reflect(...given);
    };
  return new Proxy(
    {},
    {
      get: tell(Reflect.get),
      has: tell(Reflect.has),
      ownKeys: tell(Reflect.ownKeys),
      getPrototypeOf: tell(Reflect.getPrototypeOf),
      getOwnPropertyDescriptor: tell(Reflect.getOwnPropertyDescriptor),
    },
  );
}

/** The config with a stand-in of one kind wherever a value is filled in. */
function withStandIns(config: Json, standInFor: (part: string | JsonObject) => unknown): unknown {
  return compileTree(config, (part) => {
    if (!isFilledIn(part)) return undefined;
    const standIn = standInFor(part);
    return () => standIn;
  }).read({ input: {}, params: {}, step: () => undefined });
}

/**
 * Where the schema takes every bound value as it is, the config is parsed once, with stand-ins, and only filled in run by run.
 * Undefined when the schema looks at any of them, by kind or by content. The reader answers undefined when a value is absent,
 * since only the schema knows what that means.
 */
function filledForm(node: AnyNode, config: Json): Reader | undefined {
  let seen = false;
  const readers = new Map<unknown, Reader>();
  const probes: ((part: string | JsonObject) => unknown)[] = [
    () => null,
    () => Symbol('stand-in'),
    (part) => {
      const standIn = createStandIn(() => {
        seen = true;
      });
      readers.set(standIn, compileFilledIn(part));
      return standIn;
    },
  ];
  let form: unknown;
  for (const probe of probes) {
    const parsed = (node.config as z.ZodObject).safeParse(withStandIns(config, probe));
    if (!parsed.success || seen) return undefined;
    form = parsed.data;
  }
  return formReader(form, readers);
}

function formReader(form: unknown, readers: ReadonlyMap<unknown, Reader>): Reader | undefined {
  let absent = false;
  let used = 0;
  const { read } = compileTree(form, (part) => {
    const reader = readers.get(part);
    if (!reader) return undefined;
    used++;
    return (scope) => {
      const value = reader(scope);
      if (value === undefined) absent = true;
      return value;
    };
  });
  // a schema that drops or doubles a value has more to say than where it stands
  if (used !== readers.size) return undefined;
  return (scope) => {
    absent = false;
    const filled = read(scope);
    return absent ? undefined : filled;
  };
}
