import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type PracticeClient, practiceOf } from '../support/practice-client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let practice: PracticeClient;
let person: Visit;
/** The person's tab with Weft. */
let page: Page;
let shop: Page;
let erp: Page;
/** Number of the first order placed. */
let first: string;

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  practice = practiceOf(weft);
  person = await visit({ language: 'sv-SE', width: 1280, height: 900 });
});
afterAll(async () => {
  await person?.close();
  await weft?.stop();
  await data.remove();
});

const seen = (locator: Locator, timeout = PATIENCE_MS): Promise<void> => locator.waitFor({ state: 'visible', timeout });
const heading = (at: Page, name: string | RegExp): Locator => at.getByRole('heading', { level: 1, name });
const goTo = (name: string): Promise<void> =>
  page.getByRole('navigation', { name: 'Huvudmeny' }).getByRole('link', { name }).first().click();
/** A row of the runs list by its record and state. */
const row = (record: string, status: string): Locator =>
  page
    .getByRole('row')
    .filter({ has: page.getByRole('link', { name: `Order ${record}`, exact: true }) })
    .filter({ hasText: status });

async function placeInShop(): Promise<string> {
  await shop.getByRole('button', { name: 'Lägg order', exact: true }).click();
  const said = shop.getByText(/^Order \d+ är lagd\.$/);
  await seen(said);
  return /\d+/.exec((await said.textContent()) ?? '')?.[0] ?? '';
}

test('a wrong password is answered in words, the right one leads to the overview', async () => {
  page = await person.open(weft.url);
  await seen(heading(page, 'Logga in'));
  await isAccessible(page, 'sign-in');
  await signIn(page, weft.signIn.email, 'not the password');
  await seen(page.getByText('E-post och lösenord hör inte ihop.'));
  // the browser writes every refused request in red
  (person.complaints as string[]).splice(0);
  await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
  await seen(heading(page, /Exempelbutiken AB/));
  expect(new URL(page.url()).pathname).toMatch(/^\/a\/\d+$/);
});

test('the demo flow is live, and its steps are shown', async () => {
  await goTo('Flöden');
  await seen(heading(page, 'Flöden'));
  const name = 'Orders: WooCommerce → Fortnox, with status write-back';
  await seen(page.getByRole('row').filter({ hasText: name }).getByText('Live').filter({ visible: true }));
  await isAccessible(page, 'flows');
  await page.getByRole('link', { name }).click();
  await seen(heading(page, name));
  await isAccessible(page, 'flow');
});

test('an order placed in the practice shop shows up in the open list of runs, and stands in the ERP soon after', async () => {
  await goTo('Körningar');
  await seen(heading(page, 'Körningar'));
  await seen(page.getByText('Inga körningar ännu'));
  await isAccessible(page, 'no runs');

  const opened = person.browser.context.waitForEvent('page');
  await page.getByRole('link', { name: /Övningsbutik/ }).click();
  shop = await opened;
  await seen(heading(shop, 'Övningsbutiken'));
  erp = await person.open(weft.practice?.erp ?? '');
  await seen(erp.getByText('Inga order än.'));

  const order = await placeInShop();
  first = order;
  const from = performance.now();
  await seen(erp.locator('#orders tr').filter({ hasText: 'Åsa Lindström' }), 5000);
  const arrivedMs = performance.now() - from;
  // the ERP's page looks once a second
  expect(arrivedMs).toBeLessThan(5000);
  await seen(row(order, 'Klar'));

  const [inErp] = await practice.erpOrders();
  await seen(shop.locator('#orders tr').filter({ hasText: order }).getByText('Klar', { exact: true }));
  await seen(shop.locator('#orders tr').filter({ hasText: order }).getByText(`Fortnox order ${inErp?.number}`));
  await isAccessible(shop, 'practice shop');
  await isAccessible(erp, 'practice ERP');
});

test('a run tells what it has made, step by step', async () => {
  const [inErp] = await practice.erpOrders();
  await row(first, 'Klar').getByRole('link').first().click();
  await seen(heading(page, new RegExp(`Order ${first}`)));
  await seen(heading(page, new RegExp(String(inErp?.number))));
  await seen(page.getByText('Körningen är klar'));
  expect(await page.locator('ol.tl > li').count()).toBeGreaterThan(5);
  await isAccessible(page, 'run');
  await page.getByRole('navigation', { name: 'Visa som' }).getByRole('link', { name: 'Logg' }).click();
  await seen(page.getByText('run.succeeded'));
  await isAccessible(page, 'log of a run');
});

