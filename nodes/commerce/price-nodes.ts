import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { AnyValue } from '../core/value.ts';
import { portTitles } from '../port-titles.ts';
import { priceListsList, pricesList, pricesSet, Written } from './capabilities.ts';
import * as sample from './examples.ts';
import { matchPriceList } from './match.ts';
import { Price, PriceList } from './model.ts';
import { allPages } from './paging.ts';
import { Most, OptionalText, revisionOf } from './setting.ts';

/** No system has more price lists than this. */
const MOST_LISTS = 2000;

export const priceListsMatch = defineNode({
  type: 'price-lists.match',
  version: 1,
  title: { en: 'Match price list', sv: 'Matcha prislista' },
  summary: {
    en: 'Finds the price list with the same name in the chosen system; two lists with one name stop the record.',
    sv: 'Hittar prislistan med samma benämning i det valda systemet; två listor med samma benämning stoppar posten.',
  },
  group: 'match',
  icon: 'tag',
  feature: 'price-lists',
  instead: 'products.read',
  effect: 'read',
  config: z.strictObject({
    name: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .meta(
        label('Name', 'Benämning', {
          en: 'Such as {{ value.name }}; capitals and spaces around it do not matter.',
          sv: 'Till exempel {{ value.name }}; versaler och omgivande mellanslag spelar ingen roll.',
        }),
      ),
  }),
  inputs: { value: AnyValue },
  outputs: { found: PriceList, missing: AnyValue },
  portTitles: portTitles('value', 'found', 'missing'),
  needs: { list: priceListsList },
  examples: [
    {
      title: { en: 'The ERP has a list of the same name', sv: 'Affärssystemet har en lista med samma benämning' },
      config: { name: 'Återförsäljare' },
      input: { value: { code: 'wholesale', name: 'Återförsäljare' } },
      output: { found: sample.priceList },
      given: { answers: { list: { items: [sample.priceList] } } },
    },
    {
      title: { en: 'It has none: the list goes on as it came', sv: 'Det har ingen: listan går vidare som den kom' },
      config: { name: 'Sommar' },
      input: { value: { code: 'summer', name: 'Sommar' } },
      output: { missing: { code: 'summer', name: 'Sommar' } },
      given: { answers: { list: { items: [sample.priceList] } } },
    },
  ],
  run: async ({ config, input, use }) => {
    const lists = await allPages((cursor) => use.list({ cursor }), MOST_LISTS, 'price lists');
    const found = matchPriceList(config.name, lists);
    return found ? { found } : { missing: input.value };
  },
});

const priceListsRead = defineNode({
  type: 'price-lists.read',
  version: 1,
  title: { en: 'List price lists', sv: 'Lista prislistor' },
  summary: {
    en: 'Fetches all price lists of the chosen system.',
    sv: 'Hämtar alla prislistor i det valda systemet.',
  },
  group: 'action',
  icon: 'list',
  feature: 'price-lists',
  instead: 'products.read',
  effect: 'read',
  config: z.strictObject({}),
  inputs: { value: AnyValue },
  outputs: { lists: z.array(PriceList) },
  portTitles: portTitles('value', 'lists'),
  needs: { list: priceListsList },
  examples: [
    {
      title: { en: 'All lists of the ERP', sv: 'Affärssystemets alla listor' },
      config: {},
      input: { value: {} },
      output: { lists: [sample.priceList] },
      given: { answers: { list: { items: [sample.priceList] } } },
    },
  ],
  run: async ({ use }) => ({ lists: await allPages((cursor) => use.list({ cursor }), MOST_LISTS, 'price lists') }),
});

const pricesRead = defineNode({
  type: 'prices.read',
  version: 1,
  title: { en: 'Read prices', sv: 'Läs priser' },
  summary: {
    en: 'Fetches the prices of a price list, with their quantity breaks and dates, as one list.',
    sv: 'Hämtar en prislistas priser, med kvantitetsgränser och datum, som en lista.',
  },
  group: 'action',
  icon: 'receipt-text',
  feature: 'price-lists',
  instead: 'products.read',
  effect: 'read',
  config: z.strictObject({
    priceList: OptionalText.meta(
      label('Price list', 'Prislista', {
        en: 'Its code. Empty: the price list that came in, else all of them.',
        sv: 'Dess kod. Tomt: prislistan som kom in, annars alla.',
      }),
    ),
    most: Most,
  }),
  inputs: { value: AnyValue.optional(), list: PriceList.optional() },
  outputs: { prices: z.array(Price) },
  portTitles: portTitles('value', 'list', 'prices'),
  needs: { list: pricesList },
  examples: [
    {
      title: { en: 'The prices of the list that came in', sv: 'Priserna i listan som kom in' },
      config: {},
      input: { list: sample.priceList },
      output: { prices: [sample.price] },
      given: { answers: { list: { items: [sample.price] } } },
    },
  ],
  run: async ({ config, input, use }) => {
    const priceList = config.priceList ?? input.list?.code;
    return { prices: await allPages((cursor) => use.list({ priceList, cursor }), config.most, 'prices') };
  },
});

/** The price as the target is to hold it. */
function addressed(price: Price, into: 'list' | 'own', list: PriceList | undefined): Price {
  const { priceList: _code, name: _name, ...rest } = price;
  if (into === 'own') return rest;
  if (list) return { ...rest, priceList: list.code, name: list.name };
  if (price.priceList === undefined && price.name === undefined) return rest;
  throw new TerminalError(
    'INPUT_INVALID',
    `the price of ${price.sku} belongs to “${price.name ?? price.priceList}”, but no price list of the target is wired`,
    { field: 'list' },
  );
}

export const pricesSetNode = defineNode({
  type: 'prices.set',
  version: 1,
  title: { en: 'Set price', sv: 'Sätt pris' },
  summary: {
    en: 'Sets the price of a SKU in the chosen system, in a price list or as the product’s own.',
    sv: 'Sätter priset för ett artikelnummer i det valda systemet, i en prislista eller som artikelns eget.',
  },
  group: 'action',
  icon: 'badge-percent',
  feature: 'price-lists',
  effect: 'write',
  config: z.strictObject({
    into: z
      .enum(['list', 'own'])
      .default('list')
      .meta({
        ...label('Where to', 'Vart', {
          en: 'Systems without price lists have one price a product.',
          sv: 'System utan prislistor har ett pris per artikel.',
        }),
        ...options({
          list: ['The price list that is wired to “Price list”', 'Prislistan som är kopplad till ”Prislista”'],
          own: [
            'The product’s own price, for systems with a single one',
            'Artikelns eget pris, för system som bara har ett',
          ],
        }),
      }),
  }),
  inputs: { price: Price, list: PriceList.optional() },
  outputs: { written: Written },
  portTitles: portTitles('price', 'list', 'written'),
  needs: { set: pricesSet },
  examples: [
    {
      title: {
        en: 'The price goes into the shop’s list of the same name',
        sv: 'Priset hamnar i butikens lista med samma benämning',
      },
      config: { into: 'list' },
      input: { price: sample.price, list: sample.shopPriceList },
      output: { written: { id: 'KEPS-BLÅ' } },
      given: { answers: { set: { id: 'KEPS-BLÅ' } } },
    },
  ],
  run: async ({ config, input, use, now }) => {
    const price = addressed(input.price, config.into, input.list);
    // one price may go into several lists of one system
    const revision = `${price.priceList ?? ''}:${revisionOf(input.price, now)}`;
    return { written: await use.set({ price, revision }) };
  },
});

export const priceNodes: readonly AnyNode[] = [priceListsMatch, priceListsRead, pricesRead, pricesSetNode];
