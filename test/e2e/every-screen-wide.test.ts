import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Stand, standFor } from './every-screen.ts';

let stand: Stand;
let page: Page;
beforeAll(async () => {
  stand = await standFor({ language: 'en-GB', theme: 'light', width: 1440, height: 900 }, true);
  page = stand.page;
});
afterAll(() => stand?.close());

/** Where one clicks on what lies partly outside the window: brought in by the browser's own scrolling, it would jump back under the hand. */
const HEAD = { x: 16, y: 24 };

/** The flow of the pictures, as large as it is. */
async function drawn(): Promise<void> {
  await page.goto(`${stand.url}/a/1/flows/${stand.demo.drawn}`);
  await page.locator('.react-flow__node-step').first().waitFor();
  await page.locator('.canvas-box').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('0');
  await page.getByRole('button', { name: '100 %' }).waitFor();
}

test('a port can be taken hold of within 24 px of its own, and so can the corners of a note', async () => {
  await drawn();
  await page.locator('.react-flow__node-note').click({ position: HEAD });
  await page.locator('.paper-grip').first().waitFor();
  const { seen, missed } = await page.evaluate(() => {
    const REACH = 11;
    const all = [...document.querySelectorAll('.react-flow__handle.port, .paper-grip')].map((each) => {
      const { x, y, width, height } = each.getBoundingClientRect();
      const [left, top] = [x + width / 2, y + height / 2];
      const around = [0, REACH, -REACH].flatMap((by) => [[left + by, top] as const, [left, top + by] as const]);
      const hit = around.map(([at, down]) => document.elementFromPoint(at, down));
      // outside the window, or under a tool that floats over the canvas
      const covered = hit.some((found) => found === null || found.closest('.react-flow') === null);
      return {
        name: `${each.className} ${each.getAttribute('data-id')}`,
        covered,
        held: hit.every((of) => of === each),
      };
    });
    const open = all.filter(({ covered }) => !covered);
    return { seen: open.length, missed: open.filter(({ held }) => !held).map(({ name }) => name) };
  });
  expect(missed).toEqual([]);
  expect(seen).toBeGreaterThan(15);
});

test('with less motion the drawing is where it is sent at once, also when a panel would cover the step', async () => {
  await drawn();
  await page.evaluate(() => {
    const drawing = document.querySelector<HTMLElement>('.react-flow__viewport');
    const places: string[] = [];
    if (drawing)
      new MutationObserver(() => places.push(drawing.style.transform)).observe(drawing, { attributeFilter: ['style'] });
    Object.assign(window, { places });
  });
  await page.locator('.react-flow__node-step[data-id="write"]').click({ position: HEAD });
  await page.getByRole('complementary').waitFor();
  const places = await page.waitForFunction(() => {
    const { places } = window as unknown as { places: string[] };
    return (
      places.length > 0 && new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(places))))
    );
  });
  expect(new Set((await places.jsonValue()) as string[]).size).toBe(1);
});

test('no screen has a fault a machine can find, in English, in light and wide, and none moves when asked not to', async () => {
  expect(await stand.faults()).toEqual([]);
}, 600_000);
