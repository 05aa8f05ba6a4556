import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { firstSteps as enFirst } from '#editor/locales/en/first-steps.ts';
import { en } from '#editor/locales/en/index.ts';
import { firstSteps as svFirst } from '#editor/locales/sv/first-steps.ts';
import { sv } from '#editor/locales/sv/index.ts';
import type { Client } from '../support/client.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path });
  api = await weft.admin();
});
afterAll(async () => {
  await weft?.stop();
  await data.remove();
});

/** A sentence of the page with its gaps filled. */
const said = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });
const gone = (locator: Locator): Promise<void> => locator.waitFor({ state: 'detached', timeout: PATIENCE_MS });
const focused = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.activeElement?.textContent ?? undefined);

describe.each([
  { language: 'sv-SE', words: { ...sv, firstSteps: svFirst }, name: 'sv' },
  { language: 'en-GB', words: { ...en, firstSteps: enFirst }, name: 'en' },
] as const)('in $language', ({ language, words: t, name }) => {
  let visitor: Visit;
  let page: Page;
  beforeAll(async () => {
    visitor = await visit({ language, width: 1280, height: 900 });
    page = await visitor.open(weft.url);
    await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
    await page.waitForURL(/\/a\/1$/);
  });
  afterAll(async () => {
    expect(visitor.complaints).toEqual([]);
    await visitor?.close();
  });

  /** Opens the palette and writes in it. */
  const find = async (words: string): Promise<void> => {
    await page.keyboard.press('Control+k');
    await page.getByRole('combobox', { name: t.palette.label }).fill(words);
  };

  test('the first steps say what is done, lead to what is not, and are put away and found again', async () => {
    const list = page.getByRole('region', { name: new RegExp(`^${t.firstSteps.title}`) });
    await seen(list);
    // the demo is connected and switched on; nothing has been carried, and nobody is invited
    const open = list.getByRole('listitem').filter({ has: page.getByRole('link') });
    expect(await open.getByRole('link').allTextContents()).toEqual([
      t.firstSteps.carried.title,
      t.firstSteps.colleague.title,
    ]);
    await seen(list.getByText(said(t.firstSteps.progress, { done: 3, count: 5 })));
    if (name === 'sv') await isAccessible(page, 'first steps', 'every');
    await list.getByRole('button', { name: t.firstSteps.putAway }).focus();
    await page.keyboard.press('Enter');
    const show = said(t.firstSteps.show, { done: 3, count: 5 });
    await gone(list);
    await expect.poll(() => focused(page), { timeout: PATIENCE_MS }).toBe(show);
    await page.reload();
    await seen(page.getByRole('button', { name: show }));
    expect(await list.count()).toBe(0);
    await page.getByRole('button', { name: show }).focus();
    await page.keyboard.press('Enter');
    await seen(list);
    await list.getByRole('link', { name: t.firstSteps.colleague.title }).click();
    await page.waitForURL(/\/a\/1\/members$/);
  });

  test('a step is done by what is really so, and no longer done when that is no longer so', async () => {
    const email = `kollega-${name}@example.com`;
    const body = { email, role: 'customer', language: name };
    const invited = (await api.ask('POST', '/api/tenants/1/members/invitations', body)).status;
    expect(invited).toBeLessThan(300);
    await page.goto(`${weft.url}/a/1`);
    await seen(page.getByText(said(t.firstSteps.progress, { done: 4, count: 5 })));
    const { invitations } = (await api.ask('GET', '/api/tenants/1/members')).body;
    for (const { id } of invitations) await api.ask('DELETE', `/api/tenants/1/members/invitations/${id}`);
    await page.reload();
    await seen(page.getByText(said(t.firstSteps.progress, { done: 3, count: 5 })));
  });

  test('the palette finds a step of the open flow and jumps to it, also where it lies in a collapsed group', async () => {
    const step = (id: string, title: string, x: number) => ({
      id,
      type: 'core.log',
      version: 1,
      title,
      config: { message: id },
      at: { x, y: 0 },
    });
    const document = {
      format: 1,
      name: `Sökt ${name}`,
      nodes: [step('one', 'Första raden', 0), step('two', 'Kundens rabatt', 320)],
      wires: [],
      groups: [{ id: 'pair', title: 'Par', nodes: ['one', 'two'] }],
    };
    const { id } = (await api.ask('POST', '/api/tenants/1/flows', { document })).body;
    await page.goto(`${weft.url}/a/1/flows/${id}`);
    await page.locator('.frame-toggle').click();
    await page.locator('.frame.collapsed').waitFor();
    await find('rabatt');
    const option = page.getByRole('option', { name: /^Kundens rabatt/ });
    await option.click();
    await seen(page.locator('.react-flow__node-step[data-id="two"]'));
    await page.waitForURL(/step=two/);
    await seen(page.locator('aside.panel'));
    // elsewhere there are no steps of a flow
    await page.goto(`${weft.url}/a/1/flows`);
    await seen(page.getByRole('heading', { level: 1, name: t.flows.title }));
    await find('rabatt');
    await seen(page.getByRole('option').first());
    expect(await option.count()).toBe(0);
  });

  test('an address with its filters stands after a reload, and after signing in', async () => {
    const { flows } = (await api.ask('GET', '/api/tenants/1/flows')).body;
    const { connections } = (await api.ask('GET', '/api/tenants/1/connections')).body;
    const [flow, connection] = [flows[0].id, connections[0].id];
    const addresses = [
      '/a/1',
      '/a/1/flows?q=order&state=live',
      `/a/1/flows/${flow}?view=outline`,
      '/a/1/runs?status=failed&record=1042',
      '/a/1/connections',
      `/a/1/connections/${connection}`,
      '/a/1/connections/new',
      '/a/1/templates',
      '/a/1/templates/orders-to-erp',
      '/a/1/findings',
      '/a/1/members',
      '/a/1/tokens',
      '/a/1/tables',
      '/a/1/audit?action=flow',
      '/a/1/tenants',
      '/a/1/plugins',
      '/a/1/projects',
      '/account',
    ];
    const title = () => page.getByRole('heading', { level: 1 }).first().textContent();
    for (const address of addresses) {
      await page.goto(`${weft.url}${address}`);
      await page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' });
      const shown = page.url();
      expect([address, new URL(shown).pathname]).toEqual([address, new URL(address, weft.url).pathname]);
      // a number looked for as text stands in quotes
      for (const [key, value] of new URL(address, weft.url).searchParams)
        expect([address, new URL(shown).searchParams.get(key)?.replaceAll('"', '')]).toEqual([address, value]);
      const before = await title();
      await page.reload();
      await expect.poll(title, { timeout: PATIENCE_MS }).toBe(before);
      expect(page.url()).toBe(shown);
    }
    // whoever is not signed in comes there by way of the sign-in
    const stranger = await visit({ language, width: 1280, height: 900 });
    const other = await stranger.open(`${weft.url}/a/1/runs?status=failed&record=1042`);
    await signIn(other, weft.signIn.email, weft.signIn.password ?? '');
    await other.waitForURL(/\/a\/1\/runs\?/);
    const { searchParams } = new URL(other.url());
    expect([searchParams.get('status'), searchParams.get('record')?.replaceAll('"', '')]).toEqual(['failed', '1042']);
    expect(stranger.complaints).toEqual([]);
    await stranger.close();
  });

  test('language and theme change without a reload', async () => {
    await page.goto(`${weft.url}/a/1/connections`);
    await seen(page.getByRole('heading', { level: 1, name: t.connections.title }));
    await page.evaluate(() => Reflect.set(window, 'stayed', true));
    const from = name === 'sv' ? sv : en;
    const to = name === 'sv' ? en : sv;
    const there = name === 'sv' ? from.shell.toEnglish : from.shell.toSwedish;
    const back = name === 'sv' ? to.shell.toSwedish : to.shell.toEnglish;
    await page.getByRole('button', { name: there }).click();
    await seen(page.getByRole('heading', { level: 1, name: to.connections.title }));
    expect(await page.locator('html').getAttribute('lang')).toBe(name === 'sv' ? 'en' : 'sv');
    await page.getByRole('button', { name: back }).click();
    await seen(page.getByRole('heading', { level: 1, name: from.connections.title }));
    const shade = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await shade();
    for (const [title, theme] of [
      [t.palette.dark, 'dark'],
      [t.palette.light, 'light'],
      [t.palette.system, null],
    ] as const) {
      await find(title);
      await page.getByRole('option', { name: title, exact: true }).click();
      await expect.poll(() => page.locator('html').getAttribute('data-theme'), { timeout: PATIENCE_MS }).toBe(theme);
      expect((await shade()) === light).toBe(theme !== 'dark');
    }
    expect(await page.evaluate(() => Reflect.get(window, 'stayed'))).toBe(true);
  });

  test('the sheet of shortcuts lists the keys of the page', async () => {
    await page.goto(`${weft.url}/a/1`);
    await seen(page.locator('.stats'));
    await page.keyboard.press('?');
    const sheet = page.getByRole('dialog');
    await seen(sheet.getByRole('heading', { name: t.shell.shortcuts }));
    const { help, find: finds, overview, flows, runs, connections, findings } = t.shell.keys;
    for (const label of [help, finds, overview, flows, runs, connections, findings])
      await seen(sheet.getByText(label, { exact: true }));
    if (name === 'sv') await isAccessible(page, 'shortcuts', 'every');
    await page.keyboard.press('Escape');
    await gone(sheet);
  });

  test('what cannot be shown says so, and leads on', async () => {
    await page.goto(`${weft.url}/no/such/page`);
    await seen(page.getByRole('heading', { level: 1, name: t.shell.notFound }));
    if (name === 'sv') await isAccessible(page, 'no such page', 'every');
    await page.getByRole('link', { name: t.shell.back }).click();
    await page.waitForURL(/\/a\/1$/);
    // from here on the browser itself tells of the answers that failed
    const told = visitor.complaints.length;
    await page.goto(`${weft.url}/a/1/flows/00000000-0000-4000-8000-000000000000`);
    await seen(page.getByRole('alert').getByText(t.shell.errors.missing));
    await page.route('**/api/tenants/1/connections', (route) => route.abort());
    await page.goto(`${weft.url}/a/1/connections`);
    await seen(page.getByRole('alert').getByText(t.shell.errors.network));
    await page.unroute('**/api/tenants/1/connections');
    await page.getByRole('alert').getByRole('button', { name: t.shell.retry }).click();
    await page.getByRole('alert').waitFor({ state: 'detached' });
    (visitor.complaints as string[]).splice(told);
  });
});
