import type pg from 'pg';
import type { RunEvent } from '#runtime/event.ts';

/** Events of a run from the place `from` on, and the place after the last: as many as are committed in all. */
export interface RunLog {
  readonly events: RunEvent[];
  readonly next: number;
}

interface LogRow {
  readonly seq: number;
  readonly body: Buffer;
}

/** Clocks of two statements of one run differ by less; spares the months before it. */
const LEEWAY = "interval '1 minute'";

/**
 * Reads a run's log from the commit that begins at place `from` (0: all); `client` shows one tenant.
 * A thin log leaves out what can be run again, so an event's own seq may be higher than its place.
 */
export async function readLog(
  client: pg.ClientBase,
  run: { readonly id: string; readonly receivedAt: number },
  from = 0,
): Promise<RunLog> {
  const { rows } = await client.query<LogRow>(
    `select seq, body from run_event where run_id = $1 and tenant_id = current_tenant() and seq >= $2
      and at >= to_timestamp($3::float8 / 1000) - ${LEEWAY} order by seq`,
    [run.id, from, run.receivedAt],
  );
  const events: RunEvent[] = [];
  let next = from;
  for (const row of rows) {
    const committed = JSON.parse(row.body.toString()) as RunEvent[];
    for (const event of committed) events.push(event);
    next = row.seq + committed.length;
  }
  return { events, next };
}

/** Where a run's log ends. */
export interface LogEnd {
  /** Seq of the last event; -1 for none. */
  readonly lastSeq: number;
  /** Events committed in all. */
  readonly count: number;
  /** Path of the step that holds the run, when its last commit held it. */
  readonly held: string | undefined;
}

/** The end of each run's log; `client` shows one tenant. */
export async function logEnds(client: pg.ClientBase, runs: readonly string[]): Promise<Map<string, LogEnd>> {
  const { rows } = await client.query<LogRow & { run_id: string }>(
    `select distinct on (run_id) run_id, seq, body from run_event
      where run_id = any($1::uuid[]) and tenant_id = current_tenant() order by run_id, seq desc`,
    [runs],
  );
  const ends = new Map<string, LogEnd>(runs.map((run) => [run, { lastSeq: -1, count: 0, held: undefined }]));
  for (const row of rows) {
    const committed = JSON.parse(row.body.toString()) as RunEvent[];
    const held = committed.findLast((event) => event.type === 'run.held')?.step;
    ends.set(row.run_id, { lastSeq: committed.at(-1)?.seq ?? -1, count: row.seq + committed.length, held });
  }
  return ends;
}

/** Adds one commit of events behind the last; the caller holds the lock of the run. */
export async function appendLog(
  client: pg.ClientBase,
  tenant: number,
  commits: readonly { readonly run: string; readonly place: number; readonly events: readonly RunEvent[] }[],
): Promise<void> {
  await client.query(
    `insert into run_event (tenant_id, run_id, seq, at, body)
      select $1, t.run, t.seq, now(), t.body from unnest($2::uuid[], $3::int[], $4::bytea[]) as t(run, seq, body)`,
    [
      tenant,
      commits.map((commit) => commit.run),
      commits.map((commit) => commit.place),
      commits.map((commit) => Buffer.from(JSON.stringify(commit.events))),
    ],
  );
}
