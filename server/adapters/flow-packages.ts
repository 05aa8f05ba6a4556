import type pg from 'pg';
import type { Catalog } from '#runtime/catalog.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { featuresOf } from '#runtime/node.ts';
import { Package, packageOf } from '#runtime/package.ts';
import { isReadyFlow } from '#runtime/ready-flow.ts';

interface Drafted {
  readonly id: string;
  readonly revision: number;
}

/** The package each flow's draft asks for; a draft is read once for each of its revisions. */
export type FlowPackages = (client: pg.PoolClient, flows: readonly Drafted[]) => Promise<ReadonlyMap<string, Package>>;

const MOST = 20_000;

/** The smallest package that holds every step and the flow as it is drawn; a step nobody knows asks for nothing. */
function packageFor(draft: string, catalog: Catalog, ready: readonly FlowDocument[]): Package {
  const parsed = FlowDocument.safeParse(JSON.parse(draft));
  const steps = parsed.success ? parsed.data.nodes : [];
  const asked = steps.flatMap(({ type, config }) => {
    const node = catalog.node(type);
    return node ? featuresOf(node, config).map(packageOf) : [];
  });
  if (parsed.success && steps.length > 0 && !isReadyFlow(parsed.data, ready, (type) => catalog.node(type)?.feature))
    asked.push(packageOf('free-flows'));
  return Package.options.findLast((each) => asked.includes(each)) ?? '100';
}

/** `catalogOf`: as the tenant has it, plugins included; `ready`: the flows of the gallery. */
export function createFlowPackages(
  catalogOf: (client: pg.PoolClient) => Promise<Catalog>,
  ready: readonly FlowDocument[],
): FlowPackages {
  const known = new Map<string, { readonly revision: number; readonly package: Package }>();
  return async (client, flows) => {
    const unread = flows.filter(({ id, revision }) => known.get(id)?.revision !== revision).map(({ id }) => id);
    if (unread.length > 0) {
      const { rows } = await client.query<Drafted & { draft: string }>(
        'select id, revision, draft from flow where tenant_id = current_tenant() and id = any($1::uuid[])',
        [unread],
      );
      const catalog = await catalogOf(client);
      if (known.size + rows.length > MOST) known.clear();
      for (const { id, revision, draft } of rows)
        known.set(id, { revision, package: packageFor(draft, catalog, ready) });
    }
    return new Map(flows.map(({ id }) => [id, known.get(id)?.package ?? '100']));
  };
}
