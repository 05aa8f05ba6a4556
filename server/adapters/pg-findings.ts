import type pg from 'pg';
import type { z } from 'zod';
import type { Finding, FindingKind, FindingList, FindingQuery, Reconciliation } from '#runtime/protocol.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import type { PassKey } from './pg-reconciliation.ts';
import { Refused } from './refusal.ts';

/** A finding as a pass files it. */
export interface NewFinding {
  readonly kind: FindingKind;
  /** What tells it from another of its kind: found again under the same words, it is the same. */
  readonly fingerprint: string;
  readonly state: 'repaired' | 'open';
  readonly entity: string;
  readonly record: string | null;
  readonly source: string;
  readonly target: string | null;
  readonly documents: readonly string[];
  readonly reference: string | null;
  readonly run: string | null;
  readonly detail: string;
}

interface FindingRow {
  readonly id: string;
  readonly flow_id: string;
  readonly flow_name: string;
  readonly kind: FindingKind;
  readonly state: Finding['state'];
  readonly entity: string;
  readonly record: string | null;
  readonly source_connection: string;
  readonly target_connection: string | null;
  readonly documents: string[];
  readonly reference: string | null;
  readonly run_id: string | null;
  readonly detail: string;
  readonly found_ms: number;
  readonly settled_ms: number | null;
  readonly settled_by: string | null;
}

interface PassRow {
  readonly flow_id: string;
  readonly flow_name: string;
  readonly trigger: string;
  readonly running: boolean;
  readonly due_ms: number | null;
  readonly ended_ms: number | null;
  readonly records: number;
  readonly documents: number;
  readonly failure: string | null;
}

const findingOf = (row: FindingRow): Finding => ({
  id: row.id,
  flow: row.flow_id,
  flowName: row.flow_name,
  kind: row.kind,
  state: row.state,
  entity: row.entity,
  record: row.record,
  source: row.source_connection,
  target: row.target_connection,
  documents: row.documents,
  reference: row.reference,
  run: row.run_id,
  detail: row.detail,
  foundAt: row.found_ms,
  settledAt: row.settled_ms,
  settledBy: row.settled_by,
});

const passOf = (row: PassRow): Reconciliation => ({
  flow: row.flow_id,
  flowName: row.flow_name,
  trigger: row.trigger,
  running: row.running,
  dueAt: row.due_ms,
  endedAt: row.ended_ms,
  records: row.records,
  documents: row.documents,
  failure: row.failure,
});

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const list = `
select n.*, f.name as flow_name, ${ms('n.found_at')} as found_ms, ${ms('n.settled_at')} as settled_ms
from finding n join flow f on f.id = n.flow_id and f.tenant_id = n.tenant_id
where n.tenant_id = current_tenant() and ($1::text is null or n.state = $1) and ($2::uuid is null or n.flow_id = $2)
order by n.state = 'open' desc, n.found_at desc, n.id limit $3`;

const passes = `
select r.flow_id, f.name as flow_name, r.trigger, r.began_at is not null as running,
  case when r.due_at < 'infinity' then ${ms('r.due_at')} end as due_ms, ${ms('r.ended_at')} as ended_ms, r.records, r.documents, r.failure
from reconciliation r join flow f on f.id = r.flow_id and f.tenant_id = r.tenant_id
where r.tenant_id = current_tenant() and r.due_at < 'infinity' and ($1::uuid is null or r.flow_id = $1) order by f.name, r.trigger`;

/** What reconciliations found, for those who look and those who decide. */
export interface FindingStore {
  file(pass: PassKey, finding: NewFinding): Promise<void>;
  /** References of a flow's open findings in a target, to be looked at again. */
  openReferences(pass: PassKey, target: string): Promise<{ readonly kind: FindingKind; readonly reference: string }[]>;
  /** Open findings in a target that a pass has looked at again and not found: they are in order now. */
  resolve(
    pass: PassKey,
    target: string,
    again: { readonly fingerprints: readonly string[]; readonly records: readonly string[] },
  ): Promise<void>;
  list(tenant: number, query: z.output<typeof FindingQuery>): Promise<FindingList>;
  /** Rejects with Refused unless it is open. */
  dismiss(tenant: number, finding: string, by: string): Promise<void>;
  /** Makes passes due now; answers of how many triggers. */
  start(
    tenant: number,
    wanted: { readonly flow?: string | undefined; readonly hours?: number | undefined },
  ): Promise<number>;
}

