import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowDocument } from '#runtime/flow.ts';
import type { PluginDocument } from '#runtime/plugin.ts';
import { pluginSkeleton } from '#runtime/plugin-skeleton.ts';
import { createPlans } from '#server/adapters/pg-flows.ts';
import { starterPlugins } from '#server/adapters/plugin-folder.ts';
import type { Client } from '../support/client.ts';
import { catalog, startWeb, type TestWeb } from '../support/web.ts';

let web: TestWeb;
let tenant: number;
let kam: Client;
let at: string;
beforeAll(async () => {
  web = await startWeb();
  tenant = await web.tenant('Plug AB', 'premium');
  kam = await web.person('kam', [tenant]);
  at = `/api/tenants/${tenant}`;
});
afterAll(() => web.stop());

/** The plugin of the skeleton, with some of it changed, into nonsense too. */
function greeter(version = '1.0.0', change: (plugin: PluginDocument) => object = () => ({})): PluginDocument {
  const { about, code } = pluginSkeleton('greeter', 'Greeter');
  const plugin = { ...(about as unknown as PluginDocument), code, version };
  return { ...plugin, ...change(plugin) };
}

const flow = (name: string) => ({
  format: 1,
  name,
  nodes: [
    { id: 'call', type: 'core.manual', version: 1, config: {} },
    { id: 'greet', type: 'greeter.greet', version: 1, config: { greeting: 'Hej' } },
  ],
  wires: [{ from: 'call.body', to: 'greet.name' }],
});

test('a plugin is taken when its examples hold, and then is a node of that customer’s like any other', async () => {
  const answer = await kam.ask('POST', `${at}/plugins`, greeter());
  expect(answer.status).toBe(201);
  expect(answer.body).toMatchObject({ id: 'greeter', version: '1.0.0', nodes: ['greeter.greet'], usedBy: [] });
  const nodes = (await kam.ask('GET', `${at}/catalog`)).body.nodes as {
    type: string;
    feature: string;
    group: string;
  }[];
  expect(nodes.find(({ type }) => type === 'greeter.greet')).toMatchObject({
    group: 'plugin',
    feature: 'plugins',
    inputs: [{ name: 'name', type: 'text' }],
  });
  const other = await web.tenant('Other', 'premium');
  const theirs = await web.person('kam', [other]);
  const seen = (await theirs.ask('GET', `/api/tenants/${other}/catalog`)).body.nodes as { type: string }[];
  expect(seen.some(({ type }) => type === 'greeter.greet')).toBe(false);
});

const coded = (code: string): PluginDocument => greeter('2.0.0', () => ({ code }));

test.each([
  [
    'an example that does not hold',
    greeter('2.0.0', ({ examples }) => ({
      examples: examples.map((example) => ({ ...example, output: { text: 'Bye' } })),
    })),
    /example “A name”: answered .*Hello Anna/,
  ],
  ['code that does not compile', coded('export default {\n  run( {\n'), /code: line \d/],
  [
    'code without a run function for its node',
    coded('export default { other: { run() {} } };'),
    /offers nothing with a run function for greeter.greet/,
  ],
  ['code that never ends', coded('for (;;);'), /took too long/],
  [
    'a port type nobody knows',
    greeter('2.0.0', ({ nodes }) => ({
      nodes: nodes.map((node) => ({ ...node, inputs: [{ ...node.inputs[0], type: 'Spaceship' }] })),
    })),
    /no type “Spaceship”/,
  ],
  ['an answer at a port it does not have', coded('export default { run: () => ({ other: 1 }) };'), /OUTPUT_INVALID/],
])('a plugin is refused for %s', async (_, plugin, why) => {
  const answer = await kam.ask('POST', `${at}/plugins`, plugin);
  expect([answer.status, answer.body.error?.code]).toEqual([422, 'PLUGIN_FAULTY']);
  expect(answer.body.error.message).toMatch(why);
});

test.each([
  ['with an unknown key', { ...greeter(), evil: 1 }],
  ['with fewer than two examples a node', greeter('1.0.0', ({ examples }) => ({ examples: examples.slice(1) }))],
  [
    'whose node is not its own',
    greeter('1.0.0', ({ nodes }) => ({ nodes: nodes.map((node) => ({ ...node, type: 'core.map' })) })),
  ],
  ['with a host that is an address', { ...greeter(), hosts: ['127.0.0.1'] }],
  [
    'with a pattern in its form',
    greeter('1.0.0', ({ nodes }) => ({
      nodes: nodes.map((node) => ({
        ...node,
        config: { properties: { a: { type: 'string', title: 'A', titleSv: 'A', pattern: '(a+)+$' } } },
      })),
    })),
  ],
])('a document %s is not even tried', async (_, plugin) => {
  expect((await kam.ask('POST', `${at}/plugins`, plugin)).status).toBe(400);
});

