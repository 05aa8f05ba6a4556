import type { Page } from 'playwright-core';
import { type Demo, findDemo, type Screen, screensOf, show } from '../screenshots/screens.ts';
import type { Reader } from '../support/browser.ts';
import { practiceOf } from '../support/practice-client.ts';
import { makeDataDir, startWeft } from '../support/weft-process.ts';
import { axeFaults, signIn, type Visit, visit } from './visit.ts';

/** The narrowest window one draws in. */
const DRAWING = 768;

/** Weft with everything the pictures show, and a person who looks at it. */
export interface Stand {
  readonly url: string;
  readonly demo: Demo;
  readonly visitor: Visit;
  readonly page: Page;
  /** What is wrong with the screens, each line with the screen and the element. The person is signed out by then. */
  readonly faults: () => Promise<string[]>;
  readonly close: () => Promise<void>;
}

/** What sticks out at the side of the page, of its bar, or of what lies over it. */
const tooWide = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, header.top, [role=dialog], [role=menu]')]
      .filter(({ scrollWidth, clientWidth }) => clientWidth > 0 && scrollWidth > clientWidth)
      .map(
        (each) => `wider than it may be: ${each.tagName}.${each.className} ${each.scrollWidth} > ${each.clientWidth}`,
      ),
  );

/** What moves although the reader wants things to stand still. */
const moving = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    document
      .getAnimations()
      .filter(({ effect, playState }) => playState === 'running' && effect?.getComputedTiming().duration !== 0)
      .map(({ effect }) => `moves: ${(effect as KeyframeEffect).target?.outerHTML.slice(0, 200)}`),
  );

/** Resolves when what came in has come to rest; what turns for as long as it waits is no part of that. */
const still = async (page: Page): Promise<void> => {
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every(({ effect, playState }) => playState !== 'running' || effect?.getComputedTiming().iterations === Infinity),
  );
};

async function faultsAt(page: Page, url: string, screen: Screen, reduced: boolean): Promise<string[]> {
  try {
    await show(page, url, screen);
  } catch (error) {
    return [`could not be shown: ${error}`];
  }
  if (!reduced) await still(page);
  return [...(reduced ? await moving(page) : []), ...(await tooWide(page)), ...(await axeFaults(page))];
}

/** `reduced`: the reader has asked for less motion, and gets none. */
export async function standFor(reader: Reader & { readonly width: number }, reduced: boolean): Promise<Stand> {
  const data = makeDataDir();
  const weft = await startWeft({ dataDir: data.path });
  const demo = await findDemo(await weft.admin(), practiceOf(weft));
  const visitor = await visit(reader);
  const page = await visitor.open(weft.url);
  await page.emulateMedia({ reducedMotion: reduced ? 'reduce' : 'no-preference' });
  await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
  await page.waitForURL(/\/a\/\d+/);
  const phone = reader.width < DRAWING;
  const faults = async () => {
    const found: string[] = [];
    const look = async (screens: readonly Screen[]) => {
      for (const screen of screens) {
        const width = screen.wide ? Math.max(DRAWING, reader.width) : reader.width;
        await page.setViewportSize({ width, height: reader.height ?? 900 });
        for (const fault of await faultsAt(page, weft.url, screen, reduced)) found.push(`${screen.name}: ${fault}`);
      }
    };
    const screens = screensOf(demo).filter(({ narrow }) => phone || !narrow);
    await look(screens.filter(({ outside }) => !outside));
    await visitor.browser.context.clearCookies();
    await look(screens.filter(({ outside }) => outside));
    // what a screen is there to show is answered no by the server
    return [...found, ...visitor.complaints.filter((line) => !line.includes('Failed to load resource'))];
  };
  return {
    url: weft.url,
    demo,
    visitor,
    page,
    faults,
    close: async () => {
      await visitor.close();
      await weft.stop();
      await data.remove();
    },
  };
}
