import { ChevronDown } from 'lucide-react';
import { type ReactNode, useId } from 'react';

interface AskChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** The options. */
  readonly children: ReactNode;
}

/** A choice inside a question. */
export function AskChoice({ label, value, onChange, children }: AskChoiceProps) {
  const id = useId();
  return (
    <div className="field mt-2">
      <label htmlFor={id}>{label}</label>
      <div className="select">
        <select
          id={id}
          className="input w-full max-w-none!"
          value={value}
          onChange={(event) => onChange(event.target.value)}
        >
          {children}
        </select>
        <ChevronDown className="i i-14" aria-hidden />
      </div>
    </div>
  );
}