test('the events of a run appear while one looks at it', async () => {
  await goTo('Körningar');
  // the ERP takes 25 requests in 5 s, so the last of these are under way for a while
  await shop.getByRole('button', { name: 'Lägg 10 order' }).click();
  const said = shop.getByText(/^Order \d+–\d+ är lagd/);
  await seen(said);
  const last = /–(\d+)/.exec((await said.textContent()) ?? '')?.[1] ?? '';
  await page
    .getByRole('link', { name: `Order ${last}`, exact: true })
    .first()
    .click();
  await seen(heading(page, new RegExp(`Order ${last}`)));
  const lines = page.locator('ol.tl > li');
  await seen(lines.first());
  const before = await lines.count();
  expect(await page.getByText('Körningen är klar').count()).toBe(0);
  await until(async () => (await lines.count()) > before);
  await seen(page.getByText('Körningen är klar'), 60_000);
  await seen(page.locator('header.head').getByText('Klar', { exact: true }));
});

test('an order is found by its number', async () => {
  await page.keyboard.press('Control+k');
  await seen(page.getByRole('dialog').getByRole('combobox'));
  await page.keyboard.type(first);
  await page.keyboard.press('Enter');
  await seen(row(first, 'Klar'));
  await until(
    async () =>
      (await page.getByRole('row').count()) ===
      (await page.getByRole('link', { name: `Order ${first}`, exact: true }).count()) + 1,
  );
  await isAccessible(page, 'runs');
  await page.getByPlaceholder('Sök order, kund…').last().fill('no such order');
  await page.keyboard.press('Enter');
  await seen(page.getByText('Ingen körning stämmer'));
  await page.getByRole('link', { name: 'Visa alla körningar' }).click();
  await until(async () => (await page.getByRole('row').count()) > 10);
});

/** Puts the two steps that look things up into one group of the live flow. */
async function groupSteps(): Promise<void> {
  const admin = await weft.admin();
  const { flows } = (await admin.ask('GET', '/api/tenants/1/flows')).body;
  const at = `/api/tenants/1/flows/${flows[0].id}`;
  const { draft, flow } = (await admin.ask('GET', at)).body;
  const groups = [{ id: 'match', title: 'Matchning', nodes: ['articles', 'customer'] }];
  await admin.ask('PUT', `${at}/draft`, { basedOn: flow.revision, document: { ...draft, groups } });
  const wish = { revision: flow.revision + 1, note: '', on: true };
  expect((await admin.ask('POST', `${at}/publish`, wish)).status).toBe(200);
}

test('an order with an unknown article fails in three layers, is mended, and goes through when run again', async () => {
  await groupSteps();
  await practice.shop('POST', 'products', { name: 'Vävstol', sku: 'VAVSTOL-1', regular_price: '4990.00' });
  await shop.reload();
  await seen(shop.getByLabel(/^Vävstol/));
  await shop.getByLabel(/^Mugg, blå/).fill('0');
  await shop.getByLabel(/^Vävstol/).fill('1');
  const order = await placeInShop();

  await goTo('Körningar');
  await row(order, 'Fel').getByRole('link').first().click();
  const why = page.getByRole('region', { name: 'Vad som hände' });
  await seen(why.getByText('En artikel på ordern finns inte i affärssystemet.'));
  await seen(why.getByText('Skapa artikeln som nämns nedan eller rätta artikelnumret och kör om.'));
  await seen(why.getByText(/VAVSTOL-1/).first());
  const technical = why.locator('details');
  expect(await technical.getByText('Meddelande').isVisible()).toBe(false);
  await technical.locator('summary').click();
  await seen(technical.getByText('ARTICLE_MISSING'));
  // a group in place of its steps tells what they would
  await page.getByRole('button', { name: 'Visa Matchning som en ruta' }).click();
  const box = page.locator('.drawing .group-box');
  await seen(box.getByText('0 av 2 steg klara'));
  await seen(box.locator('.error-badge').getByText('× 1'));
  await isAccessible(page, 'failed run');
  expect((await practice.erpOrders()).some((each) => each.yourOrder === order)).toBe(false);

  await goTo('Översikt');
  await seen(page.getByText('En artikel på ordern finns inte i affärssystemet.').first());
  await isAccessible(page, 'overview');
  await page.goBack();

  await practice.erp('POST', 'articles', { Article: { ArticleNumber: 'VAVSTOL-1', Description: 'Vävstol' } });
  await page.getByRole('button', { name: 'Kör om…' }).click();
  const question = page.getByRole('dialog');
  await seen(question.getByText(`Kör om Order ${order}?`));
  await isAccessible(page, 'question');
  await question.getByRole('button', { name: 'Kör om' }).click();
  await seen(page.getByText(`Order ${order} körs om`));
  await seen(page.locator('header.head').getByText('Klar', { exact: true }));
  const documents = (await practice.erpOrders()).filter((each) => each.yourOrder === order);
  expect(documents).toHaveLength(1);
  await seen(heading(page, new RegExp(`Order ${order}.*${documents[0]?.number}`)));
  await seen(box.getByText('2 av 2 steg klara'));
  expect(await box.locator('.error-badge').count()).toBe(0);
  await box.click();
  await box.waitFor({ state: 'detached' });
  await seen(page.locator('.drawing .node').filter({ hasText: 'Matcha artiklar' }));
});

