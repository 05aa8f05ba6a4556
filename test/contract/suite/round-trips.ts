import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import { customerNodes } from '#nodes/commerce/customer-nodes.ts';
import type { JsonObject } from '#runtime/json.ts';
import type { AnyNode } from '#runtime/node.ts';
import type { ContractSubject } from '../subject.ts';
import { draftOf } from './draft.ts';
import { runNode } from './run.ts';
import { offers, RATES, type Stand } from './stand.ts';

const plain = (value: unknown): JsonObject => JSON.parse(JSON.stringify(value)) as JsonObject;

/** The record without what is never the target's own (its source and number) and without what the system has no place for. */
function heldPart(record: object, lacks: readonly string[]): JsonObject {
  const { source: _source, number: _number, extra: _extra, ...part } = plain(record);
  for (const path of lacks) {
    const names = path.split('.');
    const last = names.pop() ?? '';
    const place = names.reduce<JsonObject | undefined>((inner, name) => inner?.[name] as JsonObject | undefined, part);
    if (place) Reflect.deleteProperty(place, last);
  }
  return part;
}

/** Cutting at any of the usual lengths would split one of these. */
const LONG = `${'å'.repeat(39)}🦞${'ö'.repeat(58)}🦞${'x'.repeat(98)}🦞🦞${'y'.repeat(51)}🦞🦞${'z'.repeat(241)}🦞`;

