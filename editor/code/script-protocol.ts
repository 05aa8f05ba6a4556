/** What the editor asks of the worker that knows TypeScript; each question carries the code it is about. */
export type ScriptQuestion = {
  readonly id: number;
  readonly code: string;
  /** Declarations the code may use: the commerce model, `ctx`, the plugin's own ports. */
  readonly types: string;
} & (
  | { readonly ask: 'problems' }
  | { readonly ask: 'completions' | 'hint'; readonly at: number }
  | { readonly ask: 'detail'; readonly at: number; readonly name: string }
);

/** Places are counted in characters of the code as its author sees it. */
export interface ScriptProblem {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning' | 'info';
  readonly message: string;
}

export interface ScriptAnswer {
  readonly id: number;
  readonly problems?: readonly ScriptProblem[];
  readonly completions?: readonly { readonly name: string; readonly kind: string }[];
  readonly detail?: string | null;
  readonly hint?: { readonly from: number; readonly to: number; readonly text: string } | null;
}
