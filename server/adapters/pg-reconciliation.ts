import type pg from 'pg';
import type { Sketch } from '#runtime/capability.ts';
import { withTenant } from './pg-pool.ts';

/** Which trigger of which flow. */
export interface PassKey {
  readonly tenant: number;
  readonly flow: string;
  readonly trigger: string;
}

/** How far a pass has come; survives whoever works on it. */
export interface Progress {
  readonly stage: 'source' | 'documents' | 'judge' | 'missed';
  /** Of the list being read. */
  readonly cursor?: string;
  /** `documents`: the connection being read. */
  readonly connection?: string;
  /** `missed`: milliseconds since 1970 from which the poll is waited for. */
  readonly waitingSince?: number;
}

/** A pass that is due, and this process's for a while. */
export interface DuePass extends PassKey {
  readonly version: number | null;
  readonly live: boolean;
  readonly failures: number;
  /** Milliseconds since 1970: the flow has read this source since then. */
  readonly readsFrom: number;
  readonly hours: number | null;
  /** Null when the pass has yet to begin. */
  readonly begun: { readonly at: number; readonly since: number; readonly progress: Progress } | null;
}

/** A record of the source as a pass has seen it. */
export interface SeenRecord {
  readonly record: string;
  readonly sketch: Sketch | null;
  /** Set where no run has taken this state of it in. */
  readonly missed: { readonly key: string; readonly body: Buffer } | null;
}

/** A document of a target as a pass has seen it. */
export interface SeenDocument {
  readonly connection: string;
  readonly sketch: Sketch;
}

