import type { AnyCapability } from './capability.ts';
import type { Claim } from './claim.ts';
import { type AnyOffer, type Http, type HttpRequest, isWrite, offerOf, type Session } from './connector.ts';
import type { Decision } from './decide.ts';
import { wireValue } from './decide.ts';
import { fieldPath, RetryableError, TerminalError } from './error.ts';
import { answerGuest } from './guest.ts';
import { firstIssue } from './issue-words.ts';
import type { Json, JsonObject } from './json.ts';
import type { Needs, StepContext } from './node.ts';
import type { CallContext, Commit } from './ports.ts';
import { performWrite, referenceOf, type Write, type WriteLog } from './write.ts';

// biome-ignore lint/suspicious/noExplicitAny: the context of a node of any shape
type AnyContext = StepContext<any, any, any>;
type Execute = Extract<Decision, { do: 'execute' }>;

const SETTLE_MS = 60_000;
const SAFE = new Set(['GET', 'HEAD']);

/** A connection of the step, opened at its first use. */
interface Door {
  session(): Promise<{ session: Session; offer: (name: string) => AnyOffer }>;
}

function doorOf(claim: Claim, connection: string | undefined, call: CallContext): Door {
  let opened: ReturnType<Door['session']> | undefined;
  return {
    session: () => {
      if (connection === undefined || connection === '')
        throw new TerminalError('CONNECTION_MISSING', 'the step has no connection');
      opened ??= claim.ports.connections.open(claim.run.tenant, connection, call).then(({ connector, session }) => ({
        session,
        offer: (name: string) => {
          const offer = offerOf(connector, name);
          if (offer) return offer;
          const why = connector.cannot?.[name];
          throw new TerminalError('UNSUPPORTED', why ? why.en : `${connector.title} does not offer ${name}`, {
            details: { capability: name },
          });
        },
      }));
      return opened;
    },
  };
}

/** What a connector answered must have the capability's shape before a node sees it. */
function parseAnswer({ proven }: Claim, capability: AnyCapability, answer: unknown): unknown {
  const parsed = capability.output.safeParse(answer);
  if (parsed.success) {
    if (typeof parsed.data === 'object') proven.set(parsed.data, capability.output);
    return parsed.data;
  }
  const issue = parsed.error.issues[0];
  const field = fieldPath(issue?.path ?? []);
  // retryable: after a write the document may well exist, and only a look tells
  throw new RetryableError('TARGET_ANSWER_INVALID', `${capability.name}: ${field}: ${firstIssue(parsed.error)}`, {
    field,
  });
}

function grantedOf(
  claim: Claim,
  door: Door,
  needs: Needs,
  log: WriteLog,
  connection: string,
  commit: () => Commit,
): AnyContext['use'] {
  const granted: Record<string, (input: unknown) => Promise<unknown>> = {};
  for (const [name, capability] of Object.entries(needs)) {
    granted[name] = async (input: unknown): Promise<unknown> => {
      const { session, offer } = await door.session();
      const offered = offer(capability.name);
      if (!isWrite(offered)) return parseAnswer(claim, capability, await offered.run(session, input));
      const { lookup } = offered;
      const write: Write<unknown> = {
        capability: capability.name,
        class: offered.class,
        settleMs: offered.settleMs ?? SETTLE_MS,
        target: connection,
        identity: capability.identity?.(input) ?? claim.run.record,
        send: async (reference) =>
          parseAnswer(claim, capability, await claim.ports.connections.send(offered, session, input, { reference })),
        ...(lookup
          ? {
              lookup: async (reference: string) => {
                const found = await lookup(session, input, { reference });
                return found === null ? null : parseAnswer(claim, capability, found);
              },
            }
          : {}),
        ...(capability.target ? { targetOf: capability.target } : {}),
        ...(capability.known ? { known: (target: string) => capability.known?.(input, target) } : {}),
      };
      return performWrite(claim, log, write, commit);
    };
  }
  return granted;
}

