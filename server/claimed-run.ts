import type { ClaimedRun } from '#runtime/claim.ts';
import type { Failure } from '#runtime/error.ts';
import type { RunEvent } from '#runtime/event.ts';
import type { Json } from '#runtime/json.ts';
import type { Plan } from '#runtime/plan.ts';
import type { Journal } from '#runtime/ports.ts';
import { emptyRun, evolve, type RunState } from '#runtime/state.ts';
import { parseJsonText } from './adapters/json-text.ts';
import type { DueRun } from './adapters/pg-claim.ts';
import type { NewRun } from './adapters/pg-ingest.ts';

/** A run as the process that stores it holds it, from memory. */
export function bornRun(run: NewRun, body: Json, plan: Plan, now: number): ClaimedRun {
  return {
    id: run.id,
    tenant: run.tenant,
    plan,
    trigger: run.trigger,
    record: { entity: run.entity, connection: run.connection, id: run.record },
    payload: { via: run.via, id: run.record, topic: run.topic, body },
    receivedAt: now,
    attempt: 1,
    state: emptyRun(),
  };
}

/** A run as it was read from the table of due ones. */
export function claimedRun(row: DueRun, plan: Plan, log: readonly string[]): ClaimedRun {
  return {
    id: row.run_id,
    tenant: row.tenant_id,
    plan,
    trigger: row.trigger,
    record: { entity: row.entity, connection: row.connection_id, id: row.record },
    payload: { via: row.via, id: row.record, topic: row.topic, body: parseJsonText(row.body.toString()) },
    receivedAt: row.received_ms,
    attempt: row.attempt,
    state: stateOf(row, log),
  };
}

/** The fold of the log; an intent that no later line tells of is a write whose outcome nobody knows. */
export function stateOf(row: DueRun, log: readonly string[]): RunState {
  const state = emptyRun();
  for (const lines of log) for (const event of JSON.parse(lines) as RunEvent[]) evolve(state, event);
  if (row.intent !== null) {
    const { step, reference, capability, at } = JSON.parse(row.intent) as {
      step: string;
      reference: string;
      capability: string;
      at: number;
    };
    evolve(state, { type: 'step.writing', seq: state.seq, at, step, reference, capability });
  }
  return state;
}

/** A run that has stopped its worker three times, each time alone, is set aside with its reason. */
export async function bury(state: RunState, journal: Journal, at: number): Promise<void> {
  const failure: Failure = { code: 'POISON', message: 'the run stopped its worker three times' };
  const event: RunEvent = { type: 'run.failed', seq: state.seq + 1, at, failure };
  await journal.release({ state: 'failed', failure }, { events: [event], links: [] });
}
