import { Dialog } from '@base-ui/react/dialog';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface ConfirmProps {
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

/** Asks before something that cannot be taken back, and says what it will do. */
export function Confirm({ open, onClose, title, body, action, danger, busy, onConfirm, children }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!busy) onConfirm();
            }}
          >
            <div className="flex flex-col gap-2 p-5">
              <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
              <Dialog.Description className="text-base text-muted">{body}</Dialog.Description>
              {children}
            </div>
            <div className="flex flex-wrap justify-end gap-2 border-t border-border px-5 py-3">
              <Dialog.Close className="btn">{t('shell.cancel')}</Dialog.Close>
              <button type="submit" className={`btn ${danger ? 'danger' : 'primary'}`} aria-disabled={busy}>
                {action}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
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
