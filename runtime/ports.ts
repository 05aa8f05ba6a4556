import type { RecordIdentity } from './capability.ts';
import type { AnyConnector, AnyOffer, Http, Session, WriteCall } from './connector.ts';
import type { Failure } from './error.ts';
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

/** What a step, or whoever else opens it, tells the connection it works through. */
export interface CallContext {
  readonly signal: AbortSignal;
  note(message: string, data?: JsonObject): void;
  /** Awaited before a request leaves, where the run may not have been stored yet. */
  ready?(): Promise<unknown> | undefined;
  /** No step: it looks for work, or a person waits for it. Where a system takes only so many requests at once, it goes first. */
  readonly ahead?: boolean;
}

/** A connection at work. */
export interface OpenedConnection {
  readonly connector: AnyConnector;
  readonly session: Session;
  /** The limit that holds for it: the vendor's, or one agreed with the vendor. */
  readonly rate?: { readonly requests: number; readonly perMs: number } | undefined;
}

/** Opens a tenant's connections. Rejects with TerminalError CONNECTION_MISSING or HoldError SIGN_IN_NEEDED. */
export interface Connections {
  open(tenant: number, connection: string, call: CallContext): Promise<OpenedConnection>;
  /** Sends a write of an offer; concurrent ones to one connection may leave as one request where the offer has a batch. */
  send(offer: AnyOffer, session: Session, input: unknown, call: WriteCall): Promise<unknown>;
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

/** The write a step is about to send. */
export interface WriteIntent {
  readonly step: string;
  readonly reference: string;
  readonly capability: string;
  /** The connection it goes to. */
  readonly target: string;
  /** Milliseconds since 1970. */
  readonly at: number;
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
  | { readonly state: 'succeeded' | 'cancelled' }
  /** The trigger let nothing through. */
  | { readonly state: 'ignored' }
  | { readonly state: 'failed'; readonly failure: Failure }
  /** Due again after so many milliseconds of the database's clock. */
  | { readonly state: 'waiting'; readonly afterMs: number }
  /** Until a person acts. */
  | { readonly state: 'held'; readonly hold: 'sign-in' | 'quota' | 'review'; readonly failure: Failure };

/**
 * The durable log of one claimed run. Every call is one place in a group commit and resolves after it;
 * each rejects with `ClaimLost` when the claim is no longer ours, and then nothing may be written outside.
 */
export interface Journal {
  /** Before the intent of a write that is not of the run's own record: false while another unfinished run writes the same document. */
  reserve(reference: string): Promise<boolean>;
  /** Says that a write is about to start. Answers the target's id when the reference is already linked: then nothing is sent. */
  intent(write: WriteIntent, commit: Commit): Promise<{ readonly known: string | null }>;
  /** Commits what has happened so far, for somebody who watches. */
  trace(commit: Commit): Promise<void>;
  /** Ends the claim. */
  release(outcome: Outcome, commit: Commit, answer?: RunAnswer): Promise<void>;
}

/** What the caller of a webhook with a respond step gets; a repeat gets the same. */
export interface RunAnswer {
  readonly status: number;
  readonly body: string;
}
