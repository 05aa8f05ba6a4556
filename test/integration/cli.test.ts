import { randomUUID } from 'node:crypto';
import { chmodSync, existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtInTemplates } from '#nodes/index.ts';
import { FlowDocument } from '#runtime/flow.ts';
import { lockDataDir } from '#server/adapters/data-dir.ts';
import { isPostgresOn, readPostmaster } from '#server/adapters/embedded-postgres/postmaster.ts';
import { masterKeyOf } from '#server/adapters/master-key.ts';
import { saveTokens } from '#server/adapters/oauth-tokens.ts';
import { createPools, withTenant } from '#server/adapters/pg-pool.ts';
import { createVault } from '#server/adapters/vault.ts';
import { migrate } from '#server/db/migrate.ts';
import { type Ran, runCommand } from '#test/support/command-line.ts';
import { createTestDatabase, type TestDatabase } from '#test/support/database.ts';
import { publishFlow, startEngine } from '#test/support/engine.ts';
import { type PracticeHost, startPracticeHost } from '#test/support/practice-host.ts';
import { until } from '#test/support/until.ts';

let directory: string;
let sink: Server;
let port: number;
let answer = 201;
const posts: unknown[] = [];

beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'weft-cli-'));
  // as root, PostgreSQL runs as another user, who must pass through
  chmodSync(directory, 0o711);
  sink = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      body += text;
    });
    request.on('end', () => {
      posts.push(JSON.parse(body));
      response.writeHead(answer, { 'content-type': 'application/json' });
      response.end('{"id":7}');
    });
  });
  await new Promise<void>((resolve) => sink.listen(0, '127.0.0.1', resolve));
  port = (sink.address() as AddressInfo).port;
});

afterAll(async () => {
  sink?.close();
  sink?.closeAllConnections();
  await rm(directory, { recursive: true, force: true, maxRetries: 5 });
});

const webhookFlow = (signature: 'none' | 'hmac-sha256' = 'none') => ({
  format: 1,
  name: 'Order to the sink',
  nodes: [
    { id: 'call', type: 'core.webhook', version: 1, config: { signature, recordId: 'number' } },
    { id: 'map', type: 'core.map', version: 1, config: { fields: [{ to: 'number', value: '{{ value.number }}' }] } },
    {
      id: 'send',
      type: 'core.http',
      version: 1,
      config: { method: 'POST', url: `http://127.0.0.1:${port}/erp`, onUnknown: 'retry' },
    },
    { id: 'answer', type: 'core.respond', version: 1, config: { status: 200 } },
  ],
  wires: [
    { from: 'call.body', to: 'map.value' },
    { from: 'map.record', to: 'send.value' },
    { from: 'send.response', to: 'answer.value' },
  ],
});

async function file(name: string, content: unknown): Promise<string> {
  const where = path.join(directory, name);
  await writeFile(where, typeof content === 'string' ? content : JSON.stringify(content));
  return where;
}

/** A customer with both practice systems, as the server stores them. */
async function storeConnections(url: string, key: Buffer, host: PracticeHost): Promise<number> {
  const pools = createPools({ connectionString: url }, () => undefined);
  try {
    const { rows } = await pools.engine.query<{ id: number }>(
      "insert into tenant (name, package) values ('Garnboden', 'premium') returning id",
    );
    const tenant = rows[0]?.id ?? 0;
    const keys = await createVault(pools.app, masterKeyOf(key)).keysOf(tenant);
    const { consumerKey, consumerSecret, clientId, clientSecret } = host.keys;
    const erpSettings = { apiUrl: host.erpApi, authUrl: `${host.erpApi}/oauth-v1` };
    const wanted = [
      ['woocommerce', 'Butiken', { url: `${host.origin}/practice/shop` }, { consumerKey, consumerSecret }],
      ['fortnox', 'Boken', erpSettings, { clientId, clientSecret }],
    ] as const;
    for (const [connector, title, settings, secrets] of wanted) {
      const id = randomUUID();
      const sealed = keys.seal({ connection: id, kind: 'secrets', version: 1 }, JSON.stringify(secrets));
      await pools.engine.query(
        `insert into connection (tenant_id, id, connector, title, settings, secrets, secrets_version, grants)
          values ($1, $2, $3, $4, $5, $6, 1, $7)`,
        [tenant, id, connector, title, settings, sealed, [new URL(host.origin).host]],
      );
      if (connector !== 'fortnox') continue;
      const tokens = host.erp.issueTokens();
      await withTenant(pools.app, tenant, (client) =>
        saveTokens(
          client,
          keys,
          { tenant, connection: id },
          { access: tokens.accessToken, refresh: tokens.refreshToken },
          1,
          new Date().toISOString(),
          3_600_000,
        ),
      );
    }
    return tenant;
  } finally {
    await pools.end();
  }
}

