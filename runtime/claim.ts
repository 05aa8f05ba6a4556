import type { z } from 'zod';
import type { RecordIdentity } from './capability.ts';
import type { TriggerPayload } from './node.ts';
import type { Plan } from './plan.ts';
import type { Clock, Connections, Journal, Links, NewLink, References } from './ports.ts';
import type { GuestHouse } from './sandbox.ts';
import type { RunState } from './state.ts';
import type { Trace } from './trace.ts';

/** A run as the worker that claimed it holds it. */
export interface ClaimedRun {
  readonly id: string;
  readonly tenant: number;
  readonly plan: Plan;
  /** The step that starts it. */
  readonly trigger: string;
  readonly record: RecordIdentity;
  readonly payload: TriggerPayload;
  /** Milliseconds since 1970. */
  readonly receivedAt: number;
  readonly attempt: number;
  /** The fold of what is committed. */
  readonly state: RunState;
}

/** What the engine needs of the world for one run. */
export interface EnginePorts {
  readonly clock: Clock;
  readonly references: References;
  readonly connections: Connections;
  readonly links: Links;
  readonly journal: Journal;
  /** Where code and expressions of customers run; without it such steps fail. */
  readonly guests?: GuestHouse;
  /** When the database was last filled from a backup, in milliseconds since 1970: the log may lack writes from before. */
  readonly restoredAt?: number;
  /** Runs work under a deadline in milliseconds; rejects with RetryableError TIMEOUT when it is over. */
  within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Whether somebody watches the run now, so that its events are committed as they happen. */
  watched(): boolean;
  /** Lets others have their turn: called between pure steps, so that a long loop does not hold up the process. */
  breathe?(): Promise<void>;
  /** Aborted when the worker stops: the run is given back between two steps. */
  readonly signal: AbortSignal;
}

/** What the engine carries through one claim. */
export interface Claim {
  readonly run: ClaimedRun;
  readonly ports: EnginePorts;
  readonly trace: Trace;
  readonly links: NewLink[];
  /** Values of this claim and the shape each was read by, so that none is read by the same shape again. */
  readonly proven: Map<unknown, z.ZodType>;
  /** What the journal rejected with: from then on nothing we believe is known to be committed, so the claim is over. */
  lost: { readonly cause: unknown } | null;
}
