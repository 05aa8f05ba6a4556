import type pg from 'pg';
import { z } from 'zod';
import type { Catalog } from '#runtime/catalog.ts';
import { allows, type Feature, Package, packageOf } from '#runtime/package.ts';
import { namedShapes, PluginDocument, takenPrefixes } from '#runtime/plugin.ts';
import type { PluginDraftSummary, PluginList, PluginSummary, StarterPlugin } from '#runtime/protocol.ts';
import type { Sandbox } from '#runtime/sandbox.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { StrikeBook } from './pg-strikes.ts';
import { tryPlugin } from './plugin-trial.ts';
import { Refused } from './refusal.ts';
import { SandboxFault, type SandboxPool } from './sandbox-pool.ts';

export interface PluginStoreDeps {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  readonly catalog: Catalog;
  readonly guests: { readonly pool: SandboxPool; readonly sandbox: Sandbox; readonly strikes: StrikeBook };
  /** Plugins that come with Weft. */
  starters(): Promise<readonly PluginDocument[]>;
}

/** A tenant's plugins. Rejects with Refused. */
export interface PluginStore {
  list(tenant: number): Promise<PluginList>;
  read(tenant: number, plugin: string, version: string): Promise<PluginDocument>;
  /** Compiles it, runs its examples, and makes it the active version; 422 PLUGIN_FAULTY says what is wrong. */
  install(tenant: number, plugin: PluginDocument, by: string): Promise<PluginSummary>;
  installStarter(tenant: number, id: string, by: string): Promise<PluginSummary>;
  /** Makes an installed version, newer or older, the active one. */
  activate(tenant: number, plugin: string, version: string): Promise<PluginSummary>;
  /** 409 PLUGIN_USED while a flow uses it. */
  remove(tenant: number, plugin: string): Promise<void>;
  /** Gives a program that is switched off another chance. */
  forgive(tenant: number, program: string): Promise<void>;
}

const MOST_PLUGINS = 100;
const MOST_VERSIONS = 50;

const missing = (): Refused => new Refused(404, 'PLUGIN_MISSING', 'there is no such plugin', { field: 'plugin' });

interface Row {
  readonly id: string;
  readonly active_version: string;
  readonly version: string;
  readonly document: string;
  readonly installed_by: string;
  readonly installed_ms: number;
}

const ALL = `
select p.id, p.active_version, v.version, v.document, v.installed_by, (extract(epoch from v.installed_at) * 1000)::float8 as installed_ms
from plugin p join plugin_version v on v.tenant_id = p.tenant_id and v.plugin_id = p.id
where p.tenant_id = current_tenant() order by p.id, v.installed_at desc`;

interface Use {
  readonly id: string;
  readonly name: string;
}

/** Flows whose draft or live version, or a run under way, has nodes of the plugin. */
async function usesOf(client: pg.PoolClient, plugin: string): Promise<Use[]> {
  const { rows } = await client.query<Use & { draft: string; pinned: boolean }>(
    `select f.id, f.name, f.draft, exists (
        select from flow_version v where v.tenant_id = f.tenant_id and v.flow_id = f.id and v.plugins ? $1
          and (v.version = f.live_version
            or exists (select from due d join run r on r.id = d.run_id
              where d.tenant_id = v.tenant_id and r.flow_id = v.flow_id and r.version = v.version))
      ) as pinned
      from flow f where f.tenant_id = current_tenant() order by f.name`,
    [plugin],
  );
  return rows.filter(({ pinned, draft }) => pinned || draftUses(draft, plugin)).map(({ id, name }) => ({ id, name }));
}

function draftUses(draft: string, plugin: string): boolean {
  if (!draft.includes(`"${plugin}.`)) return false;
  const { nodes } = JSON.parse(draft) as { nodes: readonly { type: string }[] };
  return nodes.some(({ type }) => type.startsWith(`${plugin}.`));
}

