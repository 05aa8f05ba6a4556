import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Page } from '#nodes/commerce/model.ts';
import type { AnyCapability } from '#runtime/capability.ts';
import type { ConnectorSession } from '../../support/connector-session.ts';
import type { ContractSubject } from '../subject.ts';
import { everyItem } from './round-trips.ts';
import { offers, type Stand } from './stand.ts';

interface Listed {
  readonly source: { readonly id: string };
}
type List = AnyCapability;

/** Every list there is. */
export const LISTS = [
  can.ordersList,
  can.customersList,
  can.productsList,
  can.stockList,
  can.pricesList,
  can.priceListsList,
  can.invoicesList,
  can.shipmentsList,
] as readonly List[];

const PARALLEL = 4;

const pageOf = (door: ConnectorSession, list: List, query: can.ListQuery): Promise<Page<Listed>> =>
  door.use(list, query) as Promise<Page<Listed>>;

/** Makes records, some at once, as a busy system gets them. */
async function makeMany(count: number, make: (at: number) => Promise<string>): Promise<string[]> {
  const ids: string[] = [];
  let at = 0;
  const worker = async (): Promise<void> => {
    while (at < count) ids.push(await make(at++));
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return ids;
}

/** Lists of none, one and many, to the end while records change. */
export function listSuite(subject: ContractSubject, stand: () => Stand): void {
  const lists = LISTS.filter((list) => offers(subject, list));
  // open records are brought whenever they changed; of a source that brings all, only what tells no time of change may come
  const exact = subject.connector.changes.filter(({ poll }) => poll?.brings !== 'known-open');
  const polled = new Map(exact.map(({ poll }) => [poll?.capability.name, poll?.brings === 'all']));

  for (const list of lists) {
    test(`${list.name} is read to its end, and each entry is a record of this connection`, async () => {
      const { door } = stand();
      const items = await everyItem((cursor) => pageOf(door, list, { cursor }));
      for (const item of items) expect(item.source).toMatchObject({ connection: door.session.connection });
    });

    test(`${list.name} refuses a cursor that it did not make, by name`, async () => {
      const { door } = stand();
      for (const cursor of ['{"page":0}', 'x', '[]', '{"__proto__":{}}'])
        await expect(door.use(list, { cursor })).rejects.toMatchObject({ code: 'INPUT_INVALID', field: 'cursor' });
    });

    if (polled.has(list.name))
      test(`${list.name} of what changed after now is empty`, async () => {
        const changedSince = new Date(Date.now() + 86_400_000).toISOString();
        const items = await everyItem((cursor) => pageOf(stand().door, list, { changedSince, cursor }));
        const timed = items.filter((item) => 'changedAt' in item);
        expect(polled.get(list.name) ? timed : items).toEqual([]);
      });
  }

  const makers: readonly { readonly list: List; make(at: number): Promise<string> }[] = [
    ...(offers(subject, can.ordersList)
      ? [
          {
            list: can.ordersList,
            async make() {
              const { goods, system, buyer } = stand();
              const { sku = '' } = await goods(2500);
              return (await system.placeOrder({ lines: [{ sku, quantity: 1 }], buyer: buyer() })).id;
            },
          },
        ]
      : []),
    ...(offers(subject, can.customersList) && offers(subject, can.customersCreate)
      ? [{ list: can.customersList, make: async () => (await stand().customer()).id }]
      : []),
    ...(offers(subject, can.productsList) && offers(subject, can.productsCreate)
      ? [
          {
            list: can.productsList,
            async make() {
              const { door, product, call } = stand();
              return (await door.use(can.productsCreate, { product: product() }, call())).id;
            },
          },
        ]
      : []),
  ];

  for (const { list, make } of makers) {
    const entity = ({ 'orders.list': 'order', 'customers.list': 'customer', 'products.list': 'product' } as const)[
      list.name as 'orders.list'
    ];
    test(`${list.name} gives one new record when one is new`, async () => {
      const { door } = stand();
      const changedSince = new Date(Date.now() - 1000).toISOString();
      const id = await make(0);
      const items = await everyItem((cursor) => pageOf(door, list, { changedSince, cursor }));
      expect(items.filter((item) => item.source.id === id)).toHaveLength(1);
    });

    test(`${list.name} passes over none of many while they change and more come`, async () => {
      const { door, system } = stand();
      const changedSince = new Date(Date.now() - 1000).toISOString();
      const ids = await makeMany(subject.many, make);
      const seen = new Set<string>();
      let pages = 0;
      await everyItem(async (cursor) => {
        const page = await pageOf(door, list, { changedSince, cursor });
        for (const item of page.items) seen.add(item.source.id);
        // what is made when the last page has been read is the next poll’s
        if (pages++ < 5 && page.cursor !== undefined) {
          // read already, not read yet, and new
          for (const at of [0, 1, Math.floor(ids.length / 2), ids.length - 2])
            await system.change[entity]?.(ids[(at + pages * 7) % ids.length] ?? '');
          ids.push(await make(0));
        }
        return page;
      });
      expect(ids.filter((id) => !seen.has(id))).toEqual([]);
      expect(pages).toBeGreaterThan(subject.many / 600);
    });
  }
}
