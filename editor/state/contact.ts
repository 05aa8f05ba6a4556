import { createStore, useStore } from 'zustand';

/** Whether live messages arrive: `offline` only after three seconds without, so that a blink shows nothing. */
export type Contact = 'connecting' | 'live' | 'offline';

const PATIENCE_MS = 3000;
/** How often pages ask while there is no live contact. */
const POLL_MS = 5000;

const store = createStore<{ contact: Contact }>(() => ({ contact: 'connecting' }));
let patience: ReturnType<typeof setTimeout> | undefined;

export function contactMade(): void {
  clearTimeout(patience);
  patience = undefined;
  store.setState({ contact: 'live' });
}

export function contactLost(): void {
  if (store.getState().contact === 'live') store.setState({ contact: 'connecting' });
  patience ??= setTimeout(() => store.setState({ contact: 'offline' }), PATIENCE_MS);
}

/** Signed out: no contact is expected. */
export function contactEnded(): void {
  clearTimeout(patience);
  patience = undefined;
  store.setState({ contact: 'connecting' });
}

export function useContact(): Contact {
  return useStore(store, (state) => state.contact);
}

/** For a query's `refetchInterval`: polling takes over while live contact is gone. */
export function usePolling(): number | false {
  return useContact() === 'offline' ? POLL_MS : false;
}
