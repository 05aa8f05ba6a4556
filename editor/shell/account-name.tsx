import { ChevronsUpDown } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { SystemMark } from '../ui/system-mark.tsx';

/** The account one is in, on the button that changes it. */
export function AccountName({ name }: { readonly name: string }) {
  const { t } = useTranslation();
  return (
    <>
      <span className="sr-only">{t('shell.chooseAccount')}</span>
      <SystemMark name={name} size="s" />
      <span className="min-w-0 flex-1 truncate">{name}</span>
      <ChevronsUpDown className="i i-14 text-muted" aria-hidden />
    </>
  );
}
