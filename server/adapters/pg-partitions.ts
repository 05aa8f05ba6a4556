import type pg from 'pg';

/** Tables that are kept by the month, and the column that says which. */
const MONTHLY = [
  { table: 'inbox', at: 'received_at' },
  { table: 'run_event', at: 'at' },
] as const;
type Monthly = (typeof MONTHLY)[number];

const MONTHS_AHEAD = 3;
/** Everybody who writes waits behind us while we wait, so not for long. */
const LOCK_TIMEOUT = '1s';
const LOCK_NOT_AVAILABLE = '55P03';
const RUNS_A_BATCH = 500;

export interface Pruned {
  /** Names of the months' tables that are gone. */
  readonly dropped: readonly string[];
  /** Rows taken out of old months that an unfinished run still needs. */
  readonly deleted: number;
  /** Old months that somebody, such as a backup, was reading: to be tried again soon. */
  readonly busy: readonly string[];
}

interface Month {
  readonly of: Monthly;
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/** Makes this month's tables and those of the next three; the client is the owner's. */
export async function makeMonths(client: pg.ClientBase): Promise<void> {
  await client.query('select make_partitions($1)', [MONTHS_AHEAD]);
}

/**
 * Takes away whole months that ended more than so many days ago. Where an unfinished run still needs something of the
 * month, only the rows of the others go. The client is the owner's; runs and references are never touched.
 */
export async function pruneMonths(client: pg.ClientBase, days: number, signal: AbortSignal): Promise<Pruned> {
  const dropped: string[] = [];
  const busy: string[] = [];
  let deleted = 0;
  for (const month of await oldMonths(client, days)) {
    if (signal.aborted) break;
    const end = await dropMonth(client, month);
    if (end === 'dropped') dropped.push(month.name);
    else if (end === 'busy') busy.push(month.name);
    else deleted += await deleteEnded(client, month, signal);
  }
  return { dropped, deleted, busy };
}

async function oldMonths(client: pg.ClientBase, days: number): Promise<Month[]> {
  const { rows } = await client.query<{ parent: string; name: string; from: string; to: string }>(
    `select parent, name, from_at::text as "from", to_at::text as "to" from (
      select p.relname as parent, c.relname as name,
        to_date(right(c.relname, 6), 'YYYYMM')::timestamp at time zone 'utc' as from_at,
        (to_date(right(c.relname, 6), 'YYYYMM') + interval '1 month') at time zone 'utc' as to_at
      from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_class p on p.oid = i.inhparent
      where p.oid = any($2::text[]::regclass[]) and c.relname ~ '_[0-9]{6}$') months
    where to_at <= now() - make_interval(days => $1) order by from_at, name`,
    [days, MONTHLY.map((monthly) => monthly.table)],
  );
  return rows.flatMap(({ parent, ...row }) => {
    const of = MONTHLY.find((monthly) => monthly.table === parent);
    return of ? [{ of, ...row }] : [];
  });
}

/** A run is unfinished while it stands in the queue; its lines may stand in any month from its arrival on. */
async function isNeeded(client: pg.ClientBase, { of, from, to }: Month): Promise<boolean> {
  const since = of.table === 'inbox' ? 'received_at >= $2' : '$2::timestamptz is not null';
  await client.query('set local role weft_engine');
  const { rows } = await client.query<{ needed: boolean }>(
    `select exists (select from due where received_at < $1 and ${since}) as needed`,
    [to, from],
  );
  await client.query('set local role none');
  return rows[0]?.needed ?? true;
}

async function dropMonth(client: pg.ClientBase, month: Month): Promise<'dropped' | 'needed' | 'busy'> {
  await client.query('begin');
  try {
    await client.query(`set local lock_timeout = '${LOCK_TIMEOUT}'`);
    if (await isNeeded(client, month)) {
      await client.query('rollback');
      return 'needed';
    }
    // asked again under the lock: a replay that has read its payload here shows its run in the queue by then
    await client.query(`lock table ${month.of.table} in access exclusive mode`);
    const needed = await isNeeded(client, month);
    if (!needed) await client.query(`drop table "${month.name}"`);
    await client.query('commit');
    return needed ? 'needed' : 'dropped';
  } catch (error) {
    await client.query('rollback');
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return 'busy';
    throw error;
  }
}

/** Batch by batch along the index, each in a short transaction of its own. */
async function deleteEnded(client: pg.ClientBase, { of, from, to }: Month, signal: AbortSignal): Promise<number> {
  const within = `${of.at} >= $1 and ${of.at} < $2`;
  let last = '00000000-0000-0000-0000-000000000000';
  let deleted = 0;
  while (!signal.aborted) {
    await client.query('begin');
    try {
      await client.query('set local role weft_engine');
      const { rows } = await client.query<{ run_id: string }>(
        `select distinct run_id from ${of.table} where ${within} and run_id > $3 order by run_id limit ${RUNS_A_BATCH}`,
        [from, to, last],
      );
      last = rows.at(-1)?.run_id ?? last;
      // locked against a replay, which wants its payload
      const { rowCount } = await client.query(
        `with ended as (select id, tenant_id from run where id = any($3::uuid[]) and status <> 'active' for update skip locked)
        delete from ${of.table} t using ended where t.run_id = ended.id and t.tenant_id = ended.tenant_id and t.${within.replaceAll(' and ', ' and t.')}
          and not exists (select from due where due.run_id = t.run_id)`,
        [from, to, rows.map((row) => row.run_id)],
      );
      await client.query('commit');
      deleted += rowCount ?? 0;
      if (rows.length < RUNS_A_BATCH) break;
    } catch (error) {
      await client.query('rollback');
      throw error;
    }
  }
  return deleted;
}
