import { expect, test } from 'vitest';
import * as can from '#nodes/commerce/capabilities.ts';
import type { Order } from '#nodes/commerce/model.ts';
import { formatMoney, parseMoney, sumTaxed } from '#nodes/commerce/money.ts';
import type { ContractSubject } from '../subject.ts';
import { type Basket, draftOf, type Row } from './draft.ts';
import { offers, RATES, type Stand } from './stand.ts';

/** Every part adds up, and all parts make the whole. */
function expectWhole(order: Order): void {
  const parts = [...order.lines, ...order.freight, ...order.fees].map((part) => part.total);
  for (const { net, tax, gross } of [...parts, order.totals]) expect(net.amount + tax.amount).toBe(gross.amount);
  expect(sumTaxed(parts, order.currency)).toEqual(order.totals);
}

const row = (rate: number, quantity: string, price: string, discount?: string): Row => ({
  rate,
  quantity,
  price,
  ...(discount === undefined ? {} : { discount }),
});

/** Rows, freight and fees by rate and amount, whichever of the three a system has them as. */
function partsOf({ lines, freight, fees }: Order): string[] {
  return [...lines, ...freight, ...fees].map((part) => `${part.taxRate} ${formatMoney(part.total.gross)}`).toSorted();
}

/** Amounts that round: thirds, single minor units, every remainder of a fifth, large and small. */
const BASKETS: Readonly<Record<string, Basket>> = {
  'one row of each rate': { lines: RATES.map((rate) => row(rate, '1', '100')), freight: '49' },
  'odd prices, several pieces': {
    lines: [row(2500, '3', '33.35'), row(1200, '7', '12.17'), row(600, '9', '7.77'), row(0, '11', '0.99')],
    freight: '39.21',
  },
  discounts: { lines: [row(2500, '3', '100', '0.02'), row(1200, '2', '89', '17.8'), row(600, '1', '229', '228.99')] },
  'single minor units': { lines: [row(2500, '1', '0.01'), row(2500, '1', '0.02'), row(2500, '1', '0.03')] },
  'every remainder': { lines: [1, 2, 3, 4, 5, 6, 7].map((at) => row(2500, '1', `100.0${at}`)), freight: '0.02' },
  'a fee of another rate': { lines: [row(2500, '1', '99.99')], fee: { rate: 1200, amount: '11.11' } },
  'a fee without tax': { lines: [row(1200, '1', '99.99')], fee: { rate: 0, amount: '5' }, freight: '29' },
  'large amounts': { lines: [row(2500, '1000', '1234.56'), row(600, '1', '999999.99')] },
  'unit prices of three decimals': { lines: [row(2500, '3', '33.333'), row(1200, '1000', '0.015')] },
};

/** A seeded generator: the same numbers at every run. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

function randomBasket(roll: (below: number) => number): Basket {
  const lines = Array.from({ length: 1 + roll(5) }, () => {
    const quantity = 1 + roll(12);
    const ore = 1 + roll(50_000);
    const discount = roll(3) === 0 ? roll(ore * quantity) : 0;
    const rate = RATES[roll(RATES.length)] ?? 2500;
    return row(rate, String(quantity), String(ore / 100), discount > 0 ? String(discount / 100) : undefined);
  });
  return { lines, withTax: roll(2) === 0, ...(roll(2) === 0 ? { freight: String(roll(20_000) / 100) } : {}) };
}

/** To the minor unit: what is written, and what is read. */
export function moneySuite(subject: ContractSubject, stand: () => Stand): void {
  if (offers(subject, can.ordersCreate)) {
    const keeps = async (basket: Basket): Promise<void> => {
      const draft = await draftOf(stand(), basket);
      const { door, call } = stand();
      const made = await door.use(can.ordersCreate, draft, call());
      const told = JSON.stringify(basket);
      if (made.total) expect(formatMoney(made.total), told).toBe(formatMoney(draft.order.totals.gross));
      const read = await door.use(can.ordersGet, { id: made.id });
      expect(formatMoney(read.totals.gross), told).toBe(formatMoney(draft.order.totals.gross));
      expect(partsOf(read), told).toEqual(partsOf(draft.order));
      expectWhole(read);
      // systems round tax by row or by rate; never further apart than half a minor unit a row
      const apart = Math.abs(read.totals.tax.amount - draft.order.totals.tax.amount);
      expect(apart, told).toBeLessThanOrEqual(Math.ceil((basket.lines.length + 2) / 2));
    };

    for (const [name, basket] of Object.entries(BASKETS))
      test.each([true, false])(`an order keeps its amounts, tax in its prices (%s): ${name}`, async (withTax) => {
        await keeps({ ...basket, withTax });
      });

    test('sixty orders of random rows, discounts and freight keep their amounts', async () => {
      const roll = dice(20_261_123);
      for (let at = 0; at < 60; at++) await keeps(randomBasket(roll));
    });
  }

  if (offers(subject, can.ordersGet))
    test('an order placed in the system itself is read with its own total, rates and parts that add up', async () => {
      const { goods, system, door, buyer } = stand();
      const products = await Promise.all(RATES.map(goods));
      const roll = dice(7);
      for (let at = 0; at < 20; at++) {
        const taken = products.filter(() => roll(3) > 0);
        const lines = (taken.length > 0 ? taken : products).map(({ sku = '' }) => ({ sku, quantity: 1 + roll(7) }));
        const placed = await system.placeOrder({
          lines,
          buyer: buyer(),
          ...(roll(2) === 0 ? { freight: '39.21' } : {}),
          ...(roll(2) === 0 ? { discount: '13.37' } : {}),
        });
        const read = await door.use(can.ordersGet, { id: placed.id });
        expect(read.totals.gross).toEqual(parseMoney(placed.total, read.currency));
        expectWhole(read);
        for (const line of read.lines)
          expect(line.taxRate).toBe(products.find((product) => product.sku === line.sku)?.taxRate);
      }
    });
}
