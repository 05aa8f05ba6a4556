import { Check, Copy, KeyRound } from 'lucide-react';
import { useEffect, useId, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiTokenCreated } from '#runtime/protocol.ts';

/** The token itself, shown this once. */
export function MadeToken({ made, onDone }: { readonly made: ApiTokenCreated; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => field.current?.select(), []);
  const copy = async () => {
    field.current?.select();
    await navigator.clipboard?.writeText(made.secret);
    setCopied(true);
  };
  return (
    <section className="mx-(--inset) mb-5 flex flex-col gap-3 rounded-lg border border-border p-4" aria-labelledby={id}>
      <h2 id={id} className="flex items-center gap-2 font-semibold">
        <KeyRound className="i" aria-hidden />
        {t('tokens.madeTitle')}
      </h2>
      <p className="text-sm text-muted">{t('tokens.madeBody')}</p>
      <div className="flex flex-wrap gap-2">
        <input
          ref={field}
          readOnly
          aria-label={made.token.name}
          className="input mono min-w-0 flex-1 basis-60"
          value={made.secret}
          onFocus={(event) => event.target.select()}
        />
        <button type="button" className="btn primary" onClick={() => void copy()}>
          {copied ? <Check className="i i-14" aria-hidden /> : <Copy className="i i-14" aria-hidden />}
          {copied ? t('tokens.copied') : t('tokens.copy')}
        </button>
        <button type="button" className="btn" onClick={onDone}>
          {t('tokens.done')}
        </button>
      </div>
      <p role="status" className="sr-only">
        {copied ? t('tokens.copied') : ''}
      </p>
    </section>
  );
}
