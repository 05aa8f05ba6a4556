import { expect, test } from 'vitest';
import { TerminalError } from '#runtime/error.ts';
import type { CrossReference } from '#runtime/node.ts';
import { aCustomer, anOrder, aProduct } from '#test/support/records.ts';
import { tried } from '#test/support/step-context.ts';
import { productsEnsure, productsMatch } from './article-nodes.ts';
import { customersEnsure, customersMatch } from './customer-nodes.ts';
import { ordersRead } from './order-read-nodes.ts';
import { ordersKnown, ordersWrite } from './order-write-nodes.ts';
import { allPages } from './paging.ts';
import { pricesSetNode } from './price-nodes.ts';
import { productsWrite } from './product-nodes.ts';
import { ordersSetStatusNode, shipmentsRead } from './status-nodes.ts';
import { stockSetNode } from './stock-nodes.ts';
import { ordersChanged, ordersStatusChanged, pricesChanged, stockChanged } from './trigger-nodes.ts';

/** Functions that remember what they were asked. */
function granted(answers: Readonly<Record<string, (input: never) => unknown>>) {
  const calls: [name: string, input: Record<string, unknown>][] = [];
  const use = Object.fromEntries(
    Object.entries(answers).map(([name, answer]) => [
      name,
      async (input: Record<string, unknown>) => {
        calls.push([name, input]);
        return answer(input as never);
      },
    ]),
  );
  return { use, calls, names: () => calls.map(([name]) => name) };
}

const made = (id: string) => ({ id, number: id, created: true });
const LINK: CrossReference = {
  source: { entity: 'order', connection: 'shop', id: '1042' },
  target: { connection: 'erp', id: '5512' },
};
const order = anOrder();
const payload = (via: string, body: unknown) => ({ payload: { via, id: '1042', topic: 'order.updated', body } });

test('an order trigger reads the vendor’s record from a webhook, takes a polled one as it is, and fetches one named by hand', async () => {
  const { use, calls } = granted({ fromWebhook: () => order, get: () => order });
  const start = (via: string, body: unknown) => tried(ordersChanged, { use, input: payload(via, body) });
  expect((await start('webhook', { id: 1042 })).output).toEqual({ order });
  expect((await start('poll', order)).output).toEqual({ order });
  expect((await start('manual', { id: 1042 })).output).toEqual({ order });
  expect((await start('manual', order)).output).toEqual({ order });
  expect(calls).toEqual([
    ['fromWebhook', { id: '1042', topic: 'order.updated', body: { id: 1042 } }],
    ['get', { id: '1042' }],
  ]);
  await expect(start('poll', { ...order, currency: 'kr' })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    field: 'currency',
  });
});

test('an order of another status, or from before the first day, is left alone with a word in the log', async () => {
  const start = (config: object) => tried(ordersChanged, { config, input: payload('poll', order) });
  expect((await start({ statuses: ['processing', 'completed'] })).output).toEqual({ order });
  expect((await start({ native: ['processing'] })).output).toEqual({ order });
  const other = await start({ statuses: ['completed'] });
  expect(other.output).toEqual({});
  expect(other.notes[0]?.message).toBe('order 1042 is processing: not taken');
  expect((await start({ placedFrom: '2026-12-01' })).output).toEqual({});
});

test('an order leaves through every status it has, and through no other', async () => {
  const delivered = anOrder({
    status: { ...order.status, order: 'completed', fulfilment: 'delivered', invoice: 'invoiced' },
  });
  const { output } = await tried(ordersStatusChanged, { input: payload('poll', delivered) });
  expect(Object.keys(output).toSorted()).toEqual(['completed', 'delivered', 'invoiced', 'paid']);
});

test('stock of another warehouse and prices of other lists start nothing', async () => {
  const level = { source: { connection: 'erp', id: 'A1' }, sku: 'A1', onHand: '5', warehouse: 'GBG' };
  const stock = (warehouse: string) => tried(stockChanged, { config: { warehouse }, input: payload('poll', level) });
  expect((await stock('GBG')).output).toEqual({ level });
  expect((await stock('STH')).output).toEqual({});
  const price = {
    source: { connection: 'erp', id: 'B/A1' },
    priceList: 'B',
    name: 'B2B',
    sku: 'A1',
    price: '90',
    fromQuantity: '0',
    offer: false,
  };
  const prices = (lists: string[]) => tried(pricesChanged, { config: { lists }, input: payload('poll', price) });
  expect((await prices([' b2b'])).output).toEqual({ price });
  expect((await prices(['Standard'])).output).toEqual({});
});

