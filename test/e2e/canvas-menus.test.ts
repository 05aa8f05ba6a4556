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

test('nothing complained', () => {
  expect(person.complaints).toEqual([]);
});
