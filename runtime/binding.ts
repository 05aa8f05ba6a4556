import { TerminalError } from './error.ts';
import type { JsonObject } from './json.ts';
import { type Transform, transforms } from './transform.ts';

/** Where a binding's first name is looked up: the step's input ports, `params`, or `steps.<id>.<port>`. */
export interface Scope {
  readonly input: Readonly<Record<string, unknown>>;
  readonly params: JsonObject;
  step(id: string, port: string): unknown;
  /** What the sandbox made of an expression of the step. */
  expression?(source: string): unknown;
}

/** A compiled config value; undefined where a path leads nowhere. */
export type Reader = (scope: Scope) => unknown;

/** What a binding reads, for `check`: `['order', 'customer', 'email']`. */
export type BindingPath = readonly (string | number)[];

const MAX_PIPES = 20;
const OPEN = '{{';

/** Whether a string holds a binding. */
export function isBound(text: string): boolean {
  return text.includes(OPEN);
}

interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'punctuation' | 'end';
  readonly value: string;
  readonly at: number;
}

const TOKEN = /\s*(?:([A-Za-z_][A-Za-z0-9_-]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(-?\d+(?:\.\d+)?)|([.|(),[\]]))/y;

function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  const end = source.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(source);
    if (!match)
      throw new TerminalError(
        'CONFIG_INVALID',
        `the binding {{${source}}} cannot be read at “${source.slice(at, at + 10)}”`,
      );
    const [, name, text, number, punctuation] = match;
    if (name !== undefined) tokens.push({ kind: 'name', value: name, at });
    else if (text !== undefined) tokens.push({ kind: 'text', value: unquote(text), at });
    else if (number !== undefined) tokens.push({ kind: 'number', value: number, at });
    else tokens.push({ kind: 'punctuation', value: punctuation ?? '', at });
  }
  tokens.push({ kind: 'end', value: '', at: end });
  return tokens;
}

function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

/** The tokens of one binding, taken from the left; `refuse` names the place. */
interface Cursor {
  peek(): Token;
  is(punctuation: string): boolean;
  take(punctuation?: string): Token;
  refuse(why: string): never;
}

function cursorOver(source: string): Cursor {
  const tokens = tokenize(source);
  let next = 0;
  const peek = (): Token => tokens[next] as Token;
  const is = (value: string): boolean => peek().kind === 'punctuation' && peek().value === value;
  const refuse = (why: string): never => {
    throw new TerminalError(
      'CONFIG_INVALID',
      `the binding {{${source}}} cannot be read at position ${peek().at}: ${why}`,
    );
  };
  const take = (value?: string): Token => {
    const token = peek();
    if (value !== undefined && !is(value)) refuse(`“${value}” is expected`);
    if (token.kind !== 'end') next++;
    return token;
  };
  return { peek, is, take, refuse };
}

/** `path | transform(arg, …) | …`: no operators, no calls, nothing that runs. */
function parseBinding(source: string): { readonly read: Reader; readonly paths: readonly BindingPath[] } {
  const cursor = cursorOver(source);
  const paths: BindingPath[] = [];
  let read = operand(cursor, paths);
  for (let pipes = 1; cursor.is('|'); pipes++) {
    if (pipes > MAX_PIPES) cursor.refuse(`more than ${MAX_PIPES} transforms`);
    cursor.take('|');
    read = piped(cursor, read, paths, source);
  }
  if (cursor.peek().kind !== 'end') cursor.refuse('the end is expected');
  return { read, paths };
}

function piped(cursor: Cursor, subject: Reader, paths: BindingPath[], source: string): Reader {
  const token = cursor.take();
  const transform: Transform | undefined = Object.hasOwn(transforms, token.value) ? transforms[token.value] : undefined;
  if (token.kind !== 'name' || !transform) return cursor.refuse(`there is no transform “${token.value}”`);
  const args: Reader[] = [];
  if (cursor.is('(')) {
    cursor.take('(');
    while (!cursor.is(')')) {
      args.push(operand(cursor, paths));
      if (!cursor.is(')')) cursor.take(',');
    }
    cursor.take(')');
  }
  const [least, most] = transform.args;
  if (args.length < least || args.length > most) cursor.refuse(`${token.value} takes ${least} to ${most} values`);
  return (scope) => {
    const values = args.map((arg) => arg(scope));
    try {
      return transform.apply(subject(scope), ...values);
    } catch (error) {
      if (error instanceof TerminalError) throw error;
      throw new TerminalError(
        'INPUT_INVALID',
        `${token.value} in {{${source}}}: ${error instanceof Error ? error.message : 'failed'}`,
      );
    }
  };
}

