import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { AnyConnector } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { OpenedConnection } from '#runtime/ports.ts';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import { markAnswered } from './answered.ts';
import {
  type ConnectionEdit,
  firstSecrets,
  NOT_SIGNED_IN,
  type PlannedChange,
  planEdit,
  planSecrets,
  type SecretsEdit,
  tryOut,
} from './connection-edit.ts';
import { readGrants, readRate, readSecrets, readTitle } from './connection-form.ts';
import {
  deleteConnection,
  insertConnection,
  isConnectionId,
  readConnection,
  readConnections,
  type StoredConnection,
  writeConnection,
} from './connection-rows.ts';
import { oauthClientOf } from './connection-session.ts';
import { summariesOf, usesOf } from './connection-summary.ts';
import type { ConnectionDoor } from './connections.ts';
import { redactorWith, withoutSecrets } from './fault-redaction.ts';
import type { OAuthSignIn, SignedIn, SignInBack } from './oauth-sign-in.ts';
import type { OAuthClient } from './oauth-tokens.ts';
import { audit, type Deed, difference } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { Rate } from './rate-line.ts';
import { Refused } from './refusal.ts';
import type { TenantKeys, Vault } from './vault.ts';

/** What is told when a connection is made. */
interface ConnectionDraft {
  /** A UUID; made when left out. */
  readonly id?: string;
  readonly connector: string;
  readonly title: string;
  readonly settings: unknown;
  readonly secrets?: unknown;
  /** For administrators: `host:port` on private networks that it may reach. */
  readonly grants?: readonly string[];
  /** For administrators: a limit agreed with the vendor in place of the connector's own. */
  readonly rate?: Rate;
}

/** A connection that is tried before it is one. */
type ConnectionTrial = Pick<ConnectionDraft, 'connector' | 'settings' | 'secrets' | 'grants'>;

/** What a person may do with connections. Secrets go in and never come out. */
export interface ConnectionAdmin {
  list(tenant: number): Promise<readonly ConnectionSummary[]>;
  create(tenant: number, draft: ConnectionDraft): Promise<ConnectionSummary>;
  /** New settings that lead elsewhere ask for the secrets too, and for a new sign-in. */
  change(tenant: number, id: string, change: ConnectionEdit): Promise<ConnectionSummary>;
  /** Puts secrets beside those that are there; `null` takes one away. The connection is ready to be tried again. */
  setSecrets(tenant: number, id: string, secrets: SecretsEdit): Promise<ConnectionSummary>;
  /** For administrators. */
  allow(
    tenant: number,
    id: string,
    change: { grants?: readonly string[]; rate?: Rate | null },
  ): Promise<ConnectionSummary>;
  setEnabled(tenant: number, id: string, enabled: boolean): Promise<ConnectionSummary>;
  markSignInNeeded(tenant: number, id: string, reason: string): Promise<ConnectionSummary>;
  remove(tenant: number, id: string): Promise<void>;
  /** Asks the system whose account it is; rejects as any call through the connection does. Success makes it ready. */
  test(tenant: number, id: string, signal: AbortSignal): Promise<{ readonly label: string }>;
  /** The same for what is not saved yet; nothing is kept of it. */
  attempt(tenant: number, draft: ConnectionTrial, signal: AbortSignal): Promise<{ readonly label: string }>;
  beginSignIn(tenant: number, id: string, by: { user: string; redirectUri: string }): Promise<{ readonly url: string }>;
  finishSignIn(back: SignInBack): Promise<SignedIn>;
}

interface ConnectionAdminOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly connectors: readonly AnyConnector[];
  readonly vault: Vault;
  readonly door: ConnectionDoor;
  readonly signIn: OAuthSignIn;
}

const MAX_CONNECTIONS = 500;

