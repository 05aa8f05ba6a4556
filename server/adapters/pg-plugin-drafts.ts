import type pg from 'pg';
import type { JsonObject } from '#runtime/json.ts';
import { PluginDocument } from '#runtime/plugin.ts';
import type { PluginDraft, PluginSummary, SavePluginDraft } from '#runtime/protocol.ts';
import { audit, justDone } from './pg-audit.ts';
import type { PluginStore } from './pg-plugins.ts';
import { withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** Plugins that are being written. Rejects with Refused: 409 STALE where somebody else saved meanwhile. */
export interface PluginDrafts {
  /** Where nothing is being written: the active version, to begin from. */
  read(tenant: number, plugin: string): Promise<PluginDraft>;
  save(tenant: number, plugin: string, draft: SavePluginDraft, by: string): Promise<PluginDraft>;
  discard(tenant: number, plugin: string): Promise<void>;
  /** Installs it as a new version, if its examples hold; then nothing is being written any more. */
  publish(tenant: number, plugin: string, revision: number, by: string): Promise<PluginSummary>;
}

const MOST_DRAFTS = 100;
/** Saves of one person within these minutes are one edit. */
const ONE_EDIT_MINUTES = 10;
const MOST_CHARACTERS = 1_500_000;

interface Row {
  readonly revision: number;
  readonly document: string | null;
  readonly changed_ms: number;
  readonly changed_by: string;
}

const READ = `
select revision, document, changed_by, (extract(epoch from changed_at) * 1000)::float8 as changed_ms
from plugin_draft where plugin_id = $1 and tenant_id = current_tenant()`;

async function rowOf(client: pg.PoolClient, plugin: string): Promise<Row | undefined> {
  return (await client.query<Row>(READ, [plugin])).rows[0];
}

async function activeDocument(client: pg.PoolClient, plugin: string): Promise<string | undefined> {
  const { rows } = await client.query<{ document: string }>(
    `select v.document from plugin p join plugin_version v
      on v.tenant_id = p.tenant_id and v.plugin_id = p.id and v.version = p.active_version
      where p.id = $1 and p.tenant_id = current_tenant()`,
    [plugin],
  );
  return rows[0]?.document;
}

const missing = (): Refused => new Refused(404, 'PLUGIN_MISSING', 'there is no such plugin', { field: 'plugin' });
const stale = (revision: number, field: string): Refused =>
  new Refused(409, 'STALE', `somebody else saved the plugin: it is at revision ${revision}`, { field });

const told = (id: string, { revision, document, changed_ms, changed_by }: Row): PluginDraft => ({
  id,
  revision,
  document: JSON.parse(document ?? '{}') as JsonObject,
  changedAt: changed_ms,
  changedBy: changed_by,
});

async function requireRoom(client: pg.PoolClient): Promise<void> {
  const { rows } = await client.query<{ drafts: number }>(
    'select count(*)::int as drafts from plugin_draft where document is not null and tenant_id = current_tenant()',
  );
  if ((rows[0]?.drafts ?? 0) >= MOST_DRAFTS)
    throw new Refused(409, 'TOO_MANY_PLUGINS', `a customer can have ${MOST_DRAFTS} drafts of plugins at most`);
}

/** Saved on top of the revision its author saw, or not at all. */
async function keep(
  client: pg.PoolClient,
  plugin: string,
  { basedOn, document }: SavePluginDraft,
  by: string,
): Promise<Row> {
  const text = JSON.stringify(document);
  if (text.length > MOST_CHARACTERS)
    throw new Refused(400, 'TOO_LARGE', 'the plugin is too large', { field: 'document' });
  const before = await rowOf(client, plugin);
  if ((before?.document ?? null) === null) await requireRoom(client);
  const { rows } = await client.query<Row>(
    `insert into plugin_draft as d (tenant_id, plugin_id, revision, document, changed_by)
      select current_tenant(), $1, 1, $3, $4 where $2 = 0 or exists (
        select from plugin_draft where plugin_id = $1 and tenant_id = current_tenant())
      on conflict (tenant_id, plugin_id) do update set
        revision = d.revision + 1, document = excluded.document, changed_by = excluded.changed_by, changed_at = now()
      where d.revision = $2
      returning revision, document, changed_by, (extract(epoch from changed_at) * 1000)::float8 as changed_ms`,
    [plugin, basedOn, text, by],
  );
  const [row] = rows;
  if (!row) throw stale((await rowOf(client, plugin))?.revision ?? 0, 'basedOn');
  if (!(await justDone(client, 'plugin.edit', plugin, ONE_EDIT_MINUTES)))
    await audit(client, {
      action: 'plugin.edit',
      on: { id: plugin, title: plugin },
      before: { revision: basedOn },
      after: { revision: row.revision },
    });
  return row;
}

/** Nothing is being written any more; the revision goes on, so that no page saves over it unseen. */
async function clear(client: pg.PoolClient, plugin: string, revision?: number): Promise<boolean> {
  const { rowCount } = await client.query(
    `update plugin_draft set document = null, revision = revision + 1, changed_at = now()
      where plugin_id = $1 and tenant_id = current_tenant() and document is not null and ($2::int is null or revision = $2)`,
    [plugin, revision ?? null],
  );
  return rowCount === 1;
}

export function createPluginDrafts(pool: pg.Pool, plugins: Pick<PluginStore, 'install'>): PluginDrafts {
  return {
    read: (tenant, plugin) =>
      withTenant(pool, tenant, async (client) => {
        const row = await rowOf(client, plugin);
        if (row && row.document !== null) return told(plugin, row);
        const active = await activeDocument(client, plugin);
        if (active === undefined) throw missing();
        const document = JSON.parse(active) as JsonObject;
        return { id: plugin, revision: row?.revision ?? 0, document, changedAt: null, changedBy: null };
      }),
    save: (tenant, plugin, draft, by) =>
      withTenant(pool, tenant, async (client) => told(plugin, await keep(client, plugin, draft, by))),
    discard: (tenant, plugin) =>
      withTenant(pool, tenant, async (client) => {
        const row = await rowOf(client, plugin);
        if (!row || !(await clear(client, plugin))) throw missing();
        await audit(client, { action: 'plugin.discard', on: { id: plugin, title: plugin } });
      }),
    publish: async (tenant, plugin, revision, by) => {
      const row = await withTenant(pool, tenant, (client) => rowOf(client, plugin));
      if (!row || row.document === null) throw missing();
      if (row.revision !== revision) throw stale(row.revision, 'revision');
      const document = PluginDocument.parse(JSON.parse(row.document));
      if (document.id !== plugin)
        throw new Refused(400, 'INPUT_INVALID', `the id must be “${plugin}”, as the draft is called`, { field: 'id' });
      const installed = await plugins.install(tenant, document, by);
      // what somebody has saved since stays a draft
      await withTenant(pool, tenant, (client) => clear(client, plugin, revision));
      return installed;
    },
  };
}
