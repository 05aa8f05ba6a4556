import type { z } from 'zod';
import type { JsonObject } from './json.ts';

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

/** What a record, or the document made of it, comes to when the two are set against each other. */
export interface Sketch {
  readonly id: string;
  /** What people call it. */
  readonly number: string;
  /** Our reference, when the document carries one. */
  readonly reference?: string | undefined;
  /** Cancelled or never valid: what it says is nobody's concern. */
  readonly void: boolean;
  /** What must agree, in a form of the audit's own. */
  readonly facts: JsonObject;
}

/** One thing in which a document is not what its record says. */
export interface Difference {
  readonly what: string;
  readonly record: string;
  readonly document: string;
}

/** How the documents of a write are gone through afterwards: listed by change, counted by reference, compared with their records. */
export interface Audit {
  /** Of the record the documents are made of. */
  readonly entity: Entity;
  /** Input with `changedSince` and `cursor`, answer a Page of what `sketch` reads. */
  readonly list: AnyCapability;
  /** All documents that carry a reference. */
  readonly find: { readonly capability: AnyCapability; input(reference: string): unknown };
  /** Reads the record and the document alike. */
  sketch(item: unknown): Sketch;
  differences(record: Sketch, document: Sketch): readonly Difference[];
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
  /** For writes that make a document: how the reconciliation finds what went wrong unseen. */
  readonly audit?: Audit;
}

// biome-ignore lint/suspicious/noExplicitAny: a list of capabilities of different shapes has no narrower common type
export type AnyCapability = Capability<any, any>;

/** Declares a capability; a write must say whose record it writes. */
export function defineCapability<I, O>(capability: Capability<I, O>): Capability<I, O> {
  if (capability.effect === 'write' && !capability.identity)
    throw new Error(`${capability.name} writes but has no identity`);
  return capability;
}