/** What is written is read back equal, letters and emoji too. */
export function roundTripSuite(subject: ContractSubject, stand: () => Stand): void {
  const has = (...all: Parameters<typeof offers>[1][]): boolean => all.every((one) => offers(subject, one));
  const { customer: customerLacks = [], product: productLacks = [], order: orderLacks = [] } = subject.lacks;

  if (has(can.customersCreate, can.customersGet)) {
    test.each(['private', 'company'] as const)('a %s customer is read back as it was written', async (kind) => {
      const { door, buyer, call } = stand();
      const numbers = { organisationNumber: '556677-8899', vatNumber: 'SE556677889901' };
      const wanted = buyer({ kind, ...(kind === 'company' ? numbers : {}) });
      const made = await door.use(can.customersCreate, { customer: wanted }, call());
      expect(made.created).toBe(true);
      const read = await door.use(can.customersGet, { id: made.id });
      expect(read).toMatchObject(heldPart(wanted, customerLacks));
      expect(read.source).toEqual({ connection: door.session.connection, id: made.id });
    });

    if (has(can.customersFind))
      test('a customer is found by every key the system can search by, however it is written', async () => {
        const { door, customer, buyer, call, unique } = stand();
        const email = `${unique('Ny.Kund')}@Example.se`;
        const digits = String(Date.now()).slice(-6);
        const made = await door.use(
          can.customersCreate,
          {
            customer: buyer({
              kind: 'company',
              email,
              organisationNumber: `55${digits.slice(0, 4)}-99${digits.slice(4)}`,
            }),
          },
          call(),
        );
        await customer();
        const spellings = {
          number: [made.number, ` ${made.number} `],
          email: [email.toLowerCase(), ` ${email.toUpperCase()} `],
          organisationNumber: [
            `55${digits.slice(0, 4)}99${digits.slice(4)}`,
            `1655${digits.slice(0, 4)}-99${digits.slice(4)}`,
          ],
        };
        for (const by of can.CustomerKey.options)
          for (const value of spellings[by]) {
            const found = await door.use(can.customersFind, { by, value }).catch((error: unknown) => error);
            if (found instanceof Error) expect(found).toMatchObject({ code: 'UNSUPPORTED' });
            else
              expect(
                (found as { source: { id: string } }[]).map((one) => one.source.id),
                value,
              ).toEqual([made.id]);
          }
      });
  }

  if (has(can.customersUpdate, can.customersCreate, can.customersGet))
    test('a customer is changed in what is said, and in nothing else', async () => {
      const { door, buyer, call } = stand();
      const before = buyer({ kind: 'company' });
      const made = await door.use(can.customersCreate, { customer: before }, call());
      const address = { ...before.billing, city: 'Östersund', company: 'Nya Namnet AB' };
      const { shipping: _shipping, phone: _phone, ...wanted } = { ...before, name: 'Nya Namnet AB', billing: address };
      await door.use(can.customersUpdate, { id: made.id, customer: wanted, revision: '2' }, call());
      const read = await door.use(can.customersGet, { id: made.id });
      expect(read).toMatchObject(heldPart({ ...before, name: 'Nya Namnet AB', billing: address }, customerLacks));
    });

  if (has(can.customersCreate, can.customersFind, can.customersUpdate))
    test('a customer from elsewhere is made once and found from then on, whatever keys the system knows', async () => {
      const { buyer, open, system, unique } = stand();
      const ensure = customerNodes.find((node) => node.type === 'customers.ensure') as AnyNode;
      const wanted = { ...buyer({ kind: 'company', organisationNumber: '559123-4567' }), number: unique('K') };
      const before = await system.count.customer?.('');
      for (const created of [true, false]) {
        // by another record the second time, so that only the match can tell
        const body = { ...wanted, source: { connection: 'elsewhere', id: unique('c') } };
        const record = { entity: 'customer', connection: 'elsewhere', id: body.source.id } as const;
        const ran = await runNode(stand(), ensure, 'customer', { record, body }, open());
        expect(ran.status, ran.log).toBe('succeeded');
        expect(ran.output).toMatchObject({ created });
      }
      expect((await system.count.customer?.('')) ?? 0).toBe((before ?? 0) + 1);
    });

  if (has(can.productsCreate, can.productsGet, can.productsFind)) {
    test.each(RATES)('a product with tax of %i basis points is read back as it was written', async (taxRate) => {
      const { door, product, call } = stand();
      const wanted = product({ taxRate, description: 'Två rader\n<b>och</b> &amp; mer' });
      const made = await door.use(can.productsCreate, { product: wanted }, call());
      const read = await door.use(can.productsGet, { id: made.id });
      const { price, priceIncludesTax, ...rest } = heldPart(wanted, productLacks);
      expect(read).toMatchObject(rest);
      // the system may hold its prices without tax: the same price all the same
      const net = Number(price) / (1 + taxRate / 10_000);
      expect(Number(read.price)).toBeCloseTo(read.priceIncludesTax === priceIncludesTax ? Number(price) : net, 2);
      const found = await door.use(can.productsFind, { sku: wanted.sku });
      expect(found.map((one) => one.source.id)).toEqual([made.id]);
      if (!has(can.productsUpdate)) return;
      const changed = { ...wanted, name: 'Kräftfat “Öland” 🍤', active: false };
      await door.use(can.productsUpdate, { id: made.id, product: changed, revision: '2' }, call());
      expect(await door.use(can.productsGet, { id: made.id })).toMatchObject({ name: changed.name, active: false });
    });

    test('a name too long for the system is cut between letters, never within one', async () => {
      const { door, product, call } = stand();
      for (let at = 0; at < 3; at++) {
        const name = [...LONG].slice(at).join('');
        const made = await door.use(can.productsCreate, { product: product({ name }) }, call());
        const read = await door.use(can.productsGet, { id: made.id });
        expect(name.startsWith(read.name)).toBe(true);
        expect(read.name.isWellFormed() && !read.name.includes('\ufffd')).toBe(true);
      }
    });
  }

  if (has(can.stockSet, can.stockFind))
    test('a balance is set, found and found again as it was set', async () => {
      const { door, product, call, unique } = stand();
      const { sku = '' } = product();
      await door.use(can.productsCreate, { product: product({ sku }) }, call());
      for (const onHand of ['12', '0', '12']) {
        const level = { source: { connection: 'elsewhere', id: sku }, sku, onHand };
        await door.use(can.stockSet, { level, figure: 'onHand', revision: unique('r') }, call());
        const found = await door.use(can.stockFind, { sku });
        expect(found.map((one) => [one.sku, Number(one.onHand)])).toEqual([[sku, Number(onHand)]]);
      }
    });

  if (has(can.pricesSet, can.pricesList, can.productsCreate))
    test.each([true, false])(
      'a price is set whether it holds tax (%s) or the system’s prices do',
      async (includesTax) => {
        const { door, product, call, unique } = stand();
        for (const taxRate of RATES) {
          const { sku = '' } = product();
          await door.use(can.productsCreate, { product: product({ sku, taxRate }) }, call());
          const price = {
            source: { connection: 'elsewhere', id: sku },
            sku,
            price: '210',
            includesTax,
            currency: 'SEK',
          };
          await door.use(can.pricesSet, { price, revision: unique('r') }, call());
          const read =
            (await everyItem((cursor) => door.use(can.pricesList, { cursor }))).find(
              (one) => one.sku === sku && one.priceList === undefined,
            ) ?? (await everyItem((cursor) => door.use(can.pricesList, { cursor }))).find((one) => one.sku === sku);
          const factor = 1 + taxRate / 10_000;
          const wanted = read?.includesTax === includesTax ? 210 : includesTax ? 210 / factor : 210 * factor;
          expect(Number(read?.price)).toBeCloseTo(wanted, 2);
        }
      },
    );

  if (has(can.ordersCreate, can.ordersGet))
    test('an order is read back with its rows, buyer, addresses, note and reference', async () => {
      const { door, call } = stand();
      const draft = await draftOf(stand(), { lines: [{ rate: 2500, quantity: '2', price: '125' }], freight: '50' });
      const order = { ...draft.order, note: 'Ställ vid dörren 🚪 & ring “Åke”' };
      const { reference } = call();
      const made = await door.use(can.ordersCreate, { ...draft, order }, { reference });
      const read = await door.use(can.ordersGet, { id: made.id });
      expect(read.reference).toBe(reference);
      expect(read.number).toBe(made.number);
      const wanted = heldPart({ note: order.note, billing: order.billing, shipping: order.shipping }, orderLacks);
      expect(read).toMatchObject(wanted);
      expect(read.lines.map(({ sku, name, quantity }) => [sku, name, Number(quantity)])).toEqual(
        order.lines.map(({ sku, name, quantity }) => [sku, name, Number(quantity)]),
      );
      if (!has(can.ordersFind)) return;
      const found = await door.use(can.ordersFind, { by: 'number', value: made.number });
      expect(found.map((one) => one.source.id)).toEqual([made.id]);
    });
}

/** A list to its end; 300 pages are more than any test makes. */
export async function everyItem<T>(
  page: (cursor: string | undefined) => Promise<{ items: T[]; cursor?: string | undefined }>,
): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let at = 0; at < 300; at++) {
    const answer = await page(cursor);
    items.push(...answer.items);
    cursor = answer.cursor;
    if (cursor === undefined) return items;
  }
  throw new Error('the list has no end');
}
