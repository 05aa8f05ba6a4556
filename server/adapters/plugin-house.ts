import type { Connections } from '#runtime/ports.ts';
import { createPluginDrafts, type PluginDrafts } from './pg-plugin-drafts.ts';
import { createPluginStore, type PluginStore, type PluginStoreDeps, requirePackage } from './pg-plugins.ts';
import { withTenant } from './pg-pool.ts';
import { createPluginDesk, type PluginDesk } from './plugin-desk.ts';

interface PluginHouseDeps extends PluginStoreDeps {
  readonly connections: Pick<Connections, 'plain'>;
}

/** All that has to do with plugins of customers: what is installed, what is being written, and where it is tried. */
export function createPluginHouse({ connections, ...deps }: PluginHouseDeps): {
  readonly plugins: PluginStore;
  readonly drafts: PluginDrafts;
  readonly desk: PluginDesk;
} {
  const { pool, catalog, guests } = deps;
  const plugins = createPluginStore(deps);
  return {
    plugins,
    drafts: createPluginDrafts(pool, plugins),
    desk: createPluginDesk({
      catalog,
      guests,
      connections,
      requirePackage: (tenant, feature) => withTenant(pool, tenant, (client) => requirePackage(client, feature)),
    }),
  };
}
