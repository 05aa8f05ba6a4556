import { mkdir } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import path from 'node:path';
import type { Page } from 'playwright-core';
import type { FlowDocument } from '#runtime/flow.ts';
import { openBrowser } from '../../support/browser.ts';
import type { Client } from '../../support/client.ts';
import { enter } from '../../support/enter.ts';
import { buildPageStand } from '../../support/page-stand.ts';
import { makeDataDir, startWeft } from '../../support/weft-process.ts';
import { median } from '../bars.ts';
import { thousandSteps } from './flow.ts';
import { allGestures, GESTURES, type GestureName, oneGesture } from './gestures.ts';
import { type Gesture, installProbe, profiled, VIEWPORT } from './probe.ts';
import { joinLine } from './statuses.ts';

/** Of the bare page's frames, at least; of its time to be ready, at most. */
const LEAST_FRAMES = 0.9;
const MOST_READY = 1.5;

const SHOWN: readonly (keyof Gesture)[] = ['fps', 'p95Ms', 'frameMs'];
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const round = (value: number): number => Math.round(value * 100) / 100;

type Gestures = Readonly<Record<GestureName, Gesture>>;

interface Round {
  readonly readyMs: number;
  readonly gestures: Gestures;
  /** The same with 200 live statuses a second. */
  readonly live: Gestures | null;
  /** Elements of the canvas at full size. */
  readonly elements: number;
}

interface Rounds {
  readonly bare: Round[];
  readonly weft: Round[];
}

interface Bar {
  readonly name: string;
  readonly measured: number;
  readonly least?: number;
  readonly most?: number;
  readonly pass: boolean;
}

async function ready(page: Page, url: string): Promise<number> {
  await page.goto('about:blank');
  await page.goto(url, { waitUntil: 'commit' });
  await page.waitForFunction(() => window.weftBench?.readyAt !== undefined, undefined, { timeout: 60_000 });
  return page.evaluate(() => window.weftBench.readyAt ?? Number.NaN);
}

const elements = (page: Page): Promise<number> => page.locator('.react-flow *').count();

const atFullSize = (viewport: string): string | null => {
  const { transform } = document.querySelector<HTMLElement>(viewport)?.style ?? {};
  return transform?.includes('scale(1)') && document.querySelectorAll('.react-flow__node').length < 100
    ? transform
    : null;
};

/** At full size, where the flow begins; answers the place. */
async function weftView(page: Page): Promise<string> {
  await page.locator('.canvas-box').focus();
  await page.keyboard.press('Home');
  await page.keyboard.press('0');
  const handle = await page.waitForFunction(atFullSize, VIEWPORT);
  return (await handle.jsonValue()) ?? '';
}

const START = 'translate(400px, 300px)';

/** The bare page seen from the same place. */
async function bareView(page: Page, view: string): Promise<string> {
  const [x = 0, y = 0] = [...view.matchAll(/-?[\d.]+(?=px)/g)].map(Number);
  await page.evaluate(
    (to) => {
      const { drawing } = window as unknown as { drawing: { setViewport(to: object): Promise<boolean> } };
      return drawing.setViewport(to);
    },
    { x, y, zoom: 1 },
  );
  const handle = await page.waitForFunction(atFullSize, VIEWPORT);
  return (await handle.jsonValue()) ?? '';
}

/** Whoever left earlier would come back to the question what to do with what is not saved, which lies over the canvas. */
async function saved(page: Page): Promise<void> {
  await page.locator('.draft-state').getByText('Saved').waitFor();
}

async function weftRound(page: Page, url: string, live: () => () => void): Promise<Round & { view: string }> {
  const readyMs = await ready(page, url);
  const view = await weftView(page);
  const count = await elements(page);
  const gestures = await allGestures(page);
  const stop = live();
  try {
    const busy = await allGestures(page);
    await saved(page);
    return { readyMs, gestures, live: busy, elements: count, view };
  } finally {
    stop();
  }
}

async function bareRound(page: Page, url: string, view: string): Promise<Round> {
  const readyMs = await ready(page, url);
  await bareView(page, view);
  return { readyMs, elements: await elements(page), gestures: await allGestures(page), live: null };
}

function bars({ bare, weft }: Rounds): Bar[] {
  const ratio = (of: (round: Round, bare: Round) => number): number =>
    round(median(weft.map((each, index) => of(each, bare[index] as Round))));
  const frames = (name: GestureName, of: 'gestures' | 'live'): Bar => {
    const measured = ratio((ours, theirs) => (ours[of]?.[name].fps ?? 0) / theirs.gestures[name].fps);
    const what = `${name}${of === 'live' ? ', 200 statuses a second' : ''}: frames of the bare page`;
    return { name: what, measured, least: LEAST_FRAMES, pass: measured >= LEAST_FRAMES };
  };
  const readiness = ratio((ours, theirs) => ours.readyMs / theirs.readyMs);
  return [
    { name: 'ready: time of the bare page', measured: readiness, most: MOST_READY, pass: readiness <= MOST_READY },
    ...GESTURES.map((name) => frames(name, 'gestures')),
    ...GESTURES.map((name) => frames(name, 'live')),
  ];
}