export function createFindingStore(app: pg.Pool): FindingStore {
  return {
    file: async ({ tenant, flow }, finding) => {
      await withTenant(app, tenant, (client) =>
        client.query(
          `insert into finding (tenant_id, flow_id, kind, fingerprint, state, entity, record, source_connection, target_connection, documents, reference, run_id, detail, settled_at, settled_by)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, case when $5 = 'repaired' then now() end, case when $5 = 'repaired' then 'Weft' end)
            on conflict (flow_id, kind, fingerprint, tenant_id) do update set seen_at = now(), documents = excluded.documents,
              state = case when finding.state = 'resolved' then excluded.state else finding.state end,
              settled_at = case when finding.state = 'resolved' then excluded.settled_at else finding.settled_at end,
              settled_by = case when finding.state = 'resolved' then excluded.settled_by else finding.settled_by end`,
          [
            tenant,
            flow,
            finding.kind,
            finding.fingerprint,
            finding.state,
            finding.entity,
            finding.record,
            finding.source,
            finding.target,
            finding.documents,
            finding.reference,
            finding.run,
            finding.detail,
          ],
        ),
      );
    },
    openReferences: async ({ tenant, flow }, target) =>
      withTenant(app, tenant, async (client) => {
        const { rows } = await client.query<{ kind: FindingKind; reference: string }>(
          `select kind, reference from finding where flow_id = $1 and target_connection = $2 and state = 'open' and reference is not null
            order by found_at desc limit 500`,
          [flow, target],
        );
        return rows;
      }),
    resolve: async ({ tenant, flow }, target, { fingerprints, records }) => {
      await withTenant(app, tenant, (client) =>
        client.query(
          `update finding set state = 'resolved', settled_at = now(), settled_by = 'Weft'
            where flow_id = $1 and target_connection = $2 and state = 'open' and kind <> 'suspected-document' and not fingerprint = any($3::text[])
              and (kind not in ('different-document', 'lost-reference') or record = any($4::text[]))`,
          [flow, target, fingerprints, records],
        ),
      );
    },
    list: (tenant, { state, flow, limit }) =>
      withTenant(app, tenant, async (client) => {
        const found = await client.query<FindingRow>(list, [state ?? null, flow ?? null, limit]);
        const open = await client.query<{ n: number }>(`select count(*)::int as n from finding where state = 'open'`);
        const going = await client.query<PassRow>(passes, [flow ?? null]);
        return { findings: found.rows.map(findingOf), open: open.rows[0]?.n ?? 0, passes: going.rows.map(passOf) };
      }),
    dismiss: (tenant, finding, by) =>
      withTenant(app, tenant, async (client) => {
        const { rows } = await client.query<{ kind: string; record: string | null }>(
          `update finding set state = 'dismissed', settled_at = now(), settled_by = $2 where id = $1 and state = 'open' returning kind, record`,
          [finding, by],
        );
        const [row] = rows;
        if (!row) throw new Refused(404, 'FINDING_MISSING', 'there is no such open finding', { field: 'finding' });
        const title = row.record === null ? row.kind : `${row.kind} ${row.record}`;
        await audit(client, { action: 'finding.dismiss', on: { id: finding, title } });
      }),
    start: (tenant, { flow, hours }) =>
      withTenant(app, tenant, async (client) => {
        const { rowCount } = await client.query(
          `update reconciliation r set hours = coalesce($2, r.hours), due_at = case when r.began_at is null or r.failures > 0 then now() else r.due_at end from flow f
            where f.id = r.flow_id and f.tenant_id = r.tenant_id and f.state = 'live' and r.due_at < 'infinity' and ($1::uuid is null or r.flow_id = $1)`,
          [flow ?? null, hours ?? null],
        );
        const started = rowCount ?? 0;
        if (started > 0)
          await audit(client, {
            action: 'finding.start',
            on: { id: flow ?? '', title: '' },
            after: { passes: started, ...(hours === undefined ? {} : { hours }) },
          });
        return started;
      }),
  };
}