test('a customer who is there costs no write, and the log says why it is this one', async () => {
  const card = aCustomer('12', { email: 'anna@example.com' });
  const { use, names } = granted({ find: () => [card] });
  const { output, notes } = await tried(customersEnsure, { use, input: { order }, connection: 'erp' });
  expect(output).toEqual({ customer: card, created: false });
  expect(names()).toEqual(['find']);
  expect(notes[0]?.message).toBe('matched customer 12 on e-mail anna@example.com');
});

test('a customer who is nowhere is created with the order’s addresses, and gets the ERP’s number', async () => {
  const { use, calls } = granted({ find: () => [], create: () => made('88') });
  const { output } = await tried(customersEnsure, {
    use,
    config: { costCentre: 'WEB' },
    input: { order },
    connection: 'erp',
  });
  expect(output).toMatchObject({
    customer: { source: { connection: 'erp', id: '88' }, number: '88', name: 'Anna Ek' },
    created: true,
  });
  expect(calls.at(-1)).toMatchObject([
    'create',
    {
      customer: { billing: { street: 'Storgatan 1' }, source: { id: 'guest:anna@example.com' } },
      costCentre: 'WEB',
      number: undefined,
    },
  ]);
});

test('a found customer is written over only when asked, and only when something differs', async () => {
  const same = aCustomer('12', { name: 'Anna Ek', email: 'ANNA@example.com', billing: order.billing });
  const moved = { ...same, billing: { ...order.billing, street: 'Lillgatan 2' } };
  const run = async (found: typeof same, whenFound: string) => {
    const { use, names } = granted({ find: () => [found], update: () => made('12') });
    await tried(customersEnsure, { use, config: { whenFound }, input: { order }, connection: 'erp' });
    return names();
  };
  expect(await run(moved, 'leave')).toEqual(['find']);
  expect(await run(same, 'update')).toEqual(['find']);
  expect(await run(moved, 'update')).toEqual(['find', 'update']);
});

test('an ambiguous customer stops the order before anything is written', async () => {
  const { use, names } = granted({
    find: () => [aCustomer('1', { email: 'anna@example.com' }), aCustomer('2', { email: 'anna@example.com' })],
    create: () => made('3'),
  });
  await expect(tried(customersEnsure, { use, input: { order } })).rejects.toMatchObject({ code: 'MATCH_AMBIGUOUS' });
  expect(names()).toEqual(['find']);
  const { output } = await tried(customersMatch, { use: granted({ find: () => [] }).use, input: { order } });
  expect(output).toMatchObject({ missing: { name: 'Anna Ek' } });
});

test('every row gets its article, each SKU is asked for once', async () => {
  const twice = anOrder({ lines: [...order.lines, { ...order.lines[0]!, id: '3', sku: ' A1 ' }] });
  const { use, calls } = granted({ find: ({ sku }: { sku: string }) => [aProduct(sku)] });
  const { output } = await tried(productsMatch, { use, input: { order: twice } });
  expect((output['order'] as typeof order).lines.map((line) => line.articleNumber)).toEqual(['A1', 'B2', 'A1']);
  expect(calls).toHaveLength(2);
});

test('missing articles stop the order and are named with their rows', async () => {
  const { use } = granted({ find: ({ sku }: { sku: string }) => (sku === 'A1' ? [aProduct('A1')] : []) });
  const match = tried(productsMatch, { use, input: { order } });
  await expect(match).rejects.toBeInstanceOf(TerminalError);
  await expect(match).rejects.toMatchObject({
    code: 'ARTICLE_MISSING',
    field: 'order.lines[1].sku',
    message: 'order 1042: there is no article B2 on row 2 (“Vara B2”)',
  });
});

test('a row without SKU stops the order unless an article for such rows is named', async () => {
  const bare = anOrder({ lines: [{ ...order.lines[0]!, sku: undefined }] });
  const { use } = granted({ find: ({ sku }: { sku: string }) => [aProduct(sku)] });
  await expect(tried(productsMatch, { use, input: { order: bare } })).rejects.toMatchObject({
    code: 'ARTICLE_MISSING',
    field: 'order.lines[0].sku',
  });
  const { output } = await tried(productsMatch, { use, config: { fallback: 'MISC' }, input: { order: bare } });
  expect(output).toMatchObject({ order: { lines: [{ articleNumber: 'MISC' }] } });
});

