import type pg from 'pg';
import type { Entity, Sketch } from '#runtime/capability.ts';
import { withTenant } from './pg-pool.ts';
import type { PassKey } from './pg-reconciliation.ts';

/** The two ends a pass compares. */
export interface Ends {
  readonly entity: Entity;
  /** Ids of the connections. */
  readonly source: string;
  readonly target: string;
}

export interface LinkRow {
  readonly reference: string;
  readonly record: string;
  readonly document: string;
}

export interface ReferenceGroup {
  readonly reference: string;
  readonly record: string | null;
  readonly documents: readonly Sketch[];
}

export interface Pair extends LinkRow {
  readonly recordSketch: Sketch;
  readonly documentSketch: Sketch;
}

/** A second document somebody once had reason to fear. */
export interface Suspicion {
  readonly id: string;
  readonly run: string;
  readonly reference: string;
  readonly connection: string;
  readonly document: string | null;
  /** What the reference is known to lead to. */
  readonly linked: { readonly entity: string; readonly record: string; readonly document: string } | null;
}

/** What the seen records and documents say when they are laid on our own references. */
export interface Judgement {
  /** References of seen records whose document no list has brought. */
  unseenLinks(pass: PassKey, ends: Ends): Promise<LinkRow[]>;
  /** References that more than one seen document carries. */
  shared(pass: PassKey, ends: Ends): Promise<ReferenceGroup[]>;
  /** Seen documents that carry a reference in our form, of which we have no link. */
  unlinked(pass: PassKey, ends: Ends): Promise<ReferenceGroup[]>;
  /** Seen documents that do not carry the reference we have for them. */
  lost(pass: PassKey, ends: Ends): Promise<(LinkRow & { readonly sketch: Sketch })[]>;
  /** Seen records with their seen documents; those that a run is or was at since are left to the next pass. */
  pairs(pass: PassKey, ends: Ends): Promise<Pair[]>;
  seenRecords(pass: PassKey): Promise<string[]>;
  /** Records whose runs have not ended. */
  inFlight(
    tenant: number,
  ): Promise<{ readonly entity: Entity; readonly connection: string; readonly record: string }[]>;
  linksOf(tenant: number, reference: string): Promise<LinkRow[]>;
  /** Makes the link that a run failed to; answers false when there is one by now. */
  link(pass: PassKey, ends: Ends, link: LinkRow): Promise<boolean>;
  suspicions(pass: PassKey): Promise<Suspicion[]>;
  settleSuspicion(pass: PassKey, id: string): Promise<void>;
}

const OURS = '^[a-z2-7]{24}$';

const unseenLinks = `
select x.reference, x.source_id as record, x.target_id as document from reconciled_record r
join xref x on x.source_id = r.record and x.tenant_id = r.tenant_id
where r.flow_id = $1 and r.trigger = $2 and r.sketch is not null and x.entity = $3 and x.source_connection = $4 and x.target_connection = $5
  and not exists (select from reconciled_document d where d.flow_id = $1 and d.trigger = $2 and d.connection_id = $5 and d.document = x.target_id)`;

const shared = `
select d.reference, max(x.source_id) as record, array_agg(d.sketch order by d.document) as sketches from reconciled_document d
left join xref x on x.reference = d.reference and x.tenant_id = d.tenant_id
where d.flow_id = $1 and d.trigger = $2 and d.connection_id = $3 and d.reference is not null
group by d.reference having count(*) > 1`;

const unlinked = `
select d.reference, null as record, array_agg(d.sketch order by d.document) as sketches from reconciled_document d
where d.flow_id = $1 and d.trigger = $2 and d.connection_id = $3 and d.reference ~ '${OURS}'
  and not exists (select from xref x where x.reference = d.reference and x.tenant_id = d.tenant_id)
group by d.reference`;

const lost = `
select x.reference, x.source_id as record, x.target_id as document, d.sketch from reconciled_document d
join xref x on x.target_id = d.document and x.tenant_id = d.tenant_id and x.target_connection = d.connection_id
where d.flow_id = $1 and d.trigger = $2 and d.connection_id = $3 and x.entity = $4 and d.reference is distinct from x.reference
  and not exists (select from xref o where o.target_id = d.document and o.tenant_id = d.tenant_id and o.target_connection = d.connection_id and o.reference = d.reference)`;

