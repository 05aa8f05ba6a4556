import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, open, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { dropDatabase, freePort, freshDatabase, hasDatabase, renameDatabase, startLivePostgres } from '../postgres.ts';
import { openDesk } from './desk.ts';
import packages from './packages.json' with { type: 'json' };
import { provision } from './provision.ts';

const run = promisify(execFile);

/** A running Tryton with a company in it: what is needed to sign in as its user. */
export interface LiveTryton {
  readonly origin: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  close(): Promise<void>;
}

const USER = 'admin';
const PASSWORD = 'öppna-dörren-7';
const MODULES = [
  'sale',
  'sale_price_list',
  'purchase',
  'account_invoice_stock',
  'stock_package_shipping',
  'sale_shipment_cost',
];
/** In its name, so that another provision or release makes another template. */
const TEMPLATE = 'tryton_6_0_desk_1';

/** Those of the Debian packages that are not there; empty where Tryton can start. */
export async function missingPackages(): Promise<string[]> {
  const { stdout } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...packages]).catch(
    (error: { stdout?: string }) => ({ stdout: error.stdout ?? '' }),
  );
  const there = new Set(
    stdout
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return packages.filter((name) => !there.has(name));
}

/** Starts a fresh copy of the provisioned company on a free port; the first start on `dir` makes it, in two minutes. */
export async function startSystem(dir: string): Promise<LiveTryton> {
  const missing = await missingPackages();
  if (missing.length > 0) {
    throw new Error(`Tryton comes from Debian: apt-get install --no-install-recommends ${missing.join(' ')}`);
  }
  const home = path.join(dir, 'tryton');
  await mkdir(home, { recursive: true });
  const postgres = await startLivePostgres(dir);
  try {
    if (!(await hasDatabase(postgres.url, TEMPLATE))) await makeTemplate(home, postgres.url);
    const database = `tryton_${randomBytes(4).toString('hex')}`;
    await freshDatabase(postgres.url, database, TEMPLATE);
    const server = await startServer(home, postgres.url, database);
    return {
      origin: server.origin,
      database,
      user: USER,
      password: PASSWORD,
      async close() {
        await server.stop();
        await dropDatabase(postgres.url, database);
        await postgres.close();
      },
    };
  } catch (error) {
    await postgres.close();
    throw error;
  }
}

async function configure(home: string, server: string, port: number): Promise<string> {
  const { protocol, username, password, host } = new URL(server);
  const credentials = `${username}${password === '' ? '' : `:${password}`}`;
  const file = path.join(home, `trytond-${port}.conf`);
  const text = [
    '[database]',
    `uri = ${protocol}//${credentials}@${host}/`,
    `path = ${path.join(home, 'files')}`,
    '[web]',
    `listen = 127.0.0.1:${port}`,
  ];
  await writeFile(file, `${text.join('\n')}\n`, { mode: 0o600 });
  return file;
}

/** Under another name until it is whole, so that a start that breaks off leaves no half company behind. */
async function makeTemplate(home: string, postgres: string): Promise<void> {
  const making = `tryton_making_${randomBytes(4).toString('hex')}`;
  await freshDatabase(postgres, making);
  const passwordFile = path.join(home, `pass-${making}`);
  const config = await configure(home, postgres, await freePort());
  try {
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
    const flags = ['-c', config, '-d', making, '--all', '--email', 'admin@example.test', '--activate-dependencies'];
    await run('trytond-admin', [...flags, '-u', ...MODULES], {
      env: { ...process.env, TRYTONPASSFILE: passwordFile },
      maxBuffer: 64 * 1024 * 1024,
    });
    const server = await startServer(home, postgres, making);
    try {
      await provision(await openDesk({ url: `${server.origin}/${making}/`, user: USER, password: PASSWORD }));
    } finally {
      await server.stop();
    }
    await renameDatabase(postgres, making, TEMPLATE);
  } finally {
    await Promise.all([rm(passwordFile, { force: true }), rm(config, { force: true })]);
  }
}

/** A busy machine takes its time. */
const START_MS = 180_000;

async function startServer(
  home: string,
  postgres: string,
  database: string,
): Promise<{ origin: string; stop(): Promise<void> }> {
  const port = await freePort();
  const config = await configure(home, postgres, port);
  const log = await open(path.join(home, 'server.log'), 'w');
  const child = spawn('trytond', ['-c', config, '-d', database], { stdio: ['ignore', log.fd, log.fd] });
  const origin = `http://127.0.0.1:${port}`;
  const stop = async (): Promise<void> => {
    await ended(child);
    await log.close();
    await rm(config, { force: true });
  };
  const deadline = Date.now() + START_MS;
  while (!(await answers(`${origin}/${database}/`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Tryton did not start; its words are in ${path.join(home, 'server.log')}`);
    }
    await sleep(100);
  }
  return { origin, stop };
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    () => true,
    () => false,
  );
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  child.kill('SIGTERM');
  await Promise.race([exit, sleep(5000)]);
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
}
