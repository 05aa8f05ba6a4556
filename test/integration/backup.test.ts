import { mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createCatalog } from '#runtime/catalog.ts';
import { defineConnector, isWrite, type Session } from '#runtime/connector.ts';
import { RetryableError, TerminalError } from '#runtime/error.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { defineNode } from '#runtime/node.ts';
import type { Connections } from '#runtime/ports.ts';
import { readBackup, writeBackup } from '#server/adapters/backup-file.ts';
import { type MasterKey, masterKeyOf } from '#server/adapters/master-key.ts';
import { openSnapshot } from '#server/adapters/pg-backup.ts';
import { createPools } from '#server/adapters/pg-pool.ts';
import { restoreBackup, verifyBackup } from '#server/adapters/pg-restore.ts';
import { createReferences } from '#server/adapters/references.ts';
import { createVault } from '#server/adapters/vault.ts';
import { migrate } from '#server/db/migrate.ts';
import { runCommand } from '#test/support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { type PublishedFlow, publishFlow, startEngine, testCatalog } from '#test/support/engine.ts';
import { createFakeErp, type FakeErp, thingsCreate } from '#test/support/fake-erp.ts';
import { until } from '#test/support/until.ts';

const PASSPHRASE = 'correct horse battery staple';

let directory: string;
let file: string;
const databases: TestDatabase[] = [];

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'weft-backup-'));
  file = path.join(directory, 'weft.backup');
  await writeFile(path.join(directory, 'passphrase'), `${PASSPHRASE}\n`);
});

afterEach(async () => {
  for (const database of databases.splice(0)) await database.drop();
  await rm(directory, { recursive: true, force: true });
});

async function newDatabase(): Promise<string> {
  const database = await createTestDatabase();
  databases.push(database);
  return database.url;
}

/** The command line on a database, with a data directory of its own. */
async function weft(
  url: string,
  dataDir: string,
  ...args: string[]
): Promise<{ readonly code: number | null; readonly out: string; readonly notes: string }> {
  const ran = await runCommand(args, { DATABASE_URL: url, DATA_DIR: path.join(directory, dataDir) });
  return { code: ran.code, out: ran.out.join('\n'), notes: ran.notes.join('\n') };
}

async function query<T extends pg.QueryResultRow>(url: string, sql: string, values: unknown[] = []): Promise<T[]> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query<T>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

const makeThing = defineNode({
  type: 'test.make',
  version: 1,
  title: { en: 'Make', sv: 'Gör' },
  summary: { en: 'Makes a thing.', sv: 'Gör en sak.' },
  group: 'action',
  icon: 'box',
  feature: 'core',
  effect: 'write',
  config: z.strictObject({}),
  inputs: { value: z.any() },
  outputs: { made: z.any() },
  needs: { make: thingsCreate.B },
  run: async ({ input, use }) => ({ made: await use.make({ id: String(input.value.number) }) }),
});

