import DataLoader from 'dataloader';
import { type AnyOffer, isWrite, type Session, type WriteCall } from '#runtime/connector.ts';
import { RetryableError } from '#runtime/error.ts';
import type { CallContext } from '#runtime/ports.ts';
import type { TurnKey, WriteTurns } from './pg-write-turns.ts';
import { createWriteLine } from './write-line.ts';
import { inWriteScope } from './write-scope.ts';

/** One write waiting to leave with others. */
interface Passenger {
  readonly offer: AnyOffer;
  readonly session: Session;
  readonly input: unknown;
  readonly call: WriteCall;
}

/** Sends writes; those that concurrent steps make to one connection in one turn of the event loop leave together where the vendor has a batch. */
export interface WriteBatches {
  /** `reopen` gives the same connection's session under another call; the batch outlives a single step of it. */
  send(passenger: Passenger, key: TurnKey, reopen: (call: CallContext) => Session): Promise<unknown>;
}

export function createWriteBatches(turns: WriteTurns): WriteBatches {
  const loaders = new Map<string, DataLoader<Passenger, unknown>>();
  const line = createWriteLine(turns);
  return {
    send(passenger, key, reopen) {
      const { offer, session, input, call } = passenger;
      if (!isWrite(offer)) return offer.run(session, input);
      if (!offer.batch || offer.batch.max < 2) {
        const write = () => inWriteScope(session, (own) => offer.run(own, input, call));
        return offer.alone ? line.take(key, session.signal, write) : write();
      }
      const name = `${key.tenant} ${key.connection} ${offer.capability.name}`;
      let loader = loaders.get(name);
      if (!loader) {
        loader = new DataLoader<Passenger, unknown>((passengers) => leave(passengers, reopen), {
          cache: false,
          maxBatchSize: offer.batch.max,
          // Runs that one group commit let go on arrive in the same turn, some promises apart.
          batchScheduleFn: (depart) => {
            setImmediate(() => {
              loaders.delete(name);
              depart();
            });
          },
        });
        loaders.set(name, loader);
      }
      return untilAborted(loader.load(passenger), session.signal);
    },
  };
}

async function leave(
  passengers: readonly Passenger[],
  reopen: (call: CallContext) => Session,
): Promise<readonly unknown[]> {
  const [first] = passengers;
  const { offer } = first ?? {};
  if (!first || !offer || !isWrite(offer) || !offer.batch) return [];
  const { batch } = offer;
  if (passengers.length === 1) {
    return [await inWriteScope(first.session, (own) => offer.run(own, first.input, first.call))];
  }
  const stop = new AbortController();
  const leaving = new Set(passengers);
  const ends = passengers.map((passenger) => {
    const { signal } = passenger.session;
    const end = () => {
      leaving.delete(passenger);
      if (leaving.size === 0) stop.abort(signal.reason);
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
    return () => signal.removeEventListener('abort', end);
  });
  const session = reopen({
    signal: stop.signal,
    note: (message, data) => {
      for (const each of passengers) each.session.note(message, data);
    },
  });
  try {
    const calls = passengers.map(({ input, call }) => ({ input, call }));
    const answers = await inWriteScope(session, (own) => batch.run(own, calls));
    if (answers.length === passengers.length) return answers;
    const text = `${passengers.length} records were sent together and ${answers.length} answered`;
    throw new RetryableError('TARGET_ANSWER_INVALID', text);
  } finally {
    for (const end of ends) end();
  }
}

/** A step that ends before its batch does must not be kept by it. */
function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
