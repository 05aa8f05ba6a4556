import type { AnyCapability, Capability } from '#runtime/capability.ts';
import type { AnyConnector, HttpResponse, Session, WriteCall } from '#runtime/connector.ts';
import { connectorWith, isWrite, offerOf } from '#runtime/connector.ts';
import type { JsonObject } from '#runtime/json.ts';
import { createConcurrencyLimiter } from '#server/adapters/concurrency-limiter.ts';
import { createSession } from '#server/adapters/connection-session.ts';
import { createFetchHttp, type FetchHttp } from '#server/adapters/fetch-http.ts';
import { requestTokens } from '#server/adapters/oauth-request.ts';
import type { OAuthTokens } from '#server/adapters/oauth-tokens.ts';
import { packRequest, territoryOf } from '#server/adapters/outgoing.ts';

/** One call that went over the wire; `path` is under the connector's base, with its query. */
export interface SeenCall {
  method: string;
  path: string;
  request?: unknown;
  /** Missing where no whole answer came, or where it was a stand-in's and not the system's own. */
  status?: number;
  response?: unknown;
}

export interface ConnectorSession {
  session: Session;
  /** Every call since the start, oldest first. */
  calls: SeenCall[];
  notes: string[];
  /** Every secret value that was in use. */
  secrets: Set<string>;
  /** How often the connection was found to need a person's sign-in. */
  signInsNeeded(): number;
  /** How often tokens were renewed. */
  renewals(): number;
  /** Checks the input, runs the offer as the engine would, and checks the answer against the capability. */
  use<I, O>(capability: Capability<I, O>, input: unknown, call?: WriteCall): Promise<O>;
  /** The lookup of a class B write. */
  lookUp<I, O>(capability: Capability<I, O>, input: unknown, call: WriteCall): Promise<O | null>;
  batch<I, O>(
    capability: Capability<I, O>,
    calls: { input: unknown; call: WriteCall }[],
  ): Promise<readonly (O | Error)[]>;
}

export interface SessionOptions {
  connection: string;
  settings: unknown;
  secrets: unknown;
  accessToken?: string;
  refreshToken?: string;
  now?: () => number;
  timeoutMs?: number;
}

/** Set on an answer that did not come from the system itself, so that nobody holds it against its vendor's contract. */
export const STAND_IN_HEADER = 'x-stand-in';

