import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
let person: Visit;
let page: Page;
let flow: string;

const step = (id: string, type: string, config: FlowDocument['nodes'][number]['config'], y: number) => ({
  id,
  type,
  version: 1,
  config,
  onError: 'stop' as const,
  at: { x: 0, y },
});
const drawn: FlowDocument = {
  format: 1,
  name: 'Menyer',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [step('call', 'core.webhook', {}, 0), step('note', 'core.log', { message: 'x' }, 200)],
  wires: [{ from: 'call.body', to: 'note.value' }],
  groups: [],
  notes: [{ id: 'paper', text: 'papper', at: { x: 400, y: 0 } }],
};

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  api = await weft.admin();
  flow = (await api.ask('POST', '/api/tenants/1/flows', { document: drawn })).body.id;
  person = await visit({ language: 'sv-SE', width: 1440, height: 900 });
  page = await person.open(weft.url);
  await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
  await page.waitForURL(/\/a\/\d+$/);
  await page.goto(`${weft.url}/a/1/flows/${flow}`);
  await node('note').waitFor();
}, 120_000);
afterAll(async () => {
  await person?.close();
  await weft?.stop();
  await data.remove();
});

const node = (id: string): Locator => page.locator(`.react-flow__node[data-id="${id}"]`);
const menu = (): Locator => page.getByRole('menu').first();
const item = (name: string): Locator => menu().getByRole('menuitem', { name });
const stored = async (): Promise<FlowDocument> => (await api.ask('GET', `/api/tenants/1/flows/${flow}`)).body.draft;
const gone = (): Promise<void> => menu().waitFor({ state: 'detached', timeout: PATIENCE_MS });

test('the right button on a step offers what can be done to it, with its keys, and says why something cannot', async () => {
  await node('note').click({ button: 'right' });
  await item('Öppna').waitFor();
  await isAccessible(page, 'menu of a step');
  expect(await item('Lös upp gruppen').getAttribute('aria-disabled')).toBe('true');
  expect(await item('Lös upp gruppen').textContent()).toContain('Inget valt steg är med i en grupp');
  expect(await item('Duplicera').textContent()).toContain('Ctrl D');
  await item('Stäng av').click();
  await gone();
  await until(async () => (await stored()).nodes.find(({ id }) => id === 'note')?.disabled === true);
});

test('the keyboard opens the same menu for what is chosen, and goes through it', async () => {
  await page.locator('.canvas-box').focus();
  await page.keyboard.press('End');
  await page.keyboard.press('Shift+F10');
  await item('Slå på').waitFor();
  await page.keyboard.press('ArrowDown');
  await item('Slå på').press('Enter');
  await gone();
  await until(async () => (await stored()).nodes.every(({ disabled }) => !disabled));
  await page.keyboard.press('Escape');
});

test('a note and the empty canvas have menus of their own', async () => {
  await node('note:paper').click({ button: 'right' });
  await item('Skriv').click();
  await gone();
  await page.getByRole('textbox', { name: 'Anteckning' }).fill('nytt');
  await page.keyboard.press('Escape');
  await until(async () => (await stored()).notes[0]?.text === 'nytt');
  await page.mouse.click(1000, 650, { button: 'right' });
  await item('Lägg till anteckning').click();
  await gone();
  await until(async () => (await stored()).notes.length === 2);
});

const frame = (): Locator => node('group:pair');
const announced = (): Promise<string | null> => page.locator('.canvas-box > [role=status]').textContent();

test('a group is collapsed to one box that tells what is within, and what is done to it is done to its steps', async () => {
  const { nodes } = await stored();
  const groups = [{ id: 'pair', title: 'Kund', nodes: nodes.map(({ id }) => id).filter((id) => id !== 'call') }];
  const { flow: about, draft } = (await api.ask('GET', `/api/tenants/1/flows/${flow}`)).body;
  await api.ask('PUT', `/api/tenants/1/flows/${flow}/draft`, {
    basedOn: about.revision,
    document: { ...draft, groups },
  });
  await page.reload();
  await frame().waitFor();
  const inside = groups[0]?.nodes ?? [];
  await frame().getByRole('button', { name: 'Fäll ihop gruppen: Kund' }).click();
  await frame().getByText(`${inside.length} steg`).waitFor();
  for (const id of inside) expect([id, await node(id).count()]).toEqual([id, 0]);
  // the wire into it ends at the box
  await page.locator('.react-flow__edge[data-id="call.body>note.value"]').waitFor({ state: 'attached' });
  await page.locator('.canvas-box').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('ArrowRight');
  await expect.poll(announced).toBe(`Gruppen Kund, ${inside.length} steg, hopfälld`);
  await isAccessible(page, 'a collapsed group', 'every');

  await page.keyboard.press('d');
  await until(async () => (await stored()).nodes.filter(({ disabled }) => disabled).length === inside.length);
  await page.keyboard.press('Control+z');
  await until(async () => (await stored()).nodes.every(({ disabled }) => !disabled));
  // it is this person's view, and there after a reload; the flow knows nothing of it
  await page.reload();
  await frame().getByText(`${inside.length} steg`).waitFor();
  await frame().click({ button: 'right', position: { x: 200, y: 45 } });
  await item('Ta bort').first().waitFor();
  await item('Fäll ut gruppen').click();
  await gone();
  for (const id of inside) await node(id).waitFor();
  expect((await stored()).groups).toEqual(groups);
});

