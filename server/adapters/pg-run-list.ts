import type pg from 'pg';
import type { z } from 'zod';
import { Failure } from '#runtime/error.ts';
import type { RunFilter, RunQuery, RunStatus, RunSummary } from '#runtime/protocol.ts';
import type { EndCommit } from './pg-journal.ts';

type Query = z.infer<typeof RunQuery>;

/** A run as the lists read it; `claim` and the rest of the queue's row are null when it has ended. */
interface SummaryRow {
  readonly id: string;
  readonly flow_id: string;
  readonly flow_name: string;
  readonly version: number;
  readonly status: 'active' | EndCommit['status'];
  readonly entity: string;
  readonly record: string;
  readonly via: string;
  readonly received_ms: number;
  readonly ended_ms: number | null;
  readonly attempt: number;
  readonly failure: string | null;
  readonly claimed: boolean | null;
  readonly later: boolean | null;
  readonly due_ms: number | null;
  readonly hold: RunSummary['hold'];
  readonly due_failure: string | null;
}

const ms = (column: string): string => `(extract(epoch from ${column}) * 1000)::float8`;

const COLUMNS = `r.id, r.flow_id, f.name as flow_name, r.version, r.status, r.entity, r.record, r.via, ${ms('r.received_at')} as received_ms,
  ${ms('r.ended_at')} as ended_ms, coalesce(d.attempt, r.attempt) as attempt, r.failure, d.claim is not null as claimed, d.due_at > now() as later,
  case when d.due_at < 'infinity' then ${ms('d.due_at')} end as due_ms, d.hold, d.failure as due_failure`;

const REST = 'join flow f on f.id = r.flow_id and f.tenant_id = r.tenant_id left join due d on d.run_id = r.id';

function statusOf(row: SummaryRow): RunStatus {
  if (row.status !== 'active') return row.status;
  if (row.hold !== null) return 'held';
  if (row.claimed) return 'running';
  return row.later ? 'waiting' : 'queued';
}

function failureOf(text: string | null): RunSummary['failure'] {
  return text === null ? null : Failure.parse(JSON.parse(text));
}

function summaryOf(row: SummaryRow): RunSummary {
  const status = statusOf(row);
  return {
    id: row.id,
    flow: row.flow_id,
    flowName: row.flow_name,
    version: row.version,
    status,
    entity: row.entity,
    record: row.record,
    via: row.via,
    receivedAt: row.received_ms,
    endedAt: row.ended_ms,
    attempt: row.attempt,
    dueAt: status === 'waiting' ? row.due_ms : null,
    hold: row.hold,
    failure: failureOf(row.status === 'active' ? row.due_failure : row.failure),
  };
}

/** Ids begin with the millisecond they were made; the process that made one may have been behind the database a little. */
const SLACK_MS = 300_000;
const FIRST_ID = '00000000-0000-0000-0000-000000000000';
const LAST_ID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

/** The lowest id a run received since then can have. */
export function floorOf(since: number | undefined): string {
  if (since === undefined) return FIRST_ID;
  const hex = Math.max(0, Math.min(since - SLACK_MS, 2 ** 48 - 1))
    .toString(16)
    .padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-7000-8000-000000000000`;
}

/** What a status is in terms of the run's row `r` and the queue's row `d`. */
const IS: Readonly<Record<RunFilter, string>> = {
  active: 'd.run_id is not null and d.hold is null',
  queued: 'd.hold is null and d.claim is null and d.due_at <= now()',
  running: 'd.hold is null and d.claim is not null',
  waiting: 'd.hold is null and d.claim is null and d.due_at > now()',
  held: 'd.hold is not null',
  succeeded: "r.status = 'succeeded'",
  ignored: "r.status = 'ignored'",
  failed: "r.status = 'failed'",
  cancelled: "r.status = 'cancelled'",
};

/** What a list without a status leaves out, unless asked. */
const OF_INTEREST = "r.status <> 'ignored'";

/** $1 flow or null, $2 before, $3 floor, $4 since or null, $5 limit. */
const BOUNDS = `r.tenant_id = current_tenant() and ($1::uuid is null or r.flow_id = $1) and r.id < $2::uuid and r.id >= $3::uuid
  and ($4::float8 is null or r.received_at >= to_timestamp($4 / 1000))`;

/** $6: a person who types a number may mean the record's own, or the one the other system gave it. */
const ofRecord = (is: string): string => `select r.id from run r left join due d on d.run_id = r.id
  where r.id in (select o.id from run o where o.record = $6 and o.tenant_id = current_tenant()
    union select x.run_id from xref x where (x.target_id = $6 or x.source_id = $6) and x.tenant_id = current_tenant())
  and ${BOUNDS} and ${is}`;

const unfinished = (
  is: string,
): string => `select r.id from due d join run r on r.id = d.run_id and r.tenant_id = d.tenant_id
  where d.tenant_id = current_tenant() and ${is} and ${BOUNDS}`;

/** Flow by flow, each from its own index: there is none over all of a tenant's runs, which every run would pay for. */
const flowByFlow = (
  runs: string,
): string => `select one.id from flow f cross join lateral (${runs} order by 1 desc limit $5::int) one
  where f.tenant_id = current_tenant() and ($1::uuid is null or f.id = $1)`;

const ofFlow = (is: string): string =>
  flowByFlow(`select r.id from run r where r.flow_id = f.id and ${BOUNDS} and ${is}`);

type Unsuccessful = Exclude<EndCommit['status'], 'succeeded'>;

const unsuccessful = (status: Unsuccessful): string =>
  flowByFlow(`select u.run_id as id from unsuccessful_run u join run r on r.id = u.run_id and r.tenant_id = u.tenant_id
    where u.flow_id = f.id and u.status = '${status}' and u.run_id < $2::uuid and u.run_id >= $3::uuid and ${BOUNDS}`);

function idsOf({ status, record, ignored }: Query): string {
  const is = status ? IS[status] : ignored ? 'true' : OF_INTEREST;
  if (record !== undefined) return ofRecord(is);
  switch (status) {
    case undefined:
    case 'succeeded':
      return ofFlow(is);
    case 'ignored':
    case 'failed':
    case 'cancelled':
      return unsuccessful(status);
    default:
      return unfinished(is);
  }
}

/** One page of runs, newest first; `client` shows one tenant. */
export async function listRuns(
  client: pg.PoolClient,
  query: Query,
): Promise<{ readonly runs: RunSummary[]; readonly more: boolean }> {
  const { rows } = await client.query<SummaryRow>(
    `select ${COLUMNS} from (select ids.id from (${idsOf(query)}) ids order by ids.id desc limit $5::int) page
      join run r on r.id = page.id and r.tenant_id = current_tenant() ${REST} order by r.id desc`,
    [
      query.flow ?? null,
      query.before ?? LAST_ID,
      floorOf(query.since),
      query.since ?? null,
      query.limit + 1,
      ...(query.record === undefined ? [] : [query.record]),
    ],
  );
  return { runs: rows.slice(0, query.limit).map(summaryOf), more: rows.length > query.limit };
}

/** The runs of these ids that the tenant has, newest first; `client` shows one tenant. */
export async function runsById(client: pg.PoolClient, ids: readonly string[]): Promise<RunSummary[]> {
  const { rows } = await client.query<SummaryRow>(
    `select ${COLUMNS} from run r ${REST} where r.tenant_id = current_tenant() and r.id = any($1::uuid[]) order by r.id desc`,
    [ids],
  );
  return rows.map(summaryOf);
}
