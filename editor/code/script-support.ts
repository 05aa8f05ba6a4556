import {
  autocompletion,
  type Completion,
  type CompletionContext,
  type CompletionResult,
} from '@codemirror/autocomplete';
import { javascript } from '@codemirror/lang-javascript';
import { type Diagnostic, linter } from '@codemirror/lint';
import type { Extension } from '@codemirror/state';
import { hoverTooltip, type ViewUpdate } from '@codemirror/view';
import { createScriptService } from './script-service.ts';

const KINDS: Readonly<Record<string, string>> = {
  const: 'constant',
  let: 'variable',
  var: 'variable',
  'local var': 'variable',
  parameter: 'variable',
  function: 'function',
  'local function': 'function',
  method: 'method',
  property: 'property',
  getter: 'property',
  class: 'class',
  interface: 'interface',
  type: 'type',
  alias: 'type',
  enum: 'enum',
  keyword: 'keyword',
  string: 'text',
};

function block(text: string, className: string): HTMLElement {
  const element = document.createElement('div');
  element.className = className;
  element.textContent = text;
  return element;
}

export interface ScriptSupport {
  readonly extensions: Extension;
  close(): void;
}

/** TypeScript in the editor: suggestions, what a name is, errors while one writes. `more` are problems found elsewhere, by running. */
export function scriptSupport(
  types: () => string,
  needsRefresh: (update: ViewUpdate) => boolean,
  more: (length: number) => readonly Diagnostic[],
): ScriptSupport {
  const service = createScriptService();
  const about = (code: string) => ({ code, types: types() });

  const complete = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const word = context.matchBefore(/[\w$]*/);
    const from = word?.from ?? context.pos;
    const before = context.state.sliceDoc(Math.max(0, from - 1), from);
    if (!context.explicit && from === context.pos && before !== '.') return null;
    const code = context.state.doc.toString();
    const answer = await service.ask({ ask: 'completions', at: context.pos, ...about(code) });
    const options = (answer?.completions ?? []).map(
      ({ name, kind }): Completion => ({
        label: name,
        type: KINDS[kind] ?? 'text',
        info: async () => {
          const told = await service.ask({ ask: 'detail', at: context.pos, name, ...about(code) });
          return told?.detail ? block(told.detail, '') : null;
        },
      }),
    );
    return options.length === 0 ? null : { from, options, validFor: /^[\w$]*$/ };
  };

  return {
    extensions: [
      javascript({ typescript: true }),
      autocompletion({ override: [complete], icons: false }),
      linter(
        async ({ state }) => {
          const answer = await service.ask({ ask: 'problems', ...about(state.doc.toString()) });
          const { length } = state.doc;
          const own = (answer?.problems ?? []).map((problem) => ({
            ...problem,
            from: Math.min(problem.from, length),
            to: Math.min(problem.to, length),
          }));
          return [...own, ...more(length)];
        },
        { delay: 400, needsRefresh },
      ),
      hoverTooltip(async ({ state }, at) => {
        const answer = await service.ask({ ask: 'hint', at, ...about(state.doc.toString()) });
        const hint = answer?.hint;
        if (!hint) return null;
        return { pos: hint.from, end: hint.to, create: () => ({ dom: block(hint.text, 'cm-hint') }) };
      }),
    ],
    close: service.close,
  };
}
