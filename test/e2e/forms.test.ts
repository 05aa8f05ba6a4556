import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtInConnectors, builtInNodes } from '#nodes/index.ts';
import { createCatalog } from '#runtime/catalog.ts';
import type { JsonObject } from '#runtime/json.ts';
import { catalogAnswer } from '#server/routes/catalog.ts';
import { buildPageStand, type PageStand } from '../support/page-stand.ts';
import { until } from '../support/until.ts';
import { fillForm } from './form-stand/fill.ts';
import type { Shown } from './form-stand/main.tsx';
import { isAccessible, type Visit, visit } from './visit.ts';

const catalog = catalogAnswer(createCatalog(builtInNodes, builtInConnectors));
let stand: PageStand;
let person: Visit;
let page: Page;

beforeAll(async () => {
  [stand, person] = await Promise.all([
    buildPageStand(path.join(import.meta.dirname, 'form-stand')),
    visit({ language: 'sv-SE', width: 480, height: 900 }),
  ]);
  page = await person.open(stand.url);
  await page.waitForFunction(() => window.stand !== undefined);
});
afterAll(async () => {
  await person?.close();
  await stand?.close();
});

const show = async (shown: Shown): Promise<void> => {
  // a schema is too deep a type for the page's own serializer to follow
  await page.evaluate((told) => window.stand.show(JSON.parse(told)), JSON.stringify(shown));
  await page.locator('.form').waitFor({ state: 'attached' });
};
const value = (): Promise<JsonObject> => page.evaluate(() => window.stand.value);
const nodeConfig = (type: string): JsonObject => catalog.nodes.find((each) => each.type === type)?.config ?? {};

const connector = (id: string) => {
  const found = catalog.connectors.find((each) => each.id === id);
  if (!found) throw new Error(`no connector ${id}`);
  return found;
};

const fields: NonNullable<Shown['bindings']>['fields'] = [
  { path: ['order', 'customer', 'email'], from: 'Ny order', title: 'E-post', type: 'text' },
  { path: ['order', 'total'], from: 'Ny order', title: 'Summa', type: 'number' },
  { path: ['order', 'lines'], from: 'Ny order', title: 'Rader', type: 'list' },
];
const sample = { order: { customer: { email: ' Anna@Example.com ' }, total: 124900, lines: [{ sku: 'A1' }] } };

test('every node can be filled in by hand as its examples are', async () => {
  for (const { type, config, examples } of catalog.nodes)
    for (const example of examples) {
      await show({ schema: config, value: {}, showAll: true });
      await fillForm(page, config, example.config);
      await page.keyboard.press('Tab');
      // what is as the default has it need not be said
      const { config: meaning } = builtInNodes.find((each) => each.type === type) ?? {};
      expect([type, meaning?.parse(await value())]).toEqual([type, meaning?.parse(example.config)]);
      expect([type, await page.getByRole('alert').allTextContents()]).toEqual([type, []]);
    }
});

test('every node gives back the value it was given, also when each field was visited', async () => {
  for (const { type, config, examples } of catalog.nodes) {
    const given = { ...examples.at(-1)?.config, unknown: { kept: [1, null] } };
    await show({ schema: config, value: given, bindings: { fields, sample } });
    for (const control of await page.locator('.form :is(input, textarea, select)').all()) await control.focus();
    expect([type, await value()]).toEqual([type, given]);
  }
});

test('forms of nodes, of connections and of secrets can be used by everybody', async () => {
  await show({
    schema: nodeConfig('core.switch'),
    value: { cases: [{ name: '' }] },
    bindings: { fields, sample },
    showAll: true,
  });
  await isAccessible(page, 'a list of objects with something wrong');
  const bound = { native: '{{ order.total | divide(2) | round }}', note: 'Order {{ order.number }}', toCustomer: true };
  await show({ schema: nodeConfig('orders.set-status'), value: bound, bindings: { fields, sample } });
  await isAccessible(page, 'bindings');
  await show({ schema: connector('rest').settings, value: {}, fold: true, showAll: true });
  for (const fold of await page.locator('summary').all()) await fold.click();
  await isAccessible(page, 'the largest settings');
  await show({ schema: connector('woocommerce').secrets, value: {}, saved: ['consumerKey'] });
  await isAccessible(page, 'secrets');
});

