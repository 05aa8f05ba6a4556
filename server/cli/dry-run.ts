import { z } from 'zod';
import type { AnyCapability } from '#runtime/capability.ts';
import { type Http, type HttpRequest, isWrite, type Session } from '#runtime/connector.ts';
import { HoldError } from '#runtime/error.ts';
import type { Json, JsonObject } from '#runtime/json.ts';
import type { Connections } from '#runtime/ports.ts';
import { sampleOf } from './sample.ts';

/** A write that stayed here. */
export interface UnsentWrite {
  readonly step: string;
  /** Such as `orders.create`, or `http.post`. */
  readonly capability: string;
  readonly connection: string;
  readonly reference: string;
  /** What would have left: the capability's input, or the request. */
  readonly input: unknown;
}

export interface DryRun {
  readonly connections: Connections;
  /** A write is about to leave. */
  writing(write: { readonly step: string; readonly reference: string; readonly capability: string }): void;
  /** Whether the run was stopped at a write. */
  readonly stopped: boolean;
}

const SAFE = new Set(['GET', 'HEAD']);
export const STAYED_HERE = 'the write was not sent, since this is a dry run';

/**
 * Connections through which reads leave and writes do not: each is told, and then either stops the run or is given an
 * invented answer of the right shape (`pretend`).
 */
export function createDryRun(
  connections: Connections,
  options: { readonly pretend: boolean; tell(write: UnsentWrite): void },
): DryRun {
  const steps = new Map<string, string>();
  /** The step that announced a write by HTTP and has not made its request yet. */
  let announced: { step: string; reference: string; capability: string } | undefined;
  let stopped = false;

  const stop = (): never => {
    stopped = true;
    throw new HoldError('STOPPED', 'review', STAYED_HERE);
  };
  const answer = (capability: AnyCapability, input: unknown): unknown => {
    const invented = options.pretend ? inventedAnswer(capability, input) : undefined;
    return invented === undefined ? stop() : invented;
  };
  const guarded =
    (http: Http, connection: string): Http =>
    async (request) => {
      // a connector may well read by POST: only what was announced as a write is one
      if (SAFE.has(request.method) || announced === undefined) return http(request);
      const { step, reference, capability } = announced;
      announced = undefined;
      options.tell({ step, reference, capability, connection, input: requestOf(request) });
      return options.pretend ? { status: 200, headers: {}, body: {} } : stop();
    };

  return {
    writing: (write) => {
      steps.set(write.reference, write.step);
      if (write.capability.startsWith('http.')) announced = write;
    },
    get stopped() {
      return stopped;
    },
    connections: {
      open: async (tenant, connection, call) => {
        const { connector, session } = await connections.open(tenant, connection, call);
        return { connector, session: guardedSession(session, (http) => guarded(http, connection)) };
      },
      send: async (offer, session, input, call) => {
        if (!isWrite(offer)) return offer.run(session, input);
        const { reference } = call;
        const step = steps.get(reference) ?? '';
        const { connection } = session;
        options.tell({ step, reference, capability: offer.capability.name, connection, input });
        return answer(offer.capability, input);
      },
      plain: (tenant, call) => guarded(connections.plain(tenant, call), ''),
    },
  };
}

function guardedSession(session: Session, guard: (http: Http) => Http): Session {
  const http = guard(session.http);
  return {
    connection: session.connection,
    settings: session.settings,
    signal: session.signal,
    get now() {
      return session.now;
    },
    note: (message, data) => session.note(message, data),
    http,
  };
}

function requestOf({ method, path, query, headers, body }: HttpRequest): JsonObject {
  return {
    method,
    url: path,
    ...(query ? { query: query as JsonObject } : {}),
    ...(headers ? { headers: { ...headers } } : {}),
    ...(body === undefined ? {} : { body }),
  };
}

/** An answer of the capability's shape; undefined where none can be invented. */
function inventedAnswer(capability: AnyCapability, input: unknown): unknown {
  const sample = capability.output.safeParse(
    sampleOf(z.toJSONSchema(capability.output, { unrepresentable: 'any' }) as Json),
  );
  if (sample.success) return sample.data;
  const known = capability.output.safeParse(capability.known?.(input, 'PRETENDED'));
  return known.success ? known.data : undefined;
}
