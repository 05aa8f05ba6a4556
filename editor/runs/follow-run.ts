import type { RunEvent } from '#runtime/event.ts';
import type { RunAnswer, RunSummary } from '#runtime/protocol.ts';

/** The summary as it is after these events; what they do not tell stays as it was. */
export function summaryAfter(run: RunSummary, events: readonly RunEvent[]): RunSummary {
  let next = run;
  for (const event of events) {
    switch (event.type) {
      case 'run.started':
        next = { ...next, status: 'running', attempt: event.attempt, dueAt: null, hold: null };
        break;
      case 'step.failed':
        if (event.retryAt !== undefined) next = { ...next, status: 'waiting', dueAt: event.retryAt };
        break;
      case 'step.waiting':
        next = { ...next, status: 'waiting', dueAt: event.until };
        break;
      case 'step.started':
        if (next.status === 'waiting') next = { ...next, status: 'running', dueAt: null };
        break;
      case 'run.held':
        next = { ...next, status: 'held', hold: event.hold, failure: event.failure, dueAt: null };
        break;
      case 'run.resumed':
        next = { ...next, status: 'queued', hold: null, failure: null };
        break;
      case 'run.succeeded':
        next = { ...next, status: 'succeeded', endedAt: event.at, failure: null, dueAt: null };
        break;
      case 'run.ignored':
        next = { ...next, status: 'ignored', endedAt: event.at, failure: null, dueAt: null };
        break;
      case 'run.failed':
        next = { ...next, status: 'failed', endedAt: event.at, failure: event.failure, dueAt: null };
        break;
      case 'run.cancelled':
        next = { ...next, status: 'cancelled', endedAt: event.at, hold: null, dueAt: null };
        break;
      default:
    }
  }
  return next;
}

/** The answer with the events it did not have yet; repeats are dropped, order is by seq. */
export function mergeEvents(answer: RunAnswer, events: readonly RunEvent[]): RunAnswer {
  const last = answer.events.at(-1)?.seq ?? -1;
  const fresh = events.filter((event) => event.seq > last).sort((one, other) => one.seq - other.seq);
  if (fresh.length === 0) return answer;
  return { ...answer, run: summaryAfter(answer.run, fresh), events: [...answer.events, ...fresh] };
}
