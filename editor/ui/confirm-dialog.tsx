import { Dialog } from '@base-ui/react/dialog';
import { useTranslation } from 'react-i18next';
import type { ConfirmProps } from './confirm.tsx';

/** The question itself; fetched when the first one is asked. */
export function ConfirmDialog({ open, onClose, title, body, action, danger, busy, onConfirm, children }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="scrim" />
        <Dialog.Popup className="dialog">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              if (!busy) onConfirm();
            }}
          >
            <div className="flex flex-col gap-2 p-5">
              <Dialog.Title className="text-lg font-semibold">{title}</Dialog.Title>
              <Dialog.Description className="text-base text-muted">{body}</Dialog.Description>
              {children}
            </div>
            <div className="flex flex-wrap justify-end gap-2 border-t border-border px-5 py-3">
              <Dialog.Close className="btn">{t('shell.cancel')}</Dialog.Close>
              <button type="submit" className={`btn ${danger ? 'danger' : 'primary'}`} aria-disabled={busy}>
                {action}
              </button>
            </div>
          </form>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
