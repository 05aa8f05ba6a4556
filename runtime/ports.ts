import type { RecordIdentity } from './capability.ts';
import type { AnyConnector, Http, Session } from './connector.ts';
import type { RunEvent } from './event.ts';
import type { JsonObject } from './json.ts';
import type { CrossReference } from './node.ts';

/** Time, as the database sees it: milliseconds since 1970. */
export interface Clock {
  now(): number;
}

/** Makes references: the same parts give the same 24 characters [a-z2-7] for ever, and nobody without the key can make them. */
export interface References {
  of(parts: readonly string[]): string;
}

/** What a step tells the connection it works through. */
export interface CallContext {
  readonly signal: AbortSignal;
  note(message: string, data?: JsonObject): void;
}

/** Opens a tenant's connections. Rejects with TerminalError CONNECTION_MISSING or HoldError SIGN_IN_NEEDED. */
export interface Connections {
  open(
    tenant: number,
    connection: string,
    call: CallContext,
  ): Promise<{ readonly connector: AnyConnector; readonly session: Session }>;
  /** The door to the network for nodes without a connection: public addresses only. */
  plain(tenant: number, call: CallContext): Http;
}

/** Reads cross-references; written only with the commit of the write they come from. */
export interface Links {
  find(
    tenant: number,
    record: { entity: RecordIdentity['entity']; connection: string; id: string },
  ): Promise<readonly CrossReference[]>;
}

/** A cross-reference as it is committed with the step that made it. */
export interface NewLink {
  readonly reference: string;
  readonly source: RecordIdentity;
  readonly target: { readonly connection: string; readonly id: string };
}

/** What a commit carries besides its own purpose. */
export interface Commit {
  readonly events: readonly RunEvent[];
  readonly links: readonly NewLink[];
}

/** How a claimed run stops being worked on for now, or for good. */
export type Outcome =
  | { readonly state: 'succeeded' | 'failed' | 'cancelled' }
  /** Due again after so many milliseconds of the database's clock. */
  | { readonly state: 'waiting'; readonly afterMs: number }
  /** Until a person acts. */
  | { readonly state: 'held'; readonly hold: 'sign-in' | 'quota' | 'review'; readonly connection?: string };

/**
 * The durable log of one claimed run. Every call is one place in a group commit and resolves after it;
 * each rejects with `ClaimLost` when the claim is no longer ours, and then nothing may be written outside.
 */
export interface Journal {
  /** Says that a write is about to start. Answers the target's id when the reference is already linked: then nothing is sent. */
  intent(step: string, reference: string, commit: Commit): Promise<{ readonly known: string | null }>;
  /** Ends the claim. */
  release(outcome: Outcome, commit: Commit, answer?: RunAnswer): Promise<void>;
}

/** What the caller of a webhook with a respond step gets; a repeat gets the same. */
export interface RunAnswer {
  readonly status: number;
  readonly body: string;
}

/** The claim went to another worker: stop at once, write nothing. */
export class ClaimLost extends Error {
  constructor(run: string) {
    super(`the claim on run ${run} is no longer ours`);
    this.name = 'ClaimLost';
  }
}
