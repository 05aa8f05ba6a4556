import { z } from 'zod';
import { Failure } from './error.ts';
import { Json, JsonObject } from './json.ts';

/** Step path: `write`, or `each[3].write` inside a loop. */
const step = z.string().max(400);
const head = { seq: z.int().nonnegative(), at: z.number() };

/**
 * A line in a run's log, append only; run and step state are folds over it.
 * Outputs are logged, inputs are not: they follow from the wires. `same` names the port (`step#port`) an identical value came from.
 */
export const RunEvent = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('run.started'), ...head, attempt: z.int().positive() }),
  z.strictObject({ type: z.literal('step.started'), ...head, step, attempt: z.int().positive() }),
  z.strictObject({
    type: z.literal('step.noted'),
    ...head,
    step,
    message: z.string().max(2000),
    data: JsonObject.optional(),
  }),
  /** A write is about to leave; committed with its intent, so that after a crash the next attempt looks before it writes. */
  z.strictObject({
    type: z.literal('step.writing'),
    ...head,
    step,
    reference: z.string(),
    capability: z.string(),
    class: z.enum(['A', 'B', 'C']).optional(),
    /** Class B: milliseconds after which nothing more comes of it. */
    settleMs: z.number().optional(),
  }),
  z.strictObject({
    type: z.literal('step.succeeded'),
    ...head,
    step,
    /** Milliseconds of wall time. */
    ms: z.number(),
    output: z.record(z.string(), Json),
    same: z.record(z.string(), z.string()).optional(),
  }),
  /** The write surely did nothing: refused, or never reached the other system. */
  z.strictObject({ type: z.literal('step.refused'), ...head, step, reference: z.string() }),
  /** The write is done though its step is not: what makes another attempt of the step not send it again. */
  z.strictObject({ type: z.literal('step.wrote'), ...head, step, reference: z.string(), answer: Json }),
  /** `retryAt`: when it is tried again; absent: it is not. */
  z.strictObject({
    type: z.literal('step.failed'),
    ...head,
    step,
    attempt: z.int().positive(),
    failure: Failure,
    retryAt: z.number().optional(),
  }),
  /** Nothing failed: the step waits for a time, or for the other system. */
  z.strictObject({
    type: z.literal('step.waiting'),
    ...head,
    step,
    until: z.number(),
    reason: z.string().optional(),
  }),
  z.strictObject({ type: z.literal('run.answered'), ...head, step, status: z.int(), body: Json }),
  z.strictObject({
    type: z.literal('run.held'),
    ...head,
    step,
    hold: z.enum(['sign-in', 'quota', 'review']),
    failure: Failure,
  }),
  /** A person let a held run go on, or decided about a write of unknown outcome: `sent` with the target's id, or `resend`. */
  z.strictObject({
    type: z.literal('run.resumed'),
    ...head,
    by: z.string(),
    decision: z.enum(['retry', 'sent', 'resend']),
    step: z.string().optional(),
    target: z.string().optional(),
  }),
  /** A stop step ended the run early, as the flow says. */
  z.strictObject({ type: z.literal('run.stopped'), ...head, step, message: z.string().max(2000) }),
  z.strictObject({ type: z.literal('run.succeeded'), ...head }),
  /** The trigger let nothing through: not a record for this flow. `reason` is what it noted. */
  /** `reason`: what the trigger said; `failure`: why it was passed by before the trigger was asked. */
  z.strictObject({
    type: z.literal('run.ignored'),
    ...head,
    step,
    reason: z.string().max(2000).optional(),
    failure: Failure.optional(),
  }),
  z.strictObject({ type: z.literal('run.failed'), ...head, step: z.string().optional(), failure: Failure }),
  z.strictObject({ type: z.literal('run.cancelled'), ...head, by: z.string() }),
]);
export type RunEvent = z.infer<typeof RunEvent>;
