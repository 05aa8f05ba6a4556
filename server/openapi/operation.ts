import type { z } from 'zod';
import type { Action, HouseAction } from '../auth/permission.ts';

/** Who may call: anybody; a browser, whoever is before it; a signed-in person (neither with a token); a person or any token; a person who may do that in the house; or who may do that in the customer of the address. */
export type Access = 'anybody' | 'browser' | 'person' | 'person or token' | HouseAction | Action;

/** What an answer without a schema is: nothing, a page to go to, or text that is no JSON. */
export type PlainAnswer =
  | 'empty'
  | 'redirect'
  | 'text/html'
  | 'text/css'
  | 'text/csv'
  | 'text/plain'
  | 'application/json';

/** A refusal of this operation alone; those that all share are added by what it asks for. */
export interface Refusal {
  readonly status: number;
  readonly code: string;
  readonly when: string;
}

/** One route of the API, as its document tells it. Its schemas are the very ones that check requests, in `runtime/protocol.ts`. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As Express spells it, whole: `/api/tenants/:tenant/flows`. */
  readonly path: string;
  readonly summary: string;
  readonly description?: string;
  readonly access: Access;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** By status. */
  readonly answers: Readonly<Record<number, z.ZodType | PlainAnswer>>;
  /** What else may come, in words. */
  readonly otherwise?: string;
  readonly refusals?: readonly Refusal[];
}

/** Operations that belong together, under one heading. */
export interface OperationGroup {
  readonly title: string;
  readonly about: string;
  readonly operations: readonly Operation[];
}

export const refusal = (status: number, code: string, when: string): Refusal => ({ status, code, when });

/** Whether a token can be given the right; what concerns the whole house is for people. */
export const isScope = (access: Access): access is Action => access.includes('.') && !access.startsWith('house.');
