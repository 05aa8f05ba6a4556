import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { io } from 'socket.io-client';
import { z } from 'zod';
import { builtInConnectors } from '#nodes/index.ts';
import type { AnyConnector } from '#runtime/connector.ts';
import { readMasterKey } from '#server/adapters/master-key.ts';
import { saveTokens } from '#server/adapters/oauth-tokens.ts';
import { createPools, withTenant } from '#server/adapters/pg-pool.ts';
import { createVault } from '#server/adapters/vault.ts';
import type { Client } from '../support/client.ts';
import { runCommand } from '../support/command-line.ts';
import { practiceOf } from '../support/practice-client.ts';
import { until } from '../support/until.ts';
import type { WeftProcess } from '../support/weft-process.ts';
import { type EchoVendor, echoes, silences, startEchoVendor } from './echo-vendor.ts';
import { dumpOf, leaksIn } from './leaks.ts';
import type { Tally } from './tally.ts';
import type { Target } from './target.ts';

/** Where a connection must lead to reach the stand-in; each connector that there is must be here. */
const SETTINGS: Readonly<Record<string, (url: string) => object>> = {
  woocommerce: (url) => ({ url }),
  fortnox: (url) => ({ apiUrl: url, authUrl: url }),
  vendure: (url) => ({ url: `${url}/admin-api` }),
  medusa: (url) => ({ url }),
  tryton: (url) => ({ url, database: 'tryton', user: 'weft' }),
  rest: (url) => ({ baseUrl: url, auth: { kind: 'bearer' }, account: { path: 'me', label: '{{ body.name }}' } }),
  graphql: (url) => ({
    endpoint: `${url}/graphql`,
    auth: { kind: 'bearer' },
    account: { query: '{ me }', label: '{{ body.me }}' },
  }),
};

/** What a careless place could have kept or said. */
interface Places {
  readonly answers: string[];
  readonly messages: string[];
}

interface Hunt {
  readonly target: Target;
  readonly weft: WeftProcess;
  readonly vendor: EchoVendor;
  readonly canaries: Map<string, string>;
  readonly places: Places;
  readonly databaseUrl: string;
  readonly dataDir: string;
}

function canary(hunt: Hunt, name: string): string {
  const secret = `canary-${randomBytes(15).toString('hex')}`;
  hunt.canaries.set(name, secret);
  return secret;
}

/** A secret of its own for every field of the connector's form. */
function secretsOf(hunt: Hunt, connector: AnyConnector, about: string): Record<string, string> {
  const { properties = {} } = z.toJSONSchema(connector.secrets, { io: 'input', unrepresentable: 'any' });
  return Object.fromEntries(
    Object.keys(properties).map((name) => [name, canary(hunt, `${connector.id}.${name} ${about}`)]),
  );
}

/** The client, with every answer kept for the search. */
function listening(client: Client, answers: string[]): Client {
  return {
    ...client,
    ask: async (...call) => {
      const answer = await client.ask(...call);
      answers.push(JSON.stringify(answer.body), JSON.stringify([...answer.headers]));
      return answer;
    },
  };
}

/** Tokens as a sign-in would have left them. */
async function signInByHand(hunt: Hunt, tenant: number, connection: string): Promise<void> {
  const pools = createPools({ connectionString: hunt.databaseUrl }, () => undefined, 2);
  try {
    const vault = createVault(pools.app, readMasterKey({ setting: undefined, dataDir: hunt.dataDir }));
    const pair = { access: canary(hunt, `access ${connection}`), refresh: canary(hunt, `refresh ${connection}`) };
    const keys = await vault.keysOf(tenant);
    await withTenant(pools.app, tenant, async (client) => {
      const at = (await client.query<{ now: string }>('select now()::text as now')).rows[0]?.now ?? '';
      const { rows } = await client.query<{ version: number }>(
        'select version from connection_token where connection_id = $1 and tenant_id = $2',
        [connection, tenant],
      );
      await saveTokens(client, keys, { tenant, connection }, pair, (rows[0]?.version ?? 0) + 1, at, 3_600_000);
      await client.query(
        "update connection set state = 'ready', version = version + 1 where id = $1 and tenant_id = $2",
        [connection, tenant],
      );
      await client.query("select pg_notify('weft_connection', $1)", [`${tenant} ${connection}`]);
    });
  } finally {
    await pools.end();
  }
}

