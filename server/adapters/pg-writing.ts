import type { LaneClient } from './pg-lane.ts';

const reserve = `
with k as (select from xref where reference = $1 and tenant_id = $2),
w as (
  insert into writing as held (tenant_id, reference, run_id) select $2, $1, $3::uuid where not exists (select from k)
  on conflict (reference, tenant_id) do update set run_id = excluded.run_id, at = now()
    where held.run_id = excluded.run_id or not exists (select from due d where d.run_id = held.run_id)
  returning 1)
select exists (select from k) or exists (select from w) as ours`;

/**
 * Reserves a document that more than one record may need; false while another unfinished run writes it.
 * Its commit need not wait for the disk: the intent's, which comes after it, takes it along.
 */
export function createReserve(
  client: LaneClient,
): (tenant: number, run: string, reference: string) => Promise<boolean> {
  return async (tenant, run, reference) => {
    const { rows } = await client.query<{ ours: boolean }>({
      name: 'reserve',
      text: reserve,
      values: [reference, tenant, run],
    });
    return rows[0]?.ours ?? false;
  };
}
