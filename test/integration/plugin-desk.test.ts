import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PluginDocument } from '#runtime/plugin.ts';
import { pluginSkeleton } from '#runtime/plugin-skeleton.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let kam: Client;
let at: string;
beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Desk AB', '800');
  kam = await web.person('kam', [tenant]);
  at = `/api/tenants/${tenant}/plugins`;
});
afterAll(() => web.stop());

const { about, code } = pluginSkeleton('greeter', 'Greeter');
const draft = { ...(about as unknown as PluginDocument), code };
const unfinished = (text: string, more: object = {}) => {
  const { locales: _, ...working } = about;
  return { ...working, examples: [], code: text, ...more };
};
const tried = (text: string, rest: object = {}) =>
  kam.ask('POST', `${at}/try`, {
    plugin: unfinished(text),
    node: 'greeter.greet',
    config: { greeting: 'Hej' },
    input: { name: 'Åsa' },
    ...rest,
  });
const body = (inner: string) => `export default { 'greeter.greet': { async run(input, ctx) { ${inner} } } };`;

test('a draft is saved on top of what its author saw, or refused, and the page is told what is there', async () => {
  expect((await kam.ask('GET', `${at}/greeter/draft`)).status).toBe(404);
  const first = await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 0, document: draft });
  expect([first.status, first.body.revision]).toEqual([200, 1]);
  const second = await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 1, document: { ...draft, hosts: [] } });
  expect(second.body.revision).toBe(2);
  for (const basedOn of [0, 1, 3]) {
    const stale = await kam.ask('PUT', `${at}/greeter/draft`, { basedOn, document: { id: 'mine' } });
    expect([basedOn, stale.status, stale.body.error.code]).toEqual([basedOn, 409, 'STALE']);
  }
  const stored = (await kam.ask('GET', `${at}/greeter/draft`)).body;
  expect(stored).toMatchObject({ id: 'greeter', revision: 2, document: { id: 'greeter' } });
  expect((await kam.ask('GET', at)).body.drafts).toMatchObject([
    { id: 'greeter', title: { sv: 'Greeter' }, revision: 2 },
  ]);
});

test('a draft that is no plugin yet is kept, and not published', async () => {
  await kam.ask('PUT', `${at}/half/draft`, { basedOn: 0, document: { id: 'half', code: 'export default {' } });
  const refused = await kam.ask('POST', `${at}/half/draft/publish`, { revision: 1 });
  expect([refused.status, refused.body.error.code]).toEqual([400, 'INPUT_INVALID']);
  expect((await kam.ask('DELETE', `${at}/half/draft`)).status).toBe(204);
  expect((await kam.ask('DELETE', `${at}/half/draft`)).status).toBe(404);
  const late = await kam.ask('PUT', `${at}/half/draft`, { basedOn: 1, document: { id: 'half' } });
  expect([late.status, late.body.error.code]).toEqual([409, 'STALE']);
});

test('a draft whose examples do not hold is not published; one whose do is a version, and nothing is being written any more', async () => {
  const wrong = { ...draft, code: code.replace('greeting}', 'greeting}!') };
  await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 2, document: wrong });
  const refused = await kam.ask('POST', `${at}/greeter/draft/publish`, { revision: 3 });
  expect([refused.status, refused.body.error.code]).toEqual([422, 'PLUGIN_FAULTY']);
  await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 3, document: draft });
  const stale = await kam.ask('POST', `${at}/greeter/draft/publish`, { revision: 3 });
  expect([stale.status, stale.body.error.code]).toEqual([409, 'STALE']);
  const published = await kam.ask('POST', `${at}/greeter/draft/publish`, { revision: 4 });
  expect([published.status, published.body.version]).toEqual([201, '0.1.0']);
  expect((await kam.ask('GET', at)).body.drafts).toEqual([]);
  const next = (await kam.ask('GET', `${at}/greeter/draft`)).body;
  expect(next).toMatchObject({ revision: 5, changedAt: null, document: { version: '0.1.0' } });
  const again = await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 5, document: { ...draft, version: '0.2.0' } });
  expect(again.body.revision).toBe(6);
});

test('the plugin in the draft must be the one the draft is called by', async () => {
  const other = { ...draft, id: 'else', nodes: draft.nodes, version: '1.0.0' };
  const renamed = JSON.parse(JSON.stringify(other).replaceAll('greeter.', 'else.')) as object;
  await kam.ask('PUT', `${at}/greeter/draft`, { basedOn: 6, document: renamed });
  const refused = await kam.ask('POST', `${at}/greeter/draft/publish`, { revision: 7 });
  expect([refused.status, refused.body.error.field]).toEqual([400, 'id']);
});

test('a trial tells what came out, what was logged, and what it took', async () => {
  const { status, body: trial } = await tried(
    body("ctx.log('said', input.name); return { text: 'Hej ' + input.name };"),
  );
  expect(status).toBe(200);
  expect(trial).toMatchObject({ output: { text: 'Hej Åsa' }, log: ['said Åsa'] });
  expect(trial.failure).toBeUndefined();
  expect(trial.ms).toBeGreaterThan(0);
  expect(trial.used.cpuMs).toBeGreaterThanOrEqual(0);
  expect(trial.used.bytes).toBeGreaterThan(100_000);
});

