import type { FlowDocument } from '#runtime/flow.ts';

/** What a change did, as a key of `canvas.edits`; undo names it. */
export type EditName =
  | 'add'
  | 'remove'
  | 'move'
  | 'tidy'
  | 'align'
  | 'distribute'
  | 'connect'
  | 'disconnect'
  | 'reconnect'
  | 'splice'
  | 'paste'
  | 'duplicate'
  | 'cut'
  | 'configure'
  | 'rename'
  | 'disable'
  | 'enable'
  | 'group'
  | 'ungroup'
  | 'tint'
  | 'note'
  | 'describe'
  | 'restore'
  | 'take'
  | 'merge';

/** A change of a flow: a pure function with a name. It answers the same document where there is nothing to change. */
export interface Edit {
  readonly name: EditName;
  /** How many things it touches; undo says so. */
  readonly count: number;
  /** Changes of one key that follow each other closely are one step of undo: a drag, a word typed. */
  readonly merge?: string;
  readonly apply: (flow: FlowDocument) => FlowDocument;
}
