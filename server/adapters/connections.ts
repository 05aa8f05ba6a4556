import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { type AnyConnector, connectorWith, type Session } from '#runtime/connector.ts';
import { HoldError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { CallContext, Clock, Connections, OpenedConnection } from '#runtime/ports.ts';
import type { AnsweredNote } from './answered.ts';
import type { CircuitBreakers } from './circuit-breaker.ts';
import type { ConcurrencyLimiter } from './concurrency-limiter.ts';
import { readSettings } from './connection-form.ts';
import { readConnection, type StoredConnection, writeConnection } from './connection-rows.ts';
import { createSession, type OpenConnection } from './connection-session.ts';
import type { FetchHttp } from './fetch-http.ts';
import type { KnownSecrets } from './known-secrets.ts';
import type { OAuthTokens } from './oauth-tokens.ts';
import { packRequest, territoryOf, wholeUrl } from './outgoing.ts';
import { withTenant } from './pg-pool.ts';
import type { WriteTurns } from './pg-write-turns.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { Vault } from './vault.ts';
import { earlierPlace, webhookSecretIn } from './webhook-secret.ts';
import { createWriteBatches } from './write-batch.ts';

/** The port, and what the server itself asks of it. */
export interface ConnectionDoor extends Connections {
  /** As `open`, whatever the connection's state: to prove it, or to sign in. */
  openAnyway(tenant: number, connection: string, call: CallContext): Promise<OpenedConnection>;
  /** A connection that is not stored, at work: to prove it before it is. */
  openTrial(tenant: number, trial: Trial, call: CallContext): OpenedConnection;
  /** The connection without a session. Rejects with TerminalError CONNECTION_MISSING. */
  find(tenant: number, connection: string): Promise<StoredOpenConnection>;
  /** Someone changed the connection; its next use reads it anew. */
  forget(tenant: number, connection: string): void;
}

/** A stored connection, ready for work in both directions. */
interface StoredOpenConnection extends OpenConnection {
  /** What its webhooks may be signed with now: none, one, or two while it is rotated, the newest first. */
  webhookSecrets(): Promise<readonly string[]>;
}

/** What a connection would be made of, all of it read. */
export interface Trial {
  readonly connector: AnyConnector;
  readonly settings: JsonObject;
  readonly secrets: JsonObject;
  readonly grants: readonly string[];
  /** Of a sign-in in the vendor's own page; used as it is and never renewed. */
  readonly accessToken?: string;
}

interface ConnectionsOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly connectors: readonly AnyConnector[];
  readonly http: FetchHttp;
  readonly limiter: RateLimiter;
  readonly concurrency: ConcurrencyLimiter;
  readonly turns: WriteTurns;
  readonly breakers: CircuitBreakers;
  readonly tokens: OAuthTokens;
  readonly vault: Vault;
  readonly known: KnownSecrets;
  readonly answered: AnsweredNote;
  readonly clock: Clock;
  /** `host:port` on private networks that steps without a connection may reach; none unless told. */
  readonly plainGrants?: readonly string[];
}

/** How long a row is taken for unchanged when no notification says otherwise. */
const FRESH_MS = 2000;

/** Where a session comes from, for the door alone. */
const ORIGIN = Symbol('origin');
type OwnSession = Session & { [ORIGIN]?: OpenConnection };

interface Entry {
  readonly row: StoredConnection;
  readonly open: StoredOpenConnection;
  readonly freshUntil: number;
}

