import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readyFlows } from '#nodes/index.ts';
import { readBackupHeader } from '#server/adapters/backup-file.ts';
import { createConnectionSystem } from '#server/adapters/connection-system.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { createFlowStore } from '#server/adapters/pg-flow-store.ts';
import { createPluginCatalog } from '#server/adapters/pg-plugin-catalog.ts';
import { createPools, type Pools } from '#server/adapters/pg-pool.ts';
import { createRunStore } from '#server/adapters/pg-run-store.ts';
import { migrations } from '#server/db/migrate.ts';
import { laneOf } from '#server/intake.ts';
import { runCommand } from '../support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { catalog } from '../support/web.ts';

/** Made by that day's Weft, its demo customers and three orders in it; sealed with the passphrase below. */
const FILE = path.resolve(import.meta.dirname, '../support/backups/weft-0.1.0-2026-11-26.backup');
const PASSPHRASE = 'fixture passphrase';
/** The practice shop's, as that start made it. */
const CONSUMER_KEY = 'ck_5d82ff5d57eb411b5c199454cfb4cbaec29754e8';

let directory: string;
let database: TestDatabase;
let pools: Pools;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'weft-older-'));
  database = await createTestDatabase();
  const key = path.join(directory, 'passphrase');
  await writeFile(key, `${PASSPHRASE}\n`);
  const ran = await runCommand(['restore', FILE, '--key', key], {
    DATABASE_URL: database.url,
    DATA_DIR: path.join(directory, 'data'),
  });
  expect([ran.code, ran.notes]).toEqual([0, []]);
  pools = createPools({ connectionString: database.url }, () => undefined);
});
afterAll(async () => {
  await pools.end();
  await database.drop();
  await rm(directory, { recursive: true, force: true });
});

test('the backup is of a release before this one, and its restored database is as new as this release', async () => {
  const { header } = await readBackupHeader(FILE);
  const all = await migrations();
  expect(all.length).toBeGreaterThan(header.migrations.length);
  const owner = new pg.Client(database.url);
  await owner.connect();
  const { rows } = await owner.query<{ file: string }>('select file from migration order by number');
  await owner.end();
  expect(rows.map((row) => row.file)).toEqual(all.map((each) => each.file));
});

test('what was in it is readable by this release: flows, runs with their steps, cross-references and secrets', async () => {
  const text = await readFile(path.join(directory, 'data/master.key'), 'utf8');
  const master = masterKeyOf(Buffer.from(text.trim(), 'base64'));
  const clock = { now: () => Date.now() };
  const system = createConnectionSystem({ pools, master, connectors: catalog.connectors, clock });
  const hookUrl = (token: string) => `https://weft.example/hooks/${token}`;
  const flows = createFlowStore({
    pool: pools.app,
    catalog,
    plugins: createPluginCatalog(catalog),
    ready: readyFlows,
    codeProblems: async () => [],
    vault: system.vault,
    clock,
    hookUrl,
  });
  const runs = createRunStore({ pool: pools.app, laneOf, ring: () => undefined, committed: () => undefined });
  try {
    const { rows: tenants } = await pools.engine.query<{ id: number; name: string }>(
      'select id, name from tenant order by id',
    );
    expect(tenants.map((each) => each.name)).toEqual(['Exempelbutiken AB', 'Garnboden i Borås AB']);
    const tenant = tenants[0]?.id ?? 0;
    const [flow] = await flows.list(tenant);
    expect(flow).toMatchObject({ state: 'live', liveVersion: 1 });
    const whole = await flows.read(tenant, flow?.id ?? '');
    expect(whole.problems.filter((problem) => problem.severity === 'error')).toEqual([]);
    const hooks = await flows.hooks(tenant, flow?.id ?? '');
    expect(hooks.every((hook) => hook.url.length > 40)).toBe(true);

    const list = await runs.list(tenant, { limit: 50, status: 'succeeded' });
    expect([...new Set(list.runs.map((run) => run.record))]).toEqual(expect.arrayContaining(['1042', '1043', '1044']));
    const order = list.runs.find((run) => run.record === '1042');
    const { events, links } = await runs.read(tenant, order?.id ?? '');
    expect(events.at(-1)?.type).toBe('run.succeeded');
    expect(links.length).toBeGreaterThan(0);

    const connections = await system.admin.list(tenant);
    const shop = connections.find((each) => each.connector === 'woocommerce');
    const secrets = await (await system.door.find(tenant, shop?.id ?? '')).secrets();
    expect(secrets['consumerKey']).toBe(CONSUMER_KEY);
  } finally {
    await system.close();
  }
});

test('the file is small enough to be carried along', async () => {
  expect((await readFile(FILE)).length).toBeLessThan(50_000);
  expect(await readdir(path.dirname(FILE))).toHaveLength(1);
});