const pairs = `
select x.reference, r.record, d.document, r.sketch as record_sketch, d.sketch as document_sketch from reconciled_record r
join xref x on x.source_id = r.record and x.tenant_id = r.tenant_id and x.entity = $3 and x.source_connection = $4 and x.target_connection = $5
join reconciled_document d on d.flow_id = $1 and d.trigger = $2 and d.connection_id = $5 and d.document = x.target_id
where r.flow_id = $1 and r.trigger = $2 and r.sketch is not null and r.missed_key is null
  and not exists (select from run n where n.record = r.record and n.flow_id = $1 and n.trigger = $2 and n.tenant_id = r.tenant_id
    and (n.status = 'active' or n.received_at >= r.seen_at or n.ended_at >= r.seen_at))`;

const suspicions = `
select o.id, o.run_id as run, o.reference, o.target_connection as connection, o.target_id as document, x.entity, x.source_id, x.target_id
from orphan_doc o join run r on r.id = o.run_id and r.tenant_id = o.tenant_id
left join xref x on x.reference = o.reference and x.tenant_id = o.tenant_id
where r.flow_id = $1 and o.resolved_at is null and o.found_at < now() - interval '1 minute'`;

interface GroupRow {
  readonly reference: string;
  readonly record: string | null;
  readonly sketches: readonly string[];
}

const sketchOf = (text: string): Sketch => JSON.parse(text) as Sketch;
const groupOf = ({ reference, record, sketches }: GroupRow): ReferenceGroup => ({
  reference,
  record,
  documents: sketches.map(sketchOf),
});

export function createJudgement(app: pg.Pool): Judgement {
  const rows = async <Row extends pg.QueryResultRow>(
    tenant: number,
    sql: string,
    values: readonly unknown[],
  ): Promise<Row[]> => (await withTenant(app, tenant, (client) => client.query<Row>(sql, [...values]))).rows;
  const ofPass = <Row extends pg.QueryResultRow>(pass: PassKey, sql: string, ...values: unknown[]): Promise<Row[]> =>
    rows<Row>(pass.tenant, sql, [pass.flow, pass.trigger, ...values]);

  return {
    unseenLinks: (pass, { entity, source, target }) => ofPass(pass, unseenLinks, entity, source, target),
    shared: async (pass, { target }) => (await ofPass<GroupRow>(pass, shared, target)).map(groupOf),
    unlinked: async (pass, { target }) => (await ofPass<GroupRow>(pass, unlinked, target)).map(groupOf),
    lost: async (pass, { entity, target }) =>
      (await ofPass<LinkRow & { sketch: string }>(pass, lost, target, entity)).map((row) => ({
        ...row,
        sketch: sketchOf(row.sketch),
      })),
    pairs: async (pass, { entity, source, target }) =>
      (
        await ofPass<LinkRow & { record_sketch: string; document_sketch: string }>(pass, pairs, entity, source, target)
      ).map(({ reference, record, document, record_sketch, document_sketch }) => ({
        reference,
        record,
        document,
        recordSketch: sketchOf(record_sketch),
        documentSketch: sketchOf(document_sketch),
      })),
    seenRecords: async (pass) =>
      (
        await ofPass<{ record: string }>(
          pass,
          `select record from reconciled_record where flow_id = $1 and trigger = $2`,
        )
      ).map((row) => row.record),
    inFlight: (tenant) =>
      rows(
        tenant,
        'select distinct r.entity, r.connection_id as connection, r.record from due d join run r on r.id = d.run_id and r.tenant_id = d.tenant_id where d.tenant_id = current_tenant()',
        [],
      ),
    linksOf: (tenant, reference) =>
      rows(tenant, 'select reference, source_id as record, target_id as document from xref where reference = $1', [
        reference,
      ]),
    link: async (pass, { entity, source, target }, { reference, record, document }) => {
      const made = await rows(
        pass.tenant,
        `insert into xref (tenant_id, reference, entity, source_connection, source_id, target_connection, target_id, run_id)
          select $1, $2, $3, $4, $5, $6, $7, r.id from run r where r.record = $5 and r.tenant_id = $1 and r.flow_id = $8 order by r.id desc limit 1
          on conflict do nothing returning reference`,
        [pass.tenant, reference, entity, source, record, target, document, pass.flow],
      );
      return made.length > 0;
    },
    suspicions: async (pass) =>
      (
        await rows<{
          id: string;
          run: string;
          reference: string;
          connection: string;
          document: string | null;
          entity: string | null;
          source_id: string | null;
          target_id: string | null;
        }>(pass.tenant, suspicions, [pass.flow])
      ).map(({ entity, source_id, target_id, ...row }) => ({
        ...row,
        linked:
          entity === null || source_id === null || target_id === null
            ? null
            : { entity, record: source_id, document: target_id },
      })),
    settleSuspicion: async (pass, id) => {
      await rows(pass.tenant, 'update orphan_doc set resolved_at = now() where id = $1', [id]);
    },
  };
}
