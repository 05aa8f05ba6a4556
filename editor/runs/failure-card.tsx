import { ChevronRight } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Failure } from '#runtime/error.ts';
import { usePreferences } from '../state/preferences.ts';
import { JsonTree } from '../ui/json-tree.tsx';
import { failureWords } from './failure-words.ts';

/** The third layer, folded: code, the other system's own words, facts for support. */
export function Technical({
  failure,
  reference,
}: {
  readonly failure: Failure;
  readonly reference?: string | undefined;
}) {
  const { t } = useTranslation();
  return (
    <details className="technical">
      <summary>
        <ChevronRight className="i i-14" aria-hidden />
        {t('runs.technical')} <span className="mono">{failure.code}</span>
      </summary>
      <dl className="facts code mt-1! mb-2">
        <dt>{t('runs.message')}</dt>
        <dd className="whitespace-pre-wrap">{failure.message}</dd>
        {failure.field && (
          <>
            <dt>{t('runs.field')}</dt>
            <dd>{failure.field}</dd>
          </>
        )}
        {reference && (
          <>
            <dt>{t('runs.reference')}</dt>
            <dd>{reference}</dd>
          </>
        )}
      </dl>
      {failure.details && <JsonTree value={failure.details} openTo={2} />}
    </details>
  );
}

interface FailureCardProps {
  readonly failure: Failure;
  readonly held: boolean;
  /** Where it happened: step and system. */
  readonly where: string | undefined;
  readonly reference?: string | undefined;
  readonly lead?: string | undefined;
  readonly children?: ReactNode;
}

/** The sentence first, then what to do, then the ways to do it; the rest is folded. */
export function FailureCard({ failure, held, where, reference, lead, children }: FailureCardProps) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const { what, next } = failureWords(failure, language);
  return (
    <section className={`fix ${held ? 'held' : ''}`} aria-label={t('runs.what')}>
      {where && <p className="mb-1 text-xs text-muted">{where}</p>}
      <p className="text-lg font-semibold tracking-[-0.011em]">{what}</p>
      <p className="mt-0.5 text-sm text-muted">{lead ?? next}</p>
      {failure.code !== 'OUTCOME_UNKNOWN' && failure.message !== '' && (
        <p className="quoted mt-2">
          {failure.message}
          {failure.field && <span className="mono text-muted"> {failure.field}</span>}
        </p>
      )}
      {children && <div className="mt-3.5 flex flex-wrap gap-2">{children}</div>}
      <div className="mt-3">
        <Technical failure={failure} reference={reference} />
      </div>
    </section>
  );
}
