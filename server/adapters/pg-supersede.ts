import type pg from 'pg';
import type { Entity } from '#runtime/capability.ts';
import type { RunEvent } from '#runtime/event.ts';

/** Records of which only the latest state matters: a newer run replaces one not yet begun. */
const LATEST_ONLY: ReadonlySet<Entity> = new Set(['stock', 'price', 'product']);

const supersede = `
with g as (
  delete from due d using (select lane, run_id from due where run_id = $1) n
  where d.lane = n.lane and d.run_id < n.run_id and d.claim is null and d.attempt = 0 and d.seq = 0 and d.hold is null
  returning d.run_id, d.tenant_id),
r as (update run set status = 'cancelled', ended_at = now() from g where run.id = g.run_id and run.tenant_id = g.tenant_id)
insert into run_event (tenant_id, run_id, seq, at, body) select tenant_id, run_id, 0, now(), $2 from g`;

/** Cancels the runs of the record that wait behind nothing but time, once a newer one is stored; orders are never replaced. */
export function createSupersede(pool: pg.Pool): (entity: Entity, run: string, now: number) => Promise<void> {
  return async (entity, run, now) => {
    if (!LATEST_ONLY.has(entity)) return;
    const event: RunEvent = { type: 'run.cancelled', seq: 0, at: now, by: `newer run ${run}` };
    await pool.query({ name: 'supersede', text: supersede, values: [run, Buffer.from(JSON.stringify([event]))] });
  };
}
