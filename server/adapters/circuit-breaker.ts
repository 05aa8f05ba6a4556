import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  handleWhen,
  type IBackoff,
} from 'cockatiel';
import type { HttpResponse } from '#runtime/connector.ts';
import { FlowError, RetryableError } from '#runtime/error.ts';

/** Keeps a process from spending its workers on systems that do not answer, one circuit a connection. */
export interface CircuitBreakers {
  /** Throws RetryableError TARGET_DOWN (`beforeWork`, `afterMs`) while the connection's circuit is open. */
  check(connection: string): void;
  /** Sends, and counts how it went; throws as `check` does when the circuit opened meanwhile. */
  run(connection: string, send: () => Promise<HttpResponse>): Promise<HttpResponse>;
  /** Forgets what went wrong, for a connection that a person has mended. */
  close(connection: string): void;
}

interface BreakerOptions {
  /** Failures in a row that open the circuit; 8 unless told. */
  readonly failures?: number;
  /** Milliseconds until the first probe, doubled after each that fails; 2,000 unless told. */
  readonly firstPauseMs?: number;
  /** The longest time between two probes; 60,000 unless told. */
  readonly longestPauseMs?: number;
}

const PROBE_MS = 1000;
/** Only what says that the system itself is away: no answer, or an answer of 500 and more. */
const isDown = (error: unknown): boolean =>
  error instanceof FlowError ? error.code === 'TARGET_DOWN' || error.code === 'TIMEOUT' : true;

export function createCircuitBreakers(options: BreakerOptions = {}): CircuitBreakers {
  const circuits = new Map<string, ReturnType<typeof createCircuit>>();
  const circuitOf = (connection: string) => {
    let circuit = circuits.get(connection);
    if (!circuit) {
      circuit = createCircuit(options);
      circuits.set(connection, circuit);
    }
    return circuit;
  };
  return {
    check: (connection) => circuits.get(connection)?.check(),
    run: (connection, send) => circuitOf(connection).run(send),
    close: (connection) => void circuits.delete(connection),
  };
}

function createCircuit({ failures = 8, firstPauseMs = 2000, longestPauseMs = 60_000 }: BreakerOptions) {
  let probeAt = 0;
  const pause = (attempt: number): IBackoff<{ readonly attempt: number }> => {
    const duration = Math.min(firstPauseMs * 2 ** (attempt - 1), longestPauseMs);
    return { duration, next: (context) => plan(context.attempt) };
  };
  const plan = (attempt: number) => {
    const next = pause(attempt);
    probeAt = performance.now() + next.duration;
    return next;
  };
  const policy = circuitBreaker(
    handleWhen(isDown).orWhenResult((answer) => (answer as HttpResponse).status >= 500),
    {
      breaker: new ConsecutiveBreaker(failures),
      halfOpenAfter: { next: (context) => plan(context.attempt) },
    },
  );
  const check = () => {
    if (policy.state === CircuitState.HalfOpen) throw refused(PROBE_MS);
    if (policy.state === CircuitState.Open && performance.now() < probeAt) throw refused(probeAt - performance.now());
  };
  return {
    check,
    async run(send: () => Promise<HttpResponse>): Promise<HttpResponse> {
      check();
      try {
        return await policy.execute(send);
      } catch (error) {
        // cockatiel counts by the wall clock, which may be a little behind ours.
        throw error instanceof BrokenCircuitError ? refused(PROBE_MS) : error;
      }
    },
  };
}

function refused(afterMs: number): RetryableError {
  return new RetryableError('TARGET_DOWN', 'the system has not answered for a while; it is tried again shortly', {
    // Spread out, or all that wait would come at the moment of the probe.
    afterMs: Math.ceil(afterMs + Math.random() * PROBE_MS),
    beforeWork: true,
  });
}
