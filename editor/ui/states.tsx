import { CircleX, type LucideIcon, RotateCw } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { usePreferences } from '../state/preferences.ts';
import { failureText } from './failure-text.ts';

interface EmptyProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly help: string;
  readonly children?: ReactNode;
}

/** Nothing to show, why, and the one thing to do about it. */
export function Empty({ icon: Icon, title, help, children }: EmptyProps) {
  return (
    <div className="flex flex-col items-center gap-1 px-6 py-16 text-center">
      <span className="mb-3 inline-flex size-12 items-center justify-center rounded-full border border-dashed border-control text-muted">
        <Icon className="i i-20" aria-hidden />
      </span>
      <p className="text-lg font-semibold">{title}</p>
      <p className="max-w-105 text-sm text-muted">{help}</p>
      {children && <div className="mt-4">{children}</div>}
    </div>
  );
}

/** What could not be fetched, and a way to ask again. */
export function Failed({ error, retry }: { readonly error: unknown; readonly retry: () => void }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <div role="alert" className="flex flex-col items-start gap-3 px-(--inset) py-6">
      <p className="note bad">
        <CircleX className="i" aria-hidden />
        {failureText(error, t, language)}
      </p>
      <button type="button" className="btn" onClick={retry}>
        <RotateCw className="i i-14" aria-hidden />
        {t('shell.retry')}
      </button>
    </div>
  );
}

/** Grey rows of the height of what is on its way. */
export function Bones({ rows = 6, height = 48 }: { readonly rows?: number; readonly height?: number }) {
  const { t } = useTranslation();
  return (
    <div role="status" className="px-(--inset) py-2">
      <span className="sr-only">{t('shell.loading')}</span>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows are alike and never change places
        <div key={row} className="flex items-center gap-4" style={{ height }}>
          <div className="bone h-4 w-1/3" />
          <div className="bone h-4 w-1/5" />
          <div className="bone ml-auto h-4 w-16" />
        </div>
      ))}
    </div>
  );
}
