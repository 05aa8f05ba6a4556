import { ClaimLost } from '#runtime/error.ts';
import type { NewLink } from '#runtime/ports.ts';
import { pgArray } from './pg-array.ts';
import type { LaneClient } from './pg-lane.ts';
import { type Column, type Rows, rowsOf } from './pg-rows.ts';

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

/** The first columns of every commit statement. */
export function fence(items: readonly RunCommit[]): Column[] {
  return [
    { name: 'id', type: 'uuid', values: items.map((item) => item.run) },
    { name: 'claim', type: 'int8', values: items.map((item) => item.claim) },
    { name: 'tenant', type: 'int4', values: items.map((item) => item.tenant) },
    { name: 'seq', type: 'int4', values: items.map((item) => item.seq) },
    { name: 'next', type: 'int4', values: items.map((item) => item.next) },
  ];
}

interface Extra {
  readonly sql: string;
  readonly parameters: readonly unknown[];
}

function eventsOf(items: readonly RunCommit[], from: number): Extra {
  const rows = rowsOf(
    [
      { name: 'id', type: 'uuid', values: items.map((item) => item.run) },
      { name: 'tenant', type: 'int4', values: items.map((item) => item.tenant) },
      { name: 'seq', type: 'int4', values: items.map((item) => item.seq) },
      { name: 'body', type: 'bytea', values: items.map((item) => item.events) },
    ],
    from,
  );
  const sql = `,
v as (insert into run_event (tenant_id, run_id, seq, at, body)
  select t.tenant, t.id, t.seq, now(), t.body from (${rows.sql}) t join g on g.run_id = t.id)`;
  return { sql, parameters: rows.parameters };
}

type ItsLink = NewLink & { readonly item: RunCommit };

function linksOf(links: readonly ItsLink[], from: number): Extra {
  const rows = rowsOf(
    [
      { name: 'id', type: 'uuid', values: links.map((link) => link.item.run) },
      { name: 'tenant', type: 'int4', values: links.map((link) => link.item.tenant) },
      { name: 'reference', type: 'text', values: links.map((link) => link.reference) },
      { name: 'entity', type: 'text', values: links.map((link) => link.source.entity) },
      { name: 'sc', type: 'text', values: links.map((link) => link.source.connection) },
      { name: 'si', type: 'text', values: links.map((link) => link.source.id) },
      { name: 'tc', type: 'text', values: links.map((link) => link.target.connection) },
      { name: 'ti', type: 'text', values: links.map((link) => link.target.id) },
    ],
    from,
  );
  const sql = `,
x as (insert into xref (tenant_id, reference, entity, source_connection, source_id, target_connection, target_id, run_id)
  select t.tenant, t.reference, t.entity, t.sc, t.si, t.tc, t.ti, t.id from (${rows.sql}) t join g on g.run_id = t.id
  on conflict (reference, tenant_id) do nothing)`;
  return { sql, parameters: rows.parameters };
}

/** A statement over commits, and its name by what it holds. */
export interface Statement {
  readonly text: string;
  readonly key: string;
  readonly values: readonly unknown[];
}

const some = (count: number): string => (count === 0 ? '' : count === 1 ? '1' : 'n');

/**
 * The statement of a commit: `begin` gives its CTEs `i` (the rows asked) and `g` (the runs that passed the fence), here come the
 * events and cross-references, only where there are any, and `end` selects the answer.
 */
export function commitStatement(
  items: readonly RunCommit[],
  columns: readonly Column[],
  more: readonly unknown[],
  begin: (rows: Rows, more: number) => string,
  end: string,
): Statement {
  const rows = rowsOf([...fence(items), ...columns], 1);
  const values = [...rows.parameters, ...more];
  const withEvents = items.filter((item) => item.events !== null);
  const links = items
    .flatMap((item) => item.links.map((link) => ({ ...link, item })))
    .sort((a, b) => (a.reference < b.reference ? -1 : 1));
  let text = begin(rows, rows.parameters.length + 1);
  for (const extra of [
    withEvents.length > 0 ? eventsOf : undefined,
    links.length > 0 ? (_items: unknown, from: number) => linksOf(links, from) : undefined,
  ]) {
    if (!extra) continue;
    const { sql, parameters } = extra(withEvents, values.length + 1);
    text += sql;
    values.push(...parameters);
  }
  return { text: text + end, key: `${some(items.length)}v${some(withEvents.length)}x${some(links.length)}`, values };
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
