import type { ClientBase } from 'pg';
import type { JsonObject } from '#runtime/json.ts';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import type { Rate } from './rate-line.ts';
import type { Earlier } from './webhook-secret.ts';

/** A tenant's account in a system, as it is stored. */
export interface StoredConnection {
  readonly id: string;
  readonly connector: string;
  readonly title: string;
  readonly settings: JsonObject;
  /** Sealed to kind `secrets` and `secretsVersion`. */
  readonly secrets: Buffer | null;
  readonly secretsVersion: number;
  /** The webhook secret before, while it is rotated: sealed to its own kind, and taken until then (milliseconds since 1970). */
  readonly earlier: { readonly sealed: Buffer; readonly until: number } | null;
  /** `host:port` on private networks it may reach. */
  readonly grants: readonly string[];
  /** In place of the connector's own limit. */
  readonly rate: Rate | undefined;
  readonly state: ConnectionSummary['state'];
  readonly reason: string | null;
  readonly version: number;
  readonly updatedAt: number;
  /** When the system last answered well. */
  readonly answeredAt: number | null;
}

interface Row {
  readonly id: string;
  readonly connector: string;
  readonly title: string;
  readonly settings: JsonObject;
  readonly secrets: Buffer | null;
  readonly secrets_version: number;
  readonly earlier_secret: Buffer | null;
  readonly earlier_until: Date | null;
  readonly grants: string[];
  readonly rate_requests: number | null;
  readonly rate_per_ms: number | null;
  readonly state: ConnectionSummary['state'];
  readonly state_reason: string | null;
  readonly version: number;
  readonly updated_at: Date;
  readonly answered_at: Date | null;
}

const COLUMNS = `id, connector, title, settings, secrets, secrets_version, earlier_secret, earlier_until, grants, rate_requests,
  rate_per_ms, state, state_reason, version, updated_at, answered_at`;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Whether the text can be the id of a connection at all. */
export const isConnectionId = (text: string): boolean => UUID.test(text);

/** What `weft_connection` notifications say: whose connection changed. */
const changeNotice = (tenant: number, id: string): string => `${tenant} ${id}`;

function stored(row: Row): StoredConnection {
  const { rate_requests: requests, rate_per_ms: perMs, earlier_secret: earlier, earlier_until: until } = row;
  return {
    id: row.id,
    connector: row.connector,
    title: row.title,
    settings: row.settings,
    secrets: row.secrets,
    secretsVersion: row.secrets_version,
    earlier: earlier === null || until === null ? null : { sealed: earlier, until: until.getTime() },
    grants: row.grants,
    rate: requests === null || perMs === null ? undefined : { requests, perMs },
    state: row.state,
    reason: row.state_reason,
    version: row.version,
    updatedAt: row.updated_at.getTime(),
    answeredAt: row.answered_at?.getTime() ?? null,
  };
}

export async function readConnection(
  client: ClientBase,
  tenant: number,
  id: string,
  lock: '' | 'for update' = '',
): Promise<StoredConnection | undefined> {
  if (!isConnectionId(id)) return undefined;
  const sql = `select ${COLUMNS} from connection where tenant_id = $1 and id = $2 ${lock}`;
  const { rows } = await client.query<Row>(sql, [tenant, id]);
  return rows[0] && stored(rows[0]);
}

export async function readConnections(client: ClientBase, tenant: number): Promise<readonly StoredConnection[]> {
  const sql = `select ${COLUMNS} from connection where tenant_id = $1 order by title, id`;
  const { rows } = await client.query<Row>(sql, [tenant]);
  return rows.map(stored);
}

/** What may be written of a connection; what is left out stays. */
export interface ConnectionChange {
  readonly title?: string;
  readonly settings?: JsonObject;
  readonly secrets?: { readonly sealed: Buffer | null; readonly version: number };
  /** Hours from now that the webhook secret before is taken; null: no more. */
  readonly earlier?: Earlier | null;
  readonly grants?: readonly string[];
  readonly rate?: Rate | null;
  readonly state?: { readonly is: ConnectionSummary['state']; readonly reason: string | null };
}

/** Changes a connection and tells every process so once the transaction commits; false when there is none. */
export async function writeConnection(
  client: ClientBase,
  tenant: number,
  id: string,
  change: ConnectionChange,
): Promise<boolean> {
  const sets: string[] = [];
  const values: unknown[] = [tenant, id];
  const set = (column: string, value: unknown) => {
    values.push(value);
    sets.push(`${column} = $${values.length}`);
  };
  if (change.title !== undefined) set('title', change.title);
  if (change.settings !== undefined) set('settings', JSON.stringify(change.settings));
  if (change.secrets !== undefined) {
    set('secrets', change.secrets.sealed);
    set('secrets_version', change.secrets.version);
  }
  if (change.earlier !== undefined) {
    set('earlier_secret', change.earlier?.sealed ?? null);
    values.push(change.earlier?.hours ?? null);
    sets.push(`earlier_until = now() + make_interval(hours => $${values.length}::int)`);
  }
  if (change.grants !== undefined) set('grants', change.grants);
  if (change.rate !== undefined) {
    set('rate_requests', change.rate?.requests ?? null);
    set('rate_per_ms', change.rate?.perMs ?? null);
  }
  if (change.state !== undefined) {
    set('state', change.state.is);
    set('state_reason', change.state.reason);
  }
  const sql = `update connection set ${[...sets, 'version = version + 1', 'updated_at = now()'].join(', ')}
    where tenant_id = $1 and id = $2`;
  const { rowCount } = await client.query(sql, values);
  await tellChange(client, tenant, id);
  return rowCount === 1;
}

export async function insertConnection(
  client: ClientBase,
  tenant: number,
  made: Omit<StoredConnection, 'version' | 'updatedAt' | 'answeredAt' | 'earlier'>,
): Promise<void> {
  await client.query(
    `insert into connection (tenant_id, id, connector, title, settings, secrets, secrets_version, grants,
      rate_requests, rate_per_ms, state, state_reason) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      tenant,
      made.id,
      made.connector,
      made.title,
      JSON.stringify(made.settings),
      made.secrets,
      made.secretsVersion,
      made.grants,
      made.rate?.requests ?? null,
      made.rate?.perMs ?? null,
      made.state,
      made.reason,
    ],
  );
}

export async function deleteConnection(client: ClientBase, tenant: number, id: string): Promise<boolean> {
  const { rowCount } = await client.query('delete from connection where tenant_id = $1 and id = $2', [tenant, id]);
  await tellChange(client, tenant, id);
  return rowCount === 1;
}

async function tellChange(client: ClientBase, tenant: number, id: string): Promise<void> {
  await client.query(`select pg_notify('weft_connection', $1)`, [changeNotice(tenant, id)]);
}
