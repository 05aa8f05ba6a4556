import { pick, roll, seededDice } from './random.ts';
import type { OrderInput } from './shop-input.ts';
import { organisationNumberKey, seedCustomers, seedProducts } from './shop-seed.ts';
import { emptyBilling } from './shop-stock.ts';

const firstNames = ['Anna', 'Åke', 'Östen', 'Märit', 'Jörgen', 'Sara', 'Göte', 'Lovisa', 'Pär', 'Ebba'];
const lastNames = ['Svensson', 'Åström', 'Öhman', 'Bäck', 'Grönlund', 'Nordin', 'Sjöö', 'Källström', 'Fält', 'Ek'];
const cities = [
  { city: 'Göteborg', postcode: '411 05' },
  { city: 'Malmö', postcode: '211 22' },
  { city: 'Örebro', postcode: '702 10' },
  { city: 'Växjö', postcode: '352 30' },
  { city: 'Östersund', postcode: '831 30' },
];
const streets = ['Storgatan', 'Ängsvägen', 'Kyrkogatan', 'Björkvägen', 'Åsgränd'];

/** Everything that can be ordered: simple products and variations. */
const goods = seedProducts.flatMap((product) =>
  product.variations === undefined
    ? [{ product_id: product.id }]
    : product.variations.map((variation) => ({ product_id: product.id, variation_id: variation.id })),
);

/** An order that the same seed always gives: one to four lines, half the customers guests, paid, with freight. */
export function randomOrder(seed: number): OrderInput {
  const dice = seededDice(seed);
  const lines = new Map<number, (typeof goods)[number] & { quantity: number }>();
  for (let count = 1 + roll(dice, 4); count > 0; count -= 1) {
    const at = roll(dice, goods.length);
    const thing = goods[at];
    if (thing !== undefined) lines.set(at, { ...thing, quantity: 1 + roll(dice, 5) });
  }
  const common: OrderInput = {
    created_via: 'checkout',
    payment_method: 'card',
    payment_method_title: 'Kortbetalning',
    set_paid: true,
    line_items: [...lines.values()],
    shipping_lines: [
      { method_id: 'flat_rate', method_title: 'PostNord Mypack', total: pick(dice, ['39.20', '47.20']) },
    ],
  };
  if (dice() < 0.5) {
    const customer = pick(dice, seedCustomers);
    if (customer.organisationNumber === undefined) return { ...common, customer_id: customer.id };
    const meta_data = [{ key: organisationNumberKey, value: customer.organisationNumber }];
    return { ...common, customer_id: customer.id, meta_data };
  }
  return { ...common, customer_id: 0, billing: guest(seed, dice) };
}

function guest(seed: number, dice: () => number): NonNullable<OrderInput['billing']> {
  const first_name = pick(dice, firstNames);
  const last_name = pick(dice, lastNames);
  const plain = `${first_name}.${last_name}`
    .normalize('NFD')
    .replace(/[^a-zA-Z.]/g, '')
    .toLowerCase();
  return {
    ...emptyBilling,
    first_name,
    last_name,
    ...pick(dice, cities),
    address_1: `${pick(dice, streets)} ${1 + roll(dice, 80)}`,
    country: 'SE',
    email: `${plain}.${seed % 1000}@example.se`,
    phone: `070-174 06 ${String(roll(dice, 100)).padStart(2, '0')}`,
  };
}
