import type pg from 'pg';
import type { z } from 'zod';
import type { RunEvent } from '#runtime/event.ts';
import { FlowDocument } from '#runtime/flow.ts';
import type { Decide, RunAnswer, RunList, RunQuery, RunSummary } from '#runtime/protocol.ts';
import { audit } from './pg-audit.ts';
import { withTenant } from './pg-pool.ts';
import { listRuns, runsById } from './pg-run-list.ts';
import { appendLog, logEnds, type RunLog, readLog } from './pg-run-log.ts';
import { Refused } from './refusal.ts';

export interface RunStoreDeps {
  /** Runs as weft_app. */
  readonly pool: pg.Pool;
  /** The lane of a run's record, as the intake makes it. */
  laneOf(
    source: { readonly tenant: number; readonly connection: string },
    record: { readonly entity: string; readonly record: string },
  ): bigint;
  /** Runs are due: wakes a worker. */
  ring(): void;
  /** Called after a commit, for live viewers. */
  committed(run: string, events: readonly RunEvent[]): void;
}

/** Runs as people see them, and what people may say about them. Rejects with Refused. */
export interface RunStore {
  list(tenant: number, query: z.infer<typeof RunQuery>): Promise<RunList>;
  read(tenant: number, run: string): Promise<RunAnswer>;
  /** The whole of one event, of which the live line may have shown a part. */
  event(tenant: number, run: string, seq: number): Promise<RunEvent>;
  /** The log from a place on; null when the tenant has no such run. */
  log(tenant: number, run: string, from?: number): Promise<RunLog | null>;
  /** Those of the ids that are the tenant's. */
  summaries(tenant: number, runs: readonly string[]): Promise<RunSummary[]>;
  decide(tenant: number, run: string, decision: Decide, by: string): Promise<RunSummary>;
  /** Ended runs go on under their own id and references; those that are not there, have not ended or whose payload is pruned are skipped. */
  replay(
    tenant: number,
    runs: readonly string[],
    by: string,
  ): Promise<{ readonly replayed: number; readonly skipped: number }>;
  /** The connection can be used again: runs held for a sign-in go on; answers how many. */
  release(tenant: number, connection: string): Promise<number>;
}

const missing = (): Refused => new Refused(404, 'RUN_MISSING', 'there is no such run');

export function createRunStore(deps: RunStoreDeps): RunStore {
  const { pool } = deps;

  const tell = (changes: ReadonlyMap<string, readonly RunEvent[]>): void => {
    if (changes.size === 0) return;
    for (const [run, events] of changes) deps.committed(run, events);
    deps.ring();
  };

  return {
    list: (tenant, query) => withTenant(pool, tenant, (client) => listRuns(client, query)),
    read: (tenant, run) => withTenant(pool, tenant, (client) => readRun(client, run)),
    event: (tenant, run, seq) =>
      withTenant(pool, tenant, async (client) => {
        const [summary] = await runsById(client, [run]);
        if (!summary) throw missing();
        const { events } = await readLog(client, summary);
        const event = events.find((each) => each.seq === seq);
        if (!event) throw new Refused(404, 'EVENT_MISSING', 'the run has no such event', { field: 'seq' });
        return event;
      }),
    log: (tenant, run, from = 0) =>
      withTenant(pool, tenant, async (client) => {
        const { rows } = await client.query<{ ms: number }>(
          'select (extract(epoch from received_at) * 1000)::float8 as ms from run where id = $1 and tenant_id = current_tenant()',
          [run],
        );
        const [row] = rows;
        return row ? readLog(client, { id: run, receivedAt: row.ms }, from) : null;
      }),
    summaries: (tenant, runs) => withTenant(pool, tenant, (client) => runsById(client, runs)),
    decide: async (tenant, run, decision, by) => {
      const { event, summary } = await withTenant(pool, tenant, async (client) => ({
        event: await applyDecision(client, tenant, run, decision, by),
        summary: (await runsById(client, [run]))[0],
      }));
      if (!summary) throw missing();
      tell(new Map([[run, [event]]]));
      return summary;
    },
    replay: async (tenant, runs, by) => {
      // one order for all, so that two who replay the same runs do not wait for each other in a circle
      const wanted = [...new Set(runs)].sort();
      const changes = await withTenant(pool, tenant, (client) => replayRuns(client, tenant, wanted, by, deps));
      tell(changes);
      return { replayed: changes.size, skipped: runs.length - changes.size };
    },
    release: async (tenant, connection) => {
      const changes = await withTenant(pool, tenant, (client) => releaseRuns(client, tenant, connection));
      tell(changes);
      return changes.size;
    },
  };
}

