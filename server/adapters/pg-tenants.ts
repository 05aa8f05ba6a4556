import type pg from 'pg';
import type { Package } from '#runtime/package.ts';
import type { AllowUnsigned, ChangePackage, CreateTenant, Member, TenantEntry } from '#runtime/tenant.ts';
import { Role } from '../auth/permission.ts';
import { audit } from './pg-audit.ts';
import { type Pools, withTenant } from './pg-pool.ts';
import { Refused } from './refusal.ts';

/** Customers, as administrators look after them. */
export interface Tenants {
  list(): Promise<TenantEntry[]>;
  create(wish: CreateTenant): Promise<TenantEntry>;
  /** Rejects with Refused when there is no such tenant. */
  changePackage(tenant: number, wish: ChangePackage): Promise<TenantEntry>;
  /** Rejects with Refused when there is no such tenant. */
  allowUnsigned(tenant: number, wish: AllowUnsigned): Promise<TenantEntry>;
}

interface TenantRow {
  readonly id: number;
  readonly name: string;
  readonly org_number: string;
  readonly package: Package;
  readonly time_zone: string;
  readonly language: TenantEntry['language'];
  readonly created_ms: number;
  readonly flows: number;
  readonly live_flows: number;
  readonly unsigned_hooks: boolean;
  readonly members: string[] | null;
}

const missing = (): Refused => new Refused(404, 'TENANT_MISSING', 'there is no such customer', { field: 'tenant' });

/** As the engine, which sees every customer's rows; whose they are is read apart. */
const LIST = `
select t.id, t.name, t.org_number, t.package, t.time_zone, t.language, t.unsigned_hooks, (extract(epoch from t.created_at) * 1000)::float8 as created_ms,
  (select count(*)::int from flow f where f.tenant_id = t.id) as flows,
  (select count(*)::int from flow f where f.tenant_id = t.id and f.state in ('live', 'test')) as live_flows,
  (select array_agg(m.user_id::text) from membership m where m.tenant_id = t.id) as members
from tenant t where $1::int is null or t.id = $1 order by lower(t.name), t.id limit 5000`;

async function staffOf(app: pg.Pool, rows: readonly TenantRow[]): Promise<ReadonlyMap<string, Member>> {
  const ids = [...new Set(rows.flatMap((row) => row.members ?? []))];
  const found = await app.query<Member>(
    "select id, email, name, role from app_user where id = any($1::uuid[]) and role in ('kam', 'support') order by email",
    [ids],
  );
  return new Map(found.rows.map((row) => [row.id, { ...row, role: Role.parse(row.role) }]));
}

async function read({ app, engine }: Pick<Pools, 'app' | 'engine'>, tenant: number | null): Promise<TenantEntry[]> {
  const { rows } = await engine.query<TenantRow>(LIST, [tenant]);
  const staff = await staffOf(app, rows);
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    orgNumber: row.org_number,
    package: row.package,
    timeZone: row.time_zone,
    language: row.language,
    createdAt: row.created_ms,
    flows: row.flows,
    liveFlows: row.live_flows,
    unsignedWebhooks: row.unsigned_hooks,
    staff: (row.members ?? []).flatMap((id) => staff.get(id) ?? []),
  }));
}

/** Answers the new tenant's number; `pool` runs as weft_app. */
export async function insertTenant(pool: pg.Pool, wish: CreateTenant): Promise<number> {
  // a tenant is made before anybody can be that tenant, so its number is drawn first
  const { rows } = await pool.query<{ id: number }>(
    `select nextval(pg_get_serial_sequence('tenant', 'id'))::int as id`,
  );
  const id = rows[0]?.id ?? 0;
  const { name, package: pack, timeZone, language } = wish;
  const orgNumber = wish.orgNumber.replace(/^(\d{6})-?(\d{4})$/, '$1-$2');
  await withTenant(pool, id, async (client) => {
    await client.query(
      `insert into tenant (id, name, org_number, package, time_zone, language) overriding system value
        values ($1, $2, $3, $4, $5, $6)`,
      [id, name, orgNumber, pack, timeZone, language],
    );
    await audit(client, { action: 'tenant.create', on: { id: String(id), title: name }, after: { ...wish } });
  });
  return id;
}

export function createTenants(pools: Pick<Pools, 'app' | 'engine'>): Tenants {
  const one = async (tenant: number): Promise<TenantEntry> => {
    const [entry] = await read(pools, tenant);
    if (!entry) throw missing();
    return entry;
  };
  return {
    list: () => read(pools, null),
    create: async (wish) => one(await insertTenant(pools.app, wish)),
    changePackage: async (tenant, { package: pack, note }) => {
      await withTenant(pools.app, tenant, async (client) => {
        const { rows } = await client.query<{ name: string; package: Package }>(
          'select name, package from tenant where id = current_tenant() for update',
        );
        const [row] = rows;
        if (!row) throw missing();
        if (row.package === pack)
          throw new Refused(409, 'PACKAGE_SAME', `${row.name} has package ${pack} already`, { field: 'package' });
        await client.query('update tenant set package = $1 where id = current_tenant()', [pack]);
        await audit(client, {
          action: 'tenant.package',
          on: { id: String(tenant), title: row.name },
          before: { package: row.package },
          after: { package: pack },
          note,
        });
      });
      return one(tenant);
    },
    allowUnsigned: async (tenant, wish) => {
      await withTenant(pools.app, tenant, (client) => allowUnsigned(client, tenant, wish));
      return one(tenant);
    },
  };
}

/** What was open closes with the grant: such an address then takes signed calls alone, and none before somebody has made its secret. */
async function allowUnsigned(client: pg.PoolClient, tenant: number, { allowed, note }: AllowUnsigned): Promise<void> {
  const { rows } = await client.query<{ name: string; before: boolean }>(
    'select name, unsigned_hooks as before from tenant where id = current_tenant() for update',
  );
  const [row] = rows;
  if (!row) throw missing();
  if (row.before === allowed) return;
  await client.query('update tenant set unsigned_hooks = $1 where id = current_tenant()', [allowed]);
  const closed = allowed
    ? []
    : (
        await client.query<{ flow_id: string }>(
          "update hook set signature = 'hmac-sha256' where tenant_id = current_tenant() and signature = 'none' returning flow_id",
        )
      ).rows;
  for (const { flow_id } of closed) await client.query("select pg_notify('weft_flow', $1)", [flow_id]);
  await audit(client, {
    action: 'tenant.unsigned-webhooks',
    on: { id: String(tenant), title: row.name },
    before: { allowed: row.before },
    after: { allowed, ...(closed.length === 0 ? {} : { closed: closed.length }) },
    note,
  });
}