const events = (ran: Ran) =>
  ran.out.map((line) => JSON.parse(line) as { type: string; step?: string; input?: unknown });

describe('the command line', () => {
  test('tells its commands, and each tells its options', async () => {
    const { code, out } = await runCommand(['--help']);
    expect(code).toBe(0);
    const names = [
      'run',
      'check',
      'nodes',
      'connectors',
      'migrate',
      'replay',
      'reconcile',
      'user',
      'backup',
      'restore',
    ];
    for (const name of names) expect(out.some((line) => line.trim().startsWith(`${name} `))).toBe(true);
    const helps = await Promise.all(names.map((name) => runCommand([name, '--help'])));
    for (const help of helps) expect(help).toMatchObject({ code: 0, notes: [] });
  });

  test.each([
    [['flows'], /no command "flows"/],
    [['check'], /usage: weft check FLOW\.json/],
    [['check', 'nowhere.json'], /nowhere\.json: there is no such file/],
    [['check', 'a.json', 'b.json'], /"b\.json" is one word too many/],
    [['run', 'x.json', '--lve'], /Unknown option '--lve'/],
    [['run', 'x.json', '--live', '--pretend'], /--live and --pretend exclude/],
    [['run', 'x.json', '--tenant', 'one'], /--tenant must be a whole number|there is no such file/],
    [['nodes', 'orders.wrte'], /there is no node "orders\.wrte"; there are .*orders\.write/],
    [['replay'], /name at least one run/],
    [['reconcile', '7'], /"7" is no id of a flow/],
    [['replay', '7'], /"7" is no id of a run/],
    [['replay', '--failed'], /--failed needs --flow/],
    [['user', 'ad'], /there is no "user ad"/],
    [['restore', 'x', '--wipe'], /--yes/],
  ])('refuses %j in one line with exit code 2', async (args, why) => {
    const { code, out, notes } = await runCommand(args);
    expect({ code, out }).toEqual({ code: 2, out: [] });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(why);
  });

  test('lists nodes with package and ports, and shows one with its examples', async () => {
    const { out } = await runCommand(['nodes']);
    expect(out.find((line) => line.startsWith('orders.write '))).toMatch(/100 +write +order.* customer.*failed/);
    const detail = (await runCommand(['nodes', 'core.map'])).out.join('\n');
    expect(detail).toMatch(/Package +100/);
    expect(detail).toMatch(/Example: .*\n {2}config /);
    const connector = (await runCommand(['connectors', 'fortnox'])).out.join('\n');
    expect(connector).toMatch(/orders\.create +write, class B/);
    expect(connector).toMatch(/Changes\n {2}order +asked every 60 s for what has changed, 180 s over/);
    const shop = (await runCommand(['connectors', 'woocommerce'])).out.join('\n');
    expect(shop).toMatch(/order +signed webhooks; asked every 60 s/);
    expect(shop).toMatch(/customer .*everything/);
  });
});

