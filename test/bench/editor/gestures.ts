import { setTimeout as pause } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { type Gesture, measured, VIEWPORT } from './probe.ts';

/** Milliseconds between two movements of the hand: a little faster than the screen. */
const BEAT_MS = 15;
const MOVES = 60;

export type GestureName = 'pan' | 'zoom' | 'drag';
export const GESTURES: readonly GestureName[] = ['pan', 'zoom', 'drag'];

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Movements at a hand's pace, whether or not the page keeps up. */
async function atPace(count: number, move: (index: number) => Promise<void>): Promise<void> {
  const sent: Promise<void>[] = [];
  const from = performance.now();
  for (let index = 0; index < count; index++) {
    await pause(Math.max(0, from + index * BEAT_MS - performance.now()));
    sent.push(move(index));
  }
  await Promise.all(sent);
}

/** There and back again, so that nothing is elsewhere afterwards. */
async function sweep(page: Page, from: Point, by: number): Promise<void> {
  await atPace(2 * MOVES, (index) => {
    const far = index < MOVES ? index + 1 : 2 * MOVES - 1 - index;
    return page.mouse.move(from.x - far * by, from.y - far * (by / 2));
  });
}

async function pan(page: Page, from: Point): Promise<Gesture> {
  await page.mouse.move(from.x, from.y);
  await page.mouse.down({ button: 'middle' });
  const result = await measured(page, VIEWPORT, () => sweep(page, from, 8));
  await page.mouse.up({ button: 'middle' });
  return result;
}

async function zoom(page: Page, at: Point): Promise<Gesture> {
  await page.mouse.move(at.x, at.y);
  await page.keyboard.down('Control');
  const result = await measured(page, VIEWPORT, () =>
    atPace(2 * MOVES, (index) => page.mouse.wheel(0, index < MOVES ? 6 : -6)),
  );
  await page.keyboard.up('Control');
  return result;
}

async function drag(page: Page): Promise<Gesture> {
  const id = await middleStep(page);
  const selector = `.react-flow__node[data-id="${id}"]`;
  const box = await page.locator(selector).boundingBox();
  if (!box) throw new Error('the step to drag is not in sight');
  const from = { x: box.x + 100, y: box.y + box.height / 2 };
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  // past the threshold under which a press is a click
  await page.mouse.move(from.x - 8, from.y - 8);
  const result = await measured(page, selector, () => sweep(page, from, 4));
  await page.mouse.up();
  return result;
}

/** The step nearest to the middle of the canvas. */
function middleStep(page: Page): Promise<string> {
  return page.evaluate(() => {
    const pane = document.querySelector('.react-flow')?.getBoundingClientRect() ?? new DOMRect();
    const far = (node: Element): number => {
      const box = node.getBoundingClientRect();
      return Math.hypot(
        box.x + box.width / 2 - (pane.x + pane.width / 2),
        box.y + box.height / 2 - (pane.y + pane.height / 2),
      );
    };
    const [nearest] = [...document.querySelectorAll<HTMLElement>('.react-flow__node')].sort((a, b) => far(a) - far(b));
    return nearest?.dataset['id'] ?? '';
  });
}

/** What takes the pointer at a place, in the page's own words. */
function onTop(page: Page, { x, y }: Point): Promise<string> {
  return page.evaluate(
    (at) => document.elementFromPoint(at.x, at.y)?.closest('[class]')?.outerHTML.slice(0, 200) ?? 'nothing',
    { x, y },
  );
}

/** From the middle of the canvas. */
export async function oneGesture(page: Page, name: GestureName): Promise<Gesture> {
  const box = await page.locator('.react-flow').boundingBox();
  if (!box) throw new Error('there is no canvas');
  const middle = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  const result = await { pan: () => pan(page, middle), zoom: () => zoom(page, middle), drag: () => drag(page) }[name]();
  if (result.fps === 0) throw new Error(`nothing moved: ${name}; over the canvas lies ${await onTop(page, middle)}`);
  return result;
}

export async function allGestures(page: Page): Promise<Record<GestureName, Gesture>> {
  return {
    pan: await oneGesture(page, 'pan'),
    zoom: await oneGesture(page, 'zoom'),
    drag: await oneGesture(page, 'drag'),
  };
}