async function readRun(client: pg.PoolClient, id: string): Promise<RunAnswer> {
  const [run] = await runsById(client, [id]);
  if (!run) throw missing();
  const { events } = await readLog(client, run);
  const { rows: versions } = await client.query<{ document: string; connection_id: string }>(
    `select v.document, r.connection_id from run r
      join flow_version v on v.tenant_id = r.tenant_id and v.flow_id = r.flow_id and v.version = r.version
      where r.id = $1 and r.tenant_id = current_tenant()`,
    [id],
  );
  const [version] = versions;
  if (!version) throw missing();
  // what the run wrote, by its references, and what is known of its record from earlier
  const references = events.flatMap((event) => ('reference' in event ? [event.reference] : []));
  const { rows: links } = await client.query<RunAnswer['links'][number]>(
    `select entity, target_connection as connection, reference, target_id as target from xref
      where tenant_id = current_tenant() and (reference = any($1::text[])
        or (source_id = $2 and source_connection = $3 and entity = $4)) order by created_at, reference`,
    [references, run.record, version.connection_id, run.entity],
  );
  return { run, flow: FlowDocument.parse(JSON.parse(version.document)), events, links };
}

interface DueRow {
  readonly claim: string | null;
  readonly intent: string | null;
  readonly hold: RunSummary['hold'];
}

/** The queue's row under lock; a worker that wants the run passes it by, or has it and then nothing may be said. */
async function lockDue(client: pg.PoolClient, run: string): Promise<DueRow> {
  const { rows } = await client.query<DueRow>(
    'select claim::text as claim, intent, hold from due where run_id = $1 and tenant_id = current_tenant() for update',
    [run],
  );
  const [row] = rows;
  if (!row) {
    const { rows: ended } = await client.query('select from run where id = $1 and tenant_id = current_tenant()', [run]);
    if (ended.length === 0) throw missing();
    throw new Refused(409, 'RUN_ENDED', 'the run has ended; replay it instead');
  }
  if (row.claim !== null || row.intent !== null)
    throw new Refused(409, 'RUN_BUSY', 'a worker has the run just now; try again in a moment', { retryAfter: 1 });
  return row;
}

async function applyDecision(
  client: pg.PoolClient,
  tenant: number,
  run: string,
  said: Decide,
  by: string,
): Promise<RunEvent> {
  const due = await lockDue(client, run);
  if ((said.decision === 'sent' || said.decision === 'resend') && due.hold !== 'review')
    throw new Refused(409, 'RUN_NOT_IN_REVIEW', 'nobody is asked about a write of this run', { field: 'decision' });
  if (said.decision === 'retry' && due.hold === null)
    throw new Refused(409, 'RUN_NOT_HELD', 'the run is not held; it goes on by itself', { field: 'decision' });
  const [summary] = await runsById(client, [run]);
  if (!summary) throw missing();
  const log = await readLog(client, summary);
  const seq = (log.events.at(-1)?.seq ?? -1) + 1;
  const at = await databaseTime(client);
  if (said.decision === 'cancel') {
    const event: RunEvent = { type: 'run.cancelled', seq, at, by };
    await appendLog(client, tenant, [{ run, place: log.next, events: [event] }]);
    await client.query('delete from due where run_id = $1', [run]);
    await client.query(
      "update run set status = 'cancelled', ended_at = now(), attempt = $2 where id = $1 and tenant_id = current_tenant()",
      [run, summary.attempt],
    );
    await audit(client, { action: 'run.cancel', on: { id: run, title: recordName(summary) } });
    return event;
  }
  // the decision is about the held step alone: others that failed have been dealt with as the flow says
  const held = log.events.findLast((event) => event.type === 'run.held');
  const event: RunEvent = {
    type: 'run.resumed',
    seq,
    at,
    by,
    decision: said.decision,
    ...(held ? { step: held.step } : {}),
    ...(said.decision === 'sent' ? { target: said.target } : {}),
  };
  await appendLog(client, tenant, [{ run, place: log.next, events: [event] }]);
  await client.query('update due set due_at = now(), hold = null, failure = null, seq = $2 where run_id = $1', [
    run,
    log.next + 1,
  ]);
  await audit(client, {
    action: `run.${said.decision}`,
    on: { id: run, title: recordName(summary) },
    before: { hold: due.hold },
    ...(said.decision === 'sent' ? { after: { target: said.target } } : {}),
  });
  return event;
}