test('only the articles that are missing are created, one for each SKU', async () => {
  const { use, calls } = granted({
    find: ({ sku }: { sku: string }) => (sku === 'A1' ? [aProduct('A1')] : []),
    create: ({ product }: { product: { sku: string } }) => made(product.sku),
  });
  const { output } = await tried(productsEnsure, { use, input: { order } });
  expect((output['order'] as typeof order).lines.map((line) => line.articleNumber)).toEqual(['A1', 'B2']);
  expect(calls.filter(([name]) => name === 'create')).toMatchObject([
    [
      'create',
      { product: { sku: 'B2', source: { connection: 'shop', id: 'sku:B2' }, price: '50', priceIncludesTax: true } },
    ],
  ]);
});

test('an order the target has from us goes one way, a new one the other', async () => {
  const known = await tried(ordersKnown, { input: { order }, connection: 'erp', links: [LINK] });
  expect(known.output).toEqual({ known: order, document: { id: '5512', number: '5512', created: false } });
  expect((await tried(ordersKnown, { input: { order }, connection: 'erp2', links: [LINK] })).output).toEqual({
    new: order,
  });
});

const card = aCustomer('12');

test('a new order is written with the shop’s own settings and says what it became', async () => {
  const { use, calls } = granted({ create: () => made('5512') });
  const config = { costCentre: 'WEB', country: 'se', ourReference: 'Kim', project: '' };
  const { output, notes } = await tried(ordersWrite, {
    use,
    config,
    input: { order, customer: card },
    connection: 'erp',
  });
  expect(output).toEqual({ order, document: made('5512') });
  expect(notes[0]?.message).toBe('order 1042 became 5512');
  expect(calls).toMatchObject([
    [
      'create',
      {
        customerNumber: '12',
        costCentre: 'WEB',
        project: undefined,
        order: { ourReference: 'Kim', billing: { country: 'SE' } },
      },
    ],
  ]);
});

test('create only: an order that is there is left untouched and leaves through exists', async () => {
  const { use, names } = granted({ create: () => ({ ...made('5512'), created: false }) });
  const { output } = await tried(ordersWrite, { use, input: { order, customer: card }, connection: 'erp' });
  expect(output).toEqual({ exists: { id: '5512', number: '5512', created: false } });
  expect(names()).toEqual(['create']);
});

test('create and update: a known order is written over, also when only the create tells that it is known', async () => {
  const run = async (links: readonly CrossReference[]) => {
    const { use, calls } = granted({
      create: () => ({ ...made('5512'), created: false }),
      update: () => ({ ...made('5512'), created: false }),
    });
    const config = { mode: 'create-and-update' };
    await tried(ordersWrite, { use, config, input: { order, customer: card }, connection: 'erp', links });
    return calls;
  };
  expect((await run([LINK])).map(([name]) => name)).toEqual(['update']);
  expect(await run([])).toMatchObject([
    ['create', {}],
    ['update', { id: '5512', revision: '2026-11-23T09:05:00Z' }],
  ]);
});

test('an order is never written back to the system it comes from', async () => {
  const { use } = granted({ create: () => made('1') });
  await expect(tried(ordersWrite, { use, input: { order, customer: card }, connection: 'shop' })).rejects.toMatchObject(
    { code: 'CONFIG_INVALID' },
  );
});

test('the shop’s order gets its status and the ERP’s number as a note, the same on every attempt', async () => {
  const { use, calls } = granted({ setStatus: () => ({ id: '1042' }), addNote: () => ({ id: '3' }) });
  const trial = {
    use,
    config: { status: 'completed', note: 'Fortnox order 5512' },
    input: { order, document: made('5512') },
    connection: 'shop',
  };
  expect((await tried(ordersSetStatusNode, trial)).output).toEqual({ order });
  await tried(ordersSetStatusNode, { ...trial, now: 0 });
  const target = { connection: 'shop', id: '1042' };
  expect(calls.slice(0, 2)).toEqual([
    ['setStatus', { order: target, action: 'completed', native: undefined, tracking: undefined, revision: '5512' }],
    [
      'addNote',
      { order: target, text: 'Fortnox order 5512', toCustomer: false, revision: 'abcdefghijklmnopqrstuvwx:5512' },
    ],
  ]);
  expect(calls.slice(2)).toEqual(calls.slice(0, 2));
});

