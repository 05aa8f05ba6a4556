import type pg from 'pg';
import type { Entity } from '#runtime/capability.ts';
import type { CrossReference } from '#runtime/node.ts';
import type { Links } from '#runtime/ports.ts';
import { createLane } from './lane.ts';
import { type Column, type Rows, rowsOf } from './pg-rows.ts';
import type { OrphanSuspicion } from './run-journal.ts';

interface XrefRow {
  readonly place: number;
  readonly entity: Entity;
  readonly source_connection: string;
  readonly source_id: string;
  readonly target_connection: string;
  readonly target_id: string;
}

/** A record whose cross-references are looked for. */
interface Asked {
  readonly tenant: number;
  readonly record: Parameters<Links['find']>[1];
}

// each end by its own index; with "or" the forced plan would read every reference there is
const find = (rows: Rows): string => `
with i as materialized (${rows.sql})
select i.place, x.* from i cross join lateral (
  select entity, source_connection, source_id, target_connection, target_id from (
    select * from xref where source_id = i.id and tenant_id = i.tenant and entity = i.entity and source_connection = i.connection
    union
    select * from xref where target_id = i.id and tenant_id = i.tenant and entity = i.entity and target_connection = i.connection
  ) as found order by created_at limit 100) x`;

/** Cross-references by either end, those asked for at the same moment in one statement. As weft_engine, with the tenant of the run. */
export function createLinks(pool: Pick<pg.Pool, 'query'>): Links {
  const lane = createLane<Asked, readonly CrossReference[]>(async (asked) => {
    const columns: Column[] = [
      { name: 'place', type: 'int4', values: asked.map((_, place) => place) },
      { name: 'tenant', type: 'int4', values: asked.map(({ tenant }) => tenant) },
      { name: 'entity', type: 'text', values: asked.map(({ record }) => record.entity) },
      { name: 'connection', type: 'text', values: asked.map(({ record }) => record.connection) },
      { name: 'id', type: 'text', values: asked.map(({ record }) => record.id) },
    ];
    const given = rowsOf(columns, 1);
    const name = `links_${asked.length === 1 ? '1' : 'n'}`;
    const { rows } = await pool.query<XrefRow>({ name, text: find(given), values: [...given.parameters] });
    const found: CrossReference[][] = asked.map(() => []);
    for (const row of rows) {
      found[row.place]?.push({
        source: { entity: row.entity, connection: row.source_connection, id: row.source_id },
        target: { connection: row.target_connection, id: row.target_id },
      });
    }
    return found;
  });
  return { find: (tenant, record) => lane.push({ tenant, record }) };
}

/** Files what may be a second document, for the reconciliation and for a person. */
export async function fileOrphan(pool: pg.Pool, suspicion: OrphanSuspicion): Promise<void> {
  await pool.query(
    `insert into orphan_doc (tenant_id, run_id, reference, target_connection, target_id, found_by) values ($1, $2, $3, $4, $5, 'claim lost')`,
    [suspicion.tenant, suspicion.run, suspicion.reference, suspicion.connection, suspicion.target],
  );
}
