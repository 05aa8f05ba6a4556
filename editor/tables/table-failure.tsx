import { useTranslation } from 'react-i18next';
import { ApiError } from '../api/call.ts';
import { usePreferences } from '../state/preferences.ts';
import { knownFailure } from '../ui/known-failure.ts';

/** Why something about a table could not be done; of a file, in which line. */
export function TableFailure({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  const line = error instanceof ApiError ? /^line (\d+)/.exec(error.message)?.[1] : undefined;
  return (
    <p role="alert" className="text-sm text-danger">
      {line !== undefined && `${t('tables.line', { line })} `}
      {knownFailure(error, t('tables.failed', { returnObjects: true }), t, language)}
    </p>
  );
}