export function createConnectionAdmin(options: ConnectionAdminOptions): ConnectionAdmin {
  const { pool, vault, door, signIn } = options;

  const connectorOf = (id: string): AnyConnector => {
    const connector = options.connectors.find((each) => each.id === id);
    if (connector) return connector;
    throw new TerminalError('CONFIG_INVALID', `there is no connector "${id}"`, { field: 'connector' });
  };
  /** Reads under lock, writes what `edit` makes of it, and tells the caller how it stands now. */
  const edit = async (
    tenant: number,
    id: string,
    plan: (row: StoredConnection, connector: AnyConnector, keys: TenantKeys) => PlannedChange,
    tell: (row: StoredConnection, change: PlannedChange) => Omit<Deed, 'on'> | null,
  ): Promise<ConnectionSummary> => {
    const keys = await vault.keysOf(tenant);
    const changed = await withTenant(pool, tenant, async (client) => {
      const row = await readConnection(client, tenant, id, 'for update');
      if (!row) throw missing();
      const planned = plan(row, connectorOf(row.connector), keys);
      const { signOut, ...change } = planned;
      if (signOut) {
        await client.query('delete from connection_token where tenant_id = $1 and connection_id = $2', [tenant, id]);
      }
      await writeConnection(client, tenant, id, change);
      const deed = tell(row, planned);
      if (deed) await audit(client, { ...deed, on: { id, title: change.title ?? row.title } });
      return summaryOf(client, tenant, id, keys);
    });
    door.forget(tenant, id);
    return changed;
  };
  const clientOf = async (tenant: number, id: string): Promise<OAuthClient> => {
    const client = await oauthClientOf(await door.find(tenant, id));
    if (client) return client;
    throw new TerminalError('UNSUPPORTED', 'this system has no sign-in of its own; it takes keys', {
      field: 'connection',
    });
  };

  return {
    list: async (tenant) => {
      const keys = await vault.keysOf(tenant);
      return withTenant(pool, tenant, async (client) =>
        summariesOf(client, keys, await readConnections(client, tenant)),
      );
    },

    create: async (tenant, draft) => create(options, tenant, draft, connectorOf(draft.connector)),

    change: (tenant, id, asked) =>
      edit(
        tenant,
        id,
        (row, connector, keys) => planEdit(row, connector, asked, keys),
        (row, change) => toldChange(row, change),
      ),

    setSecrets: (tenant, id, given) =>
      edit(
        tenant,
        id,
        (row, connector, keys) => planSecrets(row, connector, given, keys),
        () => ({ action: 'connection.secrets', after: toldSecrets(given) }),
      ),

    allow: (tenant, id, { grants, rate }) =>
      edit(
        tenant,
        id,
        () => ({
          ...(grants === undefined ? {} : { grants: readGrants(grants) }),
          ...(rate === undefined ? {} : { rate: readRate(rate) }),
        }),
        (row, change) => ({
          action: 'connection.allow',
          before: toldAllowance(row),
          after: toldAllowance({ ...row, ...change, rate: change.rate === undefined ? row.rate : change.rate }),
        }),
      ),

    setEnabled: (tenant, id, enabled) =>
      edit(
        tenant,
        id,
        () => ({ state: { is: enabled ? 'ready' : 'disabled', reason: null } }),
        (row) => ({ action: enabled ? 'connection.on' : 'connection.off', before: { state: row.state } }),
      ),

    markSignInNeeded: (tenant, id, reason) =>
      edit(
        tenant,
        id,
        () => ({ state: { is: 'sign-in-needed', reason } }),
        () => null,
      ),

    remove: (tenant, id) => remove(options, tenant, id),
    test: (tenant, id, signal) => test(options, tenant, id, signal),
    attempt: async (tenant, draft, signal) => attempt(options, tenant, draft, connectorOf(draft.connector), signal),

    async beginSignIn(tenant, id, by) {
      return signIn.begin(await clientOf(tenant, id), by);
    },
    async finishSignIn(back) {
      const done = await signIn.finish(back, clientOf);
      door.forget(done.tenant, done.connection);
      return done;
    },
  };
}

async function remove({ pool, door }: ConnectionAdminOptions, tenant: number, id: string): Promise<void> {
  const gone =
    isConnectionId(id) &&
    (await withTenant(pool, tenant, async (client) => {
      const row = await readConnection(client, tenant, id, 'for update');
      if (!row) return false;
      const flows = (await usesOf(client, id)).get(row.id) ?? [];
      if (flows.length > 0) {
        const names = flows.map(({ name }) => name).join(', ');
        throw new Refused(409, 'CONNECTION_IN_USE', `flows work through it: ${names}`, { field: 'connection' });
      }
      await deleteConnection(client, tenant, id);
      const { title, connector } = row;
      await audit(client, { action: 'connection.delete', on: { id, title }, before: { connector } });
      return true;
    }));
  door.forget(tenant, id);
  if (!gone) throw missing();
}

