import { writeFile } from 'node:fs/promises';
import type { CDPSession, Page } from 'playwright-core';

/** What a gesture came to. */
export interface Gesture {
  /** Frames that showed something else than the one before, a second. */
  readonly fps: number;
  /** The time between two frames that 95 of 100 kept within, in milliseconds. */
  readonly p95Ms: number;
  /** What the page's main thread worked for each of them. */
  readonly frameMs: number;
}

declare global {
  interface Window {
    weftBench: {
      readyAt?: number;
      watch(selector: string): void;
      stop(): { times: number[]; moved: number; ms: number };
    };
  }
}

/** Runs in the page before its own scripts: says when the flow is there, and counts frames. */
export function installProbe(steps: number): void {
  let running = 0;
  const settle = (left: number): void => {
    if (left === 0) window.weftBench.readyAt = performance.now();
    else requestAnimationFrame(() => settle(left - 1));
  };
  const look = (): void => {
    const nodes = document.querySelectorAll<HTMLElement>('.react-flow__node');
    if (nodes.length >= steps && nodes[0]?.style.visibility !== 'hidden') settle(2);
    else requestAnimationFrame(look);
  };
  let read = (): ReturnType<Window['weftBench']['stop']> => ({ times: [], moved: 0, ms: 0 });
  window.weftBench = {
    watch: (selector) => {
      const target = document.querySelector<HTMLElement>(selector);
      if (!target) throw new Error(`there is no ${selector}`);
      const from = performance.now();
      const times: number[] = [];
      let moved = 0;
      let last = target.style.transform;
      const frame = (now: number): void => {
        times.push(now);
        const { transform } = target.style;
        if (transform !== last) moved++;
        last = transform;
        running = requestAnimationFrame(frame);
      };
      running = requestAnimationFrame(frame);
      read = () => ({ times, moved, ms: performance.now() - from });
    },
    stop: () => {
      cancelAnimationFrame(running);
      return read();
    },
  };
  requestAnimationFrame(look);
}

export const VIEWPORT = '.react-flow__viewport';

const lines = new WeakMap<Page, CDPSession>();

async function lineOf(page: Page): Promise<CDPSession> {
  const known = lines.get(page);
  if (known) return known;
  const line = await page.context().newCDPSession(page);
  // what the thread worked, not what it waited for on a busy machine
  await line.send('Performance.enable', { timeDomain: 'threadTicks' });
  lines.set(page, line);
  return line;
}

/** Milliseconds the page's main thread has worked. */
async function worked(page: Page): Promise<number> {
  const { metrics } = await (await lineOf(page)).send('Performance.getMetrics');
  return (metrics.find(({ name }) => name === 'TaskDuration')?.value ?? 0) * 1000;
}

/** Counts frames of `target` while a gesture is made. */
export async function measured(page: Page, target: string, gesture: () => Promise<void>): Promise<Gesture> {
  const before = await worked(page);
  await page.evaluate((selector) => window.weftBench.watch(selector), target);
  await gesture();
  const { times, moved, ms } = await page.evaluate(() => window.weftBench.stop());
  const busy = (await worked(page)) - before;
  const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  const p95 = gaps.toSorted((a, b) => a - b)[Math.floor(gaps.length * 0.95)] ?? Number.NaN;
  return { fps: (moved / ms) * 1000, p95Ms: p95, frameMs: busy / moved };
}

/** Records where the page's scripts spend a gesture, as a file that a browser's tools open. */
export async function profiled(page: Page, file: string, gesture: () => Promise<void>): Promise<void> {
  const line = await lineOf(page);
  await line.send('Profiler.enable');
  await line.send('Profiler.setSamplingInterval', { interval: 500 });
  await line.send('Profiler.start');
  await gesture();
  const { profile } = await line.send('Profiler.stop');
  await writeFile(file, JSON.stringify(profile));
}
