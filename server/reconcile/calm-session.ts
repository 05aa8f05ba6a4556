import { setTimeout as pause } from 'node:timers/promises';
import type { Session } from '#runtime/connector.ts';
import type { OpenedConnection } from '#runtime/ports.ts';

/** Of a vendor's limit, what going through old records may use: one request in four. */
const SHARE = 4;

/** The same connection, one request at a time and far apart, so that runs never wait for a reconciliation. */
export function calmSession({ session, rate }: Pick<OpenedConnection, 'session' | 'rate'>): Session {
  const gapMs = rate ? (SHARE * rate.perMs) / rate.requests : 0;
  let last: Promise<unknown> = Promise.resolve();
  let nextAt = 0;
  return {
    connection: session.connection,
    settings: session.settings,
    signal: session.signal,
    get now() {
      return session.now;
    },
    note: session.note,
    http: (request) => {
      const sent = last.then(async () => {
        const wait = nextAt - performance.now();
        if (wait > 0) await pause(wait, undefined, { signal: session.signal });
        nextAt = performance.now() + gapMs;
        return session.http(request);
      });
      last = sent.catch(() => undefined);
      return sent;
    },
  };
}