export function createConnections(options: ConnectionsOptions): ConnectionDoor {
  const { http } = options;
  const entries = new Map<string, Promise<Entry>>();
  const batches = createWriteBatches(options.turns);
  const plainGrants = new Set(options.plainGrants);
  const keyOf = (tenant: number, connection: string) => `${tenant} ${connection.toLowerCase()}`;

  const forget = (tenant: number, connection: string) => {
    entries.delete(keyOf(tenant, connection));
    options.tokens.forget(tenant, connection);
    options.breakers.close(keyOf(tenant, connection));
  };
  const tools = {
    ...options,
    signInNeeded: async ({ tenant, id }: OpenConnection, reason: string) => {
      entries.delete(keyOf(tenant, id));
      const state = { is: 'sign-in-needed', reason } as const;
      await withTenant(options.pool, tenant, (client) => writeConnection(client, tenant, id, { state }));
    },
  };

  const unsaved = { ...tools, answered: undefined, signInNeeded: async () => {} };
  const load = async (tenant: number, connection: string, before: Entry | undefined): Promise<Entry> => {
    const row = await withTenant(options.pool, tenant, (client) => readConnection(client, tenant, connection));
    if (!row) throw new TerminalError('CONNECTION_MISSING', 'the connection is gone');
    const freshUntil = performance.now() + FRESH_MS;
    // Opened secrets and the like stay as long as the row does; sealed anew by a rotation of keys it is another row.
    if (before?.row.version === row.version && sameSeals(before.row, row)) return { ...before, freshUntil };
    return { row, open: prepare(tenant, row, options), freshUntil };
  };
  const entryOf = async (tenant: number, connection: string): Promise<Entry> => {
    const key = keyOf(tenant, connection);
    const known = entries.get(key);
    const entry = await known?.catch(() => undefined);
    if (entry && performance.now() < entry.freshUntil) return entry;
    // Whoever came first reads; the others wait for it.
    const current = entries.get(key);
    if (current && current !== known) return current;
    const loading = load(tenant, connection, entry);
    entries.set(key, loading);
    loading.catch(() => {
      if (entries.get(key) === loading) entries.delete(key);
    });
    return loading;
  };
  const start = (open: OpenConnection, call: CallContext): OpenedConnection => {
    const session: OwnSession = createSession(open, call, tools);
    session[ORIGIN] = open;
    return { connector: open.connector, session, rate: open.owner.rate };
  };

  return {
    async open(tenant, connection, call) {
      const { row, open } = await entryOf(tenant, connection);
      if (row.state === 'disabled') throw new TerminalError('CONNECTION_MISSING', 'the connection is switched off');
      if (row.state === 'sign-in-needed') {
        const reason = row.reason ?? 'the connection must be signed in again';
        throw new HoldError('SIGN_IN_NEEDED', 'sign-in', reason, { details: { connection: row.id } });
      }
      return start(open, call);
    },
    async openAnyway(tenant, connection, call) {
      return start((await entryOf(tenant, connection)).open, { ...call, ahead: true });
    },
    openTrial: (tenant, trial, call) => {
      const open = trialOf(tenant, trial);
      const { accessToken } = trial;
      const own = accessToken === undefined ? unsaved : { ...unsaved, tokens: { access: async () => accessToken } };
      return { connector: open.connector, session: createSession(open, call, own), rate: undefined };
    },
    async find(tenant, connection) {
      return (await entryOf(tenant, connection)).open;
    },
    async send(offer, session, input, call) {
      const open = (session as OwnSession)[ORIGIN];
      if (!open) throw new Error('the session was not opened here');
      const reopen = (shared: CallContext) => start(open, shared).session;
      return batches.send({ offer, session, input, call }, { tenant: open.tenant, connection: open.id }, reopen);
    },
    plain: (_tenant, call) => async (request) => {
      const url = wholeUrl(request);
      const { method, timeoutMs } = request;
      return http.send({ url, method, ...packRequest(request, '*/*'), timeoutMs, signal: call.signal }, plainGrants);
    },
    forget,
  };
}

const sameSeals = (a: StoredConnection, b: StoredConnection): boolean =>
  sameBytes(a.secrets, b.secrets) && sameBytes(a.earlier?.sealed ?? null, b.earlier?.sealed ?? null);
const sameBytes = (a: Buffer | null, b: Buffer | null): boolean => (a === null || b === null ? a === b : a.equals(b));

function prepare(
  tenant: number,
  row: StoredConnection,
  { connectors, vault, known, clock }: ConnectionsOptions,
): StoredOpenConnection {
  const found = connectors.find((each) => each.id === row.connector);
  if (!found) throw new TerminalError('CONNECTION_MISSING', `there is no connector ${row.connector} here`);
  const settings = readSettings(found, row.settings);
  const connector = connectorWith(found, settings);
  let opened: Promise<Readonly<Record<string, unknown>>> | undefined;
  let before: string | null = null;
  const openSecrets = async (): Promise<Readonly<Record<string, unknown>>> => {
    if (!row.secrets) return {};
    const keys = await vault.keysOf(tenant);
    const place = { connection: row.id, kind: 'secrets', version: row.secretsVersion };
    const secrets = JSON.parse(keys.open(place, row.secrets)) as Readonly<Record<string, unknown>>;
    before = row.earlier && keys.open(earlierPlace(row.id), row.earlier.sealed);
    known.add(
      tenant,
      row.id,
      [...Object.values(secrets), before].filter((value) => typeof value === 'string'),
    );
    return secrets;
  };
  const all = () => {
    opened ??= openSecrets();
    opened.catch(() => {
      opened = undefined;
    });
    return opened;
  };
  return {
    tenant,
    id: row.id,
    connector,
    settings,
    territory: territoryOf(connector.base(settings), connector.hosts(settings)),
    grants: new Set(row.grants),
    owner: { tenant, connection: row.id, rate: row.rate ?? connector.rate, concurrency: connector.concurrency },
    secrets: all,
    webhookSecrets: async () => {
      const now = webhookSecretIn(connector, await all());
      if (now === null) return [];
      return before !== null && clock.now() < (row.earlier?.until ?? 0) ? [now, before] : [now];
    },
  };
}

/** Under an id of its own, so that nothing another connection does has to do with it; the vendor's limit is not kept for one call. */
function trialOf(tenant: number, { connector: found, settings, secrets, grants }: Trial): OpenConnection {
  const connector = connectorWith(found, settings);
  const id = randomUUID();
  return {
    tenant,
    id,
    connector,
    settings,
    territory: territoryOf(connector.base(settings), connector.hosts(settings)),
    grants: new Set(grants),
    owner: { tenant, connection: id, rate: undefined, concurrency: undefined },
    secrets: async () => secrets,
  };
}
