import { z } from 'zod';
import { TerminalError } from '#runtime/error.ts';
import type { Json } from '#runtime/json.ts';
import { type AnyNode, defineNode, label, options } from '#runtime/node.ts';
import { AnyValue } from '../core/value.ts';
import { portTitles } from '../port-titles.ts';
import { ordersFind, ordersGet, ordersList } from './capabilities.ts';
import * as sample from './examples.ts';
import { Instant, Order } from './model.ts';
import { allPages } from './paging.ts';
import { Id, Most } from './setting.ts';
import { OrderAction } from './status.ts';

/** A record that is not there is an answer, not a failure. */
async function orNothing<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TerminalError && error.code === 'TARGET_NOT_FOUND') return null;
    throw error;
  }
}

export const ordersRead = defineNode({
  type: 'orders.read',
  version: 1,
  title: { en: 'Read order', sv: 'Läs order' },
  summary: {
    en: 'Fetches one order by its id, its number, or the reference Weft gave it.',
    sv: 'Hämtar en order på id, nummer eller den referens som Weft gav den.',
  },
  group: 'action',
  icon: 'file-search',
  feature: 'orders',
  effect: 'read',
  config: z.strictObject({
    by: z
      .enum(['id', 'number', 'reference'])
      .default('id')
      .meta({
        ...label('Found by', 'Hittas på', { en: 'What the text below is.', sv: 'Vad texten nedan är.' }),
        ...options({ id: ['Id', 'Id'], number: ['Number', 'Nummer'], reference: ['Our reference', 'Vår referens'] }),
      }),
    value: Id.meta(
      label('Id, number or reference', 'Id, nummer eller referens', {
        en: 'A binding such as {{ value.id }}.',
        sv: 'En bindning som {{ value.id }}.',
      }),
    ),
  }),
  inputs: { value: AnyValue },
  outputs: { order: Order, missing: AnyValue },
  portTitles: portTitles('value', 'order', 'missing'),
  needs: { get: ordersGet, find: ordersFind },
  spares: ({ by }) => {
    if (by === undefined || by === 'id') return ['find'];
    return by === 'number' || by === 'reference' ? ['get'] : [];
  },
  examples: [
    {
      title: { en: 'Found by its number', sv: 'Hittad på sitt nummer' },
      config: { by: 'number', value: '1042' },
      input: { value: { number: '1042' } },
      output: { order: sample.order },
      given: { answers: { find: [sample.order] } },
    },
    {
      title: { en: 'There is none: what came in goes on', sv: 'Den finns inte: det som kom in går vidare' },
      config: { by: 'number', value: '9999' },
      input: { value: { number: '9999' } },
      output: { missing: { number: '9999' } },
      given: { answers: { find: [] } },
    },
  ],
  run: async ({ config, input, use }) => {
    const { by, value } = config;
    const found =
      by === 'id'
        ? [await orNothing(use.get({ id: value }))].filter((order) => order !== null)
        : await use.find({ by, value });
    if (found.length > 1) {
      const names = found.map((order) => `${order.source.id} (${order.number})`);
      throw new TerminalError('MATCH_AMBIGUOUS', `${found.length} orders have ${by} ${value}: ${names.join('; ')}`, {
        field: 'value',
        details: { candidates: names.slice(0, 20) },
      });
    }
    const [order] = found;
    return order ? { order } : { missing: input.value as Json };
  },
});

const ordersListed = defineNode({
  type: 'orders.list',
  version: 1,
  title: { en: 'List orders', sv: 'Lista ordrar' },
  summary: {
    en: 'Fetches all orders changed since an instant, page by page, as one list.',
    sv: 'Hämtar alla ordrar som ändrats sedan en tidpunkt, sida för sida, som en lista.',
  },
  group: 'action',
  icon: 'list',
  feature: 'orders',
  effect: 'read',
  config: z.strictObject({
    changedSince: Instant.optional().meta(
      label('Changed since', 'Ändrade sedan', {
        en: 'An instant such as 2026-11-22T09:15:00Z. Empty: all orders.',
        sv: 'En tidpunkt som 2026-11-22T09:15:00Z. Tomt: alla ordrar.',
      }),
    ),
    status: OrderAction.optional().meta(
      label('Only orders that are', 'Bara ordrar som är', {
        en: 'Empty: orders of every status.',
        sv: 'Tomt: ordrar med vilken status som helst.',
      }),
    ),
    most: Most,
  }),
  inputs: { value: AnyValue },
  outputs: { orders: z.array(Order) },
  portTitles: portTitles('value', 'orders'),
  needs: { list: ordersList },
  examples: [
    {
      title: { en: 'Paid orders of the last day', sv: 'Det senaste dygnets betalda ordrar' },
      config: { changedSince: '2026-11-22T09:15:00Z', status: 'paid' },
      input: { value: {} },
      output: { orders: [sample.order] },
      given: { answers: { list: { items: [sample.order] } } },
    },
  ],
  run: async ({ config, use }) => {
    const { changedSince, status, most } = config;
    return { orders: await allPages((cursor) => use.list({ changedSince, status, cursor }), most, 'orders') };
  },
});

export const orderReadNodes: readonly AnyNode[] = [ordersRead, ordersListed];
