import type { z } from 'zod';

/** What a record is; names a lane, a reference and a cross-reference. */
export type Entity =
  | 'order'
  | 'customer'
  | 'product'
  | 'stock'
  | 'price'
  | 'invoice'
  | 'shipment'
  | 'status'
  | 'note'
  | 'record';

/** Where a record comes from: the connection it was read from and its id there. */
export interface RecordIdentity {
  readonly entity: Entity;
  /** Id of the connection the record was read from. */
  readonly connection: string;
  /** The record's id in that system. */
  readonly id: string;
  /** For writes that may lawfully happen more than once to one record (status changes): what makes this one different. */
  readonly revision?: string;
}

/** A typed operation connectors offer. The seam between nodes (the verbs) and connectors (the systems). */
export interface Capability<I = never, O = unknown> {
  readonly name: string;
  readonly effect: 'read' | 'write';
  readonly input: z.ZodType<I>;
  readonly output: z.ZodType<O>;
  /** For writes: which record the write is of; the reference and the idempotency key are made from it. */
  readonly identity?: (input: I) => RecordIdentity;
  /** For writes that make a document: its id in the target, kept as cross-reference. */
  readonly target?: (output: O) => string;
  /** How a known target id becomes the answer, so that a document that exists already is never made again. */
  readonly known?: (input: I, target: string) => O;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of capabilities of different shapes has no narrower common type
export type AnyCapability = Capability<any, any>;

/** Declares a capability; a write must say whose record it writes. */
export function defineCapability<I, O>(capability: Capability<I, O>): Capability<I, O> {
  if (capability.effect === 'write' && !capability.identity)
    throw new Error(`${capability.name} writes but has no identity`);
  return capability;
}