interface DueRow {
  readonly tenant_id: number;
  readonly flow_id: string;
  readonly trigger: string;
  readonly state: string;
  readonly live_version: number | null;
  readonly failures: number;
  readonly hours: number | null;
  readonly reads_from_ms: number;
  readonly began_ms: number | null;
  readonly since_ms: number | null;
  readonly progress: string | null;
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const claim = `
with c as (select tenant_id, flow_id, trigger from reconciliation where due_at <= now() order by due_at limit 1 for update skip locked)
update reconciliation r set due_at = now() + $1::int4 * interval '1 ms' from c join flow f on f.tenant_id = c.tenant_id and f.id = c.flow_id
where r.flow_id = c.flow_id and r.trigger = c.trigger and r.tenant_id = c.tenant_id
returning r.tenant_id, r.flow_id, r.trigger, f.state, f.live_version, r.failures, r.hours, ${ms('r.reads_from')} as reads_from_ms,
  ${ms('r.began_at')} as began_ms, ${ms('r.since')} as since_ms, r.progress`;

function passOf(row: DueRow): DuePass {
  const begun =
    row.began_ms === null || row.since_ms === null || row.progress === null
      ? null
      : { at: row.began_ms, since: row.since_ms, progress: JSON.parse(row.progress) as Progress };
  return {
    tenant: row.tenant_id,
    flow: row.flow_id,
    trigger: row.trigger,
    version: row.live_version,
    live: row.state === 'live',
    failures: row.failures,
    readsFrom: row.reads_from_ms,
    hours: row.hours,
    begun,
  };
}

const instant = (at: number): string => new Date(at).toISOString();

/** Where passes stand, and what they have seen so far. */
export interface PassStore {
  /** Takes the pass that has been due longest; it is this process's for `leaseMs`. */
  claim(leaseMs: number): Promise<DuePass | undefined>;
  begin(pass: PassKey, since: number): Promise<void>;
  /** Keeps what a page brought and where the next one begins, together; the pass stays this process's for `leaseMs` more. */
  keep(
    pass: PassKey,
    progress: Progress,
    leaseMs: number,
    seen?: {
      readonly at: number;
      readonly records?: readonly SeenRecord[];
      readonly documents?: readonly SeenDocument[];
    },
  ): Promise<void>;
  /** Lets the pass lie until then. */
  rest(pass: PassKey, until: number, failure?: { readonly count: number; readonly text: string }): Promise<void>;
  /** Nothing is to be gone through until the flow is published or switched on again. */
  setAside(pass: PassKey): Promise<void>;
  /** The pass has come to its end; what it has seen is forgotten. */
  end(pass: PassKey, nextAt: number): Promise<void>;
}

async function keepRecords(client: pg.PoolClient, pass: PassKey, at: number, records: readonly SeenRecord[]) {
  await client.query(
    `insert into reconciled_record (tenant_id, flow_id, trigger, record, seen_at, sketch, missed_key, body)
      select $1, $2, $3, t.record, $4, t.sketch, t.missed_key, t.body
      from unnest($5::text[], $6::text[], $7::text[], $8::bytea[]) as t(record, sketch, missed_key, body)
      on conflict (flow_id, trigger, record, tenant_id) do update set seen_at = excluded.seen_at, sketch = excluded.sketch,
        missed_key = excluded.missed_key, body = excluded.body`,
    [
      pass.tenant,
      pass.flow,
      pass.trigger,
      instant(at),
      records.map((one) => one.record),
      records.map((one) => (one.sketch ? JSON.stringify(one.sketch) : null)),
      records.map((one) => one.missed?.key ?? null),
      records.map((one) => one.missed?.body ?? null),
    ],
  );
}

async function keepDocuments(client: pg.PoolClient, pass: PassKey, documents: readonly SeenDocument[]) {
  await client.query(
    `insert into reconciled_document (tenant_id, flow_id, trigger, connection_id, document, reference, sketch)
      select $1, $2, $3, t.connection_id, t.document, t.reference, t.sketch
      from unnest($4::text[], $5::text[], $6::text[], $7::text[]) as t(connection_id, document, reference, sketch)
      on conflict (flow_id, trigger, connection_id, document, tenant_id) do update set reference = excluded.reference, sketch = excluded.sketch`,
    [
      pass.tenant,
      pass.flow,
      pass.trigger,
      documents.map((one) => one.connection),
      documents.map((one) => one.sketch.id),
      documents.map((one) => one.sketch.reference ?? null),
      documents.map((one) => JSON.stringify(one.sketch)),
    ],
  );
}

/** The last of each name: a list may bring one record twice, and one statement may write it once only. */
function lastOf<T>(items: readonly T[], nameOf: (item: T) => string): T[] {
  return [...new Map(items.map((item) => [nameOf(item), item])).values()];
}

export function createPassStore(pools: { readonly engine: pg.Pool; readonly app: pg.Pool }): PassStore {
  const inPass = <T>(pass: PassKey, work: (client: pg.PoolClient) => Promise<T>): Promise<T> =>
    withTenant(pools.app, pass.tenant, work);
  const set = async (pass: PassKey, assignments: string, values: readonly unknown[]): Promise<void> => {
    await inPass(pass, (client) =>
      client.query(`update reconciliation set ${assignments} where flow_id = $1 and trigger = $2`, [
        pass.flow,
        pass.trigger,
        ...values,
      ]),
    );
  };
  return {
    claim: async (leaseMs) => {
      const { rows } = await pools.engine.query<DueRow>({ name: 'claim_pass', text: claim, values: [leaseMs] });
      return rows[0] ? passOf(rows[0]) : undefined;
    },
    begin: (pass, since) =>
      inPass(pass, async (client) => {
        await forget(client, pass);
        await client.query(
          `update reconciliation set began_at = now(), since = $3, progress = $4, hours = null where flow_id = $1 and trigger = $2`,
          [pass.flow, pass.trigger, instant(since), JSON.stringify({ stage: 'source' } satisfies Progress)],
        );
      }),
    keep: (pass, progress, leaseMs, seen) =>
      inPass(pass, async (client) => {
        const records = lastOf(seen?.records ?? [], (one) => one.record);
        const documents = lastOf(seen?.documents ?? [], (one) => `${one.connection} ${one.sketch.id}`);
        if (seen && records.length > 0) await keepRecords(client, pass, seen.at, records);
        if (documents.length > 0) await keepDocuments(client, pass, documents);
        await client.query(
          `update reconciliation set progress = $3, due_at = now() + $4::int4 * interval '1 ms' where flow_id = $1 and trigger = $2`,
          [pass.flow, pass.trigger, JSON.stringify(progress), leaseMs],
        );
      }),
    rest: (pass, until, failure) =>
      set(pass, 'due_at = $3, failures = $4, failure = $5', [
        instant(until),
        failure?.count ?? 0,
        failure?.text ?? null,
      ]),
    setAside: (pass) =>
      set(
        pass,
        `due_at = 'infinity', began_at = null, since = null, progress = null, failures = 0, failure = null`,
        [],
      ),
    end: (pass, nextAt) =>
      inPass(pass, async (client) => {
        await client.query(
          `update reconciliation set due_at = $3, ended_at = now(), began_at = null, since = null, progress = null, failures = 0, failure = null,
            records = (select count(*) from reconciled_record where flow_id = $1 and trigger = $2),
            documents = (select count(*) from reconciled_document where flow_id = $1 and trigger = $2)
            where flow_id = $1 and trigger = $2`,
          [pass.flow, pass.trigger, instant(nextAt)],
        );
        await forget(client, pass);
      }),
  };
}

async function forget(client: pg.PoolClient, pass: PassKey): Promise<void> {
  for (const table of ['reconciled_record', 'reconciled_document'])
    await client.query(`delete from ${table} where flow_id = $1 and trigger = $2`, [pass.flow, pass.trigger]);
}