/** One line a page and gesture: the medians of its rounds. */
function figures(rounds: readonly Round[]): object {
  const of = (pick: (round: Round) => Gestures | null, name: GestureName): object =>
    Object.fromEntries(SHOWN.map((key) => [key, round(median(rounds.map((each) => pick(each)?.[name][key] ?? 0)))]));
  const all = (pick: (round: Round) => Gestures | null): object =>
    Object.fromEntries(GESTURES.map((name) => [name, of(pick, name)]));
  return {
    readyMs: Math.round(median(rounds.map(({ readyMs }) => readyMs))),
    elements: median(rounds.map(({ elements }) => elements)),
    ...all(({ gestures }) => gestures),
    ...(rounds.every(({ live }) => live !== null) ? { live: all(({ live }) => live) } : {}),
  };
}

/** A flow that has been published, as one that grew so large has; off, so that nothing runs. */
async function storeFlow(admin: Client, document: FlowDocument): Promise<string> {
  const made = await admin.ask('POST', '/api/tenants/1/flows', { document });
  if (made.status !== 201) throw new Error(`the flow was answered ${made.status}`);
  const { id, revision } = made.body;
  const live = await admin.ask('POST', `/api/tenants/1/flows/${id}/publish`, { revision, note: '', on: false });
  if (live.status !== 200) throw new Error(`publishing was answered ${live.status}: ${JSON.stringify(live.body)}`);
  return id;
}

/** One profile of opening each page, and one of each gesture in it. */
async function profileBoth(page: Page, folder: string, weft: string, bare: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const fileOf = (name: string) => path.join(folder, `${name}.cpuprofile`);
  for (const [name, url] of Object.entries({ weft, bare })) {
    await profiled(page, fileOf(`${name}-ready`), async () => void (await ready(page, url)));
    const view = name === 'weft' ? await weftView(page) : await bareView(page, START);
    if (view === '') throw new Error('the canvas is gone');
    for (const gesture of GESTURES)
      await profiled(page, fileOf(`${name}-${gesture}`), async () => void (await oneGesture(page, gesture)));
    if (name === 'weft') await saved(page);
  }
}

export interface EditorResult {
  readonly pass: boolean;
  readonly bars: readonly Bar[];
  readonly [figure: string]: unknown;
}

/** The editor beside a bare React Flow page with the same 1,000 steps, by turns in one browser. `profiles`: a folder for them. */
export async function editorSuite(count: number, profiles?: string): Promise<EditorResult> {
  const flow = thousandSteps();
  const data = makeDataDir();
  const bare = await buildPageStand(path.join(import.meta.dirname, 'bare'), {
    minify: true,
    data: JSON.stringify(flow),
  });
  const weft = await startWeft({ dataDir: data.path });
  const browser = await openBrowser({ language: 'en-GB' });
  try {
    const { context } = browser;
    const statuses = await joinLine(context);
    const made = await storeFlow(await weft.admin(), flow);
    const page = await context.newPage();
    await enter(page, weft);
    await page.addInitScript(installProbe, flow.nodes.length);
    const at = `${weft.url}/a/1/flows/${made}`;
    const live = (): (() => void) => statuses.start(made);
    if (profiles !== undefined) await profileBoth(page, profiles, at, bare.url);
    // the first opening of each fills the browser's caches and tells where the canvas lies
    const { view } = await weftRound(page, at, live);
    const place = await page.locator('.react-flow').boundingBox();
    if (!place) throw new Error('there is no canvas');
    const rest = { left: `${place.x}px`, top: `${place.y}px`, width: `${place.width}px`, height: `${place.height}px` };
    const beside = `${bare.url}#${new URLSearchParams(rest)}`;
    await bareRound(page, beside, view);
    const rounds: Rounds = { bare: [], weft: [] };
    for (let index = 0; index < count; index++) {
      const turns = [
        async () => rounds.weft.push(await weftRound(page, at, live)),
        async () => rounds.bare.push(await bareRound(page, beside, view)),
      ];
      for (const turn of index % 2 === 0 ? turns : turns.toReversed()) await turn();
      say(`round ${index + 1} of ${count}`);
    }
    const judged = bars(rounds);
    return {
      pass: judged.every(({ pass }) => pass),
      bars: judged,
      steps: flow.nodes.length,
      wires: flow.wires.length,
      rounds: count,
      statuses: statuses.sent(),
      cores: cpus().length,
      load: round(loadavg()[0] ?? 0),
      bare: figures(rounds.bare),
      weft: figures(rounds.weft),
    };
  } finally {
    await browser.close();
    await weft.stop();
    await bare.close();
    await data.remove();
  }
}
