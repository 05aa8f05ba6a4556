import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import { defineNode, label } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import { AnyValue } from './value.ts';

export const each = defineNode({
  type: 'core.each',
  version: 1,
  title: { en: 'For each', sv: 'För varje' },
  summary: {
    en: 'Takes the steps that follow once for every item of a list, in its order.',
    sv: 'Kör stegen som följer en gång för varje post i en lista, i listans ordning.',
  },
  group: 'logic',
  icon: 'repeat',
  feature: 'core',
  effect: 'none',
  control: 'each',
  config: z.strictObject({
    items: AnyValue.optional().meta(
      label('Which list', 'Vilken lista', {
        en: 'When the list stands inside what comes in: {{ list.lines }}. Empty: what comes in is the list.',
        sv: 'När listan står inuti det som kommer in: {{ list.lines }}. Tomt: det som kommer in är listan.',
      }),
    ),
    most: z
      .int()
      .min(1)
      .max(10_000)
      .default(1000)
      .meta(
        label('At most', 'Högst antal', {
          en: 'A longer list stops the run before anything is done with it.',
          sv: 'En längre lista stoppar körningen innan något görs med den.',
        }),
      ),
  }),
  inputs: { list: AnyValue },
  outputs: { item: AnyValue, index: z.int() },
  portTitles: portTitles('list', 'item', 'index'),
  examples: [
    {
      title: { en: 'The list that comes in', sv: 'Listan som kommer in' },
      config: {},
      input: { list: ['A1', 'B2'] },
      output: { list: ['A1', 'B2'] },
    },
    {
      title: { en: 'The lines of an order', sv: 'En orders rader' },
      config: { items: [{ sku: 'A1' }] },
      input: { list: { number: '1042', lines: [{ sku: 'A1' }] } },
      output: { list: [{ sku: 'A1' }] },
    },
  ],
  run: ({ config, input }) => {
    const field = config.items === undefined ? 'list' : 'items';
    const list = config.items ?? input.list;
    if (!Array.isArray(list)) throw new TerminalError('INPUT_INVALID', `${field} must be a list`, { field });
    if (list.length > config.most) {
      throw new TerminalError('TOO_LARGE', `${field} has ${list.length} items, at most ${config.most} are taken`, {
        field,
        details: { length: list.length, most: config.most },
      });
    }
    return { list };
  },
});

export const collect = defineNode({
  type: 'core.collect',
  version: 1,
  title: { en: 'Collect', sv: 'Samla' },
  summary: {
    en: 'Ends a for each: what reached it in every turn becomes one list, in the list’s order.',
    sv: 'Avslutar en för varje: det som nådde hit i varje varv blir en lista, i listans ordning.',
  },
  group: 'logic',
  icon: 'list-plus',
  feature: 'core',
  effect: 'none',
  control: 'collect',
  config: z.strictObject({}),
  inputs: { item: AnyValue },
  outputs: { list: z.array(AnyValue) },
  portTitles: portTitles('item', 'list'),
  examples: [
    {
      title: { en: 'One turn: a list of one', sv: 'Ett varv: en lista med ett element' },
      config: {},
      input: { item: { sku: 'A1', quantity: '2' } },
      output: { list: [{ sku: 'A1', quantity: '2' }] },
    },
    {
      title: { en: 'What reaches it may be of any kind', sv: 'Det som når den får vara av vilket slag som helst' },
      config: {},
      input: { item: 'A1' },
      output: { list: ['A1'] },
    },
  ],
  // The engine gathers the list over all turns; a lone item is the list of one turn.
  run: ({ input }) => ({ list: [input.item] }),
});
