import type { Page } from 'playwright-core';
import type { ConnectionList, FlowList } from '#runtime/protocol.ts';
import type { Client } from '../support/client.ts';

/** One picture: where it is, and what is done there before it is taken. */
export interface Screen {
  readonly name: string;
  /** Under the account's address, or whole when it begins with a slash. */
  readonly path: string;
  readonly before?: (page: Page) => Promise<void>;
}

/** Ids of things that the demo has. */
export interface Demo {
  readonly flow: string;
  readonly connection: string;
  /** Installed for the pictures. */
  readonly plugin: string;
}

export async function findDemo(admin: Client): Promise<Demo> {
  const flows = (await admin.ask('GET', '/api/tenants/1/flows')).body as FlowList;
  const connections = (await admin.ask('GET', '/api/tenants/1/connections')).body as ConnectionList;
  // a plugin with a table, and the customer's own in its place
  const installed = await admin.ask('POST', '/api/tenants/1/plugins/starters/freight-rule', {});
  await admin.ask('POST', '/api/tenants/1/plugins/starters/sku-rewrite', {});
  await admin.ask('POST', '/api/tenants/1/tables', { name: 'sku-rewrite.renamed' });
  return {
    flow: flows.flows[0]?.id ?? '',
    connection: connections.connections[0]?.id ?? '',
    plugin: installed.body.id,
  };
}

/** A file of a flow that names a system and has something wrong. */
async function chooseFile(page: Page): Promise<void> {
  const node = { id: 'call', type: 'core.http', version: 1, connection: 'connection-1', config: {} };
  const flow = { format: 1, name: 'Ordrar till lagret', nodes: [node], wires: [] };
  const connections = [{ name: 'connection-1', connector: 'woocommerce', title: 'Butik SE' }];
  const file = JSON.stringify({ kind: 'weft-flow', v: 1, flow, connections });
  const buffer = Buffer.from(file);
  await page.locator('input[type=file]').setInputFiles({ name: 'flow.json', mimeType: 'application/json', buffer });
  await page.locator('main section').first().waitFor();
}

/** Every screen of the product; whoever makes one adds it here. */
export function screensOf(demo: Demo): readonly Screen[] {
  return [
    { name: 'overview', path: '' },
    { name: 'flows', path: 'flows' },
    { name: 'flow', path: `flows/${demo.flow}` },
    {
      name: 'flows-new',
      path: 'flows',
      before: (page) => page.getByRole('button', { name: /Nytt flöde|New flow/ }).click(),
    },
    { name: 'flows-none', path: 'flows?q=nothing' },
    { name: 'flow-import', path: 'flows/import', before: async (page) => chooseFile(page) },
    { name: 'templates', path: 'templates' },
    { name: 'template', path: 'templates/orders-to-erp' },
    { name: 'runs', path: 'runs' },
    { name: 'connections', path: 'connections' },
    { name: 'connection', path: `connections/${demo.connection}` },
    { name: 'connection-new', path: 'connections/new' },
    { name: 'connection-new-woocommerce', path: 'connections/new?connector=woocommerce' },
    { name: 'connection-new-fortnox', path: 'connections/new?connector=fortnox' },
    {
      name: 'connection-new-rest',
      path: 'connections/new?connector=rest',
      before: async (page) => {
        for (const fold of await page.locator('main summary').all()) await fold.click();
      },
    },
    { name: 'findings', path: 'findings' },
    {
      name: 'plugins',
      path: 'plugins',
      before: async (page) => {
        await page.locator('.starter').first().waitFor();
      },
    },
    {
      name: 'plugin',
      path: `plugins/${demo.plugin}`,
      before: async (page) => {
        await page.locator('.author .cm-content').first().waitFor();
        await page.getByRole('button', { name: /^(Kör|Run)$/ }).click();
        await page.getByTestId('trial-result').waitFor();
      },
    },
    {
      name: 'plugin-about',
      path: `plugins/${demo.plugin}`,
      before: async (page) => {
        await page.getByRole('tab', { name: /Beskrivning|Description/ }).click();
        await page.getByRole('tab', { name: /Exempel|Examples/ }).click();
        await page.getByRole('button', { name: /^(Kör alla|Run all)$/ }).click();
        await page.getByText(/av 3 stämmer|of 3 hold/).waitFor();
      },
    },
    { name: 'tokens', path: 'tokens' },
    { name: 'tables', path: 'tables' },
    { name: 'table', path: 'tables/sku-rewrite.renamed' },
    {
      name: 'table-row',
      path: 'tables/sku-rewrite.renamed',
      before: (page) => page.getByRole('button', { name: /Lägg till rad|Add row/ }).click(),
    },
    {
      name: 'table-import',
      path: 'tables/sku-rewrite.renamed',
      before: (page) => page.getByRole('button', { name: /Importera CSV|Import CSV/ }).click(),
    },
    { name: 'audit', path: 'audit' },
    { name: 'account', path: '/account' },
    {
      name: 'palette',
      path: '',
      before: async (page) => {
        await page.keyboard.press('Control+k');
        await page.getByRole('combobox').waitFor();
      },
    },
    { name: 'missing', path: 'no-such-page' },
  ];
}
