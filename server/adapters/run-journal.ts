import { ClaimLost } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { Commit, Journal, Outcome, RunAnswer } from '#runtime/ports.ts';
import { redactedLog } from '#runtime/redact.ts';
import type { Birth, FirstCommit } from './birth.ts';
import { failPoint } from './fail-point.ts';
import type { Lane } from './lane.ts';
import type { RunCommit } from './pg-commit.ts';
import type { EndCommit, ParkCommit, StepCommit, StepCommitted } from './pg-journal.ts';

/** The lanes a claimed run commits through. */
export interface JournalLanes {
  readonly step: Lane<StepCommit, StepCommitted>;
  readonly end: Lane<EndCommit, true>;
  readonly park: Lane<ParkCommit, true>;
}

/** A second document may exist: a link that could not be committed, or a write whose claim was lost under way. */
export interface OrphanSuspicion {
  readonly tenant: number;
  readonly run: string;
  readonly reference: string;
  readonly connection: string;
  readonly target: string | null;
}

export interface JournalDeps {
  readonly lanes: JournalLanes;
  /** False while another unfinished run writes the document of the reference. */
  reserve(tenant: number, run: string, reference: string): Promise<boolean>;
  /** Takes the tenant's secrets out of text. */
  redact(tenant: number, text: string): string;
  /** Called after the commit: what live viewers may now see. */
  committed(run: string, events: readonly RunEvent[], outcome: Outcome | null, answer: RunAnswer | null): void;
  suspect(suspicion: OrphanSuspicion): void;
}

export interface JournalRun {
  readonly id: string;
  readonly tenant: number;
  readonly claim: bigint;
  /** Events committed before this claim. */
  readonly seq: number;
  /** The run is about to be stored. */
  readonly birth?: Birth;
}

/** The commit rides along with the statement that stores the run, where that is not made yet; null: it goes through its lane. */
async function ridden(
  { birth }: JournalRun,
  item: RunCommit,
  first: FirstCommit | null,
): Promise<{ readonly known: string | null } | null> {
  if (!birth || birth.over) return null;
  const rides = first !== null && item.seq === 0 && item.links.length === 0 && birth.offer(first);
  const stored = await birth.stored;
  return rides ? stored : null;
}

/** The journal of one claimed run over the shared lanes; keeps count of its log, which is the optimistic fence of every commit. */
export function createRunJournal(run: JournalRun, deps: JournalDeps): Journal {
  let seq = run.seq;
  let open: { reference: string; target: string } | null = null;

  let last: Promise<unknown> = Promise.resolve();

  /** Commits of one run in the order asked, since each names the number it builds on; a step may write two things at once. */
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };

  const bytes = (events: readonly RunEvent[]): Buffer | null =>
    events.length === 0 ? null : Buffer.from(redactedLog(events, (text) => deps.redact(run.tenant, text)));

  const commit = ({ events, links }: Commit): RunCommit => {
    const base = {
      run: run.id,
      tenant: run.tenant,
      claim: run.claim,
      seq,
      next: seq + events.length,
      events: bytes(events),
      links,
    };
    return base;
  };

  const guarded = async <T>(item: RunCommit, work: Promise<T>): Promise<T> => {
    try {
      const result = await work;
      seq = item.next;
      return result;
    } catch (error) {
      if (error instanceof ClaimLost) reportOrphans(item);
      throw error;
    }
  };

  /** What we did outside while we believed the claim ours is told, so that a person or the reconciliation looks. */
  const reportOrphans = (item: RunCommit): void => {
    for (const link of item.links) {
      deps.suspect({
        tenant: run.tenant,
        run: run.id,
        reference: link.reference,
        connection: link.target.connection,
        target: link.target.id,
      });
    }
    if (item.links.length === 0 && open) {
      deps.suspect({
        tenant: run.tenant,
        run: run.id,
        reference: open.reference,
        connection: open.target,
        target: null,
      });
    }
  };

  return {
    reserve: async (reference) => {
      failPoint('reserve.before');
      if (run.birth && !run.birth.over) await run.birth.stored;
      const ours = await deps.reserve(run.tenant, run.id, reference);
      failPoint('reserve.after');
      return ours;
    },
    intent: (write, what) =>
      inTurn(async () => {
        failPoint('intent.before');
        const item = { ...commit(what), intent: JSON.stringify(write), reference: write.reference };
        const first = { ...firstOf(item), kind: 'intent', intent: item.intent, reference: item.reference } as const;
        const work = ridden(run, item, first).then((rode) => rode ?? deps.lanes.step.push(item));
        const { known } = await guarded(item, work);
        open = known === null ? { reference: write.reference, target: write.target } : null;
        if (what.events.length > 0) deps.committed(run.id, what.events, null, null);
        failPoint('intent.after');
        return { known };
      }),
    trace: (what) =>
      inTurn(async () => {
        if (what.events.length === 0 && what.links.length === 0) return;
        const item = { ...commit(what), intent: null, reference: null };
        await guarded(
          item,
          ridden(run, item, null).then(() => deps.lanes.step.push(item)),
        );
        deps.committed(run.id, what.events, null, null);
      }),
    release: async (outcome, what, answer) => {
      await last;
      const base = commit(what);
      if (outcome.state === 'waiting' || outcome.state === 'held') {
        failPoint('park.before');
        const item = parked(base, outcome);
        await guarded(
          item,
          ridden(run, item, null).then(() => deps.lanes.park.push(item)),
        );
        failPoint('park.after');
      } else {
        failPoint('end.before');
        const item = endedWith(base, outcome, answer, (text) => deps.redact(run.tenant, text));
        const work = ridden(run, item, firstEnd(item)).then((rode) => rode !== null || deps.lanes.end.push(item));
        await guarded(item, work);
        failPoint('end.after');
      }
      deps.committed(run.id, what.events, outcome, answer ?? null);
    },
  };
}

const firstOf = (item: RunCommit) => ({ events: item.events, count: item.next - item.seq });

/** What is over before the run is stored; a failure is a case for the lane, which tells of it apart. */
function firstEnd(item: EndCommit): FirstCommit | null {
  const { status, answerStatus, answer } = item;
  if (status !== 'succeeded' && status !== 'ignored') return null;
  return { ...firstOf(item), kind: 'end', status, answerStatus, answer, failure: null };
}

/** The largest wait a column of milliseconds holds; a longer one is looked at again then. */
const LONGEST_MS = 2_000_000_000;

function parked(base: RunCommit, outcome: Extract<Outcome, { state: 'waiting' | 'held' }>): ParkCommit {
  if (outcome.state === 'held') return { ...base, afterMs: null, hold: outcome.hold, failure: outcome.failure };
  return { ...base, afterMs: Math.min(outcome.afterMs, LONGEST_MS), hold: null, failure: null };
}

function endedWith(
  base: RunCommit,
  outcome: Exclude<Outcome, { state: 'waiting' | 'held' }>,
  answer: RunAnswer | undefined,
  redact: (text: string) => string,
): EndCommit {
  return {
    ...base,
    status: outcome.state,
    failure: outcome.state === 'failed' ? redact(JSON.stringify(outcome.failure)) : null,
    answerStatus: answer?.status ?? null,
    answer: answer ? Buffer.from(redact(answer.body)) : null,
  };
}
