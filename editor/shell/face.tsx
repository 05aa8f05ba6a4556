import { useTranslation } from 'react-i18next';
import { PersonMark } from '../ui/system-mark.tsx';

/** The person's mark and, for those who listen, the name. */
export function Face({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  return (
    <>
      <PersonMark name={name} />
      <span className="sr-only">{t('shell.you', { name })}</span>
    </>
  );
}
