import { z } from 'zod';
import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import { JsonObject } from '#runtime/json.ts';
import type { Connections } from '#runtime/ports.ts';
import { createCircuitBreakers } from '../adapters/circuit-breaker.ts';
import { createConcurrencyLimiter } from '../adapters/concurrency-limiter.ts';
import { readGrants, readSecrets, readSettings } from '../adapters/connection-form.ts';
import { createSession, type OpenConnection } from '../adapters/connection-session.ts';
import { createFetchHttp } from '../adapters/fetch-http.ts';
import { createKnownSecrets } from '../adapters/known-secrets.ts';
import type { OAuthTokens } from '../adapters/oauth-tokens.ts';
import { packRequest, territoryOf, wholeUrl } from '../adapters/outgoing.ts';
import { catalog } from './catalog.ts';
import { CommandError } from './command.ts';
import { about, shaped } from './given-file.ts';
import { createLocalLimiter } from './local-limiter.ts';

const GivenConnection = z.strictObject({
  connector: z.string(),
  settings: JsonObject.default({}),
  secrets: JsonObject.default({}),
  /** For systems with OAuth: a token that is good now; it is not renewed. */
  accessToken: z.string().min(1).optional(),
  /** `host:port` on private networks it may reach. */
  grants: z.array(z.string()).default([]),
});
const GivenConnections = z.record(z.string().min(1).max(80), GivenConnection);
type GivenConnection = z.infer<typeof GivenConnection>;

/** Connections by the name the flow calls them, and what closes them. */
export interface OpenedConnections {
  readonly connections: Connections;
  /** The connector of each as its settings make it, for `check`. */
  readonly connectors: Pick<ReadonlyMap<string, AnyConnector>, 'get'>;
  redact(text: string): string;
  close(): Promise<void>;
}

/** The tenant of runs that belong to nobody. */
export const NOBODY = 0;

interface Ready {
  readonly open: OpenConnection;
  readonly given: GivenConnection;
}

/**
 * Opens what a connections file says: `{ "shop": { "connector": "woocommerce", "settings": {…}, "secrets": {…} } }`.
 * `grants`: `host:port` on private networks that steps without a connection may reach. Throws CommandError naming the field.
 */
export function openGiven(file: string, json: unknown, grants: readonly string[]): OpenedConnections {
  const given = shaped(file, GivenConnections, json);
  const known = createKnownSecrets();
  const ready = new Map(
    Object.entries(given).map(([name, each]) => [name, { open: prepare(file, name, each), given: each }]),
  );
  for (const [name, { given: each }] of ready)
    known.add(
      NOBODY,
      name,
      [...Object.values(each.secrets), each.accessToken].filter((value) => typeof value === 'string'),
    );
  const plainGrants = new Set(about('--grant', () => readGrants(grants)));
  const http = createFetchHttp();
  const tools = {
    http,
    known,
    limiter: createLocalLimiter(),
    concurrency: createConcurrencyLimiter(),
    breakers: createCircuitBreakers(),
    tokens: tokensOf(ready),
    clock: { now: () => Date.now() },
    signInNeeded: async () => undefined,
  };
  const find = (name: string): OpenConnection => {
    const found = ready.get(name);
    if (found) return found.open;
    const names = [...ready.keys()].join(', ');
    const why = names === '' ? 'none was given: use --connections FILE or --tenant N' : `${file} has ${names}`;
    throw new TerminalError('CONNECTION_MISSING', `there is no connection "${name}"; ${why}`);
  };
  return {
    connectors: new Map([...ready].map(([name, { open }]) => [name, open.connector])),
    redact: known.redactorOf(NOBODY),
    close: () => http.close(),
    connections: {
      open: async (_tenant, connection, call) => {
        const open = find(connection);
        return { connector: open.connector, session: createSession(open, call, tools) };
      },
      send: async (offer, session, input, call) => offer.run(session, input, call),
      plain: (_tenant, call) => async (request) => {
        const { method, timeoutMs } = request;
        const packed = packRequest(request, '*/*');
        return http.send({ url: wholeUrl(request), method, ...packed, timeoutMs, signal: call.signal }, plainGrants);
      },
    },
  };
}

function connectorOf(file: string, name: string, id: string): AnyConnector {
  const connector = catalog.connector(id);
  if (connector) return connector;
  const known = catalog.connectors.map((each) => each.id).join(', ');
  throw new CommandError(`${file}: ${name}.connector: there is no "${id}"; there are ${known}`);
}

function prepare(file: string, name: string, given: GivenConnection): OpenConnection {
  const found = connectorOf(file, name, given.connector);
  return about(`${file}: ${name}`, () => {
    const settings = readSettings(found, given.settings);
    const connector = connectorWith(found, settings);
    const secrets = readSecrets(connector, given.secrets);
    return {
      tenant: NOBODY,
      id: name,
      connector,
      settings,
      territory: territoryOf(connector.base(settings), connector.hosts(settings)),
      grants: new Set(readGrants(given.grants)),
      owner: { tenant: NOBODY, connection: name, rate: connector.rate, concurrency: connector.concurrency },
      secrets: async () => secrets,
    };
  });
}

/** Tokens as they were given: there is nowhere to keep a renewed one, and a refresh token may work but once. */
function tokensOf(ready: ReadonlyMap<string, Ready>): Pick<OAuthTokens, 'access'> {
  return {
    access: async ({ connection }, refused) => {
      const token = ready.get(connection)?.given.accessToken;
      if (token === undefined)
        throw new HoldError('SIGN_IN_NEEDED', 'sign-in', `${connection} needs an accessToken in the connections file`);
      if (refused !== undefined)
        throw new HoldError('SIGN_IN_NEEDED', 'sign-in', `${connection}.accessToken is not accepted any more`);
      return token;
    },
  };
}
