import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { flushSafely } from '#server/adapters/pg-lane.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { until } from '../support/until.ts';

let database: TestDatabase;
let ours: pg.Client;
let theirs: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  [ours, theirs] = [new pg.Client(database.url), new pg.Client(database.url)];
  await Promise.all([ours.connect(), theirs.connect()]);
  await ours.query('create table shelf (id int primary key, count int not null)');
  await ours.query('insert into shelf values (1, 0), (2, 0)');
  // ours looks for deadlocks first, so that it is ours that has to give way
  await ours.query("set deadlock_timeout = '20ms'");
  await theirs.query("set deadlock_timeout = '60s'");
});
afterAll(async () => {
  await Promise.all([ours.end(), theirs.end()]);
  await database.drop();
});

test('a batch that gave way to another transaction is written whole once that is over, and not row by row', async () => {
  const asked: { readonly items: readonly number[]; readonly again: boolean }[] = [];
  const { rows: backends } = await theirs.query('select pg_backend_pid() as pid');
  await theirs.query('begin');
  await theirs.query('update shelf set count = count + 10 where id = 1');
  let committed: Promise<unknown> | undefined;
  const written = await flushSafely([2, 1], 10_000, async (items, again) => {
    asked.push({ items, again });
    await ours.query('begin');
    try {
      for (const id of items) {
        await ours.query('update shelf set count = count + 1 where id = $1', [id]);
        // they wait for what is ours now, and ours will wait for what is theirs
        if (committed) continue;
        committed = theirs.query('update shelf set count = count + 10 where id = 2').then(() => theirs.query('commit'));
        await until(async () => {
          const { rows } = await ours.query('select from unnest(pg_blocking_pids($1))', [backends[0].pid]);
          return rows.length;
        });
      }
      await ours.query('commit');
      return items.map(() => true as const);
    } catch (error) {
      await ours.query('rollback');
      throw error;
    }
  });
  await committed;
  expect(written).toEqual([true, true]);
  expect(asked).toEqual([
    { items: [2, 1], again: false },
    { items: [2, 1], again: false },
  ]);
  const { rows } = await ours.query('select id, count from shelf order by id');
  expect(rows).toEqual([
    { id: 1, count: 11 },
    { id: 2, count: 11 },
  ]);
});
