import { KeyRound } from 'lucide-react';
import { useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { ApiTokenCreated } from '#runtime/protocol.ts';
import { CopyField } from '../ui/copy-field.tsx';

/** The token itself, shown this once. */
export function MadeToken({ made, onDone }: { readonly made: ApiTokenCreated; readonly onDone: () => void }) {
  const { t } = useTranslation();
  const id = useId();
  return (
    <section className="mx-(--inset) mb-5 flex flex-col gap-3 rounded-lg border border-border p-4" aria-labelledby={id}>
      <h2 id={id} className="flex items-center gap-2 font-semibold">
        <KeyRound className="i" aria-hidden />
        {t('tokens.madeTitle')}
      </h2>
      <p className="text-sm text-muted">{t('tokens.madeBody')}</p>
      <div className="flex flex-wrap gap-2">
        <CopyField label={made.token.name} value={made.secret} select />
        <button type="button" className="btn" onClick={onDone}>
          {t('tokens.done')}
        </button>
      </div>
    </section>
  );
}
