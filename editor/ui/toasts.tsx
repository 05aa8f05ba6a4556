import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { notices } from './notices.ts';

const ToastView = lazy(async () => ({ default: (await import('./toast-view.tsx')).ToastView }));

/** The toasts of the page. */
export function Toasts() {
  const wanted = useStore(notices, (state) => state.wanted);
  return wanted ? (
    <Suspense fallback={null}>
      <ToastView />
    </Suspense>
  ) : null;
}
