import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { findDemo, type Screen, screensOf } from './screens.ts';

const HELP = `Takes a picture of every screen into screenshots/, in light and dark, wide and 360 px.

  npm run screenshots                      all of them, in Swedish
  npm run screenshots -- flows connection  those whose names begin so
  npm run screenshots -- --language en     in English
`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { help: { type: 'boolean' }, language: { type: 'string', default: 'sv' } },
});

const OUT = path.resolve(import.meta.dirname, '../../screenshots');
const WIDTHS = { wide: 1440, phone: 360 } as const;

async function take(page: Page, base: string, { name, path: at, before }: Screen): Promise<void> {
  await page.goto(at.startsWith('/') ? new URL(at, base).href : `${base}/a/1/${at}`);
  // what is on its way is over when the network has been silent
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await page.locator('[role=status] .bone').first().waitFor({ state: 'detached' });
  await before?.(page);
  for (const [size, width] of Object.entries(WIDTHS)) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      // the page scrolls inside its frame: the picture is as high as what is in it
      const height = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 0);
      await page.setViewportSize({ width, height: Math.min(4000, Math.max(900, height + 120)) });
      await page.screenshot({ path: path.join(OUT, `${name}-${size}-${colorScheme}.png`) });
    }
  }
  await page.setViewportSize({ width: WIDTHS.wide, height: 900 });
}

async function signIn(page: Page, { url, signIn: by }: WeftProcess): Promise<void> {
  await page.goto(url);
  await page.locator('#email').fill(by.email);
  await page.locator('#password').fill(by.password ?? '');
  await page.locator('form button[type=submit]').click();
  await page.waitForURL(/\/a\/\d+/);
}

async function takeAll(): Promise<void> {
  const data = makeDataDir();
  const weft = await startWeft({ dataDir: data.path });
  const browser = await openBrowser({ language: values.language === 'en' ? 'en-GB' : 'sv-SE' });
  try {
    mkdirSync(OUT, { recursive: true });
    const page = await browser.context.newPage();
    await signIn(page, weft);
    const screens = screensOf(await findDemo(await weft.admin()));
    for (const screen of screens) {
      if (positionals.length > 0 && !positionals.some((wanted) => screen.name.startsWith(wanted))) continue;
      await take(page, weft.url, screen);
      console.log(screen.name);
    }
  } finally {
    await browser.close();
    await weft.stop();
    await data.remove();
  }
}

if (values.help) console.log(HELP);
else await takeAll();
