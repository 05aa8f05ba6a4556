import { Dialog } from '@base-ui/react/dialog';
import { useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { SessionAnswer, SessionTenant } from '#runtime/people.ts';
import { Rail } from './rail.tsx';

interface DrawerProps {
  readonly tenant: SessionTenant;
  readonly session: SessionAnswer;
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** The menu of a narrow page; it closes when it has led somewhere. Fetched when it is first opened. */
export function Drawer({ tenant, session, open, onOpenChange }: DrawerProps) {
  const { t } = useTranslation();
  const href = useRouterState({ select: (state) => state.location.href });
  const shown = useRef(href);
  useEffect(() => {
    if (shown.current !== href) onOpenChange(false);
    shown.current = href;
  }, [href, onOpenChange]);
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="drawer" aria-label={t('shell.mainMenu')}>
          <Rail tenant={tenant} session={session} />
          <Dialog.Close className="sr-only">{t('shell.closeMenu')}</Dialog.Close>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
