import { CircleX, Eye, EyeOff } from 'lucide-react';
import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface FieldProps {
  readonly name: string;
  readonly label: string;
  readonly error?: string | undefined;
  readonly help?: string | undefined;
  readonly autoComplete: string;
  readonly maxLength?: number;
  /** What stands there at first. */
  readonly value?: string;
  readonly type?: 'text' | 'email';
  readonly inputMode?: 'numeric';
  /** At the end of the label's line. */
  readonly aside?: ReactNode;
  readonly focus?: boolean;
}

function Below({ id, error, help }: { readonly id: string } & Pick<FieldProps, 'error' | 'help'>) {
  if (error)
    return (
      <p id={id} role="alert" className="text-xs text-danger">
        {error}
      </p>
    );
  return help ? (
    <p id={id} className="text-xs text-muted">
      {help}
    </p>
  ) : null;
}

function Label({ id, label, aside }: { readonly id: string } & Pick<FieldProps, 'label' | 'aside'>) {
  return (
    <div className="flex justify-between gap-3">
      <label htmlFor={id}>{label}</label>
      {aside}
    </div>
  );
}

/** A line of text in a form that is read when it is sent. */
export function TextField({ name, label, error, help, value, aside, focus, ...rest }: FieldProps) {
  const below = useId();
  return (
    <div className="field">
      <Label id={name} label={label} aside={aside} />
      <input
        // biome-ignore lint/a11y/noAutofocus: the page's first field, on pages that are nothing but a form
        autoFocus={focus}
        id={name}
        name={name}
        className="input"
        defaultValue={value}
        {...rest}
        aria-invalid={error !== undefined}
        aria-describedby={error || help ? below : undefined}
      />
      <Below id={below} error={error} help={help} />
    </div>
  );
}

/** A password that can be shown. */
export function PasswordField({ name, label, error, help, autoComplete, aside, focus }: FieldProps) {
  const { t } = useTranslation();
  const [shown, setShown] = useState(false);
  const below = useId();
  return (
    <div className="field">
      <Label id={name} label={label} aside={aside} />
      <div className="input" aria-invalid={error !== undefined}>
        <input
          // biome-ignore lint/a11y/noAutofocus: the page's first field, on pages that are nothing but a form
          autoFocus={focus}
          id={name}
          name={name}
          type={shown ? 'text' : 'password'}
          autoComplete={autoComplete}
          maxLength={200}
          aria-invalid={error !== undefined}
          aria-describedby={error || help ? below : undefined}
        />
        <button
          type="button"
          className="-mr-1 p-1 text-muted hover:text-text"
          aria-label={shown ? t('shell.signIn.hide') : t('shell.signIn.show')}
          onClick={() => setShown(!shown)}
        >
          {shown ? <EyeOff className="i" aria-hidden /> : <Eye className="i" aria-hidden />}
        </button>
      </div>
      <Below id={below} error={error} help={help} />
    </div>
  );
}

/** What is wrong with a form as a whole. */
export function FormError({ text }: { readonly text: string }) {
  return (
    <p role="alert" className="note bad">
      <CircleX className="i" aria-hidden />
      {text}
    </p>
  );
}
