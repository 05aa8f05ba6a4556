import type pg from 'pg';
import type { FlowSummary } from '#runtime/protocol.ts';
import type { FlowPackages } from './flow-packages.ts';
import { floorOf } from './pg-run-list.ts';

interface FlowRow {
  readonly id: string;
  readonly name: string;
  readonly state: FlowSummary['state'];
  readonly live_version: number | null;
  readonly revision: number;
  readonly owner: string | null;
  readonly updated_ms: number;
  readonly last_ms: number | null;
  readonly test_records: readonly string[];
  readonly triggers: number;
  readonly waiting: number;
  readonly failing: number;
}

interface CountRow {
  readonly id: string;
  readonly active: number;
  readonly held: number;
  readonly failed: number;
  readonly succeeded: number;
  readonly passed_by: number;
}

/** Runs that were passed by since a flow was tried on test records, oldest first; `f` is the flow. An id begins with its time. */
export const PASSED_BY = `
select r.id from unsuccessful_run u join run r on r.id = u.run_id and r.tenant_id = u.tenant_id
  where u.flow_id = f.id and u.tenant_id = f.tenant_id and u.status = 'ignored' and r.failure like '{"code":"TEST_ONLY"%'
    and u.run_id >= (lpad(to_hex((extract(epoch from f.test_since) * 1000)::int8 - 5000), 12, '0') || repeat('0', 20))::uuid
  order by r.id limit 10000`;

/**
 * Counts by elimination: all of a day's runs by the index alone, less the few that wait in the queue and the few that did not end well.
 * What is unfinished counts however old it is, since somebody may have to act.
 */
const COUNTS = `
with q as (
  select r.flow_id, count(*) filter (where d.hold is null)::int as active, count(*) filter (where d.hold is not null)::int as held,
    count(*) filter (where d.run_id >= $1)::int as recent
  from due d join run r on r.id = d.run_id and r.tenant_id = d.tenant_id
  where d.tenant_id = current_tenant() and ($2::uuid is null or r.flow_id = $2) group by r.flow_id)
select f.id, case when f.state <> 'test' then 0 else (select count(*)::int from (${PASSED_BY}) p) end as passed_by,
  coalesce(q.active, 0) as active, coalesce(q.held, 0) as held, u.failed,
  greatest(0, (select count(*)::int from run r where r.flow_id = f.id and r.id >= $1) - u.failed - u.others - coalesce(q.recent, 0)) as succeeded
from flow f left join q on q.flow_id = f.id cross join lateral (
  select count(*) filter (where status = 'failed')::int as failed, count(*) filter (where status <> 'failed')::int as others
  from unsuccessful_run where flow_id = f.id and status in ('ignored', 'failed', 'cancelled') and run_id >= $1) u
where f.tenant_id = current_tenant() and ($2::uuid is null or f.id = $2)`;

const FLOWS = `
select f.id, f.name, f.state, f.live_version, f.revision, f.test_records, k.triggers, k.waiting, k.failing,
  (select v.author from flow_version v where v.tenant_id = f.tenant_id and v.flow_id = f.id and v.version = f.live_version) as owner, (extract(epoch from f.updated_at) * 1000)::float8 as updated_ms,
  (select (extract(epoch from r.received_at) * 1000)::float8 from run r where r.flow_id = f.id and r.tenant_id = f.tenant_id order by r.id desc limit 1) as last_ms
from flow f cross join lateral (
  select count(*)::int as triggers, count(*) filter (where c.started_at is null and c.failures = 0)::int as waiting,
    count(*) filter (where c.failures > 0)::int as failing
  from trigger_clock c where c.flow_id = f.id and c.tenant_id = f.tenant_id) k
where f.tenant_id = current_tenant() and ($1::uuid is null or f.id = $1) order by f.name, f.id`;

const DAY_MS = 86_400_000;

/** Whether what starts the flow has begun and works. */
function healthOf({ state, triggers, waiting, failing }: FlowRow): FlowSummary['health'] {
  if (state !== 'live' && state !== 'test') return null;
  if (failing > 0) return failing === triggers ? 'failing' : 'partly';
  return waiting > 0 ? 'starting' : 'well';
}

/** What became of each flow's runs in the last day, by the flow's id. */
export type FlowCounts = ReadonlyMap<string, CountRow>;

const NONE = { active: 0, held: 0, failed: 0, succeeded: 0, passed_by: 0 };

/** Counts the runs of all flows of the tenant, or of one; `client` shows one tenant. */
export async function countFlows(client: pg.PoolClient, now: number, flow?: string): Promise<FlowCounts> {
  const { rows } = await client.query<CountRow>(COUNTS, [floorOf(now - DAY_MS), flow ?? null]);
  return new Map(rows.map((row) => [row.id, row]));
}

/** All flows of the tenant, or one, as they are now, with `counts` of their runs; `client` shows one tenant. */
export async function flowSummaries(
  client: pg.PoolClient,
  packages: FlowPackages,
  counts: FlowCounts,
  flow?: string,
): Promise<FlowSummary[]> {
  const { rows } = await client.query<FlowRow>(FLOWS, [flow ?? null]);
  const asked = await packages(client, rows);
  return rows.map((row) => {
    const { active, held, failed, succeeded, passed_by } = counts.get(row.id) ?? NONE;
    return {
      id: row.id,
      name: row.name,
      state: row.state,
      liveVersion: row.live_version,
      health: healthOf(row),
      test: row.state === 'test' ? { records: [...row.test_records], passedBy: passed_by } : null,
      revision: row.revision,
      owner: row.owner,
      package: asked.get(row.id) ?? '100',
      updatedAt: row.updated_ms,
      lastRunAt: row.last_ms,
      counts: { active, succeeded, failed, held },
    };
  });
}

const SLOW_MS = 25;

/** Counting a very busy tenant's day costs time: it is then asked again only after twenty times as long as it took. */
export function createSparing<T>(): (key: string, read: () => Promise<T>) => Promise<T> {
  const kept = new Map<string, { readonly value: Promise<T>; until: number }>();
  return (key, read) => {
    const known = kept.get(key);
    if (known && known.until > performance.now()) return known.value;
    const began = performance.now();
    const value = read();
    // those who ask meanwhile get the same
    const entry = { value, until: Number.POSITIVE_INFINITY };
    kept.set(key, entry);
    value.then(
      () => {
        const took = performance.now() - began;
        if (took < SLOW_MS) kept.delete(key);
        else entry.until = performance.now() + 20 * took;
      },
      () => kept.delete(key),
    );
    return value;
  };
}
