import { Check, Copy } from 'lucide-react';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';

/** An id that a click puts on the clipboard. */
export function CopyId({ value, what }: { readonly value: string; readonly what: string }) {
  const { t } = useTranslation();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard?.writeText(value);
    setCopied(true);
  };
  return (
    <button
      type="button"
      className="idc mono"
      title={value}
      aria-label={`${t('runs.copy', { what })}: ${value}`}
      onClick={() => void copy()}
    >
      <span className="truncate">{value}</span>
      {copied ? <Check className="i i-12 text-success" aria-hidden /> : <Copy className="i i-12" aria-hidden />}
      <span role="status" className="sr-only">
        {copied ? t('runs.copied') : ''}
      </span>
    </button>
  );
}
