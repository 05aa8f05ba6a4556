import { hash } from 'node:crypto';
import type { Entity } from '#runtime/capability.ts';
import type { Failure } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { Json } from '#runtime/json.ts';
import type { TriggerPayload } from '#runtime/node.ts';
import type { Clock, RunAnswer } from '#runtime/ports.ts';
import type { Answers } from './adapters/answers.ts';
import { type Birth, createBirth, type FirstCommit } from './adapters/birth.ts';
import type { Doorbell } from './adapters/bull-doorbell.ts';
import { failPoint } from './adapters/fail-point.ts';
import type { Lane } from './adapters/lane.ts';
import type { LiveTrigger } from './adapters/pg-hooks.ts';
import type { NewRun, Stored } from './adapters/pg-ingest.ts';
import { uuidv7 } from './adapters/uuid.ts';
import type { Worker } from './worker.ts';

/** Something that happened in a source, to become a run. */
export interface Arrival {
  readonly entity: Entity;
  /** The record's id in the source. */
  readonly record: string;
  readonly via: TriggerPayload['via'];
  readonly topic: string;
  /** What makes two arrivals the same: the version stamp of a record, a delivery id proven unique, or the hash of the raw body. */
  readonly key: string;
  /** The exact bytes to keep, and what they say. */
  readonly raw: Buffer;
  readonly body: Json;
}

export type Accepted = {
  readonly run: string;
  readonly state: 'stored' | 'duplicate';
  readonly answer: RunAnswer | null;
};

export interface Intake {
  /** Stores the arrival and its run; resolves after the commit. `answerMs`: how long to wait for a respond step. Rejects when nothing could be stored. */
  accept(source: LiveTrigger, arrival: Arrival, answerMs?: number): Promise<Accepted>;
  /** More is waiting than can be stored soon: callers should come back later. */
  readonly full: boolean;
}

export interface IntakeDeps {
  readonly ingest: Lane<NewRun, Stored>;
  readonly clock: Clock;
  readonly doorbell: Doorbell;
  readonly answers: Answers;
  /** Null in a process that only takes orders in. */
  readonly worker: Worker | null;
  /** Takes back runs that the stored one makes pointless. */
  supersede(entity: Entity, run: string, now: number): Promise<void>;
  /** Told after the commit of a new run. */
  stored(run: string): void;
  /** The run a dedup key belongs to. */
  runOf(dedup: Buffer): Promise<string | undefined>;
}

/** Arrivals that may wait for the ingest lane; each holds its body in memory. */
const MOST_WAITING = 2000;

/** A larger body is begun when it is stored: reading it and running it in one turn would hold up everybody else. */
const MOST_EARLY_BYTES = 65_536;

const SEPARATOR = '\u0000';

/** Two arrivals with the same are the same, and make one run. */
export function dedupOf(source: LiveTrigger, arrival: Pick<Arrival, 'entity' | 'record' | 'key'>): Buffer {
  return hash(
    'sha256',
    [source.tenant, source.flow, source.trigger, source.connection, arrival.entity, arrival.record, arrival.key].join(
      SEPARATOR,
    ),
    'buffer',
  );
}

/** One lane a record, whatever flow or way it came by. */
export function laneOf(
  source: Pick<LiveTrigger, 'tenant' | 'connection'>,
  arrival: { readonly entity: string; readonly record: string },
): bigint {
  return hash(
    'sha256',
    [source.tenant, source.connection, arrival.entity, arrival.record].join(SEPARATOR),
    'buffer',
  ).readBigInt64BE();
}

/** Stored with all it said, and ended at once: the flow is being tried, and this is none of its test records. */
function passedBy(source: LiveTrigger, arrival: Arrival, now: number): FirstCommit {
  const failure: Failure = {
    code: 'TEST_ONLY',
    message: `the flow is on for test records only, and ${arrival.record} is none of them`,
  };
  const events: RunEvent[] = [{ type: 'run.ignored', seq: 0, at: now, step: source.trigger, failure }];
  return {
    kind: 'end',
    status: 'ignored',
    events: Buffer.from(JSON.stringify(events)),
    count: events.length,
    answerStatus: null,
    answer: null,
    failure: JSON.stringify(failure),
  };
}

