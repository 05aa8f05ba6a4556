import { z } from 'zod';
import { fieldPath, TerminalError } from '#runtime/error.ts';
import { firstIssue } from '#runtime/issue-words.ts';
import { type AnyNode, defineNode, label, TriggerPayload } from '#runtime/node.ts';
import { portTitles } from '../port-titles.ts';
import {
  customersFromWebhook,
  customersGet,
  type Delivery,
  ordersFromWebhook,
  ordersGet,
  productsFromWebhook,
  productsGet,
  stockFind,
} from './capabilities.ts';
import * as sample from './examples.ts';
import { nameKey } from './identity.ts';
import { Customer, Day, Order, Price, Product, StockLevel } from './model.ts';
import { OrderAction, statusIs } from './status.ts';

interface Readers<T> {
  fromWebhook?(delivery: Delivery): Promise<T>;
  byId?(id: string): Promise<T>;
}

/** A text, a number, or `{ id }`: what a person types to start a run for one record. */
function namedId(body: unknown): string | undefined {
  const value =
    typeof body === 'object' && body !== null && Object.keys(body).length === 1 ? Object.values(body)[0] : body;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The canonical record a run was woken by; throws INPUT_INVALID naming the field when there is none in it. */
async function recordOf<T>(payload: TriggerPayload, shape: z.ZodType<T>, read: Readers<T>): Promise<T> {
  const { via, id, topic, body } = payload;
  if (via === 'webhook' && read.fromWebhook) return read.fromWebhook({ id, topic, body });
  if (via !== 'webhook') {
    // a poll that could not read the record names it only: reading it alone tells why, or that it has been mended
    const named = via === 'manual' ? namedId(body) : body === null ? id : undefined;
    if (named !== undefined && read.byId) return read.byId(named);
    const parsed = shape.safeParse(body);
    if (parsed.success) return parsed.data;
    const issue = parsed.error.issues[0];
    const field = fieldPath(issue?.path ?? []) || 'body';
    throw new TerminalError('INPUT_INVALID', `${field}: ${firstIssue(parsed.error)}`, { field });
  }
  throw new TerminalError('INPUT_INVALID', `a webhook of topic ${topic} cannot start this flow`, { field: 'topic' });
}

const PlacedFrom = Day.optional().meta(
  label('Only orders placed from', 'Bara ordrar lagda från och med', {
    en: 'A day such as 2026-12-01 (UTC); older orders are left alone.',
    sv: 'En dag som 2026-12-01 (UTC); äldre ordrar lämnas i fred.',
  }),
);

function isOldOrder(order: Order, placedFrom: string | undefined): boolean {
  return placedFrom !== undefined && Date.parse(order.placedAt) < Date.parse(placedFrom);
}

export const ordersChanged = defineNode({
  type: 'orders.changed',
  version: 1,
  title: { en: 'Order placed or changed', sv: 'Order lagd eller ändrad' },
  summary: {
    en: 'Starts a run for every new or changed order, once for each change however often it is told.',
    sv: 'Startar en körning för varje ny eller ändrad order, en gång per ändring hur ofta den än meddelas.',
  },
  group: 'triggers',
  icon: 'shopping-cart',
  feature: 'orders',
  effect: 'read',
  starts: { by: 'change', entity: 'order' },
  config: z.strictObject({
    statuses: z
      .array(OrderAction)
      .max(8)
      .default([])
      .meta(
        label('Only orders that are', 'Bara ordrar som är', {
          en: 'One of these is enough. Empty: all orders.',
          sv: 'En av dessa räcker. Tomt: alla ordrar.',
        }),
      ),
    native: z
      .array(z.string().trim().min(1).max(100))
      .max(40)
      .default([])
      .meta(
        label('Only with the system’s own status', 'Bara med systemets egen status', {
          en: 'Such as wc-picking, for statuses only this system has.',
          sv: 'Till exempel wc-picking, för statusar som bara finns i det systemet.',
        }),
      ),
    placedFrom: PlacedFrom,
  }),
  inputs: { payload: TriggerPayload },
  outputs: { order: Order },
  portTitles: portTitles('payload', 'order'),
  needs: { get: ordersGet, fromWebhook: ordersFromWebhook },
  spares: () => ['fromWebhook'],
  asks: ({ statuses, native }) =>
    Array.isArray(statuses) && !(Array.isArray(native) && native.length > 0)
      ? statuses.map((status) => `orders.changed:${String(status)}`)
      : [],
  examples: [
    {
      title: { en: 'A paid order starts a run', sv: 'En betald order startar en körning' },
      config: { statuses: ['paid'] },
      input: { payload: sample.told('order', sample.order) },
      output: { order: sample.order },
    },
    {
      title: { en: 'An order of another status is passed by', sv: 'En order med annan status lämnas' },
      config: { statuses: ['cancelled'] },
      input: { payload: sample.told('order', sample.order) },
      output: {},
    },
  ],
  run: async ({ config, input, use, note }) => {
    const order = await recordOf(input.payload, Order, { fromWebhook: use.fromWebhook, byId: (id) => use.get({ id }) });
    const wanted = config.statuses.length === 0 && config.native.length === 0;
    const status = order.status.native ?? order.status.order;
    if (
      !wanted &&
      !config.statuses.some((action) => statusIs(order.status, action)) &&
      !(order.status.native !== undefined && config.native.includes(order.status.native))
    ) {
      note(`order ${order.number} is ${status}: not taken`);
      return {};
    }
    if (isOldOrder(order, config.placedFrom)) {
      note(`order ${order.number} was placed ${order.placedAt}: not taken`);
      return {};
    }
    return { order };
  },
});

/** One way out a status, so that each can start something of its own. */
const statusPorts = Object.fromEntries(OrderAction.options.map((action) => [action, Order])) as Record<
  OrderAction,
  typeof Order
>;

export const ordersStatusChanged = defineNode({
  type: 'orders.status-changed',
  version: 1,
  title: { en: 'Order status', sv: 'Orderstatus' },
  summary: {
    en: 'Starts a run when an order changes, and sends it out through every status it has: delivered, invoiced, cancelled and so on.',
    sv: 'Startar en körning när en order ändras och skickar ut den genom varje status den har: levererad, fakturerad, makulerad och så vidare.',
  },
  group: 'triggers',
  icon: 'package-check',
  feature: 'status',
  effect: 'read',
  starts: { by: 'change', entity: 'order' },
  config: z.strictObject({ placedFrom: PlacedFrom }),
  inputs: { payload: TriggerPayload },
  outputs: statusPorts,
  portTitles: portTitles(
    'payload',
    'processing',
    'on-hold',
    'paid',
    'delivered',
    'invoiced',
    'completed',
    'cancelled',
    'refunded',
  ),
  needs: { get: ordersGet, fromWebhook: ordersFromWebhook },
  spares: () => ['fromWebhook'],
  examples: [
    {
      title: {
        en: 'An order that is paid and being processed goes out through both',
        sv: 'En betald order under behandling går ut genom båda',
      },
      config: {},
      input: { payload: sample.told('order', sample.order) },
      output: { processing: sample.order, paid: sample.order },
    },
  ],
  run: async ({ config, input, use, note }) => {
    const order = await recordOf(input.payload, Order, { fromWebhook: use.fromWebhook, byId: (id) => use.get({ id }) });
    if (isOldOrder(order, config.placedFrom)) {
      note(`order ${order.number} was placed ${order.placedAt}: not taken`);
      return {};
    }
    const held = OrderAction.options.filter((action) => statusIs(order.status, action));
    if (held.length === 0) note(`order ${order.number} is ${order.status.native ?? order.status.order}: not taken`);
    return Object.fromEntries(held.map((action) => [action, order]));
  },
});

const customersChanged = defineNode({
  type: 'customers.changed',
  version: 1,
  title: { en: 'Customer added or changed', sv: 'Kund tillagd eller ändrad' },
  summary: {
    en: 'Starts a run for every new or changed customer.',
    sv: 'Startar en körning för varje ny eller ändrad kund.',
  },
  group: 'triggers',
  icon: 'user-round-pen',
  feature: 'orders',
  effect: 'read',
  starts: { by: 'change', entity: 'customer' },
  config: z.strictObject({}),
  inputs: { payload: TriggerPayload },
  outputs: { customer: Customer },
  portTitles: portTitles('payload', 'customer'),
  needs: { get: customersGet, fromWebhook: customersFromWebhook },
  spares: () => ['fromWebhook'],
  examples: [
    {
      title: { en: 'A card was changed in the ERP', sv: 'Ett kundkort ändrades i affärssystemet' },
      config: {},
      input: { payload: sample.told('customer', sample.card) },
      output: { customer: sample.card },
    },
  ],
  run: async ({ input, use }) => ({
    customer: await recordOf(input.payload, Customer, {
      fromWebhook: use.fromWebhook,
      byId: (id) => use.get({ id }),
    }),
  }),
});

const productsChanged = defineNode({
  type: 'products.changed',
  version: 1,
  title: { en: 'Product added or changed', sv: 'Artikel tillagd eller ändrad' },
  summary: {
    en: 'Starts a run for every new or changed product; of a product changed twice, only the newest waiting run is kept.',
    sv: 'Startar en körning för varje ny eller ändrad artikel; ändras den två gånger behålls bara den senaste väntande körningen.',
  },
  group: 'triggers',
  icon: 'package',
  feature: 'orders',
  effect: 'read',
  starts: { by: 'change', entity: 'product' },
  config: z.strictObject({
    activeOnly: z
      .boolean()
      .default(false)
      .meta(
        label('Only products in use', 'Bara aktiva artiklar', {
          en: 'Others start no run.',
          sv: 'Andra startar ingen körning.',
        }),
      ),
  }),
  inputs: { payload: TriggerPayload },
  outputs: { product: Product },
  portTitles: portTitles('payload', 'product'),
  needs: { get: productsGet, fromWebhook: productsFromWebhook },
  spares: () => ['fromWebhook'],
  examples: [
    {
      title: { en: 'An article in use was changed', sv: 'En aktiv artikel ändrades' },
      config: { activeOnly: true },
      input: { payload: sample.told('product', sample.product) },
      output: { product: sample.product },
    },
  ],
  run: async ({ config, input, use, note }) => {
    const product = await recordOf(input.payload, Product, {
      fromWebhook: use.fromWebhook,
      byId: (id) => use.get({ id }),
    });
    if (!config.activeOnly || product.active) return { product };
    note(`product ${product.sku ?? product.source.id} is not in use: not taken`);
    return {};
  },
});

export const stockChanged = defineNode({
  type: 'stock.changed',
  version: 1,
  title: { en: 'Stock balance changed', sv: 'Lagersaldo ändrat' },
  summary: {
    en: 'Starts a run for every SKU whose stock balance has changed.',
    sv: 'Startar en körning för varje artikelnummer vars lagersaldo har ändrats.',
  },
  group: 'triggers',
  icon: 'warehouse',
  feature: 'stock',
  effect: 'read',
  starts: { by: 'change', entity: 'stock' },
  config: z.strictObject({
    warehouse: z
      .string()
      .trim()
      .max(200)
      .optional()
      .meta(
        label('Only this warehouse', 'Bara detta lager', {
          en: 'The code of the warehouse. Empty: all.',
          sv: 'Lagrets kod. Tomt: alla.',
        }),
      ),
  }),
  inputs: { payload: TriggerPayload },
  outputs: { level: StockLevel },
  portTitles: portTitles('payload', 'level'),
  needs: { find: stockFind },
  examples: [
    {
      title: { en: 'The balance of an article was changed', sv: 'En artikels saldo ändrades' },
      config: {},
      input: { payload: sample.told('stock', sample.level) },
      output: { level: sample.level },
    },
  ],
  run: async ({ config, input, use, note }) => {
    const level = await recordOf(input.payload, StockLevel, {
      byId: async (sku) => {
        const [found, ...others] = await use.find({ sku });
        if (found && others.length === 0) return found;
        const message = found ? `${sku} has several balances: give the record itself` : `no balance for ${sku}`;
        throw new TerminalError(found ? 'MATCH_AMBIGUOUS' : 'TARGET_NOT_FOUND', message, { field: 'body' });
      },
    });
    if (!config.warehouse || level.warehouse === config.warehouse) return { level };
    note(`${level.sku} in warehouse ${level.warehouse ?? '–'}: not taken`);
    return {};
  },
});

export const pricesChanged = defineNode({
  type: 'prices.changed',
  version: 1,
  title: { en: 'Price changed', sv: 'Pris ändrat' },
  summary: {
    en: 'Starts a run for every changed price, of all price lists or of the ones named.',
    sv: 'Startar en körning för varje ändrat pris, i alla prislistor eller i de angivna.',
  },
  group: 'triggers',
  icon: 'tags',
  feature: 'price-lists',
  effect: 'read',
  starts: { by: 'change', entity: 'price' },
  config: z.strictObject({
    lists: z
      .array(z.string().trim().min(1).max(200))
      .max(100)
      .default([])
      .meta(
        label('Only these price lists', 'Bara dessa prislistor', {
          en: 'By name; capitals and spaces around it do not matter. Empty: all.',
          sv: 'Efter benämning; versaler och omgivande mellanslag spelar ingen roll. Tomt: alla.',
        }),
      ),
  }),
  inputs: { payload: TriggerPayload },
  outputs: { price: Price },
  portTitles: portTitles('payload', 'price'),
  connection: 'required',
  examples: [
    {
      title: { en: 'A price of the list that is asked for', sv: 'Ett pris i listan som efterfrågas' },
      config: { lists: ['återförsäljare'] },
      input: { payload: sample.told('price', sample.price) },
      output: { price: sample.price },
    },
    {
      title: { en: 'A price of another list is passed by', sv: 'Ett pris i en annan lista lämnas' },
      config: { lists: ['Sommar'] },
      input: { payload: sample.told('price', sample.price) },
      output: {},
    },
  ],
  run: async ({ config, input, note }) => {
    const price = await recordOf(input.payload, Price, {});
    const names = config.lists.map(nameKey);
    if (names.length === 0 || names.includes(nameKey(price.name ?? ''))) return { price };
    note(`price list ${price.name ?? '–'}: not taken`);
    return {};
  },
});

export const triggerNodes: readonly AnyNode[] = [
  ordersChanged,
  ordersStatusChanged,
  customersChanged,
  productsChanged,
  stockChanged,
  pricesChanged,
];