test('the language changes without a reload, and is remembered', async () => {
  await page.evaluate(() => Object.assign(globalThis, { stayed: true }));
  await page.getByRole('button', { name: 'Switch to English' }).click();
  await seen(page.getByText('What has happened'));
  await seen(page.getByText('The run is done'));
  expect(await page.locator('html').getAttribute('lang')).toBe('en');
  expect(await page.evaluate(() => 'stayed' in globalThis)).toBe(true);
  await page.reload();
  await seen(page.getByText('What has happened'));
  await page.getByRole('button', { name: 'Byt till svenska' }).click();
  await seen(page.getByText('Vad som har hänt'));
});

test('both connections answer when they are tested', async () => {
  await goTo('Anslutningar');
  await seen(heading(page, 'Anslutningar'));
  for (const [at, label] of [
    /Ansluten till .*, \d+ ord(er|rar)$/,
    /Ansluten till Övningsbolaget AB, 559000-1047/,
  ].entries()) {
    const tests = page.getByRole('button', { name: 'Testa' });
    const titles = ['Övningsbutiken', 'Övningsekonomin'];
    await page
      .locator('li, tr, article, section')
      .filter({ hasText: titles[at] ?? '' })
      .filter({ has: tests })
      .last()
      .getByRole('button', { name: 'Testa' })
      .click();
    await seen(page.getByText(label));
  }
  await isAccessible(page, 'connections');
});

test('the flow can be switched off and on, and who changes their mind while it is under way is heard', async () => {
  await goTo('Flöden');
  const toggle = page.getByRole('switch').first();
  const says = (checked: boolean) => until(async () => (await toggle.getAttribute('aria-checked')) === String(checked));
  const turnOff = async () => {
    await toggle.click();
    await page.getByRole('dialog').getByRole('button', { name: 'Stäng av' }).click();
  };
  /** Done, and so after a reload. */
  const holds = async (checked: boolean) => {
    await says(checked);
    await until(async () => !(await toggle.getAttribute('class'))?.includes('busy'));
    await page.reload();
    await says(checked);
  };
  await turnOff();
  await holds(false);
  await toggle.click();
  await holds(true);

  // the first wish is kept on its way until the second is there
  const { promise: bothWished, resolve } = Promise.withResolvers<void>();
  const states = /\/flows\/[^/]+\/state$/;
  await page.route(states, async (route) => {
    await bothWished;
    await route.continue();
  });
  await turnOff();
  await says(false);
  await toggle.click();
  await says(true);
  resolve();
  await holds(true);
  await page.unroute(states);
});

test('signed out, the page shows nothing any more', async () => {
  const inside = page.url();
  await page.getByRole('button', { name: /^Du:/ }).click();
  await page.getByRole('menuitem', { name: 'Logga ut' }).click();
  await seen(heading(page, 'Logga in'));
  await page.goto(inside);
  await seen(heading(page, 'Logga in'));
});

test('in English, sign-in leads back to where one wanted to go', async () => {
  const visitor = await visit({ language: 'en-GB', theme: 'dark', width: 1280, height: 900 });
  try {
    const reader = await visitor.open(`${weft.url}/a/1/runs?record=${first}`);
    await seen(heading(reader, 'Sign in'));
    await signIn(reader, weft.signIn.email, weft.signIn.password ?? '');
    await seen(heading(reader, 'Runs'));
    await seen(reader.getByRole('link', { name: `Order ${first}`, exact: true }).first());
    expect(await reader.locator('html').getAttribute('lang')).toBe('en');
    expect(visitor.complaints).toEqual([]);
  } finally {
    await visitor.close();
  }
});

test('no page wrote an error, and none broke the content security policy', () => {
  expect(person.complaints).toEqual([]);
});
