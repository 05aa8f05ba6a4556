import type pg from 'pg';
import type { Catalog } from '#runtime/catalog.ts';
import { type Plan, planOf } from '#runtime/plan.ts';
import { readFlow } from '#runtime/upgrade.ts';
import { createPluginCatalog, type PluginVersions } from './pg-plugin-catalog.ts';

/** Compiled published versions. A version never changes, so nothing here is ever stale. */
export interface Plans {
  /** The plan if it is here already: the hot path does not wait for a promise. */
  peek(flow: string, version: number): Plan | undefined;
  load(tenant: number, flow: string, version: number): Promise<Plan>;
}

const MOST = 2000;

export function createPlans(pool: pg.Pool, base: Catalog): Plans {
  const plans = new Map<string, Plan>();
  const loading = new Map<string, Promise<Plan>>();

  const plugins = createPluginCatalog(base);

  const read = async (tenant: number, flow: string, version: number): Promise<Plan> => {
    const { rows } = await pool.query<{ document: string; params: string; plugins: PluginVersions }>(
      'select document, params, plugins from flow_version where tenant_id = $1 and flow_id = $2 and version = $3',
      [tenant, flow, version],
    );
    const row = rows[0];
    if (!row) throw new Error(`flow ${flow} has no version ${version}`);
    const catalog = await plugins.pinned(pool, tenant, row.plugins);
    return planOf(readFlow(JSON.parse(row.document), catalog), catalog, JSON.parse(row.params));
  };

  return {
    peek: (flow, version) => plans.get(`${flow}/${version}`),
    load: (tenant, flow, version) => {
      const key = `${flow}/${version}`;
      const known = plans.get(key);
      if (known) return Promise.resolve(known);
      let promise = loading.get(key);
      if (!promise) {
        promise = read(tenant, flow, version)
          .then((plan) => {
            if (plans.size >= MOST) plans.delete(plans.keys().next().value as string);
            plans.set(key, plan);
            return plan;
          })
          .finally(() => loading.delete(key));
        loading.set(key, promise);
      }
      return promise;
    },
  };
}
