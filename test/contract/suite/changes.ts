import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Page } from '#nodes/commerce/model.ts';
import type { AnyCapability, Entity } from '#runtime/capability.ts';
import type { ChangeSource } from '#runtime/connector.ts';
import type { Json } from '#runtime/json.ts';
import type { ContractSubject } from '../subject.ts';
import { everyItem } from './round-trips.ts';
import { CONNECTION, offers, type Stand } from './stand.ts';

interface Item {
  readonly source: { readonly id: string };
}

/** One poll as the server makes it: what it found, by id, and the name of each state. */
async function poll(
  stand: Stand,
  source: ChangeSource,
  since: number,
): Promise<Map<string, { readonly item: Item; readonly state: string }>> {
  const found = new Map<string, { item: Item; state: string }>();
  const polled = source.poll;
  if (!polled) throw new Error(`${source.entity} is not polled`);
  // all of the overlap but a second is for clocks that differ
  const changedSince = new Date(since - Math.min(polled.overlapMs, 1000)).toISOString();
  await everyItem(async (cursor) => {
    const page = (await stand.door.use(polled.capability as AnyCapability, { changedSince, cursor })) as Page<Item>;
    for (const item of page.items)
      found.set(item.source.id, { item, state: page.stamps?.[item.source.id] ?? JSON.stringify(item) });
    return page;
  });
  return found;
}

/** Makes a record of the entity and answers its id as the poll names it. */
async function makeOne(stand: Stand, entity: Entity): Promise<string> {
  const { door, system, goods, buyer, product, call } = stand;
  const { sku = '' } = await goods(2500);
  const order = async (): Promise<string> =>
    (await system.placeOrder({ lines: [{ sku, quantity: 1 }], buyer: buyer() })).id;
  switch (entity) {
    case 'order':
      return order();
    case 'customer':
      return (await stand.customer()).id;
    case 'product':
      return (await door.use(can.productsCreate, { product: product() }, call())).id;
    case 'stock': {
      const made = product();
      const { id } = await door.use(can.productsCreate, { product: made }, call());
      const level = { source: { connection: 'elsewhere', id: made.sku }, sku: made.sku, onHand: '3' };
      await door.use(can.stockSet, { level, figure: 'onHand', revision: '1' }, call());
      return id;
    }
    case 'invoice': {
      const made = await door.use(can.invoicesCreate, { order: { connection: CONNECTION, id: await order() } }, call());
      return made.id;
    }
    case 'price': {
      const { sku = '' } = product();
      await door.use(can.productsCreate, { product: product({ sku }) }, call());
      const price = {
        source: { connection: 'elsewhere', id: sku },
        sku,
        price: '210',
        includesTax: true,
        currency: 'SEK',
      };
      await door.use(can.pricesSet, { price, revision: '1' }, call());
      const all = await everyItem((cursor) => door.use(can.pricesList, { cursor }));
      return all.find((one) => one.sku === sku)?.source.id ?? '';
    }
    default:
      throw new Error(`the suite makes no ${entity}`);
  }
}

/** Ten rounds of changes, some before the poll begins and some while it is under way. */
async function manyChanges(stand: Stand, source: ChangeSource, change: (id: string) => Promise<void>): Promise<void> {
  const ids: string[] = [];
  for (let at = 0; at < 10; at++) ids.push(await makeOne(stand, source.entity));
  const known = new Map<string, string>();
  let mark = Date.now();
  for (let round = 0; round < 10; round++) {
    const pending = ids.filter((_, at) => (at * 7 + round * 3) % 4 === 0);
    const [before, meanwhile] = [pending.slice(0, 2), pending.slice(2)];
    for (const id of before) await change(id);
    const began = Date.now();
    const polling = poll(stand, source, mark);
    for (const id of meanwhile) await change(id);
    const first = await polling;
    expect(before.filter((id) => !first.has(id))).toEqual([]);
    const second = await poll(stand, source, began);
    const stateOf = (id: string): string | undefined => (second.get(id) ?? first.get(id))?.state;
    expect(pending.filter((id) => stateOf(id) === undefined)).toEqual([]);
    expect(pending.filter((id) => stateOf(id) === known.get(id))).toEqual([]);
    for (const id of pending) known.set(id, stateOf(id) ?? '');
    mark = began;
  }
}

