import type { RecordIdentity } from './capability.ts';
import type { Claim } from './claim.ts';
import type { WriteClass } from './connector.ts';
import { HoldError, NotYet, RetryableError, TerminalError } from './error.ts';
import type { Json } from './json.ts';
import type { Commit } from './ports.ts';
import type { StepState, StepWrite } from './state.ts';

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

/** How soon the second of two runs that need the same document looks again; doubled each time, for the first may wait for hours. */
const SHARED_MS = 300;
const LONGEST_SHARED_MS = 60_000;

/** The writes of one attempt of a step. */
export interface WriteLog {
  readonly path: string;
  /** Told to the log only when the step goes on to another write, or fails. */
  readonly done: { readonly reference: string; readonly answer: Json }[];
  /** By reference: a step that asks for the same write twice gets the one answer. */
  readonly asked: Map<string, Promise<unknown>>;
  /** The attempt has ended; what it left running may write no more. */
  over: boolean;
}

export function createWriteLog(path: string): WriteLog {
  return { path, done: [], asked: new Map(), over: false };
}

/** Says in the log what is done, so that no later attempt of the step sends it again. */
export function tellDone(claim: Claim, log: WriteLog): void {
  for (const { reference, answer } of log.done.splice(0))
    claim.trace.add({ type: 'step.wrote', step: log.path, reference, answer });
}

/** What a reference is made of: the same for one record, target and operation whoever makes it. */
export function referenceParts(tenant: number, target: string, identity: RecordIdentity): string[] {
  const { entity, connection, id, revision } = identity;
  return [String(tenant), target, entity, connection, id, ...(revision === undefined ? [] : [revision])];
}

export function referenceOf(claim: Claim, target: string, identity: RecordIdentity): string {
  return claim.ports.references.of(referenceParts(claim.run.tenant, target, identity));
}

export interface OpenWrite {
  readonly reference: string;
  readonly write: StepWrite;
}

/** The write of a step that may have happened and cannot safely be sent again; undefined when there is none. */
export function openWrite(step: StepState | undefined, log: WriteLog): OpenWrite | undefined {
  for (const [reference, write] of step?.writes ?? []) {
    if (write.answer !== undefined || write.class === 'A') continue;
    if (!log.done.some((known) => known.reference === reference)) return { reference, write };
  }
  return undefined;
}

/**
 * The exactly-once protocol of one write: intent committed before it leaves, and after an attempt of unknown outcome
 * what its class allows (A: the same again, B: wait out the settle time and look, C: ask a person).
 */
export function performWrite<O>(claim: Claim, log: WriteLog, write: Write<O>, commit: () => Commit): Promise<O> {
  const reference = referenceOf(claim, write.target, write.identity);
  const asked = log.asked.get(reference);
  if (asked) return asked as Promise<O>;
  const working = writeOnce(claim, log, write, reference, commit);
  log.asked.set(reference, working);
  return working;
}

async function writeOnce<O>(
  claim: Claim,
  log: WriteLog,
  write: Write<O>,
  reference: string,
  commit: () => Commit,
): Promise<O> {
  refuseLate(log);
  const earlier = claim.run.state.steps.get(log.path)?.writes.get(reference) ?? forgotten(claim, write);
  if (earlier?.answer !== undefined) return earlier.answer as O;
  // made a moment ago by another step, its link not committed yet: two lines of an order may name one new article
  const made = claim.links.find((link) => link.reference === reference);
  if (made && write.known) return write.known(made.target.id);
  const intent = { step: log.path, reference, capability: write.capability, target: write.target };
  if (earlier) {
    const linked = async (): Promise<string | null> =>
      (await claim.ports.journal.intent({ ...intent, at: earlier.at }, commit())).known;
    const found = await resolveUnknown(claim, log, write, reference, earlier.at, linked);
    if (found !== null) return done(claim, log, write, reference, found);
    refuseLate(log);
  }
  await reserveShared(claim, log, write, reference);
  tellDone(claim, log);
  // in the same commit as the intent: several writes of one step may be under way, and the log must know each
  claim.trace.add({
    type: 'step.writing',
    step: log.path,
    reference,
    capability: write.capability,
    class: write.class,
    ...(write.class === 'B' ? { settleMs: write.settleMs } : {}),
  });
  const { known } = await claim.ports.journal.intent({ ...intent, at: claim.ports.clock.now() }, commit());
  if (known !== null && write.known) {
    if (!log.over) claim.trace.add({ type: 'step.refused', step: log.path, reference });
    return write.known(known);
  }
  refuseLate(log);
  try {
    return done(claim, log, write, reference, await write.send(reference));
  } catch (error) {
    throw outcomeOf(claim, log, write, reference, error);
  }
}

