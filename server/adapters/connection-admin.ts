import { randomUUID } from 'node:crypto';
import type { ClientBase, Pool } from 'pg';
import type { AnyConnector } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { ConnectionSummary, RenewSecret, WebhookSecretMade } from '#runtime/protocol.ts';
import {
  type ConnectionEdit,
  firstSecrets,
  NOT_SIGNED_IN,
  type PlannedChange,
  planEdit,
  planSecrets,
  planWebhookSecret,
  type SecretsEdit,
  tryOut,
} from './connection-edit.ts';
import { destinationsOf, readGrants, readRate, readTitle } from './connection-form.ts';
import {
  type GivenTrial,
  type Proof,
  proveGiven,
  proveStored,
  proveTokens,
  proveTrial,
  storedConnection,
  trialOfEdit,
} from './connection-proof.ts';
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
import type { OAuthSignIn, SignedIn, SignInBack } from './oauth-sign-in.ts';
import type { OAuthClient, OAuthTokens } from './oauth-tokens.ts';
import { audit, type Deed, difference } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { Rate } from './rate-line.ts';
import { Refused } from './refusal.ts';
import type { TenantKeys, Vault } from './vault.ts';
import { toldRotation } from './webhook-secret.ts';

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
type ConnectionTrial = GivenTrial & { readonly connector: string };

/** What a person may do with connections. Secrets go in and never come out. */
export interface ConnectionAdmin {
  list(tenant: number): Promise<readonly ConnectionSummary[]>;
  create(tenant: number, draft: ConnectionDraft): Promise<ConnectionSummary>;
  /** New settings that lead elsewhere ask for the secrets too, and for a new sign-in. */
  change(tenant: number, id: string, change: ConnectionEdit): Promise<ConnectionSummary>;
  /** The same, but new credentials are tried first; rejects as `test` does when they do not work, and then all stays as it was. */
  changeProven(tenant: number, id: string, change: ConnectionEdit, signal: AbortSignal): Promise<ConnectionSummary>;
  /** Puts secrets beside those that are there; `null` takes one away. The connection is ready to be tried again. */
  setSecrets(tenant: number, id: string, secrets: SecretsEdit): Promise<ConnectionSummary>;
  /** Another secret for the webhooks; the one before is taken for a while yet. Rejects with TerminalError UNSUPPORTED. */
  renewWebhookSecret(tenant: number, id: string, wish: RenewSecret): Promise<WebhookSecretMade>;
  /** The secret before is taken no more. */
  endEarlierSecret(tenant: number, id: string): Promise<ConnectionSummary>;
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
  test(tenant: number, id: string, signal: AbortSignal): Promise<Proof>;
  /** The same for what is not saved yet; nothing is kept of it. */
  attempt(tenant: number, draft: ConnectionTrial, signal: AbortSignal): Promise<Proof>;
  beginSignIn(tenant: number, id: string, by: { user: string; redirectUri: string }): Promise<{ readonly url: string }>;
  begunSignIn(state: string, user: string): Promise<SignedIn | undefined>;
  finishSignIn(back: SignInBack): Promise<SignedIn>;
}

interface ConnectionAdminOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly connectors: readonly AnyConnector[];
  readonly vault: Vault;
  readonly door: ConnectionDoor;
  readonly signIn: OAuthSignIn;
  readonly tokens: Pick<OAuthTokens, 'renewWith'>;
}

const MAX_CONNECTIONS = 500;
/** Milliseconds a vendor's new tokens are tried for, while a person waits. */
const PROOF_MS = 20_000;

/** A change of one connection: what becomes of its row, what else in the transaction, and what the log is told. */
interface Edit {
  plan(row: StoredConnection, connector: AnyConnector, keys: TenantKeys): PlannedChange;
  after?(client: ClientBase): Promise<void>;
  tell(row: StoredConnection, change: PlannedChange): Omit<Deed, 'on'> | null;
}

