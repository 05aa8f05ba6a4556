import pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { PluginDocument } from '#runtime/plugin.ts';
import { pluginSkeleton } from '#runtime/plugin-skeleton.ts';
import { createGuests, type Guests } from '#server/guests.ts';
import type { Mail } from '#server/mail/mailer.ts';
import { createStoppedCodeMails } from '#server/stopped-code.ts';
import { createTestDatabase } from '#test/support/database.ts';
import { prepareDatabase, publishFlow, startEngine, type TestEngine } from '#test/support/engine.ts';
import { until } from '#test/support/until.ts';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let running: TestEngine;
let guests: Guests;
let owner: pg.Client;
const mails: Mail[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  await prepareDatabase(database.url);
  owner = new pg.Client(database.url);
  await owner.connect();
  running = await startEngine(database.url, {
    surroundings: async ({ pools }) => {
      const mailer = { send: async (mail: Mail) => void mails.push(mail), close: () => undefined };
      const log = pino({ level: 'silent' });
      const switchedOff = createStoppedCodeMails({ pool: pools.app, mailer, publicUrl: 'https://weft.example', log });
      guests = createGuests({ pool: pools.app, processes: 2, log, switchedOff });
      return {
        connections: { open: fail, send: fail, plain: () => fail },
        guests,
        redact: (_tenant, text) => text,
        ensureWebhook: async () => undefined,
        watched: () => false,
        committed: () => undefined,
        stored: () => undefined,
        stop: guests.stop,
      };
    },
  });
});
const fail = (): Promise<never> => Promise.reject(new Error('nothing is called here'));

afterAll(async () => {
  await running?.stop();
  await owner?.end();
  await database?.drop();
});

async function publish(
  nodes: readonly { id: string; type: string; config: object }[],
  wires: readonly [string, string][],
  tenant?: number,
) {
  const document = FlowDocument.parse({
    format: 1,
    name: 'Code',
    nodes: [
      { id: 'call', type: 'core.webhook', version: 1, config: { signature: 'none', recordId: 'number' } },
      ...nodes.map((node) => ({ version: 1, ...node })),
      { id: 'answer', type: 'core.respond', version: 1, config: { status: 200, body: '{{ value }}' } },
    ],
    wires: wires.map(([from, to]) => ({ from, to })),
  });
  return publishFlow(database.url, document, 'call', tenant);
}

