import { ordersGet, productsFind, stockFind } from '#nodes/commerce/capabilities.ts';
import type { Order, Product } from '#nodes/commerce/model.ts';
import { type Dice, seededDice } from '#server/practice/random.ts';
import { aCustomer, aProduct } from '../../support/records.ts';
import { ORDERS, type RealShop, SEED } from './shops.ts';
import type { CrossingStand } from './stand.ts';

/** An order as its buyer placed it in the shop. */
export interface Placed {
  readonly id: string;
  /** In major units, as the shop told the buyer. */
  readonly total: string;
  readonly email: string;
  readonly pieces: readonly string[];
}

const NAMES = ['Åsa Öberg', 'Zoë Ångström', 'Bo Ek', 'Märta 🧶 Lind'];
/** Of 25, 12 and 6 %, and prices that do not come out even. */
const GOODS = [
  ['199.00', 2500],
  ['33.33', 2500],
  ['0.99', 1200],
  ['1249.50', 600],
  ['7.77', 2500],
  ['85.10', 1200],
] as const;

export const dice: Dice = seededDice(SEED);
export const anyOf = <T>(items: readonly T[]): T => items[Math.floor(dice() * items.length)] as T;

/** What is sold, as it stands in Tryton. */
export const skus: readonly string[] = GOODS.map((_, index) => `VARA-${SEED}-${index + 1}`);

/** The last two are never bought: whatever a shop's own sales do to its balances, these have those of Tryton. */
export const kept: readonly string[] = skus.slice(-2);
const sold: readonly string[] = skus.slice(0, -2);

export const goods = (): Product[] =>
  GOODS.map(([price, taxRate], index) =>
    aProduct(skus[index] ?? '', {
      name: `Vara ${index + 1} åäö`,
      price,
      taxRate,
      priceIncludesTax: false,
      currency: 'SEK',
    }),
  );

let buyers = 0;

/** One of many buyers buys something; every fifth order has discount or odd freight. */
export async function buy({ shop }: CrossingStand): Promise<Placed> {
  const number = ++buyers;
  const [firstName = '', lastName = ''] = anyOf(NAMES).split(/ (?=[^ ]*$)/);
  const email = `kopare-${SEED}-${number}@example.se`;
  const address = {
    firstName,
    lastName,
    street: `Storgatan ${number}`,
    postalCode: '211 22',
    city: 'Malmö',
    country: 'SE',
    phone: '+46701740605',
  };
  const buyer = aCustomer(String(number), {
    name: `${firstName} ${lastName}`,
    firstName,
    lastName,
    email,
    billing: address,
  });
  const chosen = new Map<string, number>();
  for (let row = 0; row < 1 + Math.floor(dice() * 4); row++) chosen.set(anyOf(sold), 1 + Math.floor(dice() * 5));
  const placed = await shop.system.placeOrder({
    lines: [...chosen].map(([sku, quantity]) => ({ sku, quantity })),
    buyer,
    freight: anyOf(['49', '0', '79']),
  });
  const pieces = [...chosen].map(([sku, quantity]) => `${sku} x${quantity}`).sort();
  return { id: placed.id, total: placed.total, email, pieces };
}

/** Several buyers at once, as in a shop. */
export async function buyAll(stand: CrossingStand, { pay }: RealShop, count = ORDERS): Promise<Placed[]> {
  const placed: Placed[] = [];
  const next = async (): Promise<void> => {
    while (placed.length < count) {
      const order = buy(stand);
      placed.push(await order);
      await pay(stand.shop.system, (await order).id);
    }
  };
  await Promise.all([next(), next()]);
  return placed;
}

export const orderIn = (stand: CrossingStand, id: string): Promise<Order> => stand.ask(stand.shop, ordersGet, { id });

/** The product and its stock as the shop has them. */
export async function shelfOf(stand: CrossingStand, sku: string) {
  const [product, ...others] = await stand.ask(stand.shop, productsFind, { sku });
  const [level] = await stand.ask(stand.shop, stockFind, { sku });
  return { product, doubled: others.length > 0, onHand: level?.onHand };
}