/** A connection of its own for each way to fail, so that no open circuit spares the next. */
async function testThrough(hunt: Hunt, admin: Client, connector: AnyConnector, way: string): Promise<string | null> {
  const { target, vendor } = hunt;
  const at = `/api/tenants/${target.tenant}/connections`;
  const settings = SETTINGS[connector.id]?.(`http://${vendor.host}`);
  if (!settings) return 'nothing says where this connector leads: put it in test/hostile/canaries.ts';
  vendor.answer = way;
  const made = await admin.ask('POST', at, {
    connector: connector.id,
    title: `Canary ${way}`.slice(0, 60),
    settings,
    secrets: secretsOf(hunt, connector, way),
    grants: [vendor.host],
  });
  if (made.status !== 201) return `the connection was not made: ${JSON.stringify(made.body)}`;
  if (connector.oauth) await signInByHand(hunt, target.tenant, made.body.id);
  const before = vendor.heard.length;
  await admin.ask('POST', `${at}/${made.body.id}/test`, {});
  if (vendor.heard.length === before) return 'the system was not even asked';
  return null;
}

/** Each in a system of its own, all at the same time: every one of them lasts until patience ends. */
async function testSilences(hunt: Hunt, admin: Client, tally: Tally): Promise<void> {
  const all = builtInConnectors.flatMap((connector) => Object.keys(silences).map((way) => ({ connector, way })));
  await Promise.all(
    all.map(async ({ connector, way }) => {
      const vendor = await startEchoVendor();
      try {
        tally.add(`${connector.id}: ${way}`, await testThrough({ ...hunt, vendor }, admin, connector, way));
      } finally {
        vendor.close();
      }
    }),
  );
}

/** The demo order flow, its ERP become the stand-in: fails in the middle of a run, once in every way. */
async function failRuns(hunt: Hunt, admin: Client, tenant: number): Promise<void> {
  const { weft, vendor, target } = hunt;
  const at = `/api/tenants/${tenant}/connections`;
  const { connections } = (await admin.ask('GET', at)).body;
  const erp = connections.find(
    (each: { connector: string; usedBy: unknown[] }) => each.connector === 'fortnox' && each.usedBy.length > 0,
  ).id;
  const fortnox = builtInConnectors.find((each) => each.id === 'fortnox');
  const settings = SETTINGS['fortnox']?.(`http://${vendor.host}`);
  if (!fortnox || !settings) throw new Error('there is no Fortnox');
  await admin.ask('PUT', `${at}/${erp}/allowance`, { grants: [vendor.host] });
  const changed = await admin.ask('PUT', `${at}/${erp}`, { settings, secrets: secretsOf(hunt, fortnox, 'in a run') });
  if (changed.status !== 200) throw new Error(`the ERP was not moved: ${JSON.stringify(changed.body)}`);
  const asked = vendor.heard.length;
  for (const way of ['400', 'bad credentials, 401', '500', '200 of another shape', 'a reset half-way']) {
    vendor.answer = way;
    await signInByHand(hunt, tenant, erp);
    const [order] = await practiceOf(weft).place(1);
    // ended, held or waiting: an open circuit or a missing sign-in parks a run without asking the system again
    await until(async () => {
      const { rows } = await target.pool.query(
        `select from run r left join due d on d.run_id = r.id where r.tenant_id = $1 and r.record = $2
          and (r.status <> 'active' or d.claim is null)`,
        [tenant, order],
      );
      return rows.length > 0;
    }, 30_000);
  }
  if (vendor.heard.length === asked) throw new Error('no run asked the stand-in');
  await until(async () => {
    const { runs } = (await admin.ask('GET', `/api/tenants/${tenant}/runs?limit=50`)).body;
    return runs.some(({ status }: { status: string }) => ['failed', 'held', 'waiting'].includes(status));
  }, 30_000);
  const { runs } = (await admin.ask('GET', `/api/tenants/${tenant}/runs?limit=50`)).body;
  for (const { id } of runs) await admin.ask('GET', `/api/tenants/${tenant}/runs/${id}`);
}

