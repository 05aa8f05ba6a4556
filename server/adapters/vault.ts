import type { Pool } from 'pg';
import { currentMasterKey, type MasterKey, masterKeyById, wrongMasterKey } from './master-key.ts';
import { withTenant } from './pg-pool.ts';
import {
  type DataKey,
  dataKeyIdOf,
  makeDataKey,
  masterKeyIdOf,
  openDataKey,
  type SealPlace,
  seal,
  unseal,
} from './secret-box.ts';

/** A tenant's opened data keys. */
export interface TenantKeys {
  seal(place: Omit<SealPlace, 'tenant'>, text: string): Buffer;
  /** Throws SealBroken. */
  open(place: Omit<SealPlace, 'tenant'>, sealed: Buffer): string;
}

/** Opens tenants' data keys and keeps them in memory; a tenant's first is made when it is first asked for. */
export interface Vault {
  keysOf(tenant: number): Promise<TenantKeys>;
  /** The tenant's keys were rotated by another process. */
  forget(tenant: number): void;
}

/** How long keys are taken for unchanged when nobody says otherwise. */
const FRESH_MS = 60_000;

/** `pool` runs as weft_app. */
export function createVault(pool: Pool, master: MasterKey): Vault {
  const tenants = new Map<number, { readonly keys: Promise<TenantKeys>; readonly until: number }>();
  const load = async (tenant: number): Promise<TenantKeys> => {
    const keys = await withTenant(pool, tenant, async (client) => {
      const select = 'select id, wrapped from tenant_key where tenant_id = $1 order by id desc';
      const found = await client.query<{ id: number; wrapped: Buffer }>(select, [tenant]);
      if (found.rows.length > 0) return found.rows;
      // wrapped by the key in use now: one that has been rotated away opens nothing after a restart
      const { wrapped } = makeDataKey(currentMasterKey(master), tenant, 1);
      const insert = 'insert into tenant_key (tenant_id, id, wrapped) values ($1, 1, $2) on conflict do nothing';
      await client.query(insert, [tenant, wrapped]);
      // Another process may have been first; what is stored counts.
      return (await client.query<{ id: number; wrapped: Buffer }>(select, [tenant])).rows;
    });
    return ringOf(
      tenant,
      keys.map(({ id, wrapped }) => openDataKey(master, tenant, id, wrapped)),
      () => tenants.delete(tenant),
    );
  };
  return {
    keysOf(tenant) {
      const known = tenants.get(tenant);
      if (known && performance.now() < known.until) return known.keys;
      const keys = load(tenant);
      const entry = { keys, until: performance.now() + FRESH_MS };
      tenants.set(tenant, entry);
      keys.catch(() => {
        if (tenants.get(tenant) === entry) tenants.delete(tenant);
      });
      return keys;
    },
    forget: (tenant) => void tenants.delete(tenant),
  };
}

function ringOf(tenant: number, keys: readonly DataKey[], forget: () => void): TenantKeys {
  const [newest] = keys;
  if (!newest) throw new Error(`tenant ${tenant} has no data key`);
  return {
    seal: (place, text) => seal(newest, { ...place, tenant }, Buffer.from(text)),
    open(place, sealed) {
      const id = dataKeyIdOf(sealed);
      const key = keys.find((each) => each.id === id);
      // A key made since by another process is there the next time.
      if (!key) forget();
      return unseal(key ?? newest, { ...place, tenant }, sealed).toString();
    },
  };
}

/** Throws StartError when the database's keys were wrapped by another master key; `pool` runs as weft_engine. */
export async function requireMasterKey(pool: Pick<Pool, 'query'>, master: MasterKey): Promise<void> {
  const { rows } = await pool.query<{ wrapped: Buffer }>(
    'select distinct on (substring(wrapped from 2 for 4)) wrapped from tenant_key',
  );
  const other = rows.map((row) => masterKeyIdOf(row.wrapped)).find((id) => !masterKeyById(master, id));
  if (other === undefined) return;
  throw wrongMasterKey(other, master);
}
