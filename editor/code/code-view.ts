import { closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { json, jsonParseLinter } from '@codemirror/lang-json';
import { bracketMatching, foldGutter, foldKeymap, indentOnInput } from '@codemirror/language';
import { type Diagnostic, linter, lintGutter, lintKeymap } from '@codemirror/lint';
import { highlightSelectionMatches, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension, StateEffect } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type ViewUpdate,
} from '@codemirror/view';
import { codeTheme } from './code-theme.ts';
import { jsonPlace } from './json-place.ts';
import { swedishPhrases } from './phrases.ts';
import { scriptSupport } from './script-support.ts';

/** Something wrong at a line, counted from 1, or at a path within JSON. */
export interface CodeProblem {
  readonly message: string;
  readonly line?: number;
  readonly column?: number;
  readonly path?: readonly PropertyKey[];
}

export interface CodeViewOptions {
  readonly parent: ShadowRoot;
  readonly label: string;
  readonly language: 'typescript' | 'json';
  readonly swedish: boolean;
  readonly text: string;
  readonly readOnly: boolean;
  /** Asked again at every look: the newest. */
  readonly types: () => string;
  readonly problems: (text: string) => readonly CodeProblem[];
  readonly onChange: (text: string) => void;
}

export interface CodeView {
  readonly view: EditorView;
  close(): void;
}

function diagnosticAt(state: EditorState, { message, line, column = 1, path }: CodeProblem): Diagnostic {
  if (path) return { ...jsonPlace(state, path), severity: 'error', message };
  const at = state.doc.line(Math.min(Math.max(1, line ?? 1), state.doc.lines));
  const from = Math.min(at.from + column - 1, at.to);
  return { from, to: at.to, severity: 'error', message };
}

const LOOK_AGAIN = StateEffect.define<null>();

/** Has the text looked at once more: what it is judged by has changed. */
export const lookAgain = (view: EditorView): void => view.dispatch({ effects: LOOK_AGAIN.of(null) });

const needsRefresh = ({ transactions }: ViewUpdate): boolean =>
  transactions.some(({ effects }) => effects.some((effect) => effect.is(LOOK_AGAIN)));

function jsonSupport(options: CodeViewOptions): Extension {
  const parse = jsonParseLinter();
  return [
    json(),
    linter(
      (view) => {
        const broken = parse(view);
        const text = view.state.doc.toString();
        return broken.length > 0 ? broken : options.problems(text).map((each) => diagnosticAt(view.state, each));
      },
      { delay: 300, needsRefresh },
    ),
  ];
}

/** Keeps the styles within the editor's own root, where they are sheets and not elements, so that no page policy is in their way. */
export function openCodeView(options: CodeViewOptions): CodeView {
  let view: EditorView | undefined;
  const script =
    options.language === 'typescript' && !options.readOnly
      ? scriptSupport(options.types, needsRefresh, () => {
          const { state } = view as EditorView;
          return options.problems(state.doc.toString()).map((each) => diagnosticAt(state, each));
        })
      : undefined;
  const writing: Extension = options.readOnly
    ? [EditorState.readOnly.of(true)]
    : [history(), closeBrackets(), indentOnInput(), lintGutter(), highlightActiveLine()];
  view = new EditorView({
    root: options.parent,
    parent: options.parent,
    state: EditorState.create({
      doc: options.text,
      extensions: [
        options.swedish ? EditorState.phrases.of(swedishPhrases) : [],
        // the text is a stop of the keyboard by its own word, too, not only by being written in
        EditorView.contentAttributes.of({ 'aria-label': options.label, tabindex: '0' }),
        EditorView.lineWrapping,
        lineNumbers(),
        foldGutter(),
        highlightSpecialChars(),
        drawSelection(),
        bracketMatching(),
        highlightSelectionMatches(),
        writing,
        script?.extensions ?? (options.language === 'json' ? jsonSupport(options) : []),
        keymap.of([
          ...closeBracketsKeymap,
          ...defaultKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...foldKeymap,
          ...completionKeymap,
          ...lintKeymap,
          // Escape and then Tab leaves the editor
          indentWithTab,
        ]),
        codeTheme,
        EditorView.updateListener.of((update) => {
          if (update.docChanged) options.onChange(update.state.doc.toString());
        }),
      ],
    }),
  });
  return {
    view,
    close: () => {
      script?.close();
      view.destroy();
    },
  };
}
