import '../style/code.css';
import { javascript } from '@codemirror/lang-javascript';
import { json } from '@codemirror/lang-json';
import { unifiedMergeView } from '@codemirror/merge';
import { EditorState } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { useEffect, useRef } from 'react';
import { usePreferences } from '../state/preferences.ts';
import { codeTheme } from './code-theme.ts';
import { swedishPhrases } from './phrases.ts';

interface TextDifferenceProps {
  readonly label: string;
  readonly language: 'typescript' | 'json';
  readonly before: string;
  readonly after: string;
}

/** What became of a text: lines that went, lines that came, and the rest folded away. */
export function TextDifference({ label, language, before, after }: TextDifferenceProps) {
  const { language: spoken } = usePreferences();
  const host = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const parent = element.shadowRoot ?? element.attachShadow({ mode: 'open' });
    const view = new EditorView({
      root: parent,
      parent,
      state: EditorState.create({
        doc: after,
        extensions: [
          spoken === 'sv' ? EditorState.phrases.of(swedishPhrases) : [],
          EditorState.readOnly.of(true),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.lineWrapping,
          lineNumbers(),
          language === 'json' ? json() : javascript({ typescript: true }),
          unifiedMergeView({
            original: before,
            mergeControls: false,
            highlightChanges: true,
            collapseUnchanged: { margin: 3, minSize: 6 },
          }),
          codeTheme,
        ],
      }),
    });
    return () => view.destroy();
  }, [label, language, before, after, spoken]);
  return <div ref={host} className="code-host" />;
}
