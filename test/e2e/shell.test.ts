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
    await expect.poll(() => focused(page)).toBe(show);
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
});