function follow(hunt: Hunt, admin: Client, tenants: readonly number[]): () => void {
  const socket = io(hunt.weft.url, { transports: ['websocket'], extraHeaders: { cookie: admin.cookie } });
  socket.onAny((...message) => hunt.places.messages.push(JSON.stringify(message)));
  socket.on('runs', ({ runs }: { runs: { id: string }[] }) => {
    for (const { id } of runs)
      for (const tenant of tenants)
        socket.emit('watch', { what: 'run', tenant, run: id, afterSeq: -1 }, () => undefined);
  });
  socket.on('connect', () => {
    for (const tenant of tenants) socket.emit('watch', { what: 'runs', tenant }, () => undefined);
  });
  return () => void socket.disconnect();
}

/** What the command line prints or writes of it all. */
async function exported(hunt: Hunt): Promise<string> {
  const env = { DATABASE_URL: hunt.databaseUrl, DATA_DIR: hunt.dataDir };
  const file = path.join(hunt.dataDir, 'canary.backup');
  const ran = [await runCommand(['backup', file, '--overwrite'], env), await runCommand(['keys', 'list'], env)];
  // packed: what is in it is what the dump shows; here nothing may stand beside it in the clear
  const bytes = (await readFile(file)).toString('latin1');
  return [...ran.flatMap(({ out, notes }) => [...out, ...notes]), bytes].join('\n');
}

function judge(hunt: Hunt, tally: Tally, place: string, text: string): void {
  const leaks = leaksIn(text, hunt.canaries);
  tally.add(`no secret in ${place}`, leaks.length === 0 ? null : leaks.join(', '));
}

/** Gives every connector secrets of its own, lets the other system say them back in every way it can fail, and looks for them everywhere. */
export async function attackForSecrets(
  target: Target,
  tally: Tally,
  { databaseUrl, dataDir }: { readonly databaseUrl: string; readonly dataDir: string },
): Promise<void> {
  const vendor = await startEchoVendor();
  const places: Places = { answers: [], messages: [] };
  const hunt: Hunt = { target, weft: target.weft, vendor, canaries: new Map(), places, databaseUrl, dataDir };
  const admin = listening(target.admin, places.answers);
  const { rows } = await target.pool.query<{ id: number }>('select min(id) as id from tenant');
  const demo = rows[0]?.id ?? 1;
  for (const tenant of new Set([demo, target.tenant]))
    await admin.ask('PUT', `/api/tenants/${tenant}/visit`, { reason: 'looking for secrets' });
  const stop = follow(hunt, target.admin, [...new Set([demo, target.tenant])]);
  try {
    const silent = testSilences(hunt, admin, tally);
    silent.catch(() => undefined);
    for (const connector of builtInConnectors)
      for (const way of Object.keys(echoes))
        tally.add(`${connector.id}: ${way}`, await testThrough(hunt, admin, connector, way));
    if (target.weft.practice) await failRuns(hunt, admin, demo);
    await silent;
    const said = vendor.heard.join('\n');
    const told = [...hunt.canaries.values()].filter((secret) => said.includes(secret)).length;
    tally.add('the other system was told secrets at all', told > builtInConnectors.length ? null : `${told}`);
    for (const [table, text] of await dumpOf(target.pool)) judge(hunt, tally, `table ${table}`, text);
    judge(hunt, tally, 'the log', target.weft.lines.join('\n'));
    judge(hunt, tally, 'the API’s answers', places.answers.join('\n'));
    judge(hunt, tally, 'the live line', places.messages.join('\n'));
    judge(hunt, tally, 'what the command line exports', await exported(hunt));
    tally.add('the live line said something', places.messages.length > 0 ? null : 'nothing came');
  } finally {
    stop();
    vendor.close();
  }
}