const flow = FlowDocument.parse({
  format: 1,
  name: 'Things',
  nodes: [
    { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none', recordId: 'number' } },
    { id: 'make', type: 'test.make', version: 1, connection: 'erp', config: {} },
  ],
  wires: [{ from: 'call.body', to: 'make.value' }],
});

/** An ERP that finds documents by our reference but takes the same one twice, and can be switched off. */
function worldOf(erp: FakeErp, at: { down: boolean }): Connections {
  const connector = defineConnector({
    id: 'fake',
    title: 'Fake ERP',
    kind: 'erp',
    feature: 'core',
    settings: z.strictObject({}),
    secrets: z.strictObject({}),
    base: () => 'https://erp.example',
    hosts: () => ['erp.example'],
    authorize: () => undefined,
    fault: () => new TerminalError('TARGET_REFUSED', 'refused'),
    ping: async () => ({ label: 'fake' }),
    changes: [],
    offers: erp.offers.map((offer) => (isWrite(offer) ? { ...offer, settleMs: 1 } : offer)),
  });
  return {
    open: async (_tenant, connection) => ({ connector, session: { connection } as Session }),
    send: async (offer, session, input, call) => {
      if (at.down) throw new RetryableError('TARGET_DOWN', 'closed', { beforeWork: true, afterMs: 200 });
      return offer.run(session, input, call);
    },
    plain: () => () => Promise.reject(new Error('no network here')),
  };
}

const catalog = createCatalog([...testCatalog.nodes, makeThing], testCatalog.connectors);

async function startOn(url: string, master: MasterKey, connections: Connections) {
  return startEngine(url, { catalog, connections, references: createReferences(master) });
}

const post = (hooks: string, { token }: PublishedFlow, body: object): Promise<Response> =>
  fetch(`${hooks}/${token}`, { method: 'POST', body: JSON.stringify(body) });

const statusOf = (url: string) =>
  query<{ record: string; status: string }>(url, 'select record, status from run order by received_at, id');
const allDone = async (url: string) => (await statusOf(url)).every((run) => run.status === 'succeeded');

test('backed up, wiped and restored, an installation goes on: everything due is done once, also what was done after the backup', async () => {
  const bytes = Buffer.alloc(32, 9);
  const master = masterKeyOf(bytes);
  await mkdir(path.join(directory, 'old'));
  await writeFile(path.join(directory, 'old/master.key'), `${bytes.toString('base64')}\n`);
  const first = await newDatabase();
  await migrate(first);
  const published = await publishFlow(first, flow, 'call');
  const pools = createPools({ connectionString: first }, () => undefined);
  const place = { connection: 'erp', kind: 'secrets', version: 1 };
  const sealed = (await createVault(pools.app, master).keysOf(published.tenant)).seal(place, 'consumer secret');
  await query(
    first,
    "insert into connection (tenant_id, id, connector, title, settings, secrets) values ($1, '00000000-0000-4000-8000-000000000001', 'fortnox', 'Bok', '{}', $2)",
    [published.tenant, sealed],
  );
  await pools.end();

  const erp = createFakeErp();
  const at = { down: false };
  const before = await startOn(first, master, worldOf(erp, at));
  for (const number of ['a1', 'a2', 'a3']) await post(before.hooks, published, { number });
  await until(() => allDone(first));
  at.down = true;
  for (const number of ['b1', 'b2', 'b3']) await post(before.hooks, published, { number });
  await until(async () => (await query(first, 'select from due where claim is null')).length === 3);

  const backedUp = await weft(first, 'old', 'backup', file, '--with-key', path.join(directory, 'passphrase'));
  expect(backedUp.notes).toBe('');
  expect(JSON.parse(backedUp.out)).toMatchObject({ key: true });
  expect((await stat(file)).mode & 0o777).toBe(0o600);

  // the day goes on after the backup: what waited is done, and something new comes in
  at.down = false;
  await post(before.hooks, published, { number: 'c1' });
  await until(() => allDone(first));
  expect(erp.documents).toHaveLength(7);
  await before.stop();
  await databases.splice(0)[0]?.drop();

  const second = await newDatabase();
  const restored = await weft(second, 'new', 'restore', file, '--key', path.join(directory, 'passphrase'));
  expect(restored.notes).toBe('');
  expect(restored.code).toBe(0);
  const kept = (await readFile(path.join(directory, 'new/master.key'), 'utf8')).trim();
  expect(kept).toBe(bytes.toString('base64'));
  const again = createPools({ connectionString: second }, () => undefined);
  const [row] = (await again.engine.query<{ secrets: Buffer }>('select secrets from connection')).rows;
  const keys = await createVault(again.app, masterKeyOf(Buffer.from(kept, 'base64'))).keysOf(published.tenant);
  expect(keys.open(place, row?.secrets as Buffer)).toBe('consumer secret');
  await again.end();

  const after = await startOn(second, master, worldOf(erp, at));
  await until(() => allDone(second));
  expect((await statusOf(second)).map((run) => run.record)).toEqual(['a1', 'a2', 'a3', 'b1', 'b2', 'b3']);
  // the source tells again of what the backup does not know, and of an old record that has changed
  await post(after.hooks, published, { number: 'c1' });
  await post(after.hooks, published, { number: 'a1', changed: true });
  await post(after.hooks, published, { number: 'd1' });
  await until(async () => (await statusOf(second)).length === 9 && (await allDone(second)));
  await after.stop();
  expect(erp.documents.map((document) => document.id).sort()).toEqual(
    ['a1', 'a2', 'a3', 'b1', 'b2', 'b3', 'c1', 'd1'].map((id) => `doc-${id}`),
  );
  const links = await query<{ target_id: string }>(second, 'select target_id from xref');
  expect(links.map((link) => link.target_id).sort()).toEqual(erp.documents.map((document) => document.id).sort());
});

test('an owner without special rights backs up and restores every customer’s rows', async () => {
  const url = new URL(await newDatabase());
  const name = url.pathname.slice(1);
  await migrate(url.href);
  const role = `owner_${name}`;
  const admin = url.href;
  await query(admin, `create role ${role} login password 'secret' nosuperuser createrole`);
  try {
    await query(admin, `grant weft_app, weft_engine to ${role} with admin option`);
    const other = new URL(await newDatabase());
    await query(other.href, `alter database ${other.pathname.slice(1)} owner to ${role}`);
    await query(other.href, `alter schema public owner to ${role}`);
    other.username = role;
    other.password = 'secret';
    await migrate(other.href);
    for (const customer of ['One', 'Two'])
      await query(
        admin.replace(name, other.pathname.slice(1)),
        "insert into tenant (name, package) values ($1, '100')",
        [customer],
      );
    const backedUp = await weft(other.href, 'data', 'backup', file);
    expect(JSON.parse(backedUp.out)).toMatchObject({ rows: 2 });
    const refused = await weft(other.href, 'data', 'restore', file);
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.notes).toMatch(/not empty \(there are rows in tenant\).*--wipe --yes/);
    expect((await weft(other.href, 'data', 'restore', file, '--wipe')).code).toBe(2);
    const restored = await weft(other.href, 'data', 'restore', file, '--wipe', '--yes');
    expect(restored.notes).toBe('');
    const pools = createPools({ connectionString: other.href }, () => undefined);
    const { rows } = await pools.engine.query('select id, name from tenant order by id');
    expect(rows).toEqual([
      { id: 1, name: 'One' },
      { id: 2, name: 'Two' },
    ]);
    const { rows: added } = await pools.engine.query(
      "insert into tenant (name, package) values ('Three', '100') returning id",
    );
    expect(added).toEqual([{ id: 3 }]);
    await pools.end();
  } finally {
    for (const database of databases.splice(0)) await database.drop();
    const server = new URL(admin);
    server.pathname = '/postgres';
    await query(server.href, `drop role ${role}`);
  }
});

