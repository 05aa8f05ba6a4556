import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canvas as words } from '#editor/locales/en/canvas.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Client } from '../support/client.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
let person: Visit;
let page: Page;

const step = (id: string, type: string, x: number, y: number, title?: string): FlowDocument['nodes'][number] => ({
  id,
  type,
  version: 1,
  ...(title === undefined ? {} : { title }),
  config: type === 'core.code' ? { code: 'export default { run: (value) => value };' } : {},
  onError: 'stop',
  at: { x, y },
});
const begun: FlowDocument = {
  format: 1,
  name: 'Two ways',
  summary: '',
  trace: 'all',
  params: {},
  nodes: [
    step('call', 'core.webhook', 0, 0, 'Call'),
    step('set', 'core.set', 320, 0, 'Set'),
    step('log', 'core.log', 640, 0, 'Log'),
    step('keep', 'core.log', 640, 240, 'Keep'),
    step('other', 'core.log', 640, 400, 'Other'),
    step('loose', 'core.set', 0, 400, 'Loose'),
    step('code', 'core.code', 0, 560, 'Code'),
  ],
  wires: [
    { from: 'call.body', to: 'set.value' },
    { from: 'set.value', to: 'log.value' },
  ],
  groups: [],
  notes: [],
};

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path });
  api = await weft.admin();
  person = await visit({ language: 'en-GB', width: 1440, height: 900 });
  await person.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
  page = await person.open(weft.url);
  await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
  await page.waitForURL(/\/a\/\d+$/);
});
afterAll(async () => {
  await person?.close();
  await weft?.stop();
  await data.remove();
});

const node = (id: string): Locator => page.locator(`.react-flow__node-step[data-id="${id}"]`);
const port = (id: string, side: 'source' | 'target', name: string): Locator =>
  node(id).locator(`.${side}[data-handleid="${name}"]`);
const wire = (key: string): Locator => page.locator(`.react-flow__edge[data-id="${key}"]`);
const row = (id: string): Locator => page.locator(`.outline-row[data-step="${id}"]`);
const button = (within: Locator, name: string | RegExp): Locator => within.getByRole('button', { name });
const press = (...keys: string[]): Promise<void> =>
  keys.reduce((before, key) => before.then(() => page.keyboard.press(key)), Promise.resolve());
/** The button of a wire in the list, by what it does and where the wire goes. */
const ofWire = (id: string, name: string, to: string): Locator =>
  button(row(id).locator('.outline-wires li').filter({ hasText: to }), new RegExp(`^${name}`));

/** Chooses in the open list by what it is called. */
async function choose(text: string): Promise<void> {
  await page.locator('.picker input').fill(text);
  await press('Enter');
  await page.locator('.picker').waitFor({ state: 'detached' });
}

/** Chooses in the open menu; the name of an entry within an entry comes after. */
async function pick(...names: string[]): Promise<void> {
  for (const name of names) await page.getByRole('menuitem', { name }).click();
  await page.getByRole('menu').first().waitFor({ state: 'detached' });
}

/** Where something is once the picture stands still. */
async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
  await (await locator.elementHandle())?.waitForElementState('stable');
  const at = await locator.boundingBox();
  if (!at) throw new Error('not on the screen');
  return { x: at.x + at.width / 2, y: at.y + at.height / 2 };
}

async function drag(from: Locator, to: Locator): Promise<void> {
  const [begin, end] = [await middleOf(from), await middleOf(to)];
  await page.mouse.move(begin.x, begin.y);
  await page.mouse.down();
  await page.mouse.move((begin.x + end.x) / 2, (begin.y + end.y) / 2, { steps: 4 });
  await page.mouse.move(end.x, end.y, { steps: 4 });
  await page.mouse.up();
}

/** A wire's button, which is there while the pointer is on the wire. */
async function onWire(key: string, name: string): Promise<void> {
  const { x, y } = await middleOf(wire(key));
  await page.mouse.move(x, y, { steps: 3 });
  await button(page.locator('.wire-buttons'), name).click();
}

/**
 * Moves the drawing so that what is put in the middle of what one sees lies at the beginning of the flow: there the list, which
 * has no middle, puts it.
 */
async function lookAtBeginning(): Promise<void> {
  const off = () =>
    page.evaluate(() => {
      const pane = document.querySelector('.react-flow')?.getBoundingClientRect() ?? new DOMRect();
      const moved = new DOMMatrix(document.querySelector<HTMLElement>('.react-flow__viewport')?.style.transform);
      return { x: pane.width / 2 - 128 - moved.e, y: pane.height / 2 - 32 - moved.f };
    });
  const { x, y } = await off();
  await page.locator('.react-flow__pane').hover({ position: { x: 700, y: 60 } });
  // the wheel moves it by half of what it is turned
  await page.mouse.wheel(-2 * x, -2 * y);
  await until(async () => Object.values(await off()).every((left) => Math.abs(left) < 2));
  // what is pasted lands at the pointer while that is over the drawing
  await page.getByRole('banner').hover({ position: { x: 300, y: 24 } });
}