/** Requests that change something go through the same protocol as a connector's writes. */
function httpOf(
  claim: Claim,
  next: Execute,
  config: unknown,
  send: (request: HttpRequest) => ReturnType<Http>,
  log: WriteLog,
  commit: () => Commit,
): Http {
  const writeClass = next.step.node.httpWrites?.(config) ?? 'C';
  let count = 0;
  return (request) => {
    if (SAFE.has(request.method)) return send(request);
    const identity = { ...claim.run.record, revision: `${next.path}#${count++}` };
    return performWrite(
      claim,
      log,
      {
        capability: `http.${request.method.toLowerCase()}`,
        class: writeClass,
        settleMs: SETTLE_MS,
        target: next.step.document.connection ?? request.path,
        identity,
        // a person found it done; what was answered then nobody can say
        known: (target) => ({ status: 200, headers: {}, body: target === '' ? null : { id: target } }),
        send: async () => {
          const response = await send(request);
          const fault = next.step.node.httpFault?.(response, claim.ports.clock.now());
          if (fault) throw fault;
          return response;
        },
      },
      commit,
    );
  };
}

/** The door to the step's own code, which is somebody else's and runs elsewhere. */
function guestOf(claim: Claim, next: Execute, context: AnyContext): AnyContext['guest'] {
  const { node, document } = next.step;
  return async (input: Json) => {
    const { guests } = claim.ports;
    const guest = node.sandbox?.(document.config);
    if (!guest) throw new TerminalError('INTERNAL', `${node.type} has no code of its own`);
    if (!guests) throw new TerminalError('SANDBOX_DOWN', 'there is no sandbox here');
    const { idempotencyKey, now, http, links, note, signal } = context;
    const ask = answerGuest({
      tenant: claim.run.tenant,
      guest,
      effect: node.effect,
      state: guests.state,
      tables: guests.tables,
      http,
      links,
    });
    const call = {
      ...(guest.entry === undefined ? {} : { entry: guest.entry }),
      input,
      facts: { now, idempotencyKey },
    };
    return guests.sandbox.run(claim.run.tenant, guest.program, call, { log: note, ask }, signal);
  };
}

/** The key is made when it is asked for. Shared, since a getter of each context's own would cost a hidden class a step. */
const keyed = {
  get idempotencyKey(): string {
    return (this as unknown as { keyOf(): string }).keyOf();
  },
};

const NOTHING_GRANTED = {};

/** Makes the context of one execution, from the signal it runs under. Steps without effect get one that costs next to nothing. */
export function stepContext(
  claim: Claim,
  next: Execute,
  log: WriteLog,
  commit: () => Commit,
  worked?: ReadonlyMap<string, unknown>,
): (signal: AbortSignal) => AnyContext {
  const { run, ports } = claim;
  const { step, path, place } = next;
  const input = step.node.starts ? { payload: run.payload } : next.input;
  const config = step.config({
    input,
    params: run.plan.params,
    step: (id, port) => {
      const source = run.plan.byId.get(id);
      return source ? wireValue(run.state, source, port, place) : undefined;
    },
    ...(worked ? { expression: (source: string) => worked.get(source) } : {}),
  });
  const note = (message: string, data?: JsonObject): void => {
    if (!log.over)
      claim.trace.add({ type: 'step.noted', step: path, message: message.slice(0, 2000), ...(data ? { data } : {}) });
  };
  const connection = step.document.connection ?? '';
  return (signal) => {
    const call: CallContext = { signal, note };
    const door = doorOf(claim, step.document.connection, call);
    let http: Http | undefined;
    const send: Http = (request) =>
      connection === ''
        ? ports.connections.plain(run.tenant, call)(request)
        : door.session().then(({ session }) => session.http(request));
    const context = {
      __proto__: keyed,
      config,
      input,
      record: run.record,
      connection,
      // the run's arrival, so that every attempt sees the same; a wait counts from when it is reached
      now: step.node.control === 'wait' ? ports.clock.now() : run.receivedAt,
      signal,
      note,
      use: step.node.needs
        ? grantedOf(claim, door, step.node.needs as Needs, log, connection, commit)
        : NOTHING_GRANTED,
      http: (request: HttpRequest) => {
        http ??= httpOf(claim, next, config, send, log, commit);
        return http(request);
      },
      keyOf: () => referenceOf(claim, connection, { ...run.record, revision: path }),
      links: (record: Parameters<AnyContext['links']>[0]) => ports.links.find(run.tenant, record),
      guest: step.node.sandbox ? (input: Json) => guestOf(claim, next, context)(input) : undefined,
    } as unknown as AnyContext;
    return context;
  };
}