function operand(cursor: Cursor, paths: BindingPath[]): Reader {
  const token = cursor.peek();
  if (token.kind === 'text') {
    cursor.take();
    return () => token.value;
  }
  if (token.kind === 'number') {
    cursor.take();
    const number = Number(token.value);
    return () => number;
  }
  if (token.kind !== 'name') cursor.refuse('a field or a value is expected');
  if (token.value === 'true' || token.value === 'false' || token.value === 'null') {
    cursor.take();
    const constant = token.value === 'null' ? null : token.value === 'true';
    return () => constant;
  }
  const path = pathOf(cursor);
  if (path[0] === 'steps' && (typeof path[1] !== 'string' || typeof path[2] !== 'string'))
    cursor.refuse('another step is read as steps.<step>.<port>');
  paths.push(path);
  return pathReader(path);
}

function pathOf(cursor: Cursor): BindingPath {
  const path: (string | number)[] = [cursor.take().value];
  for (;;) {
    if (cursor.is('.')) {
      cursor.take('.');
      const part = cursor.take();
      if (part.kind === 'name') path.push(part.value);
      else if (part.kind === 'number' && /^\d+$/.test(part.value)) path.push(Number(part.value));
      else cursor.refuse('a field name is expected');
    } else if (cursor.is('[')) {
      cursor.take('[');
      const part = cursor.take();
      if (part.kind === 'number' && !part.value.includes('.')) path.push(Number(part.value));
      else if (part.kind === 'text') path.push(part.value);
      else cursor.refuse('an index or a quoted name is expected');
      cursor.take(']');
    } else return path;
  }
}

/** Reads own properties only, so that no name reaches a prototype. */
export function readPath(value: unknown, path: BindingPath, from = 0): unknown {
  let current = value;
  for (let index = from; index < path.length; index++) {
    const part = path[index] as string | number;
    if (typeof current !== 'object' || current === null) return undefined;
    if (Array.isArray(current)) {
      if (typeof part !== 'number') return undefined;
      current = current.at(part);
    } else {
      if (!Object.hasOwn(current, part)) return undefined;
      current = (current as Record<string, unknown>)[part];
    }
  }
  return current;
}

function pathReader(path: BindingPath): Reader {
  const [head, second, third] = path;
  if (head === 'params') return (scope) => readPath(scope.params, path, 1);
  if (head === 'steps') {
    return (scope) => readPath(scope.step(String(second), String(third)), path, 3);
  }
  return (scope) => readPath(scope.input, path);
}

/** One string of a config: the value itself when it is one binding and nothing else, else text with the values put in. */
export function compileText(text: string): { readonly read: Reader; readonly paths: readonly BindingPath[] } {
  const parts: (string | Reader)[] = [];
  const paths: BindingPath[] = [];
  let rest = 0;
  for (;;) {
    const open = text.indexOf(OPEN, rest);
    if (open < 0) break;
    const close = text.indexOf('}}', open);
    if (close < 0)
      throw new TerminalError('CONFIG_INVALID', `the binding in “${text.slice(open, open + 40)}” is not closed by }}`);
    if (open > rest) parts.push(text.slice(rest, open));
    const binding = parseBinding(text.slice(open + 2, close));
    parts.push(binding.read);
    paths.push(...binding.paths);
    rest = close + 2;
  }
  if (rest < text.length) parts.push(text.slice(rest));
  const [only] = parts;
  if (parts.length === 1 && typeof only === 'function') return { read: only, paths };
  return {
    read: (scope) => parts.map((part) => (typeof part === 'string' ? part : asText(part(scope)))).join(''),
    paths,
  };
}

/** How a value reads inside a sentence. */
export function asText(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