describe('check', () => {
  test('tells problems by step and field, and ends with 1 only where there is an error', async () => {
    const good = await file('good.json', webhookFlow('hmac-sha256'));
    expect(await runCommand(['check', good])).toMatchObject({ code: 0, out: ['Order to the sink: nothing wrong'] });
    const open = await runCommand(['check', await file('open.json', webhookFlow())]);
    expect(open.code).toBe(0);
    expect(open.out[0]).toMatch(/^warning +call\.signature +UNSIGNED_CALLS /);
    const small = await runCommand(['check', good, '--package', '400']);
    expect(small.code).toBe(1);
    expect(small.out[0]).toMatch(
      /^error +call +PACKAGE_NEEDED +Webhook is part of Premium; this customer has package 400/,
    );
    const swedish = await runCommand(['check', good, '--package', '400', '--lang', 'sv', '--json']);
    expect(JSON.parse(swedish.out[0] ?? '')).toMatchObject({
      errors: 4,
      problems: [{ code: 'PACKAGE_NEEDED' }, {}, {}, { code: 'PACKAGE_NEEDED' }],
    });
  });

  test('names file and field of a flow that cannot be read', async () => {
    const flow = webhookFlow();
    const bad = await file('bad.json', { ...flow, nodes: [{ ...flow.nodes[0], version: 'one' }] });
    const { code, notes } = await runCommand(['check', bad]);
    expect({ code, notes: notes.length }).toEqual({ code: 2, notes: 1 });
    expect(notes[0]).toMatch(/bad\.json: nodes\[0\]\.version: /);
    const torn = await runCommand(['check', await file('torn.json', '{"format":1')]);
    expect(torn).toMatchObject({ code: 2, out: [] });
    expect(torn.notes[0]).toMatch(/torn\.json: /);
  });
});

describe('run', () => {
  const input = '{"number":"1042"}';

  test('shows what a write would send, sends nothing, and stops there', async () => {
    const flow = await file('flow.json', webhookFlow());
    const ran = await runCommand(['run', flow, '--input', '-'], {}, input);
    expect(ran.code).toBe(0);
    expect(ran.notes.join()).toMatch(/Dry run: nothing was sent/);
    const last = events(ran).at(-1);
    expect(last).toMatchObject({ type: 'write.unsent', step: 'send', capability: 'http.post' });
    expect(last?.input).toMatchObject({ method: 'POST', body: { number: '1042' } });
    expect(posts).toEqual([]);
  });

  test('goes on with an invented answer when asked, and still sends nothing', async () => {
    const flow = await file('flow.json', webhookFlow());
    const ran = await runCommand(['run', flow, '--input', '-', '--pretend'], {}, input);
    expect(ran.code).toBe(0);
    const types = events(ran).map((event) => event.type);
    expect(types).toContain('run.answered');
    expect(types.at(-1)).toBe('run.succeeded');
    expect(types).not.toContain('step.writing');
    expect(posts).toEqual([]);
  });

  test('sends once when told to, and prints each event as it happens', async () => {
    const flow = await file('flow.json', webhookFlow());
    const args = ['run', flow, '--input', '-', '--live'];
    const guarded = await runCommand(args, {}, input);
    expect(guarded.code).toBe(1);
    expect(guarded.notes[0]).toMatch(/HOST_NOT_ALLOWED/);
    const ran = await runCommand([...args, '--grant', `127.0.0.1:${port}`], {}, input);
    expect(ran).toMatchObject({ code: 0, notes: [] });
    expect(events(ran).map((event) => event.type)).toContain('step.writing');
    expect(posts.splice(0)).toEqual([{ number: '1042' }]);
  });

  test('ends with 1 and the reason when the run fails', async () => {
    const flow = await file('flow.json', webhookFlow());
    answer = 422;
    const args = ['run', flow, '--input', '-', '--live', '--pretty', '--grant', `127.0.0.1:${port}`];
    const ran = await runCommand(args, {}, input).finally(() => {
      answer = 201;
      posts.splice(0);
    });
    expect(ran.code).toBe(1);
    expect(ran.notes).toEqual([expect.stringMatching(/^The run failed: TARGET_REFUSED .*422/)]);
    expect(ran.out.at(-1)).toMatch(/run +FAILED/);
  });
});

