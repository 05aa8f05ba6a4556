import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import {
  askDatabase,
  databaseUrl,
  dropDatabase,
  freePort,
  freshDatabase,
  hasDatabase,
  renameDatabase,
  startLivePostgres,
} from '../postgres.ts';
import { Seed, seedShop } from './seed.ts';

const shop = path.join(import.meta.dirname, 'shop');
const run = promisify(execFile);

/** A running Medusa with a shop in it: what is needed to sign in as a program, and to buy as a customer. */
export interface LiveMedusa extends Seed {
  readonly origin: string;
  close(): Promise<void>;
}

const ADMIN = { email: 'admin@example.test', password: 'supersecret' };
/** In its name, so that another seed or release makes another template. */
const TEMPLATE = 'medusa_2_21_2_seed_2';

/** Starts a fresh copy of the seeded shop on a free port; the first start on `dir` installs Medusa and seeds the shop. */
export async function startSystem(dir: string): Promise<LiveMedusa> {
  const home = path.join(dir, 'medusa');
  await install(home);
  const postgres = await startLivePostgres(dir);
  try {
    const seed = (await readSeed(postgres.url)) ?? (await makeTemplate(home, postgres.url));
    const name = `medusa_${randomBytes(4).toString('hex')}`;
    const server = await startServer(home, await freshDatabase(postgres.url, name, TEMPLATE));
    return {
      ...seed,
      origin: server.origin,
      async close() {
        await server.stop();
        await dropDatabase(postgres.url, name);
        await postgres.close();
      },
    };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

async function versionIn(home: string): Promise<string | undefined> {
  const file = path.join(home, 'node_modules', '@medusajs', 'medusa', 'package.json');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as { version: string }).version;
}

async function install(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  for (const name of ['package.json', 'medusa-config.js']) await copyFile(path.join(shop, name), path.join(home, name));
  const manifest = JSON.parse(await readFile(path.join(shop, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  if ((await versionIn(home)) === manifest.dependencies['@medusajs/medusa']) return;
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: home });
}

/** Only what Medusa needs: its own secrets are made anew at each start. */
function environment(database: string, origin: string): NodeJS.ProcessEnv {
  const { PATH, HOME, TMPDIR } = process.env;
  return {
    PATH,
    HOME,
    ...(TMPDIR === undefined ? {} : { TMPDIR }),
    NODE_ENV: 'development',
    LOG_LEVEL: 'warn',
    MEDUSA_DISABLE_TELEMETRY: 'true',
    DATABASE_URL: database,
    ORIGIN: origin,
    SECRET: randomBytes(24).toString('base64url'),
  };
}

const cli = (home: string): string => path.join(home, 'node_modules', '@medusajs', 'cli', 'cli.js');

async function makeTemplate(home: string, server: string): Promise<Seed> {
  const half = `${TEMPLATE}_half`;
  const database = await freshDatabase(server, half);
  const options = { cwd: home, env: environment(database, 'http://127.0.0.1') };
  await run(process.execPath, [cli(home), 'db:migrate'], options);
  await run(process.execPath, [cli(home), 'user', '-e', ADMIN.email, '-p', ADMIN.password], options);
  const medusa = await startServer(home, database);
  const seed = await seedShop(medusa.origin, ADMIN).finally(medusa.stop);
  await askDatabase(database, 'create table weft_seed (seed jsonb not null)');
  await askDatabase(database, 'insert into weft_seed values ($1)', [JSON.stringify(seed)]);
  await renameDatabase(server, half, TEMPLATE);
  return seed;
}

/** What the template was seeded with; kept in it, since the keys are readable only when they are made. */
async function readSeed(server: string): Promise<Seed | undefined> {
  if (!(await hasDatabase(server, TEMPLATE))) return undefined;
  const [row] = await askDatabase(databaseUrl(server, TEMPLATE), 'select seed from weft_seed');
  return Seed.parse(row?.['seed']);
}

interface Server {
  readonly origin: string;
  stop(): Promise<void>;
}

async function startServer(home: string, database: string): Promise<Server> {
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const log = await open(path.join(home, 'server.log'), 'a');
  const child = spawn(process.execPath, [cli(home), 'start', '-H', '127.0.0.1', '-p', String(port)], {
    cwd: home,
    env: environment(database, origin),
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const stop = (): Promise<void> => stopChild(child);
  const deadline = Date.now() + 180_000;
  while (!(await answers(`${origin}/health`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Medusa did not start: see ${path.join(home, 'server.log')}`);
    }
    await sleep(100);
  }
  return { origin, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    (answer) => answer.ok,
    () => false,
  );
}

async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // it drains for long, and nothing of it is kept
  child.kill('SIGKILL');
  await ended;
}