/** Every change is found by the poll after it; what a webhook brings has the same name. */
export function changeSuite(subject: ContractSubject, stand: () => Stand): void {
  for (const source of subject.connector.changes.filter((one) => one.poll)) {
    const { entity } = source;
    test(`every new ${entity} is found by the next poll, and every change of its state alone by the one after`, async () => {
      const { system } = stand();
      const start = Date.now();
      const ids: string[] = [];
      for (let at = 0; at < 12; at++) ids.push(await makeOne(stand(), entity));
      const first = await poll(stand(), source, start);
      expect(ids.filter((id) => !first.has(id))).toEqual([]);
      const change = system.change[entity];
      if (!change) return;
      const second = Date.now();
      const changed = ids.filter((_, at) => at % 2 === 0);
      for (const id of changed) await change(id);
      const after = await poll(stand(), source, second);
      expect(changed.filter((id) => !after.has(id))).toEqual([]);
      // with the same name the server would take it for the state it knows
      for (const id of changed) expect(after.get(id)?.state).not.toBe(first.get(id)?.state);
      for (const id of ids.filter((one) => !changed.includes(one)))
        if (after.has(id)) expect(after.get(id)?.state).toBe(first.get(id)?.state);
    });
  }

  for (const source of subject.connector.changes.filter((one) => one.poll))
    test(`none of many changes of ${source.entity} is missed, each poll from where the last one began`, async () => {
      const change = stand().system.change[source.entity];
      if (change) await manyChanges(stand(), source, change);
    });

  const { webhook } = subject.connector;
  if (webhook) webhookTests(subject, stand, webhook);
}

function webhookTests(
  subject: ContractSubject,
  stand: () => Stand,
  webhook: NonNullable<ContractSubject['connector']['webhook']>,
): void {
  const sources = subject.connector.changes.filter((one) => (one.webhookTopics ?? []).length > 0);
  const readers: Partial<Record<Entity, AnyCapability>> = {
    order: can.ordersFromWebhook,
    customer: can.customersFromWebhook,
    product: can.productsFromWebhook,
  };

  test('a webhook and a poll give one state one name and one record', async () => {
    const heard: { readonly headers: Record<string, string>; readonly body: Json }[] = [];
    const ear = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        if (request.headers['content-type']?.includes('json'))
          heard.push({ headers: request.headers as Record<string, string>, body: JSON.parse(text) as Json });
        response.end();
      });
    });
    await new Promise<void>((resolve) => ear.listen(0, '127.0.0.1', resolve));
    const { door } = stand();
    const url = `http://127.0.0.1:${(ear.address() as AddressInfo).port}/hook`;
    const topics = sources.flatMap((source) => source.webhookTopics ?? []);
    const start = Date.now();
    await webhook.ensure?.(door.session, { url, secret: 'canary-of-a-webhook', topics });
    for (const source of sources) {
      const id = await makeOne(stand(), source.entity);
      const mine = () => heard.filter(({ headers, body }) => webhook.read(headers, body)?.id === id);
      await expect.poll(() => mine().length, { timeout: 20_000 }).toBeGreaterThan(0);
      const polled = (await poll(stand(), source, start)).get(id);
      const { headers, body } = mine().at(-1) ?? { headers: {}, body: null };
      const record = webhook.read(headers, body);
      expect([source.entity, record?.stamp]).toEqual([source.entity, polled?.state]);
      const reader = readers[source.entity];
      if (reader && offers(subject, reader))
        expect(await door.use(reader, { id, topic: record?.topic, body })).toEqual(polled?.item);
    }
    ear.closeAllConnections();
    ear.close();
  });
}
