import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let person: Visit;
let page: Page;
let api: Client;

const empty: FlowDocument = {
  format: 1,
  name: 'Ritad för hand',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [],
  wires: [],
  groups: [],
  notes: [],
};

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  api = await weft.admin();
  person = await visit({ language: 'sv-SE', width: 1440, height: 900 });
  page = await person.open(weft.url);
  await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
  await page.waitForURL(/\/a\/\d+$/);
});
afterAll(async () => {
  await person?.close();
  await weft?.stop();
  await data.remove();
});

const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });
const box = (): Locator => page.locator('.canvas-box');
const step = (id: string): Locator => page.locator(`.react-flow__node-step[data-id="${id}"]`);
const search = (): Locator => page.getByRole('combobox', { name: 'Sök steg' });
/** A notice in the corner. */
const said = (text: string): Promise<void> => seen(page.locator('.toast').getByText(text).first());
const undo = (): Locator => page.getByRole('banner').getByRole('button', { name: /^(Ångra|Inget att ångra)/ });
const picked = (): Promise<void> => page.locator('.picker').waitFor({ state: 'detached' });

async function newFlow(document: FlowDocument): Promise<string> {
  const { body } = await api.ask('POST', '/api/tenants/1/flows', { document });
  return body.id;
}
const stored = async (flow: string): Promise<FlowDocument> =>
  (await api.ask('GET', `/api/tenants/1/flows/${flow}`)).body.draft;
const wiresOf = ({ wires }: FlowDocument): string[] => wires.map(({ from, to }) => `${from}>${to}`).sort();

async function open(flow: string): Promise<void> {
  await page.goto(`${weft.url}/a/1/flows/${flow}`);
  await seen(box());
  await page.locator('.react-flow__viewport').waitFor();
}
const saved = (): Promise<void> => seen(page.getByRole('banner').getByText(/^Sparat \d/));

/** Chooses in the open list by what it is called. */
async function choose(text: string): Promise<void> {
  await search().fill(text);
  await page.keyboard.press('Enter');
  await picked();
}

/** Where something is once the picture stands still. */
async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  await (await locator.elementHandle())?.waitForElementState('stable');
  const at = await locator.boundingBox();
  if (!at) throw new Error('not on the screen');
  return { x: at.x + at.width / 2, y: at.y + at.height / 2 };
}

async function drag(from: { x: number; y: number }, to: { x: number; y: number }): Promise<void> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
}

const output = (id: string, name: string): Locator => step(id).locator(`.source[data-handleid="${name}"]`);
const input = (id: string, name: string): Locator => step(id).locator(`.target[data-handleid="${name}"]`);
/** The path of an order from the shop into the ERP, as both ways of drawing must come to it. */
const ORDER_WIRES = ['changed.order>ensure.order', 'changed.order>write.order', 'ensure.customer>write.customer'];

let drawn: string;

test('an empty flow says what to do, and its list of triggers is one click away', async () => {
  drawn = await newFlow(empty);
  await open(drawn);
  await page.getByRole('button', { name: /Välj hur flödet startar/ }).click();
  await seen(page.getByRole('option', { name: 'Order lagd eller ändrad' }));
  await choose('order lagd');
  await seen(step('changed'));
});

test('WooCommerce to Fortnox is drawn with the mouse: a wire dropped on nothing asks what comes next', async () => {
  const panel = page.getByRole('complementary', { name: 'Steg' });
  await seen(panel.getByLabel('Anslutning'));
  expect(await panel.getByLabel('Anslutning').inputValue()).not.toBe('');
  await panel.getByRole('button', { name: 'Stäng', exact: true }).click();
  const from = await middleOf(output('changed', 'order'));
  await drag(from, { x: from.x + 160, y: from.y + 200 });
  await seen(search());
  expect(await page.getByRole('option', { name: /Skriv lagersaldo/ }).count()).toBe(0);
  await choose('matcha eller skapa kund');
  await seen(step('ensure'));
  await panel.getByLabel('Anslutning').selectOption({ label: 'Övningsekonomin' });
  await panel.getByRole('button', { name: 'Stäng', exact: true }).click();
  const next = await middleOf(output('ensure', 'customer'));
  await drag(next, { x: next.x + 120, y: next.y + 120 });
  await choose('skriv order');
  await seen(step('write'));
  await page.keyboard.press('Escape');
  await page.keyboard.press('1');
  await drag(await middleOf(output('changed', 'order')), await middleOf(input('write', 'order')));
  await saved();
  await until(async () => (await stored(drawn)).wires.length === 3);
  expect(wiresOf(await stored(drawn))).toEqual(ORDER_WIRES);
  await seen(page.getByRole('banner').getByText('0 fel'));
  await isAccessible(page, 'drawn flow', 'every');
});

