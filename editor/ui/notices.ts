import { createStore } from 'zustand';

export interface Notice {
  readonly type: 'done' | 'failed';
  readonly title: string;
  readonly action?: { readonly label: string; readonly run: () => void };
}

/** Notices said and not yet shown; the part that shows them is fetched with the first one. */
export const notices = createStore<{ readonly waiting: readonly Notice[]; readonly wanted: boolean }>(() => ({
  waiting: [],
  wanted: false,
}));

function say(notice: Notice): void {
  notices.setState(({ waiting }) => ({ waiting: [...waiting, notice], wanted: true }));
}

/** Says that something worked, politely. */
export const sayDone = (notice: Omit<Notice, 'type'>) => say({ ...notice, type: 'done' });
/** Says that something did not, at once. */
export const sayFailed = (notice: Omit<Notice, 'type'>) => say({ ...notice, type: 'failed' });