test('a group has the colour its menu gave it, until that is undone by its name', async () => {
  const colour = async () => (await stored()).groups.map((group) => group.colour);
  const choose = async (name: string) => {
    await frame().locator('.frame-title .num').click({ button: 'right' });
    await item('Färg').click();
    await page.getByRole('menuitemcheckbox', { name }).click();
    await gone();
  };
  await choose('Turkos');
  await until(async () => (await colour()).join() === 'teal');
  await frame().locator('.frame[data-colour=teal]').waitFor();
  await isAccessible(page, 'a group with a colour', 'every');
  await choose('Rosa');
  await until(async () => (await colour()).join() === 'pink');
  await page.getByRole('button', { name: 'Ångra: gruppens färg' }).click();
  await until(async () => (await colour()).join() === 'teal');
  await choose('Ingen');
  await until(async () => (await colour())[0] === undefined);
});

test('a note is read as Markdown, its links lead out and nothing typed becomes HTML', async () => {
  await node('note:paper').dblclick();
  const text =
    '# Moms\n\nSe **boken** på [sidan](https://example.com/bok) <img src=x onerror=alert(1)> [x](javascript:alert(1))';
  await node('note:paper').getByRole('textbox').fill(text);
  await page.keyboard.press('Escape');
  const paper = node('note:paper');
  await paper.locator('.heading-1').getByText('Moms', { exact: true }).waitFor();
  expect(await paper.locator('strong').allTextContents()).toEqual(['Moms', 'boken']);
  const links = paper.getByRole('link');
  expect(await links.count()).toBe(1);
  expect(await links.getAttribute('href')).toBe('https://example.com/bok');
  expect(await links.getAttribute('rel')).toContain('noopener');
  expect(await paper.locator('img').count()).toBe(0);
  await paper.getByText('<img src=x onerror=alert(1)>').waitFor();
  await until(async () => (await stored()).notes[0]?.text === text);
  await isAccessible(page, 'a note in Markdown', 'every');
});

/** What the open menu offers, by its words; it is closed again. */
async function offered(): Promise<string[]> {
  await menu().waitFor();
  const labels = await menu()
    .getByRole('menuitem')
    .evaluateAll((all) => all.map((each) => each.querySelector('span > span')?.textContent ?? ''));
  await page.keyboard.press('Escape');
  await gone();
  return labels;
}
const THINGS = ['note', 'group:pair', 'note:paper', null] as const;
type Thing = (typeof THINGS)[number];

const onCanvas = async (thing: Thing): Promise<void> => {
  if (thing === null) await page.locator('.react-flow__pane').click({ button: 'right', position: { x: 500, y: 60 } });
  else await node(thing).click({ button: 'right', position: { x: 8, y: 16 } });
};
const inOutline = async (thing: Thing): Promise<void> => {
  const place = thing === null ? page.locator('.outline-view > header') : page.locator(`[data-menu-of="${thing}"]`);
  await place.getByRole('button', { name: /^Mer för / }).click();
};
/** The same flow from the start, in one view or the other. */
async function startAgain(document: FlowDocument, view: 'canvas' | 'outline'): Promise<void> {
  const made = await api.ask('POST', '/api/tenants/1/flows', { document });
  flow = made.body.id;
  await page.goto(`${weft.url}/a/1/flows/${flow}${view === 'outline' ? '?view=outline' : ''}`);
  await page.locator(view === 'outline' ? '.outline-view' : '.react-flow__viewport').waitFor();
}

test('every menu of the canvas is in the outline too', async () => {
  const begun: FlowDocument = { ...(await stored()), name: 'Lika' };
  expect(begun.groups).toHaveLength(1);
  const views = [
    ['canvas', onCanvas],
    ['outline', inOutline],
  ] as const;
  const menus: Record<string, string[][]> = {};
  for (const [view, open] of views) {
    await startAgain(begun, view);
    menus[view] = [];
    for (const thing of THINGS) {
      await open(thing);
      menus[view].push(await offered());
    }
  }
  expect(menus['outline']).toEqual(menus['canvas']);
  expect(menus['canvas']?.every((labels) => labels.length > 3)).toBe(true);
  // a wire has its menu's two things as buttons of its own
  const wires = page.locator('.outline-wires li').first();
  for (const name of [/^Lägg in ett steg här/, /^Ta bort kopplingen/])
    await wires.getByRole('button', { name }).waitFor();
  await isAccessible(page, 'outline', 'every');
});

test('nothing complained', () => {
  expect(person.complaints).toEqual([]);
});
