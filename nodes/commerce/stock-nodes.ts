import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { AnyValue } from '../core/value.ts';
import { portTitles } from '../port-titles.ts';
import { stockFind, stockSet, Written } from './capabilities.ts';
import * as sample from './examples.ts';
import { skuKey } from './identity.ts';
import { StockLevel } from './model.ts';
import { Id, OptionalText, revisionOf } from './setting.ts';

const stockRead = defineNode({
  type: 'stock.read',
  version: 1,
  title: { en: 'Read stock balance', sv: 'Läs lagersaldo' },
  summary: {
    en: 'Fetches the stock balance of a SKU from the chosen system.',
    sv: 'Hämtar lagersaldot för ett artikelnummer från det valda systemet.',
  },
  group: 'action',
  icon: 'boxes',
  feature: 'stock',
  effect: 'read',
  config: z.strictObject({
    sku: Id.meta(
      label('SKU', 'Artikelnummer', {
        en: 'A binding such as {{ value.sku }}.',
        sv: 'En bindning som {{ value.sku }}.',
      }),
    ),
    warehouse: OptionalText.meta(
      label('Warehouse', 'Lager', {
        en: 'Needed where a SKU stands in several.',
        sv: 'Behövs där ett artikelnummer finns i flera.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { level: StockLevel, missing: AnyValue },
  portTitles: portTitles('value', 'level', 'missing'),
  needs: { find: stockFind },
  examples: [
    {
      title: { en: 'The balance of an SKU', sv: 'Saldot för ett artikelnummer' },
      config: { sku: 'KEPS-BLÅ' },
      input: { value: { sku: 'KEPS-BLÅ' } },
      output: { level: sample.level },
      given: { answers: { find: [sample.level] } },
    },
  ],
  run: async ({ config, input, use }) => {
    const { sku, warehouse } = config;
    const all = (await use.find({ sku })).filter((level) => skuKey(level.sku) === skuKey(sku));
    const found = warehouse === undefined ? all : all.filter((level) => level.warehouse === warehouse);
    if (found.length > 1) {
      const names = found.map((level) => level.warehouse ?? level.source.id);
      throw new TerminalError('MATCH_AMBIGUOUS', `${sku} stands in ${names.join(', ')}: name the warehouse`, {
        field: 'warehouse',
        details: { candidates: names },
      });
    }
    const [level] = found;
    return level ? { level } : { missing: input.value };
  },
});

export const stockSetNode = defineNode({
  type: 'stock.set',
  version: 1,
  title: { en: 'Set stock balance', sv: 'Sätt lagersaldo' },
  summary: {
    en: 'Sets the SKU’s balance in the chosen system to the one that came in; a figure, never a difference.',
    sv: 'Sätter artikelnumrets saldo i det valda systemet till det som kom in; en siffra, aldrig en skillnad.',
  },
  group: 'action',
  icon: 'warehouse',
  feature: 'stock',
  effect: 'write',
  config: z.strictObject({
    figure: z
      .enum(['available', 'onHand'])
      .default('available')
      .meta({
        ...label('Which figure', 'Vilken siffra', {
          en: 'Shops usually show what is available.',
          sv: 'Butiker visar vanligtvis det disponibla.',
        }),
        ...options({
          available: ['Available: without what is reserved', 'Disponibelt: utan det som är reserverat'],
          onHand: ['On hand: what is on the shelf', 'I lager: det som ligger på hyllan'],
        }),
      }),
  }),
  inputs: { level: StockLevel },
  outputs: { written: Written },
  portTitles: portTitles('level', 'written'),
  needs: { set: stockSet },
  examples: [
    {
      title: { en: 'The shop shows what may be promised: 9', sv: 'Butiken visar det som kan utlovas: 9' },
      config: { figure: 'available' },
      input: { level: sample.level },
      output: { written: { id: 'KEPS-BLÅ' } },
      given: { answers: { set: { id: 'KEPS-BLÅ' } } },
    },
  ],
  run: async ({ config, input, use, now }) => ({
    written: await use.set({ level: input.level, figure: config.figure, revision: revisionOf(input.level, now) }),
  }),
});

export const stockNodes: readonly AnyNode[] = [stockRead, stockSetNode];
