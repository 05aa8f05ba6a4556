import { getRouteApi } from '@tanstack/react-router';
import { useCallback, useEffect, useRef } from 'react';
import { reveal } from './collapsing.ts';
import { chosenSteps, type Session, type SessionState } from './session.ts';

const route = getRouteApi('/a/$account/flows/$flow');

export type EditorDialog = 'publish' | 'versions';

/** The part of a session that the address tells: the outline, and the step whose panel is open. */
function addressOf(state: SessionState): { view: 'outline' | undefined; step: string | undefined } {
  const steps = chosenSteps(state);
  return {
    view: state.view === 'outline' ? 'outline' : undefined,
    step: state.panel !== null && steps.length === 1 ? steps[0] : undefined,
  };
}

/** What is seen stands in the address, so that a reload or a copied link shows it again. */
export function useAddress(session: Session): void {
  const navigate = useRef(route.useNavigate());
  const begin = useRef(route.useSearch());
  useEffect(() => {
    const { view, step } = begin.current;
    begin.current = {};
    if (view === 'outline') session.set({ view });
    if (step !== undefined && session.flow().nodes.some((node) => node.id === step)) {
      reveal(session, step);
      session.select([step]);
      session.set({ panel: {} });
    }
    let shown = addressOf(session.store.getState());
    return session.store.subscribe((state) => {
      const next = addressOf(state);
      if (next.view === shown.view && next.step === shown.step) return;
      shown = next;
      void navigate.current({ search: (before) => ({ ...before, ...next }), replace: true });
    });
  }, [session]);
}

/** The dialog that is open, as the address says. */
export function useDialogAddress(): [EditorDialog | undefined, (dialog: EditorDialog | undefined) => void] {
  const navigate = route.useNavigate();
  const { open } = route.useSearch();
  const set = useCallback(
    (dialog: EditorDialog | undefined) =>
      void navigate({
        search: (before) => ({ ...before, open: dialog, version: undefined, against: undefined }),
        replace: true,
      }),
    [navigate],
  );
  return [open, set];
}

/** Which version is looked at, and beside which other. */
export function useVersionAddress() {
  const navigate = route.useNavigate();
  const { version, against } = route.useSearch();
  const set = (next: { readonly version?: number; readonly against?: number | undefined }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return { version, against: against ?? ('draft' as const), set };
}
