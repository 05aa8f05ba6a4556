import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FlowFile } from '#runtime/protocol.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let person: Visit;
let page: Page;

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path });
  person = await visit({ language: 'sv-SE', width: 1280, height: 900 });
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
const heading = (name: string | RegExp): Locator => page.getByRole('heading', { level: 1, name });
const goTo = (name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name }).first().click();
const toast = (text: string | RegExp): Promise<void> => seen(page.locator('.toast').getByText(text).first());

test('a connection to the practice shop is filled in, proven and saved; a wrong key is told at once and nothing is kept', async () => {
  const shop = weft.practice;
  await goTo('Anslutningar');
  await page.getByRole('link', { name: 'Ny anslutning' }).click();
  await seen(heading('Vilket system?'));
  await page.getByRole('link', { name: 'WooCommerce' }).click();
  await page.getByRole('textbox', { name: 'Namn', exact: true }).fill('Butik Norr');
  await page.getByRole('button', { name: 'Testa och spara' }).click();
  // what is missing is marked, and the first of it is where one is
  await seen(page.getByText('Detta måste fyllas i.').first());
  await until(async () =>
    page.evaluate(() => document.activeElement?.closest('[data-field]')?.getAttribute('data-field') === 'url'),
  );
  await isAccessible(page, 'a connection with something missing');
  await page.locator('[data-field="url"] input').fill(shop?.shop ?? '');
  await page.locator('[data-field="consumerKey"] input').fill(shop?.consumerKey ?? '');
  await page.locator('[data-field="consumerSecret"] input').fill('cs_wrong');
  await page.locator('[data-field="grants"] input').fill(new URL(shop?.shop ?? '').host);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Testa och spara' }).click();
  await seen(page.getByRole('button', { name: 'Spara utan godkänt test' }));
  (person.complaints as string[]).splice(0);
  await page.locator('[data-field="consumerSecret"] input').fill(shop?.consumerSecret ?? '');
  await page.getByRole('button', { name: 'Testa och spara' }).click();
  await toast(/^Ansluten till /);
  await seen(heading('Butik Norr'));
  await page.getByRole('button', { name: 'Testa Butik Norr' }).click();
  await seen(page.getByText(/^Ansluten till /).last());
});