async function test(
  { pool, door }: ConnectionAdminOptions,
  tenant: number,
  id: string,
  signal: AbortSignal,
): Promise<{ readonly label: string }> {
  door.forget(tenant, id);
  const { connector, session } = await door.openAnyway(tenant, id, { signal, note: () => {} });
  const redact = redactorWith(await (await door.find(tenant, id)).secrets());
  const { label } = await pinged({ connector, session }, redact);
  await withTenant(pool, tenant, async (client) => {
    const row = await readConnection(client, tenant, id, 'for update');
    if (!row) return;
    await markAnswered(client, tenant, id);
    if (row.state === 'sign-in-needed')
      await writeConnection(client, tenant, id, { state: { is: 'ready', reason: null } });
    await audit(client, { action: 'connection.test', on: { id, title: row.title }, after: { label } });
  });
  door.forget(tenant, id);
  return { label };
}

async function create(
  { pool, vault }: ConnectionAdminOptions,
  tenant: number,
  draft: ConnectionDraft,
  connector: AnyConnector,
): Promise<ConnectionSummary> {
  const id = (draft.id ?? randomUUID()).toLowerCase();
  if (!isConnectionId(id)) throw new TerminalError('CONFIG_INVALID', 'the id must be a UUID', { field: 'id' });
  const keys = await vault.keysOf(tenant);
  const made = {
    id,
    connector: connector.id,
    title: readTitle(draft.title),
    settings: tryOut(connector, draft.settings),
    ...firstSecrets(id, connector, draft.secrets, keys),
    grants: readGrants(draft.grants ?? []),
    rate: readRate(draft.rate ?? null) ?? undefined,
    state: connector.oauth ? ('sign-in-needed' as const) : ('ready' as const),
    reason: connector.oauth ? NOT_SIGNED_IN : null,
  };
  return withTenant(pool, tenant, async (client) => {
    if ((await readConnections(client, tenant)).length >= MAX_CONNECTIONS) {
      throw new TerminalError('CONFIG_INVALID', `a customer can have ${MAX_CONNECTIONS} connections at most`);
    }
    await insertConnection(client, tenant, made);
    await audit(client, {
      action: 'connection.create',
      on: { id, title: made.title },
      after: { connector: made.connector, ...made.settings, ...toldAllowance(made) },
    });
    return summaryOf(client, tenant, id, keys);
  });
}

/** Which secrets were given or taken away; never what they are. */
const toldSecrets = (given: SecretsEdit) => ({
  secrets: Object.entries(given).map(([name, value]) => (value === null ? `${name} taken away` : `${name} given`)),
});

function toldChange(row: StoredConnection, { title, settings, secrets, signOut }: PlannedChange): Omit<Deed, 'on'> {
  const { before, after } = difference(
    { title: row.title, ...row.settings },
    { title: title ?? row.title, ...(settings ?? row.settings) },
  );
  const more = { ...(secrets ? { given: 'new secrets' } : {}), ...(signOut ? { signedOut: true } : {}) };
  return { action: 'connection.change', before, after: { ...after, ...more } };
}

const toldAllowance = ({ grants, rate }: { grants: readonly string[]; rate: Rate | null | undefined }) => ({
  ...(grants.length > 0 ? { grants: [...grants] } : {}),
  ...(rate ? { rate: `${rate.requests} per ${rate.perMs} ms` } : {}),
});

function missing(): TerminalError {
  return new TerminalError('CONNECTION_MISSING', 'the connection is gone');
}

async function summaryOf(client: ClientBase, tenant: number, id: string, keys: TenantKeys): Promise<ConnectionSummary> {
  const row = await readConnection(client, tenant, id);
  const [summary] = row ? await summariesOf(client, keys, [row]) : [];
  if (!summary) throw missing();
  return summary;
}

/** Asks the system whose account it would be, without storing anything. */
async function attempt(
  { door }: ConnectionAdminOptions,
  tenant: number,
  draft: ConnectionTrial,
  connector: AnyConnector,
  signal: AbortSignal,
): Promise<{ readonly label: string }> {
  if (connector.oauth)
    throw new TerminalError('UNSUPPORTED', `${connector.title} is signed in to in its own page, once it is saved`);
  const settings = tryOut(connector, draft.settings);
  const secrets = draft.secrets === undefined ? {} : readSecrets(connector, draft.secrets);
  const grants = readGrants(draft.grants ?? []);
  const opened = door.openTrial(tenant, { connector, settings, secrets, grants }, { signal, note: () => {} });
  return pinged(opened, redactorWith(secrets));
}

/** What the system says of itself, and what is wrong with its answer, may be an echo of what it was sent. */
async function pinged(
  { connector, session }: Pick<OpenedConnection, 'connector' | 'session'>,
  redact: (text: string) => string,
): Promise<{ readonly label: string }> {
  try {
    return { label: redact((await connector.ping(session)).label) };
  } catch (error) {
    throw withoutSecrets(error, redact);
  }
}
