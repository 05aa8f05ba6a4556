import { libraries } from 'virtual:language-libraries';
import ts from '@ts-morph/common/dist/typescript.js';
import type { ScriptAnswer, ScriptProblem, ScriptQuestion } from './script-protocol.ts';

const CODE = '/code.ts';
const TYPES = '/types.d.ts';

interface Source {
  text: string;
  version: number;
}

const sources = new Map<string, Source>();
// no DOM and no Node: the language as the sandbox speaks it
for (const [name, text] of Object.entries(libraries)) sources.set(`/${name}`, { text, version: 1 });

function put(name: string, text: string): void {
  const before = sources.get(name);
  if (before?.text !== text) sources.set(name, { text, version: (before?.version ?? 0) + 1 });
}
put(CODE, '');
put(TYPES, '');

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2024,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  moduleDetection: ts.ModuleDetectionKind.Force,
  lib: ['lib.es2024.d.ts'],
  types: [],
  strict: true,
  noImplicitAny: false,
  // types are stripped and not compiled: what would need compiling is an error
  erasableSyntaxOnly: true,
  noEmit: true,
};

const service = ts.createLanguageService({
  getScriptFileNames: () => [TYPES, CODE],
  getScriptVersion: (name) => String(sources.get(name)?.version ?? 0),
  getScriptSnapshot: (name) => {
    const source = sources.get(name);
    return source && ts.ScriptSnapshot.fromString(source.text);
  },
  getCurrentDirectory: () => '/',
  getCompilationSettings: () => options,
  getDefaultLibFileName: () => '/lib.es2024.d.ts',
  fileExists: (name) => sources.has(name),
  readFile: (name) => sources.get(name)?.text,
});

/** The code inside a call that gives its parts their types, and the way between places in both. */
interface Wrapped {
  readonly text: string;
  inside(at: number): number;
  outside(at: number): number;
}

/** `export default { … }` becomes `export default $weft({ … })`: what `input` and `ctx` are need not be written. */
function wrapped(code: string): Wrapped {
  const parsed = ts.createSourceFile(CODE, code, ts.ScriptTarget.ES2024, true);
  const offered = parsed.statements.find((each) => ts.isExportAssignment(each));
  const value = offered && ts.isObjectLiteralExpression(offered.expression) ? offered.expression : undefined;
  if (!value) return { text: code, inside: (at) => at, outside: (at) => at };
  const isOne = value.properties.some(({ name }) => name !== undefined && ts.isIdentifier(name) && name.text === 'run');
  const before = isOne ? '$weftOne(' : '$weft(';
  const start = value.getStart();
  const { end } = value;
  return {
    text: `${code.slice(0, start)}${before}${code.slice(start, end)})${code.slice(end)}`,
    inside: (at) => (at < start ? at : at + before.length + (at > end ? 1 : 0)),
    outside: (at) => {
      if (at <= start) return at;
      const shifted = Math.max(start, at - before.length);
      return shifted <= end ? shifted : Math.max(end, shifted - 1);
    },
  };
}

const SEVERITY: Readonly<Record<number, ScriptProblem['severity']>> = {
  [ts.DiagnosticCategory.Error]: 'error',
  [ts.DiagnosticCategory.Warning]: 'warning',
};

function problems({ outside }: Wrapped): ScriptProblem[] {
  const syntax = service.getSyntacticDiagnostics(CODE);
  const found = syntax.length > 0 ? syntax : service.getSemanticDiagnostics(CODE);
  return found.slice(0, 200).map(({ start = 0, length = 0, messageText, category }) => ({
    from: outside(start),
    to: outside(start + length),
    severity: SEVERITY[category] ?? 'info',
    message: ts.flattenDiagnosticMessageText(messageText, '\n'),
  }));
}

const MOST = 300;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

function completions({ inside }: Wrapped, at: number): { name: string; kind: string }[] {
  const found = service.getCompletionsAtPosition(CODE, inside(at), {});
  return (found?.entries ?? [])
    .filter(({ name }) => IDENTIFIER.test(name) && !name.startsWith('$weft'))
    .toSorted((one, other) => one.sortText.localeCompare(other.sortText))
    .slice(0, MOST)
    .map(({ name, kind }) => ({ name, kind }));
}

const plain = (parts: readonly ts.SymbolDisplayPart[] | undefined): string =>
  ts.displayPartsToString([...(parts ?? [])]);

function detail({ inside }: Wrapped, at: number, name: string): string | null {
  const found = service.getCompletionEntryDetails(CODE, inside(at), name, undefined, undefined, undefined, undefined);
  return found ? [plain(found.displayParts), plain(found.documentation)].filter(Boolean).join('\n\n') : null;
}

function hint({ inside, outside }: Wrapped, at: number): NonNullable<ScriptAnswer['hint']> | null {
  const found = service.getQuickInfoAtPosition(CODE, inside(at));
  if (!found) return null;
  const text = [plain(found.displayParts), plain(found.documentation)].filter(Boolean).join('\n\n');
  return { from: outside(found.textSpan.start), to: outside(found.textSpan.start + found.textSpan.length), text };
}

function answer(question: ScriptQuestion): Omit<ScriptAnswer, 'id'> {
  const code = wrapped(question.code);
  put(CODE, code.text);
  put(TYPES, question.types);
  switch (question.ask) {
    case 'problems':
      return { problems: problems(code) };
    case 'completions':
      return { completions: completions(code, question.at) };
    case 'detail':
      return { detail: detail(code, question.at, question.name) };
    case 'hint':
      return { hint: hint(code, question.at) };
  }
}

addEventListener('message', ({ data }: MessageEvent<ScriptQuestion>) => {
  postMessage({ id: data.id, ...answer(data) });
});
