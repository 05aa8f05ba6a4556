import { createHmac, hash } from 'node:crypto';
import type {
  AnyConnector,
  Hashes,
  HttpRequest,
  HttpResponse,
  Session,
  SignableRequest,
  SignInContract,
} from '#runtime/connector.ts';
import { FlowError, HoldError, RetryableError } from '#runtime/error.ts';
import type { CallContext, Clock } from '#runtime/ports.ts';
import type { AnsweredNote } from './answered.ts';
import type { CircuitBreakers } from './circuit-breaker.ts';
import type { ConcurrencyLimiter, ConcurrencyOwner, Turn } from './concurrency-limiter.ts';
import { failPoint } from './fail-point.ts';
import { redactorWith, withoutSecrets } from './fault-redaction.ts';
import type { FetchHttp } from './fetch-http.ts';
import type { KnownSecrets } from './known-secrets.ts';
import type { OAuthClient, OAuthTokens } from './oauth-tokens.ts';
import { packRequest, redirectFault, retryAfter, type Territory, urlWithin } from './outgoing.ts';
import type { RateLimiter, RateOwner } from './rate-limiter.ts';
import { SealBroken } from './secret-box.ts';
import { signedInToken } from './sign-in-token.ts';

/** A connection ready for work, worked out once for each version of its row. */
export interface OpenConnection {
  readonly tenant: number;
  readonly id: string;
  readonly connector: AnyConnector;
  readonly settings: unknown;
  readonly territory: Territory;
  readonly grants: ReadonlySet<string>;
  readonly owner: RateOwner & ConcurrencyOwner;
  /** Opened at the first request that needs them. */
  secrets(): Promise<Readonly<Record<string, unknown>>>;
}

interface SessionTools {
  readonly http: FetchHttp;
  readonly limiter: RateLimiter;
  readonly concurrency: ConcurrencyLimiter;
  readonly breakers: CircuitBreakers;
  readonly tokens: Pick<OAuthTokens, 'access'>;
  readonly known: KnownSecrets;
  readonly answered?: AnsweredNote | undefined;
  readonly clock: Clock;
  /** The vendor no longer takes the credentials. */
  signInNeeded(connection: OpenConnection, reason: string): Promise<void>;
}

/** The connection as the OAuth parts need it; undefined for systems without OAuth. */
export async function oauthClientOf(connection: OpenConnection): Promise<OAuthClient | undefined> {
  const { tenant, id, connector, settings, grants } = connection;
  if (!connector.oauth) return undefined;
  return { tenant, connection: id, contract: connector.oauth, settings, secrets: await connection.secrets(), grants };
}

/** A connection at work for one step. */
export function createSession(connection: OpenConnection, call: CallContext, tools: SessionTools): Session {
  const turn = tools.concurrency.turn(call.ahead);
  return {
    connection: connection.id,
    settings: connection.settings,
    signal: call.signal,
    get now() {
      return tools.clock.now();
    },
    note: call.note,
    http: async (request) => {
      const waiting = call.ready?.();
      if (waiting) await waiting;
      try {
        return await exchange(connection, request, call.signal, tools, turn);
      } catch (error) {
        throw whose(connection, error);
      }
    },
  };
}

/** A sign-in that is asked for says whose, so that what waits for it can be found when it is done. */
function whose(connection: OpenConnection, error: unknown): unknown {
  if (!(error instanceof HoldError) || error.hold !== 'sign-in') return error;
  const details = { ...error.details, connection: connection.id };
  return new HoldError(error.code, 'sign-in', error.message, { details, cause: error });
}

async function exchange(
  connection: OpenConnection,
  request: HttpRequest,
  signal: AbortSignal,
  tools: SessionTools,
  turn: Turn,
): Promise<HttpResponse> {
  const access = await beforeSending(signal, () => accessOf(connection, tools));
  const token = access && (await beforeSending(signal, () => access()));
  const send = (accessToken: string | undefined) =>
    sendOnce(connection, request, signal, tools, turn, (outgoing) =>
      authorize(connection, outgoing, signal, accessToken, tools.clock),
    );
  const first = await send(token);
  if (!first.fault) return first.answer;
  if (!access || token === undefined || !signInFault(first.fault, first.answer)) {
    throw await noted(connection, first.fault, tools);
  }
  // Refused before any work, so a write too may be sent again with a token that is renewed once.
  const renewed = await beforeSending(signal, () => access(token));
  const second = await send(renewed);
  if (!second.fault) return second.answer;
  throw await noted(connection, second.fault, tools);
}

/** A fault that only a person's sign-in mends is told to all who use the connection. */
async function noted<T>(connection: OpenConnection, fault: T, tools: SessionTools): Promise<T> {
  if (fault instanceof HoldError && fault.hold === 'sign-in') {
    await tools.signInNeeded(connection, `${connection.connector.title}: ${fault.message}`);
  }
  return fault;
}

/** How the connection's token is got, and another one when it was refused; undefined for systems that take keys. */
async function accessOf(
  connection: OpenConnection,
  tools: SessionTools,
): Promise<((refused?: string) => Promise<string>) | undefined> {
  const oauth = await oauthClientOf(connection);
  if (oauth) return (refused) => tools.tokens.access(oauth, refused);
  const contract = connection.connector.signIn;
  if (!contract) return undefined;
  const { settings } = connection;
  if (contract.needed && !contract.needed({ settings, secrets: await connection.secrets() })) return undefined;
  return async (refused) => {
    try {
      return await signedInToken(connection, () => signIn(connection, contract, tools), refused);
    } catch (error) {
      throw await noted(connection, error, tools);
    }
  };
}

