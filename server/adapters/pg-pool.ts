import pg from 'pg';
import { actorNow } from './acting.ts';

/** How to reach the database; never holds a role, the pools set their own. */
export type Database =
  | { readonly connectionString: string }
  | {
      readonly host: string;
      readonly port: number;
      readonly user: string;
      readonly password: string;
      readonly database: string;
    };

const COMMON = '-c search_path=public -c jit=off';
/**
 * Forced plans: made on empty tables they must still be right when the tables are full. No bitmaps either: a plain index scan
 * marks the entries of ended runs as dead and skips them the next time, a bitmap reads every one of them again.
 */
const ENGINE = `${COMMON} -c role=weft_engine -c plan_cache_mode=force_generic_plan -c enable_seqscan=off -c enable_bitmapscan=off -c enable_mergejoin=off -c enable_hashjoin=off -c enable_material=off`;
const APP = `${COMMON} -c role=weft_app`;

/** Settings of one engine connection; `lazy` gives up waiting for the disk, for what can be lost without loss (claims). */
export function engineConfig(database: Database, name: string, lazy = false): pg.ClientConfig {
  return {
    ...database,
    application_name: `weft ${name}`,
    options: lazy ? `${ENGINE} -c synchronous_commit=off` : ENGINE,
    keepAlive: true,
    connectionTimeoutMillis: 5000,
    // a way to the database that has gone silent is given up; every engine statement may be sent again
    query_timeout: 20_000,
  };
}

export interface Pools {
  /** Runs as weft_app: sees nothing until `withTenant` says whose work it is. */
  readonly app: pg.Pool;
  /** Runs as weft_engine, for the engine's fixed statements that are not in a lane of their own. */
  readonly engine: pg.Pool;
  end(): Promise<void>;
}

export function createPools(database: Database, onError: (error: Error) => void, size = 8): Pools {
  const app = new pg.Pool({
    ...database,
    application_name: 'weft app',
    options: APP,
    max: size,
    connectionTimeoutMillis: 5000,
  });
  const engine = new pg.Pool({ ...engineConfig(database, 'engine'), max: 4 });
  // an idle connection that breaks is replaced at its next use; without a listener it would end the process
  app.on('error', onError);
  engine.on('error', onError);
  return {
    app,
    engine,
    end: async () => {
      await Promise.all([app.end(), engine.end()]);
    },
  };
}

async function inTransaction<T>(
  pool: pg.Pool,
  settings: Readonly<Record<string, string>>,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  // between two statements nobody awaits the connection; its loss must not end the process
  const lost = (error: Error): void => {
    broken = error;
  };
  client.on('error', lost);
  try {
    await client.query('begin');
    const names = Object.keys(settings);
    await client.query(
      `select ${names.map((name, at) => `set_config('${name}', $${at + 1}, true)`).join(', ')}`,
      Object.values(settings),
    );
    const result = await work(client);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback').catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off('error', lost);
    client.release(broken);
  }
}

/**
 * The only way to a tenant's rows: one transaction in which row level security shows that tenant and no other, and to a guest
 * only what the guest's projects hold.
 */
export function withTenant<T>(pool: pg.Pool, tenant: number, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  // the house (0) holds nothing but its log, in which a guest’s own account stands like anybody’s
  const guest = tenant === 0 ? null : actorNow().guest;
  return inTransaction(pool, { 'weft.tenant': String(tenant), 'weft.guest': guest ?? '' }, work);
}

/** The same transaction goes on in another tenant, for what concerns several. */
export async function enterTenant(client: pg.ClientBase, tenant: number): Promise<void> {
  await client.query("select set_config('weft.tenant', $1, true)", [String(tenant)]);
}

/** A signed-in user before a tenant is chosen: sees the own memberships and their tenants. */
export function withUser<T>(pool: pg.Pool, user: string, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  return inTransaction(pool, { 'weft.user': user }, work);
}