async function call(token: string, body: object): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${running.hooks}/${token}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const isJson = response.headers.get('content-type')?.includes('json');
  return { status: response.status, body: isJson && /^[[{]/.test(text) ? JSON.parse(text) : text };
}

interface Ended {
  readonly status: string;
  readonly failure: {
    readonly code: string;
    readonly message: string;
    readonly details?: { readonly line?: number };
  } | null;
}

async function lastRun(flow: string): Promise<Ended> {
  const { rows } = await owner.query<{ status: string; failure: string | null }>(
    'select status, failure::text from run where flow_id = $1 order by received_at desc limit 1',
    [flow],
  );
  const [row] = rows;
  return { status: row?.status ?? '', failure: row?.failure ? JSON.parse(row.failure) : null };
}

const codeFlow = (code: string, tenant?: number) =>
  publish(
    [{ id: 'own', type: 'core.code', config: { code } }],
    [
      ['call.body', 'own.value'],
      ['own.value', 'answer.value'],
    ],
    tenant,
  );

test('a code step works on the value, in a run like any other', async () => {
  const { token } = await codeFlow(
    'export default { run(order: { n: number }) { return { double: order.n * 2, odd: `{{ x }}` }; } }',
  );
  expect(await call(token, { number: '1', n: 21 })).toEqual({ status: 200, body: { double: 42, odd: '{{ x }}' } });
});

test('a code step that fails fails its run, with the line in the author’s text', async () => {
  const { token, flow } = await codeFlow('function run(order) {\n  return order.customer.email;\n}\n');
  await call(token, { number: '2' });
  const run = await until(async () => {
    const last = await lastRun(flow);
    return last.status === 'failed' ? last : undefined;
  });
  expect(run.failure).toMatchObject({ code: 'CODE_FAILED', details: { line: 2 } });
});

test('code that had to be stopped three times is switched off, its customer can see why, and it can be given another chance', async () => {
  const { token, flow, tenant } = await codeFlow('function run() { for (;;); }');
  for (const [email, role] of [
    ['boss@example.se', 'customer-admin'],
    ['clerk@example.se', 'customer'],
  ])
    await owner.query(
      `with person as (insert into app_user (email, name, role, language, password_hash) values ($1, $1, $2, 'sv', '') returning id)
        insert into membership (tenant_id, user_id) select $3, id from person`,
      [email, role, tenant],
    );
  const codes: (string | undefined)[] = [];
  for (let n = 0; n < 4; n++) {
    await call(token, { number: `loop-${n}` });
    await until(async () => {
      const { rows } = await owner.query("select 1 from run where flow_id = $1 and status = 'failed'", [flow]);
      return rows.length === n + 1;
    });
    codes.push((await lastRun(flow)).failure?.code);
  }
  expect(codes).toEqual(['CODE_STOPPED', 'CODE_STOPPED', 'CODE_OFF', 'CODE_OFF']);
  const [off] = await guests.strikes.list(tenant);
  expect(off?.program).toMatch(/^code [0-9a-f]{12}$/);
  await until(() => mails.length > 0);
  expect(mails.map(({ to, subject }) => [to, subject])).toEqual([
    ['boss@example.se', 'Kod har slagits av för Test AB i Weft'],
  ]);
  expect(mails[0]?.text).toContain(`https://weft.example/a/${tenant}`);
  const told = await owner.query(
    "select actor, subject from audit_line where tenant_id = $1 and action = 'plugin.off'",
    [tenant],
  );
  expect(told.rows).toEqual([{ actor: 'Weft', subject: off?.program }]);
  expect(await guests.strikes.forgive(tenant, off?.program ?? '')).toBe(true);
  expect(await guests.strikes.list(tenant)).toEqual([]);
});

test.each([
  ['at once', 'function run() { while (true) {} }'],
  ['after a wait', 'async function run() { await 0; while (true) {} }'],
])('code that loops %s holds up no other flow: theirs are through while it is still being stopped', async (_, code) => {
  const quick = 'function run(order) { return order.n; }';
  const [loop, own] = [await codeFlow(code), await codeFlow(quick)];
  const same = await codeFlow(quick, loop.tenant);
  const n = (flow: { token: string }) => call(flow.token, { number: crypto.randomUUID(), n: 7 });
  for (const flow of [own, same]) expect((await n(flow)).body).toBe('7');
  const loops = Promise.all(Array.from({ length: 8 }, () => n(loop))).then(() => 'the loops');
  const others = Promise.all([n(own), n(same)]);
  expect(await Promise.race([loops, others])).toEqual([
    { status: 200, body: '7' },
    { status: 200, body: '7' },
  ]);
  await loops;
  const { rows } = await until(async () => {
    const ended = await owner.query<{ code: string }>(
      "select failure::json->>'code' as code from run where flow_id = $1 and status = 'failed' order by 1",
      [loop.flow],
    );
    return ended.rows.length === 8 ? ended : undefined;
  });
  // after the third stop none is begun any more
  expect(rows.map((row) => row.code)).toEqual([...Array(6).fill('CODE_OFF'), 'CODE_STOPPED', 'CODE_STOPPED']);
});

test('expressions fill any field, all of a step in one crossing, and a plain path in none', async () => {
  const config = {
    fields: [
      { to: 'sum', value: { $expr: '$sum(value.lines.(price * quantity))' } },
      { to: 'skus', value: { $expr: '$join(value.lines.sku, "-")' } },
      { to: 'first', value: { $expr: 'value.lines.sku' } },
      { to: 'missing', value: { $expr: '$uppercase(value.missing)' } },
    ],
  };
  const { token } = await publish(
    [
      {
        id: 'only',
        type: 'core.filter',
        config: { conditions: [{ left: { $expr: '$count(value.lines) > 1' }, operator: 'equals', right: true }] },
      },
      { id: 'map', type: 'core.map', config },
    ],
    [
      ['call.body', 'only.value'],
      ['only.value', 'map.value'],
      ['map.record', 'answer.value'],
    ],
  );
  const lines = [
    { sku: 'A', price: 10, quantity: 2 },
    { sku: 'B', price: 5, quantity: 1 },
  ];
  expect((await call(token, { number: '3', lines })).body).toEqual({ sum: 25, skus: 'A-B', first: ['A', 'B'] });
});

test('an expression that cannot be worked out fails its run by name', async () => {
  const { token, flow } = await publish(
    [{ id: 'map', type: 'core.map', config: { fields: [{ to: 'a', value: { $expr: '$sum("x")' } }] } }],
    [
      ['call.body', 'map.value'],
      ['map.record', 'answer.value'],
    ],
  );
  await call(token, { number: '4' });
  const run = await until(async () => {
    const last = await lastRun(flow);
    return last.status === 'failed' ? last : undefined;
  });
  expect(run.failure?.code).toBe('CODE_FAILED');
  expect(run.failure?.message).toMatch(/expression 1/);
});

test('a node of a plugin runs in its version, keeps what it is told to, asks for tables, and fails by its own rules', async () => {
  const { token, flow, tenant } = await publish(
    [{ id: 'greet', type: 'greeter.greet', config: { greeting: 'Hej' } }],
    [
      ['call.body', 'greet.name'],
      ['greet.text', 'answer.value'],
    ],
  );
  const about = pluginSkeleton('greeter', 'Greeter').about as unknown as PluginDocument;
  const code = `export default { 'greeter.greet': { async run({ name, config }, ctx) {
    const count = ((await ctx.state.get('count')) ?? 0) + 1;
    await ctx.state.set('count', count);
    ctx.log('greeting number', count);
    if (name.stray) await ctx.http({ url: 'https://stray.example/' });
    return name.wrong ? { text: 7 } : { text: config.greeting + ' ' + (await ctx.lookup('titles', name.key)) + ' ' + count };
  } } };`;
  const [node] = about.nodes as [PluginDocument['nodes'][number]];
  const inputs = [{ ...node.inputs[0], type: 'any' }];
  const document = {
    ...about,
    code,
    tables: { titles: { a: 'Anna' } },
    hosts: ['api.example.com'],
    nodes: [{ ...node, inputs }],
  };
  await owner.query('insert into plugin (tenant_id, id, active_version) values ($1, $2, $3)', [
    tenant,
    'greeter',
    '0.1.0',
  ]);
  await owner.query(
    "insert into plugin_version (tenant_id, plugin_id, version, document, installed_by) values ($1, 'greeter', '0.1.0', $2, 'test')",
    [tenant, JSON.stringify(document)],
  );
  await owner.query(`update flow_version set plugins = '{"greeter":"0.1.0"}' where flow_id = $1`, [flow]);
  expect((await call(token, { number: '1', key: 'a' })).body).toBe('Hej Anna 1');
  expect((await call(token, { number: '2', key: 'b' })).body).toBe('Hej null 2');
  const failureOf = async (body: object) => {
    await call(token, body);
    return until(async () => {
      const { failure } = await lastRun(flow);
      return failure ?? undefined;
    });
  };
  expect(await failureOf({ number: '3', wrong: true })).toMatchObject({ code: 'OUTPUT_INVALID' });
  expect((await failureOf({ number: '4', stray: true })).message).toMatch(
    /stray.example is not one of the plugin’s hosts/,
  );
});