async function summariesOf(client: pg.PoolClient, only?: string): Promise<PluginSummary[]> {
  const { rows } = await client.query<Row>(ALL);
  const ids = [...new Set(rows.map(({ id }) => id))].filter((id) => only === undefined || id === only);
  const summaries: PluginSummary[] = [];
  for (const id of ids) {
    const versions = rows.filter((row) => row.id === id);
    const active = versions.find((row) => row.version === row.active_version) ?? (versions[0] as Row);
    const { locales, hosts, nodes } = JSON.parse(active.document) as PluginDocument;
    summaries.push({
      id,
      version: active.version,
      title: { en: locales.en.title, sv: locales.sv.title },
      summary: { en: locales.en.summary, sv: locales.sv.summary },
      hosts,
      nodes: nodes.map(({ type }) => type),
      versions: versions.map((row) => ({
        version: row.version,
        installedAt: row.installed_ms,
        installedBy: row.installed_by,
      })),
      usedBy: await usesOf(client, id),
    });
  }
  return summaries;
}

/** A title as its author left it: of a draft nothing is sure. */
const Titled = z.object({ title: z.string().min(1).max(80) });
const TitledDraft = z.object({ locales: z.object({ en: Titled, sv: Titled }) });

async function draftsOf(client: pg.PoolClient): Promise<PluginDraftSummary[]> {
  const { rows } = await client.query<{
    plugin_id: string;
    revision: number;
    document: string;
    changed_by: string;
    changed_ms: number;
  }>(
    `select plugin_id, revision, document, changed_by, (extract(epoch from changed_at) * 1000)::float8 as changed_ms
      from plugin_draft where document is not null and tenant_id = current_tenant() order by plugin_id`,
  );
  return rows.map(({ plugin_id: id, revision, document, changed_by, changed_ms }) => {
    const { data } = TitledDraft.safeParse(JSON.parse(document));
    return {
      id,
      title: { en: data?.locales.en.title ?? id, sv: data?.locales.sv.title ?? id },
      revision,
      changedAt: changed_ms,
      changedBy: changed_by,
    };
  });
}

/** Rejects with Refused 403 unless the customer's package holds the feature. */
export async function requirePackage(client: pg.PoolClient, feature: Feature = 'plugins'): Promise<void> {
  const { rows } = await client.query<{ package: string }>('select package from tenant where id = current_tenant()');
  const owned = Package.parse(rows[0]?.package);
  if (!allows(owned, feature))
    throw new Refused(
      403,
      'PACKAGE_NEEDED',
      `this is part of package ${packageOf(feature)}; the customer has ${owned}`,
    );
}

async function keep(client: pg.PoolClient, plugin: PluginDocument, by: string): Promise<void> {
  const { id, version } = plugin;
  const { rows } = await client.query<{ version: string; document: string; plugins: number }>(
    `select version, document, (select count(*)::int from plugin where tenant_id = current_tenant()) as plugins
      from plugin_version where plugin_id = $1 and tenant_id = current_tenant()`,
    [id],
  );
  const text = JSON.stringify(plugin);
  const same = rows.find((row) => row.version === version);
  if (same && same.document !== text)
    throw new Refused(
      409,
      'VERSION_TAKEN',
      `version ${version} is installed with another content: give this one a new number`,
      { field: 'version' },
    );
  if (!same && rows.length >= MOST_VERSIONS)
    throw new Refused(409, 'TOO_MANY_VERSIONS', `a plugin can have ${MOST_VERSIONS} versions at most`);
  const { rows: counted } = await client.query<{ plugins: number }>(
    'select count(*)::int as plugins from plugin where id <> $1 and tenant_id = current_tenant()',
    [id],
  );
  if ((counted[0]?.plugins ?? 0) >= MOST_PLUGINS)
    throw new Refused(409, 'TOO_MANY_PLUGINS', `a customer can have ${MOST_PLUGINS} plugins at most`);
  const { rows: before } = await client.query<{ active_version: string }>(
    'select active_version from plugin where id = $1 and tenant_id = current_tenant() for update',
    [id],
  );
  await client.query(
    `insert into plugin (tenant_id, id, active_version) values (current_tenant(), $1, $2)
      on conflict (tenant_id, id) do update set active_version = excluded.active_version`,
    [id, version],
  );
  if (!same)
    await client.query(
      `insert into plugin_version (tenant_id, plugin_id, version, document, installed_by) values (current_tenant(), $1, $2, $3, $4)`,
      [id, version, text, by],
    );
  await audit(client, {
    action: 'plugin.install',
    on: { id, title: plugin.locales.en.title },
    before: { version: before[0]?.active_version ?? null },
    after: { version, nodes: plugin.nodes.length, hosts: plugin.hosts },
  });
}

