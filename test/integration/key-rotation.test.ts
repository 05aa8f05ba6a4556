import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { masterKeyOfText } from '#server/adapters/master-key.ts';
import { createPools, type Pools } from '#server/adapters/pg-pool.ts';
import { sealedColumns } from '#server/adapters/sealed-places.ts';
import { SealBroken, type SealPlace } from '#server/adapters/secret-box.ts';
import { createVault } from '#server/adapters/vault.ts';
import { type Ran, runCommand } from '../support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { type PracticeClient, practiceOf } from '../support/practice-client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';

const data = makeDataDir();
const otherData = makeDataDir();
let database: TestDatabase;
let weft: WeftProcess;
let practice: PracticeClient;
let owner: pg.Pool;
let pools: Pools;
/** The key file as it was at the first start. */
let first: string;
beforeAll(async () => {
  database = await createTestDatabase();
  weft = await startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url, PRACTICE_RATE: '10000' } });
  practice = practiceOf(weft);
  owner = new pg.Pool({ connectionString: database.url, max: 2 });
  pools = createPools({ connectionString: database.url }, () => undefined);
  for (const pool of [owner, pools.app, pools.engine])
    pool.on('connect', (client) => client.on('error', () => undefined));
  first = await keyFile();
});
afterAll(async () => {
  await weft?.stop();
  await pools?.end();
  await owner?.end();
  await database.drop();
  await data.remove();
  await otherData.remove();
});

const keyFile = (name = 'master.key') => readFile(path.join(data.path, name), 'utf8');
const keys = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ran> =>
  runCommand(['keys', ...args], { DATABASE_URL: database.url, DATA_DIR: data.path, ...env });
const last = (ran: Ran) => JSON.parse(ran.out.at(-1) ?? 'null');

/** Every table as text, bytes in hex. */
async function dump(): Promise<string> {
  const { rows } = await owner.query<{ name: string }>(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('public', 'bullmq')",
  );
  const parts = await Promise.all(
    rows.map(async ({ name }) => (await owner.query<{ row: string }>(`select t::text as row from ${name} t`)).rows),
  );
  return parts
    .flat()
    .map(({ row }) => row)
    .join('\n');
}

const spellings = (secret: string): string[] => {
  const bytes = Buffer.from(secret);
  return [secret, bytes.toString('hex'), bytes.toString('base64').replace(/=+$/, ''), bytes.toString('base64url')];
};

async function statuses(): Promise<Record<string, number>> {
  const { rows } = await owner.query<{ status: string; n: number }>(
    "select r.status, count(*)::int as n from run r where r.entity = 'order' and r.topic <> 'ignored' group by 1",
  );
  return Object.fromEntries(rows.map(({ status, n }) => [status, n]));
}

/** Every run that is not ended, with the last thing it tells. */
async function underWay(): Promise<unknown[]> {
  const { rows } = await owner.query(
    `select r.topic, r.via, d.due_at - now() as due_in, d.attempt, d.claim, d.suspect, d.intent is not null as writing,
       (select convert_from(e.body, 'UTF8') from run_event e where e.run_id = d.run_id order by e.seq desc limit 1) as last
     from due d join run r on r.id = d.run_id`,
  );
  return rows;
}

/** Places orders, one after the other, until told to stop, but a dozen at least; answers their numbers. */
function placing(): { stop(): Promise<string[]> } {
  let going = true;
  const done = (async () => {
    const numbers: string[] = [];
    while (going || numbers.length < 12) {
      numbers.push(...(await practice.place(1)));
      await pause(60);
    }
    return numbers;
  })();
  return {
    stop: () => {
      going = false;
      return done;
    },
  };
}

test('keys are rotated while orders flow, killed twice and gone on with: no run fails and every order arrives once', async () => {
  const admin = await weft.admin();
  const orders = placing();
  const killed = await keys(['rotate'], { WEFT_FAIL_POINT: 'keys.wrapped' });
  expect(killed.code).toBeNull();
  expect((await keyFile()).trim().split('\n')).toHaveLength(2);
  const again = await keys(['rotate'], { WEFT_FAIL_POINT: 'keys.sealed:2' });
  expect(again.code).toBeNull();
  const { rows: halfway } = await owner.query('select from tenant_key group by tenant_id having count(*) > 1');
  expect(halfway.length).toBeGreaterThan(0);
  const ended = await keys(['rotate', '--data']);
  expect([ended.code, last(ended)]).toEqual([0, expect.objectContaining({ values: expect.any(Number) })]);
  expect(last(ended).values).toBeGreaterThan(2);
  const numbers = await orders.stop();
  const arrived = async () => (await practice.erpOrders()).map((order) => order.yourOrder);
  await until(async () => {
    const { rows } = await owner.query('select from due');
    return rows.length === 0 && (await arrived()).length >= numbers.length;
  }, 60_000).catch(async () => {
    const here = await arrived();
    const absent = numbers.filter((number) => !here.includes(number));
    throw new Error(`orders are absent (${absent}) or under way after a minute: ${JSON.stringify(await underWay())}`);
  });
  const { failed = 0, cancelled = 0 } = await statuses();
  expect([failed, cancelled]).toEqual([0, 0]);
  expect((await arrived()).sort()).toEqual([...numbers].sort());
  // each beginning stands in the house’s log, and the end of the one that came to it
  const { lines } = (await admin.ask('GET', '/api/audit?action=key')).body;
  expect(lines.map(({ action }: { action: string }) => action)).toEqual([
    'key.end',
    'key.begin',
    'key.begin',
    'key.begin',
  ]);
  expect(lines.every(({ actor }: { actor: string }) => actor.startsWith('cli '))).toBe(true);
  // nobody had to sign in anew, and nothing waits for anybody
  expect((await admin.ask('GET', '/api/session')).status).toBe(200);
  const { connections } = (await admin.ask('GET', '/api/tenants/1/connections')).body;
  expect(connections.map((each: { state: string }) => each.state)).toEqual(connections.map(() => 'ready'));
}, 180_000);

