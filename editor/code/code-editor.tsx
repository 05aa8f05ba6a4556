import '../style/code.css';
import { useEffect, useId, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../state/preferences.ts';
import { type CodeProblem, type CodeView, lookAgain, openCodeView } from './code-view.ts';

interface CodeEditorProps {
  readonly label: string;
  readonly language: 'typescript' | 'json';
  readonly value: string;
  /** Left out: the text is only read. */
  readonly onChange?: (value: string) => void;
  /** Declarations the code may use. */
  readonly types?: string;
  /** What is wrong besides what the language itself says. */
  readonly problems?: (text: string) => readonly CodeProblem[];
  readonly className?: string;
}

const none = (): readonly CodeProblem[] => [];

/** A place to write code or JSON. */
export function CodeEditor({
  label,
  language,
  value,
  onChange,
  types = '',
  problems = none,
  className = '',
}: CodeEditorProps) {
  const { t } = useTranslation();
  const { language: spoken } = usePreferences();
  const host = useRef<HTMLDivElement>(null);
  const open = useRef<CodeView>(null);
  const now = useRef({ value, onChange, types, problems });
  now.current = { value, onChange, types, problems };
  /** What was typed here and has not come back as `value` yet, oldest first. */
  const typed = useRef<string[]>([]);
  const hint = useId();
  const readOnly = onChange === undefined;

  useEffect(() => {
    const element = host.current;
    if (!element) return;
    const parent = element.shadowRoot ?? element.attachShadow({ mode: 'open', delegatesFocus: true });
    const code = openCodeView({
      parent,
      label,
      language,
      readOnly,
      swedish: spoken === 'sv',
      text: now.current.value,
      types: () => now.current.types,
      problems: (text) => now.current.problems(text),
      onChange: (text) => {
        typed.current.push(text);
        now.current.onChange?.(text);
      },
    });
    open.current = code;
    typed.current = [];
    return () => {
      open.current = null;
      code.close();
    };
  }, [label, language, readOnly, spoken]);

  // what was changed elsewhere: another revision was taken, or the form beside was filled in; what comes back of what was
  // typed here may be older than what stands here by now, and must not be put over it
  useEffect(() => {
    const back = typed.current.lastIndexOf(value);
    typed.current = typed.current.slice(back + 1);
    if (back >= 0) return;
    const view = open.current?.view;
    if (view && view.state.doc.toString() !== value)
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: value } });
    typed.current = [];
  }, [value]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: they are read anew by the look that this starts
  useEffect(() => {
    if (open.current) lookAgain(open.current.view);
  }, [types, problems]);

  return (
    <div className={`code-editor ${className}`}>
      <div ref={host} className="code-host" />
      {!readOnly && (
        <p id={hint} className="code-hint">
          {t('form.codeKeys')}
        </p>
      )}
    </div>
  );
}