describe('a plugin that is given as a folder', () => {
  const greeting = {
    format: 1,
    name: 'Greets',
    nodes: [
      { id: 'call', type: 'core.manual', version: 1, config: {} },
      { id: 'greet', type: 'cli-greeter.greet', version: 1, config: { greeting: 'Hej' } },
    ],
    wires: [{ from: 'call.body', to: 'greet.name' }],
  };
  let plugin: string;
  let flow: string;
  beforeAll(async () => {
    plugin = path.join(directory, 'cli-greeter');
    expect((await runCommand(['plugin', 'new', plugin])).code).toBe(0);
    flow = await file('greets.json', greeting);
  });

  test('has its nodes listed, shown and checked like those built in', async () => {
    expect((await runCommand(['nodes'])).out.join()).not.toMatch(/cli-greeter/);
    const { out } = await runCommand(['nodes', '--plugin', plugin]);
    expect(out.find((line) => line.startsWith('cli-greeter.greet '))).toMatch(/800 +- +name +text, failed +Greet/);
    const detail = (await runCommand(['nodes', 'cli-greeter.greet', '--plugin', plugin])).out.join('\n');
    expect(detail).toMatch(/Example: A name/);
    expect((await runCommand(['check', flow])).out[0]).toMatch(/^error +greet.*cli-greeter\.greet/);
    expect(await runCommand(['check', flow, '--plugin', plugin])).toMatchObject({ code: 0 });
    const small = await runCommand(['check', flow, '--plugin', plugin, '--package', '400']);
    expect(small.out.join()).toMatch(/error +greet +PACKAGE_NEEDED/);
  });

  test('runs in the sandbox, and its step’s events are those of any step', async () => {
    const ran = await runCommand(['run', flow, '--plugin', plugin, '--input', '-'], {}, '"Anna"');
    expect(ran.code).toBe(0);
    expect(events(ran)).toContainEqual(
      expect.objectContaining({ type: 'step.succeeded', step: 'greet', output: { text: 'Hej Anna' } }),
    );
  });

  test('is refused in one line when it cannot be read, or takes a name of Weft’s own', async () => {
    const gone = await runCommand(['check', flow, '--plugin', path.join(directory, 'gone')]);
    expect(gone).toMatchObject({ code: 1, out: [], notes: [expect.stringMatching(/gone.*plugin\.json/)] });
    const own = path.join(directory, 'core');
    await runCommand(['plugin', 'new', own]);
    const taken = await runCommand(['check', flow, '--plugin', own]);
    expect(taken).toMatchObject({ code: 1, notes: [expect.stringMatching(/“core” is a name of Weft’s own/)] });
  });
});

