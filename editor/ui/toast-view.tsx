import { Toast } from '@base-ui/react/toast';
import { CircleCheck, CircleX, X } from 'lucide-react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { type Notice, notices } from './notices.ts';

const SHORT_MS = 5000;
const LONG_MS = 10_000;

const manager = Toast.createToastManager();

function show({ type, title, action }: Notice): void {
  const id = manager.add({
    type,
    title,
    priority: type === 'failed' ? 'high' : 'low',
    timeout: type === 'failed' || action ? LONG_MS : SHORT_MS,
    ...(action
      ? {
          actionProps: {
            children: action.label,
            onClick: () => {
              manager.close(id);
              action.run();
            },
          },
        }
      : {}),
  });
}

function List() {
  const { t } = useTranslation();
  const waiting = useStore(notices, (state) => state.waiting);
  const { toasts } = Toast.useToastManager();
  useEffect(() => {
    if (waiting.length === 0) return;
    notices.setState({ waiting: [] });
    for (const notice of waiting) show(notice);
  }, [waiting]);
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      {toast.type === 'failed' ? (
        <CircleX className="i mt-0.5 text-danger" aria-hidden />
      ) : (
        <CircleCheck className="i mt-0.5 text-success" aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        <Toast.Title className="text-sm font-semibold" />
        <Toast.Action className="link mt-1" />
      </div>
      <Toast.Close className="btn ghost icon s28 -my-1 -mr-1" aria-label={t('shell.close')}>
        <X className="i i-14" aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** Shows notices in the corner, at most three at once. */
export function ToastView() {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
