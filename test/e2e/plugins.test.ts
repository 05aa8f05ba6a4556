import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canvas as canvasEn } from '#editor/locales/en/canvas.ts';
import { canvas as canvasSv } from '#editor/locales/sv/canvas.ts';
import { en as english } from '#editor/plugins/texts/en.ts';
import { sv as swedish } from '#editor/plugins/texts/sv.ts';
import type { Client } from '../support/client.ts';
import { practiceOf } from '../support/practice-client.ts';
import { signedCall } from '../support/signed-call.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { isAccessible, PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
/** Number of an order that has become a run: the record that code is tried on. */
let order: string;

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  api = await weft.admin();
  const practice = practiceOf(weft);
  [order = ''] = await practice.place(1);
  await until(async () => (await practice.erpOrders()).length === 1);
});
afterAll(async () => {
  await weft?.stop();
  await data.remove();
});

const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });

/** What a person reads there, line by line. */
// biome-ignore lint/performance/useDomNodeTextContent: text that is not shown is not read
const shown = (locator: Locator): Promise<string> => locator.innerText();

/** What the author writes in the plugin's JSON: one step, an order in and an order out. */
const manifest = (id: string) => ({
  id,
  version: '0.1.0',
  locales: {
    // the plugins of both languages stand in one list
    en: { title: id === 'row-note' ? 'Row note' : id, summary: 'Notes the rows.' },
    sv: { title: id === 'row-note' ? id : 'Radnotis', summary: 'Noterar rader.' },
  },
  nodes: [
    {
      type: `${id}.note`,
      version: 1,
      title: { en: 'Note the rows', sv: 'Notera raderna' },
      summary: { en: 'Writes how many rows there are.', sv: 'Skriver hur många rader det är.' },
      icon: 'puzzle',
      effect: 'none',
      config: { properties: {} },
      inputs: [{ name: 'order', title: { en: 'Order', sv: 'Order' }, type: 'Order' }],
      outputs: [{ name: 'order', title: { en: 'Order', sv: 'Order' }, type: 'Order' }],
    },
  ],
  examples: [],
});

const flowOf = (id: string) => ({
  format: 1,
  name: `Flow of ${id}`,
  nodes: [
    { id: 'call', type: 'core.webhook', version: 1, config: {}, at: { x: 0, y: 0 } },
    { id: 'note', type: `${id}.note`, version: 1, config: {}, at: { x: 320, y: 0 } },
    { id: 'own', type: 'core.code', version: 1, config: {}, at: { x: 640, y: 0 } },
    { id: 'log', type: 'core.log', version: 1, config: { message: 'noted' }, at: { x: 960, y: 0 } },
  ],
  wires: [
    { from: 'call.body', to: 'note.order' },
    { from: 'note.order', to: 'own.value' },
    { from: 'own.value', to: 'log.value' },
  ],
});

