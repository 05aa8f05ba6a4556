import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { canvas as canvasEn } from '#editor/locales/en/canvas.ts';
import { en } from '#editor/locales/en/index.ts';
import { canvas as canvasSv } from '#editor/locales/sv/canvas.ts';
import { sv } from '#editor/locales/sv/index.ts';
import { builtInNodes } from '#nodes/index.ts';
import type { FlowDocument } from '#runtime/flow.ts';
import type { Problem } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';
import { runCommand } from '../support/command-line.ts';
import { until } from '../support/until.ts';
import { makeDataDir, startWeft, type WeftProcess } from '../support/weft-process.ts';
import { PATIENCE_MS, signIn, type Visit, visit } from './visit.ts';

/**
 * A KAM draws a Premium flow from the first click to live and takes a part of it to another customer: UX.md 7.1, read as
 * WooCommerce to Fortnox on the practice systems. What needs data (samples, results, test runs) is no part of it yet.
 */

const data = makeDataDir();
let weft: WeftProcess;
let api: Client;
const KAM = { email: 'kim@exempel.se', password: 'en lång nog fras för Kim' };
const LARGE = { id: 1, name: 'Exempelbutiken AB' };
const SMALL = { id: 2, name: 'Garnboden i Borås AB' };

beforeAll(async () => {
  weft = await startWeft({ dataDir: data.path, npm: true });
  api = await weft.admin();
  const tenants = [LARGE, SMALL].flatMap(({ id }) => ['--tenant', String(id)]);
  const asked = ['user', 'add', KAM.email, '--role', 'kam', '--name', 'Kim Berg', ...tenants, '--password-file', '-'];
  expect(await runCommand(asked, { DATA_DIR: data.path }, KAM.password)).toMatchObject({ code: 0 });
});
afterAll(async () => {
  await weft?.stop();
  await data.remove();
});

const seen = (locator: Locator): Promise<void> => locator.waitFor({ state: 'visible', timeout: PATIENCE_MS });
const gone = (locator: Locator): Promise<void> => locator.waitFor({ state: 'detached', timeout: PATIENCE_MS });
/** A sentence of the page with its gaps filled. */
const said = (text: string, values: Readonly<Record<string, string | number>> = {}): string =>
  text.replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? ''));
const wiresOf = ({ wires }: FlowDocument): string[] => wires.map(({ from, to }) => `${from}>${to}`).sort();
const placesOf = ({ nodes }: FlowDocument): string => JSON.stringify(nodes.map(({ id, at }) => [id, at]));

const WIRES = [
  'changed.order>match.order',
  'changed.order>set.value',
  'changed.order>write.order',
  'ensure.customer>write.customer',
  'ensure.failed>stop.value',
  'match.failed>stop.value',
  'match.found>write.customer',
  'match.missing>ensure.customer',
];
const GROUPED = ['ensure', 'match', 'stop', 'write'];

const SWEDISH = { name: 'sv', language: 'sv-SE', t: sv, c: canvasSv } as const;
const ENGLISH = { name: 'en', language: 'en-GB', t: en, c: canvasEn } as const;