/** The part of a step that its own copy does not lie on. */
const CORNER = { x: 12, y: 8 };

interface Edit {
  /** What undoing it is called. */
  readonly name: keyof typeof words.edits;
  readonly canvas: () => Promise<void>;
  readonly outline: () => Promise<void>;
}

const EDITS: readonly Edit[] = [
  {
    name: 'add',
    canvas: async () => {
      await node('log').hover();
      await button(node('log'), /^Add a step after Log/).click();
      await choose('stop');
    },
    outline: async () => {
      await button(row('log'), 'Connect Log to…').click();
      await choose('stop');
    },
  },
  {
    name: 'splice',
    canvas: async () => {
      await onWire('call.body>set.value', 'Put a step in here');
      await choose('filter');
    },
    outline: async () => {
      await ofWire('call', 'Put a step in here', 'Set').click();
      await choose('filter');
    },
  },
  {
    name: 'connect',
    canvas: () => drag(port('call', 'source', 'body'), port('keep', 'target', 'value')),
    outline: async () => {
      await button(row('call'), 'Connect Call to…').click();
      await choose('keep');
    },
  },
  {
    name: 'reconnect',
    canvas: () =>
      drag(wire('call.body>keep.value').locator('.react-flow__edgeupdater-target'), port('other', 'target', 'value')),
    outline: async () => {
      await ofWire('call', 'Move the end to…', 'Keep').click();
      await choose('other');
    },
  },
  {
    name: 'disconnect',
    canvas: () => onWire('call.body>other.value', 'Remove the wire'),
    outline: () => ofWire('call', 'Remove the wire', 'Other').click(),
  },
  {
    name: 'splice',
    canvas: async () => {
      await onWire('set.value>log.value', 'Put a step in here');
      await choose('loose');
    },
    outline: async () => {
      await ofWire('set', 'Put a step in here', 'Log').click();
      await choose('loose');
    },
  },
  {
    name: 'remove_one',
    canvas: async () => {
      await node('filter').click();
      await page.locator('.canvas-box').focus();
      await press('Control+Delete');
    },
    outline: async () => {
      await row('filter').locator('.outline-title').focus();
      await press('Control+Delete');
    },
  },
  {
    name: 'disable_one',
    canvas: async () => {
      await node('set').click({ button: 'right' });
      await pick('Turn off');
    },
    outline: () => button(row('set'), 'Turn off Set').click(),
  },
  {
    name: 'rename',
    canvas: async () => {
      await node('set').click();
      await page.locator('.canvas-box').focus();
      await press('F2');
      await page.locator('.panel-title:focus').waitFor();
      await page.keyboard.type('Fields');
    },
    outline: async () => {
      await button(row('set'), 'More for Set').click();
      await pick('Rename');
      await page.locator('.panel-title:focus').waitFor();
      await page.keyboard.type('Fields');
    },
  },
  {
    name: 'duplicate_one',
    canvas: async () => {
      await node('keep').click();
      await page.locator('.canvas-box').focus();
      await press('Control+d');
    },
    outline: () => button(row('keep'), 'Duplicate Keep').click(),
  },
  {
    name: 'note',
    canvas: async () => {
      await lookAtBeginning();
      await button(page.getByRole('toolbar', { name: 'Tools' }), 'Add note').click();
      await page.getByRole('textbox', { name: 'Note' }).fill('Why so');
    },
    outline: async () => {
      await button(page.locator('.outline-view > header'), 'Add note').click();
      await page.getByRole('textbox', { name: 'Note 1' }).fill('Why so');
    },
  },
  {
    name: 'paste_one',
    canvas: async () => {
      await node('keep').click({ position: CORNER });
      await page.locator('.canvas-box').focus();
      await press('Control+c');
      await lookAtBeginning();
      await press('Control+v');
    },
    outline: async () => {
      await row('keep').locator('.outline-title').focus();
      await press('Control+c', 'Control+v');
    },
  },
  {
    name: 'group',
    canvas: async () => {
      await node('keep').click({ position: CORNER });
      await node('other').click({ modifiers: ['Shift'], position: CORNER });
      await page.locator('.canvas-box').focus();
      await press('Control+g');
    },
    outline: async () => {
      for (const id of ['keep', 'other']) await row(id).getByRole('checkbox').click();
      await button(page.getByRole('toolbar', { name: '2 chosen' }), 'Group').click();
    },
  },
  {
    name: 'ungroup',
    canvas: async () => {
      await node('keep').click({ position: CORNER });
      await page.locator('.canvas-box').focus();
      await press('Control+Shift+g');
    },
    outline: () => button(page.getByRole('region', { name: 'Groups' }), 'Ungroup: Group').click(),
  },
  {
    name: 'note',
    canvas: async () => {
      await page.locator('.react-flow__node-note').click({ button: 'right' });
      await pick('Size', 'Wider');
    },
    outline: async () => {
      await button(page.getByRole('region', { name: 'Notes' }), 'More for Note 1').click();
      await pick('Size', 'Wider');
    },
  },
];

