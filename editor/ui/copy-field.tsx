import { Check, Copy } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';

interface CopyFieldProps {
  readonly label: string;
  readonly value: string;
  /** Selected as soon as it is there. */
  readonly select?: boolean;
}

/** A text that is shown to be taken elsewhere. */
export function CopyField({ label, value, select = false }: CopyFieldProps) {
  const { t } = useTranslation();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (select) field.current?.select();
  }, [select]);
  const copy = async () => {
    field.current?.select();
    await navigator.clipboard?.writeText(value);
    setCopied(true);
  };
  return (
    <>
      <input
        ref={field}
        readOnly
        aria-label={label}
        className="input mono min-w-0 flex-1 basis-60"
        value={value}
        onFocus={(event) => event.target.select()}
      />
      <button type="button" className="btn primary" onClick={() => void copy()}>
        {copied ? <Check className="i i-14" aria-hidden /> : <Copy className="i i-14" aria-hidden />}
        {copied ? t('tokens.copied') : t('tokens.copy')}
      </button>
      <span role="status" className="sr-only">
        {copied ? t('tokens.copied') : ''}
      </span>
    </>
  );
}
