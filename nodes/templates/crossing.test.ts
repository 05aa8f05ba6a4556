import { describe, expect, test } from 'vitest';
import { createCatalog } from '#runtime/catalog.ts';
import { check } from '#runtime/check.ts';
import type { AnyConnector } from '#runtime/connector.ts';
import { instantiate } from '#runtime/template.ts';
import { fortnox } from '../connectors/fortnox/connector.ts';
import { medusa } from '../connectors/medusa/connector.ts';
import { tryton } from '../connectors/tryton/connector.ts';
import { vendure } from '../connectors/vendure/connector.ts';
import { woocommerce } from '../connectors/woocommerce/connector.ts';
import { builtInConnectors, builtInNodes, builtInTemplates } from '../index.ts';
import type { FlowTemplate } from './template.ts';

const catalog = createCatalog(builtInNodes, builtInConnectors);
const SHOPS: readonly AnyConnector[] = [woocommerce, vendure, medusa];
const ERPS: readonly AnyConnector[] = [fortnox, tryton];

/** What is said before publishing, by template and system; everything else goes by a change of connections alone. */
const SAID: Readonly<Record<string, string>> = {
  'price-lists-to-shop woocommerce': 'WooCommerce has one price per product and no price lists of its own.',
  'price-lists-to-shop vendure': 'Vendure has one price per channel and currency, and no price lists.',
  // its orders are paid, packed and completed, and have no state between
  'orders-to-erp medusa': 'An order in Medusa is never “being processed”; choose another state to wait for.',
  'orders-to-erp-plain medusa': 'An order in Medusa is never “being processed”; choose another state to wait for.',
};

function said(template: FlowTemplate, shop: AnyConnector, erp: AnyConnector, answers = {}): string[] {
  const { params } = template.flow;
  // products go one way or the other
  const [from, to] = template.id === 'products-to-erp' ? ['shop', 'erp'] : ['erp', 'shop'];
  const places: Readonly<Record<string, string | undefined>> = { shop: 'shop', erp: 'erp', from, to };
  const given = Object.fromEntries(
    Object.entries(params).flatMap(([name, param]): [string, string][] => {
      if (param.kind === 'connection') return [[name, places[name] ?? '']];
      return param.default === undefined ? [[name, 'B2B']] : [];
    }),
  );
  const made = instantiate(template.flow, { ...given, ...answers });
  const connections = new Map([
    ['shop', shop],
    ['erp', erp],
  ]);
  const problems = check(made.flow, { catalog, package: 'premium', connections, params: made.params });
  return problems.map((problem) => problem.message.en);
}

const templateOf = (id: string): FlowTemplate => {
  const found = builtInTemplates.find((one) => one.id === id);
  if (!found) throw new Error(`there is no template ${id}`);
  return found;
};

describe.each(SHOPS.flatMap((shop) => ERPS.map((erp) => [shop.title, erp.title, shop, erp] as const)))(
  'between %s and %s',
  (_shop, _erp, shop, erp) => {
    test.each(builtInTemplates.map((template) => [template.id, template] as const))(
      'the flow %s can be published, or it is said what cannot be held',
      (id, template) => {
        const reason = SAID[`${id} ${shop.id}`];
        expect(said(template, shop, erp)).toEqual(reason === undefined ? [] : [reason]);
      },
    );
  },
);

test('a status that the system cannot set is said before publishing, also when it is an answer to a question', () => {
  const orders = templateOf('orders-to-erp');
  expect(said(orders, vendure, tryton, { status: 'on-hold' })).toEqual([
    'An order in Vendure cannot be made “on hold”.',
  ]);
  expect(said(orders, woocommerce, tryton, { status: 'on-hold' })).toEqual([]);
});

test('an order flow from Medusa takes what is paid, which is one of the answers', () => {
  for (const id of ['orders-to-erp', 'orders-to-erp-plain'])
    expect(said(templateOf(id), medusa, tryton, { take: 'paid' })).toEqual([]);
});

test('a trigger that would wait for ever, since the system tells of no such changes, is said before publishing', () => {
  const silent: AnyConnector = { ...tryton, changes: tryton.changes.filter((one) => one.entity !== 'stock') };
  expect(said(templateOf('stock-to-shop'), vendure, silent)).toEqual([
    'Tryton does not tell of changes of this kind (stock).',
  ]);
});
