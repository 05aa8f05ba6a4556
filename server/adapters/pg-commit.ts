import { ClaimLost } from '#runtime/error.ts';
import type { NewLink } from '#runtime/ports.ts';
import { pgArray } from './pg-array.ts';
import type { LaneClient } from './pg-lane.ts';

/** What every commit of a claimed run has: the fence, the place in its log, the lines and the cross-references. */
export interface RunCommit {
  readonly run: string;
  readonly tenant: number;
  readonly claim: bigint;
  /** Events committed before this. */
  readonly seq: number;
  /** Events committed after this. */
  readonly next: number;
  /** The lines as JSON text; null when there are none. */
  readonly events: Buffer | null;
  readonly links: readonly NewLink[];
}

/** Parameters $1..$5 of every commit statement. */
export function fence(items: readonly RunCommit[]): Buffer[] {
  return [
    pgArray.uuid(items.map((item) => item.run)),
    pgArray.int8(items.map((item) => item.claim)),
    pgArray.int4(items.map((item) => item.tenant)),
    pgArray.int4(items.map((item) => item.seq)),
    pgArray.int4(items.map((item) => item.next)),
  ];
}

/** The further CTEs of a commit, only as many as it needs, and their parameters from `$from` on. `g` holds the runs that passed the fence. */
export function extras(
  items: readonly RunCommit[],
  from: number,
): { readonly sql: string; readonly values: Buffer[]; readonly key: string } {
  const values: Buffer[] = [];
  let sql = '';
  let key = '';
  const withEvents = items.filter((item) => item.events !== null);
  if (withEvents.length > 0) {
    const at = from + values.length;
    sql += `,
v as (insert into run_event (tenant_id, run_id, seq, at, body)
  select t.tenant, t.id, t.seq, now(), t.body from unnest($${at}::uuid[], $${at + 1}::int4[], $${at + 2}::int4[], $${at + 3}::bytea[]) as t(id, tenant, seq, body) join g on g.run_id = t.id)`;
    key += 'v';
    values.push(
      pgArray.uuid(withEvents.map((item) => item.run)),
      pgArray.int4(withEvents.map((item) => item.tenant)),
      pgArray.int4(withEvents.map((item) => item.seq)),
      pgArray.bytea(withEvents.map((item) => item.events)),
    );
  }
  const links = items
    .flatMap((item) => item.links.map((link) => ({ ...link, item })))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
  if (links.length > 0) {
    const at = from + values.length;
    const array = (offset: number): string => `$${at + offset}`;
    sql += `,
x as (insert into xref (tenant_id, reference, entity, source_connection, source_id, target_connection, target_id, run_id)
  select t.tenant, t.reference, t.entity, t.sc, t.si, t.tc, t.ti, t.id
  from unnest(${array(0)}::uuid[], ${array(1)}::int4[], ${array(2)}::text[], ${array(3)}::text[], ${array(4)}::text[], ${array(5)}::text[], ${array(6)}::text[], ${array(7)}::text[])
    as t(id, tenant, reference, entity, sc, si, tc, ti) join g on g.run_id = t.id
  on conflict (reference, tenant_id) do nothing)`;
    key += 'x';
    values.push(
      pgArray.uuid(links.map((link) => link.item.run)),
      pgArray.int4(links.map((link) => link.item.tenant)),
      pgArray.text(links.map((link) => link.reference)),
      pgArray.text(links.map((link) => link.source.entity)),
      pgArray.text(links.map((link) => link.source.connection)),
      pgArray.text(links.map((link) => link.source.id)),
      pgArray.text(links.map((link) => link.target.connection)),
      pgArray.text(links.map((link) => link.target.id)),
    );
  }
  return { sql, values, key };
}

const standing = `
select t.id, d.claim::text as claim, d.seq, r.status
from unnest($1::uuid[]) as t(id) left join due d on d.run_id = t.id left join run r on r.id = t.id`;

interface Standing {
  readonly id: string;
  readonly claim: string | null;
  readonly seq: number | null;
  readonly status: string | null;
}

type CommitKind = 'step' | 'park' | 'end';

function stands(row: Standing, item: RunCommit, kind: CommitKind, again: boolean): boolean {
  switch (kind) {
    case 'step':
      return row.claim === String(item.claim) && row.seq === item.next;
    case 'end':
      return again && row.seq === null && row.status !== 'active';
    case 'park':
      // somebody may have claimed it since, or even ended it; what it says now builds on our lines
      return again && row.claim !== String(item.claim) && (row.seq === null || row.seq >= item.next);
  }
}

/**
 * Says which runs of a commit that matched too few rows went through: after a lost connection the first try may have been
 * committed, and then its effect stands; else the claim is somebody else's.
 */
export async function settleShort(
  client: LaneClient,
  items: readonly RunCommit[],
  again: boolean,
  kind: CommitKind,
): Promise<(true | Error)[]> {
  const { rows } = await client.query<Standing>({
    name: 'standing',
    text: standing,
    values: [pgArray.uuid(items.map((item) => item.run))],
  });
  const byRun = new Map(rows.map((row) => [row.id, row]));
  return items.map((item) => {
    const row = byRun.get(item.run);
    if (row && stands(row, item, kind, again)) return true;
    return new ClaimLost(item.run);
  });
}