/** What the history says it would take back. */
const undoable = (name: Edit['name']): string =>
  words.undo.replace('{{what}}', words.edits[name].replace('{{count}}', '1'));
const bar = (): Locator => page.getByRole('banner');
const undo = (): Locator => bar().getByRole('button', { name: /^(Undo|Nothing to undo)/ });
const stored = async (flow: string): Promise<string> =>
  JSON.stringify((await api.ask('GET', `/api/tenants/1/flows/${flow}`)).body.draft);

type View = 'canvas' | 'outline';

/** Nothing is chosen or open, all is in sight, and the keys are the flow's. */
async function rest(view: View): Promise<void> {
  await page.locator(view === 'canvas' ? '.canvas-box' : '.outline-view').focus();
  await press('Escape', 'Escape');
  await page.locator('aside.panel').waitFor({ state: 'detached' });
  if (view === 'canvas') await press('1');
}

/** Every edit in one view: the document it comes to, and the names by which it is all taken back. */
async function editedIn(view: View): Promise<{ readonly whole: string; readonly names: readonly string[] }> {
  const flow: string = (await api.ask('POST', '/api/tenants/1/flows', { document: begun })).body.id;
  const before = await stored(flow);
  await page.goto(`${weft.url}/a/1/flows/${flow}${view === 'outline' ? '?view=outline' : ''}`);
  await (view === 'outline' ? row('call') : node('call')).waitFor();
  for (const { name, ...by } of EDITS) {
    await rest(view);
    await by[view]();
    await bar()
      .getByRole('button', { name: undoable(name), exact: true })
      .waitFor()
      .catch(() => {
        throw new Error(`${name} in the ${view} is not what can be undone`);
      });
  }
  await rest(view);
  await bar()
    .getByText(/^Saved \d/)
    .waitFor();
  const whole = await stored(flow);
  const names: string[] = [];
  for (
    let name = await undo().getAttribute('aria-label');
    name?.startsWith('Undo');
    name = await undo().getAttribute('aria-label')
  ) {
    names.push(name);
    await press('Control+z');
  }
  await until(async () => (await stored(flow)) === before);
  for (const _ of names) await press('Control+y');
  await bar().getByRole('button', { name: 'Nothing to redo' }).waitFor();
  await until(async () => (await stored(flow)) === whole);
  return { whole, names };
}

test('every edit of a flow can be made in the outline, and comes to the same bytes as on the canvas', async () => {
  const drawn = await editedIn('canvas');
  const listed = await editedIn('outline');
  expect(JSON.parse(listed.whole)).toEqual(JSON.parse(drawn.whole));
  expect(listed).toEqual(drawn);
  expect(drawn.names).toHaveLength(EDITS.length + 1);
  await isAccessible(page, 'outline with a note', 'every');
}, 240_000);

test('the outline opens the same panel, in which code is tried', async () => {
  const flow: string = (await api.ask('POST', '/api/tenants/1/flows', { document: begun })).body.id;
  const panel = page.locator('aside.panel');
  const seen: (string | null)[] = [];
  for (const view of ['canvas', 'outline'] as const) {
    await page.goto(`${weft.url}/a/1/flows/${flow}${view === 'outline' ? '?view=outline' : ''}`);
    if (view === 'canvas') await node('code').dblclick();
    else await row('code').locator('.outline-title').click();
    await panel.getByText('Try the code').click();
    await button(panel, 'Run').waitFor();
    // both editors, what is wrong with the step and which runs there are come after the form
    await panel.getByText('Esc and then Tab leaves the editor').nth(1).waitFor();
    await panel.getByText('Nothing leads to this step').waitFor();
    await panel.getByText('No runs yet').waitFor({ state: 'attached' });
    seen.push(await panel.textContent());
  }
  expect(seen[1]).toBe(seen[0]);
});

test('neither view wrote an error, and none did what its content security policy forbids', () => {
  expect(person.complaints).toEqual([]);
});