test('a connection is edited, switched off and on, and removed; one that a flow works through is kept and says which', async () => {
  await page.getByRole('textbox', { name: 'Namn', exact: true }).fill('Butik Syd');
  await page.locator('[data-field="consumerKey"]').getByRole('button', { name: /^Byt/ }).click();
  await page.locator('[data-field="consumerKey"] input').fill(weft.practice?.consumerKey ?? '');
  await page.getByRole('button', { name: 'Spara', exact: true }).click();
  await toast('Butik Syd är sparad');
  await page.getByRole('button', { name: 'Testa Butik Syd' }).click();
  await seen(page.getByText(/^Ansluten till /).last());
  await page.getByRole('button', { name: 'Stäng av' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Stäng av' }).click();
  await seen(page.locator('header.head').getByText('Avstängd'));
  await page.getByRole('button', { name: 'Slå på' }).click();
  await seen(page.locator('header.head').getByText('Redo'));
  await page.getByRole('button', { name: 'Ta bort…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ta bort' }).click();
  await toast('Butik Syd är borttagen');
  await page.getByRole('link', { name: 'Övningsbutiken' }).click();
  await page.getByRole('button', { name: 'Ta bort…' }).click();
  const used = page.getByRole('dialog');
  await seen(used.getByText('Övningsbutiken används'));
  await seen(used.getByRole('link', { name: /^Orders: WooCommerce/ }));
  await used.getByRole('button', { name: 'Stäng', exact: true }).click();
});

test('a sign-in at the system’s own page ends on the connection, whether it was gone through or broken off', async () => {
  await goTo('Anslutningar');
  await page.getByRole('link', { name: 'Övningsekonomin' }).click();
  await seen(heading('Övningsekonomin'));
  await page.getByRole('link', { name: 'Logga in', exact: true }).click();
  await page.getByRole('button', { name: /Avbryt/ }).click();
  await seen(page.getByRole('alert').getByText(/^Inloggningen avbröts/));
  await isAccessible(page, 'a sign-in that was broken off');
  await page.getByRole('link', { name: 'Logga in', exact: true }).click();
  await page.getByRole('button', { name: /Godkänn/ }).click();
  await seen(page.getByText(/^Inloggningen är klar/));
  await seen(page.locator('header.head').getByText('Redo'));
});

test('a template is answered and switched on', async () => {
  await goTo('Mallar');
  await page.getByPlaceholder('Sök bland mallar').fill('lagersaldo');
  await until(async () => (await page.locator('.card-cell').count()) === 1);
  await page.getByRole('link', { name: /^Lagersaldo/ }).click();
  await page.locator('[data-field="erp"]').getByLabel('Övningsekonomin').check();
  await page.locator('[data-field="shop"]').getByLabel('Övningsbutiken').check();
  await isAccessible(page, 'a template');
  await page.getByRole('button', { name: 'Skapa och slå på' }).click();
  await toast(/^Lagersaldo.* är på$/);
  await goTo('Flöden');
  await seen(page.getByRole('row').filter({ hasText: 'Lagersaldo' }).getByText('Live').filter({ visible: true }));
});

test('a flow leaves as a file and comes back by the file, with the customer’s own connections', async () => {
  const row = page.getByRole('row').filter({ hasText: 'Lagersaldo' });
  await row.getByRole('button', { name: /^Mer för/ }).click();
  const saving = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'Exportera som fil' }).click();
  const path = await (await saving).path();
  const text = readFileSync(path, 'utf8');
  expect(FlowFile.parse(JSON.parse(text)).connections).toHaveLength(2);
  expect(text).not.toContain(weft.practice?.consumerKey);
  await page.getByRole('button', { name: 'Nytt flöde' }).click();
  await page.getByRole('menuitem', { name: /^Från en fil/ }).click();
  await seen(heading('Importera ett flöde'));
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{') });
  await seen(page.getByText('x.json är inte ett flöde som går att läsa: det är inte JSON'));
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'flow.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await seen(page.getByRole('button', { name: 'Importera som utkast' }));
  await isAccessible(page, 'import');
  await page.getByRole('button', { name: 'Importera som utkast' }).click();
  await seen(heading(/^Lagersaldo/));
});

test('flows are found by address, renamed, duplicated and removed', async () => {
  await page.goto(`${weft.url}/a/1/flows?state=draft&q=lager`);
  await until(async () => (await page.getByRole('row').count()) === 2);
  await isAccessible(page, 'narrowed flows');
  await page.getByRole('button', { name: /^Mer för/ }).click();
  await page.getByRole('menuitem', { name: 'Byt namn…' }).click();
  await page.getByRole('dialog').getByRole('textbox').fill('Lager till butik två');
  await page.getByRole('dialog').getByRole('button', { name: 'Byt namn' }).click();
  await toast('Det heter nu Lager till butik två');
  await page.getByRole('button', { name: /^Mer för/ }).click();
  await page.getByRole('menuitem', { name: 'Duplicera' }).click();
  await toast('Lager till butik två (kopia) är skapat');
  await page.getByRole('button', { name: 'Mer för Lager till butik två (kopia)' }).click();
  await page.getByRole('menuitem', { name: 'Ta bort…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Ta bort' }).click();
  await until(async () => (await page.getByRole('row').count()) === 2);
  await page.goto(`${weft.url}/a/1/flows?q=finns-inte`);
  await seen(page.getByText('Inget flöde stämmer'));
  await page.getByRole('link', { name: 'Visa alla flöden' }).click();
  await until(async () => (await page.getByRole('row').count()) > 2);
});

test('the palette leads to a flow, a place and a command by a few letters', async () => {
  const type = async (text: string): Promise<void> => {
    await page.keyboard.press('Control+k');
    await page.getByRole('dialog').getByRole('combobox').fill(text);
  };
  await type('lager till');
  await seen(page.getByRole('option', { name: 'Lager till butik två' }));
  await isAccessible(page, 'palette');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await seen(heading('Lager till butik två'));
  await type('mörkt');
  await page.getByRole('option', { name: 'Mörkt tema' }).click();
  await until(async () => (await page.locator('html').getAttribute('data-theme')) === 'dark');
  await type('english');
  await page.getByRole('option', { name: 'Switch to English' }).click();
  await until(async () => (await page.locator('html').getAttribute('lang')) === 'en');
  await type('go to conn');
  await page.getByRole('option', { name: 'Go to connections' }).click();
  await seen(heading('Connections'));
});

test('no page wrote an error, and none broke the content security policy', () => {
  expect(person.complaints).toEqual([]);
});