/** Milliseconds a sign-in may take: others wait for it, and a server that stops does too. */
const SIGN_IN_TIMEOUT_MS = 15_000;

/** Asks the system for a token. Its faults are `beforeWork`: the request that needed the token has not left. */
async function signIn(
  connection: OpenConnection,
  contract: SignInContract<unknown, unknown>,
  tools: SessionTools,
): Promise<string> {
  const { settings, tenant, id } = connection;
  const given = { settings, secrets: await connection.secrets() };
  const request = { timeoutMs: SIGN_IN_TIMEOUT_MS, ...contract.request(given) };
  try {
    // Never a caller's signal or place, since all who wait share the answer.
    const { signal } = new AbortController();
    const turn = tools.concurrency.turn(true);
    const { answer, fault } = await sendOnce(connection, request, signal, tools, turn, () => undefined);
    if (fault) throw fault;
    const token = contract.token(answer, given);
    tools.known.add(tenant, id, [token], 'passing');
    return token;
  } catch (cause) {
    if (!(cause instanceof RetryableError) || cause.beforeWork) throw cause;
    const { code, message, details, afterMs } = cause;
    throw new RetryableError(code, `signing in: ${message}`, {
      beforeWork: true,
      cause,
      ...(details === undefined ? {} : { details }),
      ...(afterMs === undefined ? {} : { afterMs }),
    });
  }
}

/** Whatever goes wrong while a request is made ready, the other system has seen nothing of it. */
async function beforeSending<T>(signal: AbortSignal, prepare: () => Promise<T>): Promise<T> {
  try {
    return await prepare();
  } catch (cause) {
    signal.throwIfAborted();
    if (cause instanceof FlowError) throw cause;
    if (cause instanceof SealBroken) {
      throw new HoldError('SIGN_IN_NEEDED', 'sign-in', `${cause.message}: give the credentials anew`, { cause });
    }
    const text = cause instanceof Error ? cause.message : 'unknown';
    throw new RetryableError('INTERNAL', `the request was not sent: ${text}`, { beforeWork: true, cause });
  }
}

const signInFault = (fault: FlowError, answer: HttpResponse) =>
  answer.status === 401 || (fault instanceof HoldError && fault.hold === 'sign-in');

const hashes: Hashes = {
  hmac: (algorithm, key, text, encoding) => createHmac(algorithm, key).update(text).digest(encoding),
  digest: (algorithm, text, encoding) => hash(algorithm, text, encoding),
};

async function authorize(
  connection: OpenConnection,
  outgoing: SignableRequest,
  signal: AbortSignal,
  accessToken: string | undefined,
  clock: Clock,
): Promise<void> {
  const { connector } = connection;
  const secrets = await beforeSending(signal, () => connection.secrets());
  connector.authorize(outgoing, accessToken === undefined ? { secrets } : { secrets, accessToken });
  connector.sign?.(outgoing, { secrets, hashes, now: clock.now() });
}

/** Whatever is told of a request that failed, nobody is told the secrets it was sent with. */
async function sendOnce(
  connection: OpenConnection,
  request: HttpRequest,
  signal: AbortSignal,
  tools: SessionTools,
  turn: Turn,
  sign: (outgoing: SignableRequest) => void | Promise<void>,
): Promise<{ answer: HttpResponse; fault?: FlowError | undefined }> {
  const redact = async () => redactorWith(await connection.secrets(), tools.known.redactorOf(connection.tenant));
  try {
    const send = () => sendRaw(connection, request, signal, tools, sign);
    const { answer, fault } = await tools.concurrency.run(connection.owner, turn, signal, send);
    return fault ? { answer, fault: withoutSecrets(fault, await redact()) } : { answer };
  } catch (error) {
    throw error instanceof FlowError
      ? withoutSecrets(error, await redact().catch(() => (text: string) => text))
      : error;
  }
}

async function sendRaw(
  connection: OpenConnection,
  request: HttpRequest,
  signal: AbortSignal,
  tools: SessionTools,
  sign: (outgoing: SignableRequest) => void | Promise<void>,
): Promise<{ answer: HttpResponse; fault?: FlowError | undefined }> {
  const { connector, owner, grants, tenant, id } = connection;
  const url = urlWithin(connection.territory, request);
  const { headers, body } = packRequest(request);
  await sign({ method: request.method, url, headers, body: body ?? '' });
  const credential = headers['authorization'] ?? headers['Authorization'];
  if (credential !== undefined) tools.known.add(tenant, id, [credential.slice(credential.indexOf(' ') + 1)], 'passing');

  const circuit = `${tenant} ${id}`;
  tools.breakers.check(circuit);
  const permit = await tools.limiter.take(owner, signal);
  let answered = true;
  try {
    const outgoing = { url, method: request.method, headers, body, timeoutMs: request.timeoutMs, signal };
    failPoint('vendor.before');
    const answer = await tools.breakers.run(circuit, () => tools.http.send(outgoing, grants));
    failPoint('vendor.after');
    if (answer.status < 300) {
      const fault = connector.faultWithin?.(answer, request);
      if (!fault) tools.answered?.note(tenant, id);
      return { answer, fault };
    }
    if (answer.status === 304) return { answer };
    if (answer.status < 400) return { answer, fault: redirectFault(answer, url) };
    const wait = answer.status === 429 ? retryAfter(answer.headers) : undefined;
    if (wait !== undefined) await tools.limiter.pause(owner, wait);
    return { answer, fault: connector.fault(answer, request) };
  } catch (error) {
    answered = error instanceof FlowError && error.code !== 'TARGET_DOWN' && error.code !== 'TIMEOUT';
    throw error;
  } finally {
    permit.done(answered);
  }
}
