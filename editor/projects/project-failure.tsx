import { useTranslation } from 'react-i18next';
import { usePreferences } from '../state/preferences.ts';
import { knownFailure } from '../ui/known-failure.ts';

/** Why something about a project could not be done. */
export function ProjectFailure({ error }: { readonly error: unknown }) {
  const { t } = useTranslation();
  const { language } = usePreferences();
  return (
    <p role="alert" className="text-sm text-danger">
      {knownFailure(error, t('projects.failed', { returnObjects: true }), t, language)}
    </p>
  );
}