export function createPluginStore({ pool, catalog, guests, starters }: PluginStoreDeps): PluginStore {
  const shapes = namedShapes(catalog.nodes);
  const taken = takenPrefixes(catalog.nodes, catalog.connectors);

  const tried = async (tenant: number, plugin: PluginDocument): Promise<void> => {
    if (taken.has(plugin.id))
      throw new Refused(422, 'PLUGIN_FAULTY', `“${plugin.id}” is a name of Weft’s own`, { field: 'id' });
    let faults: readonly string[];
    try {
      faults = await tryPlugin(plugin, shapes, { tenant, pool: guests.pool, sandbox: guests.sandbox });
    } catch (error) {
      if (error instanceof SandboxFault && error.kind !== 'guilty')
        throw new Refused(503, 'SANDBOX_DOWN', error.message, { retryAfter: 5, cause: error });
      throw error instanceof SandboxFault
        ? new Refused(422, 'PLUGIN_FAULTY', 'code: its process had to be stopped')
        : error;
    }
    if (faults.length > 0) throw new Refused(422, 'PLUGIN_FAULTY', faults.slice(0, 20).join('\n'));
  };

  const one = async (client: pg.PoolClient, id: string): Promise<PluginSummary> => {
    const [summary] = await summariesOf(client, id);
    if (!summary) throw missing();
    return summary;
  };

  const install = async (tenant: number, plugin: PluginDocument, by: string): Promise<PluginSummary> => {
    await withTenant(pool, tenant, (client) => requirePackage(client));
    await tried(tenant, plugin);
    return withTenant(pool, tenant, async (client) => {
      await keep(client, plugin, by);
      return one(client, plugin.id);
    });
  };

  return {
    list: async (tenant) => {
      const [plugins, drafts, offered, stopped] = await Promise.all([
        withTenant(pool, tenant, (client) => summariesOf(client)),
        withTenant(pool, tenant, draftsOf),
        starters(),
        guests.strikes.list(tenant),
      ]);
      return { plugins, drafts, starters: offered.map(starterOf), stopped };
    },
    read: (tenant, plugin, version) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ document: string }>(
          'select document from plugin_version where plugin_id = $1 and version = $2 and tenant_id = current_tenant()',
          [plugin, version],
        );
        if (!rows[0]) throw missing();
        return PluginDocument.parse(JSON.parse(rows[0].document));
      }),
    install,
    installStarter: async (tenant, id, by) => {
      const starter = (await starters()).find((each) => each.id === id);
      if (!starter) throw missing();
      return install(tenant, starter, by);
    },
    activate: (tenant, plugin, version) =>
      withTenant(pool, tenant, async (client) => {
        await requirePackage(client);
        const before = await one(client, plugin);
        if (!before.versions.some((each) => each.version === version))
          throw new Refused(404, 'VERSION_MISSING', `version ${version} is not installed`, { field: 'version' });
        await client.query('update plugin set active_version = $2 where id = $1 and tenant_id = current_tenant()', [
          plugin,
          version,
        ]);
        await audit(client, {
          action: 'plugin.version',
          on: { id: plugin, title: before.title.en },
          before: { version: before.version },
          after: { version },
        });
        return one(client, plugin);
      }),
    remove: (tenant, plugin) =>
      withTenant(pool, tenant, async (client) => {
        const { title, version, usedBy } = await one(client, plugin);
        if (usedBy.length > 0)
          throw new Refused(409, 'PLUGIN_USED', `used by these flows: ${usedBy.map(({ name }) => name).join(', ')}`);
        await client.query('delete from plugin where id = $1 and tenant_id = current_tenant()', [plugin]);
        await client.query('delete from plugin_value where plugin_id = $1 and tenant_id = current_tenant()', [plugin]);
        await audit(client, { action: 'plugin.remove', on: { id: plugin, title: title.en }, before: { version } });
      }),
    forgive: async (tenant, program) => {
      if (!(await guests.strikes.forgive(tenant, program)))
        throw new Refused(404, 'PROGRAM_MISSING', 'no such program is switched off', { field: 'program' });
      await withTenant(pool, tenant, (client) =>
        audit(client, { action: 'plugin.allow', on: { id: program, title: program } }),
      );
    },
  };
}

function starterOf({ id, version, locales }: PluginDocument): StarterPlugin {
  return {
    id,
    version,
    title: { en: locales.en.title, sv: locales.sv.title },
    summary: { en: locales.en.summary, sv: locales.sv.summary },
  };
}