describe('run with a shop and an ERP', () => {
  let host: PracticeHost;
  let flow: string;
  let connections: string;
  let params: string[];

  beforeAll(async () => {
    host = await startPracticeHost();
    const grants = [new URL(host.origin).host];
    flow = await file('template.json', builtInTemplates.find((each) => each.id === 'orders-to-erp')?.flow);
    connections = await file('connections.json', {
      shop: {
        connector: 'woocommerce',
        settings: { url: `${host.origin}/practice/shop` },
        secrets: { consumerKey: host.keys.consumerKey, consumerSecret: host.keys.consumerSecret },
        grants,
      },
      erp: {
        connector: 'fortnox',
        settings: { apiUrl: host.erpApi, authUrl: `${host.erpApi}/oauth-v1` },
        secrets: { clientId: host.keys.clientId, clientSecret: host.keys.clientSecret },
        accessToken: host.erp.issueTokens().accessToken,
        grants,
      },
    });
    params = ['--param', 'shop=shop', '--param', 'erp=erp'];
  });
  afterAll(() => host?.close());

  const orderOf = () => host.shop.placeOrder({ set_paid: true, line_items: [{ sku: 'MUGG-BLA', quantity: 2 }] });

  test('reads the order from the shop, shows every write of the whole flow, and leaves both systems alone', async () => {
    const order = orderOf();
    const args = ['run', flow, '--input', '-', '--connections', connections, ...params, '--pretend'];
    const ran = await runCommand(args, {}, JSON.stringify({ id: String(order.id) }));
    expect(ran).toMatchObject({ code: 0, notes: ['Dry run: nothing was sent.'] });
    const unsent = events(ran).filter((event) => event.type === 'write.unsent');
    const names = unsent.map((event) => (event as { capability?: string }).capability);
    expect(names).toContain('orders.create');
    expect(names.at(-1)).toBe('orders.add-note');
    expect(host.erp.ledger().counts.orders).toBe(0);
    expect(ran.out.join()).not.toContain(host.keys.consumerSecret);
  });

  test('transfers the order when told to', async () => {
    const order = orderOf();
    const args = ['run', flow, '--input', '-', '--connections', connections, ...params, '--live', '--pretty'];
    const ran = await runCommand(args, {}, JSON.stringify(String(order.id)));
    expect(ran).toMatchObject({ code: 0, notes: [] });
    expect(host.erp.ledger().counts.orders).toBe(1);
    expect(ran.out.at(-1)).toMatch(/run +succeeded/);
  });

  test('names what a connections file lacks', async () => {
    const wrong = await file('wrong.json', { shop: { connector: 'woocommerce', settings: { url: 'x' }, secrets: {} } });
    const settings = await runCommand(['run', flow, '--connections', wrong, ...params]);
    expect(settings.code).toBe(2);
    expect(settings.notes[0]).toMatch(/wrong\.json: shop: .*(settings|secrets)\.\w+/);
    const unknown = await runCommand([
      'run',
      flow,
      '--connections',
      await file('none.json', { shop: { connector: 'sap' } }),
    ]);
    expect(unknown.notes[0]).toMatch(/none\.json: shop\.connector: there is no "sap"; there are woocommerce, fortnox/);
    const missing = await runCommand(['run', flow, ...params]);
    expect(missing.code).toBe(1);
    expect(missing.notes.join('\n')).toMatch(/CONNECTION_MISSING/);
    const open = await runCommand(['run', flow]);
    expect(open.notes[0]).toMatch(/params\.shop/);
  });
});

