import { TerminalError } from './error.ts';
import type { Json, JsonObject } from './json.ts';
import type { GuestHouse, Program } from './sandbox.ts';

/** A config value worked out by a JSONata expression over the step's inputs and `params`: `{ "$expr": "$sum(order.lines.total)" }`. */
const EXPRESSION = '$expr';
const MOST_LETTERS = 4000;
const MOST_EXPRESSIONS = 100;
const PLAIN = /^\s*[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*\s*$/;
/** Words that are no field to JSONata. */
const NO_FIELD = new Set(['true', 'false', 'null', 'and', 'or', 'in', 'function', '__proto__']);

const program: Program = { name: 'expressions', language: 'jsonata', source: '' };

export function isExpression(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, EXPRESSION);
}

/** The expression of a form; throws TerminalError CONFIG_INVALID where it has another shape. */
export function readExpression(form: JsonObject): string {
  const { [EXPRESSION]: source, ...more } = form;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined)
    throw new TerminalError('CONFIG_INVALID', `${unknown} does not belong beside ${EXPRESSION}`);
  if (typeof source !== 'string' || source.trim() === '')
    throw new TerminalError('CONFIG_INVALID', `${EXPRESSION} must be an expression`);
  if (source.length > MOST_LETTERS)
    throw new TerminalError('CONFIG_INVALID', `${EXPRESSION} is longer than ${MOST_LETTERS} letters`);
  return source;
}

/** Every expression of a config, with the config path it stands at. */
export function expressionsOf(
  value: Json,
  at: readonly (string | number)[] = [],
): { readonly at: readonly (string | number)[]; readonly form: JsonObject }[] {
  if (typeof value !== 'object' || value === null) return [];
  if (isExpression(value)) return [{ at, form: value }];
  return Array.isArray(value)
    ? value.flatMap((item: Json, index) => expressionsOf(item, [...at, index]))
    : Object.entries(value).flatMap(([key, part]) => expressionsOf(part, [...at, key]));
}

/** The fields of an expression that is a plain path, which the sandbox need not be asked about; null for any other. */
export function plainPath(source: string): readonly string[] | null {
  if (!PLAIN.test(source)) return null;
  const path = source.trim().split('.');
  return path.some((name) => NO_FIELD.has(name)) ? null : path;
}

function fieldOf(value: unknown, name: string): unknown {
  if (Array.isArray(value))
    return unwrapped(
      value.flatMap((item: unknown) => {
        const found = fieldOf(item, name);
        return found === undefined ? [] : found;
      }),
    );
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Record<string, unknown>)[name];
}

function unwrapped(sequence: readonly unknown[]): unknown {
  return sequence.length > 1 ? sequence : sequence[0];
}

/** A plain path as JSONata reads it: through lists, and what is one alone stands for itself. */
export function readPlain(path: readonly string[], values: unknown): unknown {
  let sequence: readonly unknown[] = [values];
  for (const [index, name] of path.entries()) {
    const found = sequence.flatMap((item) => {
      const value = fieldOf(item, name);
      return value === undefined ? [] : [value];
    });
    if (index === path.length - 1 && found.length === 1) return found[0];
    sequence = found.flat();
  }
  return unwrapped(sequence);
}

/** The expressions of a step's config that only the sandbox can work out, each once. Throws where one cannot be read. */
export function guestExpressions(config: Json): readonly string[] {
  const sources = new Set(expressionsOf(config).map(({ form }) => readExpression(form)));
  const left = [...sources].filter((source) => plainPath(source) === null);
  if (left.length > MOST_EXPRESSIONS)
    throw new TerminalError('CONFIG_INVALID', `a step can have ${MOST_EXPRESSIONS} expressions at most`);
  return left;
}

interface Evaluation {
  readonly tenant: number;
  readonly expressions: readonly string[];
  readonly values: Readonly<Record<string, unknown>>;
  readonly now: number;
  readonly signal: AbortSignal;
}

/** Works out all expressions of a step in one crossing; undefined where one finds nothing. Rejects as `Sandbox.run` does. */
export async function evaluate(
  guests: GuestHouse | undefined,
  { tenant, expressions, values, now, signal }: Evaluation,
): Promise<ReadonlyMap<string, unknown>> {
  if (!guests) throw new TerminalError('SANDBOX_DOWN', 'there is no sandbox here for expressions');
  const input = { expressions, values: values as JsonObject };
  const named: Program = { ...program, name: `expressions ${expressions.join(' ; ').slice(0, 160)}` };
  const answer = await guests.sandbox.run(tenant, named, { input, facts: { now, idempotencyKey: '' } }, SILENT, signal);
  const lists = answer as readonly (readonly Json[])[];
  return new Map(expressions.map((source, index) => [source, lists[index]?.[0]]));
}

const SILENT = { log: (): void => undefined };