describe.each([
  { way: 'mouse', ...SWEDISH },
  { way: 'keys', ...SWEDISH },
  { way: 'mouse', ...ENGLISH },
  { way: 'keys', ...ENGLISH },
] as const)('by $way, in $name', ({ way, name, language, t, c }) => {
  const title = `B2B-order: WooCommerce → Fortnox (${way}, ${name})`;
  const byMouse = way === 'mouse';
  let person: Visit;
  let page: Page;
  let flow: string;

  beforeAll(async () => {
    person = await visit({ language, width: 1440, height: 900 });
    await person.browser.context.grantPermissions(['clipboard-read', 'clipboard-write']);
    page = await person.open(weft.url);
    await signIn(page, KAM.email, KAM.password);
    await page.waitForURL(/\/a\/1$/);
    await seen(page.getByRole('heading', { level: 1, name: new RegExp(LARGE.name) }));
  });
  afterAll(async () => {
    await person?.close();
  });

  const step = (id: string): Locator => page.locator(`.react-flow__node-step[data-id="${id}"]`);
  const box = (): Locator => page.locator('.canvas-box');
  const bar = (): Locator => page.getByRole('banner');
  const search = (): Locator => page.getByRole('combobox', { name: c.picker.search });
  const active = (): Locator => page.locator('.picker [role=option][aria-selected=true]');
  const panel = (): Locator => page.getByRole('complementary', { name: c.panel.label });
  const button = (within: Locator | Page, label: string | RegExp): Locator =>
    within.getByRole('button', { name: label, exact: typeof label === 'string' });
  const called = (type: string): string => builtInNodes.find((node) => node.type === type)?.title[name] ?? '';
  const stored = async (tenant = LARGE.id, id = flow): Promise<FlowDocument> =>
    (await api.ask('GET', `/api/tenants/${tenant}/flows/${id}`)).body.draft;
  const holds = (what: (flow: FlowDocument) => boolean): Promise<boolean> => until(async () => what(await stored()));
  const focused = (locator: Locator): Promise<boolean> =>
    locator.evaluate((element) => element === document.activeElement);

  /** Goes on with Tab until the focus is there, as somebody without a mouse does. */
  async function tabTo(locator: Locator): Promise<void> {
    await seen(locator);
    for (let presses = 0; presses < 120; presses++) {
      if (await focused(locator)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error('Tab never came there');
  }

  /** Does what a button, link or field is for. */
  async function press(locator: Locator): Promise<void> {
    if (byMouse) return locator.click();
    await tabTo(locator);
    await page.keyboard.press('Enter');
  }

  async function write(field: Locator, text: string): Promise<void> {
    if (byMouse) await field.click();
    else await tabTo(field);
    await page.keyboard.type(text);
  }

  async function pick(select: Locator, option: string): Promise<void> {
    const taken = async () => (await select.locator('option:checked').textContent()) === option;
    if (byMouse) await select.selectOption({ label: option });
    else await tabTo(select);
    await until(async () => {
      if (await taken()) return true;
      if (!byMouse) await page.keyboard.press('ArrowDown');
      return false;
    });
  }

  async function fromMenu(item: RegExp): Promise<void> {
    const entry = page.getByRole('menuitem', { name: item });
    await seen(entry);
    if (byMouse) return entry.click();
    await until(async () => {
      if (await focused(entry)) return true;
      await page.keyboard.press('ArrowDown');
      return false;
    });
    await page.keyboard.press('Enter');
  }

  /** Writes in the open list until what is wanted comes first, and takes it. */
  async function choose(words: string, wanted: string): Promise<void> {
    await seen(search());
    expect(await focused(search())).toBe(true);
    await page.keyboard.type(words);
    await until(async () => (await active().textContent())?.includes(wanted) === true);
    if (byMouse) await active().click();
    else await page.keyboard.press('Enter');
    await gone(page.locator('.picker'));
  }

  /** Where something is once the picture stands still. */
  async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
    await (await locator.elementHandle())?.waitForElementState('stable');
    const at = await locator.boundingBox();
    if (!at) throw new Error('not on the screen');
    return { x: at.x + at.width / 2, y: at.y + at.height / 2 };
  }

  async function drag(from: Locator, to: Locator | { readonly x: number; readonly y: number }): Promise<void> {
    const begin = await middleOf(from);
    const end = 'x' in to ? { x: begin.x + to.x, y: begin.y + to.y } : await middleOf(to);
    await page.mouse.move(begin.x, begin.y);
    await page.mouse.down();
    await page.mouse.move((begin.x + end.x) / 2, (begin.y + end.y) / 2, { steps: 4 });
    await page.mouse.move(end.x, end.y, { steps: 4 });
    await page.mouse.up();
  }

  const output = (id: string, port: string): Locator => step(id).locator(`.source[data-handleid="${port}"]`);
  const input = (id: string, port: string): Locator => step(id).locator(`.target[data-handleid="${port}"]`);
  const portTitle = (type: string, port: string): string =>
    port === 'failed'
      ? t.flows.failedPort
      : (builtInNodes.find((n) => n.type === type)?.portTitles?.[port]?.[name] ?? '');

  /** Shuts the panel, so that the whole drawing is in sight. */
  async function shutPanel(): Promise<void> {
    if (byMouse) await button(panel(), t.shell.close).click();
    else await page.keyboard.press('Escape');
    await gone(panel());
  }

  /** Stands on a step with the keyboard: from the first along the wires, or by looking for it. */
  async function standOn(id: string, words: string): Promise<void> {
    await page.keyboard.press('Control+f');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
    await page.keyboard.press('Escape');
    expect(await focused(box())).toBe(true);
    await until(async () => (await step(id).getAttribute('class'))?.includes('selected') === true);
  }

  /** A wire between two steps that are there. */
  async function join(from: [id: string, type: string, port: string], to: [id: string, type: string, port: string]) {
    const [source, target] = [called(from[1]), called(to[1])];
    if (byMouse) {
      await page.keyboard.press('1');
      await drag(output(from[0], from[2]), input(to[0], to[2]));
    } else {
      await standOn(from[0], source);
      await page.keyboard.press('c');
      await seen(page.getByRole('group', { name: c.picker.groups.steps }));
      const way = `${target} › ${portTitle(to[1], to[2])}`;
      await page.keyboard.type(target);
      // where there is one way out only, nothing is said of it
      const out = from[1] === 'orders.changed' ? '' : said(c.picker.from, { port: portTitle(from[1], from[2]) });
      const wanted = page.getByRole('option', { name: way }).filter({ hasText: out });
      await until(async () => {
        if ((await wanted.first().getAttribute('aria-selected')) === 'true') return true;
        await page.keyboard.press('ArrowDown');
        return false;
      });
      await page.keyboard.press('Enter');
      await gone(page.locator('.picker'));
    }
    await page
      .locator(`.react-flow__edge[data-id="${from[0]}.${from[2]}>${to[0]}.${to[2]}"]`)
      .waitFor({ state: 'attached', timeout: PATIENCE_MS });
  }

  async function newFlow(customer: { readonly name: string; readonly id: number }, package_: string, called: string) {
    if (byMouse)
      await page
        .getByRole('navigation', { name: t.shell.mainMenu })
        .getByRole('link', { name: t.flows.title, exact: true })
        .click();
    const heading = page.getByRole('heading', { level: 1, name: t.flows.title, exact: true });
    await until(async () => {
      if (await heading.isVisible()) return true;
      if (!byMouse) for (const key of 'gf') await page.keyboard.press(key);
      return false;
    });
    await press(button(page, t.flows.newFlow));
    for (const offered of [t.flows.blank, t.flows.template, t.flows.file])
      await seen(page.getByRole('menuitem', { name: new RegExp(`^${offered}`) }));
    await fromMenu(new RegExp(`^${t.flows.blank}`));
    const dialog = page.getByRole('dialog', { name: t.flows.newFlow });
    await seen(dialog.locator('.chip').getByText(package_, { exact: true }));
    await write(dialog.getByLabel(t.flows.blankName), called);
    await press(button(dialog, t.flows.create));
    await page.waitForURL(new RegExp(`/a/${customer.id}/flows/[0-9a-f-]{36}`));
    return /flows\/([0-9a-f-]{36})/.exec(page.url())?.[1] ?? '';
  }

  test('1: a new flow is begun blank, from a template or from a file; its name is asked for, and the package is shown', async () => {
    flow = await newFlow(LARGE, t.shell.packages.premium, title);
  });

  test('2: it opens on one placeholder with the search at hand; a system and a word find the trigger, whose panel opens with its connection', async () => {
    await seen(button(page, new RegExp(`^${c.emptyTitle}`)));
    expect(await page.locator('.ghost-step').count()).toBe(1);
    await choose('woocommerce ord', called('orders.changed'));
    await seen(step('changed'));
    await gone(page.locator('.ghost-step'));
    await seen(panel());
    const connection = panel().getByLabel(c.panel.connection, { exact: true });
    expect(await connection.locator('option:checked').textContent()).toBe('Övningsbutiken');
    await seen(panel().getByText(c.panel.state.ready, { exact: true }));
  });

  test('4: what comes next is asked where the wire ends and lists only what fits; the customer is matched by rules in an order of their own', async () => {
    await shutPanel();
    if (byMouse) await drag(output('changed', 'order'), { x: 140, y: 90 });
    else {
      await page.keyboard.press('Home');
      await page.keyboard.press('c');
    }
    await seen(page.locator('.picker').getByText(said(c.picker.fits, { type: 'Order' })));
    expect(await page.getByRole('option', { name: called('stock.set') }).count()).toBe(0);
    await choose(called('customers.match'), called('customers.match'));
    await pick(panel().getByLabel(c.panel.connection, { exact: true }), 'Övningsekonomin');
    const key = { number: ['Kundnummer', 'Customer number'], org: ['Organisationsnummer', 'Organisation number'] };
    const at = name === 'sv' ? 0 : 1;
    await press(button(panel(), said(t.form.remove, { what: key.number[at] ?? '' })));
    await press(button(panel(), said(t.form.moveFirst, { what: key.org[at] ?? '' })));
    await holds(
      ({ nodes }) =>
        JSON.stringify(nodes.find(({ id }) => id === 'match')?.config['keys']) === '["organisationNumber","email"]',
    );
  });

  test('4: each output has its name and its own way on: who is missing is created, what cannot be told goes to be fixed', async () => {
    await shutPanel();
    for (const port of ['found', 'missing'])
      await seen(step('match').getByText(portTitle('customers.match', port), { exact: true }));
    expect(await output('match', 'failed').getAttribute('title')).toBe(t.flows.failedPort);
    const missing = portTitle('customers.match', 'missing');
    if (byMouse) {
      await step('match').hover();
      await button(step('match'), said(c.addAfter, { step: called('customers.match'), port: missing })).click();
      await choose(called('customers.ensure'), called('customers.ensure'));
    } else {
      await page.keyboard.press('c');
      await choose(`${called('customers.ensure')} ${missing}`, called('customers.ensure'));
    }
    await pick(panel().getByLabel(c.panel.connection, { exact: true }), 'Övningsekonomin');
    await shutPanel();
    if (byMouse) await drag(output('match', 'failed'), { x: 60, y: 130 });
    else {
      await standOn('match', called('customers.match'));
      await page.keyboard.press('c');
    }
    await choose(byMouse ? called('core.stop') : `${called('core.stop')} ${t.flows.failedPort}`, called('core.stop'));
    await write(panel().locator('[data-field="message"] textarea'), 'Flera kunder stämmer');
    await holds(({ nodes }) => nodes.find(({ id }) => id === 'stop')?.config['message'] === 'Flera kunder stämmer');
    await shutPanel();
  });

  test('5: N asks for a step anywhere, and the order is written from both branches', async () => {
    if (byMouse) await box().click({ position: { x: 500, y: 700 } });
    await page.keyboard.press('n');
    await choose(called('core.set'), called('core.set'));
    await press(button(panel().locator('[data-field="fields"]'), new RegExp(t.form.add)));
    await write(panel().locator('[data-field="fields"] input').first(), 'reference');
    await shutPanel();
    await join(['changed', 'orders.changed', 'order'], ['set', 'core.set', 'value']);
    if (byMouse) await drag(output('changed', 'order'), { x: 40, y: -160 });
    else {
      await page.keyboard.press('Home');
      await page.keyboard.press('c');
    }
    await choose(called('orders.write'), called('orders.write'));
    await shutPanel();
    await join(['match', 'customers.match', 'found'], ['write', 'orders.write', 'customer']);
    await join(['ensure', 'customers.ensure', 'customer'], ['write', 'orders.write', 'customer']);
    await join(['ensure', 'customers.ensure', 'failed'], ['stop', 'core.stop', 'value']);
    await holds((now) => wiresOf(now).length === WIRES.length);
    expect(wiresOf(await stored())).toEqual(WIRES);
  });

  test('9: four steps are grouped and named, a note is written, all is tidied up, and one undo brings the layout back', async () => {
    if (byMouse) {
      await page.keyboard.press('1');
      await box().click({ position: { x: 700, y: 24 } });
      for (const id of GROUPED)
        await step(id)
          .locator('.t')
          .click({ modifiers: ['Shift'] });
      await seen(page.getByRole('toolbar', { name: said(c.chosen_other, { count: 4 }) }));
    } else {
      await standOn('match', called('customers.match'));
      await page.keyboard.press('Shift+ArrowRight');
    }
    await page.keyboard.press('Control+g');
    await holds(({ groups }) => JSON.stringify(groups[0]?.nodes.toSorted()) === JSON.stringify(GROUPED));
    if (byMouse) {
      await page.locator('.frame-title input').fill('Kund');
      await button(page, c.addNote).click();
    } else {
      await page.keyboard.press('Control+Shift+o');
      const field = page.getByRole('textbox', { name: said(c.groupNumber, { number: 1 }) });
      await tabTo(field);
      await page.keyboard.press('Control+a');
      await page.keyboard.type('Kund');
      await page.keyboard.press('Control+Shift+o');
      await tabTo(box());
      await page.keyboard.press('Shift+S');
    }
    await seen(page.getByRole('textbox', { name: c.note, exact: true }));
    await page.keyboard.type('Kund före order');
    await page.keyboard.press('Escape');
    await holds(({ groups, notes }) => groups[0]?.title === 'Kund' && notes[0]?.text === 'Kund före order');
    const before = placesOf(await stored());
    await page.keyboard.press('Escape');
    if (byMouse) await button(page.getByRole('toolbar', { name: c.palette }), c.tidy).click();
    else await page.keyboard.press('Shift+A');
    await holds((now) => placesOf(now) !== before);
    await seen(button(bar(), said(c.undo, { what: c.edits.tidy })));
    await page.keyboard.press('Control+z');
    await holds((now) => placesOf(now) === before && now.groups.length === 1 && now.notes.length === 1);
  });

  test('10: the bar says draft and when it was saved; publishing counts what is wrong and leads there, and shows the difference', async () => {
    await seen(bar().getByText(t.flows.draft, { exact: true }));
    await seen(bar().getByText(new RegExp(`^${c.draft.saved} \\d\\d:\\d\\d`)));
    if (byMouse) await button(bar(), t.flows.publish).click();
    else await page.keyboard.press('Shift+P');
    const dialog = page.getByRole('dialog', { name: said(c.publish.title, { name: title }) });
    await seen(dialog.getByText(said(t.flows.errors_other, { count: 0 })));
    await seen(dialog.getByText(said(t.flows.warnings_one, { count: 1 })));
    await press(button(dialog, c.publish.goThere));
    await gone(dialog);
    expect(await panel().getByLabel(c.panel.title, { exact: true }).getAttribute('placeholder')).toBe(
      called('orders.write'),
    );
    await shutPanel();
    if (byMouse) await button(bar(), t.flows.publish).click();
    else await page.keyboard.press('Shift+P');
    await seen(dialog.getByText(c.publish.first));
    await seen(dialog.getByText('+6 · ~0 · −0'));
    for (const choice of [c.publish.off, c.publish.on, c.publish.test]) await seen(button(dialog, choice));
  });

  test('10: with a note it goes from publishing to live, and is so after a reload', async () => {
    const dialog = page.getByRole('dialog', { name: said(c.publish.title, { name: title }) });
    await write(dialog.getByLabel(c.publish.note), 'Första versionen');
    await press(button(dialog, c.publish.on));
    let answer = () => {};
    const held = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route('**/publish', async (route) => {
      await held;
      await route.continue();
    });
    await press(button(dialog, said(c.publish.do, { version: 1 })));
    await seen(button(dialog, c.publish.doing));
    answer();
    await gone(dialog);
    await page.unroute('**/publish');
    await seen(bar().getByText(said(c.versionLive, { version: 1 }), { exact: true }));
    await page.reload();
    await seen(bar().getByText(said(c.versionLive, { version: 1 }), { exact: true }));
    const { body } = await api.ask('GET', `/api/tenants/${LARGE.id}/flows/${flow}/versions`);
    expect(body.versions).toMatchObject([{ version: 1, note: 'Första versionen' }]);
  });

  test('11: a group is copied as text in which no credentials travel', async () => {
    await seen(step('match'));
    if (byMouse) await page.locator('.frame-title .num').click();
    else {
      await standOn('match', called('customers.match'));
      await page.keyboard.press('Shift+ArrowRight');
    }
    await page.keyboard.press('Control+c');
    await seen(page.locator('.toast').getByText(said(c.copied_other, { count: 4 })));
    const text = await page.evaluate(() => navigator.clipboard.readText());
    expect(JSON.parse(text)).toMatchObject({ kind: 'flow-fragment', v: 1, groups: [{ title: 'Kund' }] });
    expect(text).not.toMatch(/secret|consumerKey|ck_|cs_/i);
  });

  test('6: what the other customer’s package lacks can be seen, says why and what it would do, and has two ways on', async () => {
    await press(button(page.locator('.rail'), new RegExp(LARGE.name)));
    await fromMenu(new RegExp(SMALL.name));
    await page.waitForURL(/\/a\/2$/);
    await seen(page.getByRole('heading', { level: 1, name: new RegExp(SMALL.name) }));
    flow = await newFlow(SMALL, t.shell.packages['100'], `${title} 100`);
    const locked = called('price-lists.match');
    await seen(search());
    const [needed, owned] = [t.shell.packagesWithin.premium, t.shell.packagesWithin['100']];
    await seen(page.locator('.picker').getByText(said(t.flows.freeLocked, { needed, owned })));
    await page.keyboard.type(locked);
    const option = page.getByRole('option', { name: locked });
    await seen(option.getByText(t.shell.packages['400'], { exact: true }));
    if (byMouse) await option.click();
    else await page.keyboard.press('Enter');
    const why = page.getByRole('group', { name: locked });
    await seen(why.getByText(builtInNodes.find(({ type }) => type === 'price-lists.match')?.summary[name] ?? ''));
    await seen(
      why.getByText(
        said(c.picker.locked, { needed: t.shell.packagesWithin['400'], owned: t.shell.packagesWithin['100'] }),
      ),
    );
    await press(why.locator('summary').first());
    await seen(why.getByText('Återförsäljare').first());
    const mail = new URL((await why.getByRole('link', { name: c.picker.ask }).getAttribute('href')) ?? '');
    expect([mail.protocol, mail.searchParams.get('body')]).toEqual(['mailto:', expect.stringContaining(SMALL.name)]);
    await press(button(why, said(c.picker.instead, { node: called('products.read') })));
    await gone(page.locator('.picker'));
    await seen(step('read'));
    await until(async () => (await stored(SMALL.id)).nodes.map(({ type }) => type).join() === 'products.read');
  });

  test('11: pasted there, the steps ask for a connection of that customer’s', async () => {
    await shutPanel();
    await page.keyboard.press('Control+v');
    await until(async () => (await stored(SMALL.id)).nodes.length === 5);
    await page.keyboard.press('1');
    for (const id of ['match', 'ensure', 'write']) {
      await seen(step(id).locator('.error-badge'));
      await until(async () =>
        (await step(id).locator('.node').getAttribute('title'))?.startsWith(c.panel.chooseConnection),
      );
    }
    await until(async () => (await stored(SMALL.id)).nodes.length === 5);
    const pasted = await stored(SMALL.id);
    expect(pasted.groups.map((group) => group.title)).toEqual(['Kund']);
    expect(pasted.nodes.filter(({ id, connection }) => GROUPED.includes(id) && connection !== undefined)).toEqual([]);
    // drawn, kept, and not to be published
    await until(async () => {
      const { body } = await api.ask('GET', `/api/tenants/${SMALL.id}/flows/${flow}`);
      return body.problems.some(({ code, step: at }: Problem) => code === 'PACKAGE_NEEDED' && at === undefined);
    });
    const [needed, owned] = [t.shell.packagesWithin.premium, t.shell.packagesWithin['100']];
    await press(page.locator('.problem-chip'));
    await seen(
      page
        .locator('.problem-menu')
        .getByText(new RegExp(`${needed}.*${owned}`))
        .first(),
    );
  });

  test('no page wrote an error, and none broke the content security policy', () => {
    expect(person.complaints).toEqual([]);
  });
});
