import type pg from 'pg';
import { builtInTemplates } from '#nodes/index.ts';
import type { Package } from '#runtime/package.ts';
import { instantiate } from '#runtime/template.ts';
import type { CreateTenant } from '#runtime/tenant.ts';
import { saveTokens } from './adapters/oauth-tokens.ts';
import type { FlowStore } from './adapters/pg-flow-store.ts';
import { withTenant } from './adapters/pg-pool.ts';
import { insertTenant } from './adapters/pg-tenants.ts';
import type { PracticeKeys } from './adapters/practice-keys.ts';
import type { PracticeErp } from './practice/erp.ts';
import type { World } from './surroundings.ts';

/** What the two demo customers are made of. */
export interface DemoDeps {
  readonly pool: pg.Pool;
  readonly world: World;
  readonly flows: FlowStore;
  readonly keys: PracticeKeys;
  /** Where the practice systems answer, `http://127.0.0.1:4000/practice`. */
  readonly practiceUrl: string;
  /** `host:port` of it, granted on the connections. */
  readonly practiceHost: string;
  /** Requests per 5 seconds the practice ERP takes. */
  readonly rate: number;
  issueTokens: PracticeErp['issueTokens'];
}

const demoCustomer = (name: string, orgNumber: string, pack: Package): CreateTenant => ({
  name,
  orgNumber,
  package: pack,
  timeZone: 'Europe/Stockholm',
  language: 'sv',
});

async function connect(deps: DemoDeps, tenant: number): Promise<{ shop: string; erp: string }> {
  const { world, keys, practiceUrl, practiceHost } = deps;
  const shop = await world.admin.create(tenant, {
    connector: 'woocommerce',
    title: 'Övningsbutiken',
    settings: { url: `${practiceUrl}/shop` },
    secrets: { consumerKey: keys.consumerKey, consumerSecret: keys.consumerSecret },
    grants: [practiceHost],
  });
  const erp = await world.admin.create(tenant, {
    connector: 'fortnox',
    title: 'Övningsekonomin',
    settings: { apiUrl: `${practiceUrl}/erp`, authUrl: `${practiceUrl}/erp/oauth-v1`, freightArticle: '' },
    secrets: { clientId: keys.clientId, clientSecret: keys.clientSecret },
    grants: [practiceHost],
    rate: { requests: deps.rate, perMs: 5000 },
  });
  await signIn(deps, tenant, erp.id);
  return { shop: shop.id, erp: erp.id };
}

/** The practice ERP signs the demo in without a person, as its page would after “Approve”. */
async function signIn(deps: DemoDeps, tenant: number, connection: string): Promise<void> {
  const tokens = deps.issueTokens();
  const keys = await deps.world.vault.keysOf(tenant);
  await withTenant(deps.pool, tenant, async (client) => {
    const { rows } = await client.query<{ now: string }>('select now()::text as now');
    const pair = { access: tokens.accessToken, refresh: tokens.refreshToken };
    await saveTokens(client, keys, { tenant, connection }, pair, 1, rows[0]?.now ?? '', tokens.expiresAt - Date.now());
    await client.query(
      `update connection set state = 'ready', state_reason = null, version = version + 1 where id = $1 and tenant_id = $2`,
      [connection, tenant],
    );
  });
  deps.world.door.forget(tenant, connection);
}

function templateOf(id: string) {
  const template = builtInTemplates.find((each) => each.id === id);
  if (!template) throw new Error(`there is no template ${id}`);
  return template;
}

/** Makes the two demo customers on an empty database; the Premium one's order flow is live. Answers their ids; none when there are customers. */
export async function seedDemo(deps: DemoDeps): Promise<readonly number[]> {
  const { rows } = await deps.pool.query<{ made: boolean }>(
    `select coalesce((select last_value > 1 or is_called from tenant_id_seq), false) as made`,
  );
  if (rows[0]?.made) return [];
  const by = { author: 'Weft', mayUnsigned: true };
  const premium = await insertTenant(deps.pool, demoCustomer('Exempelbutiken AB', '556000-0001', 'premium'));
  const connections = await connect(deps, premium);
  const { flow, params } = instantiate(templateOf('orders-to-erp').flow, connections);
  const created = await deps.flows.create(
    premium,
    { ...flow, name: 'Orders: WooCommerce → Fortnox, with status write-back' },
    { params },
  );
  await deps.flows.publish(premium, created.id, { revision: created.revision, note: 'Demo', on: true }, by);
  // the small customer shares the practice systems, so its flow stays a draft: two live ones would bill every order twice
  const small = await insertTenant(deps.pool, demoCustomer('Garnboden i Borås AB', '556000-0019', '100'));
  const plain = instantiate(templateOf('orders-to-erp-plain').flow, await connect(deps, small));
  await deps.flows.create(small, plain.flow, { params: plain.params });
  return [premium, small];
}
