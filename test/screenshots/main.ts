import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openBrowser } from '../support/browser.ts';
import { practiceOf } from '../support/practice-client.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { findDemo, type Screen, screensOf, show } from './screens.ts';

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

/** As high as what is in the page, which scrolls inside its frame. */
async function heighten(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: 900 });
  const height = await page.evaluate(() => document.querySelector('main')?.scrollHeight ?? 0);
  await page.setViewportSize({ width, height: Math.min(4000, Math.max(900, height + 60)) });
}

/** What the width brings in is there: a phone reads where a wide page draws. */
const settled = (page: Page) =>
  page.waitForFunction(() => {
    const main = document.querySelector('main');
    return !document.querySelector('.bone') && (main === null || (main.textContent ?? '').trim() !== '');
  });

async function take(page: Page, base: string, screen: Screen): Promise<void> {
  await page.setViewportSize({ width: screen.narrow ? WIDTHS.phone : WIDTHS.wide, height: 900 });
  await show(page, base, screen);
  for (const [size, width] of Object.entries(WIDTHS)) {
    if (size === 'phone' ? screen.wide : screen.narrow) continue;
    await heighten(page, width);
    await settled(page);
    await heighten(page, width);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.screenshot({ path: path.join(OUT, `${screen.name}-${size}-${colorScheme}.png`) });
    }
  }
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
    const screens = screensOf(await findDemo(await weft.admin(), practiceOf(weft))).filter(
      ({ name }) => positionals.length === 0 || positionals.some((wanted) => name.startsWith(wanted)),
    );
    const takeThese = async (which: readonly Screen[]): Promise<void> => {
      for (const screen of which) {
        // one that cannot be taken does not cost the others
        try {
          await take(page, weft.url, screen);
          console.log(screen.name);
        } catch (error) {
          console.error(`${screen.name}: ${error}`);
          process.exitCode = 1;
        }
      }
    };
    await takeThese(screens.filter(({ outside }) => outside));
    await signIn(page, weft);
    await takeThese(screens.filter(({ outside }) => !outside));
  } finally {
    await browser.close();
    await weft.stop();
    await data.remove();
  }
}

if (values.help) console.log(HELP);
else await takeAll();