test('afterwards each customer has one data key, of the new master key, and the old one is refused', async () => {
  const { rows } = await owner.query('select tenant_id, min(id) as id, count(*)::int as n from tenant_key group by 1');
  expect(rows.every((row) => row.n === 1 && row.id > 1)).toBe(true);
  const shown = await keys(['list']);
  expect([shown.code, last(shown)]).toEqual([0, expect.objectContaining({ older: [], unfinished: 0 })]);
  expect((await keyFile()).trim()).not.toBe(first.trim());
  const old = masterKeyOfText(first);
  expect(await keyFile(`master.key.${old.id}`)).toBe(first);
  const refused = await keys(['rotate'], { MASTER_KEY: first.trim() });
  expect([refused.code, refused.notes.join()]).toEqual([
    1,
    expect.stringMatching(/sealed with master key .*was given/),
  ]);
  const start = startWeft({
    dataDir: otherData.path,
    env: { DATABASE_URL: database.url, MASTER_KEY: first.trim() },
  });
  await expect(start).rejects.toThrow(/sealed with master key/);
}, 120_000);

test('a restart with the new key alone works on, with the references of before', async () => {
  const before = await owner.query('select reference from xref order by 1');
  await weft.stop();
  weft = await startWeft({ dataDir: data.path, env: { DATABASE_URL: database.url, PRACTICE_RATE: '10000' } });
  practice = practiceOf(weft);
  const known = (await practice.erpOrders()).length;
  // the same orders once more: their references lead to the documents that are there
  await owner.query(
    "update run set status = 'failed', ended_at = now() where id in (select id from run where entity = 'order' limit 3)",
  );
  const { rows: runs } = await owner.query<{ id: string; tenant_id: number }>(
    "select id, tenant_id from run where status = 'failed'",
  );
  const ran = await runCommand(['replay', ...runs.map((run) => run.id)], {
    DATABASE_URL: database.url,
    DATA_DIR: data.path,
  });
  expect([ran.code, ran.notes]).toEqual([0, expect.anything()]);
  await until(async () => (await owner.query('select from due')).rows.length === 0, 60_000);
  expect((await practice.erpOrders()).length).toBe(known);
  expect((await owner.query('select reference from xref order by 1')).rows).toEqual(before.rows);
}, 120_000);

test('a dump of the database without the key gives no secret away, in no spelling', async () => {
  const text = await dump();
  expect(text.length).toBeGreaterThan(10_000);
  const { consumerSecret = '', clientSecret = '' } = weft.practice ?? {};
  expect(consumerSecret.length).toBeGreaterThan(20);
  for (const secret of [consumerSecret, clientSecret, (await keyFile()).trim(), first.trim()])
    for (const spelt of spellings(secret)) expect(text.includes(spelt)).toBe(false);
});

test('a sealed value opens in its own place alone: not for another customer, connection, column or version', async () => {
  const { rows } = await owner.query<{ id: string; tenant_id: number; secrets: Buffer; secrets_version: number }>(
    'select id, tenant_id, secrets, secrets_version from connection where secrets is not null order by tenant_id, id',
  );
  const [row] = rows;
  if (!row) throw new Error('there is no connection with secrets');
  const vault = createVault(pools.app, masterKeyOfText(await keyFile()));
  const ring = await vault.keysOf(row.tenant_id);
  const place: Omit<SealPlace, 'tenant'> = { connection: row.id, kind: 'secrets', version: row.secrets_version };
  expect(ring.open(place, row.secrets)).toMatch(/consumerSecret|clientSecret/);
  const elsewhere: Omit<SealPlace, 'tenant'>[] = [
    { ...place, connection: rows[1]?.id ?? 'x' },
    { ...place, kind: 'token' },
    { ...place, version: place.version + 1 },
  ];
  for (const wrong of elsewhere) expect(() => ring.open(wrong, row.secrets)).toThrow(SealBroken);
  const other = await owner.query<{ id: number }>(
    "insert into tenant (name, package) values ('Thief', '100') returning id",
  );
  const thief = await vault.keysOf(other.rows[0]?.id ?? 0);
  expect(() => thief.open(place, row.secrets)).toThrow(SealBroken);
  // in the database itself: a row cannot even be stored with a key its customer does not have
  await expect(
    owner.query(
      'insert into connection (tenant_id, id, connector, title, settings, secrets) values ($1, gen_random_uuid(), $2, $2, $3, $4)',
      [other.rows[0]?.id, 'woocommerce', '{}', row.secrets],
    ),
  ).rejects.toThrow(/foreign key/);
});

test('every column that holds sealed values is known to the rotation', async () => {
  // secrets of authenticators are no tenant's: a kept key seals them, which outlives master keys
  const { rows } = await owner.query<{ name: string }>(
    `select c.relname || '.' || a.attname as name from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and a.atttypid = 'bytea'::regtype
        and (a.attname like '%seal%' or a.attname like '%secret%') and not a.attisdropped
        and c.relname <> 'second_step' order by 1`,
  );
  expect(sealedColumns.map(({ table, column }) => `${table}.${column}`).sort()).toEqual(rows.map(({ name }) => name));
  expect((await readdir(data.path)).filter((name) => name.startsWith('master.key'))).toHaveLength(2);
});
