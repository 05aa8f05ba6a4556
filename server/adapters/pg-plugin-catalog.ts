import type pg from 'pg';
import { type Catalog, withNodes } from '#runtime/catalog.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { AnyNode } from '#runtime/node.ts';
import { namedShapes, nodesOf, PluginDocument } from '#runtime/plugin.ts';

/** Plugin -> version. */
export type PluginVersions = Readonly<Record<string, string>>;

/** The catalog as one tenant has it: the product's nodes and those of its plugins. */
export interface PluginCatalog {
  /** With the active version of each plugin. Read over `weft_app` within `withTenant`. */
  active(client: pg.ClientBase): Promise<{ readonly catalog: Catalog; readonly versions: PluginVersions }>;
  /** With these versions; one that is gone brings no nodes. Over any role that may read the tenant. */
  pinned(client: Pick<pg.ClientBase, 'query'> | pg.Pool, tenant: number, versions: PluginVersions): Promise<Catalog>;
}

const MOST_KEPT = 500;
/** Catalogs with plugins; each holds the manifests of all nodes. */
const MOST_CATALOGS = 50;

interface VersionRow {
  readonly tenant_id: number;
  readonly plugin_id: string;
  readonly version: string;
  readonly document: string;
}

/** A version never changes, so what was made of one is kept, and the catalog that several of them make. */
export function createPluginCatalog(base: Catalog): PluginCatalog {
  const kept = new Map<string, readonly AnyNode[]>();
  const catalogs = new Map<string, Catalog>();
  const shapes = namedShapes(base.nodes);
  const keyOf = (tenant: number, plugin: string, version: string): string => `${tenant} ${plugin} ${version}`;

  const nodesOfRow = ({ tenant_id, plugin_id, version, document }: VersionRow): readonly AnyNode[] => {
    const key = keyOf(tenant_id, plugin_id, version);
    const known = kept.get(key);
    if (known) return known;
    const nodes = nodesOf(PluginDocument.parse(JSON.parse(document)), shapes);
    if (kept.size >= MOST_KEPT) kept.delete(kept.keys().next().value as string);
    kept.set(key, nodes);
    return nodes;
  };

  const catalogOf = (rows: readonly VersionRow[]): Catalog => {
    if (rows.length === 0) return base;
    const key = rows.map(({ tenant_id, plugin_id, version }) => keyOf(tenant_id, plugin_id, version)).join();
    const known = catalogs.get(key);
    if (known) return known;
    const made = withNodes(base, rows.flatMap(nodesOfRow));
    if (catalogs.size >= MOST_CATALOGS) catalogs.delete(catalogs.keys().next().value as string);
    catalogs.set(key, made);
    return made;
  };

  return {
    active: async (client) => {
      const { rows } = await client.query<VersionRow>(
        `select v.tenant_id, v.plugin_id, v.version, v.document from plugin p
          join plugin_version v on v.tenant_id = p.tenant_id and v.plugin_id = p.id and v.version = p.active_version
          where p.tenant_id = current_tenant() order by p.id`,
      );
      const versions = Object.fromEntries(rows.map(({ plugin_id, version }) => [plugin_id, version]));
      return { catalog: catalogOf(rows), versions };
    },
    pinned: async (client, tenant, versions) => {
      const wanted = Object.entries(versions);
      if (wanted.length === 0) return base;
      const here = wanted.map(([plugin, version]) => kept.get(keyOf(tenant, plugin, version)));
      if (here.every((nodes) => nodes !== undefined)) return withNodes(base, here.flat());
      const { rows } = await client.query<VersionRow>(
        `select v.tenant_id, v.plugin_id, v.version, v.document from plugin_version v
          join unnest($2::text[], $3::text[]) as w(plugin, version) on w.plugin = v.plugin_id and w.version = v.version
          where v.tenant_id = $1`,
        [tenant, wanted.map(([plugin]) => plugin), wanted.map(([, version]) => version)],
      );
      return withNodes(base, rows.flatMap(nodesOfRow));
    },
  };
}

/** The plugins among these whose nodes the flow uses. */
export function pluginsUsed(flow: FlowDocument, versions: PluginVersions): PluginVersions {
  const used = new Set(flow.nodes.map(({ type }) => type.slice(0, type.indexOf('.'))));
  return Object.fromEntries(Object.entries(versions).filter(([plugin]) => used.has(plugin)));
}