const knownConnector =
  (connectors: readonly AnyConnector[]) =>
  (id: string): AnyConnector | undefined =>
    connectors.find((each) => each.id === id);

export function createConnectionAdmin(options: ConnectionAdminOptions): ConnectionAdmin {
  const { pool, vault, door } = options;

  const connectorOf = (id: string): AnyConnector => {
    const connector = knownConnector(options.connectors)(id);
    if (connector) return connector;
    throw new TerminalError('CONFIG_INVALID', `there is no connector "${id}"`, { field: 'connector' });
  };
  const { editIn, edit } = editing(options, connectorOf);
  const changing = (asked: ConnectionEdit): Edit => ({
    plan: (row, connector, keys) => planEdit(row, connector, asked, keys),
    tell: (row, change) =>
      asked.beside && Object.keys(asked).length === 1
        ? { action: 'connection.secrets', after: toldSecrets(asked.beside) }
        : toldChange(row, change),
  });
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
        summariesOf(
          client,
          { keys, connectorOf: knownConnector(options.connectors) },
          await readConnections(client, tenant),
        ),
      );
    },

    create: async (tenant, draft) => create(options, tenant, draft, connectorOf(draft.connector)),

    change: (tenant, id, asked) => edit(tenant, id, changing(asked)),
    changeProven: async (tenant, id, asked, signal) => {
      const row = await storedConnection(pool, tenant, id);
      const connector = connectorOf(row.connector);
      const trial = trialOfEdit(row, connector, asked, await vault.keysOf(tenant));
      if (!trial) return edit(tenant, id, changing(asked));
      if (!connector.oauth) {
        await proveTrial(door, tenant, trial, signal);
        return edit(tenant, id, changing(asked));
      }
      // who is signed out, or will be, has nothing to try the new ones with before the next sign-in, and nothing to lose
      const moved = destinationsOf(connector, trial.settings) !== destinationsOf(connector, row.settings);
      if (moved || row.state !== 'ready') return edit(tenant, id, changing(asked));
      const client = { ...(await clientOf(tenant, id)), secrets: trial.secrets };
      const changed = await options.tokens.renewWith(client, (database) =>
        editIn(database, tenant, id, changing(asked)),
      );
      door.forget(tenant, id);
      return changed;
    },

    setSecrets: (tenant, id, given) =>
      edit(tenant, id, {
        plan: (row, connector, keys) => planSecrets(row, connector, given, keys),
        tell: () => ({ action: 'connection.secrets', after: toldSecrets(given) }),
      }),
    renewWebhookSecret: async (tenant, id, wish) => {
      let made = '';
      const connection = await edit(tenant, id, {
        plan: (row, connector, keys) => {
          const planned = planWebhookSecret(row, connector, wish, keys);
          made = planned.made;
          return planned.change;
        },
        after: (client) => placeAnew(client, id),
        tell: (_row, { earlier }) => ({
          action: 'connection.webhook-secret',
          after: toldRotation(wish, earlier !== undefined && earlier !== null),
        }),
      });
      return { connection, secret: connection.webhook?.placed ? null : made };
    },
    endEarlierSecret: (tenant, id) =>
      edit(tenant, id, {
        plan: () => ({ earlier: null }),
        tell: (row) => (row.earlier ? { action: 'connection.webhook-secret-end' } : null),
      }),

    allow: (tenant, id, { grants, rate }) =>
      edit(tenant, id, {
        plan: () => ({
          ...(grants === undefined ? {} : { grants: readGrants(grants) }),
          ...(rate === undefined ? {} : { rate: readRate(rate) }),
        }),
        tell: (row, change) => ({
          action: 'connection.allow',
          before: toldAllowance(row),
          after: toldAllowance({ ...row, ...change, rate: change.rate === undefined ? row.rate : change.rate }),
        }),
      }),

    setEnabled: (tenant, id, enabled) =>
      edit(tenant, id, {
        plan: () => ({ state: { is: enabled ? 'ready' : 'disabled', reason: null } }),
        tell: (row) => ({ action: enabled ? 'connection.on' : 'connection.off', before: { state: row.state } }),
      }),

    markSignInNeeded: (tenant, id, reason) =>
      edit(tenant, id, { plan: () => ({ state: { is: 'sign-in-needed', reason } }), tell: () => null }),

    remove: (tenant, id) => remove(options, tenant, id),
    test: (tenant, id, signal) => proveStored(options, tenant, id, signal),
    attempt: async (tenant, draft, signal) => proveGiven(options, tenant, connectorOf(draft.connector), draft, signal),

    ...signingIn(options, clientOf),
  };
}

