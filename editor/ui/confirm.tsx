import { lazy, type ReactNode, Suspense, useId, useState } from 'react';

export interface ConfirmProps {
  readonly open: boolean;
  readonly onClose: () => void;
  readonly title: string;
  readonly body: string;
  /** What the button does, verb first. */
  readonly action: string;
  readonly danger?: boolean;
  readonly busy?: boolean;
  readonly onConfirm: () => void;
  readonly children?: ReactNode;
}

const ConfirmDialog = lazy(async () => ({ default: (await import('./confirm-dialog.tsx')).ConfirmDialog }));

/** True from the first time it is open: what closes may still move out, and what was never opened is not fetched. */
export function useOpenedOnce(open: boolean): boolean {
  const [opened, setOpened] = useState(open);
  if (open && !opened) setOpened(true);
  return opened || open;
}

/** Asks before something that cannot be taken back, and says what it will do. */
export function Confirm(props: ConfirmProps) {
  return useOpenedOnce(props.open) ? (
    <Suspense fallback={null}>
      <ConfirmDialog {...props} />
    </Suspense>
  ) : null;
}

interface AskTextProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly error?: string | undefined;
  readonly maxLength: number;
}

/** A text field inside a question. */
export function AskText({ label, value, onChange, error, maxLength }: AskTextProps) {
  const id = useId();
  return (
    <div className="field mt-2">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="input"
        value={value}
        maxLength={maxLength}
        autoComplete="off"
        aria-invalid={error !== undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onChange={(event) => onChange(event.target.value)}
      />
      {error && (
        <p id={`${id}-error`} role="alert" className="text-xs text-danger">
          {error}
        </p>
      )}
    </div>
  );
}

/** Which question is open, and what was answered last. */
export function useQuestion<Name extends string>(): {
  open: Name | null;
  ask: (name: Name) => void;
  close: () => void;
} {
  const [open, setOpen] = useState<Name | null>(null);
  return { open, ask: setOpen, close: () => setOpen(null) };
}