test('an ERP order finds its shop order by cross-reference, and one that came from elsewhere is no failure', async () => {
  const there = anOrder({ source: { connection: 'erp', id: '5512' } });
  const { use, calls } = granted({ setStatus: () => ({ id: '1042' }) });
  const trial = { use, config: { status: 'delivered' }, input: { order: there }, connection: 'shop' };
  await tried(ordersSetStatusNode, { ...trial, links: [LINK] });
  expect(calls).toMatchObject([['setStatus', { order: { connection: 'shop', id: '1042' }, revision: 'once' }]]);
  expect((await tried(ordersSetStatusNode, trial)).output).toEqual({ missing: there });
  const second = { ...LINK, source: { ...LINK.source, id: '1043' } };
  await expect(tried(ordersSetStatusNode, { ...trial, links: [LINK, second] })).rejects.toMatchObject({
    code: 'MATCH_AMBIGUOUS',
  });
});

test('a status step asks only for what it uses, and must say something', () => {
  expect(ordersSetStatusNode.spares?.({ status: 'completed' })).toEqual(['addNote']);
  expect(ordersSetStatusNode.spares?.({ note: 'hej' })).toEqual(['setStatus']);
  expect(ordersSetStatusNode.config.safeParse({}).success).toBe(false);
  expect(ordersSetStatusNode.config.safeParse({ native: 'wc-picking', note: 'x' }).error?.issues[0]?.path).toEqual([
    'status',
  ]);
});

test('the newest tracking number of an order goes along with its status', async () => {
  const parcel = (id: string, sentAt: string, trackingNumber?: string) => ({
    source: { connection: 'erp', id },
    order: '5512',
    state: 'sent' as const,
    sentAt,
    trackingNumber,
    carrier: 'PostNord',
    lines: [],
  });
  const { use } = granted({
    get: () => [
      parcel('1', '2026-11-20T09:00:00Z', 'OLD'),
      parcel('2', '2026-11-22T09:00:00Z', 'NEW'),
      parcel('3', '2026-11-23T09:00:00Z'),
    ],
  });
  const there = anOrder({ source: { connection: 'erp', id: '5512' } });
  const { output } = await tried(shipmentsRead, { use, input: { order: there }, connection: 'erp' });
  expect(output).toMatchObject({ tracked: { trackingNumber: 'NEW' } });
  const { use: shop, calls } = granted({ setStatus: () => ({ id: '1' }) });
  await tried(ordersSetStatusNode, {
    use: shop,
    config: { status: 'delivered' },
    input: { order, shipment: output['tracked'] },
    connection: 'shop',
  });
  expect(calls).toMatchObject([
    ['setStatus', { tracking: { number: 'NEW', carrier: 'PostNord' }, revision: 'once:NEW' }],
  ]);
});

test('an order that comes from the ERP brings its own tracking number along when it is delivered, and only then', async () => {
  const shipment = {
    source: { connection: 'erp', id: '7' },
    order: '5512',
    state: 'sent' as const,
    trackingNumber: 'TRACK-7',
    lines: [],
  };
  const cancelled = {
    ...shipment,
    state: 'cancelled' as const,
    sentAt: '2026-11-25T09:00:00Z',
    trackingNumber: 'GONE',
  };
  const there = anOrder({ source: { connection: 'erp', id: '5512' }, shipments: [cancelled, shipment] });
  const tracking = async (status: string, order = there) => {
    const { use, calls } = granted({ setStatus: () => ({ id: '1042' }) });
    await tried(ordersSetStatusNode, { use, config: { status }, input: { order }, connection: 'shop', links: [LINK] });
    return calls[0]?.[1]['tracking'];
  };
  expect(await tracking('delivered')).toMatchObject({ number: 'TRACK-7' });
  expect(await tracking('cancelled')).toBeUndefined();
  const own = anOrder({ shipments: [{ ...shipment, source: { connection: 'shop', id: '7' } }] });
  expect(await tracking('delivered', own)).toBeUndefined();
});

