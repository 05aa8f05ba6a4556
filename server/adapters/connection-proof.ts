import type { Pool } from 'pg';
import type { AnyConnector } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { OpenedConnection } from '#runtime/ports.ts';
import { markAnswered } from './answered.ts';
import { type ConnectionEdit, merged, tryOut } from './connection-edit.ts';
import { readGrants, readSecrets } from './connection-form.ts';
import { isConnectionId, readConnection, type StoredConnection, writeConnection } from './connection-rows.ts';
import type { ConnectionDoor, Trial } from './connections.ts';
import { redactorWith, withoutSecrets } from './fault-redaction.ts';
import type { OAuthClient } from './oauth-tokens.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { TenantKeys } from './vault.ts';

/** What a system says of whose account it is. */
export interface Proof {
  readonly label: string;
  readonly orders: number | null;
}

interface ProofOptions {
  /** Runs as weft_app. */
  readonly pool: Pool;
  readonly door: ConnectionDoor;
}

/** What a connection would be made of, as a person gave it. */
export interface GivenTrial {
  readonly settings: unknown;
  readonly secrets?: unknown;
  readonly grants?: readonly string[];
}

/** Asks through the connection as it is, and notes that it answered. */
export async function proveStored(
  { pool, door }: ProofOptions,
  tenant: number,
  id: string,
  signal: AbortSignal,
): Promise<Proof> {
  door.forget(tenant, id);
  const { connector, session } = await door.openAnyway(tenant, id, { signal, note: () => {} });
  const redact = redactorWith(await (await door.find(tenant, id)).secrets());
  const proof = await pinged({ connector, session }, redact, signal);
  await withTenant(pool, tenant, async (client) => {
    const row = await readConnection(client, tenant, id, 'for update');
    if (!row) return;
    await markAnswered(client, tenant, id);
    if (row.state === 'sign-in-needed')
      await writeConnection(client, tenant, id, { state: { is: 'ready', reason: null } });
    await audit(client, { action: 'connection.test', on: { id, title: row.title }, after: { label: proof.label } });
  });
  door.forget(tenant, id);
  return proof;
}

/** Asks the system whose account it would be, without storing anything. */
export function proveGiven(
  { door }: Pick<ProofOptions, 'door'>,
  tenant: number,
  connector: AnyConnector,
  draft: GivenTrial,
  signal: AbortSignal,
): Promise<Proof> {
  if (connector.oauth)
    throw new TerminalError('UNSUPPORTED', `${connector.title} is signed in to in its own page, once it is saved`);
  const settings = tryOut(connector, draft.settings);
  const secrets = draft.secrets === undefined ? {} : readSecrets(connector, draft.secrets);
  return proveTrial(door, tenant, { connector, settings, secrets, grants: readGrants(draft.grants ?? []) }, signal);
}

/** Rejects as any call through the connection does when the system does not take what it would be made of. */
export function proveTrial(door: ConnectionDoor, tenant: number, trial: Trial, signal: AbortSignal): Promise<Proof> {
  const { secrets, accessToken = '' } = trial;
  return pinged(
    door.openTrial(tenant, trial, { signal, note: () => {} }),
    redactorWith({ ...secrets, accessToken }),
    signal,
  );
}

/** What a change would make of the connection's credentials; null where it leaves them as they are. */
export function trialOfEdit(
  row: StoredConnection,
  connector: AnyConnector,
  edit: ConnectionEdit,
  keys: TenantKeys,
): Trial | null {
  if (edit.secrets === undefined && edit.beside === undefined) return null;
  const settings = edit.settings === undefined ? row.settings : tryOut(connector, edit.settings);
  const secrets =
    edit.secrets === undefined ? merged(row, connector, edit.beside ?? {}, keys) : readSecrets(connector, edit.secrets);
  return { connector, settings, secrets, grants: row.grants };
}

/**
 * Asks with tokens a vendor has just given. Where those before no longer work there is nothing to lose: then new ones that could
 * only not be tried, since the system did not answer, are taken as they are.
 */
export async function proveTokens(
  { pool, door }: ProofOptions,
  client: OAuthClient,
  accessToken: string,
  signal: AbortSignal,
): Promise<Proof | null> {
  const { tenant, connection } = client;
  const { connector, settings, grants } = await door.find(tenant, connection);
  const trial = { connector, settings: settings as JsonObject, secrets: client.secrets as JsonObject, accessToken };
  try {
    return await proveTrial(door, tenant, { ...trial, grants: [...grants] }, signal);
  } catch (error) {
    const row = await withTenant(pool, tenant, (database) => readConnection(database, tenant, connection));
    if (error instanceof RetryableError && row?.state !== 'ready') return null;
    throw error;
  }
}

/** The connection as it is stored. */
export async function storedConnection(pool: Pool, tenant: number, id: string): Promise<StoredConnection> {
  const row = isConnectionId(id)
    ? await withTenant(pool, tenant, (client) => readConnection(client, tenant, id))
    : undefined;
  if (!row) throw new TerminalError('CONNECTION_MISSING', 'the connection is gone');
  return row;
}

/** What the system says of itself, and what is wrong with its answer, may be an echo of what it was sent. */
async function pinged(
  { connector, session }: Pick<OpenedConnection, 'connector' | 'session'>,
  redact: (text: string) => string,
  signal: AbortSignal,
): Promise<Proof> {
  try {
    const { label, orders = null } = await connector.ping(session);
    return { label: redact(label), orders };
  } catch (error) {
    // whoever waits has no more patience: that is told as the system's silence, which it is
    if (signal.aborted && error === signal.reason)
      throw new RetryableError('TIMEOUT', 'the system did not answer in time');
    throw withoutSecrets(error, redact);
  }
}