test('a wire that cannot be is refused with the reason', async () => {
  await drag(await middleOf(output('write', 'document')), await middleOf(input('ensure', 'order')));
  await said('Det passar inte: här kommer DocumentRef ut, men där behövs Order.');
  await drag(await middleOf(output('write', 'order')), await middleOf(input('ensure', 'order')));
  await said('Då skulle flödet gå runt i en cirkel.');
  expect(wiresOf(await stored(drawn))).toEqual(ORDER_WIRES);
});

test('undo says what it takes back, takes everything back, and redo brings the same bytes', async () => {
  const whole = JSON.stringify(await stored(drawn));
  expect(await undo().getAttribute('aria-label')).toBe('Ångra: koppla ihop');
  await box().focus();
  // a trigger, a step, its connection, a step, a wire
  for (let count = 0; count < 5; count++) await page.keyboard.press('Control+z');
  await until(async () => (await stored(drawn)).nodes.length === 0);
  expect(await undo().getAttribute('aria-label')).toBe('Inget att ångra');
  for (let count = 0; count < 5; count++) await page.keyboard.press('Control+Shift+z');
  await until(async () => JSON.stringify(await stored(drawn)) === whole);
});

test('a step is put into a wire, and taken out again with the wire healed', async () => {
  await page.locator('.react-flow__edge[data-id="changed.order>ensure.order"]').hover();
  await page.getByRole('button', { name: 'Lägg in ett steg här' }).click();
  await choose('filter');
  await until(async () => wiresOf(await stored(drawn)).includes('filter.value>ensure.order'));
  expect(wiresOf(await stored(drawn))).toContain('changed.order>filter.value');
  await box().focus();
  await page.keyboard.press('Control+Delete');
  await until(async () => JSON.stringify(wiresOf(await stored(drawn))) === JSON.stringify(ORDER_WIRES));
});

test('steps are copied as text, and pasted into another flow under names of their own without what is not theirs', async () => {
  await person.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  await box().focus();
  await page.keyboard.press('Control+a');
  await page.keyboard.press('Control+c');
  await said('3 delar kopierade');
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(JSON.parse(text)).toMatchObject({ kind: 'flow-fragment', v: 1 });
  expect(text).not.toMatch(/secret|consumerKey|ck_|cs_/);
  // at once: the notice of the copying is still there, and in nobody's way
  await page.keyboard.press('Control+v');
  await until(async () => (await stored(drawn)).nodes.length === 6);
  await page.keyboard.press('Control+z');
  await until(async () => (await stored(drawn)).nodes.length === 3);
  const other = await newFlow({ ...empty, name: 'Kopia' });
  await open(other);
  await box().focus();
  for (let count = 0; count < 2; count++) await page.keyboard.press('Control+v');
  await until(async () => (await stored(other)).nodes.length === 6);
  expect(wiresOf(await stored(other))).toContain('changed-2.order>write-2.order');
  await page.evaluate(() => navigator.clipboard.writeText('{"kind":"flow-fragment","v":1,"nodes":"all"}'));
  await page.keyboard.press('Control+v');
  await said('Det som är kopierat är ingen del av ett flöde.');
  expect((await stored(other)).nodes).toHaveLength(6);
});

