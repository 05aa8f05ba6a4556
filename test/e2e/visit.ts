import axe, { type Result } from 'axe-core';
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { openBrowser, type Reader, type TestBrowser } from '../support/browser.ts';

/** Milliseconds a page may take to show what a person waits for. */
export const PATIENCE_MS = 20_000;

/** A person's browser, with everything its pages complained about. */
export interface Visit {
  readonly browser: TestBrowser;
  readonly complaints: readonly string[];
  open(url: string): Promise<Page>;
  close(): Promise<void>;
}

export async function visit(reader: Reader): Promise<Visit> {
  const browser = await openBrowser(reader);
  const complaints: string[] = [];
  browser.context.setDefaultTimeout(PATIENCE_MS);
  browser.context.on('page', (page) => {
    page.on('pageerror', (error) => complaints.push(`${page.url()}: ${error.message}`));
    page.on('console', (message) => {
      // violations of the content security policy are errors here, too
      if (message.type() !== 'error' && message.type() !== 'warning') return;
      complaints.push(`${page.url()}: ${message.text()} ${message.location().url}`);
    });
  });
  return {
    browser,
    complaints,
    open: async (url) => {
      const page = await browser.context.newPage();
      await page.emulateMedia({ reducedMotion: 'reduce' });
      await page.goto(url);
      return page;
    },
    close: () => browser.close(),
  };
}

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/** What axe finds in what is shown. */
async function violationsIn(page: Page): Promise<readonly Result[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  return page.evaluate(
    async (options) => (await (window as unknown as { axe: typeof axe }).axe.run(document, options)).violations,
    { runOnly: { type: 'tag' as const, values: TAGS }, resultTypes: ['violations' as const] },
  );
}

/** Every violation of WCAG 2.2 AA and of good practice that a machine can find in what is shown, of any impact, each with its element. */
export async function axeFaults(page: Page): Promise<string[]> {
  return (await violationsIn(page)).flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target} ${failureSummary?.replaceAll(/\s+/g, ' ')}`),
  );
}

/**
 * No violation of WCAG 2.2 AA that a machine can find, in light and in dark: no serious one, or with `every` none at all, good
 * practice included.
 */
export async function isAccessible(page: Page, name: string, held: 'serious' | 'every' = 'serious'): Promise<void> {
  for (const colorScheme of ['dark', 'light'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const found = (await violationsIn(page))
      .filter(({ impact }) => held === 'every' || impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)}`);
    expect([name, colorScheme, found]).toEqual([name, colorScheme, []]);
  }
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.locator('#email').fill(email);
  await page.locator('#password').fill(password);
  await page.locator('form button[type=submit]').click();
}
