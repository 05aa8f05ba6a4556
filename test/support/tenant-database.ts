import { createPools, type Pools } from '../../server/adapters/pg-pool.ts';
import { migrate } from '../../server/db/migrate.ts';
import { createTestDatabase } from './database.ts';

/** A migrated database with the product's own pools and a way to make tenants. */
export interface TenantDatabase {
  readonly url: string;
  readonly pools: Pools;
  addTenant(name?: string): Promise<number>;
  drop(): Promise<void>;
}

export async function createTenantDatabase(): Promise<TenantDatabase> {
  const database = await createTestDatabase();
  await migrate(database.url);
  const pools = createPools({ connectionString: database.url }, () => {});
  return {
    url: database.url,
    pools,
    addTenant: async (name = 'Test') => {
      const sql = `insert into tenant (name, package) values ($1, 'premium') returning id`;
      const { rows } = await pools.engine.query<{ id: number }>(sql, [name]);
      return rows[0]?.id ?? 0;
    },
    drop: async () => {
      await pools.end();
      await database.drop();
    },
  };
}