test('the same flow is drawn with the keyboard alone', async () => {
  const flow = await newFlow({ ...empty, name: 'Utan mus' });
  await open(flow);
  await box().focus();
  await page.keyboard.press('n');
  await choose('order lagd');
  await page.keyboard.press('c');
  await choose('matcha eller skapa kund');
  await page.keyboard.press('c');
  await choose('skriv order');
  await page.keyboard.press('Home');
  await page.keyboard.press('c');
  await seen(search());
  await search().fill('skriv order');
  await page.keyboard.press('Enter');
  await picked();
  await until(async () => JSON.stringify(wiresOf(await stored(flow))) === JSON.stringify(ORDER_WIRES));
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('F2');
  await page.locator('.panel-title:focus').waitFor();
  await page.keyboard.type('Kunden');
  await page.keyboard.press('Enter');
  await until(async () => (await stored(flow)).nodes.find(({ id }) => id === 'ensure')?.title === 'Kunden');
  await box().focus();
  await page.keyboard.press('d');
  await until(async () => (await stored(flow)).nodes.some(({ disabled }) => disabled));
  await page.keyboard.press('Control+Shift+o');
  await seen(page.getByRole('heading', { name: 'Steg', exact: true }));
  await isAccessible(page, 'outline', 'every');
  await page.getByRole('button', { name: 'Ta bort Kunden' }).click();
  await until(async () => (await stored(flow)).nodes.length === 2);
});

test('what is wrong leads to its step and field, and a flow with errors is not published', async () => {
  const flow = await newFlow({
    ...empty,
    name: 'Med fel',
    nodes: [{ id: 'note', type: 'core.log', version: 1, config: {}, onError: 'stop', at: { x: 0, y: 0 } }],
  });
  await open(flow);
  await page.getByRole('banner').getByRole('button', { name: /fel/ }).click();
  const list = page.getByRole('dialog', { name: 'Problem' });
  await seen(list.getByText('Flödet har ingen utlösare, så inget startar det.'));
  await list.getByRole('button', { name: /Fyll i ”/ }).click();
  await until(() => page.evaluate(() => document.activeElement?.getAttribute('aria-invalid') === 'true'));
  await page.keyboard.type('hej');
  await until(async () => (await stored(flow)).nodes[0]?.config['message'] === 'hej');
});

test('a draft somebody else saved meanwhile is not overwritten, and mine is kept as a copy', async () => {
  await open(drawn);
  const { body } = await api.ask('GET', `/api/tenants/1/flows/${drawn}`);
  // nobody tells the page, so that its next save is the stale one
  await page.route('**/api/tenants/1/flows/*', (route) =>
    route.request().method() === 'GET' ? route.abort() : route.continue(),
  );
  const theirs = { ...body.draft, summary: 'deras' };
  await api.ask('PUT', `/api/tenants/1/flows/${drawn}/draft`, { basedOn: body.flow.revision, document: theirs });
  await box().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('d');
  await page.unroute('**/api/tenants/1/flows/*');
  const question = page.getByRole('dialog');
  await seen(question.getByText('Någon annan har sparat flödet'));
  await seen(question.getByRole('button', { name: 'Visa skillnaden' }));
  await seen(question.getByText('Allt är valt'));
  await question.getByRole('button', { name: 'Visa skillnaden' }).click();
  await seen(question.getByText('1 fält ändrat'));
  expect((await stored(drawn)).summary).toBe('deras');
  await question.getByRole('button', { name: 'Spara mina som kopia' }).click();
  await question.waitFor({ state: 'detached' });
  const copy = await until(async () => {
    const { body: list } = await api.ask('GET', '/api/tenants/1/flows');
    return list.flows.find(({ name }: { name: string }) => name === 'Ritad för hand (min kopia)');
  });
  expect((await stored(copy.id)).nodes.some(({ disabled }) => disabled)).toBe(true);
  expect((await stored(drawn)).nodes.some(({ disabled }) => disabled)).toBe(false);
  (person.complaints as string[]).splice(0);
});

const moved = async (): Promise<number> =>
  (await stored(drawn)).nodes.find(({ id }) => id === 'changed')?.at.y ?? Number.NaN;
