import { useQuery } from '@tanstack/react-query';
import { codeTypesQuery } from '../plugins/plugin-calls.ts';
import { stepTypes } from '../plugins/plugin-types.ts';
import { useTenant } from '../shell/tenant.ts';
import { CodeEditor } from './code-editor.tsx';

interface CodeFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

/** The code of a step in its form. */
export function CodeField({ label, value, onChange }: CodeFieldProps) {
  const tenant = useTenant();
  const model = useQuery(codeTypesQuery(tenant.id)).data?.text ?? '';
  return (
    <CodeEditor
      label={label}
      language="typescript"
      value={value}
      onChange={onChange}
      types={`${model}\n${stepTypes}`}
    />
  );
}
