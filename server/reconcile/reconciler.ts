import type { ChangeSource } from '#runtime/connector.ts';
import { HoldError } from '#runtime/error.ts';
import { failPoint } from '../adapters/fail-point.ts';
import type { Plans } from '../adapters/pg-flows.ts';
import { type LiveTrigger, respondsOf } from '../adapters/pg-hooks.ts';
import type { DuePass, Progress } from '../adapters/pg-reconciliation.ts';
import { judge } from './judge-stage.ts';
import { repairMissed } from './missed-stage.ts';
import { auditsOf, calmly, type Pass, type PassTools } from './pass.ts';
import { readDocuments, readSource } from './read-stages.ts';

export interface ReconcilerDeps extends Omit<PassTools, 'leaseMs'> {
  readonly plans: Plans;
  /** Milliseconds between two looks for due passes. */
  readonly lookMs: number;
  /** Milliseconds between two passes of a trigger. */
  readonly everyMs: number;
  /** Milliseconds a pass looks back. */
  readonly windowMs: number;
}

export interface Reconciler {
  stop(): Promise<void>;
}

/** A page may take minutes where every record is read by itself, calmly. */
const LEASE_MS = 180_000;
const AGAIN_MS = 30_000;
const LONGEST_BACKOFF_MS = 900_000;
/** Between two looks whether the poll has gone round. */
const WAIT_MS = 2000;

/**
 * Goes through what webhooks and polls should have brought, and through the documents made of it, one trigger at a time and
 * calmly: a change that was missed becomes a run, and what a person must see is filed. A pass that dies goes on elsewhere.
 */
export function createReconciler(deps: ReconcilerDeps): Reconciler {
  const tools: PassTools = { ...deps, leaseMs: LEASE_MS };
  const stopping = new AbortController();
  let working: Promise<void> | undefined;

  const look = async (): Promise<void> => {
    const due = await deps.passes.claim(LEASE_MS);
    if (!due) return;
    failPoint('reconcile.claimed');
    await work(deps, tools, due, stopping.signal);
  };
  const timer = setInterval(() => {
    if (working || stopping.signal.aborted) return;
    working = look()
      .catch((error: unknown) => deps.log.warn({ err: error }, 'a reconciliation could not be begun'))
      .finally(() => {
        working = undefined;
      });
  }, deps.lookMs);
  return {
    stop: async () => {
      clearInterval(timer);
      stopping.abort();
      await working;
    },
  };
}

async function work(deps: ReconcilerDeps, tools: PassTools, due: DuePass, signal: AbortSignal): Promise<void> {
  try {
    const pass = await passOf(deps, tools, due, signal);
    if (!pass) return await deps.passes.setAside(due);
    const wait = await goThrough(tools, pass, due.begun?.progress ?? { stage: 'source' });
    const now = deps.clock.now();
    if (signal.aborted) await deps.passes.rest(due, now);
    else if (wait) {
      await pass.keep(wait);
      await deps.passes.rest(due, now + WAIT_MS);
    } else await deps.passes.end(due, now + deps.everyMs);
  } catch (error) {
    await rest(deps, due, error, signal);
  }
}

/** A pass that met with a fault goes on from where it was. */
async function rest(deps: ReconcilerDeps, due: DuePass, error: unknown, signal: AbortSignal): Promise<void> {
  const now = deps.clock.now();
  if (signal.aborted) return deps.passes.rest(due, now);
  const count = due.failures + 1;
  const text = error instanceof Error ? error.message.slice(0, 500) : 'failed';
  const backoff =
    error instanceof HoldError ? LONGEST_BACKOFF_MS : Math.min(LONGEST_BACKOFF_MS, AGAIN_MS * 2 ** Math.min(count, 6));
  deps.log.warn({ err: error, flow: due.flow, trigger: due.trigger }, 'a reconciliation failed and goes on later');
  await deps.passes.rest(due, now + backoff, { count, text });
}

interface Readable {
  readonly source: LiveTrigger;
  readonly changes: ChangeSource & { readonly poll: NonNullable<ChangeSource['poll']> };
}

/** What the trigger reads, when it is one that reads changes from a connection that can be asked for them. */
async function readableOf(deps: ReconcilerDeps, due: DuePass, open: Pass['open']): Promise<Readable | undefined> {
  if (!due.live || due.version === null) return undefined;
  const plan = await deps.plans.load(due.tenant, due.flow, due.version);
  const step = plan.byId.get(due.trigger);
  const connection = step?.document.connection;
  if (step?.node.starts?.by !== 'change' || connection === undefined) return undefined;
  const { entity } = step.node.starts;
  const { connector } = await open(connection);
  const changes = connector.changes.find((change) => change.entity === entity);
  if (!changes?.poll) return undefined;
  const { tenant, flow, version, trigger } = due;
  return {
    source: { tenant, flow, version, trigger, connection, plan, only: null, responds: respondsOf(plan) },
    changes: { ...changes, poll: changes.poll },
  };
}

async function passOf(
  deps: ReconcilerDeps,
  tools: PassTools,
  due: DuePass,
  signal: AbortSignal,
): Promise<Pass | undefined> {
  const open = calmly(tools, due.tenant, signal);
  const readable = await readableOf(deps, due, open);
  if (!readable) return undefined;
  const { source, changes } = readable;
  const windowMs = due.hours === null ? deps.windowMs : due.hours * 3_600_000;
  const since = due.begun?.since ?? Math.max(due.readsFrom, deps.clock.now() - windowMs);
  if (!due.begun) await deps.passes.begin(due, since);
  return {
    tenant: due.tenant,
    flow: due.flow,
    trigger: due.trigger,
    source,
    entity: changes.entity,
    poll: changes.poll,
    since,
    audits: auditsOf(source.plan, changes.entity, source.connection),
    signal,
    open,
    keep: (progress, seen) => deps.passes.keep(due, progress, LEASE_MS, seen),
  };
}

/** All stages from where the pass stands; answers what to wait with, or null when it has come to its end. */
async function goThrough(tools: PassTools, pass: Pass, from: Progress): Promise<Progress | null> {
  let { stage } = from;
  if (stage === 'source') {
    await readSource(tools, pass, from.cursor);
    stage = 'documents';
  }
  if (stage === 'documents' && !pass.signal.aborted) {
    await readDocuments(tools, pass, from.stage === 'documents' ? from : {});
    stage = 'judge';
  }
  if (stage === 'judge' && !pass.signal.aborted) {
    await pass.keep({ stage: 'judge' });
    await judge(tools, pass);
    await pass.keep({ stage: 'missed' });
  }
  if (pass.signal.aborted) return null;
  return repairMissed(tools, pass, from.stage === 'missed' ? from : { stage: 'missed' });
}