describe('with a database', () => {
  let database: TestDatabase;
  let env: Record<string, string>;

  beforeAll(async () => {
    database = await createTestDatabase();
    env = { DATABASE_URL: database.url, DATA_DIR: path.join(directory, 'data') };
  });
  afterAll(() => database?.drop());

  test('brings it up to date, once', async () => {
    const first = await runCommand(['migrate'], env);
    expect(first.code).toBe(0);
    expect(first.out[0]).toBe('001-init.sql');
    expect(await runCommand(['migrate'], env)).toMatchObject({
      code: 0,
      out: [],
      notes: ['The database is up to date.'],
    });
  });

  test('looks after accounts, and never leaves Weft without an administrator', async () => {
    const word = await file('password', 'a long enough password\n');
    const user = (...args: string[]) => runCommand(['user', ...args], env);
    const added = await user('add', 'Anna@Example.com', '--role', 'admin', '--password-file', word);
    expect(added).toMatchObject({ code: 0, out: ['anna@example.com may sign in'] });
    expect((await user('add', 'anna@example.com', '--role', 'kam')).notes[0]).toMatch(/has an account already/);
    expect((await user('add', 'kim@example.com', '--role', 'king')).notes[0]).toMatch(/role/);
    expect((await user('add', 'kim@example.com', '--role', 'kam', '--tenant', '99')).notes[0]).toMatch(
      /no customer 99/,
    );
    const made = await user('add', 'kim@example.com', '--role', 'kam');
    expect(made.out[0]).toMatch(/kim@example\.com may sign in with \S{16} \(shown this once\)/);
    expect((await user('list')).out.map((line) => line.split(/ +/).slice(0, 2))).toEqual([
      ['EMAIL', 'ROLE'],
      ['anna@example.com', 'admin'],
      ['kim@example.com', 'kam'],
    ]);
    expect((await user('remove', 'anna@example.com')).notes[0]).toMatch(/only administrator/);
    expect(await user('remove', 'kim@example.com')).toMatchObject({ code: 0 });
    expect((await user('password', 'kim@example.com')).notes[0]).toMatch(/no account of kim/);
    expect((await user('password', 'anna@example.com')).code).toBe(0);
  });

  test('lets failed runs go on, and what they wrote is not written again', async () => {
    await migrate(database.url);
    const published = await publishFlow(database.url, FlowDocument.parse(webhookFlow()), 'call');
    const running = await startEngine(database.url);
    const client = new pg.Client(database.url);
    await client.connect();
    const statuses = async () =>
      (await client.query<{ status: string }>('select status from run order by id')).rows.map((row) => row.status);
    try {
      answer = 422;
      for (const number of ['1', '2', '3'])
        await fetch(`${running.hooks}/${published.token}`, { method: 'POST', body: JSON.stringify({ number }) });
      await until(async () => (await statuses()).every((status) => status === 'failed'));
      answer = 201;
      const { rows } = await client.query<{ id: string }>('select id from run order by id limit 1');
      const one = await runCommand(['replay', rows[0]?.id ?? ''], env);
      expect(one).toMatchObject({ code: 0, out: ['{"replayed":1,"skipped":0,"unknown":0}'] });
      await until(async () => (await statuses())[0] === 'succeeded');
      const counted = await runCommand(
        ['replay', '--failed', '--flow', published.flow, '--since', '1h', '--dry-run'],
        env,
      );
      expect(counted.out).toEqual(['{"found":2}']);
      const rest = await runCommand(['replay', '--failed', '--flow', published.flow], env);
      expect(rest.out).toEqual(['{"replayed":2,"skipped":0,"unknown":0}']);
      await until(async () => (await statuses()).every((status) => status === 'succeeded'));
      const again = await runCommand(['replay', '--failed', '--flow', published.flow, '--since', '2030-01-01'], env);
      expect(again.out).toEqual(['{"replayed":0,"skipped":0,"unknown":0}']);
      const nobody = await runCommand(['replay', '00000000-0000-4000-8000-000000000000'], env);
      expect(nobody).toMatchObject({ code: 1, out: ['{"replayed":0,"skipped":0,"unknown":1}'] });
    } finally {
      await client.end();
      await running.stop();
      posts.splice(0);
    }
  });

  test('runs a flow over a customer’s stored connections, named by their titles, and keeps what it wrote', async () => {
    await migrate(database.url);
    const host = await startPracticeHost();
    const bytes = Buffer.alloc(32, 3);
    const stored = { ...env, MASTER_KEY: bytes.toString('base64') };
    const customer = await storeConnections(database.url, bytes, host);
    const flow = await file('template.json', builtInTemplates.find((each) => each.id === 'orders-to-erp')?.flow);
    const order = host.shop.placeOrder({ set_paid: true, line_items: [{ sku: 'MUGG-BLA', quantity: 2 }] });
    const args = ['run', flow, '--input', '-', '--param', 'shop=Butiken', '--param', 'erp=Boken'];
    const run = (...more: string[]) => runCommand([...args, ...more], stored, `"${order.id}"`);
    try {
      expect((await run('--tenant', '999')).notes).toEqual(['--tenant: there is no customer 999']);
      const dry = await run('--tenant', String(customer));
      expect(events(dry).at(-1)).toMatchObject({ type: 'write.unsent', capability: 'customers.create' });
      expect(await run('--tenant', String(customer), '--live')).toMatchObject({ code: 0, notes: [] });
      expect((await run('--tenant', String(customer), '--live')).code).toBe(0);
      expect(host.erp.ledger().counts.orders).toBe(1);
      const another = { ...stored, MASTER_KEY: Buffer.alloc(32).toString('base64') };
      const other = await runCommand([...args, '--tenant', String(customer)], another, '"1"');
      expect(other).toMatchObject({ code: 1, notes: [expect.stringMatching(/sealed with master key/)] });
    } finally {
      await host.close();
    }
  });

  test('checks, lists and runs with the plugins that a customer has installed', async () => {
    await migrate(database.url);
    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query<{ id: number }>(
      "insert into tenant (name, package) values ('Plugged AB', 'premium') returning id",
    );
    await client.end();
    const stored = { ...env, MASTER_KEY: Buffer.alloc(32, 3).toString('base64') };
    const tenant = ['--tenant', String(rows[0]?.id)];
    expect((await runCommand(['plugin', 'install', 'nodes/plugins/ean-check', ...tenant], stored)).code).toBe(0);
    expect((await runCommand(['nodes', 'ean-check.check', ...tenant], stored)).code).toBe(0);
    const flow = await file('codes.json', {
      format: 1,
      name: 'Codes',
      nodes: [
        { id: 'call', type: 'core.manual', version: 1, config: {} },
        { id: 'check', type: 'ean-check.check', version: 1, config: {} },
      ],
      wires: [{ from: 'call.body', to: 'check.code' }],
    });
    expect((await runCommand(['check', flow], stored)).code).toBe(1);
    expect((await runCommand(['check', flow, ...tenant], stored)).code).toBe(0);
    expect((await runCommand(['check', flow, '--tenant', '99999'], stored)).notes).toEqual([
      '--tenant: there is no customer 99999',
    ]);
    const ran = await runCommand(['run', flow, '--input', '-', ...tenant], stored, '"7310865004703"');
    expect(ran.code).toBe(0);
    expect(events(ran)).toContainEqual(expect.objectContaining({ type: 'step.succeeded', step: 'check' }));
  });

  test('says in one line that it cannot be reached', async () => {
    const { code, out, notes } = await runCommand(['user', 'list'], {
      ...env,
      DATABASE_URL: 'postgres://nobody:secret@127.0.0.1:1/none',
    });
    expect({ code, out }).toEqual({ code: 1, out: [] });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toMatch(/^DATABASE_URL: .*ECONNREFUSED/);
    expect(notes[0]).not.toContain('secret');
    const wrong = await runCommand(['migrate'], { DATABASE_URL: 'mysql://x' });
    expect(wrong).toMatchObject({ code: 2, notes: [expect.stringMatching(/^DATABASE_URL: must be a URL/)] });
  });
});

describe('with the embedded database', () => {
  test('starts it for as long as a command takes, and leaves alone what a running Weft has', async () => {
    const dataDir = path.join(directory, 'embedded');
    const env = { DATA_DIR: dataDir };
    const none = await runCommand(['user', 'list'], env);
    expect(none).toMatchObject({ code: 1, notes: [expect.stringMatching(/no database in .*embedded/)] });
    expect(existsSync(dataDir)).toBe(false);
    expect((await runCommand(['migrate'], env)).code).toBe(0);
    const data = path.join(dataDir, 'postgres', 'data');
    const left = existsSync(data) ? await readPostmaster(data) : undefined;
    expect(left !== undefined && isPostgresOn(data, left.pid)).toBe(false);
    expect((await runCommand(['user', 'list'], env)).out[0]).toMatch(/^EMAIL/);
    const lock = lockDataDir(dataDir);
    try {
      const refused = await runCommand(['user', 'list'], env);
      expect(refused).toMatchObject({ code: 1, notes: [expect.stringMatching(/^Weft already runs on /)] });
    } finally {
      lock.release();
    }
  });
});
