import type pg from 'pg';
import type { Entity } from '#runtime/capability.ts';
import type { CrossReference } from '#runtime/node.ts';
import type { Links } from '#runtime/ports.ts';
import type { OrphanSuspicion } from './run-journal.ts';

interface XrefRow {
  readonly entity: Entity;
  readonly source_connection: string;
  readonly source_id: string;
  readonly target_connection: string;
  readonly target_id: string;
}

// each end by its own index; with "or" the forced plan would read every reference there is
const find = `
select entity, source_connection, source_id, target_connection, target_id from (
  select * from xref where source_id = $4 and tenant_id = $1 and entity = $2 and source_connection = $3
  union
  select * from xref where target_id = $4 and tenant_id = $1 and entity = $2 and target_connection = $3
) as found order by created_at limit 100`;

/** Cross-references by either end. As weft_engine, with the tenant of the run. */
export function createLinks(pool: pg.Pool): Links {
  return {
    find: async (tenant, { entity, connection, id }) => {
      const { rows } = await pool.query<XrefRow>({
        name: 'links',
        text: find,
        values: [tenant, entity, connection, id],
      });
      return rows.map(
        (row): CrossReference => ({
          source: { entity: row.entity, connection: row.source_connection, id: row.source_id },
          target: { connection: row.target_connection, id: row.target_id },
        }),
      );
    },
  };
}

/** Files what may be a second document, for the reconciliation and for a person. */
export async function fileOrphan(pool: pg.Pool, suspicion: OrphanSuspicion): Promise<void> {
  await pool.query(
    `insert into orphan_doc (tenant_id, run_id, reference, target_connection, target_id, found_by) values ($1, $2, $3, $4, $5, 'claim lost')`,
    [suspicion.tenant, suspicion.run, suspicion.reference, suspicion.connection, suspicion.target],
  );
}
