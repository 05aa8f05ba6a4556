import type { ClientBase } from 'pg';
import { type AnyConnector, connectorWith } from '#runtime/connector.ts';
import { TerminalError } from '#runtime/error.ts';
import type { ConnectionSummary } from '#runtime/protocol.ts';
import type { StoredConnection } from './connection-rows.ts';
import { SealBroken } from './secret-box.ts';
import type { TenantKeys } from './vault.ts';

interface Use {
  readonly connection: string;
  readonly id: string;
  readonly name: string;
}

/**
 * Flows whose draft or live version names a connection. The documents are searched as the texts they are, since PostgreSQL
 * reads no JSON that holds a zero byte.
 */
const USES = `
select distinct found.match[1] as connection, f.id, f.name from flow f
left join flow_version v on v.tenant_id = f.tenant_id and v.flow_id = f.id and v.version = f.live_version
cross join lateral regexp_matches(f.draft || coalesce(v.document, ''), '"connection":"([0-9a-fA-F-]{36})"', 'g') as found(match)
where f.tenant_id = current_tenant() and ($1::text is null or lower(found.match[1]) = $1) order by f.name, f.id`;

/** The flows that work through connections, by connection; `client` shows one tenant. */
export async function usesOf(
  client: ClientBase,
  connection?: string,
): Promise<ReadonlyMap<string, ConnectionSummary['usedBy']>> {
  const { rows } = await client.query<Use>(USES, [connection?.toLowerCase() ?? null]);
  const uses = Map.groupBy(rows, (row) => row.connection.toLowerCase());
  return new Map([...uses].map(([key, flows]) => [key, flows.map(({ id, name }) => ({ id, name }))]));
}

/** Names of the secrets there are; none where they cannot be opened any more, so that they are asked for anew. */
function secretNames(keys: TenantKeys, { id, secrets, secretsVersion: version }: StoredConnection): readonly string[] {
  if (!secrets) return [];
  try {
    return Object.keys(JSON.parse(keys.open({ connection: id, kind: 'secrets', version }, secrets)) as object);
  } catch (error) {
    if (error instanceof SealBroken) return [];
    throw error;
  }
}

interface About {
  readonly keys: TenantKeys;
  connectorOf(id: string): AnyConnector | undefined;
}

/** How its webhooks stand; null where the system signs none, or can no longer be made of its settings. */
function webhookOf(row: StoredConnection, names: readonly string[], { connectorOf }: About) {
  const connector = connectorOf(row.connector);
  const webhook = connector && tailoredWebhook(connector, row.settings);
  if (!webhook) return null;
  const until = row.earlier?.until ?? 0;
  return {
    hasSecret: names.includes(webhook.signature.secret),
    placed: webhook.ensure !== undefined,
    earlierUntil: until > Date.now() ? until : null,
  };
}

function tailoredWebhook(connector: AnyConnector, settings: unknown) {
  try {
    return connectorWith(connector, settings).webhook;
  } catch (error) {
    if (error instanceof TerminalError) return undefined;
    throw error;
  }
}

/** Connections as people are told of them: what is secret by name only. */
export async function summariesOf(
  client: ClientBase,
  about: About,
  rows: readonly StoredConnection[],
): Promise<ConnectionSummary[]> {
  const [only] = rows;
  const uses = await usesOf(client, rows.length === 1 ? only?.id : undefined);
  const named = rows.map((row) => ({ row, names: secretNames(about.keys, row) }));
  return named.map(({ row, names }) => ({
    id: row.id,
    connector: row.connector,
    title: row.title,
    settings: row.settings,
    secrets: [...names],
    grants: [...row.grants],
    state: row.state,
    reason: row.reason,
    answeredAt: row.answeredAt,
    webhook: webhookOf(row, names, about),
    usedBy: uses.get(row.id) ?? [],
    updatedAt: row.updatedAt,
  }));
}
