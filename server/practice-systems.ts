import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Router } from 'express';
import type pg from 'pg';
import { type PracticeKeys, readPracticeKeys } from './adapters/practice-keys.ts';
import { createPracticeErp, type PracticeErp } from './practice/erp.ts';
import { createPracticeShop, type PracticeShop } from './practice/shop.ts';

/** The practice shop and ERP inside this process. */
export interface PracticeSystems {
  readonly router: Router;
  readonly keys: PracticeKeys;
  readonly shop: PracticeShop;
  readonly erp: PracticeErp;
  close(): Promise<void>;
}

/** `rate`: requests per 5 seconds the ERP takes. */
export async function createPracticeSystems(dataDir: string, rate: number): Promise<PracticeSystems> {
  const dir = join(dataDir, 'practice');
  await mkdir(dir, { recursive: true });
  const keys = await readPracticeKeys(dir);
  const shop = createPracticeShop({ dir, ...keys });
  const erp = createPracticeErp({ dir, ...keys, rate: { requests: rate, perMs: 5000 } });
  const router = Router();
  router.use('/practice/shop', shop.router);
  router.use('/practice/erp', erp.router);
  return {
    router,
    keys,
    shop,
    erp,
    close: async () => {
      await Promise.all([shop.close(), erp.close()]);
    },
  };
}

/** The shop still calls the old address: a look that is due at once tells it the new one. */
const move = `
with moved as (
  update connection set settings = replace(settings::text, $1, $2)::jsonb, grants = array_replace(grants, $3, $4), version = version + 1
  where settings::text like '%' || $1 || '%' and $3 = any(grants) returning tenant_id)
update trigger_clock set due_at = now() where tenant_id in (select tenant_id from moved)`;

/** Weft may start on another port than last time: connections to the practice systems follow. `pool` runs as weft_engine. */
export async function followPractice(dataDir: string, origin: string, pool: pg.Pool): Promise<void> {
  const file = join(dataDir, 'practice', 'origin');
  const before = await readFile(file, 'utf8').catch(() => null);
  if (before !== null && before !== origin) {
    await pool.query(move, [`${before}/practice`, `${origin}/practice`, new URL(before).host, new URL(origin).host]);
  }
  await writeFile(file, origin);
}