const kept = (): Promise<[key: string, text: string] | undefined> =>
  page.evaluate(() => Object.entries(localStorage).find(([key]) => key.startsWith('weft.draft.')));

test('edits made while the server is away wait in the browser and are saved when it is back', async () => {
  const before = await moved();
  await page.route('**/draft', (route) => route.abort());
  await box().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('Alt+ArrowDown');
  await seen(page.getByText(/^Ingen kontakt. Ändringarna ligger kvar/));
  const [, text] = (await kept()) ?? [];
  expect(JSON.parse(text ?? '{}').document.nodes[0].at.y).toBe(before + 8);
  expect(await moved()).toBe(before);
  await page.unroute('**/draft');
  await saved();
  expect(await moved()).toBe(before + 8);
  expect(await kept()).toBeUndefined();
  (person.complaints as string[]).splice(0);
});

test('what a browser that broke off had not saved is back when the flow is opened again', async () => {
  const before = await moved();
  const { body: session } = await api.ask('GET', '/api/session');
  const { body } = await api.ask('GET', `/api/tenants/1/flows/${drawn}`);
  const nodes = body.draft.nodes.map((node: FlowDocument['nodes'][number]) => ({
    ...node,
    at: { x: 0, y: before + 16 },
  }));
  const left = JSON.stringify({ basedOn: body.flow.revision, document: { ...body.draft, nodes } });
  await page.evaluate(([key, text]) => localStorage.setItem(key, text), [
    `weft.draft.${session.user.id}.1.${drawn}`,
    left,
  ] as const);
  await page.reload();
  await said('Ändringar som inte hann sparas förra gången är tillbaka');
  await saved();
  expect(await moved()).toBe(before + 16);
});

test('publishing shows what will change, takes a note, and stands after a reload', async () => {
  await box().focus();
  await page.keyboard.press('Shift+P');
  const dialog = page.getByRole('dialog', { name: /^Publicera / });
  await seen(dialog.getByText('Flödet går live för första gången.'));
  await seen(dialog.getByText('+3 · ~0 · −0'));
  await isAccessible(page, 'publish', 'every');
  await dialog.getByLabel('Vad är nytt?').fill('Första');
  await dialog.getByRole('button', { name: 'Av', exact: true }).click();
  await dialog.getByRole('button', { name: 'Publicera v1' }).click();
  await dialog.waitFor({ state: 'detached' });
  await seen(page.getByRole('banner').getByText('v1 av'));
  await page.reload();
  await seen(page.getByRole('banner').getByText('v1 av'));
  await seen(page.getByRole('banner').getByRole('button', { name: 'Publicerat' }));
});

test('an older version is compared, restored as draft, and rolled back to in one click', async () => {
  await box().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('F2');
  await page.locator('.panel-title:focus').waitFor();
  await page.keyboard.type('Ny order');
  await saved();
  await page.getByRole('banner').getByRole('button', { name: 'Publicera…' }).click();
  await page.getByRole('button', { name: 'Publicera v2' }).click();
  await seen(page.getByRole('banner').getByText('v2 av'));

  const versions = async () => {
    await page.getByRole('banner').getByRole('button', { name: 'Versioner' }).click();
    const dialog = page.getByRole('dialog', { name: 'Versioner' });
    await dialog.getByRole('button', { name: /^v1/ }).click();
    await seen(dialog.getByText('1 fält ändrat'));
    return dialog;
  };
  const dialog = await versions();
  await dialog.getByRole('button', { name: /Ny order/ }).click();
  await seen(dialog.getByText('title', { exact: true }));
  await dialog.getByRole('button', { name: 'Återställ som utkast' }).click();
  await until(async () => (await stored(drawn)).nodes.every(({ title }) => title === undefined));
  expect(await undo().getAttribute('aria-label')).toBe('Ångra: återställ version');
  await undo().click();
  await until(async () => (await stored(drawn)).nodes.some(({ title }) => title === 'Ny order'));

  await (await versions()).getByRole('button', { name: 'Gå tillbaka till v1' }).click();
  await seen(page.getByRole('banner').getByText('v3 av'));
  const { body } = await api.ask('GET', `/api/tenants/1/flows/${drawn}`);
  expect(body.live.nodes.every(({ title }: { title?: string }) => title === undefined)).toBe(true);
});