test('a flow keeps the version it was published with; a newer one is active for the next publishing, and an older can be again', async () => {
  const made = await web.flows.create(tenant, FlowDocument.parse(flow('Greets')));
  const by = { author: 'kam', mayUnsigned: false };
  await web.flows.publish(tenant, made.id, { revision: 1, note: '', on: true }, by);
  const second = greeter('1.1.0', ({ code, examples }) => ({
    // biome-ignore lint/suspicious/noTemplateCurlyInString: text of a program
    code: code.replace('} ${input.name}`', '}, ${input.name}!`'),
    examples: examples.map((example) => ({
      ...example,
      output: { text: `${String(example.output?.['text']).replace(' ', ', ')}!` },
    })),
  }));
  expect((await kam.ask('POST', `${at}/plugins`, second)).body.version).toBe('1.1.0');
  const plans = createPlans(web.pools.engine, catalog);
  const versionOf = async (version: number): Promise<string> =>
    (await plans.load(tenant, made.id, version)).byId.get('greet')?.node.sandbox?.({}).program.name ?? '';
  expect(await versionOf(1)).toBe('greeter 1.0.0');
  await web.flows.publish(tenant, made.id, { revision: 1, note: '', on: true }, by);
  expect(await versionOf(2)).toBe('greeter 1.1.0');
  await web.flows.rollback(tenant, made.id, { version: 1, note: '' }, by);
  expect(await versionOf(3)).toBe('greeter 1.0.0');
  expect((await kam.ask('PUT', `${at}/plugins/greeter/version`, { version: '1.0.0' })).body.version).toBe('1.0.0');
  expect((await kam.ask('PUT', `${at}/plugins/greeter/version`, { version: '9.0.0' })).status).toBe(404);
});

test('the same version with another content is refused', async () => {
  const answer = await kam.ask(
    'POST',
    `${at}/plugins`,
    greeter('1.0.0', ({ code }) => ({ code: `${code}\n` })),
  );
  expect([answer.status, answer.body.error?.code]).toEqual([409, 'VERSION_TAKEN']);
});

test('a plugin that flows use cannot be removed, and the refusal names them; afterwards nothing of it is left', async () => {
  const refused = await kam.ask('DELETE', `${at}/plugins/greeter`);
  expect([refused.status, refused.body.error?.code]).toEqual([409, 'PLUGIN_USED']);
  expect(refused.body.error.message).toContain('Greets');
  await web.owner.query('delete from flow where tenant_id = $1', [tenant]);
  expect((await kam.ask('DELETE', `${at}/plugins/greeter`)).status).toBe(204);
  expect((await kam.ask('GET', `${at}/plugins`)).body.plugins).toEqual([]);
});

test('what was done stands in the audit log', async () => {
  const { rows } = await web.owner.query<{ action: string }>(
    "select action from audit_line where tenant_id = $1 and kind = 'plugin' order by seq",
    [tenant],
  );
  expect(rows.map(({ action }) => action)).toEqual([
    'plugin.install',
    'plugin.install',
    'plugin.version',
    'plugin.remove',
  ]);
});

test('a package below 800 has no plugins: neither to install nor to publish', async () => {
  const small = await web.tenant('Small', '400');
  const person = await web.person('kam', [small]);
  const answer = await person.ask('POST', `/api/tenants/${small}/plugins`, greeter());
  expect([answer.status, answer.body.error?.code]).toEqual([403, 'PACKAGE_NEEDED']);
});

test.each(['customer', 'customer-admin', 'partner', 'support'] as const)('%s may not install code', async (role) => {
  const person = await web.person(role, [tenant]);
  expect([403, 404]).toContain((await person.ask('POST', `${at}/plugins`, greeter())).status);
});

test('five plugins come with Weft, and each can be installed as it is', async () => {
  const starters = await starterPlugins();
  expect(starters.map(({ id }) => id)).toEqual([
    'ean-check',
    'erp-fields',
    'freight-rule',
    'line-merge',
    'sku-rewrite',
  ]);
  const offered = (await kam.ask('GET', `${at}/plugins`)).body.starters as { id: string }[];
  expect(offered).toHaveLength(5);
  for (const { id } of offered) expect((await kam.ask('POST', `${at}/plugins/starters/${id}`)).status).toBe(201);
});

test('code and expressions that cannot be read are named before a flow is published', async () => {
  const document = FlowDocument.parse({
    format: 1,
    name: 'Bad code',
    nodes: [
      { id: 'call', type: 'core.manual', version: 1, config: {} },
      { id: 'own', type: 'core.code', version: 1, config: { code: 'function run() {\n  return 1 +;\n}' } },
      { id: 'set', type: 'core.set', version: 1, config: { fields: [{ to: 'a', value: { $expr: '$sum(' } }] } },
    ],
    wires: [
      { from: 'call.body', to: 'own.value' },
      { from: 'own.value', to: 'set.value' },
    ],
  });
  const made = await web.flows.create(tenant, document);
  const { problems } = await web.flows.read(tenant, made.id);
  expect(
    problems.filter(({ code }) => code === 'CODE_FAILED').map(({ step, field, message }) => [step, field, message.en]),
  ).toEqual([
    ['own', 'code', expect.stringMatching(/line 2/)],
    ['set', 'fields[0].value', expect.stringMatching(/sign/)],
  ]);
  const publishing = web.flows.publish(
    tenant,
    made.id,
    { revision: 1, note: '', on: true },
    { author: 'k', mayUnsigned: false },
  );
  await expect(publishing).rejects.toMatchObject({ code: 'CODE_FAILED' });
});
