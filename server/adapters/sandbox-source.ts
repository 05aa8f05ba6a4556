import { stripTypeScriptTypes } from 'node:module';
import { type Node, type Program as Parsed, parse } from 'acorn';

/** Text that cannot become a program; `line` and `column` count from 1. */
export class SourceError extends Error {
  readonly line: number | undefined;
  readonly column: number | undefined;

  constructor(message: string, line?: number, column?: number) {
    super(message);
    this.name = 'SourceError';
    this.line = line;
    this.column = column;
  }
}

function read(source: string): Parsed {
  try {
    return parse(source, { ecmaVersion: 'latest', sourceType: 'module', locations: true });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw new SourceError('the code nests too deep to be read');
    const { loc } = error as SyntaxError & { loc?: { line: number; column: number } };
    throw new SourceError(error.message.replace(/ \(\d+:\d+\)$/, ''), loc?.line, loc && loc.column + 1);
  }
}

/** Without its types, everything else where it was. */
function withoutTypes(source: string): string {
  try {
    return stripTypeScriptTypes(source);
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error('the types cannot be read');
    // the stack begins with the place, the line and a mark under the sign
    const line = /^[^\n]*:(\d+)\n/.exec(stack)?.[1];
    const mark = /^[^\n]*\n[^^]*?\n( *)\^/.exec(stack)?.[1];
    throw new SourceError(
      message.split('\n')[0] ?? message,
      line === undefined ? undefined : Number(line),
      mark === undefined ? undefined : mark.length + 1,
    );
  }
}

const blank = (text: string): string => text.replace(/[^\n]/g, ' ');

/** Makes a script of a module that imports nothing and exports one thing, with every line and column where its author put it. */
function asScript(source: string, parsed: Parsed): string {
  let script = source;
  let tail = '';
  for (const statement of parsed.body) {
    if (statement.type === 'ImportDeclaration' || statement.type === 'ExportAllDeclaration')
      throw refused('code in the sandbox can import nothing', statement);
    if (statement.type === 'ExportNamedDeclaration') throw refused('only “export default” is taken', statement);
    if (statement.type !== 'ExportDefaultDeclaration') continue;
    const { declaration } = statement;
    const head = source.slice(statement.start, declaration.start);
    const named = 'id' in declaration && declaration.id ? declaration.id.name : undefined;
    const isDeclaration = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
    if (isDeclaration && named !== undefined) {
      script = script.slice(0, statement.start) + blank(head) + script.slice(declaration.start);
      tail = `\n;globalThis.$offered = ${named};`;
    } else {
      // the shortest name there is room for in place of “export default”
      const put = head.includes('\n') ? `$offered = ${head.replace(/[^\n]/g, '')}` : '$offered = '.padEnd(head.length);
      script = script.slice(0, statement.start) + put + script.slice(declaration.start);
      tail = '\n;';
    }
  }
  return `${script}${tail}`;
}

function refused(message: string, { loc }: Node): SourceError {
  return new SourceError(message, loc?.start.line, loc ? loc.start.column + 1 : undefined);
}

/** The author's text as a script that leaves what it offers in `$offered` or in a function `run`. Throws SourceError. */
export function scriptOf(source: string): string {
  let plain = source;
  let parsed: Parsed;
  try {
    parsed = read(source);
  } catch (first) {
    plain = withoutTypes(source);
    if (plain === source) throw first;
    parsed = read(plain);
  }
  return asScript(plain, parsed);
}