test('a backup that is cut off, changed, or no backup is refused before anything is touched', async () => {
  const url = await newDatabase();
  await migrate(url);
  const tenants = "insert into tenant (name, package) select 'Customer ' || n, '100' from generate_series(1, 20000) n";
  await query(url, tenants);
  await weft(url, 'data', 'backup', file);
  const whole = await readFile(file);
  const target = await newDatabase();
  const trials: [string, Buffer, RegExp][] = [
    ['cut', whole.subarray(0, whole.length - 200), /no whole backup/],
    ['short', whole.subarray(0, 20), /its header is cut off/],
    ['empty', Buffer.alloc(0), /does not begin as one/],
    ['other', Buffer.from('PGDMP and so on\n'), /does not begin as one/],
    [
      'head',
      Buffer.from(whole.toString('latin1').replace('"version":"0.1.0"', '"version":"0.1.1"'), 'latin1'),
      /checksum/,
    ],
    ['tail', Buffer.concat([whole, Buffer.from('x')]), /no whole backup/],
    ['bit', flipped(whole, whole.length - 2000), /no whole backup/],
    ['newer', Buffer.from('weft-backup 2\n{}\n'), /newer Weft/],
  ];
  for (const [name, bytes, why] of trials) {
    const spoilt = path.join(directory, name);
    await writeFile(spoilt, bytes);
    await expect(verifyBackup(spoilt), name).rejects.toThrow(why);
  }
  await truncate(file, whole.length - 50);
  const refused = await weft(target, 'data', 'restore', file);
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.notes.trim().split('\n')).toHaveLength(1);
  expect(await query(target, "select from pg_class where relnamespace = 'public'::regnamespace")).toHaveLength(0);
});

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

test('an older release’s backup is restored as that release left it and then brought up to this one', async () => {
  const old = await newDatabase();
  const owner = { connectionString: old };
  await migrate(old, new Set([1, 10, 40]));
  const { tenant, flow: id } = await publishFlow(old, flow, 'call');
  await query(
    old,
    `insert into run (tenant_id, id, flow_id, version, trigger, connection_id, entity, record, via, topic, dedup, received_at, status)
      values ($1, $2, $2, 1, 'call', '', 'record', '1', 'webhook', 'call', 'x', '2020-02-03T04:05:06.789012Z', 'failed')`,
    [tenant, id],
  );
  await query(old, "select make_partition('inbox', '2020-02-03')");
  const body = Buffer.from([0, 1, 2, 92, 10, 9, 255]);
  await query(
    old,
    "insert into inbox (tenant_id, run_id, received_at, body) values ($1, $2, '2020-02-03T04:05:06.789012Z', $3)",
    [tenant, id, body],
  );
  const snapshot = await openSnapshot(owner);
  await writeBackup(file, { ...snapshot, version: '0.0.9' }, snapshot.pieces());
  await snapshot.end();

  const target = await newDatabase();
  const { header } = await verifyBackup(file);
  const done = await restoreBackup(file, header, {
    owner: { connectionString: target },
    wipe: false,
    keepFile: async () => undefined,
  });
  expect(done.upgraded).toContain('020-web.sql');
  expect(await query(target, 'select attempt, received_at::text from run')).toEqual(
    await query(old, 'select 0 as attempt, received_at::text from run'),
  );
  expect(await query(target, 'select body from inbox')).toEqual([{ body }]);
  expect(await query(target, 'select count(*)::int as n from restoration')).toEqual([{ n: 1 }]);
  const forced = await query<{ name: string }>(
    target,
    "select relname as name from pg_class where relnamespace = 'public'::regnamespace and relrowsecurity and not relforcerowsecurity",
  );
  expect(forced).toEqual([]);
});

