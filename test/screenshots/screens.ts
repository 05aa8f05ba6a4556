import type { Page, Request } from 'playwright-core';
import type { FlowDocument } from '#runtime/flow.ts';
import type { ConnectionList, FlowList, RunList } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import type { PracticeClient } from '../support/practice-client.ts';
import { until } from '../support/until.ts';

/** One picture: where it is, and what is done there before it is taken. */
export interface Screen {
  readonly name: string;
  /** Under the account's address, or whole when it begins with a slash. */
  readonly path: string;
  readonly before?: (page: Page) => Promise<void>;
  /** For whoever is not signed in. */
  readonly outside?: true;
  /** A drawing: there is none on a phone. */
  readonly wide?: true;
  /** What a phone has in its place. */
  readonly narrow?: true;
}

/** Ids of things that the demo has, or that were made for the pictures. */
export interface Demo {
  readonly flow: string;
  /** A draft with a group, a note and something wrong; two versions of it were live. */
  readonly drawn: string;
  /** On for two test records only. */
  readonly tried: string;
  readonly blank: string;
  /** The same of the customer with package 100. */
  readonly small: string;
  readonly connection: string;
  readonly plugin: string;
  readonly project: string;
  /** Runs of orders: one that came through, one whose article is unknown. */
  readonly done: string;
  readonly failed: string;
  /** Saves the drawn flow as somebody else would. */
  readonly saveMeanwhile: () => Promise<void>;
}

const blankFlow = (name: string) => ({ format: 1, name, nodes: [], wires: [] });

/** A flow as a person draws one: grouped, with a note, and one step nothing leads to. */
function drawnFlow(shop: string, erp: string) {
  const step = (id: string, type: string, at: [x: number, y: number], rest: object = {}) => ({
    id,
    type,
    version: 1,
    config: {},
    at: { x: at[0], y: at[1] },
    ...rest,
  });
  return {
    format: 1,
    name: 'B2B-order till Fortnox',
    nodes: [
      step('changed', 'orders.changed', [0, 0], { connection: shop }),
      step('match', 'customers.match', [320, 0], { connection: erp }),
      step('ensure', 'customers.ensure', [640, 128], { connection: erp }),
      step('write', 'orders.write', [960, 0], { connection: erp }),
      step('stop', 'core.stop', [368, 200], { config: { message: 'Flera kunder stämmer' } }),
    ],
    wires: [
      { from: 'changed.order', to: 'match.order' },
      { from: 'changed.order', to: 'write.order' },
      { from: 'match.found', to: 'write.customer' },
      { from: 'match.missing', to: 'ensure.customer' },
      { from: 'ensure.customer', to: 'write.customer' },
      { from: 'match.failed', to: 'stop.value' },
    ],
    groups: [{ id: 'group', title: 'Kund', colour: 'teal', nodes: ['match', 'ensure', 'stop'] }],
    notes: [{ id: 'note', text: 'Matchas på org.nr först, sedan e-post.', at: { x: 960, y: 200 } }],
  };
}

const FLOWS = '/api/tenants/1/flows';

async function made(admin: Client, document: object, tenant = 1): Promise<string> {
  return (await admin.ask('POST', `/api/tenants/${tenant}/flows`, { document })).body.id;
}

/** Publishes what stands in the draft. */
async function publish(admin: Client, flow: string, rest: object): Promise<void> {
  const { body } = await admin.ask('GET', `${FLOWS}/${flow}`);
  const wish = { revision: body.flow.revision, note: '', on: false, ...rest };
  const answer = await admin.ask('POST', `${FLOWS}/${flow}/publish`, wish);
  if (answer.status >= 300) throw new Error(`publishing was answered ${answer.status}: ${JSON.stringify(answer.body)}`);
}

async function save(admin: Client, flow: string, change: (draft: FlowDocument) => object): Promise<void> {
  const { body } = await admin.ask('GET', `${FLOWS}/${flow}`);
  await admin.ask('PUT', `${FLOWS}/${flow}/draft`, { basedOn: body.flow.revision, document: change(body.draft) });
}

