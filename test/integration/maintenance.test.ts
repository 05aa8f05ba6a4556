import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ensureMonths, keepHouse } from '#server/maintenance.ts';
import { createTenantDatabase, type TenantDatabase } from '#test/support/tenant-database.ts';

let database: TenantDatabase;
let owner: pg.Client;
let tenant: number;
let flow: string;

beforeEach(async () => {
  database = await createTenantDatabase();
  tenant = await database.addTenant();
  owner = new pg.Client(database.url);
  await owner.connect();
  flow = randomUUID();
  await owner.query("insert into flow (tenant_id, id, name, draft) values ($1, $2, 'Orders', '{}')", [tenant, flow]);
});

afterEach(async () => {
  await owner?.end();
  await database?.drop();
});

/** A run with its payload and two lines of log, as of so many days ago. */
async function addRun(days: number, due = false): Promise<string> {
  const id = randomUUID();
  const at = new Date(Date.now() - days * 86_400_000);
  for (const table of ['inbox', 'run_event']) await owner.query('select make_partition($1, $2::date)', [table, at]);
  await owner.query(
    `insert into run (tenant_id, id, flow_id, version, trigger, connection_id, entity, record, via, topic, dedup, received_at, status)
      values ($1, $2, $3, 1, 'order', 'shop', 'order', '1', 'poll', 'order', $4, $5, $6)`,
    [tenant, id, flow, Buffer.from(id), at, due ? 'active' : 'succeeded'],
  );
  if (due)
    await owner.query('insert into due (run_id, tenant_id, lane, received_at, due_at) values ($1, $2, 7, $3, now())', [
      id,
      tenant,
      at,
    ]);
  await owner.query("insert into inbox (tenant_id, run_id, received_at, body) values ($1, $2, $3, '{}')", [
    tenant,
    id,
    at,
  ]);
  for (const seq of [0, 1])
    await owner.query("insert into run_event (tenant_id, run_id, seq, at, body) values ($1, $2, $3, $4, '[]')", [
      tenant,
      id,
      seq,
      at,
    ]);
  await owner.query(
    `insert into xref (tenant_id, reference, entity, source_connection, source_id, target_connection, target_id, run_id)
      values ($1, $2, 'order', 'shop', '1', 'erp', '9', $3)`,
    [tenant, id, id],
  );
  return id;
}

const runsIn = async (table: string): Promise<string[]> =>
  (await owner.query<{ run_id: string }>(`select distinct run_id from ${table} order by 1`)).rows.map(
    (row) => row.run_id,
  );
const keep = () => keepHouse({ database: { connectionString: database.url }, traceDays: 30 });

test('months whose last day is older than the setting go whole, and runs and references stay', async () => {
  const old = await addRun(100);
  const young = await addRun(5);
  const done = await keep();
  expect(done?.dropped).toHaveLength(2);
  expect(done?.deleted).toBe(0);
  expect(await runsIn('inbox')).toEqual([young]);
  expect(await runsIn('run_event')).toEqual([young]);
  expect((await runsIn('xref')).sort()).toEqual([old, young].sort());
  expect((await owner.query('select from run')).rowCount).toBe(2);
});

test('a month that an unfinished run needs stays for that run alone', async () => {
  const waiting = await addRun(100, true);
  for (let count = 0; count < 3; count++) await addRun(100);
  const later = await addRun(65);
  const done = await keep();
  expect(done?.deleted).toBe(3 + 3 * 2 + 2);
  expect(await runsIn('inbox')).toEqual([waiting]);
  expect(await runsIn('run_event')).toEqual([waiting]);
  expect(done?.dropped).toHaveLength(1);
  expect(done?.dropped[0]).toMatch(/^inbox_/);
  expect((await owner.query('select from run where id = $1', [later])).rowCount).toBe(1);
});

test('a month that somebody is reading is left for later instead of holding up those who write', async () => {
  await addRun(100);
  const reader = new pg.Client(database.url);
  await reader.connect();
  try {
    await reader.query('begin');
    await reader.query('select count(*) from inbox');
    const done = await keep();
    expect(done?.busy).toHaveLength(1);
    expect(done?.busy[0]).toMatch(/^inbox_/);
  } finally {
    await reader.end();
  }
  expect((await keep())?.dropped).toHaveLength(1);
});

test('the months to come are made while others write, and sessions that have run out are taken away', async () => {
  const { rows } = await owner.query<{ name: string }>(
    "select inhrelid::regclass::text as name from pg_inherits where inhparent in ('inbox'::regclass, 'run_event'::regclass)",
  );
  for (const { name } of rows) await owner.query(`drop table ${name}`);
  await owner.query(
    `insert into user_session (sid, sess, expire) values ('a', '{}', now() - interval '1 hour'), ('b', '{}', now() + interval '1 hour')`,
  );
  const writer = new pg.Client(database.url);
  await writer.connect();
  try {
    await writer.query('begin');
    await writer.query('lock table inbox in row exclusive mode');
    await ensureMonths({ connectionString: database.url });
  } finally {
    await writer.end();
  }
  expect((await keep())?.sessions).toBe(1);
  const months = await owner.query("select from pg_inherits where inhparent = 'inbox'::regclass");
  expect(months.rowCount).toBe(5);
  await addRun(0);
});

test('one process at a time keeps house', async () => {
  await owner.query('select pg_advisory_lock(7310246)');
  expect(await keep()).toBeNull();
});
