import { type BindingPath, type Operand, readBinding } from './binding-form.ts';
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

const OPEN = '{{';

/** Whether a string holds a binding. */
export function isBound(text: string): boolean {
  return text.includes(OPEN);
}

function compileBinding(source: string): { readonly read: Reader; readonly paths: readonly BindingPath[] } {
  const { subject, pipes } = readBinding(source);
  const paths: BindingPath[] = [];
  let read = compileOperand(subject, paths);
  for (const { name, args } of pipes)
    read = piped(
      read,
      name,
      args.map((arg) => compileOperand(arg, paths)),
      source,
    );
  return { read, paths };
}

function compileOperand(operand: Operand, paths: BindingPath[]): Reader {
  if ('value' in operand) return () => operand.value;
  paths.push(operand.path);
  return pathReader(operand.path);
}

function piped(subject: Reader, name: string, args: readonly Reader[], source: string): Reader {
  const transform = transforms[name] as Transform;
  return (scope) => {
    const values = args.map((arg) => arg(scope));
    try {
      return transform.apply(subject(scope), ...values);
    } catch (error) {
      if (error instanceof TerminalError) throw error;
      throw new TerminalError(
        'INPUT_INVALID',
        `${name} in {{${source}}}: ${error instanceof Error ? error.message : 'failed'}`,
      );
    }
  };
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
    const binding = compileBinding(text.slice(open + 2, close));
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