test('a field is bound by typing, shows what it comes to, and takes transforms', async () => {
  await show({ schema: nodeConfig('orders.set-status'), value: { note: 'Tack!' }, bindings: { fields, sample } });
  const note = page.locator('[data-field="note"]');
  await note.getByRole('button', { name: 'Fält' }).click();
  await note.getByRole('combobox').first().fill('post');
  await page.getByRole('option', { name: /Ny order › E-post/ }).click();
  expect(await value()).toEqual({ note: '{{ order.customer.email }}' });
  await note.getByRole('combobox', { name: 'Lägg till omvandling' }).selectOption('trim');
  await note.getByRole('combobox', { name: 'Lägg till omvandling' }).selectOption('replace');
  await note.getByRole('textbox', { name: 'Byt ut: sök' }).fill('Example');
  await note.getByRole('textbox', { name: 'Byt ut: ersätt med' }).fill('weft');
  expect(await value()).toEqual({ note: '{{ order.customer.email | trim | replace("Example", "weft") }}' });
  await note.getByText('Anna@weft.com').waitFor();
  await note.getByRole('button', { name: 'Ta bort Byt ut' }).click();
  expect(await value()).toEqual({ note: '{{ order.customer.email | trim }}' });
  // and back again: what stood there before is there still
  await note.getByRole('button', { name: 'Fast' }).click();
  expect(await value()).toEqual({ note: 'Tack!' });
  await note.getByRole('button', { name: 'Fält' }).click();
  expect(await value()).toEqual({ note: '{{ order.customer.email | trim }}' });
});

test('a path that no step is known to give can be written out, and a transform that fails says why', async () => {
  await show({ schema: nodeConfig('orders.set-status'), value: {}, bindings: { fields, sample } });
  const native = page.locator('[data-field="native"]');
  await native.getByRole('button', { name: 'Fält' }).click();
  await native.getByRole('combobox').first().fill('order.extra["my field"]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await until(async () => (await value())['native'] === '{{ order.extra["my field"] }}');
  await native.getByText('Exemplet har inget värde här').waitFor();
  await show({
    schema: nodeConfig('orders.set-status'),
    value: { native: '{{ order.total | divide(0) }}' },
    bindings: { fields, sample },
  });
  await native.getByText(/cannot divide by zero/).waitFor();
});

test('what is wrong is said when a field is left, and what was found elsewhere at once', async () => {
  await show({
    schema: nodeConfig('core.switch'),
    value: { cases: [{ name: 'paid', operator: 'equals' }] },
    problems: [{ field: 'cases[0].left', message: 'Det finns inget sådant fält.' }],
  });
  const left = page.locator('[data-field="cases[0].left"]');
  await left.getByText('Det finns inget sådant fält.').waitFor();
  const name = page.locator('[data-field="cases[0].name"]');
  await name.getByRole('textbox').fill('not a name');
  expect(await name.getByRole('alert').count()).toBe(0);
  await page.keyboard.press('Tab');
  await name.getByText('Det kan inte skrivas så.').waitFor();
  expect(await name.getByRole('textbox').getAttribute('aria-invalid')).toBe('true');
  await name.getByRole('textbox').fill('sent');
  await until(async () => (await name.getByRole('alert').count()) === 0);
});

test('entries of a list are moved and removed by keyboard', async () => {
  const schema = nodeConfig('core.set');
  await show({ schema, value: { fields: [{ to: 'a' }, { to: 'b' }, { to: 'c' }] } });
  await page.getByRole('button', { name: 'Flytta ner Fält 1' }).press('Enter');
  await page.getByRole('button', { name: 'Ta bort Fält 3' }).press('Enter');
  expect(await value()).toEqual({ fields: [{ to: 'b' }, { to: 'a' }] });
  expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Lägg till');
});

test('a saved secret is never shown, and is replaced only when one asks for it', async () => {
  const { secrets } = connector('woocommerce');
  await show({ schema: secrets, value: {}, saved: ['consumerKey', 'consumerSecret'], showAll: true });
  expect(await page.getByRole('alert').count()).toBe(0);
  const key = page.locator('[data-field="consumerKey"]');
  await key.getByText('Sparad').waitFor();
  await key.getByRole('button', { name: /Byt/ }).click();
  await key.locator('input').fill('ck_new');
  expect(await key.locator('input').getAttribute('type')).toBe('password');
  expect(await value()).toEqual({ consumerKey: 'ck_new' });
  await key.getByRole('button', { name: /Behåll den sparade/ }).click();
  expect(await value()).toEqual({});
});

test('the form speaks the language of the page', async () => {
  await show({ schema: nodeConfig('core.stop'), value: {}, showAll: true, language: 'en' });
  await page.getByText('This must be filled in.').waitFor();
  await page.getByText('The run counts as').waitFor();
  await show({ schema: nodeConfig('core.stop'), value: {}, showAll: true, language: 'sv' });
  await page.getByText('Detta måste fyllas i.').waitFor();
});

test('no form wrote an error or broke the content security policy', () => {
  expect(person.complaints).toEqual([]);
});