test('a trial that throws names the line in its author’s text, and keeps what was logged before', async () => {
  const text = body("\n  ctx.log('before');\n  return input.lines.length;\n");
  const { failure, log } = (await tried(text)).body;
  expect(log).toEqual(['before']);
  expect(failure).toMatchObject({ code: 'CODE_FAILED', line: 3 });
  expect(failure.message).toMatch(/^TypeError: Cannot read properties/);
});

test.each([
  ['an answer at no port of its own', body('return { other: 1 };'), {}, 'OUTPUT_INVALID', /other/],
  ['an input of another type', body('return {};'), { input: { name: 7 } }, 'INPUT_INVALID', /^name: /],
  [
    'a setting of another type',
    body('return {};'),
    { config: { greeting: 7 } },
    'INPUT_INVALID',
    /^config\.greeting: /,
  ],
  [
    'a request, where the node says it has no effect',
    body("await ctx.http({ url: 'https://api.example.com/' });"),
    {},
    'CODE_FAILED',
    /not one of|no effect/,
  ],
  ['code that cannot be read', 'export default {', {}, 'CODE_FAILED', /./],
])('a trial fails for %s', async (_, text, rest, code, message) => {
  const { status, body: trial } = await tried(text, rest);
  expect([status, trial.failure?.code]).toEqual([200, code]);
  expect(trial.failure.message).toMatch(message);
});

test('a trial sends nothing that changes anything, also where the plugin may', async () => {
  const plugin = unfinished(body("await ctx.http({ method: 'POST', url: 'https://api.example.com/', body: {} });"), {
    hosts: ['api.example.com'],
    nodes: draft.nodes.map((node) => ({ ...node, effect: 'write' })),
  });
  const { body: trial } = await tried('', { plugin });
  expect(trial.failure).toMatchObject({
    code: 'CODE_FAILED',
    message: expect.stringMatching(/a trial only reads, so POST was not sent/),
  });
});

test('code without end is stopped, and after three times switched off by its text until somebody allows it', async () => {
  const endless = body('while (true) {}');
  const codes: string[] = [];
  // a machine without time says so instead, and that counts for nothing
  await until(async () => {
    const { failure } = (await tried(endless)).body;
    if (failure) codes.push(failure.code);
    return failure?.code === 'CODE_OFF';
  }, 60_000);
  expect(codes).toEqual(['CODE_STOPPED', 'CODE_STOPPED', 'CODE_OFF']);
  const [stopped] = (await kam.ask('GET', at)).body.stopped as { program: string }[];
  expect(stopped?.program).toMatch(/^draft of greeter [0-9a-f]{12}$/);
  expect((await tried(body("return { text: 'x' };"))).body.output).toEqual({ text: 'x' });
  expect((await kam.ask('POST', `${at}/allow`, { program: stopped?.program })).status).toBe(204);
}, 90_000);

test('all examples run, and each that does not hold says what came instead', async () => {
  const { locales: _, ...working } = draft;
  const wrong = { ...working, code: code.replace('greeting}', 'greeting}!') };
  const { examples, faults } = (await kam.ask('POST', `${at}/examples`, { plugin: wrong })).body;
  expect(faults).toEqual([]);
  expect(examples).toMatchObject([
    { title: 'A name', output: { text: 'Hello! Anna' }, fault: expect.stringContaining('and not') },
    { title: 'Another greeting', output: { text: 'Hej! Anna' } },
  ]);
  const held = (await kam.ask('POST', `${at}/examples`, { plugin: working })).body;
  expect(held.examples.map(({ fault }: { fault: null }) => fault)).toEqual([null, null]);
  const broken = (await kam.ask('POST', `${at}/examples`, { plugin: { ...working, code: 'let a =' } })).body;
  expect(broken.faults[0]).toMatch(/^code: line 1/);
});

test('the code of a step is tried as it stands in the flow; a step without code is refused', async () => {
  const step = {
    type: 'core.code',
    config: { code: 'function run(order) { return { ...order, count: order.lines.length }; }' },
  };
  const trial = await kam.ask('POST', `${at}/try-step`, { ...step, input: { value: { lines: [1, 2] } } });
  expect(trial.body.output).toEqual({ value: { lines: [1, 2], count: 2 } });
  const none = await kam.ask('POST', `${at}/try-step`, { type: 'core.log', config: {}, input: {} });
  expect([none.status, none.body.error.field]).toEqual([400, 'type']);
});

test('the types tell of every shape a port can have a name for, and of ctx', async () => {
  const { text } = (await kam.ask('GET', `${at}/types`)).body;
  for (const name of ['Order', 'Customer', 'Product', 'StockLevel', 'Price', 'Shipment', 'Money', 'WeftContext'])
    expect(text).toMatch(new RegExp(`^interface ${name} {`, 'm'));
  expect(text).toContain('lines: Array<OrderLine>;');
});

test('a smaller package tries nothing', async () => {
  const small = await web.tenant('Small', '400');
  const person = await web.person('kam', [small]);
  const step = { type: 'core.code', config: { code: 'function run() {}' }, input: { value: 1 } };
  for (const [route, asked] of [
    ['try', { plugin: unfinished(code), node: 'greeter.greet', input: { name: 'A' } }],
    ['try-step', step],
    ['examples', { plugin: unfinished(code) }],
  ] as const) {
    const answer = await person.ask('POST', `/api/tenants/${small}/plugins/${route}`, asked);
    expect([route, answer.status, answer.body.error?.code]).toEqual([route, 403, 'PACKAGE_NEEDED']);
  }
});
