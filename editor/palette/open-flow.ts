import { createStore, useStore } from 'zustand';

/** A step one can jump to. */
export interface FoundStep {
  readonly id: string;
  readonly title: string;
  /** What its node is called, where its title says something else. */
  readonly about: string;
}

/** The flow that is open on the page. */
export interface OpenFlow {
  readonly steps: () => readonly FoundStep[];
  readonly go: (step: string) => void;
}

const store = createStore<{ flow: OpenFlow | null }>(() => ({ flow: null }));

/** Lets the steps of a flow be found while it is open; answers what ends that. */
export function offerSteps(flow: OpenFlow): () => void {
  store.setState({ flow });
  return () => {
    if (store.getState().flow === flow) store.setState({ flow: null });
  };
}

export const useOpenFlow = (): OpenFlow | null => useStore(store, ({ flow }) => flow);
