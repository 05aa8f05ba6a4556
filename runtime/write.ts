import type { Claim } from './advance.ts';
import type { RecordIdentity } from './capability.ts';
import type { WriteClass } from './connector.ts';
import { HoldError, NotYet, RetryableError, TerminalError } from './error.ts';
import type { Json } from './json.ts';

/** One write as a step asks for it, whatever sends it. */
export interface Write<O> {
  readonly capability: string;
  readonly class: WriteClass;
  readonly settleMs: number;
  /** The connection (or host) it goes to. */
  readonly target: string;
  readonly identity: RecordIdentity;
  send(reference: string): Promise<O>;
  /** B: the document carrying the reference. */
  lookup?(reference: string): Promise<O | null>;
  /** The document's id in the target, kept as cross-reference. */
  targetOf?(answer: O): string;
  /** The answer for a document that is known to exist. */
  known?(target: string): O;
}

/** The writes one attempt of a step has done: told to the log only when the step goes on to another write, or fails. */
export interface WriteLog {
  readonly path: string;
  readonly done: { readonly reference: string; readonly answer: Json }[];
}

/** Says in the log what is done, so that no later attempt of the step sends it again. */
export function tellDone(claim: Claim, log: WriteLog): void {
  for (const { reference, answer } of log.done.splice(0))
    claim.trace.add({ type: 'step.wrote', step: log.path, reference, answer });
}

export function referenceOf(claim: Claim, target: string, identity: RecordIdentity): string {
  const { entity, connection, id, revision } = identity;
  return claim.ports.references.of([
    String(claim.run.tenant),
    target,
    entity,
    connection,
    id,
    ...(revision === undefined ? [] : [revision]),
  ]);
}

/**
 * The exactly-once protocol of one write: intent committed before it leaves, and after an attempt of unknown outcome
 * what its class allows (A: the same again, B: wait out the settle time and look, C: ask a person).
 */
export async function performWrite<O>(
  claim: Claim,
  log: WriteLog,
  write: Write<O>,
  commit: () => Parameters<Claim['ports']['journal']['intent']>[1],
): Promise<O> {
  const reference = referenceOf(claim, write.target, write.identity);
  const step = claim.run.state.steps.get(log.path);
  const earlier = step?.writes.get(reference);
  if (earlier?.answer !== undefined) return earlier.answer as O;
  if (earlier) {
    const found = await resolveUnknown(claim, log, write, reference, earlier.at);
    if (found !== null) return done(claim, log, write, reference, found);
  }
  tellDone(claim, log);
  const intent = {
    step: log.path,
    reference,
    capability: write.capability,
    target: write.target,
    at: claim.ports.clock.now(),
  };
  const { known } = await claim.ports.journal.intent(intent, commit());
  claim.trace.add({ type: 'step.writing', step: log.path, reference, capability: write.capability });
  if (known !== null && write.known) {
    claim.trace.add({ type: 'step.refused', step: log.path, reference });
    return write.known(known);
  }
  try {
    return done(claim, log, write, reference, await write.send(reference));
  } catch (error) {
    throw outcomeOf(claim, log, write, reference, error);
  }
}

/** The answer of an earlier attempt whose outcome was lost; null when nothing came of it and it may be sent (again). */
async function resolveUnknown<O>(
  claim: Claim,
  log: WriteLog,
  write: Write<O>,
  reference: string,
  at: number,
): Promise<O | null> {
  const decision = claim.run.state.steps.get(log.path)?.decision;
  if (decision?.kind === 'resend') return null;
  if (decision?.kind === 'sent' && write.known) return write.known(decision.target);
  if (write.class === 'A') return null;
  if (write.class === 'C' || !write.lookup) throw unknownOutcome(write, reference);
  const settled = at + write.settleMs;
  if (settled > claim.ports.clock.now())
    throw new NotYet(settled, 'waiting until the other system surely shows what it did');
  return write.lookup(reference);
}

function unknownOutcome<O>(write: Write<O>, reference: string, cause?: unknown): HoldError {
  return new HoldError('OUTCOME_UNKNOWN', 'review', `no answer to ${write.capability}; look for ${reference}`, {
    details: { reference, capability: write.capability },
    cause,
  });
}

function done<O>(claim: Claim, log: WriteLog, write: Write<O>, reference: string, answer: O): O {
  log.done.push({ reference, answer: (answer ?? null) as Json });
  const id = write.targetOf?.(answer);
  if (id !== undefined)
    claim.links.push({ reference, source: write.identity, target: { connection: write.target, id } });
  return answer;
}

/** Tells the log when a write surely did nothing; otherwise says when and how it may go on. */
function outcomeOf<O>(claim: Claim, log: WriteLog, write: Write<O>, reference: string, error: unknown): unknown {
  const refused =
    error instanceof TerminalError ||
    error instanceof HoldError ||
    (error instanceof RetryableError && error.beforeWork);
  if (refused) {
    claim.trace.add({ type: 'step.refused', step: log.path, reference });
    return error;
  }
  if (write.class === 'C') return unknownOutcome(write, reference, error);
  return error;
}
