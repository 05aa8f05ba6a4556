/** One line of a bench order, as a webshop would send it. */
interface BenchLine {
  readonly position: number;
  readonly sku: string;
  readonly ean: string;
  readonly name: string;
  readonly description: string;
  readonly quantity: number;
  readonly unitPrice: number;
  /** Percent. */
  readonly taxRate: number;
  readonly discountPercent: number;
  readonly attributes: { readonly colour: string; readonly size: string; readonly warehouse: string };
}

interface BenchAddress {
  readonly company: string;
  readonly firstName: string;
  readonly lastName: string;
  readonly street: string;
  readonly street2: string;
  readonly zip: string;
  readonly city: string;
  readonly countryCode: string;
  readonly phone: string;
  readonly email: string;
}

/** An order of about 3 KB as JSON. */
export interface BenchOrder {
  readonly orderId: string;
  readonly status: 'paid' | 'pending' | 'cancelled';
  readonly channel: string;
  readonly createdAt: string;
  readonly currency: string;
  readonly customer: { readonly id: number; readonly group: string; readonly vatId: string; readonly language: string };
  readonly billingAddress: BenchAddress;
  readonly shippingAddress: BenchAddress;
  readonly payment: { readonly method: string; readonly reference: string; readonly dueDays: number };
  readonly shipping: { readonly method: string; readonly cost: number; readonly instructions: string };
  readonly lines: readonly BenchLine[];
  readonly notes: string;
  readonly tracking: Readonly<Record<string, string>>;
}

const LINES = 5;
const WARES = ['Hinge', 'Lamp', 'Drill', 'Hose', 'Clamp', 'Switch', 'Rail', 'Pulley', 'Gasket', 'Bearing'];
const COLOURS = ['black', 'white', 'red', 'green'];
const SIZES = ['S', 'M', 'L', 'XL'];
const WAREHOUSES = ['STO', 'GOT', 'MMA'];

/** Numbers in [0, 1) that follow from the seed alone (Weyl sequence through the murmur3 finaliser). */
function drawer(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}

function address(number: number): BenchAddress {
  return {
    company: `Norrlands Handel och Bygg ${number % 997} AB`,
    firstName: 'Karl-Johan',
    lastName: `Söderström-${number % 1000}`,
    street: `Långa Industrigatan ${1 + (number % 200)}`,
    street2: 'Gårdshuset, två trappor upp till vänster',
    zip: String(10_000 + (number % 89_999)),
    city: 'Örnsköldsvik vid Höga kusten',
    countryCode: 'SE',
    phone: `+46 660 ${100_000 + (number % 899_999)}`,
    email: `buyer${number % 5000}@example.invalid`,
  };
}

function statusOf(number: number): BenchOrder['status'] {
  if (number % 8 === 3) return 'pending';
  return number % 8 === 6 ? 'cancelled' : 'paid';
}

/** The `number`-th order of a series; the same two always give the same order, and no two share an `orderId`. */
export function benchOrder(series: string, number: number): BenchOrder {
  const draw = drawer(Math.imul(number, 0x9e3779b1) + 7);
  const pick = (from: readonly string[]): string => from[Math.floor(draw() * from.length)] ?? '';
  const lines = Array.from(
    { length: LINES },
    (_, index): BenchLine => ({
      position: index + 1,
      sku: `ART-${String(Math.floor(draw() * 100_000)).padStart(5, '0')}`,
      ean: String(7_300_000_000_000 + Math.floor(draw() * 1e11)),
      name: `${pick(WARES)} and ${pick(WARES)}, model ${1 + Math.floor(draw() * 9)}`,
      description: 'Galvanised steel for outdoor use, mounting set and manual included',
      quantity: 1 + Math.floor(draw() * 9),
      unitPrice: Math.round((1 + draw() * 400) * 100) / 100,
      taxRate: index % 3 === 2 ? 12 : 25,
      discountPercent: index % 4 === 3 ? 10 : 0,
      attributes: { colour: pick(COLOURS), size: pick(SIZES), warehouse: pick(WAREHOUSES) },
    }),
  );
  return {
    orderId: `${series}-${String(number).padStart(8, '0')}`,
    status: statusOf(number),
    channel: 'webshop',
    createdAt: '2026-01-15T10:20:30.000Z',
    currency: 'SEK',
    customer: { id: 100_000 + (number % 5000), group: 'B2B', vatId: `SE${556_000_000_000 + number}01`, language: 'sv' },
    billingAddress: address(number),
    shippingAddress: address(number + 1),
    payment: { method: 'invoice', reference: `PAY-${number}-REFERENCE`, dueDays: 30 },
    shipping: { method: 'PostNord Företagspaket', cost: 59.5, instructions: 'Deliver to the loading bay before four.' },
    lines,
    notes: 'Please put a printed delivery note in every parcel, and call before you come.',
    tracking: {
      source: 'newsletter',
      campaign: 'autumn-sale-tools-and-fittings',
      session: 'd1c3f2b86e5a4970',
      agent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36',
      referrer: 'https://shop.example.invalid/tools/fittings?page=4',
    },
  };
}
