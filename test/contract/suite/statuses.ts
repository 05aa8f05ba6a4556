import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Product } from '#nodes/commerce/model.ts';
import { OrderAction, statusIs } from '#nodes/commerce/status.ts';
import { TerminalError } from '#runtime/error.ts';
import type { ContractSubject } from '../subject.ts';
import { draftOf } from './draft.ts';
import { everyItem } from './round-trips.ts';
import { CONNECTION, offers, type Stand } from './stand.ts';

/** To the minor unit; the system may hold its prices without tax. */
function priceWithTax(product: Product | undefined): number {
  const { price, priceIncludesTax, taxRate = 0 } = product ?? {};
  return Math.round(Number(price) * (priceIncludesTax === false ? 100 + taxRate / 100 : 100)) / 100;
}

/** What happens to an order after it was made: statuses, changes, invoices, and being found again. */
export function statusSuite(subject: ContractSubject, stand: () => Stand): void {
  const has = (...all: Parameters<typeof offers>[1][]): boolean => all.every((one) => offers(subject, one));
  const placed = async (): Promise<string> => {
    const { goods, system, buyer } = stand();
    const { sku = '' } = await goods(2500);
    return (await system.placeOrder({ lines: [{ sku, quantity: 2 }], buyer: buyer() })).id;
  };

  if (has(can.ordersSetStatus, can.ordersGet)) {
    test.each(OrderAction.options)(
      'an order that is made “%s” is read so, or the system cannot say it',
      async (action) => {
        const { door, call } = stand();
        const id = await placed();
        const input = { order: { connection: CONNECTION, id }, action, revision: '1' };
        // twice, as a repeat may come
        for (let time = 0; time < 2; time++) {
          const answer: unknown = await door.use(can.ordersSetStatus, input, call()).catch((error: unknown) => error);
          if (answer instanceof Error) {
            expect(answer).toBeInstanceOf(TerminalError);
            expect(answer).toMatchObject({ code: 'UNSUPPORTED', field: 'action' });
            return;
          }
          const read = await door.use(can.ordersGet, { id });
          expect(statusIs(read.status, action), JSON.stringify(read.status)).toBe(true);
          const listed = await everyItem((cursor) => door.use(can.ordersList, { status: action, cursor }));
          expect(listed.filter((order) => order.source.id === id)).toHaveLength(1);
          expect(listed.every((order) => statusIs(order.status, action))).toBe(true);
        }
      },
    );

    test('a tracking number is read back once, or the run’s log says that it was left out', async () => {
      const { door, call } = stand();
      const id = await placed();
      const tracking = { number: 'PN 0123 ÅÄÖ', carrier: 'PostNord', url: 'https://example.se/spåra?n=1&x=2' };
      const input = { order: { connection: CONNECTION, id }, action: 'delivered', tracking, revision: '1' };
      const notes = door.notes.length;
      for (let time = 0; time < 2; time++) await door.use(can.ordersSetStatus, input, call());
      if (!has(can.shipmentsGet)) return expect(door.notes.length).toBeGreaterThan(notes);
      const shipments = await door.use(can.shipmentsGet, { order: id });
      const { shipment: lacks = [] } = subject.lacks;
      const wanted = { trackingNumber: tracking.number, carrier: tracking.carrier, trackingUrl: tracking.url };
      const held = Object.entries(wanted).filter(([field]) => !lacks.includes(field));
      expect(shipments).toEqual([expect.objectContaining(Object.fromEntries(held))]);
      if (lacks.length > 0) expect(door.notes.length).toBeGreaterThan(notes);
    });
  }

  if (has(can.ordersUpdate, can.ordersCreate, can.ordersGet))
    test('a changed order is written over the one made from it, to the minor unit', async () => {
      const { door, call } = stand();
      const draft = await draftOf(stand(), { lines: [{ rate: 2500, quantity: '1', price: '99.99' }], freight: '49' });
      const made = await door.use(can.ordersCreate, draft, call());
      const after = await draftOf(stand(), {
        lines: [
          { rate: 2500, quantity: '3', price: '99.99', discount: '10' },
          { rate: 600, quantity: '1', price: '229' },
        ],
      });
      const changed = { ...after, customerNumber: draft.customerNumber, id: made.id, revision: '2' };
      expect(await door.use(can.ordersUpdate, changed, call())).toMatchObject({ id: made.id, created: false });
      const read = await door.use(can.ordersGet, { id: made.id });
      expect(read.totals.gross).toEqual(after.order.totals.gross);
      expect(read.lines.map((line) => line.sku)).toEqual(after.order.lines.map((line) => line.sku));
      expect(read.freight).toEqual([]);
    });

  if (has(can.invoicesCreate, can.invoicesGet))
    test('an invoice is of its order, with its total, and is made once', async () => {
      const { door, call } = stand();
      const id = await placed();
      const order = await door.use(can.ordersGet, { id });
      const made = await door.use(can.invoicesCreate, { order: { connection: CONNECTION, id } }, call());
      const read = await door.use(can.invoicesGet, { id: made.id });
      expect(read).toMatchObject({ number: made.number, order: id, total: order.totals.gross });
      const again = await door.use(can.invoicesCreate, { order: { connection: CONNECTION, id } }, call());
      expect(again).toMatchObject({ id: made.id, created: false });
    });

  if (has(can.ordersFind, can.ordersCreate))
    test('an order is found by its reference and no other, or the system cannot search by it', async () => {
      const { door, call } = stand();
      const draft = await draftOf(stand(), { lines: [{ rate: 2500, quantity: '1', price: '10' }] });
      const wanted = call();
      const made = await door.use(can.ordersCreate, draft, wanted);
      for (const [value, ids] of [
        [wanted.reference, [made.id]],
        [call().reference, []],
        [wanted.reference.slice(0, 12), []],
      ] as const) {
        const found: unknown = await door
          .use(can.ordersFind, { by: 'reference', value })
          .catch((error: unknown) => error);
        if (found instanceof Error) expect(found).toMatchObject({ code: 'UNSUPPORTED', field: 'by' });
        else expect((found as { source: { id: string } }[]).map((one) => one.source.id)).toEqual(ids);
      }
    });

  const batched = [can.stockSet, can.pricesSet].filter((capability) => {
    const offer = subject.connector.offers.find((one) => one.capability.name === capability.name);
    return offer !== undefined && 'batch' in offer && offer.batch !== undefined;
  });
  for (const capability of batched)
    test(`${capability.name} in one call does each, and tells in its place which one failed`, async () => {
      const { door, product, call, unique } = stand();
      const skus: string[] = [];
      for (let at = 0; at < 4; at++) {
        const { sku = '' } = product();
        skus.push(sku);
        if (at !== 2) await door.use(can.productsCreate, { product: product({ sku }) }, call());
      }
      const input = (sku: string, at: number) => {
        const shared = { source: { connection: 'elsewhere', id: sku }, sku };
        return capability === can.stockSet
          ? { level: { ...shared, onHand: String(at + 1) }, revision: unique('r') }
          : { price: { ...shared, price: String(at + 1), includesTax: true }, revision: unique('r') };
      };
      const answers: readonly unknown[] = await door.batch(
        capability as typeof can.stockSet,
        skus.map((sku, at) => ({ input: input(sku, at), call: call() })),
      );
      expect(answers.map((answer) => answer instanceof Error)).toEqual([false, false, true, false]);
      expect(answers[2]).toMatchObject({ code: 'ARTICLE_MISSING' });
      for (const [at, sku] of skus.entries()) {
        if (at === 2) continue;
        const [found] = await door.use(can.productsFind, { sku });
        expect((answers[at] as { id: string }).id).toBe(found?.source.id);
        expect(capability === can.stockSet ? Number(found?.stock) : priceWithTax(found)).toBe(at + 1);
      }
    });
}
