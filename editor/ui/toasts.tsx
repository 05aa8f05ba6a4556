import { Toast } from '@base-ui/react/toast';
import { CircleCheck, CircleX, X } from 'lucide-react';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';

const manager = Toast.createToastManager();

interface Notice {
  readonly title: string;
  readonly detail?: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

function show(type: 'done' | 'failed', { title, detail, action }: Notice): void {
  const id = manager.add({
    type,
    title,
    priority: type === 'failed' ? 'high' : 'low',
    timeout: type === 'failed' || action ? 10_000 : 5000,
    ...(detail ? { description: detail } : {}),
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

/** Says that something worked, politely. */
export const sayDone = (notice: Notice) => show('done', notice);
/** Says that something did not, at once. */
export const sayFailed = (notice: Notice) => show('failed', notice);

function List() {
  const { t } = useTranslation();
  const { toasts } = Toast.useToastManager();
  return toasts.map((toast) => (
    <Toast.Root key={toast.id} toast={toast} className="toast">
      {toast.type === 'failed' ? (
        <CircleX className="i mt-0.5 text-danger" aria-hidden />
      ) : (
        <CircleCheck className="i mt-0.5 text-success" aria-hidden />
      )}
      <div className="min-w-0 flex-1">
        <Toast.Title className="text-sm font-semibold" />
        <Toast.Description className="text-muted" />
        <Toast.Action className="link mt-1" />
      </div>
      <Toast.Close className="btn ghost icon s28 -my-1 -mr-1" aria-label={t('shell.close')}>
        <X className="i i-14" aria-hidden />
      </Toast.Close>
    </Toast.Root>
  ));
}

/** Holds the toasts of the page. */
export function Toasts({ children }: { readonly children: ReactNode }) {
  return (
    <Toast.Provider toastManager={manager} limit={3}>
      {children}
      <Toast.Portal>
        <Toast.Viewport className="toasts">
          <List />
        </Toast.Viewport>
      </Toast.Portal>
    </Toast.Provider>
  );
}
