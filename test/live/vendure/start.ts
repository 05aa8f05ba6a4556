import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { openApi, openShop, type Shop } from './shop.ts';

const server = path.join(import.meta.dirname, 'server');
const run = promisify(execFile);

/** A running Vendure that sells in Swedish crowns, tax in its prices. */
export interface LiveVendure {
  readonly origin: string;
  /** Where the Admin API is, as the connection's settings want it. */
  readonly api: string;
  readonly secrets: { readonly username: string; readonly password: string };
  readonly shop: Shop;
  close(): Promise<void>;
}

/** Starts an empty shop on a free port; the first start on `dir` installs Vendure there. */
export async function startSystem(dir: string): Promise<LiveVendure> {
  const home = path.join(dir, 'vendure');
  await install(home);
  const secrets = { username: 'superadmin', password: randomBytes(12).toString('base64url') };
  const { origin, stop } = await startServer(home, secrets.password);
  try {
    const admin = openApi(`${origin}/admin-api`);
    await admin(
      `mutation($username:String!,$password:String!){login(username:$username,password:$password){__typename
        ...on ErrorResult{errorCode message}}}`,
      secrets,
    );
    await admin(
      `mutation($input:UpdateChannelInput!){updateChannel(input:$input){__typename ...on ErrorResult{errorCode message}}}`,
      {
        input: { id: '1', pricesIncludeTax: true, defaultCurrencyCode: 'SEK', availableCurrencyCodes: ['SEK', 'EUR'] },
      },
    );
    return { origin, api: `${origin}/admin-api`, secrets, shop: openShop(origin, admin), close: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function install(home: string): Promise<void> {
  await mkdir(home, { recursive: true });
  const manifest = JSON.parse(await readFile(path.join(server, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  const installed = path.join(home, 'node_modules', '@vendure', 'core', 'package.json');
  const standing = await readFile(installed, 'utf8').catch(() => '{}');
  if ((JSON.parse(standing) as { version?: string }).version === manifest.dependencies['@vendure/core']) return;
  await copyFile(path.join(server, 'package.json'), path.join(home, 'package.json'));
  await run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: home });
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const address = probe.address();
  await new Promise((resolve) => {
    probe.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

interface Server {
  readonly origin: string;
  stop(): Promise<void>;
}

async function startServer(home: string, password: string): Promise<Server> {
  const { PATH, HOME, TMPDIR } = process.env;
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const log = await open(path.join(home, 'server.log'), 'a');
  const child = spawn(process.execPath, [path.join(server, 'server.ts')], {
    cwd: home,
    env: {
      PATH,
      HOME,
      ...(TMPDIR === undefined ? {} : { TMPDIR }),
      VENDURE_DISABLE_TELEMETRY: 'true',
      VENDURE_DIR: home,
      VENDURE_PASSWORD: password,
      PORT: String(port),
    },
    stdio: ['ignore', log.fd, log.fd],
  });
  await log.close();
  const stop = (): Promise<void> => stopChild(child);
  const deadline = Date.now() + 180_000;
  while (!(await answers(`${origin}/health`))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`Vendure did not start: see ${path.join(home, 'server.log')}`);
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
  // nothing of it is kept
  child.kill('SIGKILL');
  await ended;
}
