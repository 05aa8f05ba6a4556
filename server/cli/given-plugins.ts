import { type Catalog, createCatalog } from '#runtime/catalog.ts';
import { FlowError } from '#runtime/error.ts';
import type { AnyNode } from '#runtime/node.ts';
import { namedShapes, nodesOf, type PluginDocument, takenPrefixes } from '#runtime/plugin.ts';
import { createPluginCatalog } from '../adapters/pg-plugin-catalog.ts';
import { createPools, type Pools, withTenant } from '../adapters/pg-pool.ts';
import { PluginFileError, readPlugin } from '../adapters/plugin-folder.ts';
import { catalog } from './catalog.ts';
import { CommandError, type Terminal, type Typed } from './command.ts';
import { withDatabase } from './database.ts';

/** Reads a plugin's folder or packed file; rejects with CommandError. */
export async function readGivenPlugin(place: string): Promise<PluginDocument> {
  try {
    return await readPlugin(place);
  } catch (error) {
    if (error instanceof PluginFileError) throw new CommandError(error.message, 1, { cause: error });
    throw error;
  }
}

const prefixOf = ({ type }: AnyNode): string => type.split('.')[0] ?? '';

function nodesIn(place: string, plugin: PluginDocument): readonly AnyNode[] {
  if (takenPrefixes(catalog.nodes, catalog.connectors).has(plugin.id))
    throw new CommandError(`${place}: “${plugin.id}” is a name of Weft’s own`, 1);
  try {
    return nodesOf(plugin, namedShapes(catalog.nodes));
  } catch (error) {
    if (error instanceof FlowError) throw new CommandError(`${place}: ${error.message}`, 1, { cause: error });
    throw error;
  }
}

/** The catalog with the nodes of plugins from files; one of them takes the place of the same plugin in another version. */
export async function withGivenPlugins(base: Catalog, places: readonly string[]): Promise<Catalog> {
  let nodes = base.nodes;
  for (const place of places) {
    const plugin = await readGivenPlugin(place);
    const own = nodesIn(place, plugin);
    nodes = [...nodes.filter((node) => prefixOf(node) !== plugin.id), ...own];
  }
  return nodes === base.nodes ? base : createCatalog(nodes, base.connectors);
}

/** The catalog as a customer has it, with the active version of each plugin. */
export async function catalogOfTenant(pools: Pools, tenant: number): Promise<Catalog> {
  const { rows } = await pools.engine.query('select from tenant where id = $1', [tenant]);
  if (rows.length === 0) throw new CommandError(`--tenant: there is no customer ${tenant}`);
  const active = await withTenant(pools.app, tenant, (client) => createPluginCatalog(catalog).active(client));
  return active.catalog;
}

/** The catalog that `--tenant` and `--plugin` ask for. */
export async function typedCatalog(typed: Typed, terminal: Terminal): Promise<Catalog> {
  const tenant = typed.number('tenant', 1);
  const base =
    tenant === undefined
      ? catalog
      : await withDatabase(terminal, {}, async ({ database }) => {
          const pools = createPools(database, () => undefined, 2);
          try {
            return await catalogOfTenant(pools, tenant);
          } finally {
            await pools.end();
          }
        });
  return withGivenPlugins(base, typed.all('plugin'));
}
