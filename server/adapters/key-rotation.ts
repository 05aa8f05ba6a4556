import type { ClientBase, Pool } from 'pg';
import { failPoint } from './fail-point.ts';
import { KEPT, keptKeyBy } from './kept-key.ts';
import type { MasterKey } from './master-key.ts';
import { outdatedValues } from './sealed-places.ts';
import {
  type DataKey,
  dataKeyIdOf,
  makeDataKey,
  masterKeyIdOf,
  openDataKey,
  rewrapDataKey,
  seal,
  unseal,
  wrapKeptKey,
} from './secret-box.ts';

/*
 * Both rotations go row by row while the server works, and can be stopped at any point: what is done is seen in the rows, and
 * the next try goes on from there. `pool` runs as weft_engine.
 */

interface KeyRow {
  readonly tenant_id: number;
  readonly id: number;
  readonly wrapped: Buffer;
}

/** Wraps every data key and kept key by the master key in use; `master.older` opens those that are not yet. Answers how many it wrapped anew. */
export async function rewrapAll(pool: Pool, master: MasterKey): Promise<number> {
  let done = 0;
  for (const purpose of KEPT) {
    const key = await keptKeyBy(pool, master, purpose);
    await pool.query(
      `insert into kept_key (purpose, wrapped) values ($1, $2)
        on conflict (purpose) do update set wrapped = excluded.wrapped`,
      [purpose, wrapKeptKey(master, purpose, key)],
    );
  }
  for (;;) {
    const { rows } = await pool.query<KeyRow>(
      "select tenant_id, id, wrapped from tenant_key where substring(wrapped from 2 for 4) <> decode($1, 'hex') limit 100",
      [master.id],
    );
    if (rows.length === 0) return done;
    for (const { tenant_id: tenant, id, wrapped } of rows) {
      await pool.query('update tenant_key set wrapped = $4 where tenant_id = $1 and id = $2 and wrapped = $3', [
        tenant,
        id,
        wrapped,
        rewrapDataKey(master, tenant, id, wrapped),
      ]);
      done++;
      failPoint('keys.wrapped');
    }
  }
}

/** Gives every tenant a new data key, seals its values with it and lets the older keys go. */
export async function renewDataKeys(pool: Pool, master: MasterKey): Promise<{ tenants: number; values: number }> {
  const { rows } = await pool.query<{ tenant_id: number }>('select distinct tenant_id from tenant_key order by 1');
  let values = 0;
  for (const { tenant_id: tenant } of rows) values += await renewTenant(pool, master, tenant);
  return { tenants: rows.length, values };
}

async function renewTenant(pool: Pool, master: MasterKey, tenant: number): Promise<number> {
  const client = await pool.connect();
  try {
    const ring = await newRing(client, master, tenant);
    const [newest] = ring;
    if (!newest) return 0;
    let values = 0;
    for (let gone = false; !gone; gone = await dropOlder(client, tenant, newest.id))
      values += await sealAnew(client, tenant, ring, newest);
    await client.query("select pg_notify('weft_key', $1)", [String(tenant)]);
    return values;
  } finally {
    client.release();
  }
}

/** The tenant's keys, newest first. More than one: an earlier rotation was not finished, and this one finishes it. */
async function newRing(client: ClientBase, master: MasterKey, tenant: number): Promise<DataKey[]> {
  const read = async () =>
    (
      await client.query<KeyRow>(
        'select tenant_id, id, wrapped from tenant_key where tenant_id = $1 order by id desc',
        [tenant],
      )
    ).rows;
  let rows = await read();
  if (rows.length === 1) {
    const id = (rows[0]?.id ?? 0) + 1;
    await client.query('insert into tenant_key (tenant_id, id, wrapped) values ($1, $2, $3) on conflict do nothing', [
      tenant,
      id,
      makeDataKey(master, tenant, id).wrapped,
    ]);
    // whoever keeps the tenant's keys in memory reads them anew and seals with this one
    await client.query("select pg_notify('weft_key', $1)", [String(tenant)]);
    rows = await read();
  }
  failPoint('keys.made');
  return rows.map(({ id, wrapped }) => openDataKey(master, tenant, id, wrapped));
}

async function sealAnew(
  client: ClientBase,
  tenant: number,
  ring: readonly DataKey[],
  newest: DataKey,
): Promise<number> {
  let done = 0;
  for (;;) {
    const values = await outdatedValues(client, tenant, newest.id);
    if (values.length === 0) return done;
    for (const value of values) {
      const key = ring.find(({ id }) => id === dataKeyIdOf(value.sealed)) ?? newest;
      const place = { ...value.place, tenant };
      if (await value.replace(client, seal(newest, place, unseal(key, place, value.sealed)))) done++;
      failPoint('keys.sealed');
    }
  }
}

const STILL_NEEDED = '23503';

/** False when somebody has sealed with an older key meanwhile: the database lets none go that is needed. */
async function dropOlder(client: ClientBase, tenant: number, newest: number): Promise<boolean> {
  try {
    await client.query('delete from tenant_key where tenant_id = $1 and id < $2', [tenant, newest]);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === STILL_NEEDED) return false;
    throw error;
  }
}

/** What is known of the keys in the database, without opening anything. */
export interface KeyOverview {
  /** By id of the master key: how many data keys it wraps. */
  readonly masters: Readonly<Record<string, number>>;
  /** Tenants with more than one data key: a rotation that was not finished. */
  readonly unfinished: number;
  readonly tenants: number;
}

export async function keyOverview(pool: Pool): Promise<KeyOverview> {
  const { rows } = await pool.query<KeyRow>('select tenant_id, id, wrapped from tenant_key');
  const masters: Record<string, number> = {};
  const counts = new Map<number, number>();
  for (const { tenant_id: tenant, wrapped } of rows) {
    const id = masterKeyIdOf(wrapped);
    masters[id] = (masters[id] ?? 0) + 1;
    counts.set(tenant, (counts.get(tenant) ?? 0) + 1);
  }
  return { masters, tenants: counts.size, unfinished: [...counts.values()].filter((count) => count > 1).length };
}
