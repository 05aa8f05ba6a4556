import { createLane } from './lane.ts';
import type { LaneClient } from './pg-lane.ts';
import { type Column, type Rows, rowsOf } from './pg-rows.ts';

/** A document that more than one record may need, and the run that is about to write it. */
interface Reservation {
  readonly tenant: number;
  readonly run: string;
  readonly reference: string;
}

const reserve = (rows: Rows): string => `
with i as materialized (${rows.sql}),
k as (select i.place from i join xref x on x.reference = i.reference and x.tenant_id = i.tenant),
w as (
  insert into writing as held (tenant_id, reference, run_id) select i.tenant, i.reference, i.run from i where i.place not in (select place from k)
  on conflict (reference, tenant_id) do update set run_id = excluded.run_id, at = now()
    where held.run_id = excluded.run_id or not exists (select from due d where d.run_id = held.run_id)
  returning tenant_id, reference)
select place from k union all select i.place from i join w on w.reference = i.reference and w.tenant_id = i.tenant`;

/** Of two runs that ask for one document at the same moment, the first; and in one order, so that two processes do not deadlock. */
function inOrder(asked: readonly Reservation[]): { readonly place: number; readonly item: Reservation }[] {
  const seen = new Map<string, Reservation>();
  for (const item of asked) {
    const key = `${item.tenant} ${item.reference}`;
    if (!seen.has(key)) seen.set(key, item);
  }
  return asked
    .map((item, place) => ({ place, item }))
    .filter(({ item }) => seen.get(`${item.tenant} ${item.reference}`) === item)
    .sort((a, b) => (a.item.reference < b.item.reference ? -1 : 1));
}

/**
 * Reserves a document that more than one record may need; false while another unfinished run writes it.
 * Its commit need not wait for the disk: the intent's, which comes after it, takes it along.
 */
export function createReserve(
  client: LaneClient,
): (tenant: number, run: string, reference: string) => Promise<boolean> {
  const lane = createLane<Reservation, boolean>(async (asked) => {
    const firsts = inOrder(asked);
    const columns: Column[] = [
      { name: 'place', type: 'int4', values: firsts.map(({ place }) => place) },
      { name: 'tenant', type: 'int4', values: firsts.map(({ item }) => item.tenant) },
      { name: 'run', type: 'uuid', values: firsts.map(({ item }) => item.run) },
      { name: 'reference', type: 'text', values: firsts.map(({ item }) => item.reference) },
    ];
    const given = rowsOf(columns, 1);
    const name = `reserve_${firsts.length === 1 ? '1' : 'n'}`;
    const { rows } = await client.query<{ place: number }>({
      name,
      text: reserve(given),
      values: [...given.parameters],
    });
    const ours = new Set(rows.map((row) => row.place));
    return asked.map((_, place) => ours.has(place));
  });
  return (tenant, run, reference) => lane.push({ tenant, run, reference });
}
