import { TerminalError } from './error.ts';
import { type Transform, transforms } from './transform.ts';

/** What a binding reads, for `check`: `['order', 'customer', 'email']`. */
export type BindingPath = readonly (string | number)[];

/** What stands before a pipe or between its brackets: a field, or a value written out. */
export type Operand = { readonly path: BindingPath } | { readonly value: string | number | boolean | null };

/** One binding, read: a field or value and the transforms it goes through. */
export interface BindingForm {
  readonly subject: Operand;
  readonly pipes: readonly { readonly name: string; readonly args: readonly Operand[] }[];
}

const MAX_PIPES = 20;

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

/** `path | transform(arg, …) | …`: no operators, no calls, nothing that runs. Throws TerminalError CONFIG_INVALID naming the place. */
export function readBinding(source: string): BindingForm {
  const cursor = cursorOver(source);
  const subject = operand(cursor);
  const pipes: BindingForm['pipes'][number][] = [];
  while (cursor.is('|')) {
    if (pipes.length === MAX_PIPES) cursor.refuse(`more than ${MAX_PIPES} transforms`);
    cursor.take('|');
    pipes.push(pipe(cursor));
  }
  if (cursor.peek().kind !== 'end') cursor.refuse('the end is expected');
  return { subject, pipes };
}

function pipe(cursor: Cursor): BindingForm['pipes'][number] {
  const { kind, value: name } = cursor.take();
  const transform: Transform | undefined = Object.hasOwn(transforms, name) ? transforms[name] : undefined;
  if (kind !== 'name' || !transform) return cursor.refuse(`there is no transform “${name}”`);
  const args: Operand[] = [];
  if (cursor.is('(')) {
    cursor.take('(');
    while (!cursor.is(')')) {
      args.push(operand(cursor));
      if (!cursor.is(')')) cursor.take(',');
    }
    cursor.take(')');
  }
  const [least, most] = transform.args;
  if (args.length < least || args.length > most) cursor.refuse(`${name} takes ${least} to ${most} values`);
  return { name, args };
}

const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ['true', true],
  ['false', false],
  ['null', null],
]);

function operand(cursor: Cursor): Operand {
  const token = cursor.peek();
  if (token.kind === 'text') return { value: cursor.take().value };
  if (token.kind === 'number') return { value: Number(cursor.take().value) };
  if (token.kind !== 'name') cursor.refuse('a field or a value is expected');
  const word = WORDS.get(token.value);
  if (word !== undefined) {
    cursor.take();
    return { value: word };
  }
  const path = pathOf(cursor);
  if (path[0] === 'steps' && (typeof path[1] !== 'string' || typeof path[2] !== 'string'))
    cursor.refuse('another step is read as steps.<step>.<port>');
  return { path };
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

const PLAIN = /^[A-Za-z_][A-Za-z0-9_-]*$/;

function quoted(text: string): string {
  return `"${text.replace(/["\\\n}]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`))}"`;
}

/** `['lines', 0, 'sku']` as a binding writes it: `lines[0].sku`. */
export function writePath(path: BindingPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      if (!PLAIN.test(part)) return `[${quoted(part)}]`;
      return index === 0 ? part : `.${part}`;
    })
    .join('');
}

function writeOperand(operand: Operand): string {
  if ('path' in operand) return writePath(operand.path);
  return typeof operand.value === 'string' ? quoted(operand.value) : String(operand.value);
}

/** The binding as text, without its braces; `readBinding` reads the same from it. */
export function writeBinding({ subject, pipes }: BindingForm): string {
  const piped = pipes.map(({ name, args }) =>
    args.length === 0 ? name : `${name}(${args.map(writeOperand).join(', ')})`,
  );
  return [writeOperand(subject), ...piped].join(' | ');
}