test('a product with variants or parts is not half transferred', async () => {
  const { use, names } = granted({ find: () => [], create: () => made('A1') });
  const write = (kind: 'simple' | 'variable' | 'variant' | 'bundle', variants = 'refuse') =>
    tried(productsWrite, { use, config: { variants }, input: { product: aProduct('A1', { kind }) } });
  for (const kind of ['variable', 'variant', 'bundle'] as const)
    await expect(write(kind)).rejects.toMatchObject({ code: 'UNSUPPORTED', field: 'product.kind' });
  expect(names()).toEqual([]);
  expect((await write('variant', 'flatten')).output).toEqual({ document: made('A1') });
  expect((await write('variable', 'flatten')).output).toHaveProperty('skipped');
  await expect(write('bundle', 'flatten')).rejects.toMatchObject({ code: 'UNSUPPORTED' });
});

test('a product that is there is left alone, or written over when asked', async () => {
  const { use, names } = granted({ find: () => [aProduct('A1')], update: () => made('A1') });
  const write = (mode: string) => tried(productsWrite, { use, config: { mode }, input: { product: aProduct('A1') } });
  expect((await write('create')).output).toEqual({ exists: { id: 'A1', number: 'A1', created: false } });
  expect((await write('create-and-update')).output).toEqual({ document: made('A1') });
  expect(names()).toEqual(['find', 'find', 'update']);
  const bare = aProduct('A1', { sku: undefined });
  await expect(tried(productsWrite, { use, input: { product: bare } })).rejects.toMatchObject({ field: 'product.sku' });
});

test('a balance that goes from 5 to 3 and back to 5 is three writes, not two', async () => {
  const { use, calls } = granted({ set: () => ({ id: 'A1' }) });
  const set = (onHand: string, now: number) =>
    tried(stockSetNode, { use, now, input: { level: { source: { connection: 'erp', id: 'A1' }, sku: 'A1', onHand } } });
  await set('5', 1);
  await set('3', 2);
  await set('5', 3);
  expect(new Set(calls.map(([, input]) => input['revision'])).size).toBe(3);
});

test('a price goes into the list of the same name, or becomes the product’s own, never silently the one for the other', async () => {
  const { use, calls } = granted({ set: () => ({ id: 'A1' }) });
  const price = { source: { connection: 'erp', id: 'B/A1' }, priceList: 'B', name: 'B2B', sku: 'A1', price: '90' };
  const list = { source: { connection: 'shop', id: '7' }, code: '7', name: 'b2b' };
  await tried(pricesSetNode, { use, input: { price, list } });
  await tried(pricesSetNode, { use, config: { into: 'own' }, input: { price } });
  expect(calls[0]?.[1]).toMatchObject({ price: { priceList: '7', name: 'b2b' } });
  expect(calls[1]?.[1]['price']).not.toHaveProperty('priceList');
  await expect(tried(pricesSetNode, { use, input: { price } })).rejects.toMatchObject({
    code: 'INPUT_INVALID',
    field: 'list',
  });
});

test('an order is read by its id, and by a number only when no other has it', async () => {
  const gone = async () => {
    throw new TerminalError('TARGET_NOT_FOUND', 'no such order');
  };
  const read = (use: object, config: object) => tried(ordersRead, { use: use as never, config, input: { value: 1 } });
  expect((await read({ get: async () => order }, { value: 1042 })).output).toEqual({ order });
  expect((await read({ get: gone }, { value: '9' })).output).toEqual({ missing: 1 });
  const both = async () => [order, anOrder({ source: { connection: 'shop', id: '2' } })];
  await expect(read({ find: both }, { by: 'number', value: '1042' })).rejects.toMatchObject({
    code: 'MATCH_AMBIGUOUS',
  });
});

test('a list is read to its end, or not at all', async () => {
  const pages = async (cursor: string | undefined) =>
    cursor === undefined ? { items: [1, 2], cursor: '2' } : { items: [3] };
  expect(await allPages(pages, 3, 'orders')).toEqual([1, 2, 3]);
  await expect(allPages(pages, 2, 'orders')).rejects.toMatchObject({ code: 'TOO_LARGE' });
  await expect(allPages(async () => ({ items: [], cursor: 'x' }), 2, 'orders')).rejects.toMatchObject({
    code: 'TARGET_ANSWER_INVALID',
  });
});
