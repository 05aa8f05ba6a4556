import type { KeyObject } from 'node:crypto';
import pg from 'pg';
import { deriveKey, type MasterKey, masterKeyById, wrongMasterKey } from './master-key.ts';
import { type Database, engineConfig } from './pg-pool.ts';
import { masterKeyIdOf, openKeptKey } from './secret-box.ts';

/** What stays the same for ever, whatever the master key is. */
export const KEPT = ['references', 'session', 'second-step'] as const;
export type KeptPurpose = (typeof KEPT)[number];

/** The key for one purpose: the one a rotation has kept, else derived from the master key. Throws StartError under a master key that is not the database's. */
export async function readKeptKey(database: Database, master: MasterKey, purpose: KeptPurpose): Promise<KeyObject> {
  const client = new pg.Client(engineConfig(database, 'kept key'));
  await client.connect();
  try {
    return await keptKeyBy(client, master, purpose);
  } finally {
    await client.end();
  }
}

/** The same over a connection that runs as weft_engine. */
export async function keptKeyBy(
  client: Pick<pg.ClientBase, 'query'>,
  master: MasterKey,
  purpose: KeptPurpose,
): Promise<KeyObject> {
  const { rows } = await client.query<{ wrapped: Buffer }>('select wrapped from kept_key where purpose = $1', [
    purpose,
  ]);
  const [kept] = rows;
  if (kept) {
    const by = masterKeyIdOf(kept.wrapped);
    if (!masterKeyById(master, by)) throw wrongMasterKey(by, master);
    return openKeptKey(master, purpose, kept.wrapped);
  }
  // before the first rotation; while that one is under way, the key the database began with is the oldest
  return deriveKey(master.older?.at(-1) ?? master, purpose);
}