test('a thousand steps are drawn as far as one sees them, with their wires from afar, and moved about in', async () => {
  const nodes = Array.from({ length: 1000 }, (_, index) => ({
    id: `s${index}`,
    type: 'core.set',
    version: 1,
    config: {},
    onError: 'stop' as const,
    at: { x: (index % 40) * 320, y: Math.floor(index / 40) * 120 },
  }));
  const wires = nodes.slice(1).map(({ id }, index) => ({ from: `s${index}.value`, to: `${id}.value` }));
  await open(await newFlow({ ...empty, name: 'Tusen', nodes, wires }));
  const drawnWires = (): Promise<number> => page.locator('.react-flow__edge').count();
  // from so far away hardly anything lies outside
  await until(async () => (await drawnWires()) > 900);
  await box().focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('0');
  await until(async () => (await page.locator('.react-flow__node').count()) < 60);
  expect(await page.locator('.canvas-box *').count()).toBeLessThan(3000);
  await page.keyboard.press('1');
  await until(async () => (await drawnWires()) > 900);
  await page.keyboard.press('0');
  await page.keyboard.press('Alt+ArrowRight');
  await seen(page.getByRole('banner').getByText('Utkast', { exact: true }));
});

test('those who do not draw see the same picture and nothing to draw with', async () => {
  const reader = await visit({ language: 'en-GB', theme: 'dark', width: 600, height: 900 });
  try {
    const narrow = await reader.open(`${weft.url}/a/1/flows/${drawn}`);
    await signIn(narrow, weft.signIn.email, weft.signIn.password ?? '');
    await seen(narrow.getByRole('heading', { level: 1, name: 'Ritad för hand' }));
    expect(await narrow.locator('.canvas-box').count()).toBe(0);
    await narrow.setViewportSize({ width: 1280, height: 900 });
    await seen(narrow.locator('.canvas-box'));
    expect(reader.complaints).toEqual([]);
  } finally {
    await reader.close();
  }
});

test('a window made narrow shows the flow to read, and what was done can be undone when it is wide again', async () => {
  const node = { id: 'log', type: 'core.log', version: 1, config: { message: 'x' }, onError: 'stop' as const };
  const flow = await newFlow({ ...empty, name: 'Smalt', nodes: [{ ...node, at: { x: 0, y: 0 } }] });
  await open(flow);
  await box().focus();
  await page.keyboard.press('Home');
  for (const key of ['d', 'Control+d']) await page.keyboard.press(key);
  await page.keyboard.press('Control+z');
  await page.setViewportSize({ width: 600, height: 900 });
  await seen(page.getByRole('heading', { level: 1, name: 'Smalt' }));
  await seen(page.getByText(/^Fönstret är för smalt att rita i/));
  await seen(page.getByRole('main').getByText('Avstängt', { exact: true }));
  expect([await box().count(), await undo().count()]).toEqual([0, 0]);
  await isAccessible(page, 'a flow that was drawn, in a narrow window', 'every');
  await page.setViewportSize({ width: 1440, height: 900 });
  await seen(box());
  expect(await undo().getAttribute('aria-label')).toBe('Ångra: stäng av 1 steg');
  await page.keyboard.press('Control+Shift+z');
  await until(async () => (await stored(flow)).nodes.length === 2);
  await undo().click();
  await undo().click();
  await until(
    async () => JSON.stringify((await stored(flow)).nodes) === JSON.stringify([{ ...node, at: { x: 0, y: 0 } }]),
  );
  expect(await undo().getAttribute('aria-label')).toBe('Inget att ångra');
});

test('the canvas wrote no error, and did nothing its content security policy forbids', () => {
  expect(person.complaints).toEqual([]);
});