/** Two versions that were live, and a draft that differs from both. */
async function drawnTwice(admin: Client, shop: string, erp: string): Promise<string> {
  const { nodes, ...whole } = drawnFlow(shop, erp);
  const flow = await made(admin, {
    ...whole,
    nodes: nodes.map((node) => ({ ...node, at: { ...node.at, y: node.at.y + 40 } })),
  });
  await publish(admin, flow, { note: 'Första versionen' });
  const email = { keys: ['organisationNumber', 'email'] };
  await save(admin, flow, (draft) => ({
    ...draft,
    nodes: nodes.map((node) => (node.id === 'match' ? { ...node, config: email } : node)),
  }));
  await publish(admin, flow, { note: 'Organisationsnumret först' });
  const log = { id: 'log', type: 'core.log', version: 1, config: { message: 'Order utan kund' }, at: { x: 0, y: 200 } };
  await save(admin, flow, (draft) => ({
    ...draft,
    nodes: [...draft.nodes.map((node) => (node.id === 'write' ? { ...node, title: 'Skapa order' } : node)), log],
    wires: draft.wires.filter(({ from }) => from !== 'ensure.customer'),
  }));
  return flow;
}

/** Places orders in the practice shop and waits until each has come to its end. */
async function ordersCarried(admin: Client, practice: PracticeClient): Promise<{ done: string; failed: string }> {
  await practice.place(6);
  const product = { name: 'Vävstol', sku: 'VAVSTOL-1', regular_price: '4990.00' };
  const { id } = (await practice.shop('POST', 'products', product)) as { id: number };
  await practice.placeLines([{ product_id: id, quantity: 1 }]);
  const runs = await until(async () => {
    const { body } = await admin.ask('GET', '/api/tenants/1/runs');
    const ended = (body as RunList).runs.filter(({ status }) => status === 'succeeded' || status === 'failed');
    return ended.length >= 7 ? ended : undefined;
  }, 60_000);
  const of = (status: string): string => runs.find((run) => run.status === status)?.id ?? '';
  return { done: of('succeeded'), failed: of('failed') };
}

export async function findDemo(admin: Client, practice: PracticeClient): Promise<Demo> {
  const flows = (await admin.ask('GET', FLOWS)).body as FlowList;
  const { connections } = (await admin.ask('GET', '/api/tenants/1/connections')).body as ConnectionList;
  const idOf = (connector: string): string => connections.find((each) => each.connector === connector)?.id ?? '';
  const [shop, erp] = [idOf('woocommerce'), idOf('fortnox')];
  // a plugin with a table, and the customer's own in its place
  const installed = await admin.ask('POST', '/api/tenants/1/plugins/starters/freight-rule', {});
  await admin.ask('POST', '/api/tenants/1/plugins/starters/sku-rewrite', {});
  await admin.ask('POST', '/api/tenants/1/tables', { name: 'sku-rewrite.renamed' });
  const project = await admin.ask('POST', '/api/tenants/1/projects', { name: 'Ny webbutik', startsOn: '2026-11-01' });
  const carried = await ordersCarried(admin, practice);
  const tried = await made(admin, { ...drawnFlow(shop, erp), name: 'På prov' });
  await publish(admin, tried, { on: true, testRecords: ['1042', '1043'] });
  const drawn = await drawnTwice(admin, shop, erp);
  return {
    flow: flows.flows[0]?.id ?? '',
    drawn,
    tried,
    blank: await made(admin, blankFlow('Nytt flöde')),
    small: await made(admin, blankFlow('Priser'), 2),
    connection: shop,
    plugin: installed.body.id,
    project: project.body.id,
    ...carried,
    saveMeanwhile: () =>
      save(admin, drawn, (draft) => ({
        ...draft,
        nodes: draft.nodes.map((node) => (node.id === 'log' ? { ...node, config: { message: 'deras' } } : node)),
      })),
  };
}

/** A file of a flow that names a system and has something wrong. */
async function chooseFile(page: Page): Promise<void> {
  const node = { id: 'call', type: 'core.http', version: 1, connection: 'connection-1', config: {} };
  const flow = { format: 1, name: 'Ordrar till lagret', nodes: [node], wires: [] };
  const connections = [{ name: 'connection-1', connector: 'woocommerce', title: 'Butik SE' }];
  const file = JSON.stringify({ kind: 'weft-flow', v: 1, flow, connections });
  const buffer = Buffer.from(file);
  await page.locator('input[type=file]').setInputFiles({ name: 'flow.json', mimeType: 'application/json', buffer });
  await page.locator('main section').first().waitFor();
}