function newRun(
  source: LiveTrigger,
  arrival: Arrival,
  own: Pick<NewRun, 'id' | 'dedup' | 'claim'> & { readonly birth: Birth },
): NewRun {
  return {
    ...own,
    tenant: source.tenant,
    flow: source.flow,
    version: source.version,
    trigger: source.trigger,
    connection: source.connection,
    entity: arrival.entity,
    record: arrival.record,
    via: arrival.via,
    topic: arrival.topic,
    lane: laneOf(source, arrival),
    body: arrival.raw,
  };
}

export function createIntake(deps: IntakeDeps): Intake {
  const { ingest, worker, answers } = deps;

  const store = async (
    source: LiveTrigger,
    arrival: Arrival,
    id: string,
  ): Promise<{ stored: Stored; dedup: Buffer }> => {
    const dedup = dedupOf(source, arrival);
    const claim = worker?.reserve() ?? null;
    const birth = createBirth();
    const early = claim !== null && arrival.raw.length <= MOST_EARLY_BYTES;
    const run = newRun(source, arrival, { id, dedup, claim, birth });
    let stored: Stored | null = null;
    try {
      failPoint('ingest.before');
      // worked on while it waits its turn, so that what it comes to at once is stored with it
      if (early) worker?.begin(run, arrival.body, source.plan, birth);
      stored = await ingest.push(run);
      failPoint('ingest.after');
      if (stored.state === 'stored') deps.stored(id);
    } finally {
      birth.settle(stored);
      const ours = stored?.state === 'stored' && stored.claimed;
      if (claim !== null && !early && !ours) worker?.giveBack();
    }
    if (claim !== null && !early && stored.state === 'stored' && stored.claimed)
      worker?.begin(run, arrival.body, source.plan, birth);
    if (stored.state === 'stored' && !stored.claimed) {
      // it waits, so an older state of the same record may wait before it
      await deps.supersede(arrival.entity, id, deps.clock.now());
      deps.doorbell.ring();
    }
    return { stored, dedup };
  };

  /** Stored with its end: nobody works on it, and nobody waits for it. */
  const passBy = async (source: LiveTrigger, arrival: Arrival, id: string): Promise<Accepted> => {
    const dedup = dedupOf(source, arrival);
    const birth = createBirth();
    birth.offer(passedBy(source, arrival, deps.clock.now()));
    failPoint('ingest.before');
    const { state } = await ingest.push(newRun(source, arrival, { id, dedup, claim: null, birth }));
    failPoint('ingest.after');
    if (state === 'stored') deps.stored(id);
    return { run: state === 'stored' ? id : ((await deps.runOf(dedup)) ?? ''), state, answer: null };
  };

  /** A repeat gets the answer of the first: the stored one, or the one to come. */
  const repeated = async (dedup: Buffer, answerMs: number): Promise<Accepted> => {
    const run = (await deps.runOf(dedup)) ?? '';
    if (answerMs === 0) return { run, state: 'duplicate', answer: null };
    const expected = answers.expect(run);
    const { ended, answer } = await answers.stored(run);
    if (answer || ended) {
      expected.cancel();
      return { run, state: 'duplicate', answer };
    }
    return { run, state: 'duplicate', answer: await expected.done(answerMs) };
  };

  return {
    accept: async (source, arrival, answerMs = 0) => {
      const id = uuidv7(deps.clock.now());
      if (source.only !== null && !source.only.has(arrival.record)) return passBy(source, arrival, id);
      const expected = answerMs > 0 ? answers.expect(id) : undefined;
      try {
        const { stored, dedup } = await store(source, arrival, id);
        if (stored.state === 'duplicate') return await repeated(dedup, answerMs);
        return { run: id, state: 'stored', answer: expected ? await expected.done(answerMs) : null };
      } finally {
        expected?.cancel();
      }
    },
    get full() {
      return ingest.size > MOST_WAITING;
    },
  };
}