/** Tokens in memory, renewed at the vendor's own address as the server does, one renewal at a time. */
function memoryTokens(
  options: SessionOptions,
  http: FetchHttp,
  renewed: (values: readonly string[]) => void,
): Pick<OAuthTokens, 'access'> {
  let { accessToken = '', refreshToken = '' } = options;
  let running: Promise<string> | undefined;
  return {
    async access({ contract, settings, secrets, grants }, refused) {
      if (refused === undefined || refused !== accessToken) return accessToken;
      const renew = async (): Promise<string> => {
        const tokens = await requestTokens(http, {
          url: contract.tokenUrl(settings),
          clientId: String(secrets[contract.clientId]),
          clientSecret: String(secrets[contract.clientSecret]),
          form: { grant_type: 'refresh_token', refresh_token: refreshToken },
          grants,
        });
        accessToken = tokens.access;
        refreshToken = tokens.refresh ?? refreshToken;
        renewed([accessToken, refreshToken]);
        return accessToken;
      };
      running ??= renew().finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

/** JSON as what it says, anything else as text. */
function readable(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return body;
  }
}

function seenCall(base: URL, request: Parameters<FetchHttp['send']>[0], answer?: HttpResponse): SeenCall {
  const { url, method, body } = request;
  const path = `/${url.pathname.slice(base.pathname.length)}${url.search}`;
  const own = answer !== undefined && answer.headers[STAND_IN_HEADER] === undefined;
  return {
    method,
    path,
    ...(body === undefined ? {} : { request: readable(body) }),
    ...(own ? { status: answer.status } : {}),
    ...(own && answer.body !== null ? { response: answer.body } : {}),
  };
}

/** A connection for tests, through the server's own door: its HTTP, sign-in, renewal and faults; no rate, no circuit. */
export function openConnector(declared: AnyConnector, options: SessionOptions): ConnectorSession {
  const settings: unknown = declared.settings.parse(options.settings);
  const connector = connectorWith(declared, settings);
  const secrets = connector.secrets.parse(options.secrets) as JsonObject;
  const territory = territoryOf(connector.base(settings), connector.hosts(settings));
  const grants = new Set(connector.hosts(settings));
  const calls: SeenCall[] = [];
  const notes: string[] = [];
  const given = [...Object.values(secrets), options.accessToken, options.refreshToken];
  const values = new Set(given.filter((value) => typeof value === 'string'));
  const signInBody = connector.signIn && packRequest(connector.signIn.request({ settings, secrets })).body;
  let renewals = 0;
  let signIns = 0;
  let signedIn = 0;

  const door = createFetchHttp();
  const http: FetchHttp = {
    ...door,
    async send(request, hosts) {
      // a sign-in may take its time: the patience asked for is with the work itself
      const signsIn = signInBody !== undefined && request.body === signInBody;
      if (signsIn && signedIn++ > 0) renewals++;
      const timeoutMs = signsIn ? 30_000 : (options.timeoutMs ?? 30_000);
      const answer = await door.send({ ...request, timeoutMs }, hosts).catch((error: unknown) => {
        calls.push(seenCall(territory.base, request));
        throw error;
      });
      calls.push(seenCall(territory.base, request, answer));
      return answer;
    },
  };
  const tokens = memoryTokens(options, door, (fresh) => {
    renewals++;
    for (const value of fresh) values.add(value);
  });
  const session = createSession(
    {
      tenant: 1,
      id: options.connection,
      connector,
      settings,
      territory,
      grants,
      owner: { tenant: 1, connection: options.connection, rate: undefined, concurrency: undefined },
      secrets: async () => secrets,
    },
    { signal: new AbortController().signal, note: (message) => notes.push(message) },
    {
      http,
      tokens,
      limiter: {
        take: async () => ({ done: () => undefined }),
        pause: async () => undefined,
        close: async () => undefined,
      },
      concurrency: createConcurrencyLimiter(),
      breakers: { check: () => undefined, run: (_circuit, send) => send(), close: () => undefined },
      known: {
        add: (_tenant, _connection, added) => {
          for (const value of added) values.add(value);
        },
        of: () => [...values],
        redactorOf: () => (text) => text,
        redactAll: (text) => text,
      },
      clock: { now: options.now ?? Date.now },
      signInNeeded: async () => {
        signIns++;
      },
    },
  );

  const offer = (capability: AnyCapability) => {
    const found = offerOf(connector, capability.name);
    if (!found) throw new Error(`${connector.id} does not offer ${capability.name}`);
    return found;
  };
  const noCall: WriteCall = { reference: 'a'.repeat(24) };

  return {
    session,
    calls,
    notes,
    secrets: values,
    signInsNeeded: () => signIns,
    renewals: () => renewals,
    async use(capability, input, call = noCall) {
      const output: unknown = await offer(capability).run(session, capability.input.parse(input), call);
      return capability.output.parse(output);
    },
    async lookUp(capability, input, call) {
      const write = offer(capability);
      if (!isWrite(write) || !write.lookup) throw new Error(`${capability.name} has no lookup`);
      const output: unknown = await write.lookup(session, capability.input.parse(input), call);
      return output === null ? null : capability.output.parse(output);
    },
    async batch(capability, inputs) {
      const write = offer(capability);
      if (!isWrite(write) || !write.batch) throw new Error(`${capability.name} has no batch`);
      const parsed = inputs.map(({ input, call }) => ({ input: capability.input.parse(input), call }));
      const answers = await write.batch.run(session, parsed);
      return answers.map((answer) => (answer instanceof Error ? answer : capability.output.parse(answer)));
    },
  };
}