const press = (page: Page, name: RegExp): Promise<void> => page.getByRole('button', { name }).first().click();
const shown = (page: Page, role: 'dialog' | 'menu'): Promise<void> => page.getByRole(role).first().waitFor();

async function openMenu(page: Page, name: RegExp): Promise<void> {
  await press(page, name);
  await shown(page, 'menu');
}

async function openDialog(page: Page, name: RegExp): Promise<void> {
  await press(page, name);
  await shown(page, 'dialog');
}

const drawing = (page: Page): Promise<void> => page.locator('.react-flow__node-step').first().waitFor();

/** Publishing with one of its three choices taken. */
async function publishAs(page: Page, choice: RegExp): Promise<void> {
  await shown(page, 'dialog');
  await page.locator('.publish .seg').getByRole('button', { name: choice }).click();
  await page.locator('.publish .react-flow__node-step').first().waitFor();
}

async function search(page: Page, text: string): Promise<void> {
  await page.locator('.canvas-box').focus();
  await page.keyboard.press('n');
  await page.locator('.picker input').fill(text);
  await page.locator('.picker [role=option]').first().waitFor();
}

/** Somebody else saves while one draws, and one is asked which to keep. */
async function bothSides(page: Page, demo: Demo): Promise<void> {
  await drawing(page);
  await page.route('**/api/tenants/1/flows/*', (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  );
  await demo.saveMeanwhile();
  await page.locator('.react-flow__node-step[data-id="log"]').click();
  await page.getByRole('complementary').getByRole('textbox').nth(1).fill('mina');
  await shown(page, 'dialog');
  await page.unroute('**/api/tenants/1/flows/*');
  await page.getByRole('radio').first().waitFor();
}

/** The menu of the page, which is in a drawer where the page is narrow. */
async function openRail(page: Page): Promise<void> {
  const drawer = page.locator('.menu-button');
  if (!(await drawer.isVisible())) return;
  await drawer.click();
  await shown(page, 'dialog');
}

/** Screens with a drawing in them. */
function drawings(demo: Demo): readonly Screen[] {
  const flow = (name: string, rest = '', before: Screen['before'] = drawing): Screen => ({
    name,
    path: `flows/${demo.drawn}${rest}`,
    before,
    wide: true,
  });
  return [
    flow('editor'),
    {
      name: 'editor-empty',
      path: `flows/${demo.blank}`,
      wide: true,
      before: (page) => page.locator('.picker').waitFor(),
    },
    flow('editor-panel', '?step=match', async (page) => {
      await page.getByRole('complementary').waitFor();
      await page.locator('.about > summary').click();
      await page.locator('.about .example > summary').first().click();
    }),
    flow('editor-picker', '', async (page) => {
      await drawing(page);
      await search(page, 'order');
    }),
    flow('editor-menu', '', async (page) => {
      await page.locator('.react-flow__node-step[data-id="write"]').click({ button: 'right' });
      await shown(page, 'menu');
    }),
    flow('editor-chosen', '', async (page) => {
      await drawing(page);
      await page.locator('.canvas-box').focus();
      await page.keyboard.press('Control+a');
      await page.getByRole('toolbar', { name: /valda|chosen|selected/ }).waitFor();
    }),
    flow('editor-problems', '', async (page) => {
      await drawing(page);
      await openDialog(page, /fel|error/);
    }),
    flow('editor-about', '', async (page) => {
      await drawing(page);
      await openDialog(page, /^(Namn och|Name and)/);
    }),
    flow('editor-outline', '?view=outline', (page) => page.locator('.outline-row').first().waitFor()),
    flow('editor-outline-panel', '?view=outline&step=write', async (page) => {
      await page.getByRole('complementary').waitFor();
      await page.locator('.outline-choice').first().click();
      await page.locator('.outline-choice').nth(1).click();
      await page.locator('.outline-view .selection-bar').waitFor();
    }),
    flow('editor-publish', '?open=publish', (page) => publishAs(page, /^(På|On)$/)),
    flow('editor-publish-off', '?open=publish', (page) => publishAs(page, /^(Av|Off)$/)),
    flow('editor-publish-test', '?open=publish', (page) => publishAs(page, /testposter|test records/i)),
    flow('editor-versions', '?open=versions&version=1', async (page) => {
      await shown(page, 'dialog');
      await page.locator('.versions .react-flow__node-step').first().waitFor();
    }),
    {
      name: 'editor-test',
      path: `flows/${demo.tried}`,
      wide: true,
      before: (page) => page.locator('.running-strip').waitFor(),
    },
    {
      name: 'editor-locked',
      path: `/a/2/flows/${demo.small}`,
      wide: true,
      before: async (page) => {
        await page.locator('.picker input').fill('prislista price list');
        await page.locator('.picker input').fill('price-lists.match');
        await page.locator('.picker [role=option]').first().click();
        await page.locator('.picker-locked').waitFor();
      },
    },
    {
      name: 'editor-small',
      path: `/a/2/flows/${demo.small}`,
      wide: true,
      before: (page) => page.locator('.picker-free').waitFor(),
    },
    flow('editor-merge', '', (page) => bothSides(page, demo)),
    { name: 'flow-reading', path: `flows/${demo.drawn}`, narrow: true },
    { name: 'flow-reading-test', path: `flows/${demo.tried}`, narrow: true },
  ];
}

const open = new WeakMap<Page, Set<Request>>();

/** What a page has asked for and not yet got. */
function askedBy(page: Page): Set<Request> {
  const known = open.get(page);
  if (known) return known;
  const asked = new Set<Request>();
  page.on('request', (request) => asked.add(request));
  page.on('requestfinished', (request) => asked.delete(request));
  page.on('requestfailed', (request) => asked.delete(request));
  open.set(page, asked);
  return asked;
}

/** Goes to a screen and does what is done there; resolves when it stands. */
export async function show(page: Page, base: string, { path: at, before }: Screen): Promise<void> {
  const asked = askedBy(page);
  // a page of before may hold something unsaved
  await page.goto('about:blank');
  asked.clear();
  await page.goto(at.startsWith('/') ? new URL(at, base).href : `${base}/a/1/${at}`);
  await page.waitForFunction(() => document.querySelector('h1') !== null && document.querySelector('.bone') === null);
  await until(() => asked.size === 0);
  await before?.(page);
}

/** Every screen of the product; whoever makes one adds it here. */
export function screensOf(demo: Demo): readonly Screen[] {
  return [
    { name: 'sign-in', path: '/login', outside: true },
    { name: 'sign-in-code', path: '/login?step=code', outside: true },
    { name: 'forgotten', path: '/forgotten', outside: true },
    { name: 'reset-over', path: `/reset#${'A'.repeat(43)}`, outside: true },
    { name: 'invite-over', path: `/invite#${'A'.repeat(43)}`, outside: true },
    { name: 'overview', path: '' },
    { name: 'flows', path: 'flows' },
    {
      name: 'flows-menu',
      path: 'flows',
      before: (page) => openMenu(page, /^(Mer för|More for)/),
    },
    { name: 'flow', path: `flows/${demo.flow}` },
    {
      name: 'flows-new',
      path: 'flows',
      before: (page) => openMenu(page, /Nytt flöde|New flow/),
    },
    {
      name: 'flows-new-locked',
      path: '/a/2/flows',
      before: (page) => openMenu(page, /Nytt flöde|New flow/),
    },
    {
      name: 'flows-blank-locked',
      path: '/a/2/flows',
      before: async (page) => {
        await openMenu(page, /Nytt flöde|New flow/);
        await page.getByRole('menuitem', { name: /^(Tomt flöde|Blank)/ }).click();
        await shown(page, 'dialog');
      },
    },
    {
      name: 'flows-blank',
      path: 'flows',
      before: async (page) => {
        await openMenu(page, /Nytt flöde|New flow/);
        await page.getByRole('menuitem', { name: /^(Tomt flöde|Blank)/ }).click();
        await shown(page, 'dialog');
      },
    },
    ...drawings(demo),
    { name: 'flows-none', path: 'flows?q=nothing' },
    { name: 'flow-import', path: 'flows/import', before: async (page) => chooseFile(page) },
    { name: 'templates', path: 'templates' },
    { name: 'template', path: 'templates/orders-to-erp' },
    { name: 'template-locked', path: '/a/2/templates/price-lists-to-shop' },
    { name: 'runs', path: 'runs' },
    { name: 'runs-none', path: 'runs?record=nothing' },
    { name: 'run', path: `runs/${demo.done}` },
    { name: 'run-failed', path: `runs/${demo.failed}` },
    { name: 'run-log', path: `runs/${demo.done}?view=log` },
    {
      name: 'run-again',
      path: `runs/${demo.failed}`,
      before: (page) => openDialog(page, /^(Kör om…|Run again…|Replay…)/),
    },
    { name: 'connections', path: 'connections' },
    { name: 'connection', path: `connections/${demo.connection}` },
    { name: 'connection-new', path: 'connections/new' },
    { name: 'connection-new-woocommerce', path: 'connections/new?connector=woocommerce' },
    { name: 'connection-new-fortnox', path: 'connections/new?connector=fortnox' },
    {
      name: 'connection-new-rest',
      path: 'connections/new?connector=rest',
      before: async (page) => {
        for (const fold of await page.locator('main summary').all()) await fold.click();
      },
    },
    { name: 'findings', path: 'findings' },
    {
      name: 'plugins',
      path: 'plugins',
      before: async (page) => {
        await page.locator('.starter').first().waitFor();
      },
    },
    {
      name: 'plugin',
      path: `plugins/${demo.plugin}`,
      before: async (page) => {
        await page.locator('.author .cm-content').first().waitFor();
        await page.getByRole('button', { name: /^(Kör|Run)$/ }).click();
        await page.getByTestId('trial-result').waitFor();
      },
    },
    {
      name: 'plugin-about',
      path: `plugins/${demo.plugin}`,
      before: async (page) => {
        await page.getByRole('tab', { name: /Beskrivning|Description/ }).click();
        await page.getByRole('tab', { name: /Exempel|Examples/ }).click();
        await page.getByRole('button', { name: /^(Kör alla|Run all)$/ }).click();
        await page.getByText(/av 3 stämmer|of 3 hold/).waitFor();
      },
    },
    { name: 'tokens', path: 'tokens' },
    { name: 'token-new', path: 'tokens', before: (page) => openDialog(page, /Ny nyckel|New key|New token/) },
    { name: 'members', path: 'members' },
    { name: 'member-new', path: 'members', before: (page) => openDialog(page, /^(Bjud in|Invite)/) },
    { name: 'projects', path: 'projects' },
    { name: 'project', path: `projects/${demo.project}` },
    { name: 'tenants', path: 'tenants' },
    { name: 'tenant-new', path: 'tenants', before: (page) => openDialog(page, /^(Ny kund|New customer)/) },
    { name: 'tables', path: 'tables' },
    { name: 'table', path: 'tables/sku-rewrite.renamed' },
    {
      name: 'table-row',
      path: 'tables/sku-rewrite.renamed',
      before: (page) => openDialog(page, /Lägg till rad|Add row/),
    },
    {
      name: 'table-import',
      path: 'tables/sku-rewrite.renamed',
      before: (page) => openDialog(page, /Importera CSV|Import CSV/),
    },
    { name: 'audit', path: 'audit' },
    { name: 'account', path: '/account' },
    {
      name: 'palette',
      path: '',
      before: async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').waitFor();
      },
    },
    { name: 'missing', path: 'no-such-page' },
    {
      name: 'shortcuts',
      path: '',
      before: async (page) => {
        await page.locator('h1').waitFor();
        await page.keyboard.press('?');
        await shown(page, 'dialog');
      },
    },
    { name: 'you', path: '', before: (page) => openMenu(page, /^(Du:|You:)/) },
    { name: 'rail', path: '', before: openRail, narrow: true },
    {
      name: 'customers',
      path: '',
      before: async (page) => {
        await openRail(page);
        await page.locator('button.acct:visible').click();
        await shown(page, 'menu');
      },
    },
  ];
}
