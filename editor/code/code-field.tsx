import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';
import { codeTypesQuery } from '../plugins/plugin-calls.ts';
import { stepTypes } from '../plugins/plugin-types.ts';
import { useTenant } from '../shell/tenant.ts';
import { CodeEditor } from './code-editor.tsx';
import { useCodeFailure } from './code-failure.ts';
import { failedAt } from './failed-at.ts';

interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The code of a step in its form. */
export function CodeField({ label, value, onChange }: CodeFieldProps) {
  const tenant = useTenant();
  const failure = useCodeFailure();
  const problems = useCallback(() => failedAt(failure), [failure]);
  const model = useQuery(codeTypesQuery(tenant.id)).data?.text ?? '';
  return (
    <CodeEditor
      label={label}
      language="typescript"
      value={value}
      onChange={onChange}
      problems={problems}
      types={`${model}\n${stepTypes}`}
    />
  );
}
