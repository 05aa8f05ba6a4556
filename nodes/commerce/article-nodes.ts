import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { productsCreate, productsFind } from './capabilities.ts';
import * as sample from './examples.ts';
import { skuKey } from './identity.ts';
import { matchProduct, rowName } from './match.ts';
import { Order, type OrderLine, type Product } from './model.ts';
import { OptionalText } from './setting.ts';

/** Lookups sent side by side; the connection's own limit paces them further. */
const AT_ONCE = 5;

interface Row {
  readonly line: OrderLine;
  readonly index: number;
  readonly sku: string;
}

/** Every row with the SKU it is looked up by. Throws ARTICLE_MISSING for a row that has none. */
function rowsOf(order: Order, fallback: string | undefined): Row[] {
  return order.lines.map((line, index) => {
    const sku = line.sku === undefined || skuKey(line.sku) === '' ? fallback : skuKey(line.sku);
    if (sku !== undefined) return { line, index, sku };
    throw new TerminalError('ARTICLE_MISSING', `row ${rowName(line, index)} of order ${order.number} has no SKU`, {
      field: `order.lines[${index}].sku`,
      details: { order: order.number, row: index + 1 },
    });
  });
}

/** One row a SKU: the first that has it. */
function firstRows(rows: readonly Row[]): Row[] {
  const bySku = new Map<string, Row>();
  for (const row of rows) if (!bySku.has(row.sku)) bySku.set(row.sku, row);
  return [...bySku.values()];
}

async function lookUp(
  rows: readonly Row[],
  find: (query: { sku: string }) => Promise<readonly Product[]>,
): Promise<Map<string, Product | null>> {
  const found = new Map<string, Product | null>();
  const distinct = firstRows(rows);
  for (let at = 0; at < distinct.length; at += AT_ONCE) {
    await Promise.all(
      distinct.slice(at, at + AT_ONCE).map(async ({ sku, index }) => {
        found.set(sku, await matchProduct(sku, `order.lines[${index}].sku`, find));
      }),
    );
  }
  return found;
}

function missing(order: Order, rows: readonly Row[]): TerminalError {
  const [first] = rows;
  const names = rows.slice(0, 5).map(({ sku, line, index }) => `${sku} on row ${rowName(line, index)}`);
  const more = rows.length > 5 ? `; and ${rows.length - 5} more` : '';
  return new TerminalError('ARTICLE_MISSING', `order ${order.number}: there is no article ${names.join('; ')}${more}`, {
    field: `order.lines[${first?.index ?? 0}].sku`,
    details: { order: order.number, skus: rows.slice(0, 100).map(({ sku }) => sku) },
  });
}

function withArticles(order: Order, rows: readonly Row[], numbers: ReadonlyMap<string, string>): Order {
  const lines = rows.map(({ line, sku }) => ({ ...line, articleNumber: numbers.get(sku) ?? sku }));
  return { ...order, lines };
}

const Fallback = OptionalText.meta(
  label('Article for rows without SKU', 'Artikel för rader utan artikelnummer', {
    en: 'Must exist in the system written to. Empty: such a row stops the order.',
    sv: 'Måste finnas i systemet som skrivs till. Tomt: en sådan rad stoppar ordern.',
  }),
);

export const productsMatch = defineNode({
  type: 'products.match',
  version: 1,
  title: { en: 'Match articles', sv: 'Matcha artiklar' },
  summary: {
    en: 'Finds every row’s article in the chosen system by SKU; an article that is missing stops the order and is named.',
    sv: 'Hittar varje rads artikel i det valda systemet på artikelnummer; en artikel som saknas stoppar ordern och nämns.',
  },
  group: 'match',
  icon: 'package-search',
  feature: 'orders',
  effect: 'read',
  config: z.strictObject({ fallback: Fallback }),
  inputs: { order: Order },
  outputs: { order: Order },
  portTitles: portTitles('order'),
  needs: { find: productsFind },
  examples: [
    {
      title: { en: 'Each row gets the ERP’s article number', sv: 'Varje rad får affärssystemets artikelnummer' },
      config: {},
      input: { order: sample.order },
      output: { order: sample.matchedOrder },
      given: { answers: { find: [sample.product] } },
    },
  ],
  run: async ({ config, input, use }) => {
    const { order } = input;
    const rows = rowsOf(order, config.fallback);
    const found = await lookUp(rows, use.find);
    const lacking = firstRows(rows).filter(({ sku }) => found.get(sku) === null);
    if (lacking.length > 0) throw missing(order, lacking);
    const numbers = [...found].map(([sku, product]) => [sku, product?.sku ?? sku] as const);
    return { order: withArticles(order, rows, new Map(numbers)) };
  },
});

/** The article a row implies. Its identity is the SKU, since variants of one product share the product's id. */
function articleOf(order: Order, { line, sku }: Row): Product {
  return {
    source: { connection: order.source.connection, id: `sku:${sku}` },
    sku,
    name: line.name === '' ? sku : line.name,
    kind: 'simple',
    active: true,
    unit: line.unit,
    price: line.unitPrice,
    priceIncludesTax: order.pricesIncludeTax,
    currency: order.currency,
    taxRate: line.taxRate,
  };
}

export const productsEnsure = defineNode({
  type: 'products.ensure',
  version: 1,
  title: { en: 'Match or create articles', sv: 'Matcha eller skapa artiklar' },
  summary: {
    en: 'Finds every row’s article in the chosen system by SKU, and creates the ones that are missing from what the order says.',
    sv: 'Hittar varje rads artikel i det valda systemet på artikelnummer och skapar de som saknas av det som ordern säger.',
  },
  group: 'match',
  icon: 'package-plus',
  feature: 'orders',
  effect: 'write',
  config: z.strictObject({ fallback: Fallback }),
  inputs: { order: Order },
  outputs: { order: Order },
  portTitles: portTitles('order'),
  needs: { find: productsFind, create: productsCreate },
  examples: [
    {
      title: { en: 'An article that is missing is created of the row', sv: 'En artikel som saknas skapas av raden' },
      config: {},
      input: { order: sample.order },
      output: { order: sample.matchedOrder },
      given: { answers: { find: [], create: sample.article } },
    },
  ],
  run: async ({ config, input, use, note }) => {
    const { order } = input;
    const rows = rowsOf(order, config.fallback);
    const found = await lookUp(rows, use.find);
    const numbers = new Map<string, string>();
    for (const row of firstRows(rows)) {
      const product = found.get(row.sku);
      if (product) numbers.set(row.sku, product.sku ?? row.sku);
      else {
        const made = await use.create({ product: articleOf(order, row) });
        note(`created article ${made.number}`);
        numbers.set(row.sku, made.number);
      }
    }
    return { order: withArticles(order, rows, numbers) };
  },
});

export const articleNodes: readonly AnyNode[] = [productsMatch, productsEnsure];