describe.each([
  { language: 'sv-SE', t: swedish, name: 'Radnotis', id: 'radnotis', step: 'Notera raderna', run: /^Kör$/ },
  { language: 'en-GB', t: english, name: 'Row note', id: 'row-note', step: 'Note the rows', run: /^Run$/ },
] as const)('in $language', ({ language, t, name, id, step, run }) => {
  const house = language === 'sv-SE' ? canvasSv : canvasEn;
  const codeLabel = language === 'sv-SE' ? 'Kod' : 'Code';
  let person: Visit;
  let page: Page;
  beforeAll(async () => {
    person = await visit({ language, width: 1440, height: 1000 });
    page = await person.open(weft.url);
    await signIn(page, weft.signIn.email, weft.signIn.password ?? '');
    await page.waitForURL(/\/a\/\d+$/);
  });
  afterAll(() => person?.close());

  const editor = (label: string): Locator => page.getByRole('textbox', { name: label });
  const button = (label: string | RegExp): Locator =>
    page.getByRole('button', typeof label === 'string' ? { name: label, exact: true } : { name: label });
  const tab = (label: string): Locator => page.getByRole('tab', { name: label });
  async function write(label: string, text: string): Promise<void> {
    await editor(label).click();
    await page.keyboard.press('Control+a');
    // text put over text is given a style by the browser, which the page's policy refuses
    await page.keyboard.press('Backspace');
    await page.keyboard.insertText(text);
  }
  /** The result of a trial, once it says what was expected; when it does not, the page's own words say why. */
  async function tried(words: string): Promise<Locator> {
    const result = page.getByTestId('trial-result');
    await seen(result.getByText(words)).catch(async () => {
      throw new Error(`the trial did not come to “${words}”: ${await shown(page.locator('.author'))}`);
    });
    return result;
  }
  async function tryIt(): Promise<Locator> {
    await button(run).click();
    return tried(t.trial.ok);
  }
  async function saveExample(title: string): Promise<void> {
    await button(t.trial.save).click();
    // toasts are dialogs, too
    const question = page.locator('[role=dialog]:not(.toast)');
    await question.getByRole('textbox').fill(title);
    await question.getByRole('button', { name: t.trial.save, exact: true }).click();
    // the window gives the focus back when it goes, and would take it from where one writes next
    await question.waitFor({ state: 'detached' });
    await seen(page.locator('.toast').getByText(t.trial.saved).first());
  }

  test('a newcomer begins a plugin, and it stands among the drafts', async () => {
    await page.getByRole('link', { name: t.title, exact: true }).first().click();
    await seen(page.getByRole('heading', { level: 1, name: t.title }));
    await seen(page.locator('.starter').first());
    await isAccessible(page, 'plugins');
    await button(t.make).click();
    const question = page.getByRole('dialog');
    await question.getByLabel(t.name, { exact: true }).fill(name);
    expect(await question.getByLabel(t.id, { exact: true }).inputValue()).toBe(id);
    await question.getByRole('button', { name: t.makeIt, exact: true }).click();
    await seen(page.getByRole('heading', { level: 1, name }));
    await seen(editor(t.author.codeLabel));
    await isAccessible(page, 'plugin');
  });

  test('the ports are written as JSON, and what is wrong with them is marked', async () => {
    await tab(t.author.json).click();
    await seen(editor(t.author.jsonLabel));
    const about = manifest(id);
    await write(t.author.jsonLabel, JSON.stringify({ ...about, version: 'one' }, null, 2));
    await seen(page.locator('.cm-lintRange-error').first());
    await write(t.author.jsonLabel, JSON.stringify(about, null, 2));
    await page.locator('.cm-lintRange-error').first().waitFor({ state: 'detached' });
    await tab(t.author.about).click();
    await seen(page.locator('.author-left').getByLabel(t.publish.version).first());
    await isAccessible(page, 'plugin form');
    await tab(t.author.code).click();
  });

  test('while the code is written, it is completed from the commerce model, and errors are marked', async () => {
    const head = `export default {\n  '${id}.note': {\n    run({ order }, ctx) {\n      `;
    await write(t.author.codeLabel, `${head}const rows = order.rows.length;\n    },\n  },\n};\n`);
    await seen(page.locator('.cm-lintRange-error').first());
    await page.locator('.cm-lintRange-error').first().hover();
    await seen(page.getByText(/Property 'rows' does not exist on type 'Order'/).first());
    await write(t.author.codeLabel, `${head}const rows = order.`);
    await page.keyboard.type('lin');
    const lines = page.locator('.cm-tooltip-autocomplete li').filter({ hasText: /^lines$/ });
    await seen(lines);
    await lines.click();
    await page.keyboard.insertText(
      ".length;\n      ctx.log('rows', rows);\n      return { order: { ...order, note: rows + ' rows' } };\n    },\n  },\n};\n",
    );
    await page.locator('.cm-lintRange-error').first().waitFor({ state: 'detached' });
    expect(await shown(editor(t.author.codeLabel))).toContain('const rows = order.lines.length;');
    await seen(page.getByRole('status').filter({ hasText: t.author.saved }));
  });

  test('what is typed faster than the page can follow stands there as it was typed', async () => {
    const before = await shown(editor(t.author.codeLabel));
    const typed = Array.from({ length: 120 }, (_, at) => `${at}`).join('');
    await write(t.author.codeLabel, '// ');
    await page.evaluate(async (text) => {
      const waits = [
        () => Promise.resolve(),
        () => new Promise((resolve) => setTimeout(resolve)),
        () => new Promise((resolve) => requestAnimationFrame(resolve)),
        () =>
          new Promise<unknown>((resolve) => {
            const { port1, port2 } = new MessageChannel();
            port1.onmessage = resolve;
            port2.postMessage(0);
          }),
      ];
      for (const [at, letter] of [...text].entries()) {
        document.execCommand('insertText', false, letter);
        await waits[(at * 7) % 4]?.();
      }
    }, typed);
    expect(await shown(editor(t.author.codeLabel))).toBe(`// ${typed}`);
    await write(t.author.codeLabel, before);
    await seen(page.getByRole('status').filter({ hasText: t.author.saved }));
  });

  test('it is tried on a record of a recent run, and what came out is shown against what went in', async () => {
    await page.getByLabel(t.trial.from).selectOption('run');
    const runs = page.getByLabel(t.trial.runs, { exact: true });
    const option = runs.locator('option').filter({ hasText: `Order ${order}` });
    await option.first().waitFor({ state: 'attached' });
    await runs.selectOption((await option.first().getAttribute('value')) ?? '');
    const values = page.getByLabel(t.trial.value);
    const orders = values.locator('option').filter({ hasText: '(Order)' });
    await orders.first().waitFor({ state: 'attached' });
    await values.selectOption((await orders.first().getAttribute('value')) ?? '');
    await until(async () => (await shown(editor(t.trial.inputLabel))).includes(`"number": "${order}"`));
    const result = await tryIt();
    await seen(result.locator('.console').getByText(/^rows \d+$/));
    await seen(result.locator('.cm-changedLine, .cm-insertedLine').first());
    await seen(result.getByText(/MB$/));
    await isAccessible(page, 'trial');
    await saveExample('A real order');
  });

  test('an error is shown at its line, and in words', async () => {
    const throwing = `export default { '${id}.note': {\n  run() {\n    throw new Error('not today');\n  },\n} };\n`;
    const before = await shown(editor(t.author.codeLabel));
    await write(t.author.codeLabel, throwing);
    await button(run).click();
    await tried(`${t.trial.line.replace('{{line}}', '3')}: not today`);
    const mark = page.locator('.author-left .cm-lintRange-error');
    await seen(mark.first());
    await write(t.author.codeLabel, before);
    await mark.first().waitFor({ state: 'detached' });
    await tryIt();
    await saveExample('The same once more');
  });

  test('the examples are run as tests, and the plugin is published', async () => {
    await tab(`${t.author.examples} (2)`).click();
    await button(t.examples.run).click();
    await seen(page.getByText(t.examples.sum.replace('{{ok}}', '2').replace('{{all}}', '2')));
    await isAccessible(page, 'examples');
    await button(t.author.publish).click();
    const question = page.getByRole('dialog');
    await seen(question.getByText(t.examples.sum.replace('{{ok}}', '2').replace('{{all}}', '2')));
    await isAccessible(page, 'publish a plugin');
    await question.getByRole('button', { name: t.publish.action, exact: true }).click();
    await seen(page.getByText(t.author.same.replace('{{version}}', '0.1.0')));
  });

  /** The code of a step in a flow, tried in its panel on what came to it in the run there was. */
  async function tryOwnCode(panel: Locator): Promise<void> {
    await panel.getByText(house.panel.tryCode, { exact: true }).click();
    const runs = panel.getByLabel(t.trial.runs, { exact: true });
    const option = runs.locator('option').nth(1);
    await option.waitFor({ state: 'attached' });
    // runs of this flow alone
    expect(await runs.locator('option').allTextContents()).toHaveLength(2);
    await runs.selectOption((await option.getAttribute('value')) ?? '');
    const values = panel.getByLabel(t.trial.value);
    const first = values.locator('option').nth(1);
    await first.waitFor({ state: 'attached' });
    // what is wired to the step comes first
    expect(await first.textContent()).toContain(step);
    await values.selectOption((await first.getAttribute('value')) ?? '');
    const input = panel.getByRole('textbox', { name: t.trial.inputLabel });
    await until(async () => (await shown(input)).includes(`"number": "${order}"`));
    const code = (line: string) => `export default {\n  run(order) {\n    ${line}\n  },\n};\n`;
    await write(codeLabel, code("throw new Error('not today');"));
    await panel.getByRole('button', { name: run }).click();
    await seen(panel.getByTestId('trial-result').getByText(new RegExp(`^${t.trial.line.replace('{{line}}', '3')}: `)));
    await seen(panel.locator('.cm-lintRange-error').first());
    await isAccessible(page, 'code that failed in a step');
    await write(codeLabel, code('return order;'));
    await panel.locator('.cm-lintRange-error').first().waitFor({ state: 'detached' });
    await panel.getByRole('button', { name: run }).click();
    await seen(panel.getByTestId('trial-result').getByText(t.trial.ok));
  }

  test('a flow that uses it runs, and its events are shown, what the code logged among them', async () => {
    const { body: flow } = await api.ask('POST', '/api/tenants/1/flows', { document: flowOf(id) });
    await api.ask('POST', `/api/tenants/1/flows/${flow.id}/publish`, { revision: 1, note: '', on: true });
    const { body: hooks } = await api.ask('GET', `/api/tenants/1/flows/${flow.id}/hooks`);
    const { body: draft } = await api.ask('GET', `/api/tenants/1/plugins/${id}/draft`);
    const [hook] = hooks.hooks;
    const { body: own } = await api.ask('POST', `/api/tenants/1/flows/${flow.id}/hooks/${hook.trigger}/secret`, {});
    const called = await signedCall(hook.url, own.secret, draft.document.examples[0].input.order);
    expect(called.status).toBe(202);
    await page.goto(`${weft.url}/a/1/runs?flow=${flow.id}`);
    await page.getByRole('row').nth(1).getByRole('link').first().click();
    await page.locator('ol.tl').getByText(step).first().click();
    await seen(
      page
        .locator('ol.tl')
        .getByText(/rows \d+$/)
        .first(),
    );

    await page.goto(`${weft.url}/a/1/plugins`);
    await seen(page.getByRole('link', { name: `Flow of ${id}` }));
    await page.goto(`${weft.url}/a/1/flows/${flow.id}`);
    await page.locator('.react-flow__node-step[data-id="own"]').dblclick();
    const panel = page.locator('aside.panel');
    await seen(panel.getByRole('textbox', { name: codeLabel, exact: true }));
    await tryOwnCode(panel);
    await page.locator('.react-flow__node-step[data-id="note"]').dblclick();
    await panel.getByRole('link', { name: house.panel.openPlugin }).click();
    await seen(page.getByRole('heading', { level: 1, name }));
  });

  test('what flows use is not uninstalled, and a newer version is compared with the one before', async () => {
    await write(t.author.codeLabel, `${await shown(editor(t.author.codeLabel))}// mended\n`);
    await seen(page.getByRole('status').filter({ hasText: t.author.saved }));
    await button(t.author.versions).click();
    await seen(
      page.getByRole('dialog').locator('.cm-changedLine, .cm-insertedLine').filter({ hasText: '// mended' }).first(),
    );
    await isAccessible(page, 'compare');
    await page.keyboard.press('Escape');
    await page.goto(`${weft.url}/a/1/plugins`);
    await button(`${t.remove} ${name}`).click();
    await seen(page.getByRole('dialog').getByRole('link', { name: `Flow of ${id}` }));
  });

  test('somebody else’s save is not written over: a person chooses', async () => {
    await page.goto(`${weft.url}/a/1/plugins/${id}`);
    await seen(editor(t.author.codeLabel));
    const at = `/api/tenants/1/plugins/${id}/draft`;
    const { body: draft } = await api.ask('GET', at);
    const theirs = { ...draft.document, code: `// theirs\n${draft.document.code}` };
    await api.ask('PUT', at, { basedOn: draft.revision, document: theirs });
    await editor(t.author.codeLabel).click();
    await page.keyboard.insertText('// mine\n');
    await seen(page.getByRole('dialog').getByText(t.author.conflictTitle));
    await button(t.author.conflictTake).click();
    await until(async () => (await shown(editor(t.author.codeLabel))).includes('// theirs'));
  });

  test('no page wrote an error, and none broke the content security policy', () => {
    // the browser writes every refused request in red: the save that came too late
    expect(person.complaints.filter((line) => !/409/.test(line))).toEqual([]);
  });
});