/** People's way to a vendor's sign-in page and back. */
function signingIn(
  options: ConnectionAdminOptions,
  clientOf: (tenant: number, id: string) => Promise<OAuthClient>,
): Pick<ConnectionAdmin, 'beginSignIn' | 'begunSignIn' | 'finishSignIn'> {
  const { signIn, door } = options;
  return {
    beginSignIn: async (tenant, id, by) => signIn.begin(await clientOf(tenant, id), by),
    begunSignIn: (state, user) => signIn.begun(state, user),
    async finishSignIn(back) {
      const done = await signIn.finish(back, {
        clientOf,
        prove: (client, token) => proveTokens(options, client, token, AbortSignal.timeout(PROOF_MS)),
      });
      door.forget(done.tenant, done.connection);
      return done;
    },
  };
}

/** Changes of a connection's row, in a transaction of their own or in another's. */
function editing({ pool, vault, door, connectors }: ConnectionAdminOptions, connectorOf: (id: string) => AnyConnector) {
  /** Reads under lock, writes what `plan` makes of it, and tells the caller how it stands now. */
  const editIn = async (client: ClientBase, tenant: number, id: string, { plan, tell, after }: Edit) => {
    const keys = await vault.keysOf(tenant);
    const row = await readConnection(client, tenant, id, 'for update');
    if (!row) throw missing();
    const planned = plan(row, connectorOf(row.connector), keys);
    const { signOut, ...change } = planned;
    if (signOut)
      await client.query('delete from connection_token where tenant_id = $1 and connection_id = $2', [tenant, id]);
    await writeConnection(client, tenant, id, change);
    await after?.(client);
    const deed = tell(row, planned);
    if (deed) await audit(client, { ...deed, on: { id, title: change.title ?? row.title } });
    return summaryOf(client, tenant, id, { keys, connectorOf: knownConnector(connectors) });
  };
  const edit = async (tenant: number, id: string, how: Edit): Promise<ConnectionSummary> => {
    const changed = await withTenant(pool, tenant, (client) => editIn(client, tenant, id, how));
    door.forget(tenant, id);
    return changed;
  };
  return { editIn, edit };
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

async function create(
  { pool, vault, connectors }: ConnectionAdminOptions,
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
    return summaryOf(client, tenant, id, { keys, connectorOf: knownConnector(connectors) });
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

/** Whoever reads from the connection looks after its webhooks at once, and so brings the new secret there. */
async function placeAnew(client: ClientBase, id: string): Promise<void> {
  await client.query(
    `update trigger_clock c set due_at = now() from hook h join flow f on f.tenant_id = h.tenant_id and f.id = h.flow_id
      where h.connection_id = $1 and h.tenant_id = current_tenant() and f.state in ('live', 'test')
        and c.tenant_id = h.tenant_id and c.flow_id = h.flow_id and c.trigger = h.trigger`,
    [id],
  );
}

async function summaryOf(
  client: ClientBase,
  tenant: number,
  id: string,
  about: Parameters<typeof summariesOf>[1],
): Promise<ConnectionSummary> {
  const row = await readConnection(client, tenant, id);
  const [summary] = row ? await summariesOf(client, about, [row]) : [];
  if (!summary) throw missing();
  return summary;
}