const recordName = ({ entity, record }: { readonly entity: string; readonly record: string }): string =>
  `${entity} ${record}`;

async function databaseTime(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ ms: number }>(
    'select floor(extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  );
  return rows[0]?.ms ?? 0;
}

interface EndedRow {
  readonly id: string;
  readonly connection_id: string;
  readonly entity: string;
  readonly record: string;
}

/** Answers the event that was added to each run that goes on. */
async function replayRuns(
  client: pg.PoolClient,
  tenant: number,
  wanted: readonly string[],
  by: string,
  { laneOf }: RunStoreDeps,
): Promise<Map<string, readonly RunEvent[]>> {
  // a second click waits for the first and then finds the runs active; whose payload is pruned cannot be run again
  const { rows: ended } = await client.query<EndedRow>(
    `select r.id, r.connection_id, r.entity, r.record from run r
      where r.id = any($1::uuid[]) and r.tenant_id = current_tenant() and r.status <> 'active'
        and exists (select from inbox b where b.run_id = r.id and b.received_at = r.received_at and b.tenant_id = r.tenant_id)
      order by r.id for update`,
    [wanted],
  );
  const changes = new Map<string, readonly RunEvent[]>();
  if (ended.length === 0) return changes;
  const ids = ended.map((run) => run.id);
  const ends = await logEnds(client, ids);
  const at = await databaseTime(client);
  const commits = ids.map((run) => {
    const { lastSeq = -1, count = 0 } = ends.get(run) ?? {};
    const events: RunEvent[] = [{ type: 'run.resumed', seq: lastSeq + 1, at, by, decision: 'retry' }];
    changes.set(run, events);
    return { run, place: count, events };
  });
  await appendLog(client, tenant, commits);
  await client.query(
    `insert into due (run_id, tenant_id, lane, received_at, due_at, attempt, seq)
      select r.id, r.tenant_id, t.lane, r.received_at, now(), r.attempt, t.seq
      from unnest($1::uuid[], $2::int8[], $3::int[]) as t(id, lane, seq) join run r on r.id = t.id and r.tenant_id = current_tenant()`,
    [
      ids,
      ended.map((run) =>
        laneOf({ tenant, connection: run.connection_id }, { entity: run.entity, record: run.record }).toString(),
      ),
      commits.map((commit) => commit.place + 1),
    ],
  );
  await client.query(
    "update run set status = 'active', ended_at = null, failure = null where id = any($1::uuid[]) and tenant_id = current_tenant()",
    [ids],
  );
  await audit(
    client,
    ended.map((run) => ({ action: 'run.replay', on: { id: run.id, title: recordName(run) } })),
  );
  return changes;
}

/** Who is named where nobody decided but the sign-in itself. */
const NOBODY = 'weft';

async function releaseRuns(
  client: pg.PoolClient,
  tenant: number,
  connection: string,
): Promise<Map<string, readonly RunEvent[]>> {
  // a failure that names no connection may be of this one; if not, the run is simply held again
  const { rows } = await client.query<{ run_id: string }>(
    `select run_id from due where tenant_id = current_tenant() and hold = 'sign-in' and claim is null
      and coalesce(failure::json -> 'details' ->> 'connection', $1) = $1 order by run_id for update skip locked`,
    [connection],
  );
  const changes = new Map<string, readonly RunEvent[]>();
  if (rows.length === 0) return changes;
  const ends = await logEnds(
    client,
    rows.map((row) => row.run_id),
  );
  const at = await databaseTime(client);
  const commits = rows.map(({ run_id: run }) => {
    const { lastSeq = -1, count = 0, held } = ends.get(run) ?? {};
    const step = held === undefined ? {} : { step: held };
    const events: RunEvent[] = [{ type: 'run.resumed', seq: lastSeq + 1, at, by: NOBODY, decision: 'retry', ...step }];
    changes.set(run, events);
    return { run, place: count, events };
  });
  await appendLog(client, tenant, commits);
  await client.query(
    `update due set due_at = now(), hold = null, failure = null, seq = t.seq
      from unnest($1::uuid[], $2::int[]) as t(id, seq) where due.run_id = t.id`,
    [commits.map((commit) => commit.run), commits.map((commit) => commit.place + 1)],
  );
  return changes;
}