/**
 * Runs of one record go one at a time, but two orders may need the same new customer: whoever comes second waits, and then
 * finds the first one's by its cross-reference.
 */
async function reserveShared<O>(claim: Claim, log: WriteLog, write: Write<O>, reference: string): Promise<void> {
  const { record, state } = claim.run;
  if (write.identity.connection === record.connection && write.identity.id === record.id) return;
  if (await claim.ports.journal.reserve(reference)) return;
  const attempt = state.steps.get(log.path)?.attempt ?? 1;
  throw new RetryableError('TARGET_BUSY', `another run is about to make the same document (${write.capability})`, {
    beforeWork: true,
    afterMs: Math.min(SHARED_MS * 2 ** Math.min(attempt - 1, 10), LONGEST_SHARED_MS),
  });
}

function refuseLate(log: WriteLog): void {
  if (log.over) throw new RetryableError('TIMEOUT', 'the step was over before its write was sent');
}

/** The answer of an earlier attempt whose outcome was lost; null when nothing came of it and it may be sent (again). */
async function resolveUnknown<O>(
  claim: Claim,
  log: WriteLog,
  write: Write<O>,
  reference: string,
  at: number,
  linked: () => Promise<string | null>,
): Promise<O | null> {
  const said = claim.run.state.steps.get(log.path)?.decision;
  const decision = (said?.reference ?? reference) === reference ? said : undefined;
  if (decision?.kind === 'resend') return null;
  if (decision?.kind === 'sent' && write.known) return write.known(decision.target);
  if (write.class === 'A') return null;
  if (write.class === 'C' || !write.lookup) {
    // the crash may have come after the journal said that the document is there, and before anything was sent
    const known = write.known ? await linked() : null;
    if (known !== null && write.known) return write.known(known);
    throw unknownOutcome(write.capability, reference);
  }
  const settled = at + write.settleMs;
  if (settled > claim.ports.clock.now())
    throw new NotYet(settled, 'waiting until the other system surely shows what it did');
  return write.lookup(reference);
}

/**
 * After a restore the log may lack what was written since the backup: what can be looked up is looked up, and a run that
 * stood in the backup asks a person about what cannot.
 */
function forgotten<O>(claim: Claim, { capability, class: kind }: Write<O>): StepWrite | undefined {
  const { restoredAt } = claim.ports;
  if (restoredAt === undefined || (kind === 'C' && claim.run.receivedAt > restoredAt)) return undefined;
  return { capability, class: kind, at: restoredAt };
}

/** A person looks in the other system for the reference and says what is true. */
export function unknownOutcome(capability: string, reference: string, cause?: unknown): HoldError {
  return new HoldError('OUTCOME_UNKNOWN', 'review', `no answer to ${capability}; look for ${reference}`, {
    details: { reference, capability, ...(cause instanceof Error ? { because: cause.message.slice(0, 1000) } : {}) },
    cause,
  });
}

function done<O>(claim: Claim, log: WriteLog, write: Write<O>, reference: string, answer: O): O {
  if (!log.over) log.done.push({ reference, answer: (answer ?? null) as Json });
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
    if (!log.over) claim.trace.add({ type: 'step.refused', step: log.path, reference });
    return error;
  }
  if (write.class === 'C') return unknownOutcome(write.capability, reference, error);
  return error;
}