test('a table whose rows the backup could not see is named instead of left out', async () => {
  const url = await newDatabase();
  await migrate(url);
  await query(url, 'create table secret_table (id int); alter table secret_table enable row level security');
  await expect(openSnapshot({ connectionString: url })).rejects.toThrow(/secret_table hides rows/);
});

test('the practice systems’ data come along when asked, and are put over others only when told', async () => {
  const url = await newDatabase();
  await migrate(url);
  for (const dataDir of ['old', 'new']) {
    await mkdir(path.join(directory, dataDir, 'practice'), { recursive: true });
    await writeFile(path.join(directory, dataDir, 'practice/erp.jsonl'), `["${dataDir}",1,{}]\n`.repeat(20_000));
  }
  expect((await weft(url, 'old', 'backup', file, '--with-practice')).code).toBe(0);
  expect((await weft(url, 'old', 'backup', file)).notes).toMatch(/exists already/);
  const target = await newDatabase();
  const refused = await weft(target, 'new', 'restore', file);
  expect(refused.notes).toMatch(/practice\/erp\.jsonl is there already/);
  expect((await weft(target, 'new', 'restore', file, '--wipe', '--yes')).code).toBe(0);
  const [was, is] = ['old', 'new'].map((dataDir) =>
    readFile(path.join(directory, dataDir, 'practice/erp.jsonl'), 'utf8'),
  );
  expect(await is).toBe(await was);
  const checked = await weft(target, 'new', 'restore', file, '--check');
  expect(JSON.parse(checked.out)).toMatchObject({ whole: true, key: false, masterKey: null });
});

test('a wrong passphrase, or a key that is not the backup’s, is told before anything is touched', async () => {
  const url = await newDatabase();
  await migrate(url);
  const bytes = Buffer.alloc(32, 4);
  const pools = createPools({ connectionString: url }, () => undefined);
  await pools.engine.query("insert into tenant (name, package) values ('One', '100')");
  await createVault(pools.app, masterKeyOf(bytes)).keysOf(1);
  await pools.end();
  for (const [dataDir, key] of [
    ['old', bytes],
    ['other', Buffer.alloc(32, 5)],
  ] as const) {
    await mkdir(path.join(directory, dataDir));
    await writeFile(path.join(directory, dataDir, 'master.key'), `${key.toString('base64')}\n`);
  }
  const passphrase = path.join(directory, 'passphrase');
  await writeFile(path.join(directory, 'wrong'), 'another passphrase\n');
  const without = await weft(url, 'old', 'backup', `${file}.bare`);
  expect(without.notes).toMatch(/master key \([0-9a-f]{8}\) is not in this backup/);
  expect((await weft(url, 'other', 'backup', file)).notes).toMatch(/would open nothing/);
  expect((await weft(url, 'old', 'backup', file, '--with-key', passphrase)).code).toBe(0);
  const target = await newDatabase();
  const wrong = await weft(target, 'new', 'restore', file, '--key', path.join(directory, 'wrong'));
  expect(wrong).toMatchObject({ code: 1, notes: 'The passphrase does not open the key in the backup.' });
  const other = await weft(target, 'other', 'restore', file, '--key', passphrase);
  expect(other.notes).toMatch(/put that one in its place, or give --wipe --yes/);
  expect(await query(target, "select from pg_class where relnamespace = 'public'::regnamespace")).toHaveLength(0);
  const bare = await weft(target, 'new', 'restore', `${file}.bare`);
  expect(bare).toMatchObject({ code: 0 });
  expect(bare.notes).toMatch(/put master\.key [0-9a-f]{8} into/);
  const wiped = await weft(target, 'other', 'restore', file, '--key', passphrase, '--wipe', '--yes');
  expect(wiped.notes).toMatch(/The key that was here is now .*master\.key\.[0-9a-f]{8}/);
  expect((await readFile(path.join(directory, 'other/master.key'), 'utf8')).trim()).toBe(bytes.toString('base64'));
});

test('what is written while a backup is made is wholly in it or wholly not', async () => {
  const url = await newDatabase();
  await migrate(url);
  const snapshot = await openSnapshot({ connectionString: url });
  await query(url, "insert into tenant (name, package) values ('Later', '100')");
  await writeBackup(file, { ...snapshot, version: '0.1.0' }, snapshot.pieces());
  await snapshot.end();
  for await (const piece of readBackup(file)) if (piece.kind === 'end') expect(piece.rows['tenant']).toBe(0);
});
